"""The activation functions at any numbers, with their slopes there."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from models.scratch.activations import ELU, LeakyReLU, ReLU, Sigmoid, Tanh
from models.scratch.layer import Array, Identity, Layer

ActivationName = Literal["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu"]

ACTIVATIONS: dict[ActivationName, Callable[[], Layer]] = {
    "identity": Identity,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
}


def value_and_slope(name: ActivationName, x: Array) -> tuple[Array, Array]:
    """f(x) and f'(x), each in the shape of x.

    The slope is what a gradient of 1 becomes on its way back through the function.
    """
    layer = ACTIVATIONS[name]()
    value = layer.forward(x)
    return value, layer.backward(np.ones_like(x))
