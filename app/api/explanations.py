"""How a unit got its value, number by number."""

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import BINARY, LayerId
from app.api.explanation_schemas import ExplanationSchema, UnitSchema, described, unit_document
from app.api.parameters import ImageId, ModelId
from app.api.units import UnitQuery, checked_channel, checked_place
from app.compute import while_connected
from app.errors import InvalidParameterError, InvalidUnitError
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.encoding import encode_array
from app.inspection.graph import LayerNode
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import Services, ServicesDependency
from models.catalogue import catalogue

router = APIRouter(tags=["explanations"])

_LAYER_PROBLEMS = (
    *("unknown-model", "unknown-layer", "unknown-image", "invalid-parameter", "busy"),
    *("not-exportable", "weights-unavailable", "weights-damaged", "model-too-large"),
)
_OCTETS = "application/octet-stream"
_MOST_ROWS = 256

_EXPLAINED_RESPONSES = {
    200: {"model": ExplanationSchema, "content": {_OCTETS: BINARY}},
    **documented(*_LAYER_PROBLEMS, "invalid-unit"),
}
_EXPLAINED = (
    "From what was captured of the layers that it reads, and the network's own parameters.\n\n"
    "`npy`: all terms of the patch, float32 (2, channels, rows, columns): the values, then the "
    "weights, which are 1 where nothing is weighed. What is read in the padding stands as its "
    "value, 0 or minus infinity. A unit without a patch has no such form."
)

ChannelPath = Annotated[int, Path(description="of the layer", examples=[3])]
PlacePath = Annotated[int, Path(description="0 in a vector", examples=[7])]
FeaturePath = Annotated[int, Path(description="of a layer without rows and columns", examples=[5])]


class ExplanationQuery(BaseModel):
    """For which picture, and how much of it."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    terms: int = Field(12, ge=0, le=1000, description="how many of the largest terms are listed")
    format: Literal["json", "npy"] = "json"


@router.get(
    "/models/{model_id}/layers/{layer_id}/units/{channel}/{row}/{column}",
    summary="How a unit got its value",
    description=_EXPLAINED,
    responses=_EXPLAINED_RESPONSES,
    response_model=None,
)
async def get_unit(
    model_id: ModelId,
    layer_id: LayerId,
    *,
    channel: ChannelPath,
    row: PlacePath,
    column: PlacePath,
    query: Annotated[ExplanationQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    unit = UnitQuery(channel=channel, row=row, column=column)
    return await _explained(
        model_id, layer_id, unit, query=query, request=request, services=services
    )


@router.get(
    "/models/{model_id}/layers/{layer_id}/units/{feature}",
    summary="How a unit of a vector got its value",
    description=_EXPLAINED,
    responses=_EXPLAINED_RESPONSES,
    response_model=None,
)
async def get_feature(
    model_id: ModelId,
    layer_id: LayerId,
    *,
    feature: FeaturePath,
    query: Annotated[ExplanationQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    unit = UnitQuery(channel=feature)
    return await _explained(
        model_id, layer_id, unit, query=query, request=request, services=services
    )


async def _explained(
    model_id: str,
    layer_id: str,
    unit: UnitQuery,
    *,
    query: ExplanationQuery,
    request: Request,
    services: Services,
) -> Response:
    entry = catalogue().resolve(model_id)
    layer = (await services.graphs.structure(entry)).layer(layer_id)
    services.images.get(query.image)
    place = _place(layer, unit)
    tag = entity_tag("unit", entry.id, layer_id, place, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    found = await while_connected(
        request, services.explanations.unit(entry, query.image, layer_id, place)
    )
    headers = cache_headers(tag)
    if query.format == "json":
        named = {"model": entry.id, "image": query.image}
        document = named | described(found, layer.operation, query.terms)
        return JSONResponse(document, headers=headers)
    patch = found.explanation.patch
    if patch is None:
        raise InvalidParameterError(
            f"format: {layer_id} computes by {layer.operation}, which reads no patch; take json."
        )
    weights = np.ones_like(patch.values) if patch.weights is None else patch.weights
    data = encode_array(np.stack([patch.values, weights]))
    return Response(data, media_type=_OCTETS, headers=headers)


def _place(layer: LayerNode, unit: UnitQuery) -> tuple[int, ...]:
    if not layer.is_plain:
        raise InvalidUnitError(
            f"{layer.id} has the shape {layer.output_shape}: neither a vector nor maps."
        )
    channel = checked_channel(layer, unit)
    row, column = checked_place(layer, unit)
    return (channel, row, column) if layer.is_map else (channel,)


class StrongestUnitsSchema(BaseModel):
    """Units of a layer, those with the largest values first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-coffee",
                "units": [
                    {
                        "layer": "classifier",
                        "channel": 967,
                        "row": None,
                        "column": None,
                        "value": 9.51,
                    }
                ],
            }
        }
    )

    model: str
    image: str
    units: list[UnitSchema]


