"""Which units of a layer's inputs each of its units reads, along rows, columns and channels.

The table of what is understood of each operation. What is not here is said to read everything, and
that this is a bound.
"""

from dataclasses import dataclass

from app.inspection.fields.channel_reach import channel_reach
from app.inspection.fields.rows_and_columns import REDUCING, area_of, rows_and_columns
from app.inspection.graph import axis_reach
from app.inspection.graph.axis_reach import (
    AxisReach,
    AxisWindow,
    everything,
    identity,
    tabulated,
)
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.overwriting import reach_into
from app.inspection.graph.window import POINTWISE

_WHOLE_VECTOR = frozenset({"linear", "softmax", "log_softmax", "layer_norm"})
_RESHAPES = frozenset({"reshape", "squeeze", "unsqueeze"})
# Their second argument lends its shape alone.
_TAKE_A_SHAPE = frozenset({"expand_as", "view_as", "reshape_as"})
# They take the axis behind the pictures for the channels, wherever the network has its own.
_CHANNELS_BY_POSITION = frozenset(
    {"batch_norm", "instance_norm", "group_norm", "local_response_norm", "prelu"}
    | {"channel_shuffle", "overwrite"}
)


@dataclass(frozen=True, eq=False)
class LayerReach:
    """One input of one layer.

    Attributes:
        channels: of the input that each channel reads; rows and columns likewise.
        is_exact: False if it is only sure that no more is read.
        unflattens: rows and columns of the map that the features of a vector are laid out from,
            channel after channel; None for all other layers.
        is_gate: the input has one value a channel, computed from everywhere, and scales (or
            shifts) whole maps.
    """

    channels: AxisReach
    rows: AxisReach
    columns: AxisReach
    is_exact: bool = True
    is_gate: bool = False
    unflattens: tuple[int, int] | None = None


def layer_reach(layer: LayerNode, place: int, sources: tuple[LayerNode, ...]) -> LayerReach:
    """What a layer reads of one of its inputs.

    Args:
        layer: any but the network's input.
        place: of the input among its inputs.
        sources: all its inputs.
    """
    source = sources[place]
    if layer.operation == "overwrite":
        return _overwritten(layer, place, sources)
    if layer.operation == "constant" or (place == 1 and _takes_a_shape(layer)):
        return _nothing(layer, source)
    if len(sources) == 1 and _takes_a_shape(layer):
        return _anything(layer, source)  # the one may be what the shape is taken from
    found = None
    if layer.known and layer.is_plain and source.is_plain and same_axes(layer, source):
        if layer.is_map and source.is_map:
            found = _between_maps(layer, place, sources)
        elif source.is_map:
            found = _to_vector(layer, source)
        elif layer.is_map:
            found = _to_map(layer, source)
        else:
            found = _between_vectors(layer, place, sources)
    elif _keeps_its_places(layer, source):
        first, (rows, columns) = source.output_shape[0], area_of(source)
        found = LayerReach(identity(first), identity(rows), identity(columns))
    return found or _anything(layer, source)


def _takes_a_shape(layer: LayerNode) -> bool:
    return layer.aten_name in _TAKE_A_SHAPE


def same_axes(layer: LayerNode, source: LayerNode) -> bool:
    """False if rows of one of them, as shown, may be channels or columns of the other.

    So it is where an operation reads (height, width, channels), and its result is taken for
    (channels, height, width), or the other way round; and where an operation finds the channels by
    their position.
    """
    if not (layer.is_map and source.is_map):
        return True
    if layer.channels_last != source.channels_last:
        return layer.operation == "permute" and layer.window == POINTWISE
    return not (source.channels_last and layer.operation in _CHANNELS_BY_POSITION)


def _anything(layer: LayerNode, source: LayerNode) -> LayerReach:
    """It reads no more than there is."""
    channels = everything(source.output_shape[0], layer.output_shape[0])
    rows, columns = (
        everything(before, after)
        for before, after in zip(area_of(source), area_of(layer), strict=True)
    )
    return LayerReach(channels, rows, columns, is_exact=False)


def _nothing(layer: LayerNode, source: LayerNode) -> LayerReach:
    """It takes the shape of what it is given, and no number of it."""
    channels, rows, columns = (
        tabulated(([] for _ in range(after)), before)
        for before, after in zip(
            (source.output_shape[0], *area_of(source)),
            (layer.output_shape[0], *area_of(layer)),
            strict=True,
        )
    )
    return LayerReach(channels, rows, columns)


def _keeps_its_places(layer: LayerNode, source: LayerNode) -> bool:
    """True where every number comes of those at its own place, whatever the axes are."""
    same = layer.counts_pictures == source.counts_pictures
    same = same and layer.channels_last == source.channels_last
    return layer.pointwise and same and layer.output_shape == source.output_shape


def _between_maps(
    layer: LayerNode, place: int, sources: tuple[LayerNode, ...]
) -> LayerReach | None:
    source = sources[place]
    before, after = area_of(source), area_of(layer)
    found_channels = channel_reach(layer, place, sources)
    channels = found_channels or everything(source.output_shape[0], layer.output_shape[0])
    shapes = axis_window(layer, 0), axis_window(layer, 1)
    if shapes[0] is not None and shapes[1] is not None:
        rows = _windowed(layer, shapes[0], before[0], after[0])
        columns = _windowed(layer, shapes[1], before[1], after[1])
        is_gate = len(sources) > 1 and before == (1, 1) and is_broadcast(layer, source)
        is_exact = found_channels is not None
        return LayerReach(channels, rows, columns, is_exact=is_exact, is_gate=is_gate)
    found = rows_and_columns(layer, place, sources)
    is_exact = found_channels is not None and (found is not None or _needs_all(layer))
    rows, columns = found or (everything(before[axis], after[axis]) for axis in (0, 1))
    return LayerReach(channels, rows, columns, is_exact=is_exact)


