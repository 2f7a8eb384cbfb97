"""Which channel of a layer matters most to a class."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import LayerId
from app.api.interventions import checked_class
from app.api.parameters import ImageId, ModelId
from app.compute import while_connected
from app.events import Event, event_stream
from app.experiments import result_of
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.channel_ablation import ChannelAblations
from app.inspection.prediction import softmax
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue
from models.entry import ModelEntry

router = APIRouter(tags=["interventions"])

_PROBLEMS = (
    *("unknown-model", "unknown-layer", "unknown-image", "invalid-parameter", "busy"),
    *("not-exportable", "weights-unavailable", "weights-damaged", "model-too-large"),
    "time-limit",
)


class ChannelAblationSchema(BaseModel):
    """One channel, and the class's scores with it switched off, less those as it is."""

    channel: int
    logit_difference: float | None
    probability_difference: float | None


class AblationsSchema(BaseModel):
    """Every channel of a layer switched off in turn; the one that lowers the class most first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "layer": "conv_head",
                "class_index": 282,
                "label": "tiger cat",
                "logit": 8.62,
                "probability": 0.393,
                "channels": [
                    {"channel": 17, "logit_difference": -0.5, "probability_difference": -0.09}
                ],
            }
        }
    )

    model: str
    image: str
    layer: str
    class_index: int
    label: str
    logit: float | None
    probability: float | None
    channels: list[ChannelAblationSchema]


class AblationsQuery(BaseModel):
    """Which picture, and which class."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    class_index: int = Field(alias="class", description="whose scores", examples=[282])


def _described(
    entry: ModelEntry, layer_id: str, query: AblationsQuery, found: ChannelAblations
) -> AblationsSchema:
    index = query.class_index
    probability = float(softmax(found.baseline)[index])
    logit = float(found.baseline[index])
    channels = [
        ChannelAblationSchema(
            channel=channel,
            logit_difference=float(logits[index]) - logit,
            probability_difference=float(softmax(logits)[index]) - probability,
        )
        for channel, logits in enumerate(found.logits)
    ]
    return AblationsSchema(
        model=entry.id,
        image=query.image,
        layer=layer_id,
        class_index=index,
        label=entry.labels[index],
        logit=logit,
        probability=probability,
        channels=sorted(channels, key=lambda each: (each.logit_difference, each.channel)),
    )


@router.get(
    "/models/{model_id}/layers/{layer_id}/ablations",
    summary="Which channel matters most to a class: each switched off in turn",
    description="Exact: each channel has a forward pass of its own, from this layer on.",
    responses={200: {"model": AblationsSchema}, **documented(*_PROBLEMS)},
    response_model=None,
)
async def get_ablations(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[AblationsQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    checked_class(entry, query.class_index)
    (await services.experiments.structure(entry)).layer(layer_id)
    tag = entity_tag("ablations", entry.id, layer_id, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    watch = services.experiments.ablations(entry, query.image, layer_id)
    found = await while_connected(request, result_of(watch))
    document = _described(entry, layer_id, query, found).model_dump()
    return JSONResponse(document, headers=cache_headers(tag))


@router.get(
    "/models/{model_id}/layers/{layer_id}/ablations/events",
    summary="The same with its progress, as server-sent events",
    description=(
        "`running` carries `done` and `total` channels; `done` the document of the resource "
        "itself. Closing the stream gives the work up."
    ),
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "text/event-stream": {
                    "example": 'event: running\ndata: {"done": 64, "total": 1280}\n\n'
                }
            }
        },
        **documented(*_PROBLEMS),
    },
)
async def watch_ablations(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[AblationsQuery, Query()],
    services: ServicesDependency,
) -> StreamingResponse:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    checked_class(entry, query.class_index)
    (await services.experiments.structure(entry)).layer(layer_id)

    async def events() -> AsyncGenerator[Event, None]:
        async for progress in services.experiments.ablations(entry, query.image, layer_id):
            if progress.result is None:
                yield "running", {"done": progress.done, "total": progress.total}
            else:
                found = _described(entry, layer_id, query, progress.result)
                yield "done", found.model_dump()

    return await event_stream(events())
