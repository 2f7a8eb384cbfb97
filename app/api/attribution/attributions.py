"""Which pixels speak for a class or a unit."""

import base64
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.attribution.query import (
    PROBLEMS,
    AttributionQuery,
    option_parameters,
    question_of,
)
from app.api.attribution.schemas import (
    AttributionMethodsSchema,
    AttributionSchema,
    describe_attribution,
    describe_method,
)
from app.api.shared.answers import Answer, Watched, answers, watches
from app.api.shared.asked import AskedModelDependency
from app.api.shared.parameters import FORM
from app.compute.long_work import WorkProgress
from app.inspection.attribution.class_maps import spatial_layers
from app.inspection.attribution.contract import Attribution
from app.inspection.attribution.forms import encode_attribution
from app.inspection.attribution.methods import METHODS
from app.inspection.attribution.preview import Preview
from app.web.problems import documented

router = APIRouter(tags=["attributions"])

_PATH = "/models/{model_id}/attributions/{method}"

MethodName = Annotated[
    str,
    Path(
        description="name of a method, as the list has them",
        examples=["grad_cam"],
        json_schema_extra={"x-known-values": [method.name for method in METHODS]},
    ),
]


class AttributionFormQuery(AttributionQuery):
    """What to explain, and in which form."""

    format: Annotated[Literal["json", "npy", "u8", "png"], FORM] = "json"
    resolution: Literal["input", "layer"] = Field(
        "input", description="of npy, u8 and png: layer gives a class activation map as it is"
    )


@router.get(
    "/models/{model_id}/attributions",
    summary="The attribution methods, with their options, papers and formulas",
    responses=documented("unknown-model", "not-exportable", "busy"),
    response_model=AttributionMethodsSchema,
)
async def list_attribution_methods(asked: AskedModelDependency) -> Any:
    graph = await asked.graph()
    layers = spatial_layers(graph, graph.output)
    return AttributionMethodsSchema(
        model=asked.entry.id,
        methods=[describe_method(method) for method in METHODS],
        layers=layers,
        default_layer=layers[-1] if layers else None,
    )


@answers(
    router,
    _PATH,
    summary="Which pixels speak for a class or a unit",
    description=(
        "A heat map of the size of the network's input; positive speaks for the target, negative "
        "against it.\n\n`npy`: float32 (height, width). `u8`: one map in the 8-bit form of "
        "activations, with these numbers in the header. `png`: coloured, neutral at zero, to save."
    ),
    document=AttributionSchema,
    forms=("npy", "u8", "png"),
    problems=PROBLEMS,
    openapi_extra=option_parameters(),
)
async def get_attribution(
    asked: AskedModelDependency,
    method: MethodName,
    query: Annotated[AttributionFormQuery, Query()],
) -> Answer:
    question = await question_of(asked, method, query)
    found = await asked.services.attributions.attribution(question)

    def answer() -> Answer:
        document = describe_attribution(question, found)
        if query.format == "json":
            return document
        of_layer = query.resolution == "layer"
        return encode_attribution(found, query.format, document, of_layer=of_layer)

    return await asked.services.pool.run(answer)


@watches(
    router,
    _PATH,
    summary="Compute an attribution and follow it",
    problems=PROBLEMS,
    running="`running` with `done` and `total`, of integrated gradients also with a `preview` "
    "(`height`, `width`, `cell` its side in pixels, `limit`, `points`, `relative_gap`, and "
    "`codes`: in base64 one signed byte a cell, -127 to 127 for -limit to limit)",
    openapi_extra=option_parameters(),
)
async def watch_attribution(
    asked: AskedModelDependency, method: MethodName, query: Annotated[AttributionQuery, Query()]
) -> Watched[Attribution]:
    question = await question_of(asked, method, query)
    return Watched(
        asked.services.attributions.watch_attribution(question),
        lambda found: describe_attribution(question, found),
        _Running(),
    )


class _Running:
    """What the events of one stream tell on the way: a preview once, while it is the newest."""

    def __init__(self) -> None:
        self._told: Preview | None = None

    def __call__(self, progress: WorkProgress[Attribution]) -> Mapping[str, Any]:
        told: dict[str, Any] = {"done": progress.done, "total": progress.total}
        found = progress.preview
        if isinstance(found, Preview) and found is not self._told:
            self._told = found
            codes = base64.b64encode(found.codes).decode()
            told["preview"] = {**vars(found), "codes": codes}
        return told
