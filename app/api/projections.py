"""What in the picture made a unit fire: its projection onto the pixels."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import BINARY, LayerId
from app.api.filters import MEDIA_TYPES, WEIGHT_PROBLEMS
from app.api.parameters import ImageId, ModelId
from app.api.units import UnitQuery, checked_channel, checked_place
from app.compute import while_connected
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.backward_rules import Rule, rectifiers_below
from app.inspection.effective_field import Unit
from app.inspection.encoding import encode_array
from app.inspection.filter_forms import encode_projection
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue

router = APIRouter(tags=["filters"])


class ProjectionSchema(BaseModel):
    """The projection of one unit in numbers.

    `rectifiers` are the layers on the way whose gradient the rule changes, by operation; where
    there are none all rules give the plain gradient.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "layer": "blocks.2.1.add",
                "image": "example-chelsea",
                "channel": 3,
                "row": 10,
                "column": 12,
                "rule": "guided",
                "shape": [3, 224, 224],
                "minimum": -0.21,
                "maximum": 0.34,
                "rectifiers": {"relu6": 9},
            }
        }
    )

    model: str
    layer: str
    image: str
    channel: int
    row: int
    column: int
    rule: Rule
    shape: list[int]
    minimum: float | None
    maximum: float | None
    rectifiers: dict[str, int]


class ProjectionQuery(UnitQuery):
    """Which unit of which picture, by which rule, in which form."""

    image: ImageId
    rule: Rule = Field("guided", description="what rectifiers let through on the way back")
    crop: bool = Field(False, description="of a png: only the box of pixels that the unit reads")
    format: Literal["json", "npy", "png"] = "json"


@router.get(
    "/models/{model_id}/layers/{layer_id}/projection",
    summary="A unit projected back onto the pixels",
    description=(
        "`deconvnet`: with switches (Zeiler and Fergus 2013). `guided`: guided backpropagation "
        "(Springenberg et al. 2014). `plain`: the gradient. All begin with a 1 at the unit.\n\n"
        "`npy`: signed float32 (channels, height, width), in units of the network's input. `png`: "
        "a picture to look at: zero is grey where there are three channels, and white, red above "
        "and blue below, where there is one."
    ),
    responses={
        200: {
            "model": ProjectionSchema,
            "content": {MEDIA_TYPES["npy"]: BINARY, MEDIA_TYPES["png"]: BINARY},
        },
        **documented("unknown-image", "invalid-unit", *WEIGHT_PROBLEMS),
    },
    response_model=None,
)
async def get_projection(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[ProjectionQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    graph = await services.graphs.structure(entry)
    layer = graph.layer(layer_id)
    row, column = checked_place(layer, query)
    unit = Unit(layer_id, checked_channel(layer, query), row, column)
    tag = entity_tag("projection", entry.id, layer_id, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    found = await while_connected(
        request, services.filters.projection(entry, query.image, unit, query.rule)
    )
    headers = cache_headers(tag)
    if query.format == "json":
        document = _named(entry.id, query, unit) | {
            "shape": list(found.shape),
            "minimum": float(found.min()),
            "maximum": float(found.max()),
            "rectifiers": _counted([layer.operation for layer in rectifiers_below(graph, unit)]),
        }
        return JSONResponse(document, headers=headers)
    if query.crop and query.format == "png":
        field = await services.fields.unit(entry, layer_id, (row, column), unit.channel)
        box = (field.trunk or field.reached).box
        if box is not None:
            found = found[:, int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
    encode = encode_projection if query.format == "png" else encode_array
    data = await services.pool.run(encode, found)
    return Response(data, media_type=MEDIA_TYPES[query.format], headers=headers)


def _named(model: str, query: ProjectionQuery, unit: Unit) -> dict[str, Any]:
    return {
        "model": model,
        "layer": unit.layer_id,
        "image": query.image,
        "channel": unit.channel,
        "row": unit.row,
        "column": unit.column,
        "rule": query.rule,
    }


def _counted(names: list[str]) -> dict[str, int]:
    return {name: names.count(name) for name in dict.fromkeys(names)}
