"""Gradient saliency: how fast the target moves with each pixel."""

from app.inspection.attribution.contract import Attribution, Method, Options, Subject
from app.inspection.attribution.gradient import colours_option, merged
from app.inspection.graph.input_gradient import input_gradient
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def saliency(subject: Subject, options: Options, _: Progress) -> Attribution:
    """S = |d y / d x|, over the colours of a pixel their maximum.

    Source: Simonyan, Vedaldi, Zisserman, Deep Inside Convolutional Networks, 2013, section 3.1.
    """
    values, gradient = input_gradient(subject.graph, subject.tensor, subject.target)
    return Attribution(merged(gradient[0], options["colours"]), float(values[0]))


METHOD = Method(
    name="saliency",
    title="Gradient saliency",
    summary="How fast the score moves when a pixel does, whichever way.",
    formula="S = max over colours of |dy/dx|",
    paper=Paper(
        "Deep Inside Convolutional Networks: Visualising Image Classification Models and "
        "Saliency Maps",
        "Simonyan, Vedaldi, Zisserman",
        2013,
        "https://arxiv.org/abs/1312.6034",
    ),
    run=saliency,
    options=(colours_option("maximum"),),
    signed=False,
)
