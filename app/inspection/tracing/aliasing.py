"""Takes everything that writes out of a graph, so that every result stays as it was returned.

Memory is followed from node to node. A write becomes a new value: of the tensor that was written,
and, where that is a view, of all that the view was taken from
(`app.inspection.tracing.view_writes`). Who reads afterwards, through whatever view, is given the
new values. What torch calls functionalization does the same, but breaks composite operations up,
which a person would not recognise.
"""

import operator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from app.inspection.errors import NotExportableError
from app.inspection.graph.operations import (
    OnCopy,
    arguments_of,
    is_identity,
    is_in_place,
    name_of,
    out_of_place,
    written_arguments,
)
from app.inspection.graph.torch_private import storage_identity
from app.inspection.tracing.exporting import Exported
from app.inspection.tracing.view_writes import View, meta_between, replaced, written_back

# Give memory of their own, whatever they declare: a new constant each time.
_FRESH = frozenset({"lift_fresh", "lift_fresh_copy"})
# Several positions of such a view may be one place in memory.
_OVERLAPPING = frozenset({"unfold", "as_strided", "expand", "expand_as", "broadcast_to"})


def drop_identities(exported: Exported) -> None:
    """Erase what returns its own input in evaluation mode: dropout, slices of everything."""
    graph = exported.graph
    for node in list(graph.nodes):
        if node.op != "call_function":
            continue
        if is_identity(node.target, arguments_of(node.target, node.args, node.kwargs)):
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)


def separate_results(exported: Exported, network: str) -> None:
    """Rewrite the graph so that nothing in it writes, and erase what nobody reads.

    Raises:
        NotExportableError: what it returns depends on what it wrote into its own weights; or a
            write that cannot be followed.
    """
    _Separation(exported, network).rewrite()


@dataclass(frozen=True, eq=False)
class _Result:
    """What an operation with several results was given, for what is taken out of it."""

    node: fx.Node
    arguments: tuple[fx.Node, ...]
    given: tuple[fx.Node, ...]


