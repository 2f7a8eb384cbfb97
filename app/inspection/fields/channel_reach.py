"""Which channels of a layer's input each channel of its output reads.

Sets of channels are whole numbers whose bit i stands for channel i, as in
`app.inspection.graph.axis_reach`.
"""

from app.inspection.fields.rows_and_columns import REDUCING, moved_along
from app.inspection.graph.axis_reach import (
    AxisReach,
    AxisWindow,
    everything,
    grouped,
    identity,
    part,
    tabulated,
    window,
)
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.window import POINTWISE

# Each channel is computed from the same channel alone.
_BY_ITSELF = frozenset(
    {"max_pool", "average_pool", "adaptive_average_pool", "adaptive_max_pool", "upsample"}
    | {"batch_norm", "instance_norm", "expand"}
)
# They put together what lies along the axes that they name.
_ALONG_AXES = REDUCING | {"softmax", "log_softmax", "layer_norm", "root_mean_square_norm"}


def channel_reach(layer: LayerNode, place: int, sources: tuple[LayerNode, ...]) -> AxisReach | None:
    """Of one of a layer's inputs; None if it is not known, and may be all channels.

    Args:
        layer: between maps, or between vectors.
        place: which of its inputs.
        sources: all its inputs.
    """
    before, after = sources[place].output_shape[0], layer.output_shape[0]
    found: AxisReach | None
    match layer.operation:
        case "convolution" | "transposed_convolution":
            found = _grouped(before, after, layer.groups)
        case "group_norm":
            found = _grouped(before, after, int(layer.arguments["num_groups"]))
        case "local_response_norm":
            found = _neighbours(layer, before)
        case "concatenate":
            found = _concatenated(layer, place, before, after)
        case "slice" | "split":
            found = _cut(layer, before, after)
        case "pad" if layer.window is not None:
            found = part(-_padding_in_front(layer), before, after)
        case "gated_linear_unit" if before == 2 * after:
            found = tabulated(([channel, channel + after] for channel in range(after)), before)
        case "channel_shuffle":
            found = _shuffled(before, layer.groups)
        case _:
            found = _elsewhere(layer, before, after)
    return found


def _elsewhere(layer: LayerNode, before: int, after: int) -> AxisReach | None:
    """Of operations that have no order of channels of their own."""
    if layer.operation in ("roll", "flip"):
        return moved_along(layer, 0, before)
    if _is_by_itself(layer, before):
        return identity(before)
    together = layer.operation in _ALONG_AXES and layer.axes is not None and 0 in layer.axes
    if before == 1 or together or layer.operation == "linear":
        return everything(before, after)
    return None


def _is_by_itself(layer: LayerNode, before: int) -> bool:
    if before != layer.output_shape[0]:
        return False
    if layer.operation in REDUCING:
        return layer.axes is not None and 0 not in layer.axes
    moved = layer.operation == "permute" and layer.window == POINTWISE
    return layer.pointwise or moved or layer.operation in _BY_ITSELF


def _grouped(before: int, after: int, groups: int) -> AxisReach:
    if groups == 1:
        return everything(before, after)
    if groups == before == after:
        return identity(before)
    return grouped(before, after, groups)


def _neighbours(layer: LayerNode, channels: int) -> AxisReach:
    before, after = int(layer.arguments["before"]), int(layer.arguments["after"])
    return window(AxisWindow(kernel=before + after + 1, padding=before), channels, channels)


def _concatenated(layer: LayerNode, place: int, before: int, after: int) -> AxisReach | None:
    if layer.axes is not None and 0 not in layer.axes:
        return identity(before)  # rows or columns are put together, not channels
    if layer.axes is None or layer.offsets is None:
        return None
    return part(-layer.offsets[place], before, after)


def _cut(layer: LayerNode, before: int, after: int) -> AxisReach | None:
    if layer.channels is None:
        return identity(before) if before == after else None
    return window(AxisWindow(stride=layer.channel_step, padding=-layer.channels[0]), before, after)


def _padding_in_front(layer: LayerNode) -> int:
    """How many channels are put before the first; torch lists columns, rows, then channels."""
    amounts = layer.arguments["pad"]
    return int(amounts[4]) if len(amounts) > 4 else 0


def _shuffled(channels: int, groups: int) -> AxisReach:
    """Output k * groups + j is channel k of group j (Zhang et al., ShuffleNet, 2018, figure 1)."""
    members = channels // groups
    return tabulated(
        ([channel % groups * members + channel // groups] for channel in range(channels)), channels
    )
