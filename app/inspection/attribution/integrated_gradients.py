"""Integrated gradients: the gradient summed on the way from a picture of nothing to this one."""

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.attribution.baselines import BASELINES, baseline
from app.inspection.attribution.contract import (
    Attribution,
    Completeness,
    Method,
    Option,
    Options,
    Subject,
)
from app.inspection.attribution.gradient import batches, colours_option, merged
from app.inspection.graph.input_gradient import input_gradient
from app.inspection.graph.unit import values_of
from app.inspection.progress import Progress
from models.catalogue.entry import Paper

_PASS = 32
_GOOD_GAP = 0.009
# Share of the points that goes by the length of the way, not by how much the target moves on it.
_EVEN_SHARE = 0.25

Places = npt.NDArray[np.float64]


def integrated_gradients(subject: Subject, options: Options, progress: Progress) -> Attribution:
    """S = (x - x') * integral over a in [0, 1] of d y(x' + a (x - x')) / d x.

    The parts add up to y(x) - y(x') (completeness), as far as the sum follows the integral: the gap
    is told, and is what more steps are good for (the paper's section 5). So the rule "adaptive"
    takes points in passes of 32, dense where the target moves, until the gap is below 0.9 % or
    there are `steps` of them; "gauss_legendre" takes exactly `steps`, as captum does.

    Source: Sundararajan, Taly, Yan, Axiomatic Attribution for Deep Networks, ICML 2017, equation 1
    and proposition 1.
    """
    graph, target = subject.graph, subject.target
    count = int(options["steps"])
    start = baseline(subject, str(options["baseline"]))
    way = subject.tensor - start
    end_value, start_value = (
        float(values_of(graph, tensor, target)[0]) for tensor in (subject.tensor, start)
    )
    difference = end_value - start_value
    path = _Path(subject, start, way, progress, count)
    if options["rule"] == "gauss_legendre":
        places, weights = np.polynomial.legendre.leggauss(count)
        pixels = path.weighted((places + 1) / 2, weights / 2)
    else:
        pixels = _adaptive(path, count, difference)
    total = float(pixels.sum(dtype=torch.float64))
    return Attribution(
        merged(pixels, options["colours"]),
        end_value,
        completeness=Completeness(total, difference),
        facts={"baseline_value": start_value, "points": float(path.done)},
    )


class _Path:
    """The straight way from the baseline to the picture."""

    def __init__(
        self,
        subject: Subject,
        start: torch.Tensor,
        way: torch.Tensor,
        progress: Progress,
        most: int,
    ) -> None:
        self._subject = subject
        self._start = start
        self._way = way
        self._progress = progress
        self._most = most
        self.done = 0

    def values(self, places: Places) -> Places:
        """The target at these places of the way."""
        found: list[float] = []
        for rows in batches(self._subject.graph, len(places)):
            self._progress(0, self._most)
            tensors = self._at(places[rows.start : rows.stop])
            found += values_of(self._subject.graph, tensors, self._subject.target).tolist()
        return np.array(found)

    def weighted(self, places: Places, weights: Places) -> torch.Tensor:
        """(x - x') * the weighted sum of the gradients at these places, (channels, h, w)."""
        total = torch.zeros(())
        for rows in batches(self._subject.graph, len(places)):
            self._progress(self.done, self._most)
            part = slice(rows.start, rows.stop)
            tensors = self._at(places[part])
            _, gradient = input_gradient(self._subject.graph, tensors, self._subject.target)
            weighted = torch.einsum("b...,b->...", gradient, _float(weights[part]))
            total = total + weighted
            self.done += len(rows)
        return (total * self._way)[0]

    def _at(self, places: Places) -> torch.Tensor:
        return self._start + _float(places)[:, None, None, None] * self._way


def _float(values: Places) -> torch.Tensor:
    return torch.from_numpy(values).to(torch.float32)


def _adaptive(path: _Path, most: int, difference: float) -> torch.Tensor:
    size = min(_PASS, most)
    grid = np.linspace(0, 1, 2 * size + 1)
    values = path.values(grid)
    # Where scores are no numbers, no part of the way moves more than another.
    moved = np.abs(np.diff(values)) if np.isfinite(values).all() else np.zeros(2 * size)
    moved = moved / moved.sum() if moved.sum() > 0 else np.full(2 * size, 1 / (2 * size))
    shares = (1 - _EVEN_SHARE) * moved + _EVEN_SHARE * np.diff(grid)
    reached = np.concatenate([[0.0], np.cumsum(shares)])
    # Parts of the way on each of which the target moves as much.
    bounds = np.interp(np.linspace(0, reached[-1], size + 1), reached, grid)
    widths = np.diff(bounds)
    total = torch.zeros(())
    for passes in range(1, max(1, most // size) + 1):
        total = total + path.weighted(bounds[:-1] + _van_der_corput(passes) * widths, widths)
        gap = abs(float(total.sum(dtype=torch.float64)) / passes - difference)
        if gap <= _GOOD_GAP * abs(difference):
            break
    return total / passes


def _van_der_corput(number: int) -> float:
    """The binary digits of a number from 1 on, mirrored at the point: 1/2, 1/4, 3/4, 1/8 and so on.

    Each further one falls into a gap between the earlier ones.
    """
    mirrored, share = 0.0, 0.5
    while number:
        mirrored += share * (number & 1)
        number >>= 1
        share /= 2
    return mirrored


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
        Option("steps", "steps", "Points of the integral, at most.", "integer", 512, 2, 1000),
        Option(
            "rule",
            "points",
            "adaptive: where the target moves, until the parts add up; gauss_legendre: all.",
            "choice",
            "adaptive",
            choices=("adaptive", "gauss_legendre"),
        ),
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
