"""Maxout: an activation function that is itself learned."""

import numpy as np

from models.scratch.layer import Array, Layer


class Maxout(Layer):
    """y = max over k of (x W_k^T + b_k): the upper edge of k straight lines.

    ReLU is the case of two pieces of which one is zero.

    Args:
        weight: W (pieces, out, in).
        bias: b (pieces, out).

    Source: Goodfellow et al.: Maxout Networks, 2013 (arXiv 1302.4389), section 2.
    """

    def __init__(self, weight: Array, bias: Array) -> None:
        super().__init__()
        self.parameters = {"weight": weight, "bias": bias}

    def forward(self, x: Array) -> Array:
        """(n, in) to (n, out)."""
        self._x = x
        weight, bias = self.parameters["weight"], self.parameters["bias"]
        pieces: Array = x @ weight.transpose(0, 2, 1) + bias[:, None]  # (pieces, n, out)
        self._winner = pieces.argmax(axis=0)  # (n, out)
        highest: Array = pieces.max(axis=0)
        return highest

    def backward(self, output_gradient: Array) -> Array:
        """The max gate routes: only the winning piece of each output learns and passes on.

        With g_k = dL/dy where piece k won, else 0: dL/dW_k = g_k^T x, dL/db_k = sum_n g_k, and
        dL/dx = sum_k g_k W_k, because x forks into every piece.
        """
        weight = self.parameters["weight"]
        numbers = np.arange(len(weight))[:, None, None]
        routed = np.where(self._winner == numbers, output_gradient, 0)  # (pieces, n, out)
        routed = routed.astype(output_gradient.dtype, copy=False)
        self.gradients["weight"] = routed.transpose(0, 2, 1) @ self._x
        self.gradients["bias"] = routed.sum(axis=1)
        input_gradient: Array = (routed @ weight).sum(axis=0)
        return input_gradient
