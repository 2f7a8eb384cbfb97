"""The activation functions over HTTP."""

import pytest
from fastapi.testclient import TestClient
from scipy import special

PATH = "/api/v1/learn/activations"


def test_all_functions_come_with_their_slopes(client: TestClient) -> None:
    answer = client.post(PATH, json={"x": [-2, 0, 1.5]})
    assert answer.status_code == 200
    curves = {each["name"]: each for each in answer.json()["curves"]}
    assert list(curves) == ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu"]
    assert curves["relu"] == {"name": "relu", "values": [0, 0, 1.5], "slopes": [0, 0, 1]}
    assert curves["leaky_relu"]["values"] == pytest.approx([-0.2, 0, 1.5])
    sigmoid = special.expit([-2, 0, 1.5])
    assert curves["sigmoid"]["values"] == pytest.approx(sigmoid.tolist(), abs=1e-12)
    assert curves["sigmoid"]["slopes"] == pytest.approx((sigmoid * (1 - sigmoid)).tolist())


@pytest.mark.parametrize("x", [[], [0] * 513, [1e4], ["a"]])
def test_what_is_out_of_bounds_is_refused(client: TestClient, x) -> None:
    answer = client.post(PATH, json={"x": x})
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
