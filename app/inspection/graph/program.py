"""A network's graph as something that runs, value by value."""

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import fx

from app.inspection.giving_up import check_wanted
from app.inspection.graph.layer_call import LayerCall, PictureCount, is_batch_size, layer_call

Evaluate = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
See = Callable[[fx.Node, torch.Tensor], None]


def evaluate_plainly(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Carry out one operation as torch does."""
    return function(*args, **kwargs)


@dataclass(frozen=True, eq=False)
class _Step:
    """One operation and the values that nobody reads after it."""

    node: fx.Node
    expiring: tuple[fx.Node, ...]


class ProgramParts(NamedTuple):
    """What a program is made of, see `Program`; only to be read."""

    graph: fx.Graph
    constants: Mapping[fx.Node, Any]
    names: Mapping[fx.Node, str]
    source: fx.Node
    result: fx.Node


class Program:
    """Runs a graph on any thread; several runs at once share nothing but the parameters.

    The gradient mode is the caller's: under `torch.inference_mode` it only computes, otherwise
    results can be differentiated with `torch.autograd.grad`.

    Args:
        graph: nothing in it writes, see `app.inspection.tracing.aliasing`.
        constants: parameters, buffers and constants by node; shared, not copied.
        names: of those that are parameters or buffers, in the module.
    """

    def __init__(
        self,
        graph: fx.Graph,
        constants: Mapping[fx.Node, Any],
        names: Mapping[fx.Node, str],
        *,
        source: fx.Node,
        result: fx.Node,
    ) -> None:
        # A node belongs to its graph, which lives only as long as somebody holds it.
        self._graph = graph
        self._constants = dict(constants)
        self._names = dict(names)
        self._source = source
        self.result = result
        self._steps = tuple(_steps(graph))

    @property
    def parts(self) -> ProgramParts:
        """What it is made of."""
        return ProgramParts(self._graph, self._constants, self._names, self._source, self.result)

    @property
    def is_bindable(self) -> bool:
        """False if it holds numbers of its own that exist in shape only."""
        return not any(
            isinstance(value, torch.Tensor) and value.is_meta
            for node, value in self._constants.items()
            if node not in self._names
        )

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        """Parameters and buffers by name; shared, not copied."""
        return {name: self._constants[node] for node, name in self._names.items()}

    def is_parameter(self, node: fx.Node) -> bool:
        """True if the node stands for a parameter or a buffer of the module."""
        return node in self._names

    def bound_to(self, tensors: Mapping[str, torch.Tensor]) -> "Program":
        """The same operations with other parameters and buffers, by name; nothing is copied."""
        constants = {
            node: tensors[self._names[node]] if node in self._names else value
            for node, value in self._constants.items()
        }
        bound = copy.copy(self)
        vars(bound)["_constants"] = constants
        return bound

    def constant(self, node: fx.Node) -> Any:
        """The value of a node that depends on no picture: a parameter, or made of parameters.

        What has as many entries as there are pictures has one.
        """
        if node in self._constants:
            return self._constants[node]
        if is_batch_size(node):
            return 1
        args = fx.map_arg(node.args, self.constant)
        return evaluate_plainly(node.target, args, fx.map_arg(node.kwargs, self.constant))

    def part(
        self, sources: tuple[fx.Node, ...], result: fx.Node, pictures: PictureCount | None = None
    ) -> LayerCall | None:
        """What computes one value from others alone; None where that is not possible.

        Args:
            sources: of the others.
            result: of the value.
            pictures: see `LayerCall`.
        """
        steps = tuple(step.node for step in self._steps)
        return layer_call(steps, self._constants, sources, result, pictures)

    def run(
        self,
        tensor: torch.Tensor,
        wanted: Collection[fx.Node],
        *,
        to_the_end: bool = True,
        evaluate: Evaluate = evaluate_plainly,
        given: Mapping[fx.Node, torch.Tensor] | None = None,
        see: See | None = None,
    ) -> dict[fx.Node, torch.Tensor]:
        """Compute the wanted values, each as it was returned.

        Args:
            tensor: (batch, channels, height, width); never changed.
            wanted: nodes of the graph.
            to_the_end: also compute the network's `result`; otherwise stop at the last wanted
                value.
            evaluate: carries out each operation, given its function and arguments; a place to
                change rules (guided ReLU, positive weights) without touching the network.
            given: values that stand for what these nodes would compute; what only they depend on
                does not run.
            see: is handed every value as soon as it is there, while it is still in the processor's
                cache; what it does not want to keep is freed as usual.

        Raises:
            WorkCancelledError: nobody waits for it any more.
        """
        given = given or {}
        missing = {*wanted, self.result} if to_the_end else set(wanted)
        kept: dict[fx.Node, torch.Tensor] = {}
        values = dict(self._constants)

        def keep(node: fx.Node, value: torch.Tensor) -> None:
            values[node] = value
            if see is not None:
                see(node, value)
            if node in missing:
                missing.remove(node)
                kept[node] = value

        keep(self._source, given.get(self._source, tensor))
        needed = self._needed(missing, given)
        for step in self._steps:
            if not missing:
                break
            node = step.node
            if node not in needed:
                continue
            if node in given:
                keep(node, given[node])
                continue
            check_wanted()
            args = fx.map_arg(node.args, values.__getitem__)
            kwargs = fx.map_arg(node.kwargs, values.__getitem__)
            keep(node, evaluate(node.target, args, kwargs))
            # Otherwise these two names would keep the arguments alive through the next step.
            del args, kwargs
            for expired in step.expiring:
                values.pop(expired, None)
        return kept

    def _needed(
        self, wanted: Collection[fx.Node], given: Mapping[fx.Node, torch.Tensor]
    ) -> Collection[fx.Node]:
        """The nodes that must be there for the wanted ones."""
        nodes = [step.node for step in self._steps]
        if not given:
            return frozenset(nodes)
        needed = set(wanted)
        for node in reversed(nodes):
            if node in needed and node not in given:
                needed.update(node.all_input_nodes)
        return needed


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
