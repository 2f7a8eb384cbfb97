"""Activation functions: what keeps a stack of linear layers from being one linear layer.

All are applied number by number, so dL/dx = dL/dy * f'(x) keeps every shape.
"""

import numpy as np

from models.scratch.layer import Array, Layer


class Sigmoid(Layer):
    """y = 1 / (1 + e^-x), between 0 and 1."""

    def forward(self, x: Array) -> Array:
        # e^-|x| never overflows; for x < 0 the fraction is extended by e^x.
        small = np.exp(-np.abs(x))
        self._y: Array = np.where(x >= 0, 1 / (1 + small), small / (1 + small))
        return self._y

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = y (1 - y): at most 1/4, and nothing where the unit is saturated."""
        return output_gradient * self._y * (1 - self._y)


class Tanh(Layer):
    """y = tanh(x) = 2 sigmoid(2x) - 1, between -1 and 1."""

    def forward(self, x: Array) -> Array:
        self._y: Array = np.tanh(x)
        return self._y

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = 1 - y^2."""
        return output_gradient * (1 - self._y * self._y)


class ReLU(Layer):
    """y = max(0, x)."""

    def forward(self, x: Array) -> Array:
        self._positive = x > 0
        return x * self._positive

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = 1 where x > 0, else 0: the max gate routes. At 0 itself we take 0."""
        return output_gradient * self._positive


class LeakyReLU(Layer):
    """y = max(a x, x): a unit below zero still learns.

    Args:
        slope: a, between 0 and 1.
    """

    def __init__(self, slope: float = 0.1) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, x: Array) -> Array:
        self._positive = x > 0
        return np.where(self._positive, x, x * self.slope)

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = 1 where x > 0, else a."""
        return np.where(self._positive, output_gradient, output_gradient * self.slope)


class ELU(Layer):
    """y = x where x > 0, else a (e^x - 1): smooth, and its mean is near zero.

    Args:
        scale: a, the depth to which it saturates.
    """

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: Array) -> Array:
        self._positive = x > 0
        # Clipped at 0, because e^x of a large x that is not used would still overflow.
        self._y: Array = np.where(self._positive, x, self.scale * np.expm1(np.minimum(x, 0)))
        return self._y

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = 1 where x > 0, else a e^x = y + a."""
        return np.where(self._positive, output_gradient, output_gradient * (self._y + self.scale))
