"""Whether an attribution is to be believed: deletion, randomisation, agreement."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import ConfigDict, Field

from app.api.activations import BINARY
from app.api.attribution_query import (
    PROBLEMS,
    AttributionQuery,
    TargetQuery,
    option_parameters,
    question_of,
)
from app.api.attribution_test_schemas import (
    AgreementSchema,
    DeletionSchema,
    RandomisationSchema,
    described_curves,
    described_pairs,
    described_stages,
)
from app.api.attributions import MethodName
from app.api.parameters import ModelId
from app.attributions import Question, Result, last
from app.compute import while_connected
from app.errors import InvalidParameterError
from app.events import Event, event_stream
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.attribution.methods import method_named
from app.inspection.attribution_forms import encode_heatmaps
from app.inspection.evaluation.deletion import DEFAULT_POINTS
from app.json_answers import JSONResponse
from app.long_work import WorkProgress
from app.problems import documented
from app.services import Services, ServicesDependency

router = APIRouter(tags=["attributions"])

_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
    **documented(*PROBLEMS),
}
_EVENTS_DESCRIPTION = (
    "Server-sent events: `running` with `done` and `total`, then `done` with the same document as "
    "the resource, or `problem`. Closing the stream gives the work up."
)


class DeletionQuery(AttributionQuery):
    """What to explain, and how finely."""

    points: int = Field(DEFAULT_POINTS, ge=2, le=500, description="steps of each curve")


class RandomisationQuery(AttributionQuery):
    """What to explain, and which random weights."""

    randomisation_seed: int = Field(0, ge=0, description="of the random weights")


class RandomisationFormQuery(RandomisationQuery):
    """The same, in one of its forms."""

    format: Literal["json", "npy", "u8"] = "json"


class AgreementQuery(TargetQuery):
    """What to explain; every method takes its usual options and layer."""

    model_config = ConfigDict(extra="forbid")

    methods: str = Field(
        description="names, with commas between", examples=["grad_cam,saliency,smoothgrad"]
    )
    layer: str | None = Field(None, description="of those that weigh a layer's maps")


@router.get(
    "/models/{model_id}/attributions/{method}/deletion",
    summary="Does the score follow the pixels that a map calls important?",
    responses={200: {"model": DeletionSchema}, **documented(*PROBLEMS)},
    response_model=None,
    openapi_extra=option_parameters(),
)
async def get_deletion(
    model_id: ModelId,
    method: MethodName,
    query: Annotated[DeletionQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    question = await question_of(services, model_id, method, query)
    tag = _tag("deletion", question, query.points)
    if unchanged := not_modified(request, tag):
        return unchanged
    watched = services.attributions.watch_deletion(question, query.points)
    found = await while_connected(request, last(watched))
    return JSONResponse(described_curves(question, found), headers=cache_headers(tag))


@router.get(
    "/models/{model_id}/attributions/{method}/deletion/events",
    summary="Compute deletion and insertion curves and follow them",
    description=_EVENTS_DESCRIPTION,
    response_class=StreamingResponse,
    responses=_EVENTS,
    openapi_extra=option_parameters(),
)
async def watch_deletion(
    model_id: ModelId,
    method: MethodName,
    query: Annotated[DeletionQuery, Query()],
    services: ServicesDependency,
) -> StreamingResponse:
    question = await question_of(services, model_id, method, query)
    watched = services.attributions.watch_deletion(question, query.points)
    return await _stream(watched, lambda found: described_curves(question, found))


@router.get(
    "/models/{model_id}/attributions/{method}/randomisation",
    summary="Does a map change when the network forgets what it learned?",
    description=(
        "`npy`: the maps of all stages, float32 (stages, height, width). `u8`: the same in the "
        "8-bit form of activations, with the numbers in the header."
    ),
    responses={
        200: {"model": RandomisationSchema, "content": {"application/octet-stream": BINARY}},
        **documented(*PROBLEMS),
    },
    response_model=None,
    openapi_extra=option_parameters(),
)
async def get_randomisation(
    model_id: ModelId,
    method: MethodName,
    query: Annotated[RandomisationFormQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    question = await question_of(services, model_id, method, query)
    seed = query.randomisation_seed
    tag = _tag("randomisation", question, seed, query.format)
    if unchanged := not_modified(request, tag):
        return unchanged
    watched = services.attributions.watch_randomisation(question, seed)
    found = await while_connected(request, last(watched))
    document = described_stages(question, seed, found)
    if query.format == "json":
        return JSONResponse(document, headers=cache_headers(tag))
    data = await services.pool.run(encode_heatmaps, found.maps, query.format, document)
    return Response(data, media_type="application/octet-stream", headers=cache_headers(tag))


@router.get(
    "/models/{model_id}/attributions/{method}/randomisation/events",
    summary="Randomise a network under a map and follow it",
    description=_EVENTS_DESCRIPTION,
    response_class=StreamingResponse,
    responses=_EVENTS,
    openapi_extra=option_parameters(),
)
async def watch_randomisation(
    model_id: ModelId,
    method: MethodName,
    query: Annotated[RandomisationQuery, Query()],
    services: ServicesDependency,
) -> StreamingResponse:
    question = await question_of(services, model_id, method, query)
    seed = query.randomisation_seed
    watched = services.attributions.watch_randomisation(question, seed)
    return await _stream(watched, lambda found: described_stages(question, seed, found))


@router.get(
    "/models/{model_id}/attribution-agreement",
    summary="Do methods say the same of a picture?",
    responses={200: {"model": AgreementSchema}, **documented(*PROBLEMS)},
    response_model=None,
)
async def get_agreement(
    model_id: ModelId,
    query: Annotated[AgreementQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    questions = await _questions(services, model_id, query)
    tag = _tag("agreement", questions[0], [question.depends_on for question in questions])
    if unchanged := not_modified(request, tag):
        return unchanged
    watched = services.attributions.watch_agreement(questions)
    found = await while_connected(request, last(watched))
    return JSONResponse(described_pairs(questions, found), headers=cache_headers(tag))


@router.get(
    "/models/{model_id}/attribution-agreement/events",
    summary="Compare methods and follow it",
    description=_EVENTS_DESCRIPTION,
    response_class=StreamingResponse,
    responses=_EVENTS,
)
async def watch_agreement(
    model_id: ModelId,
    query: Annotated[AgreementQuery, Query()],
    services: ServicesDependency,
) -> StreamingResponse:
    questions = await _questions(services, model_id, query)
    watched = services.attributions.watch_agreement(questions)
    return await _stream(watched, lambda found: described_pairs(questions, found))


async def _questions(services: Services, model_id: str, query: AgreementQuery) -> list[Question]:
    names = list(dict.fromkeys(query.methods.split(",")))
    if len(names) < 2:
        raise InvalidParameterError("methods: name at least two, with commas between.")
    given = query.model_dump(by_alias=True, exclude={"methods", "layer"}, exclude_none=True)
    found = []
    for name in names:
        method = method_named(name)
        layer = {"layer": query.layer} if method.uses_layer and query.layer is not None else {}
        wanted = AttributionQuery.model_validate({**given, **layer})
        found.append(await question_of(services, model_id, name, wanted))
    return found


async def _stream(
    watched: AsyncGenerator[WorkProgress[Result], None],
    describe: Callable[[Result], dict[str, Any]],
) -> StreamingResponse:
    async def events() -> AsyncGenerator[Event, None]:
        async with aclosing(watched):
            async for progress in watched:
                if progress.result is None:
                    yield "running", {"done": progress.done, "total": progress.total}
                else:
                    yield "done", describe(progress.result)

    return await event_stream(events())


def _tag(kind: str, question: Question, *more: object) -> str:
    return entity_tag(kind, question.entry.id, question.image_id, question.depends_on, *more)
