"""Takes the in-place operations out of a graph, so that every result stays as it was returned.

`relu_(x)` may run as `relu(x)` wherever nobody else looks at the memory of `x`: whoever reads `x`
afterwards is given the result instead. Where another view of that memory is read later (a slice
was changed, then the whole is used) the operation must really write, and the results it overwrites
are marked, for a capture to copy them first.
"""

from torch import Tensor, fx

from app.inspection.errors import NotExportableError
from app.inspection.exporting import Exported
from app.inspection.operations import (
    arguments_of,
    is_identity,
    is_in_place,
    out_of_place,
)


def drop_identities(exported: Exported) -> None:
    """Erase what returns its own input in evaluation mode: dropout, slices of everything."""
    graph = exported.graph
    for node in list(graph.nodes):
        if node.op != "call_function":
            continue
        if is_identity(node.target, arguments_of(node.target, node.args, node.kwargs)):
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)


def separate_results(exported: Exported, network: str) -> frozenset[fx.Node]:
    """Rewrite in-place operations; return the results that a later one still overwrites.

    Raises:
        NotExportableError: the network would write into its own weights.
    """
    order = {node: position for position, node in enumerate(exported.graph.nodes)}
    groups: dict[fx.Node, set[fx.Node]] = {}
    overwritten: set[fx.Node] = set()
    for node in list(exported.graph.nodes):
        if node.op == "call_function" and is_in_place(node.target):
            written = node.args[0]
            functional = out_of_place(node.target)
            others = groups[written] - {written}
            equivalent = functional is not None and _keeps_type(node)
            if equivalent and not _any_read_after(others, node, order):
                node.target = functional
                _redirect(written, node, order)
                groups[node] = {node}
                continue
            if any(other in exported.constants for other in groups[written]):
                raise NotExportableError(
                    network, f"it changes its own weights while it computes ({node.name})."
                )
            overwritten |= groups[written]
        _join_groups(node, groups)
    _drop_unread(exported, overwritten)
    return frozenset(overwritten)


def _keeps_type(node: fx.Node) -> bool:
    """False if writing in place also converts: a sum of float32 and float64 is float64."""
    values = (argument.meta.get("val") for argument in node.all_input_nodes)
    return len({value.dtype for value in values if isinstance(value, Tensor)}) == 1


def _any_read_after(nodes: set[fx.Node], point: fx.Node, order: dict[fx.Node, int]) -> bool:
    return any(order[user] > order[point] for node in nodes for user in node.users)


def _redirect(old: fx.Node, new: fx.Node, order: dict[fx.Node, int]) -> None:
    old.replace_all_uses_with(new, delete_user_cb=lambda user: order[user] > order[new])


def _join_groups(node: fx.Node, groups: dict[fx.Node, set[fx.Node]]) -> None:
    """Put the node into one group with every argument whose memory it may share."""
    group = {node}
    for argument in node.all_input_nodes:
        if argument in groups and _shares_memory(node, argument):
            group |= groups[argument]
    for member in group:
        groups[member] = group


def _shares_memory(node: fx.Node, argument: fx.Node) -> bool:
    """True if it is declared so, or was so in the symbolic run of the export.

    Each alone misses some: `einsum` declares nothing and may return a view; a symbolic run may
    copy where a real one does not.
    """
    value = argument.meta.get("val")
    if isinstance(value, tuple | list):
        return True  # perhaps views: what is taken out counts as a part of the whole
    if not isinstance(value, Tensor):
        return False
    schema = getattr(node.target, "_schema", None)
    if schema is not None and any(result.alias_info is not None for result in schema.returns):
        named = dict(zip((a.name for a in schema.arguments), node.args, strict=False))
        named |= node.kwargs
        for declared in schema.arguments:
            if declared.alias_info is not None and named.get(declared.name) is argument:
                return True
    return bool(_storages(node) & _storages(argument))


def _storages(node: fx.Node) -> set[int]:
    value = node.meta.get("val")
    values = value if isinstance(value, tuple | list) else [value]
    # The storage's own identity: symbolic tensors have no address.
    return {
        tensor.untyped_storage()._cdata  # noqa: SLF001  its only name
        for tensor in values
        if isinstance(tensor, Tensor)
    }


def _drop_unread(exported: Exported, overwritten: set[fx.Node]) -> None:
    """Erase checks, and values that lead nowhere, but nothing that writes."""
    graph = exported.graph
    for node in reversed(list(graph.nodes)):
        writes = is_in_place(node.target) and bool(overwritten & set(node.all_input_nodes))
        if node.op in ("call_function", "get_attr") and not node.users and not writes:
            graph.erase_node(node)
