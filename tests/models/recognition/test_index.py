"""The index is the designs of the installed libraries, and its names lead to what they say."""

import runpy
from pathlib import Path

import pytest

from models.errors import UnknownDesignError
from models.recognition.designs import open_design
from models.recognition.enumerating import every_design
from models.recognition.factories import factory
from models.recognition.index import Index, index
from models.recognition.measuring import measure
from models.recognition.signature import Extent, OpenShape

import timm  # isort: skip  (after models.torchvision_operators, which enumerating imports)

ROOT = Path(__file__).parents[3]
HANDFUL = {"resnet18", "googlenet", "lenet5", "alexnet_paper", "timm_vgg11", "mobilevit_s"}
RECORDS = {record.name: record for record in every_design()}


def test_index_was_measured_with_the_versions_that_are_installed():
    versions = runpy.run_path(str(ROOT / "scripts" / "write_index.py"))["versions"]()
    assert index().versions == versions, "run make index"


def test_index_has_every_design_of_the_libraries():
    assert index().designs == RECORDS, "run make index"


def test_every_name_of_timm_leads_to_a_design_of_timm():
    made_as = [record.made_as for record in RECORDS.values() if record.library == "timm"]
    assert sorted(made_as) == sorted(timm.list_models())


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in HANDFUL else [pytest.mark.full]) for name in RECORDS],
)
def test_index_is_what_is_measured(name):
    def make(classes, channels):
        return factory(RECORDS[name], classes, channels)

    assert index().signature(name) == measure(make, RECORDS[name].channels), "run make index"


def test_names_are_the_catalogues_and_namesakes_are_told_apart():
    design = open_design("resnet34")
    assert (design.title, design.library, design.family) == ("ResNet-34", "torchvision", "ResNet")
    assert open_design("timm_resnet34").library == "timm"
    assert open_design("resnet34d").library == "timm"
    with pytest.raises(UnknownDesignError, match="resnet34"):
        open_design("resnet_34")


def test_numbers_that_no_network_has_are_refused():
    for classes, channels in ((7, 0), (-1, 3)):
        with pytest.raises(ValueError, match="No network has"):
            open_design("resnet18").build(classes, channels)


def test_preparations_are_the_libraries_own():
    # torchvision's IMAGENET1K_V2 of ResNet-50, and timm's a1_in1k.
    ours, theirs = open_design("resnet50").preparation, open_design("timm_resnet50").preparation
    assert (ours.resize, ours.crop, ours.interpolation) == (232, 224, "bilinear")
    assert (theirs.resize, theirs.crop, theirs.interpolation) == (235, 224, "bicubic")


@pytest.mark.parametrize(
    ("text", "shape", "solved"),
    [
        ("64,i,7,7", (64, 3, 7, 7), (0, 3)),
        ("64,i,7,7", (64, 3, 3, 3), None),
        ("c,512", (7, 512), (7, 0)),
        ("c,512", (512,), None),
        ("64,16i,3,3", (64, 48, 3, 3), (0, 3)),
        ("64,16i,3,3", (64, 40, 3, 3), None),
        ("c,784i", (7, 784), (7, 1)),
        ("c+1", (8,), (7, 0)),
        ("c+1", (1,), None),
        ("c,c", (7, 8), None),
        ("", (), (0, 0)),
    ],
)
def test_open_shapes_say_which_numbers_they_need(text, shape, solved):
    assert str(OpenShape.parse(text)) == text
    assert OpenShape.parse(text).solve(shape) == solved


@pytest.mark.parametrize("text", ["x", "-1", "ci", "1.5", "c+", "+1"])
def test_what_is_no_extent_is_refused(text):
    with pytest.raises(ValueError, match="no extent"):
        Extent.parse(text)


def test_names_and_shapes_lie_in_the_file_once():
    assert isinstance(index(), Index)
    assert len(index().features) == len(
        {
            (tuple(features), head)
            for features, head in zip(index().features, index().heads, strict=True)
        }
    )
