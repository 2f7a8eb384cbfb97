"""Whether a graph that was written down for a batch of two also is what happens to one picture.

A picture alone is what a person looks at. `squeeze()` then takes away another axis, memory may be
shared that otherwise is not, and code may ask how many pictures there are.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import fx
from torch.fx.experimental.symbolic_shapes import free_unbacked_symbols

from app.inspection.errors import NotExportableError
from app.inspection.graph.folding import (
    dependent_nodes,
    has_batch_axis,
    size_for_one,
    source_line,
    value_of,
)
from app.inspection.graph.operations import arguments_of, is_in_place, name_of
from app.inspection.graph.torch_private import storage_identity

_TORCH = str(Path(torch.__file__).parent)
# Their arguments may be sizes, with the number of pictures among them.
_TAKE_SIZES = frozenset({"view", "reshape", "_unsafe_view", "expand", "repeat", "unflatten"}) | (
    frozenset({"new_zeros", "new_ones", "new_full", "new_empty", "tile", "broadcast_to"})
    | frozenset({"affine_grid_generator"})
)
# They copy only what is not in one piece of memory.
_COPY_WHERE_NEEDED = frozenset({"contiguous", "reshape", "flatten"})
_LAYERS = str(Path(torch.nn.__file__).parent)
# A number taken out of a tensor: `x.max().item()`, `float(x.mean())`.
_TO_NUMBERS = frozenset({"item", "_local_scalar_dense"})


class Decisions:
    """What a network's own code decided by the number of pictures while it was traced.

    Attributes:
        hold_for_one: False if one of them goes the other way for a single picture.
    """

    def __init__(self) -> None:
        self.hold_for_one = True


@contextmanager
def noted_decisions() -> Iterator[Decisions]:
    """Watch the conditions of one trace; only one at a time."""
    noted = Decisions()
    decide: Callable[[torch.SymBool], bool] = torch.SymBool.__bool__

    def noting(condition: torch.SymBool) -> bool:
        decided = decide(condition)
        file = sys._getframe(1).f_code.co_filename  # noqa: SLF001  what asks is the question
        if not file.startswith(_TORCH) or file.startswith(_LAYERS):
            formula = condition.node.expr
            for_one = formula.subs(dict.fromkeys(formula.free_symbols, 1))
            noted.hold_for_one = noted.hold_for_one and bool(for_one) == decided
        return decided

    torch.SymBool.__bool__ = noting  # type: ignore[method-assign]
    try:
        yield noted
    finally:
        torch.SymBool.__bool__ = decide  # type: ignore[method-assign]


def happens_to_one(graph: fx.Graph, constants: dict[fx.Node, Any], source: fx.Node) -> bool:
    """True if each operation does to one picture what it does to several.

    Costs nothing where every value has the pictures along its first axis; otherwise the graph is
    run once, without numbers.
    """
    if any(_is_set_by_pictures(node) for node in graph.nodes if node.op == "call_function"):
        return False
    if not _may_differ(graph, source):
        return True
    try:
        return _is_as_written(graph, constants, source)
    except Exception:  # noqa: BLE001  whatever a foreign operation raises
        return False


def _may_differ(graph: fx.Graph, source: fx.Node) -> bool:
    dependent = dependent_nodes(graph, source)
    writes = _writes(graph)
    return any(
        (value_of(node) is not None and not has_batch_axis(node))
        or _may_squeeze_pictures(node)
        or (writes and _copied_because_it_had_to(node))
        for node in graph.nodes
        if node in dependent and node.op == "call_function"
    )


def _writes(graph: fx.Graph) -> bool:
    return any(is_in_place(node.target) for node in graph.nodes if node.op == "call_function")


def _copied_because_it_had_to(node: fx.Node) -> bool:
    """True where memory that several pictures leave in pieces may be in one piece for one."""
    if name_of(node.target) not in _COPY_WHERE_NEEDED:
        return False
    return not _shared(value_of(node), value_of(node.all_input_nodes[0]))


def _is_set_by_pictures(node: fx.Node) -> bool:
    """True for `groups=x.shape[0]`: the number of pictures is a setting, not a size."""
    if value_of(node) is None or name_of(node.target) in _TAKE_SIZES or _makes_new(node):
        return False
    return any(isinstance(entry.meta.get("val"), torch.SymInt) for entry in node.all_input_nodes)


def _makes_new(node: fx.Node) -> bool:
    return not any(value_of(argument) is not None for argument in node.all_input_nodes)


def _may_squeeze_pictures(node: fx.Node) -> bool:
    if name_of(node.target) != "squeeze":
        return False
    given = arguments_of(node.target, node.args, node.kwargs).get("dim")
    read = value_of(node.all_input_nodes[0])
    axes = given if isinstance(given, list | tuple) else [given]
    return read is None or any(axis is None or axis % max(read.dim(), 1) == 0 for axis in axes)


def _is_as_written(graph: fx.Graph, constants: dict[fx.Node, Any], source: fx.Node) -> bool:
    values: dict[fx.Node, Any] = {
        node: _without_numbers(value) for node, value in constants.items()
    }
    expected = value_of(source)
    if expected is None:
        raise TypeError("The picture is no tensor.")
    values[source] = torch.empty(
        [size_for_one(size) for size in expected.shape], dtype=expected.dtype, device="meta"
    )
    writes = _writes(graph)
    with torch.inference_mode(mode=False), torch.no_grad():
        for node in graph.nodes:
            if node.op != "call_function":
                continue
            args = fx.map_arg(node.args, values.__getitem__)
            kwargs = dict(fx.map_arg(node.kwargs, values.__getitem__))
            if "device" in kwargs:
                kwargs["device"] = "meta"
            values[node] = node.target(*args, **kwargs)
            if not _has_shape(node, values[node]):
                return False
            if writes and not _shares_alike(node, values):
                return False
    return True


def _without_numbers(value: Any) -> Any:
    return value.detach().to("meta") if isinstance(value, torch.Tensor) else value


def _has_shape(node: fx.Node, value: Any) -> bool:
    expected = value_of(node)
    if expected is None:
        return True
    return tuple(value.shape) == tuple(size_for_one(size) for size in expected.shape)


def _shares_alike(node: fx.Node, values: dict[fx.Node, Any]) -> bool:
    """True if what the result shares memory with is what it did in the trace."""
    return all(
        _shared(value_of(node), value_of(argument)) == _shared(values[node], values[argument])
        for argument in node.all_input_nodes
        if isinstance(values[argument], torch.Tensor) and value_of(node) is not None
    )


def _shared(first: Any, second: Any) -> bool:
    return storage_identity(first) == storage_identity(second)


def refuse_what_varies(
    graph: fx.Graph, dependent: set[fx.Node], output: fx.Node, network: str
) -> None:
    """See that everything has one size, and that the output belongs to a picture.

    Raises:
        NotExportableError: it does not.
    """
    for node in graph.nodes:
        value = value_of(node)
        if name_of(node.target) in _TO_NUMBERS and dependent & set(node.all_input_nodes):
            raise NotExportableError(
                network,
                "it takes a number out of a tensor (`.item()`, `float()`, `int()`) and computes "
                "with it, which no layer shows. Leave it a tensor: `x / x.max()`.",
                source_line(node),
            )
        if node in dependent and value is not None and free_unbacked_symbols(value):
            raise NotExportableError(
                network,
                f"how large the result of {name_of(node.target)} is depends on the values that it "
                "is computed from, so there is no one graph for all pictures.",
                source_line(node),
            )
    value = value_of(output)
    if value is not None and value.dim() > 1 and not has_batch_axis(output):
        sizes = ", ".join(str(size_for_one(size)) for size in value.shape)
        raise NotExportableError(
            network,
            f"it returns ({sizes}) for one picture, whose first axis does not count pictures. Put "
            "it into a module that returns the pictures' answers along the first axis.",
            source_line(output),
        )
