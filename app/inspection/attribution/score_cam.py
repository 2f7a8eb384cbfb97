"""Score-CAM: each map weighed by the score that the network gives what the map lets through."""

import torch

from app.inspection.attribution.class_maps import RELU, class_map, layer_maps, upsampled
from app.inspection.attribution.contract import Attribution, Method, Option, Options, Subject
from app.inspection.attribution.gradient import batches
from app.inspection.graph.unit import values_of
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def score_cam(subject: Subject, options: Options, progress: Progress) -> Attribution:
    """L = ReLU(sum over k of a_k A^k), a = softmax over k of y(x * s(Up(A^k))).

    s scales a map to [0, 1]; one without range masks everything. The paper subtracts the score of a
    baseline from every y, which the softmax does not see. With fewer `channels` only those of the
    largest spread are asked, and the others weigh nothing (Li et al., FSCAM, 2021).

    Source: Wang et al., Score-CAM, CVPR Workshops 2020, definitions 3 and 4.
    """
    graph, target = subject.graph, subject.target
    maps = layer_maps(subject)
    chosen = _chosen(maps, int(options["channels"]))
    height, width = subject.tensor.shape[2:]
    scores = torch.empty(len(chosen))
    with torch.inference_mode():
        for rows in batches(graph, len(chosen)):
            progress(rows.start, len(chosen))
            part = slice(rows.start, rows.stop)
            masks = _scaled(upsampled(maps[chosen[part]], (height, width)))
            scores[part] = values_of(graph, subject.tensor * masks[:, None], target)
        raw = (scores.softmax(0)[:, None, None] * maps[chosen]).sum(0)
        value = float(values_of(graph, subject.tensor, target)[0])
        return class_map(subject, raw, value, options)


def _chosen(maps: torch.Tensor, count: int) -> torch.Tensor:
    """Indices of the channels to ask, ascending."""
    if count == 0 or count >= len(maps):
        return torch.arange(len(maps))
    return maps.flatten(1).std(1).argsort(descending=True, stable=True)[:count].sort().values


def _scaled(masks: torch.Tensor) -> torch.Tensor:
    """Each of (n, height, width) to [0, 1]; without range, all zero."""
    low, high = masks.amin((1, 2), keepdim=True), masks.amax((1, 2), keepdim=True)
    ranges = high - low
    return torch.where(ranges > 0, (masks - low) / torch.where(ranges > 0, ranges, 1.0), 0.0)


METHOD = Method(
    name="score_cam",
    title="Score-CAM",
    summary="Shows the network only what each map lights up, and believes its scores: no gradient.",
    formula="L = sum_k a_k A^k, a = softmax_k y(x * s(Up(A^k)))",
    paper=Paper(
        "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks",
        "Wang, Wang, Du, Yang, Zhang, Ding, Mardziel, Hu",
        2020,
        "https://arxiv.org/abs/1910.01279",
    ),
    run=score_cam,
    options=(
        Option(
            "channels",
            "maps asked",
            "How many, those of the largest spread; 0: all, as in the paper.",
            "integer",
            0,
            0,
            100_000,
        ),
        RELU,
    ),
    uses_layer=True,
    is_long=True,
)
