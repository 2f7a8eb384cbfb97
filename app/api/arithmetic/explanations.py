"""How a unit got its value, number by number."""

import math
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.arithmetic.schemas import (
    ExplanationSchema,
    RowExplanationSchema,
    UnitValueSchema,
    describe_explanation,
    describe_row,
    unit_document,
)
from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayer, AskedLayerDependency
from app.api.shared.checks import (
    UnitQuery,
    checked_channel,
    checked_index,
    checked_place,
    checked_unit,
)
from app.api.shared.parameters import FORM, ImageId
from app.errors import InvalidParameterError, InvalidUnitError
from app.inspection.arithmetic.terms import Patch
from app.inspection.rendering.encoding import encode_array

router = APIRouter(tags=["explanations"])

_MOST_ROWS = 256
_MOST_UNITS = 64
_EXPLAINED: dict[str, Any] = {
    "description": (
        "From what was captured of the layers that it reads, and the network's own parameters.\n\n"
        "`npy`: all terms of the patch, float32 (2, channels, rows, columns): the values, then the "
        "weights, which are 1 where nothing is weighed. What is read in the padding stands as its "
        "value, 0 or minus infinity. A unit without a patch has no such form."
    ),
    "document": ExplanationSchema,
    "forms": ("npy",),
    "problems": ("invalid-unit",),
}

ChannelPath = Annotated[int, Path(description="of the layer", examples=[3])]
PlacePath = Annotated[int, Path(description="0 in a vector", examples=[7])]
FeaturePath = Annotated[int, Path(description="of a layer without rows and columns", examples=[5])]


class ExplanationQuery(BaseModel):
    """For which picture, and how much of it."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    terms: int = Field(12, ge=0, le=1000, description="how many of the largest terms are listed")
    format: Annotated[Literal["json", "npy"], FORM] = "json"


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/units/{channel}/{row}/{column}",
    summary="How a unit got its value",
    **_EXPLAINED,
)
async def get_unit(
    asked: AskedLayerDependency,
    *,
    channel: ChannelPath,
    row: PlacePath,
    column: PlacePath,
    query: Annotated[ExplanationQuery, Query()],
) -> Answer:
    return await _explained(asked, UnitQuery(channel=channel, row=row, column=column), query)


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/units/{feature}",
    summary="How a unit of a vector got its value",
    **_EXPLAINED,
)
async def get_feature(
    asked: AskedLayerDependency, feature: FeaturePath, query: Annotated[ExplanationQuery, Query()]
) -> Answer:
    return await _explained(asked, UnitQuery(channel=feature), query)


async def _explained(asked: AskedLayer, unit: UnitQuery, query: ExplanationQuery) -> Answer:
    layer = await asked.layer()
    if not layer.is_plain:
        raise InvalidUnitError(
            f"{layer.id} has the shape {layer.output_shape}: neither a vector nor maps."
        )
    checked = checked_unit(layer, unit)
    place = (checked.channel, checked.row, checked.column)[: len(layer.output_shape)]
    services = asked.services
    found = await services.explanations.unit(asked.entry, query.image, layer.id, place)
    if query.format == "json":
        named = {"model": asked.entry.id, "image": query.image}
        return named | describe_explanation(found, layer.operation, query.terms)
    patch = found.explanation.patch
    if patch is None:
        raise InvalidParameterError(
            f"format: {layer.id} computes by {layer.operation}, which reads no patch; take json."
        )
    return await services.pool.run(_encoded, patch)


def _encoded(patch: Patch) -> bytes:
    weights = np.ones_like(patch.values) if patch.weights is None else patch.weights
    return encode_array(np.stack([patch.values, weights]))


class RowQuery(BaseModel):
    """For which picture, and which part of the row."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    first: int = Field(0, description="column of the first unit")
    count: int = Field(_MOST_UNITS, ge=1, le=_MOST_UNITS, description="how many units")


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/units/{channel}/{row}",
    summary="How the units of a row got their values",
    description=(
        "Of layers whose units read windows, convolutions and poolings. What a kernel that slides "
        "meets, step by step: fewer units than `count` where the row ends. All products of one of "
        "them: `/units/{channel}/{row}/{column}`."
    ),
    document=RowExplanationSchema,
    problems=("invalid-unit",),
)
async def get_unit_row(
    asked: AskedLayerDependency,
    *,
    channel: ChannelPath,
    row: PlacePath,
    query: Annotated[RowQuery, Query()],
) -> Answer:
    layer, services = await asked.layer(), asked.services
    if not (layer.is_plain and layer.is_map):
        raise InvalidUnitError(f"{layer.id} has the shape {layer.output_shape}: no rows.")
    checked_unit(layer, UnitQuery(channel=channel, row=row, column=query.first))
    columns = range(query.first, min(query.first + query.count, layer.output_shape[2]))
    units = [(channel, row, column) for column in columns]
    explanations = await services.explanations.row(asked.entry, query.image, layer.id, units)
    if any(found.patch is None for found in explanations):
        raise InvalidParameterError(
            f"{layer.id} computes by {layer.operation}, whose units read no window."
        )
    is_maximum = explanations[0].kind == "maximum"
    padding = 0.0 if layer.window is None else layer.window.padding_value

    def answer() -> Answer:
        return {
            "model": asked.entry.id,
            "image": query.image,
            "layer": layer.id,
            "operation": layer.operation,
            "channel": channel,
            "row": row,
            **describe_row(explanations, -math.inf if is_maximum else padding),
        }

    return await services.pool.run(answer)


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
    units: list[UnitValueSchema]


