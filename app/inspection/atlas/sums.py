"""Sums of parts that come to the same bits in whatever order the parts are put together.

Adding floats in another order gives other last bits. So the sums of two parts are added only where
both stand beside each other in one fixed binary tree over all parts; until then each is kept. Which
sums a summary holds depends on its parts alone, and not on how it came about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

# (level, place): the parts from place * 2**level up to (place + 1) * 2**level.
Block = tuple[int, int]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ChannelSums:
    """Of some pictures, for every channel of a layer.

    Attributes:
        total: float64 (channels,), of all values.
        squares: float64 (channels,), of their squares.
        classes: int32 (classes,), rising: those that occur.
        maxima: float64 (classes, channels), of the largest value of each picture of a class.
    """

    total: Floats
    squares: Floats
    classes: npt.NDArray[np.int32]
    maxima: Floats

    def __add__(self, later: "ChannelSums") -> "ChannelSums":
        classes = np.union1d(self.classes, later.classes).astype(np.int32)
        maxima = np.zeros((len(classes), len(self.total)))
        for part in (self, later):
            maxima[np.searchsorted(classes, part.classes)] += part.maxima
        return ChannelSums(self.total + later.total, self.squares + later.squares, classes, maxima)


class OverlappingPartsError(ValueError):
    """Two summaries have a part in common, which would be counted twice."""


def joined(
    blocks: Mapping[Block, ChannelSums], more: Mapping[Block, ChannelSums]
) -> dict[Block, ChannelSums]:
    """The sums of both, those added that stand beside each other.

    Raises:
        OverlappingPartsError: they have parts in common.
    """
    check_apart(blocks, more)
    found = {**blocks, **more}
    waiting = sorted(found)
    while waiting:
        level, place = waiting.pop()
        left, right = (level, place & ~1), (level, place | 1)
        if left in found and right in found:
            parent = (level + 1, place >> 1)
            found[parent] = found.pop(left) + found.pop(right)
            waiting.append(parent)
    return dict(sorted(found.items()))


def folded(blocks: Mapping[Block, ChannelSums]) -> ChannelSums:
    """The sum of everything, from the first part to the last.

    Raises:
        ValueError: there is nothing.
    """
    if not blocks:
        raise ValueError("There are no parts to add.")
    first, *rest = sorted(blocks, key=lambda block: block[1] << block[0])
    total = blocks[first]
    for block in rest:
        total = total + blocks[block]
    return total


def check_apart(blocks: Iterable[Block], more: Iterable[Block]) -> None:
    """Raises OverlappingPartsError where a part is in both."""
    spans = sorted((place << level, (place + 1) << level) for level, place in (*blocks, *more))
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise OverlappingPartsError("Both summaries have the same part, or more of them.")
