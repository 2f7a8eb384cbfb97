"""SmoothGrad: the gradient averaged over noisy copies of the picture."""

from collections.abc import Iterator
from itertools import islice

import torch

from app.inspection.attribution.contract import Attribution, Method, Option, Options, Subject
from app.inspection.attribution.gradient import batches, colours_option, merged
from app.inspection.graph.input_gradient import input_gradient
from app.inspection.progress import Progress
from models.catalogue.entry import Paper


def noise_of(subject: Subject, sigma: float, seed: int) -> Iterator[torch.Tensor]:
    """Normal noise for one picture after the other, each of the input's shape, without end.

    Args:
        subject: for the shape and the range of its picture.
        sigma: standard deviation, as a share of the picture's range.
        seed: of a generator of its own; the same noise for the same seed.
    """
    generator = torch.Generator().manual_seed(seed)
    spread = float(subject.tensor.max() - subject.tensor.min())
    while True:
        yield sigma * spread * torch.randn(subject.graph.input_shape, generator=generator)


def smoothgrad(subject: Subject, options: Options, progress: Progress) -> Attribution:
    """S = 1/n sum over i of d y(x + e_i) / d x, with e_i normal noise.

    Source: Smilkov, Thorat, Kim, Viegas, Wattenberg, SmoothGrad, 2017, section 2.
    """
    count = int(options["samples"])
    noise = noise_of(subject, float(options["noise"]), int(options["seed"]))
    total = torch.zeros(subject.graph.input_shape)
    for rows in batches(subject.graph, count):
        progress(rows.start, count)
        noisy = subject.tensor + torch.stack(list(islice(noise, len(rows))))
        _, gradient = input_gradient(subject.graph, noisy, subject.target)
        total += gradient.sum(0)
    values, _ = input_gradient(subject.graph, subject.tensor, subject.target)
    return Attribution(merged(total / count, options["colours"]), float(values[0]))


METHOD = Method(
    name="smoothgrad",
    title="SmoothGrad",
    summary="The gradient averaged over noisy copies of the picture: what survives is less grain.",
    formula="S = (1/n) sum_i dy(x + e_i)/dx, e_i ~ N(0, sigma^2)",
    paper=Paper(
        "SmoothGrad: removing noise by adding noise",
        "Smilkov, Thorat, Kim, Viegas, Wattenberg",
        2017,
        "https://arxiv.org/abs/1706.03825",
    ),
    run=smoothgrad,
    options=(
        Option("samples", "copies", "Number of noisy copies.", "integer", 24, 1, 400),
        Option(
            "noise",
            "noise",
            "Standard deviation of the noise, as a share of the picture's range.",
            "number",
            0.15,
            0.0,
            1.0,
        ),
        Option("seed", "seed", "Of the noise.", "integer", 0, 0, 2**31 - 1),
        colours_option("maximum"),
    ),
    is_long=True,
    signed=False,
)
