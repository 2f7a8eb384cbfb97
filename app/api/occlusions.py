"""How much a class or a unit falls when a part of the picture is covered."""

import math
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import BINARY
from app.api.interventions import COLOURS, Colour, checked_class
from app.api.parameters import ImageId, ModelId
from app.api.units import UnitQuery, checked_channel, checked_place
from app.compute import while_connected
from app.errors import InvalidParameterError
from app.events import Event, event_stream
from app.experiments import OcclusionSettings, result_of
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.effective_field import Unit
from app.inspection.graph import LayerGraph
from app.inspection.occlusion import OcclusionMap, Target, checked_patches, encode_occlusion
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue
from models.entry import ModelEntry

router = APIRouter(tags=["interventions"])

_PROBLEMS = (
    *("unknown-model", "unknown-layer", "unknown-image", "invalid-parameter", "invalid-unit"),
    *("not-exportable", "weights-unavailable", "weights-damaged", "model-too-large", "busy"),
    "time-limit",
)


class PatchScoreSchema(BaseModel):
    """The score with this box of the input covered; half-open, in pixels of the input."""

    top: int
    left: int
    bottom: int
    right: int
    score: float | None


class OcclusionSchema(BaseModel):
    """A class's logit, or a unit's value, while the picture is covered patch by patch.

    `score` is that of the picture as it is; `patches` go row by row, `columns` of them in each.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "score": 8.62,
                "minimum": 4.2,
                "maximum": 9.1,
                "rows": 13,
                "columns": 13,
                "patches": [{"top": 0, "left": 0, "bottom": 32, "right": 32, "score": 8.55}],
            }
        }
    )

    model: str
    image: str
    score: float | None
    minimum: float | None
    maximum: float | None
    rows: int
    columns: int
    patches: list[PatchScoreSchema]


class OcclusionQuery(UnitQuery):
    """Which picture, what is read, how it is covered."""

    image: ImageId
    class_index: int | None = Field(None, alias="class", description="the logit of this class")
    layer: str | None = Field(None, description="with a channel: a unit of this layer instead")
    patch: int | None = Field(None, ge=1, description="side in pixels; a seventh of the input's")
    stride: int | None = Field(None, ge=1, description="pixels to the next; half a patch")
    colour: Colour = "mean"


class OcclusionFormQuery(OcclusionQuery):
    """And in which form."""

    format: Literal["json", "npy"] = "json"


def _target(entry: ModelEntry, graph: LayerGraph, query: OcclusionQuery) -> Target:
    if (query.layer is None) == (query.class_index is None):
        raise InvalidParameterError("Either class or layer is needed.")
    if query.class_index is not None:
        return checked_class(entry, query.class_index)
    layer = graph.layer(query.layer or "")
    row, column = checked_place(layer, query)
    return Unit(layer.id, checked_channel(layer, query), row, column)


def _settings(entry: ModelEntry, graph: LayerGraph, query: OcclusionQuery) -> OcclusionSettings:
    _, height, width = entry.preprocessing.input_shape
    patch = query.patch or max(1, round(min(height, width) / 7))
    stride = query.stride or max(1, patch // 2)
    checked_patches((height, width), patch, stride)
    return OcclusionSettings(_target(entry, graph, query), patch, stride, COLOURS[query.colour])


def _described(entry: ModelEntry, image: str, found: OcclusionMap) -> OcclusionSchema:
    return OcclusionSchema(
        model=entry.id,
        image=image,
        score=found.baseline,
        minimum=float(found.scores.min()),
        maximum=float(found.scores.max()),
        rows=len(found.patches.rows),
        columns=len(found.patches.columns),
        patches=[
            PatchScoreSchema(
                top=top,
                left=left,
                bottom=bottom,
                right=right,
                score=float(found.scores[row, column]),
            )
            for row, (top, bottom) in enumerate(found.patches.rows)
            for column, (left, right) in enumerate(found.patches.columns)
        ],
    )


@router.get(
    "/models/{model_id}/occlusion",
    summary="How much a class or a unit falls when a part of the picture is covered",
    description=(
        "Equal to covering and running the network anew, but only what each patch reaches is "
        "computed. `npy`: float32 (height, width) of the input, the mean fall over the patches "
        "that cover each pixel."
    ),
    responses={
        200: {
            "model": OcclusionSchema,
            "content": {"application/octet-stream": BINARY},
        },
        **documented(*_PROBLEMS),
    },
    response_model=None,
)
async def get_occlusion(
    model_id: ModelId,
    query: Annotated[OcclusionFormQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    settings = _settings(entry, await services.experiments.structure(entry), query)
    tag = entity_tag("occlusion", entry.id, query.image, settings, query.format)
    if unchanged := not_modified(request, tag):
        return unchanged
    watch = services.experiments.occlusion(entry, query.image, settings)
    found = await while_connected(request, result_of(watch))
    headers = cache_headers(tag)
    if query.format == "json":
        return JSONResponse(_described(entry, query.image, found).model_dump(), headers=headers)
    data = await services.pool.run(encode_occlusion, found)
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.get(
    "/models/{model_id}/occlusion/events",
    summary="The same with its progress, as server-sent events",
    description=(
        "`running` carries `done` and `total` patches and the `scores` so far, row by row, null "
        "where not yet known; `done` the document of the resource itself. Closing the stream "
        "gives the work up."
    ),
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "text/event-stream": {
                    "example": 'event: running\ndata: {"done": 47, "total": 169}\n\n'
                }
            }
        },
        **documented(*_PROBLEMS),
    },
)
async def watch_occlusion(
    model_id: ModelId,
    query: Annotated[OcclusionQuery, Query()],
    services: ServicesDependency,
) -> StreamingResponse:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    settings = _settings(entry, await services.experiments.structure(entry), query)

    async def events() -> AsyncGenerator[Event, None]:
        async for progress in services.experiments.occlusion(entry, query.image, settings):
            if progress.result is not None:
                yield "done", _described(entry, query.image, progress.result).model_dump()
                continue
            scores: list[Any] = []
            if progress.preview is not None:
                scores = [None if math.isnan(score) else score for score in progress.preview]
            yield (
                "running",
                {"done": progress.done, "total": progress.total, "scores": scores},
            )

    return await event_stream(events())
