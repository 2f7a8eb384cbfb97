"""Scores at several temperatures: what their exponentials add up to, and the shares of it."""

import numpy as np
from numpy.typing import NDArray

from models.scratch.softmax import log_softmax


def log_sums(scores: NDArray[np.float64], temperatures: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of sum_j e^(t_j / T), for each temperature T.

    As a score among others, the sum of many classes is this: one class of that score would have
    the same exponential as all of them together.

    Args:
        scores: t (c,), finite; at least one.
        temperatures: T (n,), above 0.

    Returns:
        (n,), in units of t / T. The largest score is taken off first, so nothing overflows.
    """
    tempered = scores / temperatures[:, None]
    largest = tempered.argmax(axis=1)[:, None]
    at_largest = np.take_along_axis(tempered, largest, axis=1)
    logarithms = np.take_along_axis(log_softmax(tempered), largest, axis=1)
    sums: NDArray[np.float64] = (at_largest - logarithms)[:, 0]
    return sums


def probabilities(
    scores: NDArray[np.float64], temperatures: NDArray[np.float64], first: int
) -> NDArray[np.float64]:
    """Softmax of t / T over all scores, for each temperature T.

    Args:
        scores: t (c,), finite; at least one.
        temperatures: T (n,), above 0.
        first: of how many scores, from the first, the shares are asked for.

    Returns:
        (n, first)
    """
    shares: NDArray[np.float64] = np.exp(log_softmax(scores / temperatures[:, None])[:, :first])
    return shares
