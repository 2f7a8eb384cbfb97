"""A unit among the captured values of its layer and of the layers that it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from app.inspection.arithmetic.terms import Explanation, Float32, Operand, Patch, formula, rule_of
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode

# Where the axes of (height, width, channels) are in (channels, height, width), and back.
_SHOWN_AXES = (1, 2, 0)
_OWN_AXES = (2, 0, 1)


@dataclass(frozen=True, eq=False)
class Site:
    """One unit and everything that its explanation may read.

    Places come in two orders of axes: as shown, channels first, and as the network itself keeps
    the layer (`own`), which is what the axis arguments of its operations count. Neither has the
    batch axis.

    Attributes:
        graph: bound to the network.
        layer: of the unit.
        place: of the unit, as shown.
        values: captured, of the layer and of its inputs.
    """

    graph: LayerGraph
    layer: LayerNode
    place: tuple[int, ...]
    values: Mapping[str, torch.Tensor]

    @cached_property
    def operands(self) -> dict[str, Any]:
        """What the operation takes: layers by id, tensors, settings."""
        return self.graph.operands(self.layer.id)

    @cached_property
    def unit(self) -> Operand:
        """The unit itself."""
        return self.operand(self.layer.id, self.place)

    def shape(self, layer_id: str) -> tuple[int, ...]:
        """As shown."""
        return self.graph.layer(layer_id).output_shape

    def array(self, layer_id: str) -> Float32:
        """Captured values as shown; a view."""
        return self.values[layer_id].numpy()

    def operand(self, layer_id: str, place: Sequence[int]) -> Operand:
        """A unit by its place as shown."""
        found = tuple(int(index) for index in place)
        return Operand(layer_id, found, float(self.array(layer_id)[found]))

    def is_last(self, layer_id: str) -> bool:
        """True if the operation sees this layer as (height, width, channels)."""
        moved = self.layer.operation == "layer_norm" and "permute" in self.layer.aten[0]
        return self.graph.is_channels_last(layer_id) or (moved and layer_id in self.layer.inputs)

    def own_place(self, layer_id: str, place: tuple[int, ...]) -> tuple[int, ...]:
        """From the axes as shown to those of the network."""
        return tuple(place[axis] for axis in _SHOWN_AXES) if self.is_last(layer_id) else place

    def shown_place(self, layer_id: str, own: tuple[int, ...]) -> tuple[int, ...]:
        """The way back."""
        return tuple(own[axis] for axis in _OWN_AXES) if self.is_last(layer_id) else own

    def shown_axis(self, layer_id: str, own_axis: int) -> int:
        """Where an axis of the network's is, as shown."""
        return _SHOWN_AXES[own_axis] if self.is_last(layer_id) else own_axis

    def is_channel_axis(self, axis: int) -> bool:
        """True if this axis of the unit's layer, the pictures' counted as 0, is its channels."""
        last = self.is_last(self.layer.id)
        return self.layer.counts_pictures and axis == (3 if last else 1)

    def own_shape(self, layer_id: str) -> tuple[int, ...]:
        """Of a layer as the network keeps it."""
        return self.own_place(layer_id, self.shape(layer_id))

    def full_shape(self, layer_id: str) -> tuple[int, ...]:
        """As its operations see it for one picture, the axis of the pictures in front."""
        layer = self.graph.layer(layer_id)
        own = self.own_shape(layer_id)
        return (1, *own) if layer.counts_pictures and not layer.is_number else own

    def full_place(self, layer_id: str, place: tuple[int, ...]) -> tuple[int, ...]:
        """From a place as shown to all its axes."""
        layer = self.graph.layer(layer_id)
        own = self.own_place(layer_id, place)
        return (0, *own) if layer.counts_pictures and not layer.is_number else own

    def place_of(self, layer_id: str, full: Sequence[int]) -> tuple[int, ...]:
        """The way back."""
        layer = self.graph.layer(layer_id)
        counts = layer.counts_pictures and not layer.is_number
        return self.shown_place(layer_id, tuple(full[1:] if counts else full))

    def axes(self, layer_id: str, dimensions: Any) -> list[int]:
        """Axes as shown of ATen's dimension numbers, which count the batch axis as 0.

        None or no dimension at all stands for every axis.

        Raises:
            UnexplainedError: that of the pictures is among them, or not where it is looked for.
        """
        if not self.graph.layer(layer_id).is_plain:
            raise UnexplainedError(f"{layer_id} is neither a vector nor maps.")
        rank = len(self.shape(layer_id))
        if dimensions is None or dimensions == ():
            return list(range(rank))
        given = dimensions if isinstance(dimensions, tuple) else (dimensions,)
        own = [dimension % (rank + 1) - 1 for dimension in given]
        if -1 in own:
            raise UnexplainedError("It computes with all pictures together.")
        return [self.shown_axis(layer_id, axis) for axis in own]

    def block(self, layer_id: str, place: Sequence[int], free: Sequence[int]) -> Patch:
        """The units that share this place but for the free axes (as shown).

        Args:
            layer_id: of a vector or of maps.
            place: as shown; what it says of a free axis does not count.
            free: axes to take whole.

        Raises:
            UnexplainedError: it is neither a vector nor maps.
        """
        shape = self.shape(layer_id)
        if not self.graph.layer(layer_id).is_plain or len(place) != len(shape):
            raise UnexplainedError(f"{layer_id} is neither a vector nor maps.")
        ranges = [
            range(size) if axis in free else range(place[axis], place[axis] + 1)
            for axis, size in enumerate(shape)
        ]
        values = self.array(layer_id)[tuple(slice(r.start, r.stop) for r in ranges)]
        if len(shape) == 1:
            values = values[:, None, None]
            return Patch(layer_id, ranges[0], (0,), (0,), values, is_vector=True)
        channels, rows, columns = ranges
        return Patch(layer_id, channels, tuple(rows), tuple(columns), values)

    def explain(
        self, kind: Any, explained: float | np.float64, template: str, **more: Any
    ) -> Explanation:
        """An explanation by a formula, whose numbers are the keywords that its braces name."""
        numbers = {name: more[name] for name in more if f"{{{name}}}" in template}
        tokens = formula(template, **numbers)
        found = dict.fromkeys(token.operand for token in tokens if token.operand)
        rest = {
            "rule": rule_of(template),
            "operands": tuple(found),
            **{name: value for name, value in more.items() if name not in numbers},
        }
        if "bias" in numbers:
            rest["bias"] = numbers["bias"]
        rest["derivatives"] = tuple(
            (operand, float(slope)) for operand, slope in rest.get("derivatives", ())
        )
        return Explanation(
            unit=self.unit, kind=kind, explained=float(explained), tokens=tokens, **rest
        )


class UnexplainedError(Exception):
    """This case of an operation has no explanation; the message says which, in words."""


def numbers_of(tensor: Any, like: int, default: float) -> Float32:
    """A parameter as float32; where there is none, as many of a default."""
    if isinstance(tensor, torch.Tensor):
        return tensor.detach().to(torch.float32).numpy()
    return np.full(like, default, np.float32)
