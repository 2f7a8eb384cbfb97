"""One unit of a layer, before and after a patch is laid over the network's input."""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import Unit
from app.inspection.occlusion.patch_plan import occluded


@dataclass(frozen=True)
class Patch:
    """Half-open rows and columns of a network's input."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class CoveredUnit:
    """The unit's value for the picture as it is, and with the patch."""

    before: float
    after: float


def covered_unit(
    graph: LayerGraph, tensor: Tensor, unit: Unit, patch: Patch, cover: Tensor
) -> CoveredUnit:
    """Compute the whole network up to the unit's layer twice, without and with the patch.

    Both times all of it, so that a unit that does not change shows that it does not see the patch,
    and not that nothing was computed.

    Args:
        graph: of the network.
        tensor: the prepared picture, (1, channels, height, width).
        unit: of a layer with rows and columns, or of a vector.
        patch: where it lies; it may be empty.
        cover: what it is made of: (channels,), or a prepared picture, (1, channels, height,
            width), whose part at the same place is taken.
    """
    box = (patch.top, patch.bottom), (patch.left, patch.right)
    if cover.dim() == 1:
        part = cover.reshape(1, -1, 1, 1)
    else:
        part = cover[:, :, patch.top : patch.bottom, patch.left : patch.right]
    before, after = (
        _value(graph, picture, unit) for picture in (tensor, occluded(tensor, box, part))
    )
    return CoveredUnit(before, after)


def _value(graph: LayerGraph, tensor: Tensor, unit: Unit) -> float:
    with torch.inference_mode():
        found = graph.compute(tensor, (unit.layer_id,), to_the_end=False).layers[unit.layer_id]
    value = found[0, unit.channel]
    one = value[unit.row, unit.column] if value.dim() else value
    return float(one.real if one.is_complex() else one)
