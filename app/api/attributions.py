"""Which pixels speak for a class or a unit."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from app.api.activations import BINARY
from app.api.attribution_query import (
    PROBLEMS,
    AttributionQuery,
    option_parameters,
    question_of,
)
from app.api.attribution_schemas import (
    AttributionSchema,
    MethodsSchema,
    described,
    described_method,
)
from app.api.parameters import ModelId
from app.compute import while_connected
from app.events import Event, event_stream
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.attribution.methods import METHODS
from app.inspection.attribution_forms import encode_attribution
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue

router = APIRouter(tags=["attributions"])

_MEDIA_TYPES = {
    "npy": "application/octet-stream",
    "u8": "application/octet-stream",
    "png": "image/png",
}

MethodName = Annotated[
    str, Path(description="name of a method, as the list has them", examples=["grad_cam"])
]


class AttributionFormQuery(AttributionQuery):
    """What to explain, and in which form."""

    format: Literal["json", "npy", "u8", "png"] = "json"
    resolution: Literal["input", "layer"] = Field(
        "input", description="of npy, u8 and png: layer gives a class activation map as it is"
    )


@router.get(
    "/models/{model_id}/attributions",
    summary="The attribution methods, with their options, papers and formulas",
    responses=documented("unknown-model", "not-exportable", "busy"),
    response_model=MethodsSchema,
)
async def list_attribution_methods(model_id: ModelId, services: ServicesDependency) -> Any:
    entry = catalogue().resolve(model_id)
    layers = await services.attributions.layers_of(entry)
    return MethodsSchema(
        model=entry.id,
        methods=[described_method(method) for method in METHODS],
        layers=layers,
        default_layer=layers[-1] if layers else None,
    )


@router.get(
    "/models/{model_id}/attributions/{method}",
    summary="Which pixels speak for a class or a unit",
    description=(
        "A heat map of the size of the network's input; positive speaks for the target, negative "
        "against it.\n\n`npy`: float32 (height, width). `u8`: one map in the 8-bit form of "
        "activations, with these numbers in the header. `png`: coloured, neutral at zero, to save."
    ),
    responses={
        200: {"model": AttributionSchema, "content": dict.fromkeys(_MEDIA_TYPES.values(), BINARY)},
        **documented(*PROBLEMS),
    },
    response_model=None,
    openapi_extra=option_parameters(),
)
async def get_attribution(
    model_id: ModelId,
    method: MethodName,
    query: Annotated[AttributionFormQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    question = await question_of(services, model_id, method, query)
    entry_id = question.entry.id
    tag = entity_tag(
        "attribution", entry_id, query.image, question.depends_on, query.format, query.resolution
    )
    if unchanged := not_modified(request, tag):
        return unchanged
    found = await while_connected(request, services.attributions.attribution(question))
    document = described(question, found)
    headers = cache_headers(tag)
    if query.format == "json":
        return JSONResponse(document, headers=headers)
    data = await services.pool.run(
        encode_attribution, found, query.format, document, of_layer=query.resolution == "layer"
    )
    return Response(data, media_type=_MEDIA_TYPES[query.format], headers=headers)


@router.get(
    "/models/{model_id}/attributions/{method}/events",
    summary="Compute an attribution and follow it",
    description=(
        "Server-sent events: `running` with `done` and `total` steps, then `done` with the "
        "attribution as JSON, or `problem`. Closing the stream gives the work up."
    ),
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **documented(*PROBLEMS),
    },
    openapi_extra=option_parameters(),
)
async def watch_attribution(
    model_id: ModelId,
    method: MethodName,
    query: Annotated[AttributionQuery, Query()],
    services: ServicesDependency,
) -> StreamingResponse:
    question = await question_of(services, model_id, method, query)

    async def events() -> AsyncGenerator[Event, None]:
        async with aclosing(services.attributions.watch_attribution(question)) as watched:
            async for progress in watched:
                if progress.result is None:
                    yield "running", {"done": progress.done, "total": progress.total}
                else:
                    yield "done", described(question, progress.result)

    return await event_stream(events())
