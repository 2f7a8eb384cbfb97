"""A network's graph as something that runs, value by value."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx

Evaluate = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]


def evaluate_plainly(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Carry out one operation as torch does."""
    return function(*args, **kwargs)


@dataclass(frozen=True, eq=False)
class _Step:
    """One operation and the values that nobody reads after it."""

    node: fx.Node
    expiring: tuple[fx.Node, ...]


class Program:
    """Runs a graph on any thread; several runs at once share nothing but the parameters.

    The gradient mode is the caller's: under `torch.inference_mode` it only computes, otherwise
    results can be differentiated with `torch.autograd.grad`.

    Args:
        graph: its in-place operations rewritten by `app.inspection.aliasing`.
        constants: parameters, buffers and constants by node; shared, not copied.
        overwritten: results that a later operation of the graph writes over.
    """

    def __init__(
        self,
        graph: fx.Graph,
        constants: Mapping[fx.Node, Any],
        source: fx.Node,
        result: fx.Node,
        overwritten: frozenset[fx.Node],
    ) -> None:
        # A node belongs to its graph, which lives only as long as somebody holds it.
        self._graph = graph
        self._constants = dict(constants)
        self._overwritten = overwritten
        self._source = source
        self.result = result
        self._steps = tuple(_steps(graph))

    def run(
        self,
        tensor: torch.Tensor,
        wanted: Collection[fx.Node],
        *,
        to_the_end: bool = True,
        evaluate: Evaluate = evaluate_plainly,
    ) -> dict[fx.Node, torch.Tensor]:
        """Compute the wanted values, each as it was returned.

        Args:
            tensor: (batch, channels, height, width); never changed.
            wanted: nodes of the graph.
            to_the_end: also compute the network's `result`; otherwise stop at the last wanted
                value.
            evaluate: carries out each operation, given its function and arguments; a place to
                change rules (guided ReLU, positive weights) without touching the network.
        """
        missing = {*wanted, self.result} if to_the_end else set(wanted)
        kept: dict[fx.Node, torch.Tensor] = {}
        values = dict(self._constants)

        def keep(node: fx.Node, value: torch.Tensor) -> None:
            values[node] = value
            if node in missing:
                missing.remove(node)
                kept[node] = value.clone() if node in self._overwritten else value

        keep(self._source, tensor.clone() if self._source in self._overwritten else tensor)
        for step in self._steps:
            if not missing:
                break
            node = step.node
            args = fx.map_arg(node.args, values.__getitem__)
            kwargs = fx.map_arg(node.kwargs, values.__getitem__)
            keep(node, evaluate(node.target, args, kwargs))
            # Otherwise these two names would keep the arguments alive through the next step.
            del args, kwargs
            for expired in step.expiring:
                del values[expired]
        return kept


def _steps(graph: fx.Graph) -> Iterator[_Step]:
    last_readers: dict[fx.Node, list[fx.Node]] = {}
    unread_yet = set(graph.nodes)
    for node in reversed(list(graph.nodes)):
        for argument in node.all_input_nodes:
            if argument in unread_yet:
                unread_yet.remove(argument)
                last_readers.setdefault(node, []).append(argument)
    for node in graph.nodes:
        if node.op == "call_function":
            yield _Step(node, tuple(last_readers.get(node, ())))
