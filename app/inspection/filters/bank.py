"""The learned weights of a layer as templates: one filter a channel, in the shape of what it reads.

A convolution's filter is laid over each patch of its input, a linear layer's row over the whole of
it; where a linear layer reads flattened maps, its rows are folded back into their shape.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.errors import NoFiltersError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.window import POINTWISE, Window

# rgb        over the three colours of a picture, itself a small picture
# single     over one map
# depthwise  over one map each, filter i over map i
# kernels    over several maps, one kernel for each
# mixing     one weight for each map: a row of a matrix
FilterKind = Literal["rgb", "single", "depthwise", "kernels", "mixing"]

_RESHAPES = frozenset({"flatten", "reshape", "squeeze", "unsqueeze"})
_WITH_FILTERS = frozenset({"convolution", "linear"})

# A filter this much shorter than the layer's longest does next to nothing.
DEAD_SHARE = 1e-3


@dataclass(frozen=True, eq=False)
class FilterBank:
    """Every filter of one layer.

    Attributes:
        weight: float32 (filters, inputs, height, width); `inputs` are those of the filter's group.
        bias: (filters,), None if the layer has none.
        source: id of the layer whose values the filters are laid over, before it is flattened.
        source_shape: of those values, (channels, height, width).
        groups: filter i reads the i // (filters / groups)-th share of the channels.
        window: how they slide; None for a linear layer on a vector, which has one place.
    """

    layer_id: str
    operation: str
    kind: FilterKind
    weight: torch.Tensor
    bias: torch.Tensor | None
    source: str
    source_shape: tuple[int, int, int]
    groups: int
    window: Window | None

    @property
    def count(self) -> int:
        """Number of filters."""
        return int(self.weight.shape[0])

    def channels_of(self, index: int) -> range:
        """The channels of the source that a filter reads."""
        inputs = int(self.weight.shape[1])
        first = index // (self.count // self.groups) * inputs
        return range(first, first + inputs)


@dataclass(frozen=True, eq=False)
class FilterNorms:
    """Lengths of filters, each (filters,), summed in float64.

    Attributes:
        l1: sum of magnitudes.
        l2: root of the sum of squares; of a filter as a matrix that is its Frobenius norm.
        linf: largest magnitude.
    """

    l1: npt.NDArray[np.float64]
    l2: npt.NDArray[np.float64]
    linf: npt.NDArray[np.float64]

    @property
    def frobenius(self) -> float:
        """Of the whole layer's weights as one matrix."""
        return float(np.sqrt((self.l2**2).sum()))

    @property
    def is_dead(self) -> npt.NDArray[np.bool_]:
        """True where a filter is shorter than `DEAD_SHARE` of the longest, by L2."""
        dead: npt.NDArray[np.bool_] = self.l2 <= DEAD_SHARE * self.l2.max()
        return dead


def filter_bank(
    graph: LayerGraph,
    tensors: Mapping[str, torch.Tensor],
    layer_id: str,
    *,
    red_first: bool = True,
) -> FilterBank:
    """The filters of a layer, sharing the network's memory where they can.

    Args:
        graph: of the network; a structure without numbers will do.
        tensors: the network's weights by name.
        layer_id: of a convolution or a linear layer.
        red_first: three channels are red, green and blue, in which a kernel is a picture. In
            another order it is shown channel by channel.

    Raises:
        UnknownLayerError: there is no such layer.
        NoFiltersError: it has no filters.
    """
    layer = graph.layer(layer_id)
    check_filters(graph, layer_id)
    weight = tensors[layer.parameter_names[0]].detach()
    bias = None
    if len(layer.parameter_names) > 1:
        bias = tensors[layer.parameter_names[1]].detach()
    source = graph.layer(layer.inputs[0])
    window = layer.window
    if layer.operation == "linear":
        if not layer.is_map:
            source = _unflattened(graph, source, int(weight.shape[1]))
            window = None
        shape = _as_maps(source)
        spatial = (1, 1) if layer.is_map else shape[1:]
        weight = weight.reshape(weight.shape[0], shape[0], *spatial)
    return FilterBank(
        layer_id=layer.id,
        operation=layer.operation,
        kind=_kind(weight, layer.groups, _as_maps(source)[0], red_first=red_first),
        weight=weight.to(torch.float32),
        bias=bias,
        source=source.id,
        source_shape=_as_maps(source),
        groups=layer.groups,
        window=window,
    )