class _Separation:
    """One pass over a graph.

    A tensor is known by the node that first had it. Its memory is that of the tensor that it is a
    view of, and so on; the last of them, the owner, has the contents.
    """

    def __init__(self, exported: Exported, network: str) -> None:
        self._exported = exported
        self._graph = exported.graph
        self._network = network
        self._views: dict[fx.Node, View] = {}
        self._tuples: dict[fx.Node, _Result] = {}
        self._contents: dict[fx.Node, fx.Node] = {}
        # What a view shows of one state of what it is taken from.
        self._shown: dict[tuple[fx.Node, fx.Node], fx.Node] = {}
        self._same_tensor: dict[fx.Node, fx.Node] = {}
        self._written_weights: dict[fx.Node, str] = {}

    def rewrite(self) -> None:
        for node in list(self._graph.nodes):
            if node.op == "call_function":
                self._visit(node)
            elif node.op == "output":
                returned = {entry: self._now(entry, node) for entry in node.all_input_nodes}
                node.args = fx.map_arg(node.args, returned.__getitem__)
        self._drop_unread()
        for node in self._graph.nodes:
            if node in self._written_weights:
                raise NotExportableError(
                    self._network,
                    "it changes its own weights while it computes "
                    f"({self._written_weights[node]}).",
                )

    def _visit(self, node: fx.Node) -> None:
        arguments = tuple(node.all_input_nodes)
        given = {argument: self._now(argument, node) for argument in arguments}
        args, kwargs = node.args, node.kwargs
        node.args = fx.map_arg(args, given.__getitem__)
        node.kwargs = fx.map_arg(kwargs, given.__getitem__)
        if is_in_place(node.target):
            self._write(node, args, kwargs)
        elif isinstance(node.meta.get("val"), tuple | list):
            self._tuples[node] = _Result(node, arguments, tuple(given.values()))
        else:
            self._note_view(node, arguments, given)

    def _tensor(self, node: fx.Node) -> fx.Node:
        while node in self._same_tensor:
            node = self._same_tensor[node]
        return node

    def _now(self, node: fx.Node, reader: fx.Node) -> fx.Node:
        """The node that has the present value of a tensor, made before its reader if need be."""
        return self._shown_now(self._tensor(node), reader)

    def _shown_now(self, tensor: fx.Node, reader: fx.Node) -> fx.Node:
        view = self._views.get(tensor)
        if view is None:
            return self._contents.get(tensor, tensor)
        whole = self._shown_now(view.source, reader)
        if (tensor, whole) not in self._shown:
            self._shown[tensor, whole] = self._taken_again(view, whole, reader)
        return self._shown[tensor, whole]

    def _taken_again(self, view: View, whole: fx.Node, reader: fx.Node) -> fx.Node:
        """The same view of what has changed since."""
        first = view.steps[0]
        with self._graph.inserting_before(reader):
            key = first, whole
            node = self._shown.get(key) if len(view.steps) > 1 else None
            if node is None:
                node = self._graph.call_function(
                    first.target,  # type: ignore[arg-type]  # a function
                    replaced(first.args, view.whole, whole),
                    replaced(first.kwargs, view.whole, whole),
                )
                node.meta = meta_between(first, reader, first.meta["val"])
                self._shown[key] = node
            for step in view.steps[1:]:
                item = self._graph.call_function(operator.getitem, (node, *step.args[1:]))
                item.meta = meta_between(step, reader, step.meta["val"])
                node = item
        return node

    def _note_view(
        self, node: fx.Node, arguments: tuple[fx.Node, ...], given: dict[fx.Node, fx.Node]
    ) -> None:
        if name_of(node.target) in _FRESH or not isinstance(node.meta.get("val"), Tensor):
            return
        whole = arguments[0] if arguments else None
        steps: tuple[fx.Node, ...] = (node,)
        pairs = list(given.items())
        if whole in self._tuples:
            several = self._tuples[whole]
            steps = (several.node, node)
            pairs = list(zip(several.arguments, several.given, strict=True))
        for argument, value in pairs:
            if _storages(node) & _storages(argument):
                self._add_view(node, View(self._tensor(argument), value, steps))
                return

    def _add_view(self, node: fx.Node, view: View) -> None:
        self._views[node] = view
        self._shown[node, view.whole] = node
        if len(view.steps) > 1:
            self._shown[view.steps[0], view.whole] = view.steps[0]

    def _write(self, node: fx.Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        written = written_arguments(node.target)
        named = arguments_of(node.target, args, kwargs)
        if len(written) != 1 or not isinstance(named[written[0]], fx.Node):
            raise NotExportableError(
                self._network, f"{name_of(node.target)} writes into several tensors at once."
            )
        tensor = self._tensor(named[written[0]])
        if torch.Tag.inplace_view in node.target.tags:  # type: ignore[union-attr]  # it is an operator
            self._reshape_in_place(node, tensor)
            return
        self._same_tensor[node] = tensor
        source = named.get("src")
        if name_of(node.target) == "copy" and self._is_there(tensor, source, node):
            return
        self._set(tensor, self._value_of(node, named, tensor), node)

    def _reshape_in_place(self, node: fx.Node, tensor: fx.Node) -> None:
        """`x.squeeze_()`: from now on the tensor is another view of its memory."""
        functional = out_of_place(node.target)
        if functional is None:
            raise NotExportableError(
                self._network, f"{name_of(node.target)} changes what a tensor is."
            )
        node.target = functional
        whole = node.args[0]
        if not isinstance(whole, fx.Node):
            raise TypeError(f"{node.format_node()} has no tensor.")
        self._add_view(node, View(tensor, whole, (node,)))
        self._same_tensor[tensor] = node

    def _is_there(self, tensor: fx.Node, source: Any, writer: fx.Node) -> bool:
        """True for `x[0] += 1`: the sum is written in place, and then copied to where it is."""
        view, other = self._views.get(tensor), self._views.get(self._tensor(source))
        if view is None or other is None:
            return False
        whole = self._shown_now(view.source, writer)
        same = view.source is other.source and [_call(step) for step in view.steps] == [
            _call(step) for step in other.steps
        ]
        if same:
            self._shown[tensor, whole] = self._now(source, writer)
        return same

    def _value_of(self, node: fx.Node, named: dict[str, Any], tensor: fx.Node) -> fx.Node:
        """What the operation puts into the tensor, as a value of its own."""
        source = named.get("src")
        if name_of(node.target) == "copy" and isinstance(source, fx.Node):
            before, after = source.meta["val"], tensor.meta["val"]
            if _is_alike(before, after):
                return self._now(source, node)
        functional = out_of_place(node.target)
        # Of a copy torch knows the derivative in place alone.
        is_copy = name_of(node.target) == "copy"
        if functional is not None and not is_copy and _keeps_type(node, tensor):
            node.target = functional
        else:
            node.target = OnCopy(node.target)
        return node

    def _set(self, tensor: fx.Node, value: fx.Node, writer: fx.Node) -> None:
        """Let a tensor, and with it all that shares its memory, have a new value."""
        parts: list[fx.Node] = []
        values = [value]
        last = writer
        while tensor in self._views:
            view = self._views[tensor]
            if name_of(view.steps[0].target) in _OVERLAPPING:
                raise NotExportableError(
                    self._network,
                    f"it writes through {name_of(view.steps[0].target)}, whose parts may overlap.",
                )
            before = self._shown_now(view.source, writer)
            with self._graph.inserting_after(last):
                whole = written_back(self._graph, view, before, values[-1], writer)
            if whole is not values[-1]:
                last = whole
            parts.append(tensor)
            values.append(whole)
            tensor = view.source
        for part, shown, whole in zip(parts, values[:-1], values[1:], strict=True):
            self._shown[part, whole] = shown
        self._contents[tensor] = values[-1]
        if tensor in self._exported.constants:
            name = self._exported.names.get(tensor, writer.name)
            # A value that was copied there is none of the network's.
            made = [node for node in values if node is writer or node is not value]
            self._written_weights |= dict.fromkeys(made, name)

    def _drop_unread(self) -> None:
        """Erase checks, and values that lead nowhere."""
        for node in reversed(list(self._graph.nodes)):
            if node.op in ("call_function", "get_attr") and not node.users:
                self._graph.erase_node(node)


def _call(step: fx.Node) -> tuple[Any, ...]:
    """What a view does, but for the tensor that it is taken from."""
    return step.target, step.args[1:], step.kwargs


def _is_alike(first: Tensor, second: Tensor) -> bool:
    same_size = len(first.shape) == len(second.shape) and all(
        before == after for before, after in zip(first.shape, second.shape, strict=True)
    )
    return same_size and first.dtype == second.dtype


def _keeps_type(node: fx.Node, tensor: fx.Node) -> bool:
    """False if writing in place may also convert: a sum of float32 and float64 is float64."""
    values = (argument.meta.get("val") for argument in node.all_input_nodes)
    types = {value.dtype for value in values if isinstance(value, Tensor)}
    own: torch.dtype = tensor.meta["val"].dtype
    if own.is_floating_point:
        # Masks, indices and whole numbers never make a floating point number another one.
        types = {dtype for dtype in types if dtype.is_floating_point or dtype.is_complex}
    return types <= {own}


def _storages(node: fx.Node) -> set[int]:
    value = node.meta.get("val")
    values = value if isinstance(value, tuple | list) else [value]
    return {storage_identity(tensor) for tensor in values if isinstance(tensor, Tensor)}
