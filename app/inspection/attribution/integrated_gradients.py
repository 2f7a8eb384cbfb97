"""Integrated gradients: the gradient summed on the way from a picture of nothing to this one."""

import numpy as np
import torch

from app.inspection.attribution.baselines import BASELINES, baseline
from app.inspection.attribution.contract import (
    Attribution,
    Completeness,
    Method,
    Option,
    Options,
    Step,
    Subject,
)
from app.inspection.attribution.gradient import (
    batches,
    colours_option,
    input_gradient,
    merged,
    target_values,
)
from models.entry import Paper


def integrated_gradients(subject: Subject, options: Options, step: Step) -> Attribution:
    """S = (x - x') * integral over a in [0, 1] of d y(x' + a (x - x')) / d x.

    The integral is a Gauss-Legendre sum. The parts add up to y(x) - y(x') (completeness), as far as
    the sum follows the integral: the gap is told.

    Source: Sundararajan, Taly, Yan, Axiomatic Attribution for Deep Networks, ICML 2017, equation 1
    and proposition 1.
    """
    graph, target = subject.graph, subject.target
    count = int(options["steps"])
    places, weights = np.polynomial.legendre.leggauss(count)
    alphas = torch.from_numpy((places + 1) / 2).to(torch.float32)[:, None, None, None]
    shares = torch.from_numpy(weights / 2).to(torch.float32)[:, None, None, None]
    start = baseline(subject, str(options["baseline"]))
    way = subject.tensor - start
    total = torch.zeros(graph.input_shape)
    for rows in batches(graph, count):
        step(rows.start, count)
        part = slice(rows.start, rows.stop)
        _, gradient = input_gradient(graph, start + alphas[part] * way, target)
        total += (gradient * shares[part]).sum(0)
    pixels = total * way[0]
    end_value, start_value = (
        float(target_values(graph, tensor, target)[0]) for tensor in (subject.tensor, start)
    )
    completeness = Completeness(float(pixels.sum(dtype=torch.float64)), end_value - start_value)
    return Attribution(
        merged(pixels, options["colours"]),
        end_value,
        completeness=completeness,
        facts={"baseline_value": start_value},
    )


METHOD = Method(
    name="integrated_gradients",
    title="Integrated gradients",
    summary="What each pixel adds on the way from an empty picture to this one; the parts sum up.",
    formula="S = (x - x') * integral_0^1 dy(x' + a (x - x'))/dx da",
    paper=Paper(
        "Axiomatic Attribution for Deep Networks",
        "Sundararajan, Taly, Yan",
        2017,
        "https://arxiv.org/abs/1703.01365",
    ),
    run=integrated_gradients,
    options=(
        Option("steps", "steps", "Points of the integral.", "integer", 64, 2, 1000),
        Option(
            "baseline",
            "from",
            "Where the way begins: the mean colour, black, or the picture blurred.",
            "choice",
            "mean",
            choices=BASELINES,
        ),
        colours_option("sum"),
    ),
    is_long=True,
)