class StrongestQuery(BaseModel):
    """For which picture, and where to look."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    top: int = Field(5, ge=1, le=1000, description="how many")
    channel: int | None = Field(None, description="look in this one alone")
    row: int | None = Field(None, description="with `column`: look at this place alone")
    column: int | None = Field(None, description="likewise with `row`")


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/units",
    summary="The strongest units of a layer",
    document=StrongestUnitsSchema,
    problems=("invalid-unit",),
)
async def get_units(
    asked: AskedLayerDependency, query: Annotated[StrongestQuery, Query()]
) -> Answer:
    layer = await asked.layer()
    if query.channel is not None:
        checked_channel(layer, query.channel)
    place = None
    if query.row is not None or query.column is not None:
        in_map = checked_place(layer, query.row, query.column)
        place = in_map if layer.is_map else None
    found = await asked.services.explanations.strongest(
        asked.entry, query.image, layer.id, top=query.top, channel=query.channel, place=place
    )
    units = [unit_document(unit) for unit in found]
    return {"model": asked.entry.id, "image": query.image, "units": units}


class PatchRowsQuery(BaseModel):
    """For which picture, and which rows of the matrix."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    group: int = Field(0, description="of a convolution with groups")
    first: int = Field(0, description="row * width + column of the output")
    count: int = Field(1, ge=1, le=_MOST_ROWS, description="how many rows")


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/im2col",
    summary="A convolution's patches as rows of a matrix",
    description=(
        "Each row is the patch of one output position; times the kernels as columns, it gives that "
        "position of every output map, but for the bias (Chellapilla et al. 2006). A numpy file, "
        "float32 (rows, terms); fewer rows than `count` where the output ends."
    ),
    forms=("npy",),
)
async def get_im2col(
    asked: AskedLayerDependency, query: Annotated[PatchRowsQuery, Query()]
) -> Answer:
    layer, services = await asked.layer(), asked.services
    if layer.operation != "convolution":
        raise InvalidParameterError(f"{layer.id} computes by {layer.operation}: no convolution.")
    _, height, width = layer.output_shape
    checked_index("group", query.group, layer.groups, f"{layer.id} has the groups")
    checked_index("first", query.first, height * width, f"{layer.id} has the places")
    positions = range(query.first, min(query.first + query.count, height * width))
    rows = await services.explanations.patch_rows(
        asked.entry, query.image, layer.id, query.group, positions
    )
    return await services.pool.run(encode_array, rows)
