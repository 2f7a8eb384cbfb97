"""Networks that fork and join: a residual block, an Inception module."""

from collections.abc import Sequence
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
        for node in self.nodes:
            values[node.name] = node.operation.forward(*(values[name] for name in node.inputs))
        return values[self.nodes[-1].name]

    def backward(self, output_gradient: Array) -> Array:
        """Nodes in reverse; where a value went to several of them, their gradients add up.

        That is the chain rule for several variables: dL/dv = sum over the uses u of v of
        dL/du du/dv. Every use of v stands behind it, so the sum is complete when its turn comes.
        """
        gradients = {self.nodes[-1].name: output_gradient}
        for node in reversed(self.nodes):
            # A node that nothing reads has no part in the loss.
            inflowing = gradients.pop(node.name, None)
            if inflowing is None:
                continue
            if isinstance(node.operation, Layer):
                shares: tuple[Array, ...] = (node.operation.backward(inflowing),)
                named = node.operation.gradients.items()
                self.gradients |= {f"{node.name}.{key}": value for key, value in named}
            else:
                shares = node.operation.backward(inflowing)
            for name, share in zip(node.inputs, shares, strict=True):
                # Not in place: an add gate hands the very same array to all its inputs.
                gradients[name] = gradients[name] + share if name in gradients else share
        return gradients[INPUT]
