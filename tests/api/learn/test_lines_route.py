"""Three lines through points over HTTP."""

import numpy as np
import pytest
from fastapi.testclient import TestClient

PATH = "/api/v1/learn/lines"
ASKED = {"weight": [[1, 0.3], [-0.3, 1], [-0.9, -0.5]], "bias": [-0.8, -0.6, -0.6]}


@pytest.mark.parametrize("points", ["corners", "row", "ring"])
def test_each_step_says_how_the_points_stand(client: TestClient, points: str) -> None:
    body = ASKED | {"points": points, "seed": 4, "steps": 20, "rate": 0.5}
    found = client.post(PATH, json=body).json()
    x = np.array([point["x"] for point in found["points"]])
    labels = np.array([point["label"] for point in found["points"]])
    assert len(found["path"]) == 21
    for each in found["path"]:
        scores = x @ np.array(each["weight"]).T + each["bias"]
        assert each["best"] == scores.argmax(axis=1).tolist()
        assert each["right"] == (scores.argmax(axis=1) == labels).sum()
        shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        own = shares[np.arange(len(x)), labels]
        assert each["loss"] == pytest.approx(-np.log(own).mean(), abs=1e-12)
    first, second = found["path"][:2]
    stepped = np.array(first["weight"]) - 0.5 * np.array(first["weight_gradient"])
    np.testing.assert_allclose(second["weight"], stepped, atol=1e-12)
    stepped = np.array(first["bias"]) - 0.5 * np.array(first["bias_gradient"])
    np.testing.assert_allclose(second["bias"], stepped, atol=1e-12)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weight": [[1, 2], [3, 4]]}, "weight"),
        ({"weight": [[1, 2, 3], [1, 2], [1, 2]]}, "weight"),
        ({"weight": [[1e4, 2], [3, 4], [5, 6]]}, "weight"),
        ({"bias": [1, 2]}, "bias"),
        ({"points": "spirals"}, "points"),
        ({"steps": 201}, "steps"),
        ({"rate": 0}, "rate"),
        ({"seed": -1}, "seed"),
        ({"momentum": 0.9}, "momentum"),
    ],
)
def test_what_is_out_of_bounds_is_refused(client: TestClient, changes: dict, said: str) -> None:
    answer = client.post(PATH, json=ASKED | changes)
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
    assert said in answer.text


def test_the_largest_numbers_have_an_answer(client: TestClient) -> None:
    """Without a number that is not finite, which JSON does not have."""
    weight = [[1000, -1000], [-1000, 1000], [1000, 1000]]
    body = ASKED | {"weight": weight, "steps": 200, "rate": 10}
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200
    assert all(np.isfinite(each["loss"]) for each in answer.json()["path"])
