"""`POST /learn/convolution`: the numbers of its own example, its bounds, and what is refused."""

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from test_problems import assert_problem
from torch.nn import functional

PATH = "/api/v1/learn/convolution"
PICTURE = [[[0, 1, 2, 0, 1], [1, 2, 0, 1, 0], [2, 0, 1, 0, 3], [0, 1, 0, 3, 1], [1, 0, 3, 1, 0]]]
KERNEL = [[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]]


def test_the_documented_example_is_computed(client: TestClient) -> None:
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    found = client.post(PATH, json=schemas["ConvolutionBody"]["example"]).json()
    example = schemas["ConvolutionSchema"]["example"]
    first = example.pop("uses")[0]
    uses = found.pop("uses")
    assert found["up_to"] is found["layer"] is None
    assert found == example
    assert uses[0] == first
    assert len(uses) == 4
    # dL/dy w, from the window whose last pixel it is to the one whose first it is.
    assert [use["to_pixel"] for use in uses] == [0, 0, 0, -1]
    assert [use["so_far"] for use in uses] == [0, 0, 0, -1]


@pytest.mark.parametrize("kind", ["pixel", "weight", "output"])
def test_uses_add_up_to_what_was_chosen(client: TestClient, kind) -> None:
    place = [0, 0, 1, 2] if kind == "weight" else [0, 1, 2]
    body = {"picture": PICTURE, "kernels": KERNEL, "padding": 1, "stride": 2, "bias": [3]}
    found = client.post(PATH, json={**body, "chosen": {"kind": kind, "place": place}}).json()
    total = {
        "pixel": lambda: found["input_gradient"][0][1][2],
        "weight": lambda: found["weight_gradient"][0][0][1][2],
        "output": lambda: found["output"][0][1][2] - 3,
    }[kind]()
    assert found["uses"][-1]["so_far"] == total


def test_the_way_back_from_some_outputs(client: TestClient) -> None:
    """Against autograd with the others' gradients at 0."""
    some = [[[1, 1, 1], [1, 1, 0], [0, 0, 0]]]
    x = torch.tensor(PICTURE, dtype=torch.float64, requires_grad=True)
    w = torch.tensor(KERNEL, dtype=torch.float64, requires_grad=True)
    y = functional.conv2d(x[None], w)
    by_x, by_w = torch.autograd.grad(y, (x, w), torch.tensor([some], dtype=torch.float64))
    body = {"picture": PICTURE, "kernels": KERNEL}
    answer = client.post(PATH, json={**body, "chosen": {"kind": "output", "place": [0, 1, 1]}})
    assert answer.json()["up_to"] == {
        "weight_gradient": by_w.tolist(),
        "input_gradient": by_x.tolist(),
    }


@pytest.mark.parametrize("name", ["picture", "kernels"])
def test_one_more_raises_the_loss_by_its_gradient(client: TestClient, name) -> None:
    given = {"picture": np.array(PICTURE * 2), "kernels": np.array([KERNEL[0] * 2])}
    gradient = (np.arange(9).reshape(1, 3, 3) % 4 - 1).tolist()
    body = {"output_gradient": gradient, "bias": [2]}

    def convolved(arrays) -> dict:
        return client.post(PATH, json={**body, **{k: v.tolist() for k, v in arrays.items()}}).json()

    before = convolved(given)
    y = functional.conv2d(torch.tensor(given["picture"])[None], torch.tensor(given["kernels"]))
    assert before["loss"] == ((y[0] + 2) * torch.tensor(gradient)).sum()
    slope = np.array(before["input_gradient" if name == "picture" else "weight_gradient"])
    for place in [(0, 1, 1), (1, 3, 2)] if name == "picture" else [(0, 0, 2, 1), (0, 1, 0, 0)]:
        more = given[name].copy()
        more[place] += 1
        assert convolved({**given, name: more})["loss"] - before["loss"] == slope[place]


