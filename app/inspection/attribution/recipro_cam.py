"""Recipro-CAM: what the network's rest says of each place of the maps, left alone."""

import torch
from torch.nn import functional

from app.inspection.attribution.class_maps import RELU, class_map, layer_maps
from app.inspection.attribution.contract import Attribution, Method, Option, Options, Subject
from app.inspection.attribution.gradient import batches
from app.inspection.graph.unit import unit_values, values_of
from app.inspection.progress import Progress
from models.catalogue.entry import Paper

_WEIGHTS = torch.tensor([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]) / 16
# Masks computed at once: what runs is the rest of the network, often a small part of it.
_LARGEST_BATCH = 32


def recipro_cam(subject: Subject, options: Options, progress: Progress) -> Attribution:
    """L at (i, j) = y of the network's rest where only the cell (i, j) of the maps is left.

    All other cells are zero. With `gaussian` the values of that cell also stand around it, the
    whole of them spread as 1/4 in the cell itself, 1/8 beside it and 1/16 at its corners; what
    would lie outside the maps is lost. What lies before the layer is not computed again. The
    authors take the softmax's value and scale the result to [0, 1]; here it stays in the units of
    the target, less what the target is where all maps are zero, so that 0 means that a place says
    nothing.

    Source: Byun, Lee, Recipro-CAM, 2022 (arXiv 2209.14074); in CVPR Workshops 2024, pp. 8364-8370,
    as ReciproCAM. How the cell is spread, and that it is not by default, is as in the authors' own
    programs (sybyun/ReciproCAM and openvinotoolkit/datumaro on GitHub).
    """
    graph, target = subject.graph, subject.target
    layer_id = subject.layer_id or ""
    maps = layer_maps(subject)
    largest = _LARGEST_BATCH if graph.layer(layer_id).counts_pictures else 1
    cells = maps.shape[1] * maps.shape[2]
    weights = _WEIGHTS if options["gaussian"] else None
    with torch.inference_mode():

        def scores_of(values: torch.Tensor) -> torch.Tensor:
            pictures = subject.tensor.expand(len(values), -1, -1, -1)
            given = {layer_id: values}
            computed = graph.compute(pictures, (target.layer_id,), to_the_end=False, given=given)
            return unit_values(computed.layers[target.layer_id], target)

        nothing = scores_of(torch.zeros_like(maps)[None])
        scores = torch.empty(cells)
        for rows in batches(graph, cells, largest):
            progress(rows.start, cells)
            scores[rows.start : rows.stop] = scores_of(_alone(maps, rows, weights)) - nothing
        raw = scores.reshape(maps.shape[1:])
        value = float(values_of(graph, subject.tensor, target)[0])
        return class_map(subject, raw, value, options)


def _alone(maps: torch.Tensor, cells: range, weights: torch.Tensor | None) -> torch.Tensor:
    """(cells, channels, height, width): the values of one cell each, counted row after row."""
    channels, height, width = maps.shape
    left = torch.zeros(len(cells), channels, height, width)
    for place, cell in enumerate(cells):
        row, column = divmod(cell, width)
        left[place, :, row, column] = maps[:, row, column]
    if weights is None:
        return left
    kernel = weights.expand(channels, 1, *weights.shape)
    return functional.conv2d(left, kernel, padding=len(weights) // 2, groups=channels)


METHOD = Method(
    name="recipro_cam",
    title="Recipro-CAM",
    summary="Lets one place of the maps through at a time, and asks what follows: no gradient.",
    formula="L_ij = y(A_ij alone) - y(0), y the network from the layer on, A_ij the maps at (i, j)",
    paper=Paper(
        "Recipro-CAM: Fast gradient-free visual explanations for convolutional neural networks",
        "Byun, Lee",
        2022,
        "https://arxiv.org/abs/2209.14074",
    ),
    run=recipro_cam,
    options=(
        Option(
            "gaussian",
            "spread",
            "Spread the values of the place over the eight cells around it, 1/4 in its own.",
            "boolean",
            default=False,
        ),
        RELU,
    ),
    uses_layer=True,
    is_long=True,
)
