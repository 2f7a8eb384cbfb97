"""Recipro-CAM: what the network's rest says of each place of the maps, left alone."""

import torch
from torch.nn import functional

from app.inspection.attribution.class_maps import RELU, class_map, layer_maps
from app.inspection.attribution.contract import Attribution, Method, Option, Options, Subject
from app.inspection.attribution.gradient import batches
from app.inspection.graph.unit import unit_values, values_of
from app.inspection.progress import Progress
from models.catalogue.entry import Paper

_SIDE = 3
# Masks computed at once: what runs is the rest of the network, often a small part of it.
_LARGEST_BATCH = 32


def recipro_cam(subject: Subject, options: Options, progress: Progress) -> Attribution:
    """L at (i, j) = y of the network's rest for the maps A * M_ij.

    M_ij lets through the cell (i, j) of every map, and with `gaussian` a little of the eight around
    it: 1/4 of the cell, 1/8 of its neighbours, 1/16 of those at its corners. What lies before the
    layer is not computed again. The paper scales the result to [0, 1]; here it stays in the units
    of the target, less what the target is where all maps are zero, so that 0 means that a place
    says nothing.

    Source: Byun, Lee, Recipro-CAM, 2022 (arXiv 2209.14074), section 3.
    """
    graph, target = subject.graph, subject.target
    layer_id = subject.layer_id or ""
    maps = layer_maps(subject)
    largest = _LARGEST_BATCH if graph.layer(layer_id).counts_pictures else 1
    masks = _masks(maps.shape[1], maps.shape[2], gaussian=bool(options["gaussian"]))
    with torch.inference_mode():

        def scores_of(values: torch.Tensor) -> torch.Tensor:
            pictures = subject.tensor.expand(len(values), -1, -1, -1)
            given = {layer_id: values}
            computed = graph.compute(pictures, (target.layer_id,), to_the_end=False, given=given)
            return unit_values(computed.layers[target.layer_id], target)

        nothing = scores_of(torch.zeros_like(maps)[None])
        scores = torch.empty(len(masks))
        for rows in batches(graph, len(masks), largest):
            progress(rows.start, len(masks))
            part = slice(rows.start, rows.stop)
            scores[part] = scores_of(maps * masks[part, None]) - nothing
        raw = scores.reshape(maps.shape[1:])
        value = float(values_of(graph, subject.tensor, target)[0])
        return class_map(subject, raw, value, options)


def _masks(height: int, width: int, *, gaussian: bool) -> torch.Tensor:
    """One for each cell of a map, row after row: (height * width, height, width)."""
    single = torch.eye(height * width).reshape(-1, 1, height, width)
    if not gaussian:
        return single[:, 0]
    across = torch.tensor([1.0, 2.0, 1.0]) / 4
    kernel = (across[:, None] * across)[None, None]
    return functional.conv2d(single, kernel, padding=_SIDE // 2)[:, 0]


METHOD = Method(
    name="recipro_cam",
    title="Recipro-CAM",
    summary="Lets one place of the maps through at a time, and asks what follows: no gradient.",
    formula="L_ij = y(A * M_ij) - y(0), y the network from the layer on, M_ij a mask around (i, j)",
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
            "soft mask",
            "Let a little of the eight cells around it through too, as the paper does.",
            "boolean",
            default=True,
        ),
        RELU,
    ),
    uses_layer=True,
    is_long=True,
)
