"""The catalogue says what is true of the networks that it builds."""

import dataclasses
import re
import runpy
from pathlib import Path

import pytest
import torch
import torchvision
from PIL import Image
from published import EXAMPLES

from app.inspection.activations.loading import load_model
from app.inspection.activations.prediction import predict
from models.catalogue import digit_entries, photograph_entries
from models.catalogue.catalogue import DEFAULT_MODEL, Catalogue, catalogue
from models.catalogue.entry import ModelEntry, PublishedWeights, RandomWeights
from models.catalogue.torchvision_registry import REGISTRY_PATH, registry
from models.errors import UnknownModelError
from models.weights.locations import WeightsLocations

ROOT = Path(__file__).parents[2]

TRANSFORMERS = {
    *("maxvit_t", "swin_b", "swin_s", "swin_t", "swin_v2_b", "swin_v2_s", "swin_v2_t"),
    *("vit_b_16", "vit_b_32", "vit_h_14", "vit_l_16", "vit_l_32"),
}

# As torchvision 0.28 and the papers state them.
PUBLISHED_PARAMETERS = {
    "alexnet": 61_100_840,
    "vgg16": 138_357_544,
    "googlenet": 6_624_904,
    "resnet18": 11_689_512,
    "resnet50": 25_557_032,
    "lenet5": 61_706,
    "alexnet_paper": 60_965_224,
    "vgg16_paper": 138_357_544,
    "resnet50_paper": 25_557_032,
}
PUBLISHED_TOP1 = {
    "alexnet": 56.522,
    "vgg16": 71.592,
    "googlenet": 69.778,
    "resnet18": 69.758,
    "resnet50": 76.130,
}

RANDOM = [entry for entry in catalogue() if isinstance(entry.weights, RandomWeights)]
SAMPLE = {"lenet5", "softmax", "mlp", "dilated_net", "separable_net", "alexnet_paper", "zfnet"}
SAMPLE |= {"googlenet_paper", "resnet18_paper", "vgg11_paper", "googlenet", "squeezenet1_1"}
SAMPLE |= {"shufflenet_v2_x0_5", "mobilenet_v3_small", "regnet_y_400mf", "densenet121"}
ALL_OR_SAMPLE = [
    pytest.param(
        entry,
        id=entry.architecture.name,
        marks=[] if entry.architecture.name in SAMPLE else [pytest.mark.full],
    )
    for entry in RANDOM
]


def test_every_torchvision_network_but_the_transformers_is_there() -> None:
    every = set(torchvision.models.list_models(module=torchvision.models))
    assert set(registry().networks) == every - TRANSFORMERS


def test_registry_was_written_down_for_the_torchvision_that_is_installed() -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "write_registry.py"))["written"]()
    assert REGISTRY_PATH.read_text(encoding="utf-8") == written, "run make registry"


def test_names_of_our_designs_and_torchvisions_never_collide() -> None:
    ours = {
        entry.architecture.name
        for source in (digit_entries, photograph_entries)
        for entry in source.entries()
    }
    assert not ours & set(registry().networks)


def test_every_architecture_has_random_weights_of_a_fixed_seed() -> None:
    architectures = {entry.architecture.name for entry in catalogue()}
    assert {entry.architecture.name for entry in RANDOM} == architectures
    assert {entry.tag for entry in RANDOM} == {"random"}
    assert {entry.origin for entry in RANDOM} == {"random"}


def test_every_entry_says_where_it_comes_from() -> None:
    for entry in catalogue():
        assert entry.architecture.paper.url.startswith("https://"), entry.id
        assert 1950 < entry.architecture.paper.year < 2030, entry.id
        assert entry.weights.licence, entry.id
        assert entry.weights.source, entry.id
        assert len(entry.labels) == entry.architecture.classes, entry.id
        assert re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", entry.id)


def test_published_files_can_be_checked_by_hash() -> None:
    published = [entry for entry in catalogue() if isinstance(entry.weights, PublishedWeights)]
    assert len(published) > 90
    for entry in published:
        assert re.fullmatch(r"[0-9a-f]{8,}", entry.weights.sha256_prefix), entry.id
        assert entry.weights.sha256_prefix in entry.weights.file_name
    names = [entry.weights.file_name for entry in published]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "accuracy"), PUBLISHED_TOP1.items())
def test_first_weights_have_their_published_accuracy(name: str, accuracy: float) -> None:
    assert f"top-1 {accuracy:g} %" in catalogue().resolve(f"{name}.imagenet1k_v1").metrics


@pytest.mark.parametrize(("name", "parameters"), PUBLISHED_PARAMETERS.items())
def test_parameter_counts_are_the_published_ones(name: str, parameters: int) -> None:
    assert catalogue().resolve(name).architecture.parameters == parameters


# Regnets compute with tensors when they are built; the full suite counts theirs.
@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(entry, id=entry.architecture.name)
        for entry in RANDOM
        if not entry.architecture.name.startswith("regnet")
    ],
)
def test_parameter_count_is_that_of_the_module(entry: ModelEntry) -> None:
    with torch.device("meta"):
        module = entry.architecture.build()
    assert sum(each.numel() for each in module.parameters()) == entry.architecture.parameters


@pytest.mark.parametrize("entry", ALL_OR_SAMPLE)
def test_random_network_builds_and_scores_all_its_classes(entry: ModelEntry, tmp_path) -> None:
    model = load_model(entry, WeightsLocations(cache_directory=tmp_path))
    counted = sum(parameter.numel() for parameter in model.module.parameters())
    assert counted == entry.architecture.parameters
    assert not model.module.training
    with Image.open(EXAMPLES / "coffee.png") as picture:
        prediction = predict(model, picture.convert("RGB"))
    assert prediction.logits.shape == (entry.architecture.classes,)
    assert torch.isfinite(torch.from_numpy(prediction.logits)).all()
    assert prediction.logits.std() > 0


def test_bare_name_means_the_default_tag() -> None:
    assert catalogue().resolve("resnet50").id == "resnet50.imagenet1k_v2"
    assert catalogue().resolve("alexnet").id == "alexnet.imagenet1k_v1"
    assert catalogue().resolve("lenet5").id == "lenet5.mnist5k"
    assert catalogue().resolve("zfnet").id == "zfnet.random"
    assert catalogue().resolve("efficientnet_lite0").id == DEFAULT_MODEL
    assert catalogue().is_default(catalogue().resolve("resnet50.imagenet1k_v2"))
    assert not catalogue().is_default(catalogue().resolve("resnet50.imagenet1k_v1"))


def test_torchvisions_own_default_is_ours() -> None:
    for name in registry().networks:
        preferred = torchvision.models.get_model_weights(name).DEFAULT
        assert catalogue().resolve(name).tag == preferred.name.lower()


def test_unknown_id_names_close_ones() -> None:
    with pytest.raises(UnknownModelError, match="resnet50") as error:
        catalogue().resolve("resnet5o.imagenet1k_v2")
    assert "resnet50.imagenet1k_v2" in error.value.close_matches


def test_two_entries_of_one_id_or_two_designs_of_one_name_are_refused() -> None:
    entry = catalogue().resolve("lenet5")
    other = catalogue().resolve("softmax")
    with pytest.raises(ValueError, match="registered twice"):
        Catalogue([entry, entry])
    namesake = dataclasses.replace(other.architecture, name="lenet5")
    impostor = dataclasses.replace(other, architecture=namesake, tag="other")
    with pytest.raises(ValueError, match="Two different designs"):
        Catalogue([entry, impostor])
