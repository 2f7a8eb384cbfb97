"""The graph of a network with two layers, with a matrix on every edge; examples are columns."""

from collections.abc import Sequence

import numpy as np

from models.lessons.activation_curves import ACTIVATIONS, ActivationName
from models.lessons.expression import Operation
from models.lessons.graph import WorkedGraph, work
from models.scratch.cross_entropy import CrossEntropy, one_hot
from models.scratch.gates import MatrixMultiply
from models.scratch.layer import Array
from models.scratch.softmax import Softmax

_OPERATIONS = (
    Operation("W1", "variable", "W1"),
    Operation("x", "variable", "x"),
    Operation("s", "matrix_multiply", "W1 x", ("W1", "x")),
    Operation("h", "activation", "f(s)", ("s",)),
    Operation("W2", "variable", "W2"),
    Operation("t", "matrix_multiply", "W2 h", ("W2", "h")),
    Operation("p", "softmax", "softmax(t)", ("t",)),
    Operation("L", "cross_entropy", "cross-entropy(y, p)", ("p",)),
)
# What is sent, in numpy's notation: g flows in, a and b are the inputs, y is the value, f' the
# slope of the activation, n the number of examples, and `target` what was right, one-hot.
_RULES = {
    "matrix_multiply": ("g @ b.T", "a.T @ g"),
    "activation": ("g * f'(a)",),
    "softmax": ("y * (g - (y * g).sum(axis=0))",),
    "cross_entropy": ("g * -target / (n * a)",),
}


def worked_network(
    inputs: Array,
    hidden_weights: Array,
    output_weights: Array,
    labels: Sequence[int],
    activation: ActivationName,
) -> WorkedGraph:
    """L = cross-entropy(y, softmax(W2 f(W1 x))), the mean over examples, and every gradient.

    Args:
        inputs: x (d, n), an example a column.
        hidden_weights: W1 (h, d).
        output_weights: W2 (c, h).
        labels: the right class of each example; as one-hot columns they are y (c, n).
        activation: f.
    """
    targets = one_hot(np.array(labels), len(output_weights), inputs.dtype).T
    return work(
        _OPERATIONS,
        {
            "s": MatrixMultiply(),
            "h": ACTIVATIONS[activation](),
            "t": MatrixMultiply(),
            "p": Softmax(axis=0),
            "L": CrossEntropy(targets, axis=0),
        },
        {"W1": hidden_weights, "x": inputs, "W2": output_weights},
        np.array(1.0),
        _RULES,
    )
