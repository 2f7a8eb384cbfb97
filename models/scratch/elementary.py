"""Elementary functions of one variable, number by number."""

import numpy as np

from models.scratch.layer import Array, Layer


class Negate(Layer):
    """y = -x."""

    def forward(self, x: Array) -> Array:
        return -x

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = -1."""
        return -output_gradient


class Exponential(Layer):
    """y = e^x."""

    def forward(self, x: Array) -> Array:
        self._y: Array = np.exp(x)
        return self._y

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = e^x = y."""
        return output_gradient * self._y


class Logarithm(Layer):
    """y = log x, to the base e; x > 0."""

    def forward(self, x: Array) -> Array:
        self._x = x
        logarithm: Array = np.log(x)
        return logarithm

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = 1 / x."""
        return output_gradient / self._x


class Power(Layer):
    """y = x^n.

    Args:
        exponent: n, a constant; unless it is a whole number, x > 0.
    """

    def __init__(self, exponent: float) -> None:
        super().__init__()
        self.exponent = exponent

    def forward(self, x: Array) -> Array:
        self._x = x
        power: Array = x**self.exponent
        return power

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = n x^(n - 1), and 0 for the constant x^0."""
        if self.exponent == 0:
            return np.zeros_like(output_gradient)
        slope: Array = self.exponent * self._x ** (self.exponent - 1)
        return output_gradient * slope
