"""Gates with several inputs, and the pattern that a gradient follows through each.

A value that is used twice is a fork, and the gradients that come back to it add up; `graph` does
that. Of the gates, add distributes, max routes, multiply switches.

What has one input is a layer: `activations`, `elementary`.
"""

import numpy as np

from models.scratch.layer import Array


class Gate:
    """y = f(x_1, x_2, ...), and one gradient for each input."""

    def forward(self, *inputs: Array) -> Array:
        """The gate's output."""
        raise NotImplementedError

    def backward(self, output_gradient: Array) -> tuple[Array, ...]:
        """From dL/dy to dL/dx_1, dL/dx_2, ..."""
        raise NotImplementedError


class Add(Gate):
    """y = x_1 + x_2 + ..., all of one shape."""

    def forward(self, *inputs: Array) -> Array:
        self._count = len(inputs)
        total = inputs[0]
        for each in inputs[1:]:
            total = total + each
        return total

    def backward(self, output_gradient: Array) -> tuple[Array, ...]:
        """dy/dx_i = 1: every input is given the gradient unchanged."""
        return (output_gradient,) * self._count


class Subtract(Gate):
    """y = x_1 - x_2, of one shape."""

    def forward(self, *inputs: Array) -> Array:
        first, second = inputs
        return first - second

    def backward(self, output_gradient: Array) -> tuple[Array, ...]:
        """dy/dx_1 = 1 and dy/dx_2 = -1."""
        return output_gradient, -output_gradient


class Maximum(Gate):
    """y = max(x_1, x_2, ...), all of one shape."""

    def forward(self, *inputs: Array) -> Array:
        stacked: Array = np.stack(inputs)
        self._count = len(inputs)
        self._winner = stacked.argmax(axis=0)
        highest: Array = stacked.max(axis=0)
        return highest

    def backward(self, output_gradient: Array) -> tuple[Array, ...]:
        """dy/dx_i = 1 for the largest, 0 for the others: only the winner had a part in y."""
        return tuple(output_gradient * (self._winner == number) for number in range(self._count))


class Multiply(Gate):
    """y = x_1 x_2, of one shape."""

    def forward(self, *inputs: Array) -> Array:
        self._first, self._second = inputs
        return self._first * self._second

    def backward(self, output_gradient: Array) -> tuple[Array, ...]:
        """dy/dx_1 = x_2 and dy/dx_2 = x_1: the inputs, switched."""
        return output_gradient * self._second, output_gradient * self._first


class Divide(Gate):
    """y = x_1 / x_2, of one shape."""

    def forward(self, *inputs: Array) -> Array:
        first, self._second = inputs
        self._y: Array = first / self._second
        return self._y

    def backward(self, output_gradient: Array) -> tuple[Array, ...]:
        """dy/dx_1 = 1 / x_2 and dy/dx_2 = -x_1 / x_2^2 = -y / x_2."""
        share = output_gradient / self._second
        return share, -share * self._y


class MatrixMultiply(Gate):
    """Y = A B: (m, k) and (k, n) to (m, n)."""

    def forward(self, *inputs: Array) -> Array:
        self._first, self._second = inputs
        product: Array = self._first @ self._second
        return product

    def backward(self, output_gradient: Array) -> tuple[Array, ...]:
        """With G = dL/dY: dL/dA = G B^T and dL/dB = A^T G.

        The inputs switched, as with numbers. On which side each stands and what is transposed
        follows from the shapes: only so does dL/dA have that of A, and dL/dB that of B.
        """
        return output_gradient @ self._second.T, self._first.T @ output_gradient


class Concatenate(Gate):
    """Maps of several branches one behind the other: (n, c_i, ...) to (n, sum c_i, ...)."""

    def forward(self, *inputs: Array) -> Array:
        self._ends = np.cumsum([each.shape[1] for each in inputs])
        return np.concatenate(inputs, axis=1)

    def backward(self, output_gradient: Array) -> tuple[Array, ...]:
        """Each branch takes back the gradient of its own channels."""
        return tuple(np.split(output_gradient, self._ends[:-1], axis=1))
