"""Activations over HTTP: their values by torch's hooks, their forms by numpy and struct."""

import io
import json
import struct

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, LENET, eager, fetch, layer_path
from PIL import Image
from tiny_network import listed, packaged, saved, tiny_tensors

LAYER = "blocks.3.0.conv_pw"


def decode(body: bytes) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray]:
    """Header, minimum, maximum and codes of the 8-bit form, as /docs describes it."""
    magic, length = struct.unpack_from("<4sI", body)
    assert magic == b"CVU8"
    assert (8 + length) % 8 == 0
    header = json.loads(body[8 : 8 + length])
    count, *size = header["shape"]
    ranges = np.frombuffer(body, "<f4", 2 * count, 8 + length).reshape(2, count)
    codes = np.frombuffer(body, np.uint8, offset=8 + length + 8 * count)
    return header, ranges[0], ranges[1], codes.reshape(count, *size)


def test_every_form_of_modules_is_what_a_forward_hook_sees(client: TestClient) -> None:
    # A layer's id is the path of its module, or of the module that computes nothing else.
    layers = {
        "conv_stem": "conv_stem",
        LAYER: LAYER,
        "blocks.4.1": "blocks.4.1.add",
        "bn2": "bn2.act",
        "global_pool": "global_pool.flatten",
        "classifier": "classifier",
    }
    reference = eager(client, DEFAULT, "example-coffee").outputs(*layers)
    for path, layer_id in layers.items():
        found = fetch(client, DEFAULT, layer_id, image="example-coffee", format="npy")
        assert found.dtype == np.float32
        assert found.shape == reference[path].shape
        assert np.abs(found - reference[path]).max() <= 1e-5 * np.abs(reference[path]).max(), path


def test_layers_of_lenet_are_what_forward_hooks_see(client: TestClient) -> None:
    paths = ["c1", "s2", "c3", "s4", "c5", "f6", "output"]
    reference = eager(client, LENET, "example-rocket").outputs(*paths)
    for path in paths:
        found = fetch(client, LENET, path, image="example-rocket", format="npy")
        assert found == pytest.approx(reference[path], abs=1e-5), path


def test_prediction_is_the_last_layer_of_the_same_pass(client: TestClient) -> None:
    output = client.get(f"/api/v1/models/{DEFAULT}").json()["output"]
    logits = fetch(client, DEFAULT, output, format="npy")
    answer = client.get(
        f"/api/v1/models/{DEFAULT}/predictions", params={"image": "example-chelsea", "top": 1000}
    ).json()
    for score in answer["classes"]:
        assert np.float32(score["logit"]) == logits[score["index"]]


@pytest.mark.parametrize("scale", ["channel", "layer"])
def test_codes_are_within_half_a_step_of_the_values(client: TestClient, scale: str) -> None:
    values = fetch(client, DEFAULT, LAYER, format="npy").astype(np.float64)
    header, minimum, maximum, codes = decode(
        fetch(client, DEFAULT, LAYER, format="u8", scale=scale)
    )
    assert header["shape"] == list(values.shape)
    assert header["scale"] == scale
    assert header["layer"] == LAYER
    assert header["not_finite"] == 0
    axes = (1, 2) if scale == "channel" else None
    assert minimum == pytest.approx(np.broadcast_to(values.min(axes), minimum.shape), rel=1e-6)
    assert maximum == pytest.approx(np.broadcast_to(values.max(axes), maximum.shape), rel=1e-6)
    step = ((maximum - minimum) / 255)[:, None, None]
    decoded = minimum[:, None, None] + codes * step
    assert (np.abs(decoded - values) <= 0.5001 * step).all()


def test_channels_come_in_the_order_wanted(client: TestClient) -> None:
    whole = fetch(client, DEFAULT, LAYER, format="npy")
    chosen = fetch(client, DEFAULT, LAYER, format="npy", channels="7,0-2,5")
    assert (chosen == whole[[7, 0, 1, 2, 5]]).all()
    for scale in ("channel", "layer"):
        body = fetch(client, DEFAULT, LAYER, format="u8", scale=scale, channels="7,0-2,5")
        header, minimum, maximum, codes = decode(body)
        _, all_minimum, all_maximum, all_codes = decode(
            fetch(client, DEFAULT, LAYER, format="u8", scale=scale)
        )
        assert header["channels"] == [7, 0, 1, 2, 5]
        assert header["layer_shape"] == list(whole.shape)
        # On the scale of the layer, not of those chosen.
        assert (codes == all_codes[header["channels"]]).all()
        assert (minimum == all_minimum[header["channels"]]).all()
        assert (maximum == all_maximum[header["channels"]]).all()
    document = fetch(client, DEFAULT, LAYER, channels="7,0-2,5")
    assert [channel["index"] for channel in document["channels"]] == [7, 0, 1, 2, 5]


