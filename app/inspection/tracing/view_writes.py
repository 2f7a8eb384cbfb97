"""What a write through a view does to the tensor that the view was taken from, as a new value."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from app.inspection.graph.operations import SPLITS, arguments_of, name_of

_ATEN = torch.ops.aten
_SAME = frozenset({"alias", "detach", "contiguous", "to", "type_as"})
# The same values in the same order, in another shape.
_RESHAPES = frozenset({"view", "reshape", "flatten", "_unsafe_view", "unflatten", "view_as"}) | (
    frozenset({"reshape_as", "squeeze", "unsqueeze"})
)


@dataclass(frozen=True, eq=False)
class View:
    """How a tensor was taken from another one's memory.

    Attributes:
        source: the tensor that it was taken from.
        whole: the node that had the source's value then.
        steps: the operation, and what takes one out of its results where there are several.
    """

    source: fx.Node
    whole: fx.Node
    steps: tuple[fx.Node, ...]


@dataclass(frozen=True)
class WriteView:
    """A copy of a tensor with a part of it written over, whatever the view that the part is.

    Attributes:
        view: the operation that takes the part.
        item: which of its results, None if it has one.
    """

    view: Any
    item: int | None
    __name__ = "write_view"

    def __call__(
        self, whole: Tensor, value: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Tensor:
        """Any of `args` and `kwargs` that is `whole` itself stands for the copy."""
        copy = whole.clone()
        part = self.view(*_exchanged(args, whole, copy), **_exchanged(kwargs, whole, copy))
        part = part if self.item is None else part[self.item]
        part.copy_(value)
        return copy

    def __str__(self) -> str:
        return f"convscope.{self.__name__}.{name_of(self.view)}"


def _exchanged(value: Any, old: Tensor, new: Tensor) -> Any:
    if isinstance(value, tuple | list):
        entries = [_exchanged(entry, old, new) for entry in value]
        return tuple(entries) if isinstance(value, tuple) else entries
    if isinstance(value, dict):
        return {name: _exchanged(entry, old, new) for name, entry in value.items()}
    return new if value is old else value


def replaced(arguments: Any, old: fx.Node, new: fx.Node) -> Any:
    """The arguments of a node with one of them exchanged."""
    return fx.map_arg(arguments, lambda entry: new if entry is old else entry)


def meta_between(first: fx.Node, second: fx.Node, value: Any) -> dict[str, Any]:
    """The description of a node that neither of two modules' calls has made by itself."""
    stacks = [node.meta.get("nn_module_stack") or {} for node in (first, second)]
    shared = {}
    for (key, entry), other in zip(stacks[0].items(), stacks[1], strict=False):
        if key != other:
            break
        shared[key] = entry
    meta = {"val": value, "nn_module_stack": shared}
    if "stack_trace" in first.meta:
        meta["stack_trace"] = first.meta["stack_trace"]
    return meta


def written_back(
    graph: fx.Graph, view: View, before: fx.Node, value: fx.Node, writer: fx.Node
) -> fx.Node:
    """The value of what a view was taken from, after the view got one.

    Args:
        graph: gets one more node where it inserts, at most.
        view: what was written through.
        before: what its source had.
        value: what the view has now.
        writer: the operation that wrote.
    """
    step = view.steps[-1]
    found = _of_item(view, before, value) if len(view.steps) > 1 else _of_view(view, before, value)
    if found is None:
        first = view.steps[0]
        item = step.args[1] if len(view.steps) > 1 else None
        args = replaced(first.args, view.whole, before)
        kwargs = replaced(first.kwargs, view.whole, before)
        found = WriteView(first.target, item), (before, value, args, kwargs)  # type: ignore[arg-type]  # getitem's is a number
    target, arguments = found
    if target is None:
        return value
    node = graph.call_function(target, arguments)
    node.meta = meta_between(view.steps[0], writer, before.meta["val"])
    return node


def _of_view(view: View, before: fx.Node, value: fx.Node) -> tuple[Any, tuple[Any, ...]] | None:
    """The operation that undoes a view, and its arguments; no operation where there is no need."""
    step = view.steps[0]
    arguments = arguments_of(step.target, step.args, step.kwargs)
    found: tuple[Any, tuple[Any, ...]] | None = None
    same_type = step.meta["val"].dtype == before.meta["val"].dtype
    match name_of(step.target):
        case "slice":
            ends = (arguments[name] for name in ("dim", "start", "end", "step"))
            found = _ATEN.slice_scatter.default, (before, value, *ends)
        case "select":
            place = arguments["dim"], arguments["index"]
            found = _ATEN.select_scatter.default, (before, value, *place)
        case "transpose":
            found = _ATEN.transpose.int, (value, arguments["dim0"], arguments["dim1"])
        case "permute":
            dims = [dim % len(arguments["dims"]) for dim in arguments["dims"]]
            back = [dims.index(place) for place in range(len(dims))]
            found = _ATEN.permute.default, (value, back)
        case name if name in _SAME and same_type:
            found = None, ()
        case name if name in _RESHAPES and same_type:
            shape = before.meta["val"].shape
            sizes = [-1 if isinstance(size, torch.SymInt) else int(size) for size in shape]
            if sizes.count(-1) <= 1:
                found = _ATEN.reshape.default, (value, sizes)
    return found


def _of_item(view: View, before: fx.Node, value: fx.Node) -> tuple[Any, tuple[Any, ...]] | None:
    several, item = view.steps
    number = item.args[1]
    arguments = arguments_of(several.target, several.args, several.kwargs)
    name = name_of(several.target)
    if not isinstance(number, int) or "dim" not in arguments:
        return None
    axis = arguments["dim"]
    if name == "unbind":
        return _ATEN.select_scatter.default, (before, value, axis, number)
    sizes = [part.shape[axis] for part in several.meta["val"]]
    if name not in SPLITS or any(isinstance(size, torch.SymInt) for size in sizes):
        return None
    start = int(sum(sizes[:number]))
    ends = start, start + int(sizes[number])
    return _ATEN.slice_scatter.default, (before, value, axis, *ends)
