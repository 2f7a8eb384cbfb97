"""Where in this picture a channel is excited most, and least: its units and their patches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch

from app.inspection.fields.unit_field import Fields
from models.preprocessing.pixel_map import Box

# Two patches of which more than this share is common show the same thing.
_SAME_ABOVE = 0.5
# Where every field covers most of the picture no second patch would ever be found.
_MOST_UNITS = 256


@dataclass(frozen=True)
class Patch:
    """A unit, its value, and the pixels that it reads at all.

    Attributes:
        input_box: the exact receptive field, cut to the input; of the trunk where gates see
            everything. None if the unit reads only padding.
    """

    row: int
    column: int
    value: float
    input_box: Box | None


def exciting_patches(
    fields: Fields, layer_id: str, channel: int, map_: torch.Tensor, count: int
) -> tuple[list[Patch], ...]:
    """The best and the worst patches, best and worst first.

    A unit whose box has more than half of its area (intersection over union) in common with that
    of a better one is passed over; of equal values the first in reading order is taken. Only the
    256 best are looked at, so deep layers, whose fields cover everything, have few patches.

    Args:
        fields: of the network.
        layer_id: of the layer.
        channel: whose map it is.
        map_: (height, width), or one number for a vector.
        count: at most so many of each.
    """
    values = map_.reshape(map_.shape if map_.dim() == 2 else (1, 1))
    best, worst = (_order(sign * values) for sign in (1, -1))
    return tuple(
        _apart(_patches(fields, layer_id, channel, values, order), count) for order in (best, worst)
    )


def _order(values: torch.Tensor) -> list[int]:
    # Stable, so that equals stay in reading order.
    order: list[int] = torch.sort(values.flatten(), descending=True, stable=True).indices.tolist()
    return order[:_MOST_UNITS]


def _patches(
    fields: Fields, layer_id: str, channel: int, values: torch.Tensor, order: list[int]
) -> Iterator[Patch]:
    for place in order:
        row, column = divmod(place, values.shape[1])
        box = fields.box(layer_id, (row, column), channel)
        yield Patch(row, column, float(values[row, column]), box)


def _apart(patches: Iterable[Patch], count: int) -> list[Patch]:
    found: list[Patch] = []
    for patch in patches:
        if any(_overlap(patch.input_box, other.input_box) > _SAME_ABOVE for other in found):
            continue
        found.append(patch)
        if len(found) == count:
            break
    return found


def _overlap(one: Box | None, other: Box | None) -> float:
    if one is None or other is None:
        return float(one is other)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    width = min(one.right, other.right) - max(one.left, other.left)
    common = max(height, 0) * max(width, 0)
    return common / (one.height * one.width + other.height * other.width - common)
