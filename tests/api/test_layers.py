"""The layers of a model over HTTP: its structure, with or without its weights."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from tiny_network import Tiny, entry_of, listed, packaged, saved, tiny_tensors

from models.catalogue.catalogue import catalogue

# Multiply-adds as published with the weights (torchvision), or with the paper (efficientnet-lite).
PUBLISHED_GMACS = {
    "efficientnet_lite0.imagenet1k": 0.385,
    "resnet18.random": 1.814,
    "resnet50.random": 4.089,
    "googlenet.random": 1.498,
    "alexnet.random": 0.714,
    "densenet121.random": 2.834,
}


def detail(client: TestClient, model_id: str) -> dict:
    answer = client.get(f"/api/v1/models/{model_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("model_id", PUBLISHED_GMACS)
def test_multiply_adds_and_parameters_are_the_published_ones(
    client: TestClient, model_id: str
) -> None:
    found = detail(client, model_id)
    assert found["macs"] == sum(layer["macs"] for layer in found["layers"])
    assert found["macs"] / 1e9 == pytest.approx(PUBLISHED_GMACS[model_id], rel=0.005)
    assert sum(layer["parameters"] for layer in found["layers"]) == found["parameters"]


@pytest.mark.parametrize(
    "model_id",
    [
        "googlenet.random",
        pytest.param("densenet121.random", marks=pytest.mark.full),
        "lenet5.mnist5k",
    ],
)
def test_layers_come_in_execution_order_and_each_in_one_block(
    client: TestClient, model_id: str
) -> None:
    found = detail(client, model_id)
    ids = [layer["id"] for layer in found["layers"]]
    assert len(set(ids)) == len(ids)
    assert ids[0] == "input"
    assert found["layers"][0]["inputs"] == []
    for place, layer in enumerate(found["layers"]):
        assert set(layer["inputs"]) <= set(ids[:place])
    inside: list[str] = []

    def walk(block: dict) -> None:
        for child in block["children"]:
            if isinstance(child, str):
                inside.append(child)
                assert child.startswith(block["path"]) or block["path"] == ""
            else:
                walk(child)

    walk(found["blocks"])
    assert sorted(inside) == sorted(ids[1:])
    assert found["output"] == ids[-1]


def test_layer_says_what_it_is(client: TestClient) -> None:
    layers = {layer["id"]: layer for layer in detail(client, "resnet50.random")["layers"]}
    stem = layers["conv1"]
    assert stem["operation"] == "convolution"
    assert stem["kernel"] == {"height": 7, "width": 7}
    assert stem["stride"] == {"height": 2, "width": 2}
    assert stem["output_shape"] == [64, 112, 112]
    assert stem["parameters"] == 7 * 7 * 3 * 64
    assert stem["macs"] == 7 * 7 * 3 * 64 * 112 * 112
    assert stem["module_class"] == "Conv2d"
    assert layers["layer1.0.add"]["inputs"] == ["layer1.0.bn3", "layer1.0.downsample.1"]
    assert layers["layer1.0.add"]["operation"] == "add"


def test_structure_needs_no_weights(client: TestClient) -> None:
    model_id = "resnet18.imagenet1k_v1"
    assert client.get(f"/api/v1/models/{model_id}/weights").json()["status"] != "ready"
    without = detail(client, model_id)
    assert without["layers"] == detail(client, "resnet18.random")["layers"]


class Undecided(Tiny):
    """Which way it goes depends on the numbers that it computes."""

    def forward(self, x):
        x = self.conv(x)
        return self.fc((x if x.sum() > 0 else -x).mean((2, 3)))


def test_network_that_cannot_be_exported_names_the_cause_and_still_predicts(
    client: TestClient, tmp_path
) -> None:
    content = saved(tiny_tensors())
    path = tmp_path / "tiny.pth"
    path.write_bytes(content)
    weights = packaged(lambda: path, content, positional=False).weights
    entry = entry_of(weights, build=Undecided)
    entry = replace(entry, architecture=replace(entry.architecture, name="undecided"))
    with listed(entry):
        answer = client.get(f"/api/v1/models/{entry.id}")
        layer = client.get(
            f"/api/v1/models/{entry.id}/layers/conv/activations",
            params={"image": "example-chelsea"},
        )
        prediction = client.get(
            f"/api/v1/models/{entry.id}/predictions", params={"image": "example-chelsea"}
        )
    for refused in (answer, layer):
        assert refused.status_code == 422
        assert refused.json()["type"] == "not-exportable"
        assert "x.sum() > 0" in refused.json()["detail"] or "data" in refused.json()["detail"]
    assert prediction.status_code == 200
    assert len(prediction.json()["classes"]) == 3


@pytest.mark.full
def test_every_model_of_the_catalogue_lists_its_layers(client: TestClient) -> None:
    for entry in catalogue():
        found = detail(client, entry.id)
        assert len(found["layers"]) > 2
        assert found["layers"][-1]["output_shape"] == [entry.architecture.classes]
