"""What a filter matches in a picture."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import BINARY, LayerId
from app.api.filters import MEDIA_TYPES, WEIGHT_PROBLEMS
from app.api.parameters import ImageId, ModelId
from app.api.units import UnitQuery, checked_place
from app.compute import while_connected
from app.errors import InvalidUnitError
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.graph import LayerNode
from app.inspection.match_forms import best_places, encode_comparison, encode_match
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue

router = APIRouter(tags=["filters"])

PICTURE_PROBLEMS = ("unknown-image", "invalid-unit", *WEIGHT_PROBLEMS)

FilterIndex = Annotated[int, Path(description="number of the filter, which is its channel")]


class PlaceSchema(BaseModel):
    """One place of the layer's output, and how well the template matches there."""

    row: int
    column: int
    dot: float | None
    cosine: float | None


class MatchSchema(BaseModel):
    """A template against every place of its input.

    The layer's value at a place is `dot` + `bias`. `best` and `worst` are by the cosine.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "layer": "c1",
                "image": "example-chelsea",
                "filter": 2,
                "source": "input",
                "shape": [28, 28],
                "bias": -0.11,
                "dot_minimum": -1.8,
                "dot_maximum": 2.3,
                "best": [{"row": 12, "column": 9, "dot": 2.3, "cosine": 0.91}],
                "worst": [{"row": 3, "column": 20, "dot": -1.8, "cosine": -0.84}],
            }
        }
    )

    model: str
    layer: str
    image: str
    filter: int
    source: str
    shape: list[int]
    bias: float | None
    dot_minimum: float | None
    dot_maximum: float | None
    best: list[PlaceSchema]
    worst: list[PlaceSchema]


class MatchQuery(BaseModel):
    """In which picture, in which form."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    count: int = Field(4, ge=1, le=32, description="so many of the best and of the worst")
    format: Literal["json", "npy", "u8", "png"] = "json"


@router.get(
    "/models/{model_id}/layers/{layer_id}/filters/{index}/match",
    summary="A filter against every place of its input",
    description=(
        "`npy`: float32 (2, rows, columns), the dot product and the cosine. `u8`: the same two in "
        "the 8-bit form of activations. `png`: both beside each other."
    ),
    responses={
        200: {"model": MatchSchema, "content": dict.fromkeys(MEDIA_TYPES.values(), BINARY)},
        **documented("no-filters", *PICTURE_PROBLEMS),
    },
    response_model=None,
)
async def get_match(
    *,
    model_id: ModelId,
    layer_id: LayerId,
    index: FilterIndex,
    query: Annotated[MatchQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    check_index((await services.graphs.structure(entry)).layer(layer_id), index)
    bank = await while_connected(request, services.filters.bank(entry, layer_id))
    tag = entity_tag("match", entry.id, layer_id, index, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    found = await while_connected(request, services.filters.match(entry, query.image, bank, index))
    named = {"model": entry.id, "layer": layer_id, "image": query.image, "filter": index}
    headers = cache_headers(tag)
    if query.format != "json":
        data = await services.pool.run(encode_match, found, query.format, named)
        return Response(data, media_type=MEDIA_TYPES[query.format], headers=headers)
    document = {
        **named,
        "source": bank.source,
        "shape": list(found.dot.shape),
        "bias": found.bias,
        "dot_minimum": float(found.dot.min()),
        "dot_maximum": float(found.dot.max()),
        **best_places(found, query.count),
    }
    return JSONResponse(document, headers=headers)


class ComparisonSchema(BaseModel):
    """A template beside the patch that it is laid over at one place.

    `patch_l2` is also the patch's Frobenius norm. The layer's value there is `dot` + `bias`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "layer": "c1",
                "image": "example-chelsea",
                "filter": 2,
                "row": 12,
                "column": 9,
                "shape": [1, 5, 5],
                "dot": 2.3,
                "cosine": 0.91,
                "bias": -0.11,
                "patch_l1": 9.8,
                "patch_l2": 2.6,
                "patch_linf": 0.99,
            }
        }
    )

    model: str
    layer: str
    image: str
    filter: int
    row: int
    column: int
    shape: list[int]
    dot: float | None
    cosine: float | None
    bias: float | None
    patch_l1: float | None
    patch_l2: float | None
    patch_linf: float | None


class ComparisonQuery(UnitQuery):
    """At which place of which picture, in which form."""

    image: ImageId
    format: Literal["json", "npy"] = "json"


@router.get(
    "/models/{model_id}/layers/{layer_id}/filters/{index}/patch",
    summary="A filter beside the patch that it is laid over",
    description=(
        "`row` and `column` are a place of the layer's output. `npy`: float32 (2, inputs, height, "
        "width), the patch and the template; the patch is zero where padding is."
    ),
    responses={
        200: {"model": ComparisonSchema, "content": {"application/octet-stream": BINARY}},
        **documented("no-filters", *PICTURE_PROBLEMS),
    },
    response_model=None,
)
async def get_patch(
    *,
    model_id: ModelId,
    layer_id: LayerId,
    index: FilterIndex,
    query: Annotated[ComparisonQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    layer = (await services.graphs.structure(entry)).layer(layer_id)
    check_index(layer, index)
    row, column = checked_place(layer, query)
    bank = await while_connected(request, services.filters.bank(entry, layer_id))
    tag = entity_tag("patch", entry.id, layer_id, index, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    found = await while_connected(
        request, services.filters.compare(entry, query.image, bank, (index, row, column))
    )
    headers = cache_headers(tag)
    if query.format == "npy":
        data = encode_comparison(found)
        return Response(data, media_type=MEDIA_TYPES["npy"], headers=headers)
    document = ComparisonSchema(
        model=entry.id,
        layer=layer_id,
        image=query.image,
        filter=index,
        row=row,
        column=column,
        shape=list(found.patch.shape),
        dot=found.dot,
        cosine=found.cosine,
        bias=found.bias,
        patch_l1=found.l1,
        patch_l2=found.l2,
        patch_linf=found.linf,
    )
    return JSONResponse(document.model_dump(), headers=headers)


def check_index(layer: LayerNode, index: int) -> None:
    """Raises InvalidUnitError if the layer has no such channel."""
    count = layer.output_shape[0]
    if not 0 <= index < count:
        raise InvalidUnitError(f"{index}: {layer.id} has the channels 0-{count - 1}.")
