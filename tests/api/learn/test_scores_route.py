"""POST /learn/scores: what is asked for, what is answered, and what is refused."""

import numpy as np
import pytest
from fastapi.testclient import TestClient
from scipy import special

PATH = "/api/v1/learn/scores"


def test_many_classes_weigh_as_much_as_one_of_this_score(client: TestClient) -> None:
    scores = np.random.default_rng(1).normal(0, 3, 1000)
    temperatures = [0.1, 1, 10]
    body = {"scores": scores.tolist(), "temperatures": temperatures, "first": 10}
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200
    found = answer.json()
    for place, temperature in enumerate(temperatures):
        assert found["log_sums"][place] == pytest.approx(
            special.logsumexp(scores / temperature), rel=1e-12
        )
        assert found["probabilities"][place] == pytest.approx(
            list(special.softmax(scores / temperature)[:10]), rel=1e-9, abs=1e-12
        )


def test_a_temperature_of_one_and_no_probabilities_unless_asked_for(client: TestClient) -> None:
    assert client.post(PATH, json={"scores": [0, 0]}).json() == {
        "log_sums": [pytest.approx(np.log(2))],
        "probabilities": [[]],
    }


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"scores": []}, "scores"),
        ({"scores": [1, "NaN"]}, "scores"),
        ({"scores": [1e7]}, "scores"),
        ({"scores": [0.0] * 10_001}, "scores"),
        ({"scores": [1], "temperatures": [0]}, "temperatures"),
        ({"scores": [1], "temperatures": [1.0] * 102}, "temperatures"),
        ({"scores": [1, 2], "first": 3}, "there are 2 scores, not 3"),
        ({"scores": [1], "T": 1}, "T"),
    ],
)
def test_what_is_out_of_bounds_is_refused(client: TestClient, body, names) -> None:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]
