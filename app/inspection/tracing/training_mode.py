"""What a layer that was left in training mode does, and what a graph makes of it.

A normalisation with the statistics of its own batch is computed as the network does, but keeps no
record of them: nothing that belongs to the network is changed. What draws random numbers is
refused: no two runs would agree, so that no comparison of two runs would mean anything.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import fx, nn

from app.inspection.errors import NotExportableError
from app.inspection.graph.folding import module_path, source_line
from app.inspection.graph.operations import arguments_of, name_of
from app.inspection.tracing.exporting import Exported

_NORMALISATIONS = frozenset({"batch_norm", "instance_norm", "native_batch_norm"})
_RUNNING = ("running_mean", "running_var")


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
