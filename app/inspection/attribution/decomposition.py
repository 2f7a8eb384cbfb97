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
    """logit = sum of the shares + bias; with a rival, of a class less those of the rival.

    Attributes:
        layer_id: the last layer behind which nothing bends.
        shares: of each of its channels, or features; float64, (channels,).
        bias: what the class would get if the layer were all zero.
        logit: as the network returned it.
        added_up: magnitude of all that the network added up, by which its rounding goes; that of
            the shares and the bias where that is more.
    """

    layer_id: str
    shares: npt.NDArray[np.float64]
    bias: float
    logit: float
    added_up: float = 0.0

    @property
    def residual(self) -> float:
        """What is left of the logit beyond the rounding of the network's own float32 sum.

        Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, equation 4.4.
        """
        residual = self.logit - (float(self.shares.sum()) + self.bias)
        magnitude = max(self.added_up, float(np.abs(self.shares).sum()) + abs(self.bias))
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
    graph: LayerGraph,
    observation: Observation,
    layer_id: str,
    class_index: int,
    rival: int | None = None,
) -> Decomposition:
    """The shares of one class; with a rival, of what the class has above the rival.

    Args:
        graph: of the network.
        observation: holds at least this layer.
        layer_id: see `affine_head`.
        class_index: whose logit.
        rival: the class whose shares, bias and logit are taken away.

    Source: Zhou, Khosla, Lapedriza, Oliva, Torralba, Learning Deep Features for Discriminative
    Localization, CVPR 2016, equation 2, for a head of average pooling and one linear layer.
    """
    value = observation.activations[layer_id]
    with torch.inference_mode():
        empty = torch.zeros_like(value)[None]
        logits = graph.compute(observation.tensor, (), given={layer_id: empty}).output
    if logits is None:
        raise RuntimeError("A run to the end returns an output.")

    def of(index: int) -> Decomposition:
        shares = contributions(graph, observation.tensor, layer_id, value, index)
        bias = float(logits[0, index])
        magnitude = float(np.abs(shares).sum()) + abs(bias)
        logit = float(observation.activations.logits[index])
        return Decomposition(layer_id, shares, bias, logit, magnitude)

    found = of(class_index)
    if rival is None:
        return found
    # Each class by itself: the network rounded each of the two sums, not their difference.
    other = of(rival)
    return Decomposition(
        layer_id,
        found.shares - other.shares,
        found.bias - other.bias,
        found.logit - other.logit,
        found.added_up + other.added_up,
    )
