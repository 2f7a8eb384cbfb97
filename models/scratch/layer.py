"""What every layer is: a function of one array, and the chain rule through that function."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
IntegerArray = npt.NDArray[np.integer[Any]]


class Layer:
    """y = f(x; parameters), and what a gradient at y means for x and for the parameters.

    `forward` keeps what `backward` will need, so the two are called in turn.

    Attributes:
        parameters: what the layer learns, by name; updated in place.
        gradients: dL/dparameter by the same names and in the same shapes, set by `backward`.
    """

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}

    def forward(self, x: Array) -> Array:
        """The layer's output."""
        raise NotImplementedError

    def backward(self, output_gradient: Array) -> Array:
        """From dL/dy to dL/dx, and dL/dparameter into `gradients`.

        Backward gradient = inflowing gradient times local gradient.
        """
        raise NotImplementedError


class Identity(Layer):
    """y = x: the shortcut of a residual block where no shape changes."""

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, output_gradient: Array) -> Array:
        """dy/dx = I."""
        return output_gradient


class Flatten(Layer):
    """The same numbers in one row an example: (n, ...) to (n, d)."""

    def forward(self, x: Array) -> Array:
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, output_gradient: Array) -> Array:
        """The same numbers back in their places."""
        return output_gradient.reshape(self._shape)