def test_statistics_are_those_of_numpy(client: TestClient) -> None:
    values = fetch(client, DEFAULT, LAYER, format="npy").astype(np.float64)
    document = fetch(client, DEFAULT, LAYER)
    assert document["shape"] == list(values.shape)
    assert document["minimum"] == pytest.approx(values.min())
    assert document["maximum"] == pytest.approx(values.max())
    assert document["mean"] == pytest.approx(values.mean(), rel=1e-6)
    assert document["fraction_active"] == pytest.approx((values > 0).mean())
    assert document["not_finite"] == 0
    for channel, numbers in zip(document["channels"], values, strict=True):
        assert channel["minimum"] == pytest.approx(numbers.min())
        assert channel["maximum"] == pytest.approx(numbers.max())
        assert channel["mean"] == pytest.approx(numbers.mean(), rel=1e-5, abs=1e-7)
        assert channel["fraction_active"] == pytest.approx((numbers > 0).mean())
        assert "contribution" not in channel


def test_vectors_come_in_every_form_but_pictures(client: TestClient) -> None:
    values = fetch(client, DEFAULT, "classifier", format="npy")
    assert values.shape == (1000,)
    header, minimum, maximum, codes = decode(
        fetch(client, DEFAULT, "classifier", format="u8", scale="layer")
    )
    assert header["shape"] == [1000]
    step = (maximum - minimum) / 255
    assert (np.abs(minimum + codes * step - values) <= 0.5001 * step).all()
    assert len(fetch(client, DEFAULT, "classifier")["channels"]) == 1000
    answer = client.get(
        layer_path(DEFAULT, "classifier"), params={"image": "example-chelsea", "format": "png"}
    )
    assert answer.status_code == 422
    assert answer.json()["type"] == "not-a-map"
    assert "vector (1000)" in answer.json()["detail"]


def test_png_tiles_are_the_values_in_grey(client: TestClient) -> None:
    """Every tile is found in the picture by its own grey levels, computed here from the npy."""
    values = fetch(client, DEFAULT, LAYER, format="npy", channels="0-5").astype(np.float64)
    body = fetch(client, DEFAULT, LAYER, format="png", channels="0-5", colours="grey")
    picture = np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)
    low = values.min((1, 2), keepdims=True)
    span = values.max((1, 2), keepdims=True) - low
    levels = (values - low) / span * 255
    height, width = values.shape[1:]
    windows = np.lib.stride_tricks.sliding_window_view(picture[..., 0], (height, width))
    corners = []
    for tile in levels:
        far = np.abs(windows[::1, ::1] - tile).max((2, 3))
        assert far.min() <= 0.501
        corners.append(np.unravel_index(far.argmin(), far.shape))
    assert len(set(corners)) == len(values)
    assert corners == sorted(corners)


def test_png_of_signed_maps_diverges_and_of_others_is_viridis(client: TestClient) -> None:
    signed = Image.open(io.BytesIO(fetch(client, DEFAULT, LAYER, format="png")))
    rectified = Image.open(io.BytesIO(fetch(client, DEFAULT, "bn1.act", format="png")))
    first = np.asarray(rectified.convert("RGB"))[:112, :112].reshape(-1, 3)
    # Viridis begins at (68, 1, 84) and ends at (253, 231, 37).
    assert (68, 1, 84) in set(map(tuple, first.tolist()))
    assert (253, 231, 37) in set(map(tuple, first.tolist()))
    colours = np.asarray(signed.convert("RGB")).reshape(-1, 3).astype(int)
    assert (colours[:, 0] > colours[:, 2] + 100).any()
    assert (colours[:, 2] > colours[:, 0] + 100).any()


def test_contributions_to_a_class_are_first_order_terms(client: TestClient) -> None:
    """Against autograd with hooks on a module of our own."""
    reference = eager(client, DEFAULT, "example-chelsea")
    kept: list[torch.Tensor] = []
    hook = reference.module.get_submodule("blocks.5.0").register_forward_hook(
        lambda _, __, output: kept.append(output)
    )
    logits = reference.module(reference.tensor.requires_grad_())
    hook.remove()
    (gradient,) = torch.autograd.grad(logits[0, 285], kept[0])
    expected = (gradient * kept[0])[0].sum((1, 2)).detach().numpy()
    layers = client.get(f"/api/v1/models/{DEFAULT}").json()["layers"]
    last = [layer["id"] for layer in layers if layer["id"].startswith("blocks.5.0.")][-1]
    document = fetch(client, DEFAULT, last, **{"class": 285})
    assert document["class"] == 285
    found = [channel["contribution"] for channel in document["channels"]]
    assert found == pytest.approx(expected, abs=1e-4 * float(np.abs(expected).max()))


def test_contributions_before_a_linear_layer_add_up_to_the_logit(client: TestClient) -> None:
    module = eager(client, LENET, "example-rocket").module
    bias = module.get_submodule("output").bias[4].item()
    document = fetch(client, LENET, "f6_tanh", image="example-rocket", **{"class": 4})
    total = sum(channel["contribution"] for channel in document["channels"])
    logits = fetch(client, LENET, "output", image="example-rocket", format="npy")
    assert total + bias == pytest.approx(logits[4], abs=1e-5)


