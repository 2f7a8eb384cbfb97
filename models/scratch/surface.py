"""A loss of two weights, which can be drawn: a bowl, with ripples in it where they are wanted."""

import numpy as np

from models.scratch.layer import Array


class Surface:
    """L(w) = sum over i of lambda_i d_i^2 / 2 + h (1 - cos(q d_i)), with d = w - lowest.

    Its lowest point is known, and L = 0 there. Without ripples it is a quadratic, on which gradient
    descent is known too: k steps leave (1 - rate * lambda_i)^k of d_i, which goes to nothing below
    rate = 2 / lambda_i and grows without end above it. With ripples other minima lie around the
    lowest one, wherever h q^2 is well above lambda.

    Args:
        lowest: (2,).
        curvatures: lambda (2,), the eigenvalues of the quadratic, along the two weights.
        ripple: h, half the height of a ripple.
        frequency: q, in radians for each unit of a weight.
    """

    def __init__(
        self, lowest: Array, curvatures: Array, ripple: float = 0.0, frequency: float = 6.0
    ) -> None:
        self.lowest = lowest
        self.curvatures = curvatures
        self.ripple = ripple
        self.frequency = frequency

    def forward(self, w: Array) -> Array:
        """Heights at places (..., 2): (...)."""
        self._d: Array = w - self.lowest
        bowl = self.curvatures * self._d * self._d / 2
        ripples = self.ripple * (1 - np.cos(self.frequency * self._d))
        height: Array = (bowl + ripples).sum(axis=-1)
        return height

    def backward(self) -> Array:
        """dL/dw_i = lambda_i d_i + h q sin(q d_i): (..., 2)."""
        ripples = self.ripple * self.frequency * np.sin(self.frequency * self._d)
        slope: Array = self.curvatures * self._d + ripples
        return slope
