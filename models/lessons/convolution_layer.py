"""A layer as networks have it: convolution, activation, pooling; forward, with what each adds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.scratch.activations import ReLU
from models.scratch.convolution import Convolution
from models.scratch.layer import Array
from models.scratch.patches import Window, im2col
from models.scratch.pooling import AveragePooling, MaxPooling

Activation = Literal["none", "relu"]
Pool = Literal["max", "average"]


@dataclass(frozen=True, eq=False)
class Pooled:
    """A number for every window of every map.

    Attributes:
        values: (out, ph, pw).
        winners: of a maximum, which place of its window it came from, row by row from 0, the first
            of several equal ones: (out, ph, pw). None of a mean.
    """

    values: Array
    winners: npt.NDArray[np.int64] | None


def shares(picture: Array, kernels: Array, window: Window) -> Array:
    """What each channel of a picture adds to each output, before the bias.

    Args:
        picture: x, (in, h, w).
        kernels: w, (out, in, kh, kw).
        window: how they slide.

    Returns:
        (out, in, oh, ow).

    Raises:
        ValueError: the picture holds no window.
    """
    out, channels, *side = kernels.shape
    # One group a channel: `out` kernels over that channel alone.
    layer = Convolution(
        kernels.swapaxes(0, 1).reshape(channels * out, 1, *side),
        stride=window.stride,
        padding=window.padding,
        dilation=window.dilation,
        groups=channels,
    )
    found = layer.forward(picture[None])[0]
    by_channel: Array = found.reshape(channels, out, *found.shape[1:]).swapaxes(0, 1)
    return by_channel


def activated(maps: Array, activation: Activation) -> Array:
    """The maps (out, oh, ow), bent number by number."""
    return ReLU().forward(maps[None])[0] if activation == "relu" else maps


def pooled(maps: Array, kind: Pool, size: int, stride: int) -> Pooled:
    """Every map (out, oh, ow) by itself, without padding.

    Raises:
        ValueError: the maps hold no window.
    """
    window = Window((size, size), (stride, stride))
    if kind == "average":
        return Pooled(AveragePooling(window).forward(maps[None])[0], None)
    values = MaxPooling(window).forward(maps[None])[0]
    # Each map as a picture of its own: one column a window.
    places = im2col(maps[:, None], window).argmax(axis=0)
    return Pooled(values, places.reshape(values.shape))
