"""Deconvnet: a unit projected back to the picture, negative parts cut off on the way."""

from app.inspection.attribution.contract import Attribution, Method, Options, Subject
from app.inspection.attribution.gradient import colours_option
from app.inspection.attribution.rectified import rectified_gradient
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def deconvnet(subject: Subject, options: Options, _: Progress) -> Attribution:
    """S = d y / d x where each ReLU hands back max(g, 0), whatever its input was.

    Source: Zeiler, Fergus, Visualizing and Understanding Convolutional Networks, 2013, section 2.1.
    """
    return rectified_gradient(subject, options, "deconvnet")


METHOD = Method(
    name="deconvnet",
    title="Deconvnet",
    summary="The unit projected back to the picture through the network turned around.",
    formula="S = dy/dx, each ReLU handing back g * [g > 0]",
    paper=Paper(
        "Visualizing and Understanding Convolutional Networks",
        "Zeiler, Fergus",
        2013,
        "https://arxiv.org/abs/1311.2901",
    ),
    run=deconvnet,
    options=(colours_option("sum"),),
)
