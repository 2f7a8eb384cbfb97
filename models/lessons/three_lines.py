"""Three linear scores of a point of the plane, and what a step of training does to their lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.scratch.cross_entropy import SoftmaxCrossEntropy
from models.scratch.descent import GradientDescent
from models.scratch.layer import Array, IntegerArray
from models.scratch.linear import Linear

ThreeClassesName = Literal["corners", "row", "ring"]

CLASSES = 3
OF_EACH = 15
_CORNER_DEGREES = np.array([90.0, 210.0, 330.0])


@dataclass(frozen=True, eq=False)
class ThreeScores:
    """Three score functions and how they stand to the points.

    Attributes:
        weight, bias: W (3, 2) and b (3,).
        scores: of each point, (n, 3).
        loss: mean cross-entropy of the softmax of the scores, in nats.
        weight_gradient, bias_gradient: of the loss.
    """

    weight: Array
    bias: Array
    scores: Array
    loss: float
    weight_gradient: Array
    bias_gradient: Array


def three_classes(name: ThreeClassesName, seed: int) -> tuple[Array, IntegerArray]:
    """Points of three classes by turns, within about 1.3 of the origin.

    Args:
        name: `corners`, three discs around the corners of a triangle, which lines part; `row`,
            three discs in a row, which lines part too, though no line parts the middle one from
            both others; `ring`, the third class all around two discs, which no three lines part.
        seed: the same draws the same.

    Returns:
        Positions (45, 2), float64, and classes (45,), 0 to 2.
    """
    generator = np.random.default_rng([seed, CLASSES])
    labels = np.arange(CLASSES * OF_EACH) % CLASSES
    radius = np.sqrt(generator.uniform(size=len(labels)))
    angle = 2 * np.pi * generator.uniform(size=len(labels))
    return _PATTERNS[name](labels, radius, angle), labels


def _polar(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _corners(labels: IntegerArray, radius: Array, angle: Array) -> Array:
    centres = _polar(np.full(CLASSES, 0.8), np.deg2rad(_CORNER_DEGREES))
    return centres[labels] + _polar(0.5 * radius, angle)


def _row(labels: IntegerArray, radius: Array, angle: Array) -> Array:
    centres = np.array([[-0.9, -0.3], [0.0, 0.0], [0.9, 0.3]])
    return centres[labels] + _polar(0.35 * radius, angle)


def _ring(labels: IntegerArray, radius: Array, angle: Array) -> Array:
    centres = np.array([[-0.4, 0.0], [0.4, 0.0], [0.0, 0.0]])
    reach = np.where(labels == CLASSES - 1, 1.1 + 0.2 * radius, 0.3 * radius)
    return centres[labels] + _polar(reach, angle)


_PATTERNS: dict[ThreeClassesName, Callable[[IntegerArray, Array, Array], Array]] = {
    "corners": _corners,
    "row": _row,
    "ring": _ring,
}


def train_lines(
    points: Array,
    labels: IntegerArray,
    weight: Array,
    bias: Array,
    *,
    steps: int = 0,
    rate: float = 0.5,
) -> Iterator[ThreeScores]:
    """Take steps of gradient descent over all points.

    Args:
        points: (n, 2).
        labels: class of each, (n,).
        weight: W (3, 2), one row a class; not changed.
        bias: b (3,); not changed.
        steps: how many.
        rate: how far each goes.

    Yields:
        What stands before the first step, and behind each.
    """
    layer, loss = Linear(weight.copy(), bias.copy()), SoftmaxCrossEntropy()
    descent = GradientDescent(rate)
    for step in range(steps + 1):
        if step > 0:
            descent.step(layer.parameters, layer.gradients)
        scores = layer.forward(points)
        found = loss.forward(scores, labels)
        layer.backward(loss.backward())
        yield ThreeScores(
            weight=layer.parameters["weight"].copy(),
            bias=layer.parameters["bias"].copy(),
            scores=scores,
            loss=found,
            weight_gradient=layer.gradients["weight"],
            bias_gradient=layer.gradients["bias"],
        )
