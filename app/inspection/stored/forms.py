"""What several parts of a stored graph have: names, shapes, lists of a bounded length."""

import math

import torch

from app.inspection.stored.values import dtype_named
from models.disk.checked_fields import DamagedRecordError, Fields

# Of one value for one picture; a map of 4,096 channels on 1,024 x 1,024 has as many.
MOST_VALUES = 2**32
MOST_AXES = 8
_LONGEST_NAME = 1_000


def each(document: Fields, name: str, most: int) -> list[Fields]:
    """The objects of a list of at most so many."""
    values = document.items(name)
    if len(values) > most:
        raise DamagedRecordError(f"{name}: {len(values):,} of them; at most {most:,}.")
    return [Fields(value, f"{name}[{place}]") for place, value in enumerate(values)]


def name_in(fields: Fields, name: str) -> str:
    """A text that is not too long to be shown."""
    found = fields.text(name)
    if len(found) > _LONGEST_NAME:
        raise DamagedRecordError(f"{name}: {len(found):,} characters; at most {_LONGEST_NAME:,}.")
    return found


def shape_in(fields: Fields, name: str) -> tuple[int, ...]:
    """Of a tensor that fits memory."""
    found = fields.wholes(name, 0, MOST_VALUES)
    if len(found) > MOST_AXES or math.prod(found) > MOST_VALUES:
        raise DamagedRecordError(f"{name}: {str(found)[:80]} is no shape that fits memory.")
    return found


def form(fields: Fields, where: str) -> torch.Tensor:
    """A tensor in shape only."""
    dtype = dtype_named(fields.text("dtype"), f"dtype of {where}")
    return torch.empty(shape_in(fields, "shape"), dtype=dtype, device="meta")
