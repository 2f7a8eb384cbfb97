"""Numbers without an agreed range, shown from the smallest to the largest of them.

Unsigned numbers of up to 16 bits agree: all bits set is white. Signed numbers, wider ones and
floating point do not. What says that it is no measurement - no number, infinity, the value that a
file marks as no data, the largest or smallest float there is - does not stretch the range.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.pictures.content.picture import PictureNote

# Blocks keep the 64-bit copies small.
_SAMPLES_PER_BLOCK = 1_000_000
# Programs write their "no data" as the end of single precision, often cut to a few digits.
_END_OF_SINGLE_PRECISION = float(np.finfo(np.float32).max)
_NEARLY = 0.999
# How far a short way to write an end may be from it, as a part of the range.
_LARGEST_ROUNDING = 0.001
# Up to here a whole number is written in full though it is stored as a float.
_LONGEST_WHOLE = 1e15

Samples = NDArray[Any]


@dataclass(frozen=True)
class ShownRange:
    """Which numbers are black and white, and what was left out of the range.

    Attributes:
        darkest: the smallest number that counts; None where none does. `lightest` alike.
        no_data: the number that the file marks as no data; None where it marks none.
        kind: what the numbers are stored as.
        marked: how many pixels have it.
        undefined: how many pixels have no number.
        below: how many pixels are at or near minus infinity; `above` alike.
        lowest: the least of these numbers; `highest` alike.
    """

    darkest: float | None
    lightest: float | None
    no_data: float | None
    kind: np.dtype[Any]
    marked: int = 0
    undefined: int = 0
    below: int = 0
    above: int = 0
    lowest: float = math.inf
    highest: float = -math.inf

    @property
    def leaves_out(self) -> bool:
        """Some pixels have what is no measurement."""
        return bool(self.marked or self.undefined or self.below or self.above)

    def shares(self, values: Samples) -> NDArray[np.float64]:
        """Every number as a share of white, 0 to 1; what says nothing is 0, as are equal numbers.

        Where one number stands beside what was left out it is 0.5, so that the two stay apart.
        """
        if self.darkest is None or self.lightest is None:
            return np.zeros(values.shape)
        counted, endless, _ = _sorts(values, self.no_data)
        if self.darkest == self.lightest:
            shares = np.full(values.shape, 0.5 if self.leaves_out else 0.0)
        else:
            shares = _between(values, self.darkest, self.lightest)
        shares[~counted] = 0
        shares[endless & (values > 0)] = 1
        return shares

    def note(self, *, inverted: bool) -> PictureNote:
        """What the page says of it.

        Args:
            inverted: True if the file says that its smallest number is white.
        """
        dark, light = ("white", "black") if inverted else ("black", "white")
        if self.darkest is None or self.lightest is None:
            text = "Its numbers have no agreed range, and none of them is finite data"
        elif self.darkest == self.lightest:
            others, how = ("others ", "in middle grey") if self.leaves_out else ("", dark)
            (number,) = set(self._written_ends())
            text = f"Its numbers have no agreed range, and all {others}are {number}, shown {how}"
        else:
            low, high = self._written_ends()
            text = f"Its numbers have no agreed range: {low} is shown {dark}, {high} {light}"
        left_out = [
            (self.marked, f"marked as no data ({_written(self.no_data)}),", dark),
            (self.undefined, "without a number,", dark),
            (self.below, f"at the end of what numbers can be ({_written(self.lowest)}),", dark),
            (self.above, f"at the end of what numbers can be ({_written(self.highest)}),", light),
        ]
        parts = [
            f"{_pixels(count)} {what} left out and shown {how}"
            for count, what, how in left_out
            if count
        ]
        return PictureNote(code="stretched-range", text=f"{'; '.join([text, *parts])}.")

    def _written_ends(self) -> tuple[str, str]:
        """Both ends, told apart: short where that moves them little, else with every digit."""
        ends = self.darkest or 0, self.lightest or 0
        most = (ends[1] - ends[0]) * _LARGEST_ROUNDING
        low, high = (_written(end) for end in ends)
        if abs(float(low) - ends[0]) <= most and abs(float(high) - ends[1]) <= most:
            return low, high
        low, high = (str(self.kind.type(end)).removesuffix(".0") for end in ends)
        return low, high


def measure_range(samples: Samples, no_data: float | None) -> ShownRange:
    """The range of an array of shape (rows, columns, samples)."""
    found = ShownRange(darkest=None, lightest=None, no_data=no_data, kind=samples.dtype)
    for block in blocks_of_rows(samples):
        counted, endless, marked = _sorts(block, no_data)
        undefined = ~(counted | endless | marked)
        found = replace(
            found,
            marked=found.marked + int(marked.any(axis=2).sum()),
            undefined=found.undefined + int(undefined.any(axis=2).sum()),
        )
        found = _with_ends(found, block, endless)
        values = block[counted]
        if values.size:
            low, high = values.min().item(), values.max().item()
            found = replace(
                found,
                darkest=low if found.darkest is None else min(low, found.darkest),
                lightest=high if found.lightest is None else max(high, found.lightest),
            )
    return found


def _with_ends(found: ShownRange, block: Samples, endless: NDArray[np.bool_]) -> ShownRange:
    """Count what lies at or near infinity, and say how far out."""
    below, above = endless & (block < 0), endless & (block > 0)
    if below.any():
        found = replace(found, below=found.below + int(below.any(axis=2).sum()))
        found = replace(found, lowest=min(found.lowest, float(block[below].min())))
    if above.any():
        found = replace(found, above=found.above + int(above.any(axis=2).sum()))
        found = replace(found, highest=max(found.highest, float(block[above].max())))
    return found


def blocks_of_rows(samples: Samples) -> Iterator[Samples]:
    """An array of shape (rows, ...) in pieces of about a million samples."""
    rows = max(1, _SAMPLES_PER_BLOCK // max(1, math.prod(samples.shape[1:])))
    for top in range(0, len(samples), rows):
        yield samples[top : top + rows]


def _sorts(
    values: Samples, no_data: float | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which numbers count, which lie at or near infinity, which are marked as no data."""
    marked = np.zeros(values.shape, dtype=bool)
    if no_data is not None and not math.isnan(no_data):
        marked = values == values.dtype.type(no_data)
    if values.dtype.kind != "f":
        return ~marked, np.zeros(values.shape, dtype=bool), marked
    size = np.abs(values)
    if values.dtype.itemsize == 2:
        end = np.isinf(values)
    else:
        # In double precision the end of single precision is as much of a sign, but no bound.
        near_single = size >= values.dtype.type(_END_OF_SINGLE_PRECISION * _NEARLY)
        near_single &= size <= values.dtype.type(_END_OF_SINGLE_PRECISION)
        end = near_single | (size >= np.finfo(values.dtype).max * _NEARLY)
    end &= ~marked
    return ~(np.isnan(values) | end | marked), end, marked


def _between(values: Samples, low: float, high: float) -> NDArray[np.float64]:
    """(values - low) / (high - low) without overflow, and without rounding of large integers."""
    if values.dtype.kind == "f":
        bounded = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
        np.clip(bounded, low, high, out=bounded)
        halved = 1.0 if math.isfinite(high - low) else 0.5
        return (bounded * halved - low * halved) / (high * halved - low * halved)
    # Differences of 64-bit integers wrap around to the right unsigned number.
    wide = values.astype(np.int64 if values.dtype.kind == "i" else np.uint64).view(np.uint64)
    return (wide - np.uint64(low % 2**64)).astype(np.float64) / float(high - low)


def _pixels(count: int) -> str:
    return "1 pixel is" if count == 1 else f"{count:,} pixels are"


def _written(number: float | None) -> str:
    """An integer with every digit, as no range is too narrow for it; else six digits."""
    if number is None:
        return ""
    if isinstance(number, int) or (number.is_integer() and abs(number) < _LONGEST_WHOLE):
        return str(int(number))
    return f"{number:.6g}"
