"""What a layer that was left in training mode does, and what a graph makes of it.

A normalisation with the statistics of its own batch is computed as the network does, but keeps no
record of them: nothing that belongs to the network is changed. What draws random numbers is
refused: no two runs would agree, so that no comparison of two runs would mean anything.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import fx, nn

from app.inspection.errors import NotExportableError
from app.inspection.exporting import Exported
from app.inspection.folding import dependent_nodes, module_path, source_line, value_of
from app.inspection.operations import arguments_of, name_of

_NORMALISATIONS = frozenset({"batch_norm", "instance_norm", "native_batch_norm"})
_RUNNING = ("running_mean", "running_var")
# Name an axis, but leave every picture's values to themselves.
_MOVE_AXES = frozenset(
    {"cat", "concat", "stack", "permute", "transpose", "movedim", "unsqueeze", "squeeze", "flatten"}
) | frozenset({"unflatten", "unbind", "chunk", "split", "select", "slice", "swapaxes", "expand"})


def keep_no_statistics(exported: Exported) -> None:
    """Let normalisations compute with the statistics of their batch, but record none."""
    for node in exported.graph.nodes:
        if node.op != "call_function" or name_of(node.target) not in _NORMALISATIONS:
            continue
        arguments = arguments_of(node.target, node.args, node.kwargs)
        if not (arguments.get("training") or arguments.get("use_input_stats")):
            continue
        for name in _RUNNING:
            arguments[name] = None
        node.args, node.kwargs = tuple(arguments.values()), {}


def mixes_pictures(exported: Exported) -> bool:
    """True if some values of one picture depend on the others of its batch."""
    dependent = dependent_nodes(exported.graph, exported.input)
    return any(
        _reduces_pictures(node)
        for node in exported.graph.nodes
        if node in dependent and node.op == "call_function"
    )


def _reduces_pictures(node: fx.Node) -> bool:
    value = value_of(node)
    if value is not None and sum(isinstance(size, torch.SymInt) for size in value.shape) != 1:
        return True  # the pictures are gone, or stand against each other
    name = name_of(node.target)
    arguments = arguments_of(node.target, node.args, node.kwargs)
    if name in ("batch_norm", "native_batch_norm"):
        return bool(arguments.get("training"))
    if name in _MOVE_AXES or not node.all_input_nodes:
        return False
    given = arguments.get("dim", arguments.get("dims"))
    read = value_of(node.all_input_nodes[0])
    axes = given if isinstance(given, list | tuple) else [given]
    return read is not None and any(
        isinstance(axis, int) and axis % max(read.dim(), 1) == 0 for axis in axes
    )


def refuse_random_numbers(exported: Exported, module: nn.Module) -> None:
    """See that every run of a graph gives the same.

    Raises:
        NotExportableError: some of what it returns is drawn.
    """
    modules = dict(module.named_modules(remove_duplicate=False))
    for node in _operations(exported):
        if not _draws(node):
            continue
        path = module_path(node)
        place = f"`{path}`" if path else "its own forward"
        cause = f"{place} draws random numbers ({name_of(node.target)}): no two runs agree."
        if path and modules[path].training:
            cause += f" {place} is in training mode. Call eval() on the whole network first."
        raise NotExportableError(type(module).__name__, cause, source_line(node))


def _operations(exported: Exported) -> Iterator[fx.Node]:
    """All that runs, within autocast too."""
    for node in exported.graph.nodes:
        if node.op == "call_function":
            yield node
        elif isinstance(exported.constants.get(node), fx.GraphModule):
            inner: Iterable[fx.Node] = exported.constants[node].graph.nodes
            yield from (entry for entry in inner if entry.op == "call_function")


def _draws(node: fx.Node) -> bool:
    if torch.Tag.nondeterministic_seeded not in getattr(node.target, "tags", ()):
        return False
    arguments = arguments_of(node.target, node.args, node.kwargs)
    if not arguments.get("train", True) or not arguments.get("training", True):
        return False
    shares = [arguments[name] for name in ("p", "dropout_p", "dropout") if name in arguments]
    return not shares or shares[0] != 0