def test_values_that_are_no_numbers_are_null_and_counted(client: TestClient, tmp_path) -> None:
    tensors = {**tiny_tensors(), "norm.bias": torch.tensor([float("nan"), 1.0])}
    content = saved(tensors)
    path = tmp_path / "tiny.pth"
    path.write_bytes(content)
    entry = packaged(lambda: path, content, positional=False)
    with listed(entry):
        document = fetch(client, entry.id, "norm")
        header, minimum, maximum, _ = decode(fetch(client, entry.id, "norm", format="u8"))
    first, second = document["channels"]
    assert (first["minimum"], first["maximum"], first["mean"]) == (None, None, None)
    assert first["not_finite"] == document["not_finite"] == header["not_finite"] == 26 * 26
    assert second["not_finite"] == 0
    assert document["maximum"] == second["maximum"]
    assert np.isfinite(minimum).all()
    assert np.isfinite(maximum).all()


@pytest.mark.parametrize(
    "channels",
    ["240", "0-240", "5-3", "", "a", "-1", "0,,1", "0-99999999999", "0-239,0", "1" * 10_000],
)
def test_channels_that_are_not_there_are_refused_with_those_that_are(
    client: TestClient, channels: str
) -> None:
    answer = client.get(
        layer_path(DEFAULT, "blocks.3.0.conv_pw"),
        params={"image": "example-chelsea", "channels": channels},
    )
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
    assert "0-239" in answer.json()["detail"]
    assert len(answer.content) < 1000


def test_class_that_is_not_there_is_refused(client: TestClient) -> None:
    for wanted in ("1000", "-1"):
        answer = client.get(
            layer_path(DEFAULT, LAYER), params={"image": "example-chelsea", "class": wanted}
        )
        assert answer.status_code == 422
        assert "999" in answer.json()["detail"]


def test_unknown_layer_names_those_that_are_like_it(client: TestClient) -> None:
    answer = client.get(
        layer_path(DEFAULT, "blocks.3.0.conv_pv"), params={"image": "example-chelsea"}
    )
    assert answer.status_code == 404
    assert answer.json()["type"] == "unknown-layer"
    assert "blocks.3.0.conv_pw" in answer.json()["detail"]


def test_forgotten_picture_is_said_to_be_unknown(client: TestClient, chelsea: bytes) -> None:
    image = client.post("/api/v1/images", files={"file": chelsea}).json()["id"]
    assert fetch(client, DEFAULT, "conv_stem", image=image)["image"] == image
    client.delete(f"/api/v1/images/{image}")
    for path in (layer_path(DEFAULT, "conv_stem"), f"/api/v1/models/{DEFAULT}/activations"):
        answer = client.get(path, params={"image": image})
        assert answer.status_code == 404
        assert answer.json()["type"] == "unknown-image"


def test_answer_that_is_known_already_is_not_sent_again(client: TestClient) -> None:
    path = layer_path(DEFAULT, LAYER)
    parameters = {"image": "example-chelsea", "format": "u8"}
    first = client.get(path, params=parameters)
    again = client.get(path, params=parameters, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    other = client.get(path, params={**parameters, "scale": "layer"})
    assert other.headers["etag"] != first.headers["etag"]


def test_overview_has_the_strongest_map_of_every_layer(client: TestClient) -> None:
    path = f"/api/v1/models/{DEFAULT}/activations"
    body = client.get(path, params={"image": "example-chelsea", "format": "u8"}).content
    magic, length = struct.unpack_from("<4sI", body)
    assert magic == b"CVO8"
    header = json.loads(body[8 : 8 + length])
    layers = client.get(f"/api/v1/models/{DEFAULT}").json()["layers"]
    assert [item["id"] for item in header["layers"]] == [layer["id"] for layer in layers]
    by_id = {item["id"]: item for item in header["layers"]}
    # Of the second the strongest map is nowhere below zero, others are.
    for layer_id in ("conv_stem", "blocks.2.0.conv_dw", "blocks.3.0.bn1.act", "classifier"):
        item = by_id[layer_id]
        values = fetch(client, DEFAULT, layer_id, format="npy")
        strongest = int(values.reshape(len(values), -1).max(1).argmax())
        assert item["channel"] == strongest
        assert item["signed"] == bool((values < 0).any())
        count = item["height"] * item["width"]
        start = 8 + length + item["offset"]
        codes = np.frombuffer(body, np.uint8, count, start).reshape(item["height"], item["width"])
        if layer_id == "classifier":
            continue
        # A map of 28 stands whole, one of 112 as means of what falls on each of 32 columns.
        small = values[strongest]
        if small.shape[0] > 32:
            edges = [
                (int(np.floor(i * 112 / 32)), int(np.ceil((i + 1) * 112 / 32))) for i in range(32)
            ]
            small = np.array([[small[a:b, c:d].mean() for c, d in edges] for a, b in edges])
        step = (item["maximum"] - item["minimum"]) / 255
        assert np.abs(item["minimum"] + codes * step - small).max() <= 0.501 * step + 1e-6
