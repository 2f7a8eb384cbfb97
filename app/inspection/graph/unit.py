"""One number of a network, and its value for pictures."""

from dataclasses import dataclass

import torch

from app.inspection.errors import ComplexValuesError, NotAUnitError
from app.inspection.graph.layer_graph import LayerGraph


@dataclass(frozen=True)
class Unit:
    """One number of a layer; row and column are 0 for a vector."""

    layer_id: str
    channel: int
    row: int
    column: int


@dataclass(frozen=True)
class Contrast(Unit):
    """One number of a layer less that of another channel at the same place.

    What speaks for a class rather than another is what moves the difference of their logits: it
    may be little of what speaks for either.
    """

    rival: int


def logit_of(graph: LayerGraph, class_index: int, rival: int | None = None) -> Unit:
    """The unit that is the score of a class; with a rival, by how much it is above the rival's."""
    if rival is None:
        return Unit(graph.output, class_index, 0, 0)
    return Contrast(graph.output, class_index, 0, 0, rival)


def channel_values(layer: torch.Tensor, unit: Unit) -> torch.Tensor:
    """(batch, ...) of a layer's (batch, channels, ...); of a contrast less the rival's channel."""
    values = layer[:, unit.channel]
    return values - layer[:, unit.rival] if isinstance(unit, Contrast) else values


def unit_values(layer: torch.Tensor, unit: Unit) -> torch.Tensor:
    """A unit's value for every picture of a batch, (batch,).

    Args:
        layer: its layer's value, (batch, channels, height, width) or (batch, features).
        unit: which.

    Raises:
        NotAUnitError: the layer is neither a vector nor maps.
        ComplexValuesError: it has complex numbers.
    """
    if layer.dim() not in (2, 4):
        raise NotAUnitError(unit.layer_id, layer.shape[1:])
    if layer.is_complex():
        raise ComplexValuesError(unit.layer_id)
    values = channel_values(layer, unit)
    return values[:, unit.row, unit.column] if values.dim() == 3 else values.reshape(len(layer))


def check_unit(graph: LayerGraph, unit: Unit) -> None:
    """See that a unit is one number.

    Raises:
        UnknownLayerError: the graph has no such layer.
        NotAUnitError: its layer is neither a vector nor maps.
        ComplexValuesError: it has complex numbers.
    """
    layer = graph.layer(unit.layer_id)
    if not layer.is_plain and len(layer.output_shape) != 1:
        raise NotAUnitError(layer.id, layer.output_shape)
    if layer.number_type.startswith("complex"):
        raise ComplexValuesError(layer.id)


def values_of(graph: LayerGraph, tensor: torch.Tensor, unit: Unit) -> torch.Tensor:
    """A unit for every picture of a batch, (batch,), without gradients.

    Args:
        graph: of the network.
        tensor: (batch, *graph.input_shape).
        unit: which.

    Raises:
        UnknownLayerError: as `check_unit`; NotAUnitError and ComplexValuesError likewise.
    """
    check_unit(graph, unit)
    with torch.inference_mode():
        computed = graph.compute(tensor, (unit.layer_id,), to_the_end=False)
        return unit_values(computed.layers[unit.layer_id], unit)
