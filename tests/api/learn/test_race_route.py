"""The race as it is asked for: its bounds, and what its events carry."""

import json

import numpy as np
import pytest
from fastapi.testclient import TestClient
from scipy.special import log_softmax

PATH = "/api/v1/learn/race"
SURFACE = {"kind": "surface"}


def events(client: TestClient, body) -> list[tuple[str, dict]]:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    parted = [event.split("\n") for event in answer.text.strip().split("\n\n")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in parted
    ]


def test_a_race_on_a_surface_ends_with_paths_and_heights(client: TestClient) -> None:
    field = {**SURFACE, "curvatures": [1, 4], "start": [-2, 2.5], "passes": 3, "grid": 7}
    *_, (name, done) = events(client, {"field": field, "rate": 0.25})
    assert name == "done"
    assert done["examples"] == 16
    assert len(done["searchers"]) == 5
    for history in done["searchers"].values():
        assert history["places"][0] == [-2, 2.5]
        assert len({len(history[name]) for name in ("steps", "losses", "places")}) == 1
    # One step of 1/4 along curvature 4 goes all the way: w_2 is at its lowest, 0.5.
    assert done["searchers"]["full_gradient"]["places"][1] == [-2 + 0.75, 0.5]
    assert done["heights"][3][4] == 0 + 4 * 0.25 / 2


def test_a_race_on_digits_tells_more_with_every_event(client: TestClient) -> None:
    field = {"kind": "digits", "examples": 100, "passes": 4}
    searchers = ["full_gradient", "minibatch"]
    *running, (name, done) = events(
        client, {"field": field, "searchers": searchers, "batch_size": 10}
    )
    assert name == "done"
    assert done["examples"] == 100
    assert list(done["searchers"]) == searchers
    assert done["searchers"]["full_gradient"]["evaluations"] == [0, 100, 200, 300, 400]
    assert 0.1 < done["accuracy"]["minibatch"] <= 1
    for _, each in running:
        history = each["searchers"]["full_gradient"]
        assert history["losses"] == done["searchers"]["full_gradient"]["losses"][: each["done"] + 1]


def test_one_step_on_one_digit_leaves_what_the_closed_form_says(client: TestClient) -> None:
    """From zeros: the right score rises by 0.9 rate (|x|^2 + 1), each other falls by 0.1 of it."""
    pixels = np.random.default_rng(0).uniform(0, 1, 784).round(3)
    field = {"kind": "own_digit", "pixels": pixels.tolist(), "label": 3}
    *_, (_, done) = events(client, {"field": field, "rate": 0.01})
    square = float(pixels @ pixels)
    assert done["squared_length"] == pytest.approx(square, rel=1e-12)
    scores = np.full(10, -0.001 * (square + 1))
    scores[3] = 0.009 * (square + 1)
    for name in ("full_gradient", "minibatch", "one_at_a_time"):
        losses = done["searchers"][name]["losses"]
        assert losses[0] == pytest.approx(np.log(10), rel=1e-12)
        assert losses[1] == pytest.approx(-log_softmax(scores)[3], rel=1e-9)


def test_who_diverges_is_told_in_numbers(client: TestClient) -> None:
    *_, (_, done) = events(client, {"field": SURFACE, "rate": 10, "searchers": ["full_gradient"]})
    history = done["searchers"]["full_gradient"]
    assert history["diverged"]
    assert all(isinstance(loss, float) for loss in history["losses"])


@pytest.mark.parametrize(
    "change",
    [
        {"rate": 0},
        {"rate": 10.5},
        {"momentum": 1},
        {"momentum": -0.1},
        {"batch_size": 0},
        {"batch_size": 257},
        {"guess_scale": 0},
        {"change_scale": 11},
        {"seed": -1},
        {"searchers": []},
        {"searchers": ["newton"]},
        {"searchers": ["minibatch"] * 6},
        {"searchers": ["minibatch"] * 2},
        {"field": {"kind": "network"}},
        {"field": {**SURFACE, "curvatures": [0, 1]}},
        {"field": {**SURFACE, "curvatures": [1, 101]}},
        {"field": {**SURFACE, "curvatures": [1]}},
        {"field": {**SURFACE, "start": [3.5, 0]}},
        {"field": {**SURFACE, "noise": 11}},
        {"field": {**SURFACE, "ripple": 6}},
        {"field": {**SURFACE, "frequency": 0}},
        {"field": {**SURFACE, "passes": 101}},
        {"field": {**SURFACE, "grid": 97}},
        {"field": {"kind": "digits", "examples": 1001}},
        {"field": {"kind": "digits", "examples": 99}},
        {"field": {"kind": "digits", "passes": 41}},
        {"field": {"kind": "own_digit", "pixels": [0.5] * 783, "label": 3}},
        {"field": {"kind": "own_digit", "pixels": [1.5] * 784, "label": 3}},
        {"field": {"kind": "own_digit", "pixels": [0.5] * 784, "label": 10}},
        {"more": 1},
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(client: TestClient, change) -> None:
    answer = client.post(PATH, json={"field": SURFACE, **change})
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(client: TestClient, number) -> None:
    for body in (
        f'{{"field": {{"kind": "surface"}}, "rate": {number}}}',
        f'{{"field": {{"kind": "surface", "start": [0, {number}]}}}}',
    ):
        answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
