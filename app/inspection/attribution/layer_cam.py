"""Layer-CAM: every position of every map weighed by its own gradient."""

from app.inspection.attribution.class_maps import RELU, class_map, look_at_layer
from app.inspection.attribution.contract import Attribution, Method, Options, Subject
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def layer_cam(subject: Subject, options: Options, _: Progress) -> Attribution:
    """L = ReLU(sum over k of ReLU(d y / d A^k) A^k), position by position.

    Source: Jiang, Zhang, Hou, Cheng, Wei, LayerCAM, IEEE TIP 2021, equations 6 and 7.
    """
    look = look_at_layer(subject)
    raw = (look.gradient.clamp(min=0) * look.maps).sum(0)
    return class_map(subject, raw, look.target_value, options)


METHOD = Method(
    name="layer_cam",
    title="Layer-CAM",
    summary="As Grad-CAM, position by position: sharp in early layers too.",
    formula="L = sum_k ReLU(dy/dA^k) A^k",
    paper=Paper(
        "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization",
        "Jiang, Zhang, Hou, Cheng, Wei",
        2021,
        "https://doi.org/10.1109/TIP.2021.3089943",
    ),
    run=layer_cam,
    options=(RELU,),
    uses_layer=True,
)
