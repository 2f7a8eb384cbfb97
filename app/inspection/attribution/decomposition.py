"""The logit of a class as an exact sum, where only affine operations follow a layer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.activations.contribution import contributions
from app.inspection.activations.observation import Observation
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_names import INPUT
from app.inspection.graph.layer_node import LayerNode

# The same numbers in other axes.
_RESHAPING = frozenset({"flatten", "reshape", "squeeze", "unsqueeze"})
# f(x) = A x + b, whatever their settings are.
_AFFINE = _RESHAPING | frozenset(
    {"linear", "convolution", "batch_norm", "average_pool", "adaptive_average_pool", "mean"}
    | {"dropout"}
)


@dataclass(frozen=True, eq=False)
class Decomposition:
    """logit = sum of the shares + bias.

    Attributes:
        layer_id: the last layer behind which nothing bends.
        shares: of each of its channels, or features; float64, (channels,).
        bias: what the class would get if the layer were all zero.
        logit: as the network returned it.
    """

    layer_id: str
    shares: npt.NDArray[np.float64]
    bias: float
    logit: float

    @property
    def residual(self) -> float:
        """What is left of the logit beyond the rounding of the network's own float32 sum.

        Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, equation 4.4.
        """
        residual = self.logit - (float(self.shares.sum()) + self.bias)
        magnitude = float(np.abs(self.shares).sum()) + abs(self.bias)
        bound = (len(self.shares) + 1) * float(np.finfo(np.float32).eps) * magnitude
        return 0.0 if abs(residual) <= bound else residual

    @property
    def ranked(self) -> list[tuple[int, float]]:
        """(channel, share), the largest magnitude first."""
        order = np.argsort(-np.abs(self.shares), kind="stable")
        return [(int(channel), float(self.shares[channel])) for channel in order]


def affine_head(graph: LayerGraph) -> str | None:
    """The last layer behind which only affine operations lie, one after the other.

    None where the network ends in something that bends, as a softmax. Where nothing bends at all,
    the picture as the vector that the network makes of it, whose features are its pixels; its
    channels, of which a grey one has but one, where the network makes none.
    """
    layer = graph.layer(graph.output)
    if not _is_affine(layer):
        return None
    vector = None
    while _is_affine(layer) and len(layer.inputs) == 1:
        if layer.operation not in _RESHAPING:
            vector = None
        elif len(layer.output_shape) == 1:
            vector = layer.id
        before = graph.layer(layer.inputs[0])
        if "float" not in before.number_type:
            return layer.id  # whole numbers and truth values have no slope
        layer = before
    return vector if vector is not None and layer.id == INPUT else layer.id


def _is_affine(layer: LayerNode) -> bool:
    """False of a normalisation, too, that divides by the spread of this very picture."""
    if layer.operation == "batch_norm" and not layer.pointwise:
        return False
    return layer.operation in _AFFINE


def decompose(
    graph: LayerGraph, observation: Observation, layer_id: str, class_index: int
) -> Decomposition:
    """The shares of one class.

    Args:
        graph: of the network.
        observation: holds at least this layer.
        layer_id: see `affine_head`.
        class_index: whose logit.

    Source: Zhou, Khosla, Lapedriza, Oliva, Torralba, Learning Deep Features for Discriminative
    Localization, CVPR 2016, equation 2, for a head of average pooling and one linear layer.
    """
    value = observation.activations[layer_id]
    shares = contributions(graph, observation.tensor, layer_id, value, class_index)
    with torch.inference_mode():
        empty = torch.zeros_like(value)[None]
        logits = graph.compute(observation.tensor, (), given={layer_id: empty}).output
    if logits is None:
        raise RuntimeError("A run to the end returns an output.")
    return Decomposition(
        layer_id,
        shares,
        float(logits[0, class_index]),
        float(observation.activations.logits[class_index]),
    )
