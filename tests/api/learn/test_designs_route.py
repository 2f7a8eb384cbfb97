"""The six designs over HTTP, and ways of trained networks that are cut."""

import pytest
from fastapi.testclient import TestClient

DESIGNS = "/api/v1/learn/designs"
CUTS = "/api/v1/learn/cuts"
# Published, or summed by hand: see tests/inspection/test_designs.py.
PARAMETERS = {
    "LeNet-5": 61_706,
    "AlexNet": 60_965_224,
    "ZF Net": 62_357_608,
    "VGG-16": 138_357_544,
    "GoogLeNet": 6_998_552,
    "ResNet-50": 25_557_032,
}
# Of the papers: the table or figure stands beside each in the answer.
ERRORS = {
    "LeNet-5": (1998, 0.8, 0.95),
    "AlexNet": (2012, 15.3, 18.2),
    "ZF Net": (2013, 14.8, 16.5),
    "VGG-16": (2014, 7.3, 7.5),
    "GoogLeNet": (2014, 6.67, 10.07),
    "ResNet-50": (2015, 3.57, 5.25),
}


def test_designs_come_in_their_order_with_what_was_published(client: TestClient) -> None:
    designs = client.get(DESIGNS).json()["designs"]
    assert {each["name"]: each["parameters"] for each in designs} == PARAMETERS
    assert [each["name"] for each in designs] == list(PARAMETERS)
    found = {
        each["name"]: (
            each["paper"]["year"],
            each["error"]["percent"],
            each["single_error"]["percent"],
        )
        for each in designs
    }
    assert found == ERRORS
    assert all(each["error"]["source"] for each in designs)


def test_layers_and_trained_networks_of_the_answer_are_those_of_the_models(
    client: TestClient,
) -> None:
    for design in client.get(DESIGNS).json()["designs"]:
        model = client.get(f"/api/v1/models/{design['model']}").json()
        counts = {layer["id"]: layer["parameters"] for layer in model["layers"]}
        for step in design["steps"]:
            assert sum(counts[layer] for layer in step["layers"]) == step["parameters"]
        assert model["macs"] == design["macs"]
        trained = client.get(f"/api/v1/models/{design['trained']['model']}").json()
        assert trained["weights"]["status"] == "ready"
        inputs = {layer["id"]: layer["inputs"] for layer in trained["layers"]}
        for join in design["trained"]["joins"]:
            assert [lane["source"] for lane in join["lanes"]] == inputs[join["layer"]]


def test_without_cuts_the_accuracy_is_that_of_the_digits_not_moved(client: TestClient) -> None:
    whole = client.get(f"{CUTS}/resnet8_32.mnist5k").json()
    shifts = client.get("/api/v1/learn/shifts/resnet8_32.mnist5k", params={"most_px": 0}).json()
    assert whole["correct"] == shifts["points"][0]["correct"]
    assert whole["digits"] == 1000


def test_a_network_without_its_first_bridge_hardly_reads_any_digit(client: TestClient) -> None:
    query = {"cuts": "layer1.0.add:relu1"}
    cut = client.get(f"{CUTS}/resnet8_32.mnist5k", params=query).json()
    assert cut["cuts"] == [query["cuts"]]
    assert cut["accuracy"] == cut["correct"] / 1000
    assert cut["accuracy"] < 0.3


@pytest.mark.parametrize(
    ("model", "cut", "problem"),
    [
        ("resnet8_32.mnist5k", "layer1.0.add", "invalid-parameter"),
        ("resnet8_32.mnist5k", "nothing:relu1", "unknown-layer"),
        ("resnet8_32.mnist5k", "layer1.0.add:conv1", "invalid-unit"),
        ("resnet8_32.mnist5k", "conv1:input", "invalid-unit"),
        ("resnet50_paper.random", "layer1.0.add:pool1", "invalid-parameter"),
        ("resnet8_32.mnist5k", ",".join(["layer1.0.add:relu1"] * 33), "invalid-parameter"),
        ("nothing", "layer1.0.add:relu1", "unknown-model"),
    ],
)
def test_what_cannot_be_cut_is_refused(
    client: TestClient, model: str, cut: str, problem: str
) -> None:
    answer = client.get(f"{CUTS}/{model}", params={"cuts": cut})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(problem)


def test_a_cut_way_is_one_whose_last_maps_are_all_switched_off(client: TestClient) -> None:
    """Where nothing else reads them: the second bridge of ResNet-8 has 32 maps."""
    url = "/api/v1/models/resnet8_32.mnist5k/interventions?image=example-chelsea"
    cut = {"kind": "cut", "layer": "layer2.0.add", "input": "layer2.0.shortcut.norm"}
    off = [
        {"kind": "switch_off", "layer": "layer2.0.shortcut.norm", "channel": channel}
        for channel in range(32)
    ]
    by_cut, by_maps = (
        client.post(url, json={"interventions": each, "classes": list(range(10))}).json()["classes"]
        for each in ([cut], off)
    )
    assert [each["logit_after"] for each in by_cut] == pytest.approx(
        [each["logit_after"] for each in by_maps], abs=1e-5
    )
    assert any(abs(each["logit_difference"]) > 0.1 for each in by_cut)
    for refused in ({"input": "conv1"}, {"layer": "conv1", "input": "input"}):
        answer = client.post(url, json={"interventions": [cut | refused]})
        assert answer.json()["type"].endswith("invalid-unit")
