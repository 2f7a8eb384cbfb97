"""Where to begin: the units of a layer with the largest values."""

import numpy as np
import torch

from app.inspection.arithmetic.terms import Operand


def strongest_units(
    layer_id: str, values: torch.Tensor, top: int, channel: int | None
) -> list[Operand]:
    """The units with the largest finite values, largest first.

    Args:
        layer_id: of the layer.
        values: captured, (channels, height, width) or (features,).
        top: how many at most.
        channel: look in this one alone; None for all of them.
    """
    array = values.numpy()
    first = 0 if channel is None else channel
    searched = array if channel is None else array[channel : channel + 1]
    flat = np.where(np.isfinite(searched), searched, -np.inf).ravel()
    count = min(top, flat.size)
    candidates = np.argpartition(-flat, count - 1)[:count].tolist()
    found = []
    for index in sorted(candidates, key=lambda index: (-flat[index], index)):
        place = tuple(int(axis) for axis in np.unravel_index(index, searched.shape))
        found.append(Operand(layer_id, (place[0] + first, *place[1:]), float(flat[index])))
    return [unit for unit in found if np.isfinite(unit.value)]
