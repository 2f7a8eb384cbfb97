"""How training runs look over HTTP."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.training.names import LONGEST_NAME
from app.training.run import RunOrigin, RunState, TrainingRun, Version
from models.training.engines import EngineName
from models.training.optimisers import Optimiser, Schedule

_CHOICE_EXAMPLE: dict[str, Any] = {
    "architecture": "lenet5",
    "data": "mnist5k",
    "engine": "numpy",
    "optimiser": "nesterov",
    "learning_rate": 0.05,
    "schedule": "cosine",
    "batch_size": 50,
    "epochs": 5,
    "seed": 0,
}
_CHECKPOINT_EXAMPLE: dict[str, Any] = {
    "step": 128,
    "epoch": 2,
    "loss": 0.301,
    "accuracy": 0.91,
    "model": "lenet5.run-5f0c2a9e@128",
}
_RUN_EXAMPLE: dict[str, Any] = {
    "id": "5f0c2a9e",
    "name": "LeNet, small rate",
    "origin": "server",
    "state": "running",
    "is_going_on": True,
    "detail": None,
    "created": "2026-01-31T09:26:53Z",
    "choice": {**_CHOICE_EXAMPLE, "scale": None},
    "loading": None,
    "step": 130,
    "steps_total": 400,
    "parameters": 61706,
    "training_pictures": 4000,
    "held_out_pictures": 1000,
    "skipped_pictures": 0,
    "held_out_accuracy": None,
    "held_out_loss": None,
    "chance": {"accuracy": 0.1, "loss": 2.302585, "is_balanced": True},
    "class_names": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    "last_epoch": {
        "epoch": 1,
        "step": 80,
        "loss": 0.41,
        "accuracy": 0.88,
        "is_at_chance": False,
    },
    "model": "lenet5.run-5f0c2a9e@128",
    "checkpoints": [_CHECKPOINT_EXAMPLE],
}


class LoadingSchema(BaseModel):
    """How far the data is on its way; `total` is null until it is known."""

    doing: Literal["downloading", "reading"]
    what: str
    done: int
    total: int | None
    unit: Literal["bytes", "files"]


class EpochSchema(BaseModel):
    """The held-out pictures after an epoch; 0 is before the first step.

    `loss` is in nats, null where it is no finite number. `is_at_chance` tells that so many right
    answers are no evidence against naming the most frequent class for every picture (binomial, one
    side, 5 %).
    """

    epoch: int
    step: int
    loss: float | None
    accuracy: float
    is_at_chance: bool


class ChanceSchema(BaseModel):
    """What is reached without looking at the pictures.

    `accuracy` by naming the most frequent class for all of the held-out pictures, `loss` (nats) by
    giving every class its share of them as its probability: 1/classes and ln(classes) where
    `is_balanced`, there are as many of each.
    """

    accuracy: float
    loss: float
    is_balanced: bool


class RunChange(BaseModel):
    """What is said anew of a run."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "LeNet, small rate"}}
    )

    name: str = Field(max_length=LONGEST_NAME, description="empty for none")


class SampleSchema(BaseModel):
    """A held-out picture of a run; `.../samples/{number}` is the picture."""

    number: int
    label: str


class SampleList(BaseModel):
    """Some of the pictures that a run did not learn from, classes in turn."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"run": "5f0c2a9e", "samples": [{"number": 0, "label": "7"}]}}
    )

    run: str
    samples: list[SampleSchema]


class RunRequest(BaseModel):
    """What to train; what is left out is as the design's recipe says, or the optimiser's own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _CHOICE_EXAMPLE})

    architecture: str = Field(description="a name of `GET /training`")
    data: str = "mnist5k"
    engine: EngineName = "torch"
    optimiser: Optimiser | None = Field(
        None, description="`GET /training` says which settings each uses; others are refused"
    )
    learning_rate: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="at first; see `schedule`"
    )
    schedule: Schedule | None = Field(
        None, description="the rate falls to 0 along half a cosine, or stays as it is"
    )
    batch_size: int | None = Field(None, ge=1, le=1024)
    scale: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="of a search: the standard deviation of what it draws",
    )
    epochs: int | None = Field(None, ge=1, le=1000)
    seed: int = Field(0, ge=0, lt=2**63)


