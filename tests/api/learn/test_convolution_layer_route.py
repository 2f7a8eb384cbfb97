"""`POST /learn/convolution` forward alone: larger pictures, shares, activation and pool."""

from itertools import product

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from test_problems import assert_problem
from torch.nn import functional

PATH = "/api/v1/learn/convolution"
PICTURE = [[[0, 1, 2, 0, 1], [1, 2, 0, 1, 0], [2, 0, 1, 0, 3], [0, 1, 0, 3, 1], [1, 0, 3, 1, 0]]]
KERNEL = [[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]]
BACK = (
    "columns",
    "output_gradient",
    "column_gradient",
    "fan_out",
    "weight_gradient",
    "bias_gradient",
    "input_gradient",
    "uses",
)


def test_the_schema_of_a_layer_has_an_example_that_is_true(client: TestClient) -> None:
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    body = {
        **schemas["ConvolutionBody"]["example"],
        "activation": "relu",
        "pooling": {"kind": "max", "size": 2},
    }
    found = client.post(PATH, json=body).json()["layer"]
    assert found == schemas["ConvolvedLayerSchema"]["example"]


@pytest.mark.parametrize(("n", "k"), [(7, 3), (8, 3), (12, 5)])
def test_numbers_are_those_of_torch_over_a_grid_of_sizes(client: TestClient, n, k) -> None:
    """Forward and with the way back alike; where torch refuses, the lesson does."""
    generator = np.random.default_rng(n)
    picture = generator.integers(-9, 10, (2, n, n))
    kernels = generator.integers(-3, 4, (3, 2, k, k))
    x = torch.tensor(picture, dtype=torch.float64)[None]
    w = torch.tensor(kernels, dtype=torch.float64)
    bias = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    refused = 0
    for s, p, d in product((1, 2, 3), (0, 1, 3), (1, 2, 3)):
        body = {
            "picture": picture.tolist(),
            "kernels": kernels.tolist(),
            "bias": bias.tolist(),
            "stride": s,
            "padding": p,
            "dilation": d,
        }
        sliding = {"stride": s, "padding": p, "dilation": d}
        try:
            y = functional.conv2d(x, w, bias, **sliding)[0]
        except RuntimeError:
            refused += 1
            answer = client.post(PATH, json={**body, "backward": False})
            assert "they reach over" in assert_problem(answer, 422, "invalid-parameter")["detail"]
            continue
        both = client.post(PATH, json=body).json()
        forward = client.post(PATH, json={**body, "backward": False}).json()
        for found in (both, forward):
            assert found["output"] == y.tolist()
            assert found["output_size"] == {"height": y.shape[1], "width": y.shape[2]}
            together = np.array(found["shares"]).sum(axis=1) + bias.numpy()[:, None, None]
            assert (together == y.numpy()).all()
        assert both["columns"] == functional.unfold(x, k, **sliding)[0].tolist()
        assert all(forward[name] == [] for name in BACK)
    # By hand: 5 pixels, 3 apart, reach over 13, and without padding there are 12.
    assert refused == {7: 0, 8: 0, 12: 3}[n]


@pytest.mark.parametrize("kind", ["max", "average"])
def test_a_layer_is_that_of_torch(client: TestClient, kind) -> None:
    generator = np.random.default_rng(3)
    picture = generator.integers(0, 256, (3, 48, 48))
    kernels = generator.standard_normal((4, 3, 3, 3))
    pool = {"max": functional.max_pool2d, "average": functional.avg_pool2d}[kind]
    for size, stride in product((1, 2, 3), (1, 2, 3)):
        body = {
            "picture": picture.tolist(),
            "kernels": kernels.tolist(),
            "stride": 2,
            "backward": False,
            "activation": "relu",
            "pooling": {"kind": kind, "size": size, "stride": stride},
        }
        found = client.post(PATH, json=body).json()["layer"]
        x = torch.tensor(picture, dtype=torch.float64)[None]
        bent = functional.relu(functional.conv2d(x, torch.tensor(kernels), stride=2))
        pooled = pool(bent, size, stride)[0]
        assert np.allclose(found["activated"], bent[0], atol=1e-9, rtol=0)
        assert np.allclose(found["pooled"], pooled, atol=1e-9, rtol=0)
        assert found["pooled_size"] == {"height": pooled.shape[1], "width": pooled.shape[2]}
        assert (found["winners"] is None) == (kind == "average")


def test_a_layer_is_told_where_it_was_asked_for(client: TestClient) -> None:
    body = {"picture": PICTURE, "kernels": KERNEL}
    assert client.post(PATH, json=body).json()["layer"] is None
    bent = client.post(PATH, json={**body, "activation": "relu"}).json()
    assert bent["layer"]["pooled"] is bent["layer"]["pooled_size"] is None
    assert bent["layer"]["activated"] == np.maximum(bent["output"], 0).tolist()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"picture": [[[0] * 13] * 13]}, "with the way back it may have at most 12 x 12"),
        ({"pooling": {"kind": "max", "size": 4}}, "its window is 4 x 4; the maps have only 3 x 3"),
        ({"backward": False, "pooling": {"kind": "max", "size": 4}}, "only 3 x 3"),
    ],
)
def test_what_does_not_fit_is_said(client: TestClient, change, said) -> None:
    answer = client.post(PATH, json={"picture": PICTURE, "kernels": KERNEL, **change})
    assert said in assert_problem(answer, 422, "invalid-parameter")["detail"]


@pytest.mark.parametrize(
    "change",
    [
        {"picture": [[[0] * 49] * 5]},
        {"picture": [[[0] * 5] * 49]},
        {"activation": "tanh"},
        {"pooling": {"kind": "sum"}},
        {"pooling": {"kind": "max", "size": 0}},
        {"pooling": {"kind": "max", "stride": 9}},
        {"pooling": {"kind": "max", "padding": 1}},
    ],
)
def test_bounds(client: TestClient, change) -> None:
    body = {"picture": PICTURE, "kernels": KERNEL, "backward": False, **change}
    assert_problem(client.post(PATH, json=body), 422, "invalid-parameter")
