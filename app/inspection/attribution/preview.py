"""A map before it is done, small enough to travel with every report."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from app.inspection.attribution.contract import Heatmap

_LARGEST_SIDE = 128
_CODES = 127


@dataclass(frozen=True, eq=False)
class Preview:
    """What a map looks like so far.

    Attributes:
        codes: one signed byte a cell, row after row: -127 to 127 stand for -limit to limit.
        limit: the largest magnitude.
        height, width: of the map itself.
        cell: side of a cell in pixels of the map; the last row and column may be cut.
        points: gradients that it is made of.
        relative_gap: how far its parts are from adding up; None where there is nothing to add to.
    """

    codes: bytes
    limit: float
    height: int
    width: int
    cell: int
    points: int
    relative_gap: float | None


def preview_of(values: Heatmap, points: int, relative_gap: float | None) -> Preview:
    """The mean of each cell of a map (height, width), such that no side has more than 128."""
    height, width = values.shape
    cell = -(-max(height, width) // _LARGEST_SIDE)
    whole = torch.from_numpy(np.nan_to_num(values, nan=0, posinf=0, neginf=0))
    small = functional.avg_pool2d(whole[None, None], cell, ceil_mode=True)[0, 0].numpy()
    limit = float(np.abs(small).max())
    codes = np.rint(small * (_CODES / limit) if limit > 0 else small).astype(np.int8)
    return Preview(codes.tobytes(), limit, height, width, cell, points, relative_gap)
