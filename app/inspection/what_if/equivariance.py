"""Whether a layer's maps move with the picture."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.inspection.fields.receptive_field import AxisField, LocalField
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.rendering.encoding import encode_maps
from app.inspection.rendering.maps import Quantised, quantise
from app.inspection.what_if.shifts import Shift, shifted


@dataclass(frozen=True)
class Rectangle:
    """Half-open rows and columns of a map; without any where `top` is `bottom`."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def units(self) -> int:
        """How many places it holds."""
        return max(0, self.bottom - self.top) * max(0, self.right - self.left)


@dataclass(frozen=True, eq=False)
class Equivariance:
    """A layer's maps of a picture, moved, beside its maps of the moved picture.

    Attributes:
        steps: rows down and columns to the right that the maps were moved: the shift by the
            layer's stride, rounded.
        is_multiple: True if nothing had to be rounded.
        moved: the maps of the picture, moved by `steps`, (channels, height, width); 0 comes in.
        after: the maps of the moved picture.
        overlap: where `moved` has values.
        inside: where a unit sees the same pixels in both: neither its field nor that of the unit
            it is compared with leaves the input.
    """

    steps: tuple[int, int]
    is_multiple: bool
    moved: Tensor
    after: Tensor
    overlap: Rectangle
    inside: Rectangle

    def largest_difference(self, part: Rectangle) -> float | None:
        """The largest |after - moved| of all channels in a part of the maps; None of nothing."""
        if part.units == 0:
            return None
        rows, columns = slice(part.top, part.bottom), slice(part.left, part.right)
        return float((self.after - self.moved)[:, rows, columns].abs().max())

    def encoded(self, channel: int, description: Mapping[str, Any]) -> bytes:
        """One channel of `moved`, of `after`, and of their difference, in 8 bits.

        Both maps have one range; where nothing was moved to, the difference is 0.
        """
        moved, after = self.moved[channel], self.after[channel]
        difference = torch.zeros_like(after)
        rows = slice(self.overlap.top, self.overlap.bottom)
        columns = slice(self.overlap.left, self.overlap.right)
        difference[rows, columns] = (after - moved)[rows, columns]
        pair = quantise(torch.stack([moved, after]), "layer")
        rest = quantise(difference[None])
        maps = Quantised(
            scale="channel",
            codes=np.concatenate([pair.codes, rest.codes]),
            minimum=np.concatenate([pair.minimum, rest.minimum]),
            maximum=np.concatenate([pair.maximum, rest.maximum]),
            not_finite=pair.not_finite + rest.not_finite,
        )
        return encode_maps(maps, {**description, "shape": list(maps.codes.shape)})


def equivariance(
    graph: LayerGraph,
    tensor: Tensor,
    layer_id: str,
    field: LocalField,
    *,
    shift: Shift,
    background: Sequence[float],
) -> Equivariance:
    """Compute a layer for a picture and for the moved one, and move the first maps after it.

    Args:
        graph: of the network.
        tensor: the prepared picture, (1, channels, height, width).
        layer_id: of a layer with rows and columns.
        field: what its units see.
        shift: of the input.
        background: what comes into sight, of each channel.
    """
    before, after = (
        _maps(graph, picture, layer_id) for picture in (tensor, shifted(tensor, shift, background))
    )
    height, width = before.shape[1:]
    down = Fraction(shift.down) / field.rows.stride
    right = Fraction(shift.right) / field.columns.stride
    steps = math.floor(down + Fraction(1, 2)), math.floor(right + Fraction(1, 2))
    rows, columns = _kept(steps[0], height), _kept(steps[1], width)
    inside_rows = _inside(field.rows, steps[0], rows, tensor.shape[2], shift.down)
    inside_columns = _inside(field.columns, steps[1], columns, tensor.shape[3], shift.right)
    return Equivariance(
        steps=steps,
        is_multiple=down.denominator == right.denominator == 1,
        moved=_moved(before, steps),
        after=after,
        overlap=Rectangle(rows[0], columns[0], rows[1], columns[1]),
        inside=Rectangle(inside_rows[0], inside_columns[0], inside_rows[1], inside_columns[1]),
    )


def _maps(graph: LayerGraph, tensor: Tensor, layer_id: str) -> Tensor:
    """Of one picture, (channels, height, width); of complex numbers the real part."""
    with torch.inference_mode():
        value = graph.compute(tensor, (layer_id,), to_the_end=False).layers[layer_id]
    maps = value.real if value.is_complex() else value
    return maps.to(torch.float32).reshape(graph.layer(layer_id).output_shape)


def _moved(maps: Tensor, steps: tuple[int, int]) -> Tensor:
    if abs(steps[0]) >= maps.shape[1] or abs(steps[1]) >= maps.shape[2]:
        return torch.zeros_like(maps)
    return shifted(maps[None], Shift(right=steps[1], down=steps[0]), [0.0] * len(maps))[0]


def _kept(step: int, size: int) -> tuple[int, int]:
    """Which rows, or columns, are there after a move."""
    return min(max(step, 0), size), max(min(size + step, size), 0)


def _inside(
    field: AxisField, step: int, kept: tuple[int, int], input_px: int, shift_px: int
) -> tuple[int, int]:
    """Those of them whose units see whole fields, in the picture and in the moved one."""
    # A unit of the moved picture must see none of what came in, nor what lies outside.
    first_px, last_px = max(0, shift_px), input_px + min(0, shift_px)

    def is_whole(place: int) -> bool:
        top = field.start + place * field.stride
        before = field.start + (place - step) * field.stride
        return (
            first_px <= top
            and top + field.size <= last_px
            and before >= 0
            and before + field.size <= input_px
        )

    whole = [place for place in range(*kept) if is_whole(place)]
    return (whole[0], whole[-1] + 1) if whole else (kept[0], kept[0])
