"""One number of a network, and its value for pictures."""

from dataclasses import dataclass

import torch

from app.inspection.graph.layer_graph import LayerGraph


@dataclass(frozen=True)
class Unit:
    """One number of a layer; row and column are 0 for a vector."""

    layer_id: str
    channel: int
    row: int
    column: int


def logit_of(graph: LayerGraph, class_index: int) -> Unit:
    """The unit that is the score of a class."""
    return Unit(graph.output, class_index, 0, 0)


def unit_values(layer: torch.Tensor, unit: Unit) -> torch.Tensor:
    """A unit's value for every picture of a batch, (batch,).

    Args:
        layer: its layer's value, (batch, channels, height, width) or (batch, features).
        unit: which.
    """
    values = layer[:, unit.channel]
    return values[:, unit.row, unit.column] if values.dim() == 3 else values.reshape(len(layer))


def values_of(graph: LayerGraph, tensor: torch.Tensor, unit: Unit) -> torch.Tensor:
    """A unit for every picture of a batch, (batch,), without gradients.

    Args:
        graph: of the network.
        tensor: (batch, *graph.input_shape).
        unit: which.
    """
    with torch.inference_mode():
        computed = graph.compute(tensor, (unit.layer_id,), to_the_end=False)
        return unit_values(computed.layers[unit.layer_id], unit)
