"""What a filter matches in a picture, and which patches excite a channel."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import BINARY, LayerId
from app.api.field_schemas import box_or_none
from app.api.filters import MEDIA_TYPES, WEIGHT_PROBLEMS
from app.api.parameters import ImageId, ModelId
from app.api.sizes import BoxSchema
from app.api.units import UnitQuery, checked_place
from app.compute import while_connected
from app.errors import InvalidUnitError
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.exciting_patches import Patch
from app.inspection.graph import LayerNode
from app.inspection.match_forms import best_places, encode_comparison, encode_match
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue
from models.pixel_map import PixelMap

router = APIRouter(tags=["filters"])

_PICTURE_PROBLEMS = ("unknown-image", "invalid-unit", *WEIGHT_PROBLEMS)

FilterIndex = Annotated[int, Path(description="number of the filter, which is its channel")]


class PlaceSchema(BaseModel):
    """One place of the layer's output, and how well the template matches there."""

    row: int
    column: int
    dot: float
    cosine: float


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
    bias: float
    dot_minimum: float
    dot_maximum: float
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
        **documented("no-filters", *_PICTURE_PROBLEMS),
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
    _check_channel((await services.graphs.structure(entry)).layer(layer_id), index)
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
    dot: float
    cosine: float
    bias: float
    patch_l1: float
    patch_l2: float
    patch_linf: float


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
        **documented("no-filters", *_PICTURE_PROBLEMS),
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
    _check_channel(layer, index)
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


class PatchSchema(BaseModel):
    """A unit, its value and what it reads.

    `input_box` is its exact receptive field, cut to the input (of the trunk where gates see
    everything), `image_box` the same in pixels of the picture; null if it reads only padding.
    """

    row: int
    column: int
    value: float
    input_box: BoxSchema | None
    image_box: BoxSchema | None


class PatchesSchema(BaseModel):
    """The patches of a picture that excite a channel most (`best`) and least (`worst`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "layer": "c3",
                "image": "example-chelsea",
                "channel": 4,
                "best": [
                    {
                        "row": 5,
                        "column": 5,
                        "value": 2.2,
                        "input_box": {"top": 10, "left": 10, "bottom": 24, "right": 24},
                        "image_box": {"top": 100, "left": 90, "bottom": 220, "right": 210},
                    }
                ],
                "worst": [],
            }
        }
    )

    model: str
    layer: str
    image: str
    channel: int
    best: list[PatchSchema]
    worst: list[PatchSchema]


class PatchesQuery(BaseModel):
    """In which picture, and how many."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    count: int = Field(6, ge=1, le=32, description="at most so many of the best and the worst")


@router.get(
    "/models/{model_id}/layers/{layer_id}/channels/{index}/patches",
    summary="The patches that excite a channel most and least",
    description=(
        "Of any layer, with filters or without. A patch that has more than half of its area in "
        "common with a better one (intersection over union) is passed over."
    ),
    responses={200: {"model": PatchesSchema}, **documented(*_PICTURE_PROBLEMS)},
    response_model=None,
)
async def get_patches(
    *,
    model_id: ModelId,
    layer_id: LayerId,
    index: FilterIndex,
    query: Annotated[PatchesQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    _check_channel((await services.graphs.structure(entry)).layer(layer_id), index)
    tag = entity_tag("patches", entry.id, layer_id, index, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    best, worst = await while_connected(
        request, services.filters.patches(entry, query.image, layer_id, index, query.count)
    )
    pixel_map = await services.fields.pixel_map(entry, query.image)
    document = {
        "model": entry.id,
        "layer": layer_id,
        "image": query.image,
        "channel": index,
        "best": [_patch(patch, pixel_map) for patch in best],
        "worst": [_patch(patch, pixel_map) for patch in worst],
    }
    return JSONResponse(document, headers=cache_headers(tag))


def _patch(patch: Patch, pixel_map: PixelMap) -> dict[str, Any]:
    box = patch.input_box
    image_box = None if box is None else pixel_map.input_box_to_image_box(box)
    return PatchSchema(
        row=patch.row,
        column=patch.column,
        value=patch.value,
        input_box=box_or_none(box),
        image_box=box_or_none(image_box),
    ).model_dump()


def _check_channel(layer: LayerNode, index: int) -> None:
    count = layer.output_shape[0]
    if not 0 <= index < count:
        raise InvalidUnitError(f"{index}: {layer.id} has the channels 0-{count - 1}.")
