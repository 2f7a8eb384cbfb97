"""Which pixels speak for a class or a unit."""

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import BINARY
from app.api.attribution_query import (
    PROBLEMS,
    AttributionQuery,
    option_parameters,
    question_of,
)
from app.api.parameters import ModelId
from app.attributions import Question
from app.compute import while_connected
from app.events import Event, event_stream
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.attribution.contract import Attribution, Completeness, Method
from app.inspection.attribution.methods import METHODS
from app.inspection.attribution_forms import encode_attribution, map_statistics
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


class OptionSchema(BaseModel):
    """A setting of a method. `minimum` and `maximum` are of numbers, `choices` of a choice."""

    name: str
    title: str
    description: str
    kind: Literal["integer", "number", "boolean", "choice"]
    default: bool | int | float | str
    minimum: float | None
    maximum: float | None
    choices: list[str]


class PaperSchema(BaseModel):
    """Where a method was published."""

    title: str
    authors: str
    year: int
    url: str


class MethodSchema(BaseModel):
    """An attribution method.

    `uses_layer`: it weighs the maps of a layer, `layer`. `is_long`: it takes seconds, and its
    `/events` tell how far it is. `signed`: it tells for from against.
    """

    name: str
    title: str
    summary: str
    formula: str
    paper: PaperSchema
    uses_layer: bool
    is_long: bool
    signed: bool
    options: list[OptionSchema]


class MethodsSchema(BaseModel):
    """All methods, and the layers that a class activation map can weigh for this model's classes.

    `default_layer` is the last of them, null where the network has none.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "methods": [
                    {
                        "name": "grad_cam",
                        "title": "Grad-CAM",
                        "summary": "Where the maps lie that raise the score.",
                        "formula": "L = sum_k a_k A^k",
                        "paper": {
                            "title": "Grad-CAM",
                            "authors": "Selvaraju et al.",
                            "year": 2017,
                            "url": "https://arxiv.org/abs/1610.02391",
                        },
                        "uses_layer": True,
                        "is_long": False,
                        "signed": True,
                        "options": [
                            {
                                "name": "relu",
                                "title": "only what speaks for it",
                                "description": "Drop negative values at the end.",
                                "kind": "boolean",
                                "default": False,
                                "minimum": None,
                                "maximum": None,
                                "choices": [],
                            }
                        ],
                    }
                ],
                "layers": ["c1", "c1_tanh", "s2"],
                "default_layer": "s4_tanh",
            }
        }
    )

    model: str
    methods: list[MethodSchema]
    layers: list[str]
    default_layer: str | None


class UnitSchema(BaseModel):
    """One number of a layer; row and column are 0 for a vector."""

    layer: str
    channel: int
    row: int
    column: int


class NamedNumber(BaseModel):
    """A setting or a number by name."""

    name: str
    value: bool | int | float | str | None


class CompletenessSchema(BaseModel):
    """How far the parts add up: `total` is their sum, `difference` what it should be."""

    total: float
    difference: float
    gap: float
    relative_gap: float | None


class AttributionSchema(BaseModel):
    """A heat map over the network's input, in numbers.

    `class` and `label` are null for a unit. `layer` is the one whose maps were weighed.
    `target_value` is what the target is at this picture. `is_constant`: the map tells nothing.
    Minimum, maximum, mean and sum are of the raw values, which are never rescaled;
    `fraction_positive` is the share of pixels that speak for the target.
    """

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-chelsea",
                "method": "integrated_gradients",
                "class": 3,
                "label": "3",
                "target": {"layer": "output", "channel": 3, "row": 0, "column": 0},
                "target_value": 8.1,
                "layer": None,
                "options": [{"name": "steps", "value": 64}],
                "shape": [32, 32],
                "minimum": -0.41,
                "maximum": 0.82,
                "mean": 0.008,
                "sum": 8.05,
                "fraction_positive": 0.21,
                "is_constant": False,
                "not_finite": 0,
                "completeness": {
                    "total": 8.05,
                    "difference": 8.06,
                    "gap": 0.01,
                    "relative_gap": 0.0012,
                },
                "facts": [{"name": "baseline_value", "value": 0.04}],
            }
        },
    )

    model: str
    image: str
    method: str
    class_index: int | None = Field(alias="class")
    label: str | None
    target: UnitSchema
    target_value: float | None
    layer: str | None
    options: list[NamedNumber]
    shape: list[int]
    minimum: float | None
    maximum: float | None
    mean: float | None
    sum: float | None
    fraction_positive: float
    is_constant: bool
    not_finite: int
    completeness: CompletenessSchema | None
    facts: list[NamedNumber]


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
        methods=[_described_method(method) for method in METHODS],
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


def described(question: Question, found: Attribution) -> dict[str, Any]:
    """The numbers of an attribution, ready for JSON."""
    target = question.target
    is_class = question.is_class
    return AttributionSchema(
        model=question.entry.id,
        image=question.image_id,
        method=question.method.name,
        class_index=target.channel if is_class else None,
        label=question.entry.labels[target.channel] if is_class else None,
        target=UnitSchema(
            layer=target.layer_id, channel=target.channel, row=target.row, column=target.column
        ),
        target_value=_finite(found.target_value),
        layer=question.layer_id,
        options=[NamedNumber(name=name, value=value) for name, value in question.options],
        completeness=found.completeness and _described_sum(found.completeness),
        facts=[NamedNumber(name=name, value=_finite(value)) for name, value in found.facts.items()],
        **map_statistics(found.values),
    ).model_dump(by_alias=True)


def _described_sum(found: Completeness) -> CompletenessSchema | None:
    if not math.isfinite(found.gap):
        return None
    return CompletenessSchema(
        total=found.total,
        difference=found.difference,
        gap=found.gap,
        relative_gap=found.relative_gap,
    )


def _described_method(method: Method) -> MethodSchema:
    return MethodSchema(
        name=method.name,
        title=method.title,
        summary=method.summary,
        formula=method.formula,
        paper=PaperSchema(**vars(method.paper)),
        uses_layer=method.uses_layer,
        is_long=method.is_long,
        signed=method.signed,
        options=[
            OptionSchema(**{**vars(option), "choices": list(option.choices)})
            for option in method.options
        ],
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
