"""Receptive fields over HTTP: published figures, boxes in the picture, and gradients."""

import io
import json
import struct

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, LENET, eager

MODELS = "/api/v1/models"


def ask(client: TestClient, path: str, **parameters):
    answer = client.get(f"{MODELS}/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json() if parameters.get("format", "json") == "json" else answer.content


def problem(client: TestClient, path: str, **parameters) -> dict:
    answer = client.get(f"{MODELS}/{path}", params=parameters)
    assert answer.status_code in (404, 422), answer.text
    return answer.json()


def box(document: dict) -> tuple:
    return tuple(document[side] for side in ("top", "left", "bottom", "right"))


def test_every_layer_of_a_model_has_its_field(client: TestClient) -> None:
    layers = {layer["id"]: layer for layer in ask(client, "resnet50.random")["layers"]}
    field = layers["layer4.2.relu_2"]["receptive_field"]
    assert field["size"] == {"height": 427, "width": 427}
    assert field["stride"] == {"height": 32, "width": 32}
    assert field["padding"] == {"height": 213, "width": 213}
    assert (field["extent"], field["status"], field["aligned"]) == ("local", "exact", True)
    assert layers["fc"]["receptive_field"]["extent"] == "global"
    alone = ask(client, "resnet50.random/layers/layer4.2.relu_2/receptive-field")
    assert {key: alone[key] for key in field} == field


def test_unit_at_the_corner_leaves_the_input_in_theory_and_is_cut_in_fact(
    client: TestClient,
) -> None:
    found = ask(client, "resnet50.random/layers/layer1.0.conv2/receptive-field", row=0, column=55)
    # 11 of the stem and 8 more: size 19, stride 4, padding 9.
    assert box(found["theoretical_input_box"]) == (-9, 211, 10, 230)
    assert box(found["input_box"]) == (0, 211, 10, 224)
    assert found["touched_fraction"] == 1.0
    assert found["is_bound"] is False


def test_boxes_in_the_picture_are_those_of_resize_and_crop(client: TestClient) -> None:
    """Chelsea, 300 x 451: the shorter side becomes 256, rows 16 to 240 and the middle are kept."""
    path = f"{DEFAULT}/layers/conv_stem/receptive-field"
    found = ask(client, path, row=10, column=20, image="example-chelsea")
    top, left, bottom, right = box(found["input_box"])
    assert (top, left, bottom, right) == (20, 40, 23, 43)
    scale = 300 / 256
    width = round(451 * 256 / 300)
    scale_x = 451 / width
    offset_x = round((width - 224) / 2)
    expected = (
        (16 + top) * scale, (offset_x + left) * scale_x,
        (16 + bottom) * scale, (offset_x + right) * scale_x,
    )  # fmt: skip
    assert box(found["image_box"]) == pytest.approx(expected, abs=0.6)


def test_branches_say_what_each_contributes(client: TestClient) -> None:
    path = "googlenet.random/layers/inception3a.cat/receptive-field"
    found = ask(client, path, row=14, column=14)
    assert found["join"] == "inception3a.cat"
    heights = {
        branch["input"]: branch["input_box"]["bottom"] - branch["input_box"]["top"]
        for branch in found["branches"]
    }
    assert heights["inception3a.branch1.relu"] == 27
    assert heights["inception3a.branch2.1.relu"] == 43
    one = ask(client, path, row=14, column=14, channel=0)
    assert one["input_box"]["bottom"] - one["input_box"]["top"] == 27


def test_gated_layer_shows_its_trunk(client: TestClient) -> None:
    path = "mobilenet_v3_small.random/layers/features.1.block.1.mul/receptive-field"
    found = ask(client, path, row=20, column=20)
    assert (found["extent"], found["of"]) == ("global", "trunk")
    assert box(found["input_box"]) == (0, 0, 224, 224)
    assert box(found["trunk"]["input_box"]) == box(found["theoretical_input_box"])
    assert "squeeze-and-excitation" in found["reason"]
    unit = {"row": 20, "column": 20, "format": "npy"}
    assert np.load(io.BytesIO(ask(client, path, **unit))).all()
    trunk = np.load(io.BytesIO(ask(client, path, **unit, gates=False)))
    top, left, bottom, right = map(int, box(found["trunk"]["input_box"]))
    assert trunk[top:bottom, left:right].all()
    assert trunk.sum() == (bottom - top) * (right - left)


def test_support_mask_is_where_a_gradient_is(client: TestClient) -> None:
    """DilatedNet's holes, by autograd on a convolution of ones with the same dilations."""
    layers = ask(client, "dilated_net.random")["layers"]
    names = [layer["id"] for layer in layers if layer["operation"] == "convolution"]
    last = names[2]
    dilations = [layer["dilation"]["height"] for layer in layers if layer["id"] in names[:3]]
    kernels = [layer["kernel"]["height"] for layer in layers if layer["id"] in names[:3]]
    shape = next(layer["output_shape"] for layer in layers if layer["id"] == last)
    x = torch.zeros(1, 1, *layers[0]["output_shape"][1:], requires_grad=True)
    value = x
    for dilation, kernel in zip(dilations, kernels, strict=True):
        value = torch.nn.functional.conv2d(
            value, torch.ones(1, 1, kernel, kernel), padding="same", dilation=dilation
        )
    row, column = shape[1] // 2, 1
    (gradient,) = torch.autograd.grad(value[0, 0, row, column], x)
    body = ask(
        client, f"dilated_net.random/layers/{last}/receptive-field",
        row=row, column=column, format="npy",
    )  # fmt: skip
    assert (np.load(io.BytesIO(body)) == (gradient[0, 0].numpy() > 0)).all()


def test_projective_field_counts_units(client: TestClient) -> None:
    # A pixel in the middle is under all 25 positions of the first kernel.
    found = ask(client, f"{LENET}/layers/c1/projective-field", row=16, column=16)
    assert found["units"] == 25
    assert box(found["box"]) == (12, 12, 17, 17)
    corner = ask(client, f"{LENET}/layers/c1/projective-field", row=0, column=0)
    assert corner["units"] == 1


def test_effective_field_is_the_gradient_of_the_module(client: TestClient) -> None:
    reference = eager(client, DEFAULT, "example-coffee")
    kept = []
    hook = reference.module.get_submodule("blocks.3.1.conv_dw").register_forward_hook(
        lambda _, __, output: kept.append(output)
    )
    pixels = reference.tensor.clone().requires_grad_()
    reference.module(pixels)
    hook.remove()
    (gradient,) = torch.autograd.grad(kept[0][0, 40, 7, 9], pixels)
    expected = gradient[0].abs().sum(0).numpy()
    path = f"{DEFAULT}/layers/blocks.3.1.conv_dw/effective-receptive-field"
    unit = {"image": "example-coffee", "channel": 40, "row": 7, "column": 9}
    heat = np.load(io.BytesIO(ask(client, path, **unit, format="npy")))
    assert np.abs(heat - expected).max() <= 1e-4 * expected.max()
    found = ask(client, path, **unit)
    share = expected / expected.sum()
    centres = np.arange(224) + 0.5
    mean = (share.sum(1) * centres).sum()
    assert found["centre"]["y"] == pytest.approx(mean, abs=0.01)
    sigma = np.sqrt((share.sum(1) * (centres - mean) ** 2).sum())
    assert found["sigma"]["height"] == pytest.approx(sigma, abs=0.01)
    ranked = np.sort(share, axis=None)[::-1].cumsum()
    assert found["mass_pixels"] == pytest.approx(np.searchsorted(ranked, 0.95) + 1, abs=2)
    assert found["is_dead"] is False
    layers = {layer["id"]: layer for layer in ask(client, DEFAULT)["layers"]}
    size = layers["blocks.3.1.conv_dw"]["receptive_field"]["size"]
    area = size["height"] * size["width"]
    assert found["theoretical_share"] == pytest.approx(found["mass_pixels"] / area)
    corner = {"image": "example-coffee", "channel": 3, "row": 111, "column": 111, "mass": 1}
    found = ask(client, f"{DEFAULT}/layers/conv_stem/effective-receptive-field", **corner)
    # Of its 3 x 3 pixels the last row and the last column are padding.
    assert (found["mass_pixels"], found["mass_share"]) == (4, 1.0)
    assert found["theoretical_share"] == pytest.approx(4 / 9)


def test_eight_bit_heat_brings_its_contour_and_its_numbers(client: TestClient) -> None:
    path = f"{LENET}/layers/c3/effective-receptive-field"
    unit = {"pictures": 4, "channel": 4, "row": 5, "column": 5}
    body = ask(client, path, **unit, format="u8")
    magic, length = struct.unpack_from("<4sI", body)
    assert magic == b"CVU8"
    header = json.loads(body[8 : 8 + length])
    assert header["shape"] == [2, 32, 32]
    found = ask(client, path, **unit)
    assert {key: header[key] for key in found} == found
    codes = np.frombuffer(body, np.uint8, offset=8 + length + 16).reshape(2, 32, 32)
    assert set(np.unique(codes[1])) == {0, 255}
    assert (codes[1] == 255).sum() == found["mass_pixels"]
    inside = codes[0][codes[1] == 255].min()
    assert codes[0][codes[1] == 0].max() <= inside


def test_average_over_noise_tells_how_far_it_is(client: TestClient) -> None:
    path = f"{LENET}/layers/c3/effective-receptive-field"
    unit = {"pictures": 20, "channel": 4, "row": 5, "column": 5}
    text = client.get(f"{MODELS}/{path}/events", params=unit).text
    events = [
        (lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: ")))
        for lines in (event.split("\n") for event in text.strip().split("\n\n"))
    ]
    assert {name for name, _ in events[:-1]} == {"running"}
    assert {found["total"] for _, found in events[:-1]} <= {0, 20}
    # What it says at its end is what the resource says, which is kept.
    assert events[-1] == ("done", ask(client, path, **unit))


@pytest.mark.parametrize(
    ("path", "parameters", "said"),
    [
        ("c3/receptive-field", {"row": 10, "column": 0}, "rows 0-9"),
        ("c3/receptive-field", {"row": -1, "column": 0}, "rows 0-9"),
        ("c3/receptive-field", {"row": 1}, "both needed"),
        ("c3/receptive-field", {"row": 1, "column": 1, "channel": 16}, "channels 0-15"),
        ("f6/receptive-field", {"row": 3, "column": 1, "channel": 1}, "no rows"),
        ("c3/receptive-field", {"format": "npy"}, "row and column"),
        ("c3/effective-receptive-field", {"row": 1, "column": 1, "pictures": 1}, "is needed"),
    ],
)  # fmt: skip
def test_unit_that_is_not_there_is_refused(
    client: TestClient, path: str, parameters: dict, said: str
) -> None:
    found = problem(client, f"{LENET}/layers/{path}", **parameters)
    assert found["type"] == "invalid-unit"
    assert said in found["detail"]


def test_picture_and_pixel_that_are_not_there_are_refused(client: TestClient) -> None:
    unit = {"channel": 0, "row": 1, "column": 1}
    path = f"{LENET}/layers/c3/effective-receptive-field"
    assert problem(client, path, **unit)["type"] == "invalid-parameter"
    assert problem(client, path, **unit, image="gone")["type"] == "unknown-image"
    assert problem(client, f"{LENET}/layers/c9/receptive-field")["type"] == "unknown-layer"
    pixel = problem(client, f"{LENET}/layers/c3/projective-field", row=32, column=0)
    assert "rows 0-31" in pixel["detail"]


def test_field_needs_no_weights(client: TestClient) -> None:
    path = "resnet18.imagenet1k_v1/layers/layer4.1.conv2/receptive-field"
    found = ask(client, path, row=3, column=3, image="example-rocket")
    assert found["image_box"] is not None
    answer = client.get(
        f"{MODELS}/resnet18.imagenet1k_v1/layers/conv1/effective-receptive-field",
        params={"channel": 0, "row": 1, "column": 1, "pictures": 1},
    )
    assert answer.json()["type"] == "weights-unavailable"


def test_vector_unit_sees_everything(client: TestClient) -> None:
    found = ask(client, f"{DEFAULT}/layers/classifier/receptive-field", channel=282)
    assert box(found["input_box"]) == (0, 0, 224, 224)
    assert found["extent"] == "global"
    assert found["size"] is None
