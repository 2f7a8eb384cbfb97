"""The playground over HTTP: its events, going on from one, and its bounds."""

import json
import re
from base64 import b64decode

import numpy as np
import pytest
from fastapi.testclient import TestClient

PATH = "/api/v1/learn/playground"
SHORT = {"steps": 40, "every": 10, "hidden": [3, 2], "activation": "tanh"}


def events(client: TestClient, body):
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def last(client: TestClient, body):
    name, document = events(client, body)[-1]
    assert name == "done"
    return document


def test_a_run_ends_with_its_points_and_its_history(client: TestClient) -> None:
    *running, (name, done) = events(client, SHORT)
    assert name == "done"
    assert done["step"] == 40
    assert done["is_finite"] is True
    assert [step for step, _, _ in done["history"]] == [0, 10, 20, 30, 40]
    assert done["history"][-1] == [40, done["loss"], done["accuracy"]]
    assert done["history"][0][1] > done["loss"]
    assert len(done["points"]) == len(done["labels"]) == 200
    assert len(b64decode(done["boundary"])) == done["map_size"] ** 2
    assert [len(layer) for layer in done["nodes"]] == [3, 2]
    assert len(b64decode(done["nodes"][0][0]["codes"])) == done["node_map_size"] ** 2
    assert [len(layer["after"]) for layer in done["probe"]] == [3, 2, 2]
    assert sum(done["probe"][-1]["after"]) == pytest.approx(1)
    for name, frame in running:
        assert name == "running"
        assert frame["step"] == frame["done"]
        assert [frame["step"], frame["loss"], frame["accuracy"]] in done["history"]


def test_the_same_body_is_the_same_run(client: TestClient) -> None:
    one = last(client, SHORT)
    other = last(client, {**SHORT, "every": 20})
    assert one.pop("history") != other.pop("history")
    assert one == other


@pytest.mark.parametrize("activation", ["relu", "maxout"])
def test_a_run_goes_on_from_any_of_its_events(client: TestClient, activation) -> None:
    """Through JSON and back, to the last bit."""
    body = {**SHORT, "activation": activation, "momentum": 0.9}
    half = last(client, {**body, "steps": 20})
    network = {"step": half["step"], "layers": half["layers"]}
    whole = last(client, body)
    rest = last(client, {**body, "steps": 20, "network": network})
    assert rest["step"] == whole["step"] == 40
    for name in ("loss", "accuracy", "layers", "boundary", "nodes"):
        assert rest[name] == whole[name]


def test_the_largest_stream_is_no_larger_than_the_schema_says(client: TestClient) -> None:
    """Its events one after the other; who reads slowly gets fewer of them."""
    body = {"hidden": [12] * 4, "activation": "maxout", "momentum": 0.9, "points": "spirals"}
    *_, (_, frame) = events(client, {**body, "steps": 3, "every": 1})
    schema = client.get("/api/v1/openapi.json").json()["components"]["schemas"]["PlaygroundBody"]
    said = re.search(
        r"at most (\d+), .* below (\d+) MB", schema["properties"]["every"]["description"]
    )
    frames, megabytes = map(int, said.groups())
    for steps, status in ((frames, 200), (frames + 1, 422)):
        answer = client.post(PATH, json={**body, "steps": steps, "every": 1})
        assert answer.status_code == status
    # Every number with all its digits: a sign, 17 of them, a point and an exponent.
    numbers = sum(
        np.size(each) for layer in frame["layers"] for array in layer.values() for each in array
    )
    rest = len(json.dumps({**frame, "layers": [], "points": [], "labels": [], "history": []}))
    assert (rest + 26 * numbers) * (frames + 1) < megabytes * 1e6


def test_no_step_is_asked_for_to_see_the_start(client: TestClient) -> None:
    ((name, document),) = events(client, {"steps": 0, "hidden": []})
    assert name == "done"
    assert document["step"] == 0
    assert document["nodes"] == []
    assert len(document["layers"]) == 1


def test_a_diverging_run_ends_early_and_says_so(client: TestClient) -> None:
    body = {
        "rate": 100,
        "momentum": 0.99,
        "activation": "identity",
        "hidden": [8] * 4,
        "steps": 3000,
        "every": 75,
    }
    document = last(client, body)
    assert document["is_finite"] is False
    assert document["loss"] is None
    assert document["step"] < 3_000
    # So it does where the last step of all is the one that went too far.
    assert last(client, {**body, "steps": document["step"], "every": 100})["is_finite"] is False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": 3_001}, "steps"),
        ({"steps": 41, "every": 1}, "steps / every is at most 40"),
        ({"hidden": [13]}, "hidden"),
        ({"hidden": [0]}, "hidden"),
        ({"hidden": [2] * 5}, "hidden"),
        ({"activation": "step"}, "activation"),
        ({"points": "moons"}, "points"),
        ({"count": 401}, "count"),
        ({"rate": 0}, "rate"),
        ({"momentum": 1}, "momentum"),
        ({"probe": [0, 2]}, "probe"),
        ({"network": {"step": 0, "layers": []}}, "network has to have 3 layers"),
    ],
)
def test_what_is_out_of_bounds_is_refused(client: TestClient, change, said) -> None:
    answer = client.post(PATH, json={**SHORT, **change})
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
    assert said in answer.text


def test_a_network_of_another_shape_is_refused(client: TestClient) -> None:
    found = last(client, {**SHORT, "steps": 0})
    network = {"step": 0, "layers": found["layers"]}
    for change in ({"hidden": [3, 3]}, {"activation": "maxout"}):
        answer = client.post(PATH, json={**SHORT, **change, "network": network})
        assert answer.status_code == 422
        assert "weight of layer" in answer.text
    network["layers"][1]["bias_velocity"] = [[0.0]]
    answer = client.post(PATH, json={**SHORT, "network": network})
    assert "bias_velocity of layer 1" in answer.text
