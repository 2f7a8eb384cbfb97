"""A convolution forward and back, against torch's autograd, numbers by hand and finite differences.

The fan-outs by hand: with 3 x 3 over 5 x 5, a pixel of the first row is in the window of one place
along that axis, the second in two, the middle in three.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.lessons.convolution import uses, way_and_back
from models.scratch.derivatives import finite_differences
from models.scratch.patches import Window, col2im

TOLERANCE = 1e-6

# Channels, height, width, kernels, kernel height and width, stride, padding, dilation.
CASES = [
    (1, 5, 5, 1, 3, 3, 1, 0, 1),
    (1, 5, 5, 1, 3, 3, 2, 1, 1),
    (3, 12, 9, 4, 5, 2, 1, 2, 1),
    (2, 11, 12, 3, 3, 3, 3, 4, 2),
    (2, 7, 8, 2, 1, 1, 1, 0, 1),
    (3, 12, 12, 8, 5, 5, 1, 4, 1),
    (1, 7, 7, 1, 3, 3, 1, 0, 3),
    (1, 4, 6, 2, 4, 5, 4, 0, 1),
]


def drawn(case, seed=0):
    channels, height, width, kernels, tall, wide, stride, padding, dilation = case
    generator = np.random.default_rng(seed)
    window = Window((tall, wide), (stride,) * 2, (padding,) * 2, (dilation,) * 2)
    size = window.output_size(height, width)
    return (
        generator.standard_normal((channels, height, width)),
        generator.standard_normal((kernels, channels, tall, wide)),
        window,
        generator.standard_normal(kernels),
        generator.standard_normal((kernels, *size)),
    )


@pytest.mark.parametrize("case", CASES)
def test_every_number_is_that_of_autograd(case) -> None:
    picture, kernels, window, bias, gradient = drawn(case)
    found = way_and_back(picture, kernels, window, bias, gradient)
    x, w, b = (torch.tensor(each, requires_grad=True) for each in (picture, kernels, bias))
    sliding = {
        "stride": window.stride,
        "padding": window.padding,
        "dilation": window.dilation,
    }
    y = functional.conv2d(x[None], w, b, **sliding)[0]
    by_x, by_w, by_b = torch.autograd.grad(y, (x, w, b), torch.tensor(gradient))
    patches = functional.unfold(x[None], window.kernel, **sliding)[0]
    for ours, theirs in (
        (found.output, y),
        (found.columns, patches),
        (found.input_gradient, by_x),
        (found.weight_gradient, by_w),
        (found.bias_gradient, by_b),
    ):
        assert np.abs(ours - theirs.detach().numpy()).max() <= TOLERANCE


@pytest.mark.parametrize("case", CASES)
def test_gradients_by_finite_differences(case) -> None:
    picture, kernels, window, bias, gradient = drawn(case)
    found = way_and_back(picture, kernels, window, bias, gradient)

    def loss() -> float:
        return float((way_and_back(picture, kernels, window, bias).output * gradient).sum())

    assert np.abs(finite_differences(loss, kernels) - found.weight_gradient).max() < 1e-5
    small = picture[:, :5, :5]
    numbers = finite_differences(loss, small)
    assert np.abs(numbers - found.input_gradient[:, :5, :5]).max() < 1e-5


@pytest.mark.parametrize("case", CASES)
def test_columns_gradient_adds_up_to_the_pixels(case) -> None:
    picture, kernels, window, bias, gradient = drawn(case)
    found = way_and_back(picture, kernels, window, bias, gradient)
    weights = kernels.reshape(len(kernels), -1)
    by_hand = weights.T @ gradient.reshape(len(kernels), -1)
    assert np.abs(found.column_gradient - by_hand).max() <= TOLERANCE
    added = col2im(by_hand, (1, *picture.shape), window)[0]
    assert np.abs(found.input_gradient - added).max() <= TOLERANCE


def test_fan_out_of_three_by_three_over_five_by_five() -> None:
    picture, kernels, window, bias, _ = drawn(CASES[0])
    found = way_and_back(picture, kernels, window, bias)
    assert found.fan_out.tolist() == [
        [
            [1, 2, 3, 2, 1],
            [2, 4, 6, 4, 2],
            [3, 6, 9, 6, 3],
            [2, 4, 6, 4, 2],
            [1, 2, 3, 2, 1],
        ]
    ]


def test_an_inner_pixel_under_six_kernels_of_five_by_five_is_used_150_times() -> None:
    """As in LeNet-5's first layer; the picture only has to hold one inner pixel."""
    window = Window((5, 5))
    found = way_and_back(np.zeros((1, 9, 9)), np.zeros((6, 1, 5, 5)), window, np.zeros(6))
    assert found.fan_out[0, 4, 4] == 25 * 6 == 150
    assert found.fan_out[0, 0, 0] == 6


def test_stride_and_padding_change_the_fan_out() -> None:
    """Stride 2 with a padding of 1: windows begin at -1, 1 and 3."""
    picture, kernels, window, bias, _ = drawn(CASES[1])
    found = way_and_back(picture, kernels, window, bias)
    along = np.array([1, 2, 1, 2, 1])
    assert (found.fan_out[0] == np.outer(along, along)).all()


@pytest.mark.parametrize("case", CASES)
def test_uses_of_anything_add_up(case) -> None:
    """Over the multiplications that each has a part in: y, dL/dx and dL/dw."""
    picture, kernels, window, bias, gradient = drawn(case)
    found = way_and_back(picture, kernels, window, bias, gradient)
    generator = np.random.default_rng(1)
    for _ in range(10):
        for kind, array in (("pixel", picture), ("weight", kernels), ("output", gradient)):
            place = tuple(int(generator.integers(size)) for size in array.shape)
            parts = uses(picture, kernels, window, gradient, kind, place)
            assert all(getattr(part, kind) == place for part in parts)
            assert len({(part.weight, part.output) for part in parts}) == len(parts)
            if kind == "pixel":
                assert len(parts) == found.fan_out[place]
                total, expected = sum(part.to_pixel for part in parts), found.input_gradient[place]
            elif kind == "weight":
                assert len(parts) == gradient[0].size
                total, expected = (
                    sum(part.to_weight for part in parts),
                    found.weight_gradient[place],
                )
            else:
                assert len(parts) == kernels[0].size
                total = sum(part.product for part in parts) + bias[place[0]]
                expected = found.output[place]
            assert abs(total - expected) <= TOLERANCE


def test_the_middle_pixel_meets_every_weight_once() -> None:
    picture, kernels, window, _, gradient = drawn(CASES[0])
    parts = uses(picture, kernels, window, gradient, "pixel", (0, 2, 2))
    assert [part.output for part in parts] == [(0, r, c) for r in range(3) for c in range(3)]
    # The window at (r, c) has the pixel at its own (2 - r, 2 - c).
    assert [part.weight for part in parts] == [
        (0, 0, 2 - r, 2 - c) for r in range(3) for c in range(3)
    ]
    first = parts[0]
    assert (first.x, first.w) == (picture[0, 2, 2], kernels[0, 0, 2, 2])
    assert first.output_gradient == gradient[0, 0, 0]


def test_padding_is_no_pixel() -> None:
    picture, kernels, window, _, gradient = drawn(CASES[1])
    parts = uses(picture, kernels, window, gradient, "output", (0, 0, 0))
    assert [part.pixel for part in parts] == [
        *(None, None, None),
        *(None, (0, 0, 0), (0, 0, 1)),
        *(None, (0, 1, 0), (0, 1, 1)),
    ]
    assert [part.x for part in parts if part.pixel is None] == [0.0] * 5
