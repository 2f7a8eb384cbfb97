"""The race: each searcher may look at as many examples as every other, and leaves a history."""

import math
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.lessons.race.searchers import Move, Searcher
from models.scratch.layer import Array
from models.scratch.surface import Surface

# Farther out nobody comes back, and numbers soon end being numbers.
FARTHEST = 1e9
# Every one of the first steps is kept, and then every so many.
_FIRST_STEPS = 32


@dataclass
class History:
    """What a searcher did so far: columns with one entry for each step that was kept.

    Attributes:
        steps: how many were done; 0 is the start.
        evaluations: examples looked at so far, an example as often as it was.
        seconds: that its own steps took on this machine; the loss of this list is not in it.
        losses: mean over all examples.
        places: the two weights, where there are no more.
        trace: its first steps in full, where there are two weights.
        diverged: it went too far out, and stopped.
    """

    steps: list[int] = field(default_factory=list)
    evaluations: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    places: list[list[float]] | None = None
    trace: list[dict[str, Any]] | None = None
    diverged: bool = False

    def document(self) -> dict[str, Any]:
        """As it is sent, a copy."""
        columns = {
            "steps": self.steps[:],
            "evaluations": self.evaluations[:],
            "seconds": self.seconds[:],
            "losses": self.losses[:],
            "diverged": self.diverged,
        }
        if self.places is not None:
            columns |= {"places": self.places[:], "trace": (self.trace or [])[:]}
        return columns


class Runner:
    """One searcher on its way.

    Args:
        searcher: at its start.
        passes: over all examples, after which it ends.
        most_kept: entries of its history, about.
        most_traced: of its steps that are kept in full.
    """

    def __init__(
        self, searcher: Searcher, passes: int, *, most_kept: int, most_traced: int = 0
    ) -> None:
        self.searcher = searcher
        self.history = History()
        self._most_traced = most_traced
        steps = passes * searcher.task.count / searcher.step_cost
        self._stride = max(1, math.ceil(steps / most_kept))
        self._steps = self._evaluations = 0
        self._seconds = 0.0
        if self._place() is not None:
            self.history.places, self.history.trace = [], []
        self._keep()

    def run_to(self, evaluations: int) -> None:
        """Go on until so many examples have been looked at since the start."""
        while self._evaluations < evaluations and not self.history.diverged:
            self._step()
        if self.history.steps[-1] != self._steps:
            self._keep()

    def _step(self) -> None:
        before = self._place()
        begun = time.perf_counter()
        move = self.searcher.step()
        self._seconds += time.perf_counter() - begun
        self._steps += 1
        self._evaluations += move.looked_at
        reach = max(np.abs(array).max() for array in self.searcher.task.parameters.values())
        # What is not a number is not small either.
        self.history.diverged = not reach <= FARTHEST
        if self._steps <= _FIRST_STEPS or self._steps % self._stride == 0:
            self._keep()
        if before is not None and self._steps <= self._most_traced:
            self._trace(before, move)

    def _place(self) -> list[float] | None:
        parameters = self.searcher.task.parameters
        return parameters["w"].tolist() if "w" in parameters else None

    def _keep(self) -> None:
        history, place = self.history, self._place()
        history.steps.append(self._steps)
        history.evaluations.append(self._evaluations)
        history.seconds.append(round(self._seconds, 7))
        history.losses.append(self.searcher.task.loss())
        if history.places is not None and place is not None:
            history.places.append(place)

    def _trace(self, before: list[float], move: Move) -> None:
        if self.history.trace is None:
            return
        self.history.trace.append(
            {
                "before": before,
                "examples": None if move.examples is None else move.examples.tolist(),
                "gradient": _two(move.gradients),
                "velocity": _two(move.velocities),
                "trial": _two(move.trial),
                "trial_loss": move.trial_loss,
                "after": self._place(),
            }
        )


def _two(weights: dict[str, Array] | None) -> list[float] | None:
    return None if weights is None else weights["w"].tolist()


def race(runners: Collection[Runner], passes: int, count: int) -> Iterator[int]:
    """Let them all run, a pass over the examples at a time.

    Args:
        runners: each with a task of its own.
        passes: over all examples; the race is over when each has looked at that many.
        count: of examples.

    Yields:
        The number of passes that are done, after each.
    """
    for done in range(1, passes + 1):
        for runner in runners:
            runner.run_to(done * count)
        yield done


def heights(surface: Surface, reach: float, size: int) -> list[list[float]]:
    """L on a grid of `size` by `size` places from -reach to reach, rows by w_2 from below.

    To five digits: they are to be drawn.
    """
    ticks = np.linspace(-reach, reach, size)
    across, up = np.meshgrid(ticks, ticks)
    grid: list[list[float]] = surface.forward(np.stack([across, up], axis=-1)).tolist()
    return [[float(f"{height:.5g}") for height in row] for row in grid]
