"""Which channels react to a place: by numpy, from the layer that the server hands out."""

import math

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, fetch

from app.inspection.activations.reactions import ReactionsForm, reactions

LAYERS = f"/api/v1/models/{DEFAULT}/layers"
LAYER = "blocks.2.0.conv_dw"
EYE = {"row": 9, "column": 7}


def ask(client: TestClient, layer: str = LAYER, **asked: object) -> dict:
    answer = client.get(f"{LAYERS}/{layer}/reactions", params={"image": "example-chelsea", **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_values_and_deviations_are_those_of_the_layer(client: TestClient) -> None:
    maps = fetch(client, DEFAULT, LAYER, format="npy").astype(np.float64)
    here = maps[:, EYE["row"], EYE["column"]]
    spread = maps.std(axis=(1, 2))
    assert (spread == 0).any()  # a channel that is dead has no deviation
    flat = np.full_like(here, -np.inf)
    deviations = np.divide(here - maps.mean(axis=(1, 2)), spread, out=flat, where=spread > 0)
    for order, keys in (("deviation", deviations), ("value", here)):
        found = ask(client, order=order, count=8, **EYE)
        assert [each["channel"] for each in found["channels"]] == np.argsort(-keys)[:8].tolist()
        for each in found["channels"]:
            assert each["value"] == pytest.approx(here[each["channel"]], rel=1e-6)
            assert each["deviation"] == pytest.approx(deviations[each["channel"]], rel=1e-6)


def test_box_is_that_of_the_place(client: TestClient) -> None:
    found = ask(client, **EYE)
    field = client.get(f"{LAYERS}/{LAYER}/receptive-field", params=EYE).json()
    assert found["input_box"] == field["input_box"]
    # Of the picture the network sees a square of 262.5 px, as 224 px.
    seen = found["image_box"]["bottom"] - found["image_box"]["top"]
    here = found["input_box"]["bottom"] - found["input_box"]["top"]
    assert seen == pytest.approx(here * 262.5 / 224)


def test_what_has_no_deviation_comes_last() -> None:
    flat = torch.full((2, 2), 3.0)
    peak = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    broken = torch.tensor([[math.nan, 0.0], [0.0, 0.0]])
    layer = torch.stack([flat, broken, peak])
    found = reactions(layer, ReactionsForm(0, 0))
    assert [each.channel for each in found] == [2, 0, 1]
    # Of one value among three zeros: (1 - 1/4) / sqrt(3/16).
    assert found[0].deviation == pytest.approx(0.75 / math.sqrt(3 / 16))
    assert [each.deviation for each in found[1:]] == [None, None]
    by_value = reactions(layer, ReactionsForm(0, 0, "value"))
    assert [each.channel for each in by_value] == [0, 2, 1]


@pytest.mark.parametrize(
    ("layer", "asked", "word"),
    [
        (LAYER, {"row": 28, "column": 0}, "rows 0-27"),
        (LAYER, {"row": 0, "column": -1}, "columns 0-27"),
        ("classifier", {"row": 0, "column": 0}, "no rows and columns"),
    ],
)
def test_a_place_that_is_not_is_refused(
    client: TestClient, layer: str, asked: dict, word: str
) -> None:
    answer = client.get(f"{LAYERS}/{layer}/reactions", params={"image": "example-chelsea", **asked})
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


def test_an_example_has_a_place_to_begin_at(client: TestClient) -> None:
    for example in client.get("/api/v1/examples").json()["examples"]:
        assert 0 < example["focus"]["x"] < example["width"]
        assert 0 < example["focus"]["y"] < example["height"]
        assert example["focus"]["name"]
