"""Small matrices in JSON: a list of rows."""

from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from models.scratch.layer import Array

LARGEST_SIZE = 6
LARGEST_NUMBER = 1e6


def _rectangle(rows: list[list[float]]) -> list[list[float]]:
    if len({len(row) for row in rows}) != 1:
        raise ValueError("All rows must have the same length.")
    return rows


Number = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, allow_inf_nan=False)]
Vector = Annotated[list[Number], Field(min_length=1, max_length=LARGEST_SIZE)]
Matrix = Annotated[
    list[Vector], Field(min_length=1, max_length=LARGEST_SIZE), AfterValidator(_rectangle)
]


def array(numbers: list[float] | list[list[float]]) -> Array:
    """In double precision."""
    return np.array(numbers, dtype=np.float64)
