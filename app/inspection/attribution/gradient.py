"""What gradients by the input share: batches, and how the colours of a pixel become one number."""

from collections.abc import Iterator

import torch

from app.inspection.attribution.contract import Heatmap, Option, OptionValue
from app.inspection.graph.layer_graph import LayerGraph

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


def batches(graph: LayerGraph, count: int, largest: int = BATCH) -> Iterator[range]:
    """Runs of indices below `count`, as many at once as network and memory can take and is good."""
    size = graph.pictures_at_once(largest)
    for first in range(0, count, size):
        yield range(first, min(first + size, count))
