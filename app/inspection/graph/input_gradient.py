"""The gradient of a unit by every value of the input."""

import torch

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.program import Evaluate, evaluate_plainly
from app.inspection.graph.unit import Unit, check_unit, unit_values


def input_gradient(
    graph: LayerGraph,
    tensor: torch.Tensor,
    unit: Unit,
    evaluate: Evaluate = evaluate_plainly,
) -> tuple[torch.Tensor, torch.Tensor]:
    """(values (batch,), d value / d pixel (batch, channels, height, width)).

    The gradient is zero where the unit does not depend on the input at all. Several threads may do
    this at once.

    Args:
        graph: of the network; its parameters are only read.
        tensor: (batch, *graph.input_shape); only read.
        unit: whose value.
        evaluate: carries out each operation; a place for other rules of going backwards.

    Raises:
        UnknownLayerError: the graph has no such layer.
        NotAUnitError: the layer is neither a vector nor maps.
        ComplexValuesError: it has complex numbers.
        IndexError: there is no such unit.
    """
    check_unit(graph, unit)
    with torch.inference_mode(mode=False), torch.enable_grad():
        pixels = tensor.clone().requires_grad_()
        computed = graph.compute(pixels, (unit.layer_id,), to_the_end=False, evaluate=evaluate)
        values = unit_values(computed.layers[unit.layer_id], unit)
        if not values.requires_grad:
            return values, torch.zeros_like(tensor)
        # The parameters of a network that is in training have gradients too.
        (gradient,) = torch.autograd.grad(values.sum(), pixels, materialize_grads=True)
    return values.detach(), gradient
