"""A layer's maps as numbers per channel, and in the 8 bits that a page draws.

Here a channel is one map of a (channels, height, width) layer, or one number of a (features,)
layer. Values that are not finite never decide a range or a mean; how many there are is said.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

Scale = Literal["channel", "layer"]
SCALES: tuple[Scale, ...] = ("channel", "layer")

_LEVELS = 255
_BLOCK_VALUES = 2**16

# Ranges in which one step and its inverse are ordinary float32 numbers.
_SMALLEST_RANGE, _LARGEST_RANGE = 1e-30, 1e38


@dataclass(frozen=True, eq=False)
class Statistics:
    """Per channel, each (channels,).

    Attributes:
        minimum: of the finite values, float32; nan where there are none. So is `maximum`.
        mean: of the finite values, summed in float64; nan where there are none.
        fraction_active: share of all values that are above zero.
        not_finite: number of values that are nan or infinite.
    """

    minimum: npt.NDArray[np.float32]
    maximum: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float64]
    fraction_active: npt.NDArray[np.float64]
    not_finite: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Summary:
    """Of a whole layer; nan where no value is finite."""

    minimum: float
    maximum: float
    mean: float
    fraction_active: float
    not_finite: int


def summary(channels: Statistics, values_per_channel: int) -> Summary:
    """What the statistics of all channels say about the layer."""
    counted = values_per_channel - channels.not_finite
    total = int(counted.sum())
    sums = np.where(counted > 0, channels.mean, 0.0) * counted
    return Summary(
        minimum=float(np.fmin.reduce(channels.minimum)),
        maximum=float(np.fmax.reduce(channels.maximum)),
        mean=float(sums.sum() / total) if total else math.nan,
        fraction_active=float(channels.fraction_active.mean()),
        not_finite=int(channels.not_finite.sum()),
    )


@dataclass(frozen=True, eq=False)
class Quantised:
    """A layer in 8 bits.

    A code q stands for minimum + q * (maximum - minimum) / 255. That is within half a step of the
    finite value it was made of (and the rounding of float32: 1/10,000 of a step). A channel
    without range is all zeros. Infinity is 255, minus infinity and nan are 0.

    Attributes:
        codes: uint8, of the layer's own shape.
        minimum: float32, (channels,); with the scale "layer" the same number for all. So is
            `maximum`. Both are 0 where no value is finite.
        not_finite: how many values are nan or infinite.
    """

    codes: npt.NDArray[np.uint8]
    minimum: npt.NDArray[np.float32]
    maximum: npt.NDArray[np.float32]
    scale: Scale
    not_finite: int = 0

    def only(self, channels: Sequence[int]) -> "Quantised":
        """Some of the channels, with the ranges that they have here."""
        chosen = list(channels)
        return replace(
            self,
            codes=self.codes[chosen],
            minimum=self.minimum[chosen],
            maximum=self.maximum[chosen],
        )

    def dequantised(self) -> npt.NDArray[np.float64]:
        """The values that the codes stand for, of the layer's shape."""
        shape = (-1,) + (1,) * (self.codes.ndim - 1)
        low = self.minimum.astype(np.float64).reshape(shape)
        step = (self.maximum.astype(np.float64).reshape(shape) - low) / _LEVELS
        values: npt.NDArray[np.float64] = low + self.codes * step
        return values


def statistics(layer: torch.Tensor) -> Statistics:
    """Of every channel of a float32 (channels, height, width) or (features,)."""
    channels = layer.reshape(layer.shape[0], -1)
    minimum, maximum, not_finite = _finite_ranges(channels)
    finite = channels
    if not_finite.any():
        finite = torch.where(channels.isfinite(), channels, 0.0)
    counted = channels.shape[1] - not_finite
    return Statistics(
        minimum=minimum.numpy(),
        maximum=maximum.numpy(),
        mean=_quotient(finite.numpy().sum(1, dtype=np.float64), counted.numpy()),
        fraction_active=np.count_nonzero(channels.numpy() > 0, axis=1) / channels.shape[1],
        not_finite=not_finite.numpy(),
    )


