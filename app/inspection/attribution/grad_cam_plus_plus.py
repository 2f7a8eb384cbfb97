"""Grad-CAM++: as Grad-CAM, but positions that raise the target count more the fewer they are."""

import torch

from app.inspection.attribution.class_maps import RELU, class_map, look_at_layer
from app.inspection.attribution.contract import Attribution, Method, Options, Subject
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def grad_cam_plus_plus(subject: Subject, options: Options, _: Progress) -> Attribution:
    """L = ReLU(sum over k of w_k A^k), w_k = sum over ij of a_ij ReLU(d y / d A_ij).

    With Y = exp(y) the paper's a = g^2 / (2 g^2 + g^3 sum A) for the gradient g. Its factor g^2 is
    divided out here, a = 1 / (2 + g sum A), which is the same number without an underflow; where g
    is 0, so is what it weighs, and where the denominator is 0, a is 0.

    Source: Chattopadhyay et al., Grad-CAM++, WACV 2018, equations 5 and 19.
    """
    look = look_at_layer(subject)
    denominator = 2 + look.gradient * look.maps.sum((1, 2), keepdim=True)
    shares = torch.where(denominator == 0, 0.0, 1 / denominator)
    weights = (shares * look.gradient.clamp(min=0)).sum((1, 2))
    raw = (weights[:, None, None] * look.maps).sum(0)
    return class_map(subject, raw, look.target_value, options)


METHOD = Method(
    name="grad_cam_plus_plus",
    title="Grad-CAM++",
    summary="As Grad-CAM, made to find several things of one kind.",
    formula="L = sum_k w_k A^k, w_k = sum_ij ReLU(g_ij) / (2 + g_ij sum A^k), g = dy/dA^k",
    paper=Paper(
        "Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks",
        "Chattopadhyay, Sarkar, Howlader, Balasubramanian",
        2018,
        "https://arxiv.org/abs/1710.11063",
    ),
    run=grad_cam_plus_plus,
    options=(RELU,),
    uses_layer=True,
)
