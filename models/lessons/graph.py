"""A computational graph, worked forward and back: who had how much to do with the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import ExpressionRefusedError
from models.lessons.expression import Operation, parse_expression
from models.scratch.activations import ReLU, Sigmoid, Tanh
from models.scratch.elementary import Exponential, Logarithm, Negate, Power
from models.scratch.gates import Add, Divide, Gate, Maximum, Multiply, Subtract
from models.scratch.graph import Node, go_forward, steps_back
from models.scratch.layer import Array, Layer

DEFAULT_VALUE = 1.0
_LEAVES = ("variable", "constant")
_OPERATIONS: dict[str, Callable[[], Layer | Gate]] = {
    "add": Add,
    "subtract": Subtract,
    "multiply": Multiply,
    "divide": Divide,
    "negate": Negate,
    "exp": Exponential,
    "log": Logarithm,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "relu": ReLU,
    "max": Maximum,
}
# The local gradient for each input, in Python's notation: a, b are the inputs, y is the value,
# n the exponent.
_RULES = {
    "add": ("1", "1"),
    "subtract": ("1", "-1"),
    "multiply": ("b", "a"),
    "divide": ("1 / b", "-a / b**2"),
    "negate": ("-1",),
    "exp": ("y",),
    "log": ("1 / a",),
    "tanh": ("1 - y**2",),
    "sigmoid": ("y * (1 - y)",),
    "relu": ("1 if a > 0 else 0",),
    "power": ("n * a**(n - 1)",),
}


@dataclass(frozen=True)
class WorkedNode:
    """A value of the graph.

    Attributes:
        id, kind, text: as in `expression.Operation`.
        inputs: ids of earlier nodes.
        value: () or (rows, columns).
        inflow: what has come back to it, dL/dvalue; None where nothing behind it may change.
    """

    id: str
    kind: str
    text: str
    inputs: tuple[str, ...]
    value: Array
    inflow: Array | None


@dataclass(frozen=True)
class WorkedEdge:
    """One use of a value, and what it sends back.

    Attributes:
        source, target: ids; the value of `source` is an input of `target`.
        slot: which of its inputs.
        rule: the local gradient as a formula in the inputs a, b, ..., the value y and a power's
            exponent n; between matrices what is sent, where g is the inflow of `target`.
        local: the local gradient, between single numbers.
        sent: inflow of `target` times local gradient.
    """

    source: str
    target: str
    slot: int
    rule: str
    local: float | None
    sent: Array


@dataclass(frozen=True)
class Effort:
    """Products of an inflow with a local gradient that it takes.

    Attributes:
        cached: going back once, each edge's product made once and kept.
        naive: for each variable, for each path to it from the end, one product an edge.
        paths: how many such paths there are.
    """

    cached: int
    naive: int
    paths: int


@dataclass(frozen=True)
class WorkedGraph:
    """Nodes in the order of the steps forward, edges in that of the steps back."""

    nodes: tuple[WorkedNode, ...]
    edges: tuple[WorkedEdge, ...]
    effort: Effort


def worked_expression(text: str, values: Mapping[str, float], inflow: float = 1.0) -> WorkedGraph:
    """The graph of an expression, with the gradient of every node.

    Args:
        text: as `parse_expression` reads it.
        values: of its variables; one that is not named is `DEFAULT_VALUE`.
        inflow: the gradient that flows in at the end.

    Raises:
        ExpressionRefusedError: it cannot be read, or has no finite value or gradient somewhere.
    """
    operations = parse_expression(text)
    with np.errstate(all="ignore"):
        worked = work(
            operations,
            {each.id: _operation(each) for each in operations if each.kind not in _LEAVES},
            {
                each.id: np.array(_leaf_value(each, values), dtype=np.float64)
                for each in operations
                if each.kind in _LEAVES
            },
            np.array(inflow, dtype=np.float64),
        )
    _check_finite(worked, text)
    return worked


def work(
    operations: Sequence[Operation],
    computing: Mapping[str, Layer | Gate],
    leaves: Mapping[str, Array],
    inflow: Array,
    rules: Mapping[str, Sequence[str]] = _RULES,
) -> WorkedGraph:
    """Forward, then back.

    Args:
        operations: each after its inputs; the last one is the end.
        computing: what computes each that is no leaf, by id.
        leaves: values of the others.
        inflow: dL/d(end), of the end's shape.
        rules: formulas of the edges by kind and slot.
    """
    nodes = [Node(each.id, computing[each.id], each.inputs) for each in operations if each.inputs]
    values = dict(leaves)
    go_forward(nodes, values)
    changing = _changing(operations)
    by_id = {each.id: each for each in operations}
    gradients = {operations[-1].id: inflow}
    inflows: dict[str, Array] = {}
    edges = []
    for step in steps_back(nodes, gradients):
        inflows[step.node.name] = step.inflowing
        operation = by_id[step.node.name]
        local = _local_gradients(step.node.operation, [values[name] for name in operation.inputs])
        edges += [
            WorkedEdge(
                source, operation.id, slot, _rule(operation, slot, rules), local[slot], share
            )
            for slot, (source, share) in enumerate(zip(operation.inputs, step.shares, strict=True))
            if source in changing
        ]
    inflows |= gradients
    return WorkedGraph(
        tuple(
            WorkedNode(
                each.id,
                each.kind,
                each.text,
                each.inputs,
                np.asarray(values[each.id]),
                inflows[each.id] if each.id in changing else None,
            )
            for each in operations
        ),
        tuple(edges),
        _effort(operations, edges),
    )


def _operation(operation: Operation) -> Layer | Gate:
    if operation.kind == "power":
        if operation.number is None:
            raise ValueError(f"{operation.text} has no exponent.")
        return Power(operation.number)
    return _OPERATIONS[operation.kind]()


def _leaf_value(operation: Operation, values: Mapping[str, float]) -> float:
    if operation.number is not None:
        return operation.number
    return values.get(operation.id, DEFAULT_VALUE)


def _changing(operations: Sequence[Operation]) -> set[str]:
    """Those with a variable somewhere behind them: to no other is a gradient of use."""
    changing: set[str] = set()
    for each in operations:
        if each.kind == "variable" or changing.intersection(each.inputs):
            changing.add(each.id)
    return changing


def _local_gradients(operation: Layer | Gate, inputs: Sequence[Array]) -> Sequence[float | None]:
    """What goes back for an inflow of 1; between matrices that would be a Jacobian."""
    if any(each.ndim for each in inputs):
        return (None,) * len(inputs)
    shares = operation.backward(np.array(1.0))
    return [float(each) for each in (shares if isinstance(shares, tuple) else (shares,))]


def _rule(operation: Operation, slot: int, rules: Mapping[str, Sequence[str]]) -> str:
    if operation.kind == "max":
        return _rule_of_max(slot, len(operation.inputs))
    return rules[operation.kind][slot]


def _rule_of_max(slot: int, count: int) -> str:
    """Of equals the first is the largest: above all before it, and below none behind it."""
    own, names = "abcdef"[slot], "abcdef"[:count]
    conditions = [
        f"{own} {sign} " + (others if len(others) == 1 else f"max({', '.join(others)})")
        for sign, others in ((">", names[:slot]), (">=", names[slot + 1 :]))
        if others
    ]
    return f"1 if {' and '.join(conditions)} else 0"


def _effort(operations: Sequence[Operation], edges: Sequence[WorkedEdge]) -> Effort:
    """Paths from the end to each node, and how long they are together, without walking any."""
    paths = dict.fromkeys((each.id for each in operations), 0)
    lengths = dict(paths)
    paths[operations[-1].id] = 1
    # A node's edges come after all edges that lead to it from the end.
    for edge in edges:
        paths[edge.source] += paths[edge.target]
        lengths[edge.source] += lengths[edge.target] + paths[edge.target]
    variables = [each.id for each in operations if each.kind == "variable"]
    return Effort(
        cached=len(edges),
        naive=sum(lengths[each] for each in variables),
        paths=sum(paths[each] for each in variables),
    )


def _check_finite(worked: WorkedGraph, text: str) -> None:
    variables = [each.id for each in worked.nodes if each.kind == "variable"]
    for what in ("value", "inflow"):
        for node in worked.nodes:
            number = getattr(node, what)
            if number is not None and not np.isfinite(number).all():
                raise ExpressionRefusedError(
                    f"{node.text} has no finite {what} with these values.",
                    text.find(node.text),
                    variables,
                )
