"""Occlusion: how much the target falls when a square of the picture is covered."""

import torch

from app.inspection.attribution.baselines import baseline
from app.inspection.attribution.contract import (
    Attribution,
    Method,
    Option,
    Options,
    Step,
    Subject,
)
from app.inspection.capture import capture
from app.inspection.occlusion import occlusion
from models.entry import Paper

# Unless told: a seventh of the input, 32 px of 224, and half of that on.
_SHARE = 7
_LARGEST_PX = 1024


def occlude(subject: Subject, options: Options, step: Step) -> Attribution:
    """The mean over the patches that cover a pixel of y(x) - y(x covered).

    Exact, though only what a patch reaches is computed anew; see `app.inspection.occlusion`.

    Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014,
    section 4.2.
    """
    graph, tensor = subject.graph, subject.tensor
    side = min(tensor.shape[2:])
    patch = min(int(options["patch"]) or max(1, round(side / _SHARE)), side)
    stride = min(int(options["stride"]) or max(1, patch // 2), patch)
    activations = subject.activations
    if any(layer_id not in activations for layer_id in graph.layer_ids):
        activations = capture(graph, tensor)
    with torch.inference_mode():
        fill = baseline(subject, str(options["fill"]))[0, :, 0, 0]
    found = occlusion(
        graph,
        tensor,
        activations,
        subject.target,
        patch=patch,
        stride=stride,
        fill=fill,
        step=step,
    )
    return Attribution(
        found.heat,
        found.baseline,
        facts={"patch": patch, "stride": stride, "patches": found.patches.count},
    )


METHOD = Method(
    name="occlusion",
    title="Occlusion",
    summary="Covers the picture square by square and sees how far the score falls: no gradient.",
    formula="mean over patches P that cover the pixel of y(x) - y(x with P covered)",
    paper=Paper(
        "Visualizing and Understanding Convolutional Networks",
        "Zeiler, Fergus",
        2014,
        "https://arxiv.org/abs/1311.2901",
    ),
    run=occlude,
    options=(
        Option(
            "patch",
            "patch, px",
            "Side of the square; 0: a seventh of the input.",
            "integer",
            0,
            0,
            _LARGEST_PX,
        ),
        Option(
            "stride",
            "stride, px",
            "From one square to the next; 0: half a square.",
            "integer",
            0,
            0,
            _LARGEST_PX,
        ),
        Option(
            "fill",
            "covered with",
            "What covers the square.",
            "choice",
            "mean",
            choices=("mean", "black"),
        ),
    ),
    is_long=True,
)
