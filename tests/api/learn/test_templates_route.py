"""Scores of a linear classifier over HTTP, against numpy on the files of weights and input."""

import io

import numpy as np
import pytest
from fastapi.testclient import TestClient

PATH = "/api/v1/learn/templates/softmax.mnist5k"
MODEL = "/api/v1/models/softmax.mnist5k"


@pytest.fixture(scope="module")
def weights() -> tuple[np.ndarray, np.ndarray]:
    """Of the file that ships: W (10, 784) and b (10,)."""
    from safetensors.numpy import load_file

    from models.catalogue.catalogue import catalogue

    stored = load_file(catalogue().resolve("softmax.mnist5k").weights.path)
    return stored["linear.weight"].astype(np.float64), stored["linear.bias"].astype(np.float64)


def digit(client: TestClient, which: int, number: int) -> str:
    png = client.get(f"/api/v1/learn/digits/{which}?number={number}").content
    return client.post("/api/v1/images", files={"file": ("digit.png", png)}).json()["id"]


def prepared(client: TestClient, image: str) -> np.ndarray:
    query = {"image": image, "preparation": "as-drawn", "format": "npy"}
    stored = client.get(f"{MODEL}/input", params=query)
    return np.load(io.BytesIO(stored.content)).reshape(28, 28)


def moved(picture: np.ndarray, right: int, down: int) -> np.ndarray:
    """With black around it, cut out elsewhere."""
    wide = np.pad(picture, 28)
    return wide[28 - down : 56 - down, 28 - right : 56 - right]


@pytest.mark.parametrize(("right", "down"), [(0, 0), (4, 0), (-3, 2), (1, -5), (27, -27)])
@pytest.mark.parametrize("which", [7, 2])
def test_scores_are_weights_times_picture_plus_bias(
    client: TestClient, weights, which: int, right: int, down: int
) -> None:
    weight, bias = weights
    image = digit(client, which, 0)
    query = {"image": image, "preparation": "as-drawn", "right": right, "down": down}
    found = client.get(PATH, params=query | {"template": 3}).json()
    x = moved(prepared(client, image), right, down).astype(np.float64)
    expected = weight @ x.ravel() + bias
    classes = found["classes"]
    np.testing.assert_allclose([each["score"] for each in classes], expected, atol=1e-6)
    np.testing.assert_allclose([each["logit"] for each in classes], expected, atol=2e-5)
    assert found["best"] == int(expected.argmax())
    assert found["shape"] == [1, 28, 28]
    np.testing.assert_array_equal(found["input"], x.ravel())
    products = weight[3] * x.ravel()
    np.testing.assert_allclose(found["products"], products, atol=1e-12)
    assert classes[3]["positive"] == pytest.approx(products[products > 0].sum(), abs=1e-9)
    assert classes[3]["negative"] == pytest.approx(products[products < 0].sum(), abs=1e-9)
    for each, row in zip(classes, weight, strict=True):
        by_row = (row.reshape(28, 28) * x).sum(axis=1)
        np.testing.assert_allclose(each["running"], np.cumsum(by_row), atol=1e-9)
        assert each["sum"] == pytest.approx(each["running"][-1], abs=1e-9)


def test_the_products_are_those_of_the_largest_score_unless_told(
    client: TestClient, weights
) -> None:
    """A 7 moved four pixels to the right is taken for a 5."""
    query = {"image": digit(client, 7, 0), "preparation": "as-drawn", "right": 4}
    found = client.get(PATH, params=query).json()
    assert (found["best"], found["template"]) == (5, 5)
    products = np.array(found["products"])
    np.testing.assert_allclose(products, weights[0][5] * np.array(found["input"]), atol=1e-12)


@pytest.mark.parametrize(
    ("model", "query", "said"),
    [
        ("softmax.mnist5k", {"right": 28}, "right"),
        ("softmax.mnist5k", {"down": "half"}, "down"),
        ("softmax.mnist5k", {"template": 10}, "there are 10"),
        ("softmax.mnist5k", {"template": -1}, "template"),
        ("softmax.mnist5k", {"channel": 1}, "channel"),
        ("mlp.mnist5k", {}, "more than one linear layer"),
        ("lenet5.mnist5k", {}, "more than one linear layer"),
        ("efficientnet_lite0.imagenet1k", {}, "more than one linear layer"),
    ],
)
def test_what_is_no_question_to_a_linear_classifier_is_refused(
    client: TestClient, model: str, query: dict, said: str
) -> None:
    path = f"/api/v1/learn/templates/{model}"
    answer = client.get(path, params={"image": "example-coffee"} | query)
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
    assert said in answer.text


def test_a_picture_that_is_not_kept_is_unknown(client: TestClient) -> None:
    answer = client.get(PATH, params={"image": "nothing"})
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown-image")


def test_a_network_with_too_many_products_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.learn.templates._MOST_PRODUCTS", 7_839)
    refused = client.get(PATH, params={"image": "example-coffee"})
    assert refused.status_code == 422
    assert "has 7,840 products" in refused.json()["detail"]
    monkeypatch.setattr("app.api.learn.templates._MOST_PRODUCTS", 7_840)
    assert client.get(PATH, params={"image": "example-coffee"}).status_code == 200
