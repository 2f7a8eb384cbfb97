"""How the units of a row got their values: as each of them says alone."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient

COFFEE = "example-coffee"
LITE = "efficientnet_lite0.imagenet1k"
# An own first layer in colour, one by channels, one with dilation, two poolings, one of pairs.
LAYERS = [
    (LITE, "conv_stem", 3, 0),
    (LITE, "blocks.1.0.conv_dw", 5, 55),
    ("dilated_net.random", "conv3", 2, 1),
    ("lenet5.mnist5k", "s2", 1, 13),
    ("vgg_32.mnist5k", "pool1", 1, 3),
    ("googlenet.random", "inception3a.branch4.0", 7, 0),
]


def layers_url(model: str, layer: str) -> str:
    return f"/api/v1/models/{model}/layers/{layer}"


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(path, params={"image": COFFEE, **parameters})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("model", "layer", "channel", "row"), LAYERS)
def test_each_unit_of_a_row_is_as_it_is_alone(
    client: TestClient, model: str, layer: str, channel: int, row: int
) -> None:
    url = f"{layers_url(model, layer)}/units/{channel}/{row}"
    found = get(client, url, first=1, count=3)
    assert [unit["column"] for unit in found["units"]] == [1, 2, 3]
    for unit in found["units"]:
        alone = get(client, f"{url}/{unit['column']}", terms=0)
        for name in ("value", "explained", "divisor"):
            assert unit[name] == alone[name]
        assert unit["total"] == alone["patch"]["total"]
        assert unit["columns"] == alone["patch"]["columns"]
        assert unit["winner"] == (alone["winner"] and alone["winner"]["term"])
        assert found["patch"]["rows"] == alone["patch"]["rows"]
        assert (found["kind"], found["bias"]) == (alone["kind"], alone["bias"])


def test_values_of_a_row_are_those_of_the_map(client: TestClient) -> None:
    url = layers_url(LITE, "conv_stem")
    body = client.get(f"{url}/activations", params={"image": COFFEE, "format": "npy"}).content
    expected = np.load(io.BytesIO(body))[4, 60]
    found = [
        unit["value"]
        for first in (0, 64)
        for unit in get(client, f"{url}/units/4/60", first=first)["units"]
    ]
    assert torch.equal(torch.tensor(found), torch.tensor(expected))


@pytest.mark.parametrize(
    ("layer", "rest", "status", "words"),
    [
        ("c1", "units/0/28", 422, "rows 0-27"),
        ("c1", "units/6/0", 422, "channels 0-5"),
        ("c1", "units/0/0?first=28", 422, "columns 0-27"),
        ("c1", "units/0/0?count=65", 422, "64"),
        ("c1_tanh", "units/0/0", 422, "no window"),
        ("f6", "units/0/0", 422, "no rows"),
    ],
)
def test_what_has_no_windows_or_no_such_row_is_refused(
    client: TestClient, layer: str, rest: str, status: int, words: str
) -> None:
    url = f"{layers_url('lenet5.mnist5k', layer)}/{rest}"
    answer = client.get(url + ("&" if "?" in url else "?") + f"image={COFFEE}")
    assert answer.status_code == status
    assert words in answer.text
