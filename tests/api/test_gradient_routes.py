"""Gradients of the loss over HTTP: forms, classes, and what is refused."""

import io
import json
import struct

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, LENET, eager
from test_problems import assert_problem
from torch.nn import functional

IMAGE = "example-coffee"


def path(model: str, layer: str, resource: str = "gradients") -> str:
    return f"/api/v1/models/{model}/layers/{layer}/{resource}"


def get(client: TestClient, address: str, **query):
    answer = client.get(address, params={"image": IMAGE, **query})
    assert answer.status_code == 200, answer.text
    form = query.get("format", "json")
    if form == "json":
        return answer.json()
    return np.load(io.BytesIO(answer.content)) if form == "npy" else answer.content


def by_hand(client: TestClient, model: str, layer: str, class_index: int):
    """(loss, dL/d output of a module, dL/d its weight, dL/d its bias) by torch's own backward."""
    reference = eager(client, model, IMAGE)
    reference.module.requires_grad_(True)
    module = reference.module.get_submodule(layer)
    kept = []

    def keep(_module, _arguments, output):
        output.retain_grad()
        kept.append(output)

    hook = module.register_forward_hook(keep)
    logits = reference.module(reference.tensor)
    loss = functional.cross_entropy(logits, torch.tensor([class_index]))
    loss.backward()
    hook.remove()
    bias = None if module.bias is None else module.bias.grad.numpy()
    return float(loss.detach()), kept[0].grad[0].numpy(), module.weight.grad.numpy(), bias


@pytest.mark.parametrize(
    ("model", "layer", "class_index"),
    [(LENET, "c1", 3), (LENET, "c3", 8), (DEFAULT, "blocks.2.0.conv_dw", 967)],
)
def test_gradients_are_those_of_the_module(client, model, layer, class_index) -> None:
    loss, by_value, by_weight, bias = by_hand(client, model, layer, class_index)
    asked = {"class": class_index}
    found = get(client, path(model, layer), **asked, format="npy")
    assert found.shape == by_value.shape
    assert np.abs(found - by_value).max() <= 1e-5 * max(1, np.abs(by_value).max())
    numbers = get(client, path(model, layer), **asked)
    assert (numbers["class"], numbers["shape"]) == (class_index, list(by_value.shape))
    assert numbers["loss"] == pytest.approx(loss, rel=1e-5)
    assert numbers["probability"] == pytest.approx(np.exp(-loss), rel=1e-5)
    for each in numbers["channels"]:
        channel = found[each["index"]].astype(np.float64)
        assert each["minimum"] == channel.min()
        assert each["maximum"] == channel.max()
        assert each["mean"] == pytest.approx(channel.mean(), abs=1e-9)
        assert each["l2"] == pytest.approx(np.sqrt((channel**2).sum()))
    kernels = get(client, path(model, layer, "gradients/weights"), **asked, format="npy")
    assert kernels.shape == by_weight.shape
    assert np.abs(kernels - by_weight).max() <= 1e-5 * max(1, np.abs(by_weight).max())
    one = get(client, path(model, layer, "gradients/weights"), **asked, channel=2, format="npy")
    assert np.array_equal(one, kernels[2:3])
    facts = get(client, path(model, layer, "gradients/weights"), **asked, channel=2)
    assert [kernel["index"] for kernel in facts["kernels"]] == [2]
    assert facts["kernels"][0]["l2"] == pytest.approx(np.sqrt((one.astype(float) ** 2).sum()))
    expected = None if bias is None else pytest.approx(float(bias[2]), abs=1e-5)
    assert facts["kernels"][0]["bias"] == expected


def coded(body: bytes, count: int):
    """(header, values) of the 8-bit form."""
    magic, length = struct.unpack_from("<4sI", body)
    assert magic == b"CVU8"
    header = json.loads(body[8 : 8 + length])
    ranges = np.frombuffer(body, "<f4", 2 * count, 8 + length).astype(np.float64)
    low, high = ranges[:count], ranges[count:]
    codes = np.frombuffer(body, np.uint8, offset=8 + length + 8 * count)
    codes = codes.reshape(header["shape"])
    spread = (-1, *(1,) * (codes.ndim - 1))
    step = (high - low).reshape(spread) / 255
    return header, low.reshape(spread) + codes * step, step


