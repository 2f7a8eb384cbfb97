"""Takes the regions of a graph apart that run under a mode of their own.

`torch.export` puts what runs under `torch.autocast`, or with gradients switched on or off, into a
graph within the graph. Here each operation of theirs is one of the whole network's again.
"""

import operator
from collections.abc import MutableMapping
from typing import Any

import torch
from torch import fx

from app.inspection.graph.operations import UnderAutocast

Mode = tuple[str, torch.dtype | None, bool]

_MODE = "autocast"
_GRADIENTS, _AUTOCAST = "wrap_with_set_grad_enabled", "wrap_with_autocast"


def inline_regions(graph: fx.Graph, constants: MutableMapping[fx.Node, Any]) -> None:
    """Put the operations of every region where the region was called.

    Args:
        graph: changed.
        constants: by the nodes that stand for them: tensors, and the graphs within the graph. Those
            of the regions are added.
    """
    _complete_users(graph)
    for node in list(graph.nodes):
        name = getattr(node.target, "__name__", "")
        if node.op != "call_function" or name not in (_GRADIENTS, _AUTOCAST):
            continue
        if name == _GRADIENTS:
            _, inner, *given = node.args
            mode = None
        else:
            device_type, dtype, enabled, _, inner, *given = node.args
            mode = device_type, dtype, enabled
        _inline(graph, node, constants, (constants[inner], given, mode))


def _complete_users(graph: fx.Graph) -> None:
    """Where several regions follow each other, torch.export forgets some of a value's readers."""
    for node in graph.nodes:
        for argument in node.all_input_nodes:
            argument.users.setdefault(node)


def _inline(
    graph: fx.Graph,
    call: fx.Node,
    constants: MutableMapping[fx.Node, Any],
    region: tuple[fx.GraphModule, list[Any], Mode | None],
) -> None:
    module, given, mode = region
    inside: dict[fx.Node, Any] = {
        node: getattr(module, node.target) for node in module.graph.nodes if node.op == "get_attr"
    }
    inline_regions(module.graph, inside)
    places = [node for node in module.graph.nodes if node.op == "placeholder"]
    values: dict[fx.Node, fx.Node] = dict(zip(places, given, strict=True))
    with graph.inserting_before(call):
        for node in module.graph.nodes:
            if isinstance(inside.get(node), torch.Tensor):
                # `y[:, :2] = 0` within a region: the number is a tensor of the region's own.
                values[node] = graph.create_node("get_attr", f"{call.name}_{node.name}")
                constants[values[node]] = inside[node]
            if node.op != "call_function":
                continue
            values[node] = graph.node_copy(node, values.__getitem__)
            if mode is not None:
                # The innermost region counts.
                values[node].meta.setdefault(_MODE, mode)
    returned: Any = module.graph.output_node().args[0]
    for item in list(call.users):
        number: Any = item.args[1]
        item.replace_all_uses_with(values[returned[number]])
        graph.erase_node(item)
    graph.erase_node(call)


def keep_modes(graph: fx.Graph) -> None:
    """Let what was in an autocast region run as it did there, each operation by itself."""
    for node in graph.nodes:
        mode = node.meta.get(_MODE)
        if mode is not None and node.op == "call_function" and node.target is not operator.getitem:
            node.target = UnderAutocast(node.target, *mode)
