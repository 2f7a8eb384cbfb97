"""The card of one's own network: what it says is believed only as far as it can be."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from models.disk.checked_fields import DamagedRecordError, fields_of
from models.own.card import Card, card_of, checked_labels
from models.own.names import slug
from models.own.offers import usual_of
from models.own.preparation import preparation_of, usual_preparation
from models.preprocessing.own_preprocessing import OwnPreprocessing
from models.preprocessing.preprocessing import DigitPreprocessing, PhotographPreprocessing
from models.recognition.designs import open_design

CARD = Card(
    name="flowers",
    architecture="resnet34",
    library="torchvision",
    title="ResNet-34",
    classes=3,
    preprocessing=usual_preparation((3, 224, 224)),
    parameters=21_286_211,
    labels=("daisy", "rose", "Tulipa × gesneriana"),
    assumed=frozenset({"preprocessing"}),
    source="best.pth",
    weights_sha256="0" * 64,
    created_at=1.5,
    shown_output="['out']",
    other_outputs=("['aux']",),
    notes=("Stored as float16, computed as float32.",),
)


@pytest.mark.parametrize(
    "card",
    [
        CARD,
        CARD.labelled(None),
        CARD.prepared(
            OwnPreprocessing(96, 128, None, "bicubic", (0.1, 0.2, 0.3), (1.0, 1.0, 1.0), "bgr")
        ),
        CARD.prepared(DigitPreprocessing(size=32, mean=0.1, std=0.3)),
    ],
)
def test_what_is_written_is_read_back(card: Card) -> None:
    assert card_of(fields_of(card.to_json(), "card.json")) == card


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "something"),
        ("version", 2),
        ("name", "../../etc"),
        ("name", "UPPER"),
        ("name", ""),
        ("architecture", "a/b"),
        ("architecture", ".."),
        ("library", "keras"),
        ("title", "a\x1b[2Jb"),
        ("title", "x" * 301),
        ("classes", -1),
        ("classes", 10**9),
        ("input_shape", [4, 224, 224]),
        ("input_shape", [3, 224]),
        ("input_shape", [3, 10**9, 10**9]),
        ("labels", ["one"]),
        ("labels", ["a", "b", ""]),
        ("labels", ["a", "b", "c\x00"]),
        ("labels", [1, 2, 3]),
        ("weights_sha256", "zz"),
        ("created_at", 1e300),
        ("preprocessing", {"mean": [0.5], "std": [0.5]}),
        ("preprocessing", {"mean": [0, 0, 0], "std": [1, 0, 1]}),
        ("preprocessing", {"mean": [127, 127, 1e9], "std": [1, 1, 1]}),
        ("preprocessing", {"resize": -5}),
        ("preprocessing", {"resize": 10**9}),
        ("preprocessing", {"interpolation": "lanczos"}),
        ("preprocessing", {"channel_order": "gbr"}),
        ("preprocessing", {"kind": "digit"}),
        ("preprocessing", "imagenet"),
    ],
)
def test_what_cannot_be_is_refused(field: str, value: object) -> None:
    document = json.loads(CARD.to_json())
    document[field] = value
    with pytest.raises(DamagedRecordError):
        card_of(fields_of(json.dumps(document), "card.json"))


@pytest.mark.parametrize("field", ["format", "version", "name", "classes", "input_shape", "title"])
def test_what_is_missing_is_named(field: str) -> None:
    document = json.loads(CARD.to_json())
    del document[field]
    with pytest.raises(DamagedRecordError, match=field):
        card_of(fields_of(json.dumps(document), "card.json"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("best", "best"),
        ("My Net (v2)", "my-net-v2"),
        ("Fleurs d'été", "fleurs-d-ete"),
        ("../../etc/passwd", "etc-passwd"),
        ("花", "network"),
        ("x" * 200, "x" * 64),
    ],
)
def test_names_out_of_any_text(text: str, name: str) -> None:
    assert slug(text) == name


def test_spaces_in_labels_are_one() -> None:
    assert checked_labels(["a  b", "c\n"], 2) == ("a b", "c")


def test_prepares_as_the_preset_of_photographs(chelsea: bytes, tmp_path) -> None:
    """A square of three channels is prepared as torchvision's preset does, which is tested."""
    (tmp_path / "cat.png").write_bytes(chelsea)
    picture = Image.open(tmp_path / "cat.png").convert("RGB")
    numbers = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
    own = OwnPreprocessing(192, 192, 224, "bicubic", **numbers).prepare(picture)
    known = PhotographPreprocessing(224, 192, "bicubic", **numbers).prepare(picture)
    assert torch.equal(own.tensor, known.tensor)
    assert own.pixel_map == known.pixel_map


@pytest.mark.parametrize("resize", [None, 120])
def test_a_wide_input_shows_what_it_says(chelsea: bytes, tmp_path, resize: int | None) -> None:
    """The box in the picture, scaled to the input, is what the input shows."""
    (tmp_path / "cat.png").write_bytes(chelsea)
    picture = Image.open(tmp_path / "cat.png").convert("RGB")
    own = OwnPreprocessing(80, 160, resize, "bilinear", (0.0,) * 3, (1.0,) * 3)
    found = own.prepare(picture)
    assert found.tensor.shape == (1, 3, 80, 160)
    box = found.pixel_map.image_box
    cut = picture.resize(
        (160, 80), Image.Resampling.BILINEAR, (box.left, box.top, box.right, box.bottom)
    )
    difference = np.abs(own.display(found.tensor).astype(int) - np.asarray(cut).astype(int))
    assert difference.max() <= (0 if resize is None else 2)


def test_what_is_left_out_is_as_usual() -> None:
    found = preparation_of(fields_of("{}", "preprocessing"), (1, 64, 96))
    assert isinstance(found, OwnPreprocessing)
    assert (found.resize, found.input_shape) == (None, (1, 64, 96))
    assert found.mean == pytest.approx((0.449,))


# Of the shorter side 7/8 are kept, as 224 of 256: 64 of 73.14, 80 of 91.43.
@pytest.mark.parametrize(
    ("design", "height", "width", "resize"),
    [
        ("efficientnet_lite0", 64, 96, 73),
        ("efficientnet_lite0", 160, 80, 91),
        ("resnet34", 224, 224, 256),
        ("resnet34", 112, 448, 128),
    ],
)
def test_designs_keep_the_centre_of_any_input(
    design: str, height: int, width: int, resize: int
) -> None:
    found = usual_of(open_design(design), (3, height, width))
    assert isinstance(found, OwnPreprocessing)
    assert (found.resize, found.input_shape) == (resize, (3, height, width))
