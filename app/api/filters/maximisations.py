"""The picture that excites a channel most."""

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, Watched, answers, watches
from app.api.shared.asked import AskedLayer, AskedLayerDependency
from app.api.shared.checks import checked_channel
from app.api.shared.parameters import FORM
from app.compute.long_work import WorkProgress
from app.inspection.filters.maximisation import (
    DEFAULT_SIDE_PX,
    DEFAULT_STEPS,
    Climb,
    MaximisedPicture,
)
from app.inspection.rendering.encoding import encode_array
from models.catalogue.entry import ModelEntry

router = APIRouter(tags=["filters"])

_PATH = "/models/{model_id}/layers/{layer_id}/maximisation"


class MaximisationSchema(BaseModel):
    """How the climb went.

    `start` and `end` are the channel's value (the mean of its map, or the feature) for the noise
    that it began with and for the picture; `values` those before each step, for the picture as it
    was shifted, scaled and turned. `shape` is the picture's, which has the network's own size where
    it takes no other. Where the channel answers to no change of the noise, as behind a rectifier
    that lets nothing through, the climb begins at the next seed's: `started_from` says at which.
    `moved` is false where none of eight let it climb; the picture is then the first noise.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "layer": "blocks.2.1.add",
                "channel": 3,
                "steps": 128,
                "seed": 0,
                "started_from": 0,
                "moved": True,
                "shape": [3, 128, 128],
                "start": 3.1,
                "end": 32.7,
                "values": [3.0, 3.4],
            }
        }
    )

    model: str
    layer: str
    channel: int
    steps: int
    seed: int
    started_from: int
    moved: bool
    shape: list[int]
    start: float | None
    end: float | None
    values: list[float | None]


class ClimbQuery(BaseModel):
    """Which channel, from which noise, for how long."""

    model_config = ConfigDict(extra="forbid")

    channel: int = Field(description="of a vector the feature's number", examples=[0])
    steps: int = Field(DEFAULT_STEPS, ge=1, le=2048, description="of the climb")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="of the noise")
    size: int = Field(DEFAULT_SIDE_PX, ge=16, le=512, description="side of the picture, px")


class MaximisationQuery(ClimbQuery):
    """The same and in which form."""

    format: Annotated[Literal["json", "npy", "png"], FORM] = "json"


async def _climb(asked: AskedLayer, query: ClimbQuery) -> Climb:
    layer = await asked.layer()
    channel = checked_channel(layer, query.channel)
    return Climb(layer.id, channel, query.steps, query.seed)


@answers(
    router,
    _PATH,
    summary="The picture that excites a channel most",
    description=(
        "Gradient ascent from noise on the picture's spectrum, under random shifts, scales and "
        "turns (Olah et al. 2017). Takes seconds; hanging up gives it up, `/events` shows it come "
        "about. The same seed gives the same picture.\n\n"
        "`png`: the picture. `npy`: the same as the network saw it, float32 (channels, height, "
        "width)."
    ),
    document=MaximisationSchema,
    forms=("npy", "png"),
    problems=("invalid-unit", "time-limit"),
)
async def get_maximisation(
    asked: AskedLayerDependency, query: Annotated[MaximisationQuery, Query()]
) -> Answer:
    climb = await _climb(asked, query)
    found = await asked.services.filters.maximised(asked.entry, climb, query.size)
    if query.format == "json":
        return _describe(asked.entry, climb, found)
    if query.format == "npy":
        return await asked.services.pool.run(encode_array, found.tensor)
    return found.png


@watches(
    router,
    _PATH,
    summary="Watch the picture that excites a channel come about",
    running="`running` with `done`, `total` and now and then `preview`, a PNG in base64",
    problems=("invalid-unit",),
)
async def watch_maximisation(
    asked: AskedLayerDependency, query: Annotated[ClimbQuery, Query()]
) -> Watched[MaximisedPicture]:
    climb = await _climb(asked, query)

    def done(found: MaximisedPicture) -> dict[str, Any]:
        document = _describe(asked.entry, climb, found).model_dump()
        return {**document, "preview": _in_base64(found.png)}

    progress = asked.services.filters.watch_maximised(asked.entry, climb, query.size)
    return Watched(progress, done, _running)


def _running(progress: WorkProgress[MaximisedPicture]) -> dict[str, Any]:
    document: dict[str, Any] = {"done": progress.done, "total": progress.total}
    if progress.preview is not None:
        document["preview"] = _in_base64(progress.preview)
    return document


def _in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _describe(entry: ModelEntry, climb: Climb, found: MaximisedPicture) -> MaximisationSchema:
    return MaximisationSchema(
        model=entry.id,
        layer=climb.layer_id,
        channel=climb.channel,
        steps=climb.steps,
        seed=climb.seed,
        started_from=found.seed,
        moved=found.moved,
        shape=list(found.tensor.shape),
        start=found.start,
        end=found.end,
        values=list(found.values),
    )
