"""Guided backpropagation: the gradient, stopped at every rectifier where it is negative."""

from app.inspection.attribution.contract import Attribution, Method, Options, Subject
from app.inspection.attribution.gradient import colours_option
from app.inspection.attribution.rectified import rectified_gradient
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def guided_backpropagation(subject: Subject, options: Options, _: Progress) -> Attribution:
    """S = d y / d x where each ReLU hands back max(g, 0) if its input was positive, else 0.

    Source: Springenberg, Dosovitskiy, Brox, Riedmiller, Striving for Simplicity, 2014, section 3.4.
    """
    return rectified_gradient(subject, options, "guided")


METHOD = Method(
    name="guided_backpropagation",
    title="Guided backpropagation",
    summary="Fine edges that excite the unit; known to look alike whatever the class.",
    formula="S = dy/dx, each ReLU handing back g * [g > 0] * [x > 0]",
    paper=Paper(
        "Striving for Simplicity: The All Convolutional Net",
        "Springenberg, Dosovitskiy, Brox, Riedmiller",
        2014,
        "https://arxiv.org/abs/1412.6806",
    ),
    run=guided_backpropagation,
    options=(colours_option("sum"),),
)
