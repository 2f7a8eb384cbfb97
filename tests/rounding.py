"""How far a sum may lie from the true one when it is carried out in floating point."""

import numpy as np
import numpy.typing as npt


def sum_error_bound(
    terms: npt.ArrayLike, count: int | None = None, dtype: npt.DTypeLike = np.float32
) -> float:
    """Of a sum of products in any order, on any processor: n eps sum |terms|.

    A sum near zero may be off by this much as well; its own size says nothing of its error.

    Args:
        terms: the products that are summed, as exactly as the test knows them.
        count: how many are summed, where each term given is itself a sum of several.
        dtype: in which the sum is carried out.

    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, equations 3.4 and 4.4.
    """
    magnitudes = np.abs(np.asarray(terms, dtype=np.float64))
    number = magnitudes.size if count is None else count
    return float((number + 1) * np.finfo(np.dtype(dtype)).eps * magnitudes.sum())
