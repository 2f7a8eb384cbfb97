"""What the lesson of stacked layers answers, and what it refuses."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

PATH = "/api/v1/learn/stack"


def answered(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(client: TestClient, **body: Any) -> str:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "invalid-parameter"
    return str(answer.json()["detail"])


def convolution(kernel: int, **other: int) -> dict[str, Any]:
    return {"kind": "convolution", "kernel": kernel, **other}


def test_costs_stand_beside_fields(client: TestClient) -> None:
    """VGG-16's convolutions: 14,714,688 parameters, as torchvision's table has its features."""
    layers: list[dict[str, Any]] = []
    for count, width in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        layers += [convolution(3, padding=1, channels=width)] * count
        layers.append({"kind": "pool", "kernel": 2, "stride": 2})
    found = answered(client, input=224, channels=3, layers=layers)
    assert found["parameters"] == 14_714_688
    assert found["multiply_adds"] == 15_346_630_656
    last = found["layers"][-1]
    assert (last["size"], last["jump"], last["start"]) == (212, 32, -90)
    assert (last["output"], last["channels"]) == (7, 512)
    assert found["proposals"] == []


def test_a_separable_layer_costs_its_two_halves(client: TestClient) -> None:
    """MobileNets, equation 3: k k M + M N products a place."""
    layer = {"kind": "separable", "kernel": 3, "padding": 1, "channels": 128}
    found = answered(client, input=10, channels=64, layers=[layer])
    assert found["multiply_adds"] == (9 * 64 + 64 * 128) * 100
    assert found["parameters"] == 9 * 64 + 64 + 64 * 128 + 128


def test_proposals_can_be_asked_about_and_cost_what_they_say(client: TestClient) -> None:
    found = answered(client, input=224, channels=3, layers=[], target=41)
    assert found["profile"] == {"share": [1], "sigma": 0, "normal": [0], "central_px": 1}
    ways = {each["way"]: each for each in found["proposals"]}
    assert ways["plain"]["count"] == 20
    assert ways["plain"]["size"] == 41
    assert ways["window"]["layers"] is None  # 41 x 41 is beyond what can be asked about
    assert ways["window"]["parameters"] == 41 * 41 * 3 * 64 + 64
    for way in ("plain", "separable", "strided", "pooled", "dilated"):
        again = answered(client, input=224, channels=3, layers=ways[way]["layers"])
        assert again["parameters"] == ways[way]["parameters"]
        assert again["multiply_adds"] == ways[way]["multiply_adds"]
        assert again["layers"][-1]["size"] == ways[way]["size"] >= 41


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"input": 7, "layers": [convolution(5), convolution(5)]}, "layer 2: its window reaches"),
        ({"input": 7, "layers": [convolution(3, groups=2)]}, "layer 1: 3 channels in and 64 out"),
        ({"input": 9, "layers": [convolution(0)]}, "kernel"),
        ({"input": 9, "layers": [convolution(3)] * 61}, "layers"),
        ({"input": 4096, "layers": [convolution(31, stride=16, padding=64)] * 9}, "larger than"),
        ({"input": 9, "layers": [], "target": 5000}, "target"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    client: TestClient, body: dict[str, Any], words: str
) -> None:
    assert words in refused(client, **body)
