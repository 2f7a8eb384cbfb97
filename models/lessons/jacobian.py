"""Jacobians of a layer and of two in a row, and the gradient of a number behind them.

J_ij = dy_i/dx_j in both layouts. Whether vectors stand as columns or as rows changes shapes and
sides, never a sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.lessons.activation_curves import ACTIVATIONS, ActivationName
from models.scratch.cross_entropy import CrossEntropy, SoftmaxCrossEntropy, one_hot
from models.scratch.derivatives import jacobian
from models.scratch.layer import Array, Layer
from models.scratch.linear import Linear
from models.scratch.sequential import Sequential
from models.scratch.softmax import Softmax

LayoutName = Literal["column", "row"]


@dataclass(frozen=True)
class Stage:
    """One function of the chain.

    Attributes:
        kind: `linear`, `softmax` or an activation function's name.
        weight: of `linear`: W (m, n) of z = W x where vectors are columns, W (n, m) of z = x W
            where they are rows.
    """

    kind: Literal["linear", "softmax"] | ActivationName
    weight: Array | None = None


@dataclass(frozen=True)
class WorkedStage:
    """A stage at its place.

    Attributes:
        output: (m,).
        jacobian: of the output by the stage's input, (m, n).
        input_gradient: dj/d(input) (n,), if there is an inflow.
        weight_gradient: dj/dW in the shape of W, of a linear stage with an inflow.
    """

    output: Array
    jacobian: Array
    input_gradient: Array | None
    weight_gradient: Array | None


@dataclass(frozen=True)
class WorkedChain:
    """All stages.

    Attributes:
        stages: in their order.
        product: of their Jacobians, the last one first.
        whole: the Jacobian of all stages as one function, found without theirs.
        loss: of the label, in nats.
        inflow: f = dj/dz (m,), given or of the label.
    """

    stages: tuple[WorkedStage, ...]
    product: Array
    whole: Array
    loss: float | None
    inflow: Array | None


def worked_chain(
    x: Array,
    stages: Sequence[Stage],
    layout: LayoutName,
    inflow: Array | None = None,
    label: int | None = None,
) -> WorkedChain:
    """Every Jacobian of the chain at x, and what flows back through it.

    Args:
        x: (n,).
        stages: in their order; their sizes fit.
        layout: how vectors stand.
        inflow: dj/dz of a number j that is computed from the last output z.
        label: instead of it, the right class, y as one-hot: j = cross-entropy(y, z) behind a
            softmax, else j = cross-entropy(y, softmax(z)).
    """
    layers = [_layer(each, layout) for each in stages]
    worked = Sequential(layers)
    loss = None
    if label is not None:
        loss, inflow = _loss(worked.forward(x[None]), label, stages[-1].kind == "softmax")
    values, jacobians = [x], []
    for layer in layers:
        jacobians.append(jacobian(layer, values[-1][None]))
        values.append(layer.forward(values[-1][None])[0])
    product = jacobians[0]
    for each in jacobians[1:]:
        product = each @ product
    whole = jacobian(worked, x[None])
    gradients: list[Array | None] = [None] * len(layers)
    if inflow is not None:
        worked.forward(x[None])
        flowing = inflow[None]
        for place in reversed(range(len(layers))):
            flowing = layers[place].backward(flowing)
            gradients[place] = flowing[0]
    return WorkedChain(
        tuple(
            WorkedStage(output, each, gradient, _weight_gradient(layer, layout, inflow is not None))
            for output, each, gradient, layer in zip(
                values[1:], jacobians, gradients, layers, strict=True
            )
        ),
        product,
        whole,
        loss,
        inflow,
    )


def _loss(z: Array, label: int, are_probabilities: bool) -> tuple[float, Array]:
    """The loss j and dj/dz: of probabilities p it is -y / p, of scores p - y."""
    labels = np.array([label])
    if are_probabilities:
        entropy = CrossEntropy(one_hot(labels, z.shape[1], z.dtype))
        return float(entropy.forward(z)), entropy.backward(np.array(1.0))[0]
    criterion = SoftmaxCrossEntropy()
    return criterion.forward(z, labels), criterion.backward()[0]


def _layer(stage: Stage, layout: LayoutName) -> Layer:
    if stage.kind == "linear":
        if stage.weight is None:
            raise ValueError("A linear stage has a weight.")
        # `Linear` keeps examples in rows and has a template a row: x W^T.
        return Linear(stage.weight if layout == "column" else stage.weight.T)
    return Softmax() if stage.kind == "softmax" else ACTIVATIONS[stage.kind]()


def _weight_gradient(layer: Layer, layout: LayoutName, flowed: bool) -> Array | None:
    if not flowed or not isinstance(layer, Linear):
        return None
    gradient = layer.gradients["weight"]
    return gradient if layout == "column" else gradient.T
