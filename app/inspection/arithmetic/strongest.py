"""Where to begin: the units of a layer with the largest values."""

import numpy as np
import torch

from app.inspection.arithmetic.terms import Operand


def strongest_units(
    layer_id: str,
    values: torch.Tensor,
    top: int,
    channel: int | None,
    place: tuple[int, int] | None = None,
) -> list[Operand]:
    """The units with the largest finite values, largest first.

    Args:
        layer_id: of the layer.
        values: captured, (channels, height, width) or (features,).
        top: how many at most.
        channel: look in this one alone; None for all of them.
        place: row and column, to look at this place of a map alone; None for all of them.
    """
    array = values.numpy()
    first = [0 if channel is None else channel, *(place or (0,) * (array.ndim - 1))]
    searched = array if channel is None else array[channel : channel + 1]
    if place is not None:
        searched = searched[:, place[0] : place[0] + 1, place[1] : place[1] + 1]
    flat = np.where(np.isfinite(searched), searched, -np.inf).ravel()
    count = min(top, flat.size)
    candidates = np.argpartition(-flat, count - 1)[:count].tolist()
    found = []
    for index in sorted(candidates, key=lambda index: (-flat[index], index)):
        inside = np.unravel_index(index, searched.shape)
        where = tuple(start + int(axis) for start, axis in zip(first, inside, strict=True))
        found.append(Operand(layer_id, where, float(flat[index])))
    return [unit for unit in found if np.isfinite(unit.value)]
