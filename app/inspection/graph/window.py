"""The sliding window of a layer: which input positions each of its output positions reads."""

from dataclasses import dataclass
from typing import Any

from torch import fx

from app.inspection.graph.folding import (
    Draft,
    has_batch_axis,
    is_to_channels_first,
    is_to_channels_last,
    shape_of,
    value_of,
)
from app.inspection.graph.known_operations import REDUCTIONS
from app.inspection.graph.operations import (
    SPLITS,
    arguments_of,
    is_pointwise,
    name_of,
    operation_named,
)

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """A window per axis, rows first.

    Output row r reads the input rows r * stride - padding_before + dilation * k, for k from 0 to
    kernel - 1, where they exist. A transposed convolution has the window of the convolution that
    it transposes. A slice is a window of one with negative padding.

    Attributes:
        padding: (before, after) per axis: ((top, bottom), (left, right)).
        ceil_mode: a last window that hangs over the padding's end also counts.
        padding_mode: what stands outside: "constant", "reflect", "replicate" or "circular".
        padding_value: of constant padding that the layer adds by an operation of its own; what a
            pooling pads by itself does not count.
    """

    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    padding: tuple[Pair, Pair] = ((0, 0), (0, 0))
    dilation: Pair = (1, 1)
    ceil_mode: bool = False
    padding_mode: str = "constant"
    padding_value: float = 0.0


# They take some positions, whatever order the axes are in.
_CUTS = SPLITS | {"slice"}

# Each position reads its own; also what a layer has that broadcasts one position.
POINTWISE = Window()


def window_of(draft: Draft, *, channels_last: bool) -> Window | None:
    """The window of a layer between maps, one for all its inputs; None if it has none.

    Pointwise layers have a window of one. An input of one row and column may be broadcast; its
    shape says so.

    Args:
        draft: a layer in the making.
        channels_last: the main operation reads (height, width, channels).
    """
    is_map = len(shape_of(draft.result)) == 3 and has_batch_axis(draft.result)
    if not is_map or not _reads_maps(draft):
        return None
    arguments = arguments_of(draft.main.target, draft.main.args, draft.main.kwargs)
    reach = operation_named(draft.name, arguments).reach
    if draft.name in ("batch_norm", "instance_norm"):
        return POINTWISE if is_pointwise(draft.name, arguments) else None
    channel_axis = 3 if channels_last else 1
    if reach == "window" and (not channels_last or draft.name in _CUTS):
        return _sliding(draft, arguments, channel_axis)
    if reach == "pointwise" or _stays_at_its_position(draft, arguments, channel_axis):
        return POINTWISE
    return None


def _sliding(draft: Draft, arguments: dict[str, Any], channel_axis: int) -> Window | None:
    if draft.item is not None:
        return _split_item(draft, arguments, draft.item, channel_axis)
    match draft.name:
        case "conv2d" | "conv_transpose2d":
            return _convolution(draft, arguments)
        case "slice":
            return _slice(draft, channel_axis)
        case "pad" | "constant_pad_nd":
            return _padding_alone(draft)
    return _pooling(draft, arguments)


def channels_of(draft: Draft, *, channel_axis: int = 1) -> tuple[int, int, int] | None:
    """(start, stop, step) of its input's channels that a slice or a split item takes.

    Args:
        draft: a layer in the making.
        channel_axis: where its input has its channels, the axis of the pictures counted as 0.
    """
    whole = draft.main.all_input_nodes[0]
    if not has_batch_axis(draft.members[0].all_input_nodes[0]):
        return None
    arguments = arguments_of(draft.main.target, draft.main.args, draft.main.kwargs)
    if draft.item is not None and _axis(arguments["dim"], whole) == channel_axis:
        if draft.name == "unbind":
            return draft.item, draft.item + 1, 1
        start, stop, _ = _item_range(draft, axis=channel_axis, item=draft.item)
        return start, stop, 1
    if draft.name == "slice":
        return next(
            (taken for step in draft.members if (taken := _taken(step, channel_axis))), None
        )
    return None


def _taken(step: fx.Node, axis: int) -> tuple[int, int, int] | None:
    """(start, stop, step) of an axis that one operation of an index expression takes."""
    read = step.all_input_nodes[0]
    if len(step.all_input_nodes) > 1:
        return None  # its ends are computed
    if name_of(step.target) == "select" and _axis(step.args[1], read) == axis:
        index = int(step.args[2]) % shape_of(read)[axis - 1]  # type: ignore[arg-type]  # an int
        return index, index + 1, 1
    if name_of(step.target) == "slice" and _slice_range(step)[0] == axis:
        return _slice_range(step)[1:]
    return None


def _reads_maps(draft: Draft) -> bool:
    return any(
        len(shape_of(node)) == 3 and has_batch_axis(node)
        for node in draft.members[0].all_input_nodes
    )


def _stays_at_its_position(draft: Draft, arguments: dict[str, Any], channel_axis: int) -> bool:
    match draft.name:
        case "cat" | "softmax" | "log_softmax" | "glu":
            return _axis(arguments["dim"]) == channel_axis
        case "linear":
            return channel_axis == 3
        case "layer_norm":
            return channel_axis == 3 and len(arguments["normalized_shape"]) == 1
        case name if name in REDUCTIONS:
            axes = arguments.get("dim")
            axes = axes if isinstance(axes, tuple | list) or axes is None else [axes]
            return [_axis(axis) for axis in axes or ()] == [channel_axis]
        case "permute":
            back = channel_axis == 3
            return is_to_channels_first(draft.main) if back else is_to_channels_last(draft.main)
    return False