class StrongestQuery(BaseModel):
    """For which picture, and where to look."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    top: int = Field(5, ge=1, le=1000)
    channel: int | None = Field(None, description="look in this one alone")


@router.get(
    "/models/{model_id}/layers/{layer_id}/units",
    summary="The strongest units of a layer",
    responses={200: {"model": StrongestUnitsSchema}, **documented(*_LAYER_PROBLEMS)},
    response_model=None,
)
async def get_units(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[StrongestQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    layer = (await services.graphs.structure(entry)).layer(layer_id)
    services.images.get(query.image)
    channels = layer.output_shape[0]
    if query.channel is not None and not 0 <= query.channel < channels:
        raise InvalidParameterError(
            f"channel {query.channel}: {layer_id} has the channels 0-{channels - 1}."
        )
    tag = entity_tag("units", entry.id, layer_id, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    found = await while_connected(
        request,
        services.explanations.strongest(entry, query.image, layer_id, query.top, query.channel),
    )
    units = [unit_document(unit) for unit in found]
    document = {"model": entry.id, "image": query.image, "units": units}
    return JSONResponse(document, headers=cache_headers(tag))


class PatchRowsQuery(BaseModel):
    """For which picture, and which rows of the matrix."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    group: int = Field(0, description="of a convolution with groups")
    first: int = Field(0, description="row * width + column of the output")
    count: int = Field(1, ge=1, le=_MOST_ROWS)


@router.get(
    "/models/{model_id}/layers/{layer_id}/im2col",
    summary="A convolution's patches as rows of a matrix",
    description=(
        "Each row is the patch of one output position; times the kernels as columns, it gives that "
        "position of every output map, but for the bias (Chellapilla et al. 2006). A numpy file, "
        "float32 (rows, terms); fewer rows than `count` where the output ends."
    ),
    responses={
        200: {"content": {_OCTETS: BINARY}, "description": "A numpy file."},
        **documented(*_LAYER_PROBLEMS),
    },
    response_class=Response,
    response_model=None,
)
async def get_im2col(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[PatchRowsQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    layer = (await services.graphs.structure(entry)).layer(layer_id)
    services.images.get(query.image)
    if layer.operation != "convolution":
        raise InvalidParameterError(f"{layer_id} computes by {layer.operation}: no convolution.")
    _, height, width = layer.output_shape
    for name, value, size in (
        ("group", query.group, layer.groups),
        ("first", query.first, height * width),
    ):
        if not 0 <= value < size:
            raise InvalidParameterError(f"{name} {value}: {layer_id} has 0-{size - 1}.")
    positions = range(query.first, min(query.first + query.count, height * width))
    tag = entity_tag("im2col", entry.id, layer_id, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    rows = await while_connected(
        request,
        services.explanations.patch_rows(entry, query.image, layer_id, query.group, positions),
    )
    return Response(encode_array(rows), media_type=_OCTETS, headers=cache_headers(tag))