def _to_vector(layer: LayerNode, source: LayerNode) -> LayerReach | None:
    before, channels = area_of(source), source.output_shape[0]
    rows, columns = everything(before[0], 1), everything(before[1], 1)
    same = layer.output_shape[0] == channels
    if layer.operation in REDUCING and layer.axes == (1, 2) and same:
        return LayerReach(identity(channels), rows, columns)
    if layer.operation == "flatten" and not (layer.reads_channels_last and before != (1, 1)):
        reach = _unflattened(channels, before[0] * before[1])
        area = None if before == (1, 1) else before
        return LayerReach(reach, rows, columns, unflattens=area)
    if layer.operation in _RESHAPES and before == (1, 1) and same:
        return LayerReach(identity(channels), rows, columns)
    return None


def _to_map(layer: LayerNode, source: LayerNode) -> LayerReach | None:
    """Features become channels of one position."""
    same = layer.output_shape == (source.output_shape[0], 1, 1)
    if layer.operation not in _RESHAPES or not same:
        return None
    return LayerReach(identity(source.output_shape[0]), identity(1), identity(1))


def _between_vectors(
    layer: LayerNode, place: int, sources: tuple[LayerNode, ...]
) -> LayerReach | None:
    before, after = sources[place].output_shape[0], layer.output_shape[0]
    cuts = layer.operation in ("concatenate", "slice", "split") and layer.axes == (0,)
    if cuts and (layer.operation == "concatenate" or layer.channels is not None):
        channels = channel_reach(layer, place, sources)
        return None if channels is None else LayerReach(channels, identity(1), identity(1))
    whole = layer.operation in REDUCING or layer.operation in _WHOLE_VECTOR
    if whole and (layer.axes is None or layer.axes == (0,)):
        return LayerReach(everything(before, after), identity(1), identity(1))
    moved = layer.operation in _RESHAPES or layer.operation == "flatten"
    if before == after and (layer.pointwise or moved):
        return LayerReach(identity(before), identity(1), identity(1))
    if layer.pointwise and before == 1:
        return LayerReach(everything(1, after), identity(1), identity(1))
    return None


def _overwritten(layer: LayerNode, place: int, sources: tuple[LayerNode, ...]) -> LayerReach:
    """What stays of the first input, and what is written over it."""
    source, written = sources[place], layer.overwritten
    found = None
    if written is not None and len(sources) <= 2:
        # A constant is no source: what has another shape than the layer is what is written.
        is_everything = len(written.positions) == layer.output_shape[written.axis]
        alone = source.output_shape != layer.output_shape or is_everything
        is_part = place == 1 if len(sources) == 2 else alone
        found = reach_into(written, layer.output_shape, source.output_shape, is_part=is_part)
    return _anything(layer, source) if found is None else LayerReach(*found)


def is_broadcast(layer: LayerNode, source: LayerNode) -> bool:
    """True if every position along some axis of a pointwise layer reads the only one before."""
    sizes = zip(area_of(source), area_of(layer), strict=True)
    return layer.window == POINTWISE and any(before == 1 != after for before, after in sizes)


def is_global(layer: LayerNode, sources: tuple[LayerNode, ...]) -> bool:
    """True if each unit reads all of its maps, by what the operation is."""
    if layer.window is not None or not all(each.is_plain for each in (layer, *sources)):
        return False
    if not all(same_axes(layer, source) for source in sources):
        return False
    if not layer.is_map:
        return _needs_all(layer)
    pools = layer.operation.startswith("adaptive") and area_of(layer) == (1, 1)
    reads_more = any(area_of(source) != (1, 1) for source in sources)
    return reads_more and (pools or _needs_all(layer))


def _needs_all(layer: LayerNode) -> bool:
    if layer.operation in REDUCING:
        return layer.axes is not None and {1, 2} <= set(layer.axes)
    if layer.operation in ("batch_norm", "instance_norm"):
        return not layer.pointwise
    to_a_vector = not layer.is_map and layer.operation in ("linear", "flatten")
    return layer.operation == "group_norm" or to_a_vector


def _unflattened(channels: int, area: int) -> AxisReach:
    if area == 1:
        return identity(channels)
    return tabulated(([index // area] for index in range(channels * area)), channels)


def axis_window(layer: LayerNode, axis: int) -> AxisWindow | None:
    """A layer's window along rows (0) or columns (1); None if it has none."""
    window = layer.window
    if window is None:
        return None
    return AxisWindow(
        kernel=window.kernel[axis],
        stride=window.stride[axis],
        padding=window.padding[axis][0],
        dilation=window.dilation[axis],
        padding_mode=window.padding_mode,
    )


def _windowed(layer: LayerNode, shape: AxisWindow, before: int, after: int) -> AxisReach:
    if layer.window == POINTWISE and before == 1 != after:
        return everything(before, after)  # broadcast
    if layer.operation == "transposed_convolution":
        return axis_reach.transposed_window(shape, before, after)
    return axis_reach.window(shape, before, after)
