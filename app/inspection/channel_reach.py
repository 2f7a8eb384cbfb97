"""Which channels of a layer's input each channel of its output reads.

Sets of channels are whole numbers whose bit i stands for channel i, as in
`app.inspection.axis_reach`.
"""

from app.inspection.axis_reach import AxisReach, everything, grouped, identity, part
from app.inspection.graph import LayerNode

# These mix all channels of a position.
_MIXING = frozenset({"linear", "layer_norm", "softmax", "log_softmax"}) | frozenset(
    {"group_norm", "local_response_norm"}
)


def channel_reach(layer: LayerNode, place: int, sources: tuple[LayerNode, ...]) -> AxisReach:
    """Of one of a layer's inputs.

    Args:
        layer: between maps; what is not known of it reads all channels.
        place: which of its inputs.
        sources: all its inputs.
    """
    before, after = sources[place].output_shape[0], layer.output_shape[0]
    match layer.operation:
        case "convolution" | "transposed_convolution":
            found = _grouped(before, after, layer.groups)
        case "concatenate":
            found = _concatenated(layer, place, sources)
        case "slice" | "split":
            found = part(layer.channels[0] if layer.channels else 0, before, after)
        case "channel_shuffle":
            found = _shuffled(before, layer.groups)
        case _:
            # One channel is broadcast to all; any other change of their number is not understood.
            by_itself = layer.known and layer.operation not in _MIXING and before == after
            found = identity(before) if by_itself else everything(before, after)
    return found


def _grouped(before: int, after: int, groups: int) -> AxisReach:
    if groups == 1:
        return everything(before, after)
    if groups == before == after:
        return identity(before)
    return grouped(before, after, groups)


def _concatenated(layer: LayerNode, place: int, sources: tuple[LayerNode, ...]) -> AxisReach:
    before, after = sources[place].output_shape[0], layer.output_shape[0]
    if before == after and len(sources) > 1:
        return identity(before)  # rows or columns are put together, not channels
    offset = sum(source.output_shape[0] for source in sources[:place])
    return part(-offset, before, after)


def _shuffled(channels: int, groups: int) -> AxisReach:
    """Output k * groups + j is channel k of group j (Zhang et al., ShuffleNet, 2018, figure 1)."""
    members = channels // groups
    return AxisReach(
        ([channel % groups * members + channel // groups] for channel in range(channels)), channels
    )