def _quotient(
    sums: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    none = np.full_like(sums, np.nan)
    return np.divide(sums, counts, out=none, where=counts > 0)


def quantise(layer: torch.Tensor, scale: Scale = "channel") -> Quantised:
    """A float32 (channels, height, width) or (features,) in 8 bits.

    Args:
        layer: as `app.inspection.activations.capture` keeps it.
        scale: "channel" stretches every channel over all 256 codes, "layer" uses one range for
            all, so that channels can be compared.

    Raises:
        ValueError: there is no such scale.
    """
    if scale not in SCALES:
        raise ValueError(f"There is no scale {scale!r}; there is {' and '.join(SCALES)}.")
    channels = layer.reshape(layer.shape[0], -1)
    minimum, maximum, not_finite = _finite_ranges(channels)
    if scale == "layer":
        minimum = _where_any(minimum.nan_to_num(torch.inf).amin()).expand(len(channels))
        maximum = _where_any(maximum.nan_to_num(-torch.inf).amax()).expand(len(channels))
    minimum, maximum = minimum.nan_to_num(), maximum.nan_to_num()
    codes = _codes(channels, minimum, maximum, finite=not bool(not_finite.any()))
    return Quantised(
        codes=codes.reshape(layer.shape).numpy(),
        minimum=minimum.contiguous().numpy(),
        maximum=maximum.contiguous().numpy(),
        scale=scale,
        not_finite=int(not_finite.sum()),
    )


def _where_any(bound: torch.Tensor) -> torch.Tensor:
    """The bound of all channels, nan where none of them has a finite value."""
    return bound.where(bound.isfinite(), torch.nan)


def _codes(
    channels: torch.Tensor, minimum: torch.Tensor, maximum: torch.Tensor, *, finite: bool
) -> torch.Tensor:
    ranges = maximum.double() - minimum.double()
    varying = ranges > 0
    ordinary = (ranges > _SMALLEST_RANGE) & (ranges < _LARGEST_RANGE)
    working = torch.float32 if bool(ordinary[varying].all()) else torch.float64
    per_unit = torch.where(varying, _LEVELS / torch.where(varying, ranges, 1.0), 0.0)
    lows, factors = minimum.to(working)[:, None], per_unit.to(working)[:, None]
    codes = torch.empty(channels.shape, dtype=torch.uint8)
    # A few channels at a time, so that the steps between stay in the processor's cache.
    block = max(1, _BLOCK_VALUES // channels.shape[1])
    for first in range(0, len(channels), block):
        rows = slice(first, first + block)
        scaled = channels[rows] - lows[rows]
        scaled *= factors[rows]
        if not finite:
            # Infinity times zero, in a channel without range, is nan again.
            scaled.nan_to_num_(0.0, _LEVELS, 0.0).clamp_(0, _LEVELS)
        # The conversion cuts off, which rounds what is half a code higher.
        codes[rows] = scaled.add_(0.5)
    return codes


def _finite_ranges(
    channels: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(minimum, maximum, count of values that are not finite) of each row."""
    # Apart: `aminmax` of torch 2.13 takes forty times as long as both.
    minimum, maximum = channels.amin(1), channels.amax(1)
    not_finite = torch.zeros(len(channels), dtype=torch.int64)
    suspicious = ~(minimum.isfinite() & maximum.isfinite())
    if suspicious.any():
        rows = channels[suspicious]
        finite = rows.isfinite()
        infinity = torch.inf
        low = torch.where(finite, rows, infinity).amin(1)
        high = torch.where(finite, rows, -infinity).amax(1)
        nothing = ~finite.any(1)
        minimum[suspicious] = low.masked_fill(nothing, torch.nan)
        maximum[suspicious] = high.masked_fill(nothing, torch.nan)
        not_finite[suspicious] = (~finite).sum(1)
    return minimum, maximum, not_finite
