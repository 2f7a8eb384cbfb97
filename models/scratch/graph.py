"""Networks that fork and join: a residual block, an Inception module."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.scratch.gates import Gate
from models.scratch.layer import Array, Layer

INPUT = "input"


@dataclass(frozen=True)
class Node:
    """One operation of a graph.

    Attributes:
        name: unlike any other in its graph.
        operation: a layer with one input, or a gate with several.
        inputs: names of earlier nodes, or `INPUT`.
    """

    name: str
    operation: Layer | Gate
    inputs: tuple[str, ...] = (INPUT,)


@dataclass(frozen=True)
class BackwardStep:
    """What one node does on the way back.

    Attributes:
        node: whose turn it is.
        inflowing: dL/d(its output), complete.
        shares: what it sends to each of its inputs, inflowing gradient times local gradient.
    """

    node: Node
    inflowing: Array
    shares: tuple[Array, ...]


def go_forward(nodes: Sequence[Node], values: dict[str, Array]) -> None:
    """Add each node's value to `values`, which hold the inputs' at first."""
    for node in nodes:
        values[node.name] = node.operation.forward(*(values[name] for name in node.inputs))


def steps_back(nodes: Sequence[Node], gradients: dict[str, Array]) -> Iterator[BackwardStep]:
    """Nodes in reverse; where a value went to several of them, their gradients add up.

    That is the chain rule for several variables: dL/dv = sum over the uses u of v of dL/du du/dv.
    Every use of v stands behind it, so the sum is complete when its turn comes. A node that nothing
    reads has no part in the loss, and no turn.

    Args:
        nodes: each computed before, in this order.
        gradients: dL/d(value) by name: at first of the output, in the end of what no node made.
    """
    for node in reversed(nodes):
        inflowing = gradients.pop(node.name, None)
        if inflowing is None:
            continue
        if isinstance(node.operation, Layer):
            shares: tuple[Array, ...] = (node.operation.backward(inflowing),)
        else:
            shares = node.operation.backward(inflowing)
        for name, share in zip(node.inputs, shares, strict=True):
            # Not in place: an add gate hands the very same array to all its inputs.
            gradients[name] = gradients[name] + share if name in gradients else share
        yield BackwardStep(node, inflowing, shares)


class Graph(Layer):
    """Nodes in an order in which each comes after its inputs; the last one is the output.

    Parameters and gradients are named `node.parameter`, as in `sequential`.

    Raises:
        ValueError: a name is used twice, or a node reads one that does not come before it.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        super().__init__()
        known = {INPUT}
        for node in nodes:
            if node.name in known:
                raise ValueError(f"Two nodes are called {node.name!r}.")
            missing = [name for name in node.inputs if name not in known]
            if missing:
                raise ValueError(f"{node.name} reads {', '.join(missing)}, not among {known}.")
            known.add(node.name)
            if isinstance(node.operation, Layer):
                named = node.operation.parameters.items()
                self.parameters |= {f"{node.name}.{key}": value for key, value in named}
        self.nodes = tuple(nodes)

    def forward(self, x: Array) -> Array:
        values = {INPUT: x}
        go_forward(self.nodes, values)
        return values[self.nodes[-1].name]

    def backward(self, output_gradient: Array) -> Array:
        """Nodes in reverse, as `steps_back` says; parameters take their gradients on the way."""
        gradients = {self.nodes[-1].name: output_gradient}
        for step in steps_back(self.nodes, gradients):
            if isinstance(step.node.operation, Layer):
                named = step.node.operation.gradients.items()
                self.gradients |= {f"{step.node.name}.{key}": value for key, value in named}
        return gradients[INPUT]
