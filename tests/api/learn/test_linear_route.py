"""The stack of linear layers over HTTP, and what does not fit together."""

import numpy as np
import pytest
from fastapi.testclient import TestClient

PATH = "/api/v1/learn/linear"


def test_the_stack_and_the_one_layer(client: TestClient) -> None:
    generator = np.random.default_rng(2)
    first, second = generator.standard_normal((4, 3)), generator.standard_normal((2, 4))
    bias, x = generator.standard_normal(4), generator.standard_normal(3)
    layers = [
        {"weight": first.tolist(), "bias": bias.tolist()},
        {"weight": second.tolist()},
    ]
    answer = client.post(PATH, json={"layers": layers, "x": x.tolist()})
    assert answer.status_code == 200
    found = answer.json()
    hidden = first @ x + bias
    assert found["stages"][0]["value"] == pytest.approx(hidden.tolist(), abs=1e-12)
    assert found["stacked"] == pytest.approx((second @ hidden).tolist(), abs=1e-12)
    np.testing.assert_allclose(found["stages"][1]["weight"], second @ first, atol=1e-12)
    assert found["stages"][1]["bias"] == pytest.approx((second @ bias).tolist(), abs=1e-12)
    assert found["at_once"] == pytest.approx(found["stacked"], abs=1e-12)
    assert found["largest_difference"] < 1e-12


@pytest.mark.parametrize(
    ("layers", "x", "said"),
    [
        ([], [1], "layers"),
        ([{"weight": [[1]]}] * 5, [1], "layers"),
        ([{"weight": [[1] * 7]}], [1] * 7, "weight"),
        ([{"weight": [[1, 2], [3]]}], [1, 2], "equally long"),
        ([{"weight": [[1, 2]], "bias": [1, 2]}], [1, 2], "one number for each row"),
        ([{"weight": [[1, 2]]}, {"weight": [[1, 2]]}], [1, 2], "layer 2 reads 2"),
        ([{"weight": [[1, 2]]}], [1, 2, 3], "layer 1 reads 2 numbers and is given 3"),
        ([{"weight": [[1e7]]}], [1], "weight"),
        ([{"weight": [[1]], "activation": "relu"}], [1], "activation"),
    ],
)
def test_what_does_not_fit_is_refused(client: TestClient, layers, x, said) -> None:
    answer = client.post(PATH, json={"layers": layers, "x": x})
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
    assert said in answer.text


def test_numbers_are_finite(client: TestClient) -> None:
    body = '{"layers": [{"weight": [[NaN]]}], "x": [1]}'
    answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
