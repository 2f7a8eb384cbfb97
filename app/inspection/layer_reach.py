"""Which units of a layer's inputs each of its units reads, along rows, columns and channels.

The table of what is understood of each operation. What is not here is said to read everything, and
that this is a bound.
"""

from dataclasses import dataclass

from app.inspection import axis_reach
from app.inspection.axis_reach import AxisReach, AxisWindow, everything, identity
from app.inspection.channel_reach import channel_reach
from app.inspection.graph import LayerNode
from app.inspection.overwriting import reach_into
from app.inspection.window import POINTWISE

_UPSAMPLINGS = {
    "upsample_nearest2d": "nearest",
    "upsample_bilinear2d": "bilinear",
    "upsample_bicubic2d": "bicubic",
}
# Known to need every position of a channel.
_WHOLE_CHANNEL = frozenset({"instance_norm", "group_norm"})
_REDUCTIONS = frozenset({"mean", "sum", "amax"})


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


def area_of(layer: LayerNode) -> tuple[int, int]:
    """(height, width); (1, 1) for vectors."""
    shape = layer.output_shape
    return (shape[1], shape[2]) if len(shape) == 3 else (1, 1)


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
    before, after = area_of(source), area_of(layer)
    channels = _channels(layer, place, sources)
    shapes = axis_window(layer, 0), axis_window(layer, 1)
    if shapes[0] is not None and shapes[1] is not None and layer.is_map:
        rows = _windowed(layer, shapes[0], before[0], after[0])
        columns = _windowed(layer, shapes[1], before[1], after[1])
        is_gate = len(sources) > 1 and before == (1, 1) and is_broadcast(layer, source)
        return LayerReach(channels, rows, columns, is_exact=layer.known, is_gate=is_gate)
    found = _other(layer, place, sources)
    if found is None:
        rows, columns = (everything(before[axis], after[axis]) for axis in (0, 1))
        single = before == after == (1, 1)
        is_exact = single or _needs_all(layer)
        flattens = layer.operation == "flatten" and source.is_map and not layer.is_map
        area = before if flattens and not single else None
        return LayerReach(channels, rows, columns, is_exact=is_exact, unflattens=area)
    return LayerReach(channels, found[0], found[1])


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
    if found is not None:
        return LayerReach(*found)
    channels = everything(source.output_shape[0], layer.output_shape[0])
    before, after = area_of(source), area_of(layer)
    rows, columns = (everything(before[axis], after[axis]) for axis in (0, 1))
    return LayerReach(channels, rows, columns, is_exact=False)


def is_broadcast(layer: LayerNode, source: LayerNode) -> bool:
    """True if every position along some axis of a pointwise layer reads the only one before."""
    sizes = zip(area_of(source), area_of(layer), strict=True)
    return layer.window == POINTWISE and any(before == 1 != after for before, after in sizes)


def is_global(layer: LayerNode, sources: tuple[LayerNode, ...]) -> bool:
    """True if each unit reads all of its maps, by what the operation is."""
    if layer.window is not None:
        return False
    if not layer.is_map:
        return _needs_all(layer)
    pools = layer.operation.startswith("adaptive") and area_of(layer) == (1, 1)
    reads_more = any(area_of(source) != (1, 1) for source in sources)
    return reads_more and (pools or _needs_all(layer))


def _needs_all(layer: LayerNode) -> bool:
    if layer.operation in _REDUCTIONS:
        return _axes(layer) == {2, 3}
    return layer.operation in _WHOLE_CHANNEL or layer.operation in ("linear", "flatten")


def _axes(layer: LayerNode) -> set[int]:
    """What a reduction reduces, of (batch, channels, height, width)."""
    wanted = layer.arguments.get("dim")
    axes = wanted if isinstance(wanted, tuple | list) else [] if wanted is None else [wanted]
    return {int(str(axis)) % 4 for axis in axes}


def _channels(layer: LayerNode, place: int, sources: tuple[LayerNode, ...]) -> AxisReach:
    source = sources[place]
    before, after = source.output_shape[0], layer.output_shape[0]
    if len(source.output_shape) == len(layer.output_shape) == 3:
        return channel_reach(layer, place, sources)
    if layer.operation == "flatten" and len(source.output_shape) == 3:
        area = source.output_shape[1] * source.output_shape[2]
        return _unflattened(before, area)
    elementwise = layer.known and layer.operation not in ("linear", "softmax", "log_softmax")
    if elementwise and before == after:
        return identity(before)
    return everything(before, after)


def _unflattened(channels: int, area: int) -> AxisReach:
    if area == 1:
        return identity(channels)
    return AxisReach(([index // area] for index in range(channels * area)), channels)


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


def _other(
    layer: LayerNode, place: int, sources: tuple[LayerNode, ...]
) -> tuple[AxisReach, AxisReach] | None:
    """Rows and columns where there is no window; None if nothing is known."""
    before, after = area_of(sources[place]), area_of(layer)
    name = layer.aten[-1].split(".")[1] if layer.aten else ""
    if layer.operation in ("adaptive_average_pool", "adaptive_max_pool"):
        return (
            axis_reach.adaptive_window(before[0], after[0]),
            axis_reach.adaptive_window(before[1], after[1]),
        )
    if name in _UPSAMPLINGS and layer.is_map:
        corners = bool(layer.arguments.get("align_corners", False))
        mode = _UPSAMPLINGS[name]
        return (
            axis_reach.upsampling(mode, before[0], after[0], align_corners=corners),
            axis_reach.upsampling(mode, before[1], after[1], align_corners=corners),
        )
    if layer.operation in _REDUCTIONS and layer.is_map:
        return _reduced(layer, before)
    if layer.operation == "concatenate" and layer.is_map:
        return _put_together(layer, place, sources)
    return None


def _reduced(layer: LayerNode, before: tuple[int, int]) -> tuple[AxisReach, AxisReach] | None:
    """Axes that were reduced and kept with one position, the others left as they are."""
    expected = tuple(1 if 2 + axis in _axes(layer) else before[axis] for axis in (0, 1))
    if area_of(layer) != expected:
        return None
    rows, columns = (
        everything(size, 1) if 2 + axis in _axes(layer) else identity(size)
        for axis, size in enumerate(before)
    )
    return rows, columns


def _put_together(
    layer: LayerNode, place: int, sources: tuple[LayerNode, ...]
) -> tuple[AxisReach, AxisReach] | None:
    """Maps one beneath or beside the other."""
    after = area_of(layer)
    areas = [area_of(source) for source in sources]
    found = []
    for axis in (0, 1):
        sizes = [area[axis] for area in areas]
        if sum(sizes) == after[axis]:
            found.append(axis_reach.part(-sum(sizes[:place]), sizes[place], after[axis]))
        elif set(sizes) == {after[axis]}:
            found.append(identity(after[axis]))
        else:
            return None
    return found[0], found[1]
