"""Along which axes an operation works, counted as a person sees the layer that it reads.

ATen counts the axis of the pictures as 0, and the channels where the network itself keeps them.
Here channels are 0, rows 1 and columns 2, wherever the network has them.
"""

from typing import Any

import torch
from torch import fx

from app.inspection.graph.folding import Draft, has_batch_axis, value_of
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.operations import arguments_of, name_of, uses_own_statistics

PICTURES = -1

# They name an axis, and only say where values stand.
_REARRANGING = frozenset(
    {"permute", "transpose", "swapaxes", "movedim", "unsqueeze", "squeeze", "expand", "flatten"}
    | {"unflatten", "view", "reshape", "cat", "stack", "chunk", "split", "split_with_sizes"}
    | {"unsafe_split", "unsafe_chunk", "unbind", "unfold", "repeat", "getitem", "tile"}
    | {"expand_as", "view_as", "reshape_as", "broadcast_to", "repeat_interleave"}
)
_PRODUCTS = frozenset({"matmul", "mm", "bmm", "addmm", "baddbmm", "scaled_dot_product_attention"})
_RECURRENT = frozenset({"lstm", "gru", "rnn_tanh", "rnn_relu"})


def axes_of(
    draft: Draft, arguments: dict[str, Any], *, channels_last: bool
) -> tuple[int, ...] | None:
    """The axes that the operation's `dim`, `dims` or `normalized_shape` names, ascending.

    Args:
        draft: a layer in the making.
        arguments: of its main operation.
        channels_last: the main operation reads (height, width, channels).

    Returns:
        None where it names none, or where the first axis counts more than pictures. An empty or
        missing `dim` of a reduction stands for all axes, that of the pictures included.
    """
    source = _first_tensor(draft.main)
    value = None if source is None else value_of(source)
    if source is None or value is None or not has_batch_axis(source):
        return None
    rank = value.dim()
    if "normalized_shape" in arguments:
        own = set(range(rank - len(arguments["normalized_shape"]), rank))
    elif "dim" in arguments:
        own = {axis % rank for axis in _numbers(arguments["dim"])} or set(range(rank))
    else:
        return None
    shown = (PICTURES, 1, 2, 0) if channels_last and rank == 4 else range(-1, rank - 1)
    return tuple(sorted(shown[axis] for axis in own))


def moved_axes(layer: LayerNode) -> tuple[int, ...] | None:
    """The axes of maps that a layer turns round or shifts, by its `dims`; None if it names none."""
    given = layer.arguments.get("dims")
    named = given if isinstance(given, tuple | list) else (given,)
    shown = (PICTURES, 1, 2, 0) if layer.channels_last else (PICTURES, 0, 1, 2)
    if not named or not all(isinstance(axis, int) and -4 <= axis < 4 for axis in named):
        return None
    return tuple(shown[axis] for axis in named)


def offsets_of(draft: Draft, dependent: set[fx.Node]) -> tuple[int, ...] | None:
    """Where along its axis each part of a concatenation begins that depends on the picture.

    Constants between them count. None where it is not known.
    """
    if draft.name != "cat" or len(draft.members) > 1:
        return None
    parts = draft.main.args[0]
    values = [value_of(part) for part in parts] if isinstance(parts, list | tuple) else []  # type: ignore[arg-type]  # nodes
    ranks = {None if value is None else value.dim() for value in values}
    if len(ranks) != 1 or None in ranks:
        return None
    dimension = draft.main.args[1] if len(draft.main.args) > 1 else draft.main.kwargs.get("dim", 0)
    offsets, place = [], 0
    for part, value in zip(parts, values, strict=True):  # type: ignore[arg-type]  # a list
        size = value.shape[dimension] if value is not None else None  # type: ignore[index]  # an int
        if not isinstance(size, int):
            return None
        if part in dependent:
            offsets.append(place)
        place += size
    return tuple(offsets)


def mixes_pictures(node: fx.Node) -> bool:
    """True if one picture's values may depend on the others of its batch.

    Of what an operation reads, some axis counts the pictures (alone, or with windows of them). If
    the operation works along that axis, or its result has none any more, pictures come together.
    """
    name = name_of(node.target)
    read = [each for each in node.all_input_nodes if _axes_with_pictures(each)]
    if not read or node.op != "call_function" or name in _REARRANGING:
        return False
    if isinstance(node.meta.get("val"), torch.Tensor) and len(_axes_with_pictures(node)) != 1:
        return True  # the pictures are gone, or stand against each other
    arguments = arguments_of(node.target, node.args, node.kwargs)
    axes = _axes_with_pictures(read[0])
    if name in ("batch_norm", "instance_norm"):
        return name == "batch_norm" and uses_own_statistics(arguments)
    if name in _PRODUCTS:
        return _sums_over_pictures(node)
    if name in _RECURRENT:
        return 0 in axes and not arguments.get("batch_first", False)
    rank = read[0].meta["val"].dim()
    named = [arguments[key] for key in ("dim", "dims") if key in arguments]
    worked = [axis % rank for each in named for axis in _numbers(each) or range(rank)]
    return bool(axes & set(worked))


def _axes_with_pictures(node: fx.Node) -> set[int]:
    """The axes of its value whose size grows with the number of pictures."""
    value = value_of(node)
    if value is None:
        return set()
    return {axis for axis, size in enumerate(value.shape) if isinstance(size, torch.SymInt)}


def _sums_over_pictures(product: fx.Node) -> bool:
    """True if pictures are the columns of the first factor, or rows or columns of another.

    Those of the first one's rows stay apart.
    """
    factors = product.args[1:] if name_of(product.target).startswith("add") else product.args
    for place, factor in enumerate(factors):
        value = value_of(factor) if isinstance(factor, fx.Node) else None
        if isinstance(factor, fx.Node) and value is not None:
            matrix = {value.dim() - 1} if place == 0 else {value.dim() - 1, value.dim() - 2}
            if _axes_with_pictures(factor) & matrix:
                return True
    return False


def _first_tensor(node: fx.Node) -> fx.Node | None:
    return next((each for each in node.all_input_nodes if value_of(each) is not None), None)


def _numbers(value: Any) -> list[int]:
    if value is None:
        return []
    return [int(each) for each in (value if isinstance(value, list | tuple) else [value])]
