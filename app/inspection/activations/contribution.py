"""What each channel of a layer contributes to the logit of a class, to first order."""

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.graph.layer_gradient import layer_gradient
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import logit_of, unit_values


def contributions(
    graph: LayerGraph,
    tensor: torch.Tensor,
    layer_id: str,
    layer: torch.Tensor,
    class_index: int,
    *,
    rival: int | None = None,
) -> npt.NDArray[np.float64]:
    """For each channel the sum over its positions of a * d logit / d a, (channels,).

    Where only linear layers follow, a channel's contribution is exactly its share of the logit,
    and all of them with the biases add up to it. Elsewhere it is the first term of a Taylor series
    at this picture. The network's parameters are only read; what lies before the layer is not
    computed again, unless a skip leads around it.

    Args:
        graph: of the network.
        tensor: (1, *graph.input_shape).
        layer_id: of the layer.
        layer: what it returned for it, (channels, height, width) or (features,).
        class_index: of the logit.
        rival: another class: what is explained is the logit less that of this one.

    Source: Simonyan, Vedaldi, Zisserman, Deep Inside Convolutional Networks, 2013, equation 3,
    taken at a layer in place of the image.
    """
    target = logit_of(graph, class_index, rival)
    _, gradient = layer_gradient(
        graph, tensor, layer_id, layer, lambda logits: unit_values(logits, target)[0]
    )
    products = (gradient * layer).reshape(layer.shape[0], -1)
    sums: npt.NDArray[np.float64] = products.numpy().sum(1, dtype=np.float64)
    return sums