def test_eight_bits_stand_for_the_exact_values(client: TestClient) -> None:
    for resource, scale in (("gradients", "layer"), ("gradients/weights", "channel")):
        address = path(LENET, "c1", resource)
        exact = get(client, address, **{"class": 5}, format="npy")
        body = get(client, address, **{"class": 5}, format="u8", scale=scale)
        header, values, step = coded(body, 6)
        assert (header["class"], header["scale"]) == (5, scale)
        assert header["loss"] == get(client, address, **{"class": 5})["loss"]
        assert (np.abs(values - exact) <= step * 0.51).all()
    chosen = get(client, path(LENET, "c1"), **{"class": 5}, format="u8", channels="4,1")
    assert coded(chosen, 2)[0]["channels"] == [4, 1]


def test_class_of_the_highest_score_unless_told(client: TestClient) -> None:
    answer = client.get(f"/api/v1/models/{LENET}/predictions", params={"image": IMAGE, "top": 10})
    scores = answer.json()["classes"]
    found = get(client, path(LENET, "output"))
    assert (found["class"], found["label"]) == (scores[0]["index"], scores[0]["label"])
    assert found["probability"] == pytest.approx(scores[0]["probability"], rel=1e-6)
    # dL/dt = p - y, class by class.
    values = get(client, path(LENET, "output"), format="npy")
    for score in scores:
        known = score["index"] == found["class"]
        assert values[score["index"]] == pytest.approx(score["probability"] - known, abs=1e-6)


def test_pixels_have_a_gradient_too(client: TestClient) -> None:
    reference = eager(client, LENET, IMAGE)
    pixels = reference.tensor.clone().requires_grad_()
    functional.cross_entropy(reference.module(pixels), torch.tensor([0])).backward()
    found = get(client, path(LENET, "input"), **{"class": 0}, format="npy")
    assert np.abs(found - pixels.grad[0].numpy()).max() <= 1e-5


def test_a_dense_layers_gradient_has_the_shape_of_what_it_reads(client: TestClient) -> None:
    found = get(client, path("softmax.mnist5k", "linear", "gradients/weights"), format="npy")
    assert found.shape == (10, 1, 28, 28)


def test_what_is_kept_is_not_computed_again_and_forgotten_with_its_picture(
    client: TestClient, chelsea: bytes
) -> None:
    image = client.post("/api/v1/images", files={"file": ("c.png", chelsea)}).json()["id"]
    store = client.app.state.services.gradients
    query = {"image": image, "class": 1}
    for resource in ("gradients", "gradients/weights"):
        assert client.get(path(LENET, "c1", resource), params=query).status_code == 200
    kept = (store._by_activations, store._by_weights)
    key = "lenet5.mnist5k", image, "c1", 1
    keys = [[each for each in cache._values if each[1:] == key[1:]] for cache in kept]
    assert all(len(found) == 1 for found in keys)
    assert client.delete(f"/api/v1/images/{image}").status_code == 204
    assert not any(found[0] in cache for found, cache in zip(keys, kept, strict=True))
    answer = client.get(path(LENET, "c1"), params=query)
    assert_problem(answer, 404, "unknown-image")


@pytest.mark.parametrize(
    ("address", "query", "status", "slug"),
    [
        (path(LENET, "c9"), {}, 404, "unknown-layer"),
        (path(LENET, "c1"), {"class": 10}, 422, "invalid-parameter"),
        (path(LENET, "c1"), {"class": -1}, 422, "invalid-parameter"),
        (path(LENET, "c1"), {"channels": "6"}, 422, "invalid-parameter"),
        (path(LENET, "c1"), {"format": "png"}, 422, "invalid-parameter"),
        (path(LENET, "c1"), {"image": "none"}, 404, "unknown-image"),
        (path(LENET, "s2", "gradients/weights"), {}, 422, "no-filters"),
        (path(LENET, "c1", "gradients/weights"), {"channel": 6}, 422, "invalid-unit"),
        (path(LENET, "c9", "gradients/weights"), {}, 404, "unknown-layer"),
    ],
)
def test_what_is_not_there_is_named(client: TestClient, address, query, status, slug) -> None:
    answer = client.get(address, params={"image": IMAGE, **query})
    assert_problem(answer, status, slug)
