"""Minibatches: the mean gradient of a few examples estimates that of all, and costs a fraction.

Its noise has a use: it shakes the weights out of shallow minima.
"""

from collections.abc import Iterator

import numpy as np

from models.scratch.layer import IntegerArray


def minibatches(
    count: int, batch_size: int, generator: np.random.Generator
) -> Iterator[IntegerArray]:
    """One epoch: every example once, in a new order, `batch_size` of them at a time.

    Yields:
        Positions, int64 (batch_size,), fewer in the last batch where it does not come out even.
    """
    order = generator.permutation(count)
    for start in range(0, count, batch_size):
        yield order[start : start + batch_size]
