"""Integrated gradients: the gradient summed on the way from a picture of nothing to this one."""

import math
from dataclasses import dataclass

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
from app.inspection.attribution.preview import Preview, preview_of
from app.inspection.graph.input_gradient import input_gradient
from app.inspection.graph.unit import values_of
from app.inspection.progress import Progress
from models.catalogue.entry import Paper

_GOOD_GAP = 0.009
# Parts of the way at first, each with one point; then so many are cut in three at a time.
_FIRST_PARTS = 8
_CUT_AT_ONCE = 4
# Before that a small gap may be luck: the parts' errors cancel, and the map is still coarse.
_FEWEST_POINTS = 48
_MOST_POINTS = 512
# What counts beside a part's own error, of the change of the target on it and of its length: a
# map converges where nothing is left out.
_CHANGE_SHARE = 0.02
_LENGTH_SHARE = 0.02
# Gradients that are kept to be weighed anew.
_KEPT_BYTES = 64 * 2**20

Places = npt.NDArray[np.float64]
# Of the way: start, stop, and the target's values there.
_Stretch = tuple[float, float, float, float]


def integrated_gradients(subject: Subject, options: Options, progress: Progress) -> Attribution:
    """S = (x - x') * integral over a in [0, 1] of d y(x' + a (x - x')) / d x.

    The parts add up to y(x) - y(x') (completeness), as far as the sum follows the integral: the gap
    is told, and is what more steps are good for (the paper's section 5). With `steps` of 0 the
    points follow the gap, see `_Refined`; else there are exactly so many, in the middles of equal
    parts or at Gauss-Legendre points, as captum does.

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
    path = _Path(subject, start, way)
    if count == 0:
        refined = _Refined(path, (start_value, end_value), options, progress)
        pixels = refined.run()
    else:
        places, weights = _set_points(count, str(options["rule"]))
        pixels = path.weighted(places, weights, progress)
    total = float(pixels.sum(dtype=torch.float64))
    return Attribution(
        merged(pixels, options["colours"]),
        end_value,
        completeness=Completeness(total, difference),
        facts={"baseline_value": start_value, "points": float(path.done)},
    )


def _set_points(count: int, rule: str) -> tuple[Places, Places]:
    """Places on the way from 0 to 1, and their weights."""
    if rule == "gauss_legendre":
        places, weights = np.polynomial.legendre.leggauss(count)
        return (places + 1) / 2, weights / 2
    return (np.arange(count) + 0.5) / count, np.full(count, 1 / count)


class _Path:
    """The straight way from the baseline to the picture."""

    def __init__(self, subject: Subject, start: torch.Tensor, way: torch.Tensor) -> None:
        self._subject = subject
        self._start = start
        self.way = way
        self.done = 0

    def values(self, places: Places) -> list[float]:
        """The target at these places of the way."""
        found: list[float] = []
        for rows in batches(self._subject.graph, len(places)):
            tensors = self._at(places[rows.start : rows.stop])
            found += values_of(self._subject.graph, tensors, self._subject.target).tolist()
        return found

    def gradients(self, places: Places) -> torch.Tensor:
        """At these places of the way, (places, channels, height, width)."""
        found = []
        for rows in batches(self._subject.graph, len(places)):
            tensors = self._at(places[rows.start : rows.stop])
            found.append(input_gradient(self._subject.graph, tensors, self._subject.target)[1])
            self.done += len(rows)
        return torch.cat(found)

    def weighted(self, places: Places, weights: Places, progress: Progress) -> torch.Tensor:
        """(x - x') * the weighted sum of the gradients at these places, (channels, h, w)."""
        total = torch.zeros(())
        for rows in batches(self._subject.graph, len(places)):
            progress(rows.start, len(places))
            part = slice(rows.start, rows.stop)
            gradients = self.gradients(places[part])
            total = total + torch.einsum("b...,b->...", gradients, _float(weights[part]))
        return total * self.way[0]

    def _at(self, places: Places) -> torch.Tensor:
        return self._start + _float(places)[:, None, None, None] * self.way


def _float(values: Places) -> torch.Tensor:
    return torch.from_numpy(values).to(torch.float32)


@dataclass(eq=False)
class _Part:
    """A stretch of the way, on which the gradient in its middle stands for all.

    Attributes:
        start, stop: places on the way.
        start_value, stop_value: of the target there, so that it is known what the part ought to
            add up to.
        gradient: in the middle, (channels, height, width).
        slope: gradient * way, summed: how fast the gradient says that the target changes.
    """

    start: float
    stop: float
    start_value: float
    stop_value: float
    gradient: torch.Tensor
    slope: float

    @property
    def length(self) -> float:
        return self.stop - self.start

    @property
    def total(self) -> float:
        """What the part adds up to."""
        return self.length * self.slope

    def urgency(self, whole_change: float) -> float:
        """How much it asks to be cut, in the target's units."""
        change = self.stop_value - self.start_value
        found = (
            abs(self.total - change)
            + _CHANGE_SHARE * abs(change)
            + _LENGTH_SHARE * self.length * abs(whole_change)
        )
        # Where scores are no numbers, the longest part is next.
        return found if math.isfinite(found) and found > 0 else self.length


class _Refined:
    """Points where the sum does not follow the integral yet.

    The target's change on a part of the way is what that part must add up to, and costs only runs
    forwards: so the error of every part is known, not only that of the whole. Those that are far
    off, on which much changes or which are long, are cut in three; the middle third keeps its
    point, so that nothing computed is lost. It ends when the gap is below 0.9 %, or with 512
    points.

    Source: points by the target's change along the way as in Bhat, Raychowdhury, Non-Uniform
    Interpolation in Integrated Gradients for Low-Latency Explainable-AI, 2023 (arXiv 2302.11107);
    cutting where the error of a part is largest is adaptive quadrature, as in Piessens et al.,
    QUADPACK, 1983.
    """

    def __init__(
        self, path: _Path, ends: tuple[float, float], options: Options, progress: Progress
    ) -> None:
        self._path = path
        self._ends = ends
        self._change = ends[1] - ends[0]
        self._options = options
        self._progress = progress
        self._parts: list[_Part] = []
        self._most_kept = max(_FIRST_PARTS, _KEPT_BYTES // (4 * path.way.numel()))
        # Of parts that will not be cut any more, without their gradients.
        self._settled = torch.zeros(path.way.shape[1:])
        self._settled_total = 0.0
        self._preview: Preview | None = None

    def run(self) -> torch.Tensor:
        """(channels, height, width), as `_Path.weighted`."""
        bounds = np.linspace(0, 1, _FIRST_PARTS + 1)
        middles = (bounds[:-1] + bounds[1:]) / 2
        self._report()
        # A first map as soon as can be, of every second point; then the others.
        early = self._path.gradients(middles[::2])
        mean = early.mean(0)
        self._show(mean * self._path.way[0], self._slope(mean))
        values = [self._ends[0], *self._path.values(bounds[1:-1]), self._ends[1]]
        self._report()
        late = self._path.gradients(middles[1::2])
        gradients = torch.stack([early, late], 1).flatten(0, 1)
        stretches = list(zip(bounds[:-1], bounds[1:], values[:-1], values[1:], strict=True))
        self._keep(stretches, gradients)
        while not self._is_good():
            self._show(self._sum(), self._total())
            self._cut(min(_CUT_AT_ONCE, (_MOST_POINTS - self._path.done + 1) // 2))
        return self._sum()

    def _is_good(self) -> bool:
        gap = abs(self._total() - self._change)
        if gap == 0 or self._path.done >= _MOST_POINTS:
            return True
        return self._path.done >= _FEWEST_POINTS and gap <= _GOOD_GAP * abs(self._change)

    def _total(self) -> float:
        return self._settled_total + sum(part.total for part in self._parts)

    def _sum(self) -> torch.Tensor:
        total = self._settled.clone()
        for part in self._parts:
            total.add_(part.gradient, alpha=part.length)
        return total * self._path.way[0]

    def _slope(self, gradient: torch.Tensor) -> float:
        return float((gradient * self._path.way[0]).sum(dtype=torch.float64))

    def _add(self, stretches: list[_Stretch]) -> None:
        """A point in the middle of each."""
        middles = np.array([(start + stop) / 2 for start, stop, *_ in stretches])
        self._keep(stretches, self._path.gradients(middles))

    def _keep(self, stretches: list[_Stretch], gradients: torch.Tensor) -> None:
        for stretch, gradient in zip(stretches, gradients, strict=True):
            # A copy: a view would keep the gradients of the whole batch.
            self._parts.append(_Part(*stretch, gradient.clone(), self._slope(gradient)))

    def _cut(self, count: int) -> None:
        """Into thirds those parts that ask for it most; then let go of those that ask least."""
        self._parts.sort(key=lambda part: part.urgency(self._change))
        chosen = [self._parts.pop() for _ in range(min(count, len(self._parts)))]
        bounds = [part.start + third * part.length / 3 for part in chosen for third in (1, 2)]
        values = self._path.values(np.array(bounds))
        self._report()
        outer: list[_Stretch] = []
        for place, part in enumerate(chosen):
            (one, other), (value, later) = (
                each[2 * place : 2 * place + 2] for each in (bounds, values)
            )
            self._parts.append(_Part(one, other, value, later, part.gradient, part.slope))
            outer.append((part.start, one, part.start_value, value))
            outer.append((other, part.stop, later, part.stop_value))
        self._add(outer)
        self._parts.sort(key=lambda part: part.urgency(self._change))
        for part in self._parts[: -self._most_kept]:
            self._settled.add_(part.gradient, alpha=part.length)
            self._settled_total += part.total
        self._parts = self._parts[-self._most_kept :]

    def _report(self) -> None:
        done = self._path.done
        # How many points it will take is not known; it is at least one round more.
        self._progress(done, max(_FEWEST_POINTS, done + 2 * _CUT_AT_ONCE), self._preview)

    def _show(self, pixels: torch.Tensor, total: float) -> None:
        gap = abs(total - self._change)
        values = merged(pixels, self._options["colours"])
        relative = gap / abs(self._change) if self._change else None
        self._preview = preview_of(values, self._path.done, relative)
        self._report()


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
        Option(
            "steps",
            "steps",
            "Points of the integral; 0: as many as it takes until the parts add up.",
            "integer",
            0,
            0,
            1000,
        ),
        Option(
            "rule",
            "places",
            "Of a set number of steps: uniform, each in the middle of an equal part of the way, or "
            "gauss_legendre.",
            "choice",
            "uniform",
            choices=("uniform", "gauss_legendre"),
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
