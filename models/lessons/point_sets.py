"""Points of the plane in two classes, in patterns that a straight line does or does not part."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from models.scratch.layer import Array, IntegerArray

PointSetName = Literal["rings", "xor", "spirals", "blobs"]

_Pattern = Callable[[IntegerArray, Array], tuple[Array, Array]]


def points_of(
    name: PointSetName, count: int, noise: float, generator: np.random.Generator
) -> tuple[Array, IntegerArray]:
    """Points of both classes by turns.

    Args:
        name: the pattern; all lie within about 1 of the origin.
        count: of points; the first is of class 0, the second of class 1, and so on.
        noise: standard deviation by which each point is moved, along each axis.
        generator: the same one in the same state draws the same points.

    Returns:
        Positions (count, 2), float64, and classes (count,), 0 or 1.
    """
    labels = np.arange(count) % 2
    x, y = _PATTERNS[name](labels, generator.uniform(size=(count, 2)))
    points: Array = np.stack([x, y], axis=1) + noise * generator.standard_normal((count, 2))
    return points, labels


def _rings(labels: IntegerArray, uniform: Array) -> tuple[Array, Array]:
    radius = np.where(labels == 0, 0.35, 0.85)
    angle = 2 * np.pi * uniform[:, 0]
    return radius * np.cos(angle), radius * np.sin(angle)


def _xor(labels: IntegerArray, uniform: Array) -> tuple[Array, Array]:
    """Class 0 where the signs agree; a gap of 0.2 along both axes."""
    x, y = 0.1 + 0.8 * uniform.T
    right = np.arange(len(labels)) % 4 < 2
    sign = np.where(right, 1, -1)
    return sign * x, sign * np.where(labels == 0, 1, -1) * y


def _spirals(labels: IntegerArray, uniform: Array) -> tuple[Array, Array]:
    """Two arms of 1.35 turns each, half a turn apart."""
    along = 0.1 + 0.9 * uniform[:, 0]
    angle = 3 * np.pi * along + np.pi * labels
    return along * np.cos(angle), along * np.sin(angle)


def _blobs(labels: IntegerArray, uniform: Array) -> tuple[Array, Array]:
    """Two discs that a line parts."""
    radius, angle = 0.3 * np.sqrt(uniform[:, 0]), 2 * np.pi * uniform[:, 1]
    centre = np.where(labels == 0, -0.45, 0.45)
    return centre + radius * np.cos(angle), centre + radius * np.sin(angle)


_PATTERNS: dict[PointSetName, _Pattern] = {
    "rings": _rings,
    "xor": _xor,
    "spirals": _spirals,
    "blobs": _blobs,
}
