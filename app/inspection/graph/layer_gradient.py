"""The gradient of something the network says by every value of a layer."""

from collections.abc import Callable

import torch

from app.inspection.graph.layer_graph import LayerGraph


def layer_gradient(
    graph: LayerGraph,
    tensor: torch.Tensor,
    layer_id: str,
    layer: torch.Tensor,
    scalar: Callable[[torch.Tensor], torch.Tensor],
) -> tuple[float, torch.Tensor]:
    """(the scalar, d scalar / d layer in the shape of `layer`).

    What lies before the layer is not computed again, unless a skip leads around it. The gradient is
    zero where the scalar does not depend on the layer at all. Several threads may do this at once.

    Args:
        graph: of the network; its parameters are only read.
        tensor: (1, *graph.input_shape); only read.
        layer_id: of the layer.
        layer: what it returned for this picture, (channels, height, width) or (features,).
        scalar: of what the network returns, (1, classes).

    Raises:
        UnknownLayerError: the graph has no such layer.
        ComplexValuesError: it has complex numbers.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        # Captured values are inference tensors, of which no gradient can be taken.
        value = layer.clone()[None].requires_grad_()
        output = graph.compute(tensor.clone(), (), given={layer_id: value}).output
        if output is None:
            raise RuntimeError("A run to the end returns an output.")
        found = scalar(output)
        if not found.requires_grad:
            return float(found), torch.zeros_like(layer)
        (gradient,) = torch.autograd.grad(found, value, materialize_grads=True)
    return float(found.detach()), gradient[0]
