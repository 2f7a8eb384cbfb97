"""A convolution of a small picture, forward and back, and every multiplication in it.

A convolution is nothing but multiplications of a pixel with a weight, each added into an output.
A pixel is in as many of them as its fan-out says, a weight in as many as there are places.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.scratch.convolution import Convolution
from models.scratch.layer import Array
from models.scratch.patches import Window, im2col

Kind = Literal["pixel", "weight", "output"]
Place = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class WayAndBack:
    """What a convolution computes, and what comes back for a gradient dL/dy.

    Attributes:
        output: y, (out, oh, ow).
        columns: the windows of the picture as `im2col` cuts them, (in kh kw, oh ow).
        column_gradient: dL/d(column), of the same shape: before the pixels are summed.
        fan_out: in how many multiplications each pixel is, whole numbers, (in, h, w).
        weight_gradient: dL/dw, (out, in, kh, kw).
        bias_gradient: dL/db, (out,).
        input_gradient: dL/dx, (in, h, w).
    """

    output: Array
    columns: Array
    column_gradient: Array
    fan_out: Array
    weight_gradient: Array
    bias_gradient: Array
    input_gradient: Array


@dataclass(frozen=True)
class Use:
    """One multiplication: pixel x times weight w, added into an output y.

    Attributes:
        pixel: (channel, row, column); None in the padding.
        weight: (kernel, channel, row, column).
        output: (channel, row, column).
        x: of the pixel, 0 in the padding.
        w: of the weight.
        output_gradient: dL/dy of the output.
    """

    pixel: Place | None
    weight: Place
    output: Place
    x: float
    w: float
    output_gradient: float

    @property
    def product(self) -> float:
        """What it adds to the output: w x."""
        return self.w * self.x

    @property
    def to_pixel(self) -> float:
        """What it adds to dL/dx: dL/dy w."""
        return self.output_gradient * self.w

    @property
    def to_weight(self) -> float:
        """What it adds to dL/dw: dL/dy x."""
        return self.output_gradient * self.x


def way_and_back(
    picture: Array,
    kernels: Array,
    window: Window,
    bias: Array,
    output_gradient: Array | None = None,
) -> WayAndBack:
    """Forward and backward through one convolution.

    The fan-out is the backward rule too: a gradient of ones through kernels of ones.

    Args:
        picture: x, (in, h, w).
        kernels: w, (out, in, kh, kw).
        window: how they slide.
        bias: b, (out,).
        output_gradient: dL/dy, (out, oh, ow); ones unless given.

    Raises:
        ValueError: the picture holds no window.
    """
    layer = _convolution(kernels, bias, window)
    output = layer.forward(picture[None])
    gradient: Array = np.ones_like(output) if output_gradient is None else output_gradient[None]
    input_gradient = layer.backward(gradient)
    counting = _convolution(np.ones_like(kernels), None, window)
    fan_out = counting.backward(np.ones_like(counting.forward(picture[None])))
    return WayAndBack(
        output=output[0],
        columns=im2col(picture[None], window),
        column_gradient=layer.column_gradient(gradient),
        fan_out=fan_out[0],
        weight_gradient=layer.gradients["weight"],
        bias_gradient=layer.gradients["bias"],
        input_gradient=input_gradient[0],
    )


def up_to(
    picture: Array, kernels: Array, window: Window, output_gradient: Array, place: Place
) -> WayAndBack:
    """The way back from some of the outputs: those up to this one, kernel by kernel, row by row."""
    last = int(np.ravel_multi_index(place, output_gradient.shape))
    some = np.where(np.arange(output_gradient.size) <= last, output_gradient.ravel(), 0.0)
    bias: Array = np.zeros(len(kernels))
    return way_and_back(picture, kernels, window, bias, some.reshape(output_gradient.shape))


def uses(  # noqa: PLR0917  what it is a part of, and which
    picture: Array,
    kernels: Array,
    window: Window,
    output_gradient: Array,
    kind: Kind,
    place: Place,
) -> list[Use]:
    """Every multiplication that one pixel, one weight or one output has a part in.

    Args:
        picture: x, (in, h, w).
        kernels: w, (out, in, kh, kw).
        window: how they slide.
        output_gradient: dL/dy, (out, oh, ow).
        kind: of what is chosen.
        place: its index in `picture`, `kernels` or `output_gradient`.

    Returns:
        By output, and for one output by weight.
    """
    numbers = _pixel_numbers(picture, window)
    rows, columns = range(len(numbers)), range(numbers.shape[1])
    kernel, *inside = place
    found: list[tuple[int, int, int]]  # kernel, and row and column of the matrix product
    if kind == "pixel":
        number = int(np.ravel_multi_index(place, picture.shape))
        in_columns = [(int(row), int(column)) for column, row in np.argwhere(number == numbers.T)]
        found = [(each, *where) for each in range(len(kernels)) for where in in_columns]
    elif kind == "weight":
        row = int(np.ravel_multi_index(tuple(inside), kernels.shape[1:]))
        found = [(kernel, row, column) for column in columns]
    else:
        column = int(np.ravel_multi_index(tuple(inside), output_gradient.shape[1:]))
        found = [(kernel, row, column) for row in rows]

    def use(kernel: int, row: int, column: int) -> Use:
        number = int(numbers[row, column])
        pixel = None if number < 0 else _place(number, picture.shape)
        weight = (kernel, *_place(row, kernels.shape[1:]))
        output = (kernel, *_place(column, output_gradient.shape[1:]))
        return Use(
            pixel=pixel,
            weight=weight,
            output=output,
            x=0.0 if pixel is None else float(picture[pixel]),
            w=float(kernels[weight]),
            output_gradient=float(output_gradient[output]),
        )

    return [use(*each) for each in found]


def _convolution(kernels: Array, bias: Array | None, window: Window) -> Convolution:
    return Convolution(
        kernels,
        bias,
        stride=window.stride,
        padding=window.padding,
        dilation=window.dilation,
    )


def _pixel_numbers(picture: Array, window: Window) -> npt.NDArray[np.int64]:
    """Which pixel stands where in the columns of `im2col`, -1 in the padding.

    The picture's own numbering is cut into windows, as the picture is.
    """
    numbered: Array = np.arange(1.0, picture.size + 1).reshape(1, *picture.shape)
    numbers: npt.NDArray[np.int64] = im2col(numbered, window).astype(np.int64) - 1
    return numbers


def _place(number: int, shape: Place) -> Place:
    return tuple(int(index) for index in np.unravel_index(number, shape))