def _axis(dimension: Any, read: fx.Node | None = None) -> int:
    """An axis counted from the front, of a node's value; of maps, if there is none."""
    value = None if read is None else value_of(read)
    return int(dimension) % (4 if value is None else value.dim())


def _pair(value: Any) -> Pair:
    values = [int(entry) for entry in value] if isinstance(value, tuple | list) else [int(value)]
    return values[0], values[-1]


def _convolution(draft: Draft, arguments: dict[str, Any]) -> Window:
    weight = arguments["weight"].meta["val"]
    kernel = int(weight.shape[2]), int(weight.shape[3])
    dilation = _pair(arguments["dilation"])
    padding = arguments["padding"]
    if padding == "valid":
        padding = 0
    if padding == "same":
        # An odd total leaves the extra pixel at the end.
        totals = [step * (size - 1) for step, size in zip(dilation, kernel, strict=True)]
        both = tuple((total // 2, total - total // 2) for total in totals)
    else:
        both = tuple((entry, entry) for entry in _pair(padding))
    extra, mode, value = _folded_padding(draft)
    return Window(
        kernel=kernel,
        stride=_pair(arguments["stride"]),
        padding=_sum(both, extra),
        dilation=dilation,
        padding_mode=mode,
        padding_value=value,
    )


def _pooling(draft: Draft, arguments: dict[str, Any]) -> Window:
    kernel = _pair(arguments["kernel_size"])
    rows, columns = _pair(arguments["padding"])
    extra, mode, value = _folded_padding(draft)
    return Window(
        kernel=kernel,
        stride=_pair(arguments["stride"]) if arguments["stride"] else kernel,
        padding=_sum(((rows, rows), (columns, columns)), extra),
        dilation=_pair(arguments.get("dilation", 1)),
        ceil_mode=bool(arguments["ceil_mode"]),
        padding_mode=mode,
        padding_value=value,
    )


def _folded_padding(draft: Draft) -> tuple[tuple[Pair, ...], str, float]:
    first = draft.members[0]
    if first is draft.main or name_of(first.target) != "pad":
        return ((0, 0), (0, 0)), "constant", 0.0
    return _padding_of(first)


def _padding_of(node: fx.Node) -> tuple[tuple[Pair, ...], str, float]:
    arguments = arguments_of(node.target, node.args, node.kwargs)
    # torch lists the last axis first: left, right, top, bottom, then the channels.
    amounts = [*(int(entry) for entry in arguments["pad"]), 0, 0, 0, 0]
    padding = (amounts[2], amounts[3]), (amounts[0], amounts[1])
    value = arguments.get("value")
    mode = str(arguments.get("mode", "constant"))
    return padding, mode, float(value) if isinstance(value, int | float) else 0.0


def _sum(first: tuple[Pair, ...], second: tuple[Pair, ...]) -> tuple[Pair, Pair]:
    rows, columns = (
        (before + more_before, after + more_after)
        for (before, after), (more_before, more_after) in zip(first, second, strict=True)
    )
    return rows, columns


def _padding_alone(draft: Draft) -> Window | None:
    (rows, columns), mode, value = _padding_of(draft.main)
    if len(draft.main.all_input_nodes) > 1:
        return None  # the amounts are computed
    if mode != "constant" and len(draft.main.args[1]) > 4:  # type: ignore[arg-type]  # a list
        return None  # channels stand in the padding
    return Window(padding=(rows, columns), padding_mode=mode, padding_value=value)


def _slice_range(node: fx.Node) -> tuple[int, int, int, int]:
    """(axis, start, stop, step) of a slice, the batch axis counted as 0."""
    arguments = arguments_of(node.target, node.args, node.kwargs)
    read = node.all_input_nodes[0]
    axis = _axis(arguments["dim"], read)
    sizes = (0, *shape_of(read)) if has_batch_axis(read) else shape_of(read)
    wanted = slice(arguments["start"], arguments["end"], arguments["step"])
    return (axis, *wanted.indices(sizes[axis]))


def _rows_axis(channel_axis: int) -> int:
    """Of a network's maps, the pictures' axis counted as 0; the columns' is the next."""
    return 2 if channel_axis == 1 else 1


def _slice(draft: Draft, channel_axis: int) -> Window | None:
    ranges = {}
    for step in draft.members:
        if name_of(step.target) == "slice":
            if len(step.all_input_nodes) > 1:
                return None  # its ends are computed
            axis, *taken = _slice_range(step)
            if axis == 0 or axis in ranges:
                return None
            ranges[axis] = (taken[0], taken[1], taken[2], shape_of(step.all_input_nodes[0]))
    stride, padding = [1, 1], [(0, 0), (0, 0)]
    for axis, (start, stop, spacing, sizes) in ranges.items():
        if axis != channel_axis:
            shown = axis - _rows_axis(channel_axis)
            stride[shown] = spacing
            padding[shown] = (-start, stop - sizes[axis - 1])
    return Window(stride=(stride[0], stride[1]), padding=(padding[0], padding[1]))


def _item_range(draft: Draft, axis: int, item: int) -> tuple[int, int, int]:
    """(start, stop, size of the whole) of one part of a split."""
    sizes = [int(part.shape[axis]) for part in draft.main.meta["val"]]
    start = sum(sizes[:item])
    return start, start + sizes[item], sum(sizes)


def _split_item(
    draft: Draft, arguments: dict[str, Any], item: int, channel_axis: int
) -> Window | None:
    axis = _axis(arguments["dim"])
    if axis == 0:
        return None
    if axis == channel_axis:
        return POINTWISE
    start, stop, size = _item_range(draft, axis, item)
    cut = (-start, stop - size)
    rows = axis == _rows_axis(channel_axis)
    return Window(padding=(cut, (0, 0)) if rows else ((0, 0), cut))
