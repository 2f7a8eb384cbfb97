"""Where the channels are: most networks keep (channels, height, width), some move them last.

ConvNeXt's linear layers, for one, want the channels at the end. A person still looks at maps, so
every value between such permutations is shown with its channels first.
"""

import torch
from torch import fx

from app.inspection.graph.folding import (
    has_batch_axis,
    is_to_channels_first,
    is_to_channels_last,
    shape_of,
    value_of,
)
from app.inspection.graph.operations import (
    LAYOUT_AGNOSTIC,
    SPLITS,
    TRANSPARENT,
    arguments_of,
    name_of,
    operation_named,
)


def channels_last_nodes(graph: fx.Graph, dependent: set[fx.Node]) -> set[fx.Node]:
    """The nodes whose values are (batch, height, width, channels)."""
    last: set[fx.Node] = set()
    for node in graph.nodes:
        if node not in dependent or node.op != "call_function":
            continue
        before = any(argument in last for argument in node.all_input_nodes)
        if is_to_channels_last(node):
            moved = len(shape_of(node)) == 3 and not before
        elif is_to_channels_first(node):
            moved = False
        else:
            moved = before and _keeps_layout(node)
        if moved:
            last.add(node)
    return last


def reads_channels_last(node: fx.Node, last: set[fx.Node]) -> bool:
    """True if a map that the node reads is (batch, height, width, channels).

    Constants beside it are laid out as it is.
    """
    return any(argument in last for argument in node.all_input_nodes)


def channels_first(value: torch.Tensor) -> torch.Tensor:
    """(batch, height, width, channels) as a view (batch, channels, height, width)."""
    return value.permute(0, 3, 1, 2)


def channels_moved_last(value: torch.Tensor) -> torch.Tensor:
    """(batch, channels, height, width) as a view (batch, height, width, channels)."""
    return value.permute(0, 2, 3, 1)


def _keeps_layout(node: fx.Node) -> bool:
    """True for what hands on the order of the axes that it reads."""
    if value_of(node) is not None and not (has_batch_axis(node) and len(shape_of(node)) == 3):
        return False
    name = name_of(node.target)
    if name == "getitem":
        # One of the parts, or one of several results, of which nothing is known.
        return name_of(node.all_input_nodes[0].target) in SPLITS
    arguments = arguments_of(node.target, node.args, node.kwargs)
    agnostic = name in LAYOUT_AGNOSTIC or name in TRANSPARENT
    return agnostic or operation_named(name, arguments).reach == "pointwise"
