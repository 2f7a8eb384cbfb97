"""Grad-CAM: a layer's maps, each weighed by how much the target follows it on average."""

from app.inspection.attribution.class_maps import RELU, class_map, look_at_layer
from app.inspection.attribution.contract import Attribution, Method, Options, Subject
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def grad_cam(subject: Subject, options: Options, _: Progress) -> Attribution:
    """L = ReLU(sum over k of a_k A^k), a_k the mean over positions of d y / d A^k.

    Source: Selvaraju et al., Grad-CAM, ICCV 2017, equations 1 and 2. The ReLU is left out unless
    asked for, so that what speaks against the target shows too.
    """
    look = look_at_layer(subject)
    weights = look.gradient.mean((1, 2))
    raw = (weights[:, None, None] * look.maps).sum(0)
    return class_map(subject, raw, look.target_value, options)


METHOD = Method(
    name="grad_cam",
    title="Grad-CAM",
    summary="Where the maps lie that raise the score, coarse but hard to fool.",
    formula="L = sum_k a_k A^k, a_k = mean over positions of dy/dA^k",
    paper=Paper(
        "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        "Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra",
        2017,
        "https://arxiv.org/abs/1610.02391",
    ),
    run=grad_cam,
    options=(RELU,),
    uses_layer=True,
)