class RunChoiceSchema(BaseModel):
    """What was chosen, in full; null is what the optimiser does not use."""

    architecture: str
    data: str
    engine: EngineName
    optimiser: Optimiser
    learning_rate: float | None
    schedule: Schedule | None
    batch_size: int | None
    scale: float | None
    epochs: int
    seed: int


class CheckpointSchema(BaseModel):
    """The network after a step, under the id that opens it.

    `loss` (nats, of the last batch) and `accuracy` (of the epoch until then) are null for step 0,
    the network before it learned anything.
    """

    step: int
    epoch: int
    loss: float | None
    accuracy: float | None
    model: str


class RunSchema(BaseModel):
    """A run: what was chosen, how far it is, how it ended.

    `state` is `starting`, `running`, `paused` or `measuring` while `is_going_on`, and then
    `finished`; `learned_nothing`, finished with no more of the held-out pictures right than by
    naming the most frequent class for all of them (a binomial test at 5 %); `stopped`, by somebody
    or by a limit; `diverged`, the loss became infinite;
    `failed`, as `detail` says; `crashed`, its process died; `interrupted`, together with the
    server. `model` is its newest version. `origin` is `command_line` for a run that somebody
    started beside the server: it can be watched and opened, not told anything.
    """

    model_config = ConfigDict(json_schema_extra={"example": _RUN_EXAMPLE})

    id: str
    name: str = Field(description="that somebody gave it; empty if nobody did")
    origin: RunOrigin
    state: RunState
    is_going_on: bool
    detail: str | None
    created: datetime
    choice: RunChoiceSchema
    loading: LoadingSchema | None = Field(description="while the data is on its way")
    step: int
    steps_total: int | None
    parameters: int | None
    training_pictures: int | None
    held_out_pictures: int | None
    skipped_pictures: int | None
    held_out_accuracy: float | None
    held_out_loss: float | None
    chance: ChanceSchema | None
    class_names: list[str] | None
    last_epoch: EpochSchema | None
    model: str | None
    checkpoints: list[CheckpointSchema]


class RunList(BaseModel):
    """The runs that are kept, the newest first."""

    model_config = ConfigDict(json_schema_extra={"example": {"runs": [_RUN_EXAMPLE]}})

    runs: list[RunSchema]


class CheckpointList(BaseModel):
    """The networks that a run left on its way, by step."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"run": "5f0c2a9e", "checkpoints": [_CHECKPOINT_EXAMPLE]}}
    )

    run: str
    checkpoints: list[CheckpointSchema]


def _describe_checkpoint(run: TrainingRun, version: Version) -> CheckpointSchema:
    return CheckpointSchema(
        step=version.step,
        epoch=version.epoch,
        loss=version.loss,
        accuracy=version.accuracy,
        model=f"{run.model_id}@{version.step}",
    )


def describe_checkpoints(run: TrainingRun) -> list[CheckpointSchema]:
    """What a run kept, by step."""
    return [_describe_checkpoint(run, run.versions[step]) for step in sorted(run.versions)]


def describe_run(run: TrainingRun) -> RunSchema:
    """A run, as answers show it."""
    started, outcome = run.started, run.outcome
    newest = run.entry()
    chance = started.chance if started else None
    return RunSchema(
        id=run.id,
        name=run.name,
        origin=run.origin,
        state=run.state,
        is_going_on=run.is_going_on,
        detail=run.detail,
        created=datetime.fromtimestamp(run.created_at, UTC),
        choice=RunChoiceSchema(**vars(run.choice)),
        loading=LoadingSchema(**vars(run.loading)) if run.loading else None,
        step=run.step,
        steps_total=started.steps_total if started else None,
        parameters=started.parameters if started else None,
        training_pictures=started.training_pictures if started else None,
        held_out_pictures=started.held_out_pictures if started else None,
        skipped_pictures=started.skipped_pictures if started else None,
        held_out_accuracy=outcome.held_out_accuracy if outcome else None,
        held_out_loss=outcome.held_out_loss if outcome else None,
        chance=ChanceSchema(**vars(chance)) if chance else None,
        class_names=list(started.class_names) if started else None,
        last_epoch=EpochSchema(**vars(run.epochs[-1])) if run.epochs else None,
        model=newest.id if newest else None,
        checkpoints=describe_checkpoints(run),
    )
