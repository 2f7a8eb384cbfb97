"""A stack of linear layers, and the single one that it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.scratch.layer import Array
from models.scratch.linear import Linear


@dataclass(frozen=True, eq=False)
class Stage:
    """One layer of a stack.

    Attributes:
        value: what this layer returns, (out,).
        weight: of the single layer that stands for all up to this one, (out, in of the first).
        bias: the same for the biases, (out,).
    """

    value: Array
    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class LinearStack:
    """A stack at one x, computed both ways.

    Attributes:
        stages: one a layer.
        at_once: what the single layer of the last stage returns for x, (out,).
        largest_difference: between that and the last layer's value.
    """

    stages: tuple[Stage, ...]
    at_once: Array
    largest_difference: float


def linear_stack(layers: Sequence[tuple[Array, Array]], x: Array) -> LinearStack:
    """B (A x + a) + b = (B A) x + (B a + b): a stack of linear layers is one linear layer.

    Args:
        layers: weight (out, in) and bias (out,) of each, the first first; float64.
        x: (in of the first,), float64.
    """
    value, weight, bias = x, np.eye(len(x)), np.zeros(len(x))
    stages = []
    for layer_weight, layer_bias in layers:
        layer = Linear(layer_weight, layer_bias)
        value = layer.forward(value[None])[0]
        weight = layer_weight @ weight
        bias = layer.forward(bias[None])[0]
        stages.append(Stage(value, weight, bias))
    at_once = Linear(weight, bias).forward(x[None])[0]
    return LinearStack(tuple(stages), at_once, float(np.abs(at_once - value).max()))
