"""dL/da: how the loss of a class moves with every value that a layer computed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.filters.bank import norms
from app.inspection.gradients.loss import class_loss
from app.inspection.graph.layer_gradient import layer_gradient
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.rendering.maps import Statistics, statistics


@dataclass(frozen=True, eq=False)
class ActivationGradient:
    """The gradient of a picture's loss by one layer.

    Attributes:
        loss: of the class, in nats.
        values: dL/da, float32 in the layer's shape, (channels, height, width) or (features,).
    """

    loss: float
    values: torch.Tensor

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        return self.values.nbytes


@dataclass(frozen=True, eq=False)
class GradientFacts:
    """A gradient in numbers, map by map.

    Attributes:
        l2: of each map, (channels,).
    """

    shape: tuple[int, ...]
    channels: Statistics
    l2: npt.NDArray[np.float64]


def activation_gradient(
    graph: LayerGraph,
    tensor: torch.Tensor,
    layer_id: str,
    layer: torch.Tensor,
    class_index: int,
) -> ActivationGradient:
    """dL/da of every value a of a layer, L = -log p of a class.

    At the logits that is p - y. Arguments and errors are those of `layer_gradient`.
    """
    loss, gradient = layer_gradient(
        graph, tensor, layer_id, layer, lambda logits: class_loss(logits, class_index)
    )
    return ActivationGradient(loss, gradient.to(torch.float32).contiguous())


def describe_gradient(gradient: ActivationGradient) -> GradientFacts:
    """Range, mean and length of every map."""
    values = gradient.values
    return GradientFacts(tuple(values.shape), statistics(values), norms(values).l2)
