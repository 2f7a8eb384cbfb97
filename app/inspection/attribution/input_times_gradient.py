"""Input x gradient: each pixel's share of the target, to first order."""

from app.inspection.attribution.contract import Attribution, Method, Options, Subject
from app.inspection.attribution.gradient import colours_option, merged
from app.inspection.graph.input_gradient import input_gradient
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def input_times_gradient(subject: Subject, options: Options, _: Progress) -> Attribution:
    """S = x * d y / d x, summed over the colours of a pixel.

    Source: Shrikumar, Greenside, Shcherbina, Kundaje, Not Just a Black Box, 2016, section 2.
    """
    values, gradient = input_gradient(subject.graph, subject.tensor, subject.target)
    product = gradient[0] * subject.tensor[0]
    return Attribution(merged(product, options["colours"]), float(values[0]))


METHOD = Method(
    name="input_times_gradient",
    title="Input x gradient",
    summary="What each pixel adds to the score, if the network were the straight line it is here.",
    formula="S = x * dy/dx",
    paper=Paper(
        "Not Just a Black Box: Learning Important Features Through Propagating Activation "
        "Differences",
        "Shrikumar, Greenside, Shcherbina, Kundaje",
        2016,
        "https://arxiv.org/abs/1605.01713",
    ),
    run=input_times_gradient,
    options=(colours_option("sum"),),
)
