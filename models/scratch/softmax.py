"""Softmax: any scores to probabilities that sum to one."""

import numpy as np

from models.scratch.layer import Array, Layer


def log_softmax(scores: Array, axis: int = -1) -> Array:
    """Logarithms of the probabilities, log p_i = t_i - log sum_j e^(t_j), along an axis.

    The largest score is taken off first. That changes no difference between scores, so no
    probability, and keeps e^t from overflowing. Its own e^0 = 1 stays out of the sum: that of the
    others says how far from certain a prediction is, also where it is lost beside a 1.
    """
    shifted = scores - scores.max(axis=axis, keepdims=True)
    is_largest = shifted == 0
    equals = is_largest.sum(axis=axis, keepdims=True) - 1
    others = (np.exp(shifted) - is_largest).sum(axis=axis, keepdims=True) + equals
    logarithms: Array = shifted - np.log1p(others).astype(scores.dtype, copy=False)
    return logarithms


class Softmax(Layer):
    """p_i = e^(t_i) / sum_j e^(t_j), along an axis of the scores: by default (n, c) to (n, c)."""

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Array) -> Array:
        self._p: Array = np.exp(log_softmax(x, self.axis))
        return self._p

    def backward(self, output_gradient: Array) -> Array:
        """With g = dL/dp: dL/dt_j = sum_i g_i dp_i/dt_j = p_j (g_j - sum_i g_i p_i).

        The Jacobian is dp_i/dt_j = p_i (delta_ij - p_j): one score raises its own probability
        and lowers all others.
        """
        mean = (output_gradient * self._p).sum(axis=self.axis, keepdims=True)
        input_gradient: Array = self._p * (output_gradient - mean)
        return input_gradient
