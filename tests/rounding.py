"""How far a sum may lie from the true one when it is carried out in floating point."""

import numpy as np
import numpy.typing as npt

# The bound is exceeded with a chance below 2 n exp(-32), which is never.
_CONFIDENCE = 8


def sum_error_bound(
    terms: npt.ArrayLike, count: int | None = None, dtype: npt.DTypeLike = np.float32
) -> float:
    """Of a sum of products in any order, on any processor: min(n, 8 sqrt(n)) u sum |terms|.

    A sum near zero may be off by this much as well; its own size says nothing of its error.

    Args:
        terms: the products that are summed, as exactly as the test knows them.
        count: how many are summed, where each term given is itself a sum of several.
        dtype: in which the sum is carried out.

    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, equations 3.4 and 4.4;
    Higham, Mary, A New Approach to Probabilistic Rounding Error Analysis, 2019, theorem 3.1.
    """
    magnitudes = np.abs(np.asarray(terms, dtype=np.float64))
    # One more for the products, which are rounded too.
    number = (magnitudes.size if count is None else count) + 1
    unit = float(np.finfo(np.dtype(dtype)).eps)  # twice u: both sides of a comparison are sums
    return float(min(number, _CONFIDENCE * np.sqrt(number)) * unit * magnitudes.sum())