def test_ones_come_back_unless_told(client: TestClient) -> None:
    found = client.post(PATH, json={"picture": PICTURE, "kernels": KERNEL}).json()
    assert found["output_gradient"] == [[[1, 1, 1]] * 3]
    assert found["uses"] == []
    x = torch.tensor(PICTURE, dtype=torch.float64, requires_grad=True)
    w = torch.tensor(KERNEL, dtype=torch.float64, requires_grad=True)
    y = functional.conv2d(x[None], w)
    by_x, by_w = torch.autograd.grad(y.sum(), (x, w))
    assert np.allclose(found["output"], y[0].detach(), atol=1e-6, rtol=0)
    assert np.allclose(found["input_gradient"], by_x, atol=1e-6, rtol=0)
    assert np.allclose(found["weight_gradient"], by_w, atol=1e-6, rtol=0)
    assert found["bias_gradient"] == [9]
    assert found["fan_out"][0][2] == [3, 6, 9, 6, 3]


def test_the_largest_that_is_allowed(client: TestClient) -> None:
    body = {
        "picture": np.full((3, 12, 12), 1e6).tolist(),
        "kernels": np.full((8, 3, 5, 5), -1e6).tolist(),
        "padding": 4,
        "chosen": {"kind": "weight", "place": [7, 2, 4, 4]},
    }
    found = client.post(PATH, json=body).json()
    assert found["output_size"] == {"height": 16, "width": 16}
    assert found["output"][0][8][8] == -75e12
    assert found["fan_out"][1][5][5] == 25 * 8
    assert len(found["uses"]) == 256


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kernels": [[[[1.0] * 5] * 5]], "dilation": 2}, "9 x 9 pixels"),
        ({"kernels": [[[[1.0]], [[1.0]]]]}, "over 2 channels; the picture has 1"),
        ({"picture": [[[1, 2], [3]]]}, "picture: its rows are not of one length"),
        ({"kernels": [[[[1, 2], [3]]]]}, "kernels: its rows are not of one length"),
        ({"bias": [1, 2]}, "2 numbers for 1 kernels"),
        ({"output_gradient": [[[1, 1], [1, 1]]]}, "the output is 1 x 3 x 3"),
        ({"chosen": {"kind": "pixel", "place": [0, 5, 0]}}, "[0, 4, 4]"),
        ({"chosen": {"kind": "weight", "place": [0, 0, 0]}}, "[0, 0, 2, 2]"),
        ({"chosen": {"kind": "output", "place": [0, 3, 0]}}, "[0, 2, 2]"),
    ],
)
def test_what_does_not_fit_together_is_named(client: TestClient, change, said) -> None:
    answer = client.post(PATH, json={"picture": PICTURE, "kernels": KERNEL, **change})
    assert said in assert_problem(answer, 422, "invalid-parameter")["detail"]


@pytest.mark.parametrize(
    "change",
    [
        {"picture": []},
        {"picture": [[[0] * 13] * 5]},
        {"picture": [[[0] * 5] * 13]},
        {"picture": [[[0] * 5] * 5] * 4},
        {"picture": [[[1e7] * 5] * 5]},
        {"kernels": []},
        {"kernels": [[[[0] * 6] * 3]]},
        {"kernels": [[[[0] * 3] * 6]]},
        {"kernels": KERNEL * 9},
        {"stride": 0},
        {"stride": 5},
        {"padding": -1},
        {"padding": 5},
        {"dilation": 0},
        {"dilation": 4},
        {"output_gradient": [[[0] * 21]]},
        {"chosen": {"kind": "pixel", "place": [0, -1, 0]}},
        {"chosen": {"kind": "row", "place": [0, 0, 0]}},
        {"more": 1},
    ],
)
def test_what_is_out_of_bounds_is_refused(client: TestClient, change) -> None:
    answer = client.post(PATH, json={"picture": PICTURE, "kernels": KERNEL, **change})
    assert_problem(answer, 422, "invalid-parameter")


def test_what_is_no_number_is_refused(client: TestClient) -> None:
    body = '{"picture": [[[NaN]]], "kernels": [[[[1]]]]}'
    answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 422, "invalid-parameter")
