"""How often networks still read a digit that was moved, and the digits for it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import BINARY, Answer, Watched, answers, watches
from app.api.shared.asked import Asked, AskedModelDependency
from app.api.shared.checks import check_reads_digits
from app.compute.pool import while_connected
from app.inspection.what_if.shifts import MeasuredAccuracies, Shift
from app.services import ServicesDependency
from app.stores.held_out_digits import DIGITS, OF_EACH, digit_png
from app.web.http_cache import cache_headers, entity_tag, not_modified
from app.web.problems import documented
from models.catalogue.entry import ModelEntry, TrainedWeights
from models.disk.checked_fields import DamagedRecordError, read_record

router = APIRouter(tags=["learn"])

Direction = Literal["right", "left", "down", "up"]
_UNITS: dict[Direction, Shift] = {
    "right": Shift(1, 0),
    "left": Shift(-1, 0),
    "down": Shift(0, 1),
    "up": Shift(0, -1),
}
_MOST_PX = 10


class ShiftPointSchema(BaseModel):
    """How many of the digits are read right when all are moved by so many pixels."""

    shift_px: int
    correct: int
    accuracy: float


class ShiftAccuraciesSchema(BaseModel):
    """The accuracy of one network on held-out digits, by how far they were moved.

    The move is of the network's input by whole pixels: what leaves it is gone, background comes in.
    `learned_shift_px` is how far digits were moved at most while the network learned, null where
    its record does not say. `training_accuracy` is on the `training_digits` of the same data set,
    unmoved: the networks whose names end in `mnist5k` have learned from them.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "title": "LeNet-5",
                "parameters": 61706,
                "direction": "right",
                "digits": 1000,
                "learned_shift_px": 2.0,
                "training_digits": 4000,
                "training_correct": 3997,
                "training_accuracy": 0.99925,
                "points": [{"shift_px": 0, "correct": 991, "accuracy": 0.991}],
            }
        }
    )

    model: str
    title: str
    parameters: int
    direction: Direction
    digits: int
    learned_shift_px: float | None
    training_digits: int
    training_correct: int
    training_accuracy: float
    points: list[ShiftPointSchema]


class ShiftsQuery(BaseModel):
    """Where to, and how far at most."""

    model_config = ConfigDict(extra="forbid")

    direction: Direction = Field("right", description="where the digits are moved to")
    most_px: int = Field(4, ge=0, le=_MOST_PX, description="the largest shift; all below are told")


def _shifts(asked: Asked, query: ShiftsQuery) -> Watched[MeasuredAccuracies]:
    entry = asked.entry
    check_reads_digits(entry)
    unit = _UNITS[query.direction]
    shifts = tuple(
        Shift(unit.right * shift_px, unit.down * shift_px) for shift_px in range(query.most_px + 1)
    )
    return Watched(
        asked.services.digit_tests.shift_accuracies(entry, shifts),
        lambda found: _describe(entry, query, found),
        lambda progress: {
            "done": progress.done,
            "total": progress.total,
            "correct": progress.preview or [],
        },
    )


def _describe(
    entry: ModelEntry, query: ShiftsQuery, found: MeasuredAccuracies
) -> ShiftAccuraciesSchema:
    held_out, training = found.held_out, found.training
    return ShiftAccuraciesSchema(
        model=entry.id,
        title=entry.architecture.title,
        parameters=entry.architecture.parameters,
        direction=query.direction,
        digits=held_out.digits,
        learned_shift_px=_learned_shift_px(entry),
        training_digits=training.digits,
        training_correct=training.correct[0],
        training_accuracy=training.correct[0] / training.digits,
        points=[
            ShiftPointSchema(shift_px=shift_px, correct=correct, accuracy=correct / held_out.digits)
            for shift_px, correct in enumerate(held_out.correct)
        ],
    )


def _learned_shift_px(entry: ModelEntry) -> float | None:
    """What the record beside the weights says; None where there is none, or it does not."""
    if not isinstance(entry.weights, TrainedWeights):
        return None
    try:
        return (
            read_record(entry.weights.path.with_suffix(".json")).inner("jitter").number("shift_px")
        )
    except (DamagedRecordError, OSError):
        return None


_PATH = "/learn/shifts/{model_id}"


@answers(
    router,
    _PATH,
    summary="How often a network still reads digits that were moved",
    description=(
        "Of a network that reads handwritten digits, on the 1,000 held-out ones of the data set "
        "`mnist5k`; and, unmoved, on the 4,000 to learn from."
    ),
    document=ShiftAccuraciesSchema,
    problems=("time-limit",),
)
async def get_shift_accuracies(
    asked: AskedModelDependency, query: Annotated[ShiftsQuery, Query()]
) -> Answer:
    return await _shifts(asked, query).end()


@watches(
    router,
    _PATH,
    running="`running` with `done`, `total` and, of the shifts done so far, `correct`",
    summary="Move held-out digits and follow how often they are read right",
)
async def watch_shift_accuracies(
    asked: AskedModelDependency, query: Annotated[ShiftsQuery, Query()]
) -> Watched[MeasuredAccuracies]:
    return _shifts(asked, query)


@router.get(
    "/learn/digits/{digit}",
    summary="A handwritten digit that no network here has learned from",
    response_class=Response,
    response_model=None,
    responses={
        200: {"content": {"image/png": BINARY}},
        **documented("busy", "invalid-parameter"),
    },
)
async def get_held_out_digit(
    digit: Annotated[int, Path(ge=0, lt=DIGITS, description="0 to 9", examples=[7])],
    request: Request,
    services: ServicesDependency,
    number: Annotated[
        int, Query(ge=0, lt=OF_EACH, description="which of the 100 held-out ones of this digit")
    ] = 0,
) -> Any:
    tag = entity_tag("held_out_digit", "mnist5k", "", (digit, number))
    if unchanged := not_modified(request, tag):
        return unchanged
    data = await while_connected(request, services.quick.run(digit_png, digit, number))
    return Response(data, media_type="image/png", headers=cache_headers(tag))
