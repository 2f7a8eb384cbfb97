"""The picture that excites a channel most."""

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import BINARY, LayerId
from app.api.filters import MEDIA_TYPES, WEIGHT_PROBLEMS
from app.api.parameters import ModelId
from app.compute import while_connected
from app.errors import InvalidUnitError
from app.events import Event, event_stream
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.encoding import encode_array
from app.inspection.maximisation import (
    DEFAULT_SIDE_PX,
    DEFAULT_STEPS,
    Climb,
    MaximisedPicture,
    encode_pixels,
)
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import Services, ServicesDependency
from models.catalogue import catalogue
from models.entry import ModelEntry

router = APIRouter(tags=["filters"])

_PROBLEMS = documented("invalid-unit", "time-limit", *WEIGHT_PROBLEMS)


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

    channel: int
    steps: int = Field(DEFAULT_STEPS, ge=1, le=2048)
    seed: int = Field(0, ge=0, le=2**31 - 1)
    size: int = Field(DEFAULT_SIDE_PX, ge=16, le=512, description="side of the picture, px")


class MaximisationQuery(ClimbQuery):
    """The same and in which form."""

    format: Literal["json", "npy", "png"] = "json"


@router.get(
    "/models/{model_id}/layers/{layer_id}/maximisation",
    summary="The picture that excites a channel most",
    description=(
        "Gradient ascent from noise on the picture's spectrum, under random shifts, scales and "
        "turns (Olah et al. 2017). Takes seconds; hanging up gives it up, `/events` shows it come "
        "about. The same seed gives the same picture.\n\n"
        "`png`: the picture. `npy`: the same as the network saw it, float32 (channels, height, "
        "width)."
    ),
    responses={
        200: {
            "model": MaximisationSchema,
            "content": {MEDIA_TYPES["npy"]: BINARY, MEDIA_TYPES["png"]: BINARY},
        },
        **_PROBLEMS,
    },
    response_model=None,
)
async def get_maximisation(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[MaximisationQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    climb = await _checked(entry, layer_id, query, services)
    tag = entity_tag("maximisation", entry.id, layer_id, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    found = await while_connected(request, services.filters.maximised(entry, climb, query.size))
    headers = cache_headers(tag)
    if query.format == "json":
        return JSONResponse(_described(entry, climb, found), headers=headers)
    data = encode_pixels(found.pixels) if query.format == "png" else encode_array(found.tensor)
    return Response(data, media_type=MEDIA_TYPES[query.format], headers=headers)


@router.get(
    "/models/{model_id}/layers/{layer_id}/maximisation/events",
    summary="The same as it comes about, as server-sent events",
    description=(
        "`running` events with `done`, `total` and now and then `preview`, a PNG in base64; the "
        "last event is `done` with the document of the resource itself, and the picture as "
        "`preview`. Closing the stream gives the work up, unless somebody else waits for it."
    ),
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **_PROBLEMS,
    },
)
async def watch_maximisation(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[ClimbQuery, Query()],
    services: ServicesDependency,
) -> StreamingResponse:
    entry = catalogue().resolve(model_id)
    climb = await _checked(entry, layer_id, query, services)
    return await event_stream(_events(entry, climb, query.size, services))


async def _events(
    entry: ModelEntry, climb: Climb, side_px: int, services: Services
) -> AsyncGenerator[Event, None]:
    async with aclosing(services.filters.watch_maximised(entry, climb, side_px)) as watched:
        async for progress in watched:
            if isinstance(progress.result, MaximisedPicture):
                preview = _in_base64(encode_pixels(progress.result.pixels))
                yield "done", {**_described(entry, climb, progress.result), "preview": preview}
                return
            document: dict[str, Any] = {"done": progress.done, "total": progress.total}
            if progress.preview is not None:
                document["preview"] = _in_base64(progress.preview)
            yield "running", document


def _in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


async def _checked(
    entry: ModelEntry, layer_id: str, query: ClimbQuery, services: Services
) -> Climb:
    layer = (await services.graphs.structure(entry)).layer(layer_id)
    count = layer.output_shape[0]
    if not 0 <= query.channel < count:
        raise InvalidUnitError(
            f"channel {query.channel}: {layer_id} has the channels 0-{count - 1}."
        )
    return Climb(layer_id, query.channel, query.steps, query.seed)


def _described(entry: ModelEntry, climb: Climb, found: MaximisedPicture) -> dict[str, Any]:
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
    ).model_dump()
