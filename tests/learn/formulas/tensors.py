"""Chapter 1."""

import numpy as np
from sympy import MatrixSymbol, Symbol


def transpose_exchanges_the_indices() -> None:
    """(A^T)_ij = A_ji, by sympy on symbols and by numpy on a matrix that is no square."""
    i, j = Symbol("i", integer=True), Symbol("j", integer=True)
    a = MatrixSymbol("A", 4, 6)
    assert a.T[i, j] == a[j, i]
    numbers = np.arange(24.0).reshape(4, 6)
    assert all(numbers.T[i, j] == numbers[j, i] for i in range(6) for j in range(4))


CHECKS = {"tensors.transpose": transpose_exchanges_the_indices}
