"""What can be trained here."""

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.sizes import InputSizeSchema
from app.services import ServicesDependency
from app.training.choices import Trainable, data_offers, engines_for, trainables
from models.preprocessing.preprocessing import InputKind
from models.training.engines import ENGINES, EngineName
from models.training.optimisers import RULES, Optimiser, Schedule

router = APIRouter(tags=["training"])

_DEFAULTS_EXAMPLE: dict[str, Any] = {
    "optimiser": "nesterov",
    "learning_rate": 0.05,
    "batch_size": 50,
    "epochs": 60,
    "momentum": 0.9,
    "weight_decay": 0.0001,
    "schedule": "cosine",
}
_DESIGN_EXAMPLE: dict[str, Any] = {
    "name": "lenet5",
    "title": "LeNet-5",
    "family": "LeNet",
    "parameters": 61706,
    "input_size": {"channels": 1, "height": 32, "width": 32},
    "defaults": _DEFAULTS_EXAMPLE,
    "engines": ["torch", "numpy"],
}
_ENGINES: dict[EngineName, str] = {
    "torch": "torch, automatic gradients",
    "numpy": "numpy, gradients by hand",
}


class DefaultsSchema(BaseModel):
    """The settings of a design's recipe, for its optimiser; others have `defaults` of their own."""

    optimiser: Optimiser
    learning_rate: float
    batch_size: int
    epochs: int
    momentum: float
    weight_decay: float
    schedule: Schedule


class DesignSchema(BaseModel):
    """A design that can be trained, with ten classes and one channel; both follow the data."""

    name: str
    title: str
    family: str
    parameters: int
    input_size: InputSizeSchema
    defaults: DefaultsSchema
    engines: list[EngineName] = Field(description="that have every part of it")


class DataSchema(BaseModel):
    """A data set; `detail` says why it cannot be had, where `available` is false.

    `is_here` is false for what would be downloaded first.
    """

    name: str
    title: str
    kind: InputKind
    available: bool
    is_here: bool
    detail: str | None


class EngineSchema(BaseModel):
    """What computes the steps."""

    name: str
    title: str


class OwnDefaultsSchema(BaseModel):
    """Settings that an optimiser has in place of a design's; null where it has the design's."""

    epochs: int | None = None
    learning_rate: float | None = None
    schedule: Schedule | None = None
    weight_decay: float | None = None
    scale: float | None = None


class OptimiserSchema(BaseModel):
    """A rule for updates, the same for every weight.

    w is a weight, g the gradient of a minibatch's loss, r the learning rate, v a velocity and m the
    momentum; W is all weights, L the loss over the whole training set, s the scale.
    """

    name: Optimiser
    title: str
    rule: str
    detail: str = Field(description="what the rule leaves open: what a step looks at")
    settings: list[str] = Field(description="that it uses; others are refused")
    defaults: OwnDefaultsSchema
    sees_whole_set: bool = Field(description="in every step, so that an epoch is one step")


class LimitsSchema(BaseModel):
    """How long and how large a run may become, and how much is kept of all of them."""

    time_s: float
    steps: int
    memory_bytes: int
    store_bytes: int
    kept_runs: int


class TrainingOfferSchema(BaseModel):
    """What there is to choose from, and the run that goes on."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "allowed": True,
                "current_run": "5f0c2a9e",
                "architectures": [_DESIGN_EXAMPLE],
                "data": [
                    {
                        "name": "mnist5k",
                        "title": "MNIST, 5,000 handwritten digits",
                        "kind": "digit",
                        "available": True,
                        "is_here": True,
                        "detail": None,
                    }
                ],
                "optimisers": [
                    {
                        "name": "random-search",
                        "title": "random search",
                        "rule": "W ← V iff L(V) < L(W), V ~ N(0, s²)",
                        "detail": "A step is one evaluation of all training pictures.",
                        "settings": ["scale"],
                        "defaults": {
                            "epochs": 200,
                            "learning_rate": None,
                            "schedule": None,
                            "weight_decay": None,
                            "scale": 0.05,
                        },
                        "sees_whole_set": True,
                    }
                ],
                "engines": [{"name": "torch", "title": "torch, automatic gradients"}],
                "limits": {
                    "time_s": 3600.0,
                    "steps": 100000,
                    "memory_bytes": 6442450944,
                    "store_bytes": 536870912,
                    "kept_runs": 20,
                },
            }
        }
    )

    allowed: bool
    current_run: str | None = Field(description="of this server, or of its command line")
    architectures: list[DesignSchema]
    data: list[DataSchema]
    optimisers: list[OptimiserSchema]
    engines: list[EngineSchema]
    limits: LimitsSchema


def _design(trainable: Trainable) -> DesignSchema:
    architecture, recipe = trainable.architecture, trainable.recipe
    return DesignSchema(
        name=architecture.name,
        title=architecture.title,
        family=architecture.family,
        parameters=architecture.parameters,
        input_size=InputSizeSchema.of(architecture.input_shape),
        defaults=DefaultsSchema(
            **{name: getattr(recipe, name) for name in DefaultsSchema.model_fields}
        ),
        engines=list(engines_for(architecture.name)),
    )


@router.get("/training", summary="What can be trained: designs, data, optimisers, engines, limits")
async def get_training(services: ServicesDependency) -> TrainingOfferSchema:
    settings = services.settings
    # Designs are built to see which engine can train them, and the disk is asked for data sets.
    designs, offers = await asyncio.to_thread(
        lambda: ([_design(trainable) for trainable in trainables()], data_offers(settings))
    )
    current = services.training.current
    return TrainingOfferSchema(
        allowed=settings.training_allowed,
        current_run=current.id if current else None,
        architectures=designs,
        data=[
            DataSchema(
                name=offer.name,
                title=offer.title,
                kind=offer.kind,
                available=offer.detail is None,
                is_here=offer.is_here,
                detail=offer.detail,
            )
            for offer in offers
        ],
        optimisers=[
            OptimiserSchema(
                name=name,
                title=rule.title,
                rule=rule.rule,
                detail=rule.detail,
                settings=list(rule.settings),
                defaults=OwnDefaultsSchema(**rule.defaults),
                sees_whole_set=rule.sees_whole_set,
            )
            for name, rule in RULES.items()
        ],
        engines=[EngineSchema(name=name, title=_ENGINES[name]) for name in ENGINES],
        limits=LimitsSchema(
            time_s=settings.training_time_limit_s,
            steps=settings.training_max_steps,
            memory_bytes=settings.training_memory_bytes,
            store_bytes=settings.training_store_bytes,
            kept_runs=settings.training_kept_runs,
        ),
    )