def check_filters(graph: LayerGraph, layer_id: str) -> None:
    """Raises NoFiltersError for a layer without filters; it names the nearest that has some."""
    layer = graph.layer(layer_id)
    if has_filters(graph, layer):
        return
    if layer.operation == "linear" and not _weighs_channels(graph, layer):
        reason = "its rows are laid over no channels"
    elif layer.operation in _WITH_FILTERS:
        reason = "its weights are computed anew on each run"
    elif layer.parameters:
        reason = f"its {layer.parameters:,} parameters are no templates"
    else:
        reason = "it has no weights"
    name = layer.operation.replace("_", " ")
    raise NoFiltersError(layer_id, f"{name}: {reason}", nearest_with_filters(graph, layer_id))


def has_filters(graph: LayerGraph, layer: LayerNode) -> bool:
    """True for convolutions and linear layers whose weights are parameters as they stand."""
    if layer.operation == "linear" and not _weighs_channels(graph, layer):
        return False
    return layer.operation in _WITH_FILTERS and graph.reads_weight_as_it_is(layer.id)


def _weighs_channels(graph: LayerGraph, layer: LayerNode) -> bool:
    """False for a linear layer along the columns of maps, or over tokens."""
    if layer.is_map:
        return layer.window == POINTWISE
    return layer.is_plain and graph.layer(layer.inputs[0]).is_plain


def nearest_with_filters(graph: LayerGraph, layer_id: str) -> str | None:
    """The closest layer with filters by steps over inputs; if there is none, over readers."""
    for neighbours in (lambda layer: layer.inputs, lambda layer: graph.consumers(layer.id)):
        waiting, seen = deque([layer_id]), {layer_id}
        while waiting:
            layer = graph.layer(waiting.popleft())
            if layer.id != layer_id and has_filters(graph, layer):
                return layer.id
            for other in neighbours(layer):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
    return None


def norms(weight: torch.Tensor) -> FilterNorms:
    """L1, L2 and L-infinity of every filter, (filters, ...)."""
    rows = weight.reshape(weight.shape[0], -1).numpy()
    magnitudes = np.abs(rows)
    return FilterNorms(
        l1=magnitudes.sum(1, dtype=np.float64),
        l2=np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64)),
        linf=magnitudes.max(1).astype(np.float64),
    )


def _kind(weight: torch.Tensor, groups: int, channels: int, *, red_first: bool) -> FilterKind:
    _, inputs, height, width = weight.shape
    if height * width == 1:
        return "mixing"
    if groups == 1 and inputs == 3 and red_first:
        return "rgb"
    if inputs > 1:
        return "kernels"
    return "depthwise" if groups == channels > 1 else "single"


def _unflattened(graph: LayerGraph, source: LayerNode, features: int) -> LayerNode:
    """The maps that were laid out as this vector, or the vector itself."""
    layer = source
    while layer.operation in _RESHAPES and len(layer.inputs) == 1:
        layer = graph.layer(layer.inputs[0])
        if graph.is_channels_last(layer.id):
            break  # it was laid out place by place, not channel by channel
        if layer.is_map and math.prod(layer.output_shape) == features:
            return layer
    return source


def _as_maps(layer: LayerNode) -> tuple[int, int, int]:
    if layer.is_map:
        channels, height, width = layer.output_shape
        return channels, height, width
    return math.prod(layer.output_shape), 1, 1
