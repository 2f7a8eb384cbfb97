"""Gradients of one unit by the input, and how the colours of a pixel become one number."""

from collections.abc import Iterator

import torch

from app.inspection.attribution.contract import Heatmap, Option, OptionValue
from app.inspection.effective_field import Unit
from app.inspection.graph import LayerGraph
from app.inspection.program import Evaluate, evaluate_plainly

# Pictures a run: on one core more gain nothing, and take memory.
BATCH = 8


def colours_option(default: str) -> Option:
    """How the values of a pixel's colours become one."""
    return Option(
        name="colours",
        title="colours of a pixel",
        description=(
            "maximum: the largest magnitude of its colours; magnitude: their magnitudes summed; "
            "sum: summed with their signs."
        ),
        kind="choice",
        default=default,
        choices=("maximum", "magnitude", "sum"),
    )


def merged(pixels: torch.Tensor, how: OptionValue) -> Heatmap:
    """(channels, height, width) to (height, width), see `colours_option`."""
    if how == "maximum":
        values = pixels.abs().amax(0)
    elif how == "magnitude":
        values = pixels.abs().sum(0)
    else:
        values = pixels.sum(0)
    result: Heatmap = values.to(torch.float32).contiguous().numpy()
    return result


def chosen_values(layer: torch.Tensor, target: Unit) -> torch.Tensor:
    """The target's value for every picture of a batch, (batch,)."""
    values = layer[:, target.channel]
    return values[:, target.row, target.column] if values.dim() == 3 else values.reshape(len(layer))


def input_gradient(
    graph: LayerGraph,
    tensor: torch.Tensor,
    target: Unit,
    evaluate: Evaluate = evaluate_plainly,
) -> tuple[torch.Tensor, torch.Tensor]:
    """(values (batch,), d value / d pixel (batch, channels, height, width)).

    The gradient is zero where the target does not depend on the input at all.

    Args:
        graph: of the network; its parameters are only read.
        tensor: (batch, *graph.input_shape); only read.
        target: whose value.
        evaluate: carries out each operation; a place for other rules of going backwards.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        pixels = tensor.clone().requires_grad_()
        computed = graph.compute(pixels, (target.layer_id,), to_the_end=False, evaluate=evaluate)
        values = chosen_values(computed.layers[target.layer_id], target)
        if not values.requires_grad:
            return values, torch.zeros_like(tensor)
        (gradient,) = torch.autograd.grad(values.sum(), pixels)
    return values.detach(), gradient


def target_values(graph: LayerGraph, tensor: torch.Tensor, target: Unit) -> torch.Tensor:
    """The target for every picture of a batch, (batch,), without gradients."""
    with torch.inference_mode():
        computed = graph.compute(tensor, (target.layer_id,), to_the_end=False)
        return chosen_values(computed.layers[target.layer_id], target)


def batches(graph: LayerGraph, count: int, largest: int = BATCH) -> Iterator[range]:
    """Runs of indices below `count`, as many at once as network and memory can take and is good."""
    size = graph.pictures_at_once(largest)
    for first in range(0, count, size):
        yield range(first, min(first + size, count))
