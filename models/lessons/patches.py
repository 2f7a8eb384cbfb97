"""When two patches of a picture are alike: products, angles and lengths of their differences.

A patch is a piece of a picture, (channels, rows, columns); laid out in one line it is a vector. A
place is the row and the column of its upper left corner.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from models.scratch.layer import Array

Measure = Literal["dot", "cosine", "centred", "distance"]
Place = tuple[int, int]

# What rounding leaves of a flat patch once its mean is taken off.
_NOTHING = 1e-9


def patch_at(picture: Array, place: Place, side: int) -> Array:
    """A square of a picture (channels, rows, columns), side by side numbers of every channel."""
    row, column = place
    return picture[:, row : row + side, column : column + side]


def lp_norm(x: Array, p: float, axis: int | None = None) -> Array:
    """(sum |x_i|^p)^(1/p), and the largest |x_i| where p is infinite.

    For p below 1 the same expression, which is no norm then: it breaks the triangle inequality.
    Divided by the largest first, so that no power is too large for a number.

    Args:
        x: any shape.
        p: above 0.
        axis: along which to measure; all numbers together unless given.
    """
    sizes = np.abs(x)
    largest: Array = np.max(sizes, axis=axis)
    if math.isinf(p):
        return largest
    scale = np.where(largest == 0, 1.0, largest)
    shares = sizes / (scale if axis is None else np.expand_dims(scale, axis))
    length: Array = np.sum(shares**p, axis=axis) ** (1 / p) * largest
    return length


@dataclass(frozen=True, eq=False)
class Pair:
    """Two patches a and b against each other, (channels, side, side).

    Attributes:
        hadamard: a_i b_i, of the shape of a patch.
        dots: what its numbers sum to, channel by channel, (channels,).
        dot: what they all sum to.
        lengths: L2 norms of a and of b.
        cosine: the dot product by both lengths; None where one of them is 0.
    """

    hadamard: Array
    dots: Array
    dot: float
    lengths: tuple[float, float]
    cosine: float | None


def without_mean(patch: Array) -> Array:
    """The patch less the mean of each channel; exactly 0 where it is flat."""
    rest: Array = _without_means(patch[None])[0]
    return rest


def pair(a: Array, b: Array, *, centred: bool = False) -> Pair:
    """Products of two patches of one shape; each less the means of its channels if `centred`."""
    if centred:
        a, b = without_mean(a), without_mean(b)
    hadamard = a * b
    dots = hadamard.sum(axis=(1, 2))
    dot = float(dots.sum())
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    scale = lengths[0] * lengths[1]
    return Pair(
        hadamard=hadamard,
        dots=dots,
        dot=dot,
        lengths=lengths,
        cosine=max(-1.0, min(1.0, dot / scale)) if scale else None,
    )


@dataclass(frozen=True)
class Measures:
    """How alike two patches are, by each measure.

    Attributes:
        dot: their dot product.
        cosine: None where a length is 0.
        centred: the cosine of both less the means of their channels; None likewise.
        distance: Lp norm of their difference.
    """

    dot: float
    cosine: float | None
    centred: float | None
    distance: float


def measures(a: Array, b: Array, p: float) -> Measures:
    """All of them at once, with p of the distance."""
    found = pair(a, b)
    return Measures(
        dot=found.dot,
        cosine=found.cosine,
        centred=pair(a, b, centred=True).cosine,
        distance=float(lp_norm(a - b, p)),
    )


@dataclass(frozen=True, eq=False)
class Difference:
    """How large a difference d = a - b is.

    Attributes:
        norm: its Lp norm.
        norms: the same for other p, (n,).
        shares: of each place of the patch in sum |d_i|^p, all channels together, (side, side); they
            sum to 1. For infinite p the largest share it alike. All 0 where a and b are equal.
    """

    norm: float
    norms: Array
    shares: Array


def difference(a: Array, b: Array, p: float, others: tuple[float, ...] = ()) -> Difference:
    """The difference of two patches (channels, side, side), measured with p and with others."""
    sizes = np.abs(a - b)
    largest = sizes.max()
    if largest == 0:
        weights = sizes
    elif math.isinf(p):
        weights = (sizes == largest).astype(np.float64)
    else:
        weights = (sizes / largest) ** p
    shares = weights.sum(axis=0)
    return Difference(
        norm=float(lp_norm(sizes, p)),
        norms=np.array([float(lp_norm(sizes, other)) for other in others]),
        shares=shares / (shares.sum() or 1.0),
    )


@dataclass(frozen=True)
class Way:
    """From a patch A by way of B to C, and straight.

    Attributes:
        first: ||a - b||.
        second: ||b - c||.
        straight: ||a - c||.
    """

    first: float
    second: float
    straight: float

    @property
    def detour(self) -> float:
        """How much longer it is by way of B; below 0 where the triangle inequality is broken."""
        return self.first + self.second - self.straight


def way(a: Array, b: Array, c: Array, p: float) -> Way:
    """The three sides of a triangle of patches."""
    return Way(*(float(lp_norm(one - other, p)) for one, other in ((a, b), (b, c), (a, c))))


def shortest_way(picture: Array, start: Place, end: Place, side: int, p: float) -> Place:
    """The place of the B by which it is shortest from A to C.

    With a norm no way is shorter than that by way of A itself, which is taken where none is.
    """
    windows = _windows(picture, side)
    a, c = (patch_at(picture, place, side).reshape(-1) for place in (start, end))
    lengths = lp_norm(windows - a, p, axis=1) + lp_norm(windows - c, p, axis=1)
    # What rounding tells apart is the same length.
    if lengths.min() >= float(lp_norm(a - c, p)) * (1 - 1e-12):
        return start
    row, column = np.unravel_index(int(lengths.argmin()), _places(picture, side))
    return int(row), int(column)


@dataclass(frozen=True, eq=False)
class Likeness:
    """How alike every place of a picture is to one of its patches.

    Attributes:
        values: by the place of the other patch, (rows - side + 1, columns - side + 1).
        best: places that are most alike, best first; none lies over the patch or another of them.
        rank: of the patch itself among all places, from 1: one more than are more alike to it.
    """

    values: Array
    best: list[Place]
    rank: int


def likeness(  # noqa: PLR0917  what is looked for, and how
    picture: Array, place: Place, side: int, measure: Measure, p: float = 2.0, count: int = 3
) -> Likeness:
    """Lay one patch of a picture over all its places.

    Args:
        picture: (channels, rows, columns).
        place: of the patch.
        side: of the patch.
        measure: dot product; cosine; cosine of patches less the means of their channels; or Lp
            distance, of which less is more alike. A cosine with a patch of length 0 counts as 0.
        p: of the distance.
        count: of the best places, at most.
    """
    windows = _windows(picture, side)
    own = patch_at(picture, place, side)
    if measure == "distance":
        found = lp_norm(windows - own.reshape(-1), p, axis=1)
    else:
        template = own
        if measure == "centred":
            template = without_mean(own)
            windows = _without_means(windows.reshape(-1, *own.shape)).reshape(windows.shape)
        found = windows @ template.reshape(-1)
        if measure != "dot":
            scale = np.linalg.norm(windows, axis=1) * np.linalg.norm(template)
            found = np.clip(found / np.where(scale == 0, 1.0, scale), -1.0, 1.0)
    values: Array = found.reshape(_places(picture, side))
    goodness = -values if measure == "distance" else values
    itself = goodness[place]
    # Equal up to what rounding leaves is not more alike.
    better = goodness > itself + 1e-12 * max(1.0, abs(float(itself)))
    return Likeness(
        values=values,
        best=_best_places(goodness, place, side, count),
        rank=int(better.sum()) + 1,
    )


def _best_places(goodness: Array, place: Place, side: int, count: int) -> list[Place]:
    """Greedily the best that do not lie over the patch or each other."""
    left: Array = goodness.copy()
    best: list[Place] = []
    taken = place
    for _ in range(count):
        row, column = taken
        left[
            max(0, row - side + 1) : row + side, max(0, column - side + 1) : column + side
        ] = -math.inf
        if np.isneginf(left.max()):
            break
        at_row, at_column = np.unravel_index(int(left.argmax()), left.shape)
        taken = int(at_row), int(at_column)
        best.append(taken)
    return best


def _places(picture: Array, side: int) -> tuple[int, int]:
    _, rows, columns = picture.shape
    return rows - side + 1, columns - side + 1


def _without_means(windows: Array) -> Array:
    """Patches (n, channels, side, side), each less the means of its channels."""
    rest = windows - windows.mean(axis=(2, 3), keepdims=True)
    flat = np.abs(rest).max(axis=(1, 2, 3), keepdims=True) < _NOTHING
    return np.where(flat, 0.0, rest)


def _windows(picture: Array, side: int) -> Array:
    """Every patch as a row, (places, channels side side), in reading order."""
    windows = sliding_window_view(picture, (side, side), axis=(1, 2))
    return windows.transpose(1, 2, 0, 3, 4).reshape(math.prod(_places(picture, side)), -1)
