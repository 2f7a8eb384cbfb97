"""Five ways to search for weights, raced: what a gradient buys."""

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.api.learn.lessons import LessonResult, watched_lesson
from app.inspection.progress import Progress
from models.lessons.race.race import Runner, heights, race
from models.lessons.race.searchers import NAMES, Name, Rules, searcher
from models.lessons.race.tasks import (
    DigitTask,
    Task,
    TiltedSurface,
    held_out_digits,
    training_digits,
)
from models.scratch.layer import Array, IntegerArray
from models.scratch.surface import Surface

router = APIRouter()

# The map reaches from -REACH to REACH along both weights.
REACH = 3.0
_PIXELS = 28 * 28
_MOST_KEPT = 240
_MOST_TRACED = 24
# A number as JSON, and a step in full.
_BYTES_PER_NUMBER = 24

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Place = Annotated[_Number, Field(ge=-REACH, le=REACH)]
_Curvature = Annotated[_Number, Field(ge=0.01, le=100)]


def _each_once(names: list[Name]) -> list[Name]:
    if len(set(names)) < len(names):
        raise ValueError("each may take part once")
    return names


_Searchers = Annotated[list[Name], AfterValidator(_each_once)]
_Scale = Annotated[_Number, Field(gt=0, le=10)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SurfaceField(_Part):
    """A loss of two weights: sum of lambda d^2 / 2 + ripple (1 - cos(frequency d)), d = w - lowest.

    Each of its 16 examples tilts it by a slope of its own; the slopes of all cancel.
    """

    kind: Literal["surface"]
    lowest: tuple[_Place, _Place] = Field((1.0, 0.5), description="its lowest point, loss 0")
    curvatures: tuple[_Curvature, _Curvature] = Field(
        (1.0, 4.0), description="lambda, along the two weights"
    )
    ripple: float = Field(
        0.0, ge=0, le=5, allow_inf_nan=False, description="half a ripple's height"
    )
    frequency: float = Field(
        6.0, ge=0.1, le=20, allow_inf_nan=False, description="of ripples, radians a unit of weight"
    )
    noise: float = Field(
        0.3, ge=0, le=10, allow_inf_nan=False, description="size of one example's tilt"
    )
    start: tuple[_Place, _Place] = Field((-2.4, 2.0), description="where the search begins")
    passes: int = Field(60, ge=1, le=100, description="over all examples, for each searcher")
    grid: int = Field(
        0,
        ge=0,
        le=96,
        description=f"`done` has `heights`, so many rows of so many from -{REACH:g} to {REACH:g}",
    )


class DigitsField(_Part):
    """The mean cross-entropy of ten templates over digits of mnist5k, from all zeros."""

    kind: Literal["digits"]
    examples: int = Field(1_000, ge=100, le=1_000, description="to learn from")
    passes: int = Field(20, ge=1, le=40, description="over all examples, for each searcher")

    def digits(self) -> tuple[Array, IntegerArray]:
        """So many of them, and what they show."""
        pictures, labels = training_digits()
        return pictures[: self.examples], labels[: self.examples]


class OwnDigitField(_Part):
    """The same templates over a single digit: the person's own."""

    kind: Literal["own_digit"]
    pixels: list[Annotated[_Number, Field(ge=0, le=1)]] = Field(
        min_length=_PIXELS,
        max_length=_PIXELS,
        description="28 rows of 28, as `/models/softmax.mnist5k/input` has them",
    )
    label: int = Field(ge=0, le=9, description="the digit that it is")
    passes: int = Field(20, ge=1, le=100, description="looks at it, for each searcher")

    def digits(self) -> tuple[Array, IntegerArray]:
        """The digit as a data set of one."""
        return np.array([self.pixels]), np.array([self.label])


_AnyField = SurfaceField | DigitsField | OwnDigitField


class RaceBody(_Part):
    """What is searched, who searches, and by what rules."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "field": {"kind": "surface", "curvatures": [1, 4], "start": [-2.4, 2]},
                "searchers": ["random_search", "full_gradient", "one_at_a_time"],
                "rate": 0.1,
                "momentum": 0.9,
                "batch_size": 4,
                "guess_scale": 1.5,
                "change_scale": 0.3,
                "seed": 0,
            }
        },
    )

    field: _AnyField = Field(discriminator="kind", description="what is searched")
    searchers: _Searchers = Field(
        list(NAMES), min_length=1, max_length=len(NAMES), description="who takes part"
    )
    rate: float = Field(
        0.1, gt=0, le=10, allow_inf_nan=False, description="learning rate of who uses a gradient"
    )
    momentum: float = Field(
        0.0, ge=0, le=0.99, allow_inf_nan=False, description="of who uses a gradient"
    )
    batch_size: int = Field(4, ge=1, le=256, description="examples in a minibatch")
    guess_scale: _Scale = Field(1.5, description="standard deviation of random search's guesses")
    change_scale: _Scale = Field(0.3, description="and of random local search's changes")
    seed: int = Field(0, ge=0, lt=2**31, description="of everything random")


@watched_lesson(
    router,
    "/learn/race",
    running=(
        "unless it is on a surface `searchers`: by name the history so far, in columns with an "
        "entry for each step that is kept: `steps`, `evaluations` (examples looked at), `seconds` "
        "(of its own steps, as measured here) and `losses`"
    ),
    done=(
        "the whole of it; on a surface with `places`, `trace` (the first steps in full) and "
        "`heights`, on digits with each searcher's `accuracy` on 1,000 other digits, on a single "
        "digit with the `squared_length` of its pixels"
    ),
    summary="Races ways to search for weights",
)
def race_searchers(body: RaceBody, step: Progress) -> LessonResult:
    """All take part in one race of as many evaluations."""
    rules = Rules(
        rate=body.rate,
        momentum=body.momentum,
        batch_size=body.batch_size,
        guess_scale=body.guess_scale,
        change_scale=body.change_scale,
        seed=body.seed,
    )
    field = body.field
    tasks: dict[Name, Task] = {name: _task(field) for name in body.searchers}
    runners = {
        name: Runner(
            searcher(name, task, rules),
            field.passes,
            most_kept=_MOST_KEPT,
            most_traced=_MOST_TRACED,
        )
        for name, task in tasks.items()
    }
    count = next(iter(tasks.values())).count

    def document() -> dict[str, Any]:
        return {
            "examples": count,
            "searchers": {name: each.history.document() for name, each in runners.items()},
        }

    for done in race(runners.values(), field.passes, count):
        # A race on a surface is over in a moment: it would be more to send than to see.
        step(done, field.passes, None if field.kind == "surface" else document())
    return _result(document(), field, tasks)


def _task(field: _AnyField) -> Task:
    if field.kind == "surface":
        return TiltedSurface(_surface(field), np.array(field.start), field.noise)
    return DigitTask(*field.digits())


def _surface(field: SurfaceField) -> Surface:
    return Surface(
        np.array(field.lowest), np.array(field.curvatures), field.ripple, field.frequency
    )


def _result(document: dict[str, Any], field: _AnyField, tasks: dict[Name, Task]) -> LessonResult:
    match field.kind:
        case "surface":
            if field.grid:
                document["heights"] = heights(_surface(field), REACH, field.grid)
        case "digits":
            document["accuracy"] = {
                name: task.accuracy(*held_out_digits())
                for name, task in tasks.items()
                if isinstance(task, DigitTask)
            }
        case "own_digit":
            document["squared_length"] = float(np.square(field.pixels).sum())
    kept = sum(len(each["steps"]) for each in document["searchers"].values())
    numbers = kept * 6 + len(tasks) * _MOST_TRACED * 12 + getattr(field, "grid", 0) ** 2
    return LessonResult(document, numbers * _BYTES_PER_NUMBER)
