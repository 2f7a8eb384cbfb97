"""What a filter matches in a picture."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import UnitQuery, checked_channel, checked_place
from app.api.shared.parameters import FORM, FilterIndex, ImageId
from app.inspection.filters.match_forms import best_places, encode_comparison, encode_match

router = APIRouter(tags=["filters"])


class MatchPlaceSchema(BaseModel):
    """One place of the layer's output, and how well the template matches there."""

    row: int
    column: int
    dot: float | None
    cosine: float | None


class FilterMatchSchema(BaseModel):
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
    best: list[MatchPlaceSchema]
    worst: list[MatchPlaceSchema]


class MatchQuery(BaseModel):
    """In which picture, in which form."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    count: int = Field(4, ge=1, le=32, description="so many of the best and of the worst")
    format: Annotated[Literal["json", "npy", "u8", "png"], FORM] = "json"


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/filters/{index}/match",
    summary="A filter against every place of its input",
    description=(
        "`npy`: float32 (2, rows, columns), the dot product and the cosine. `u8`: the same two in "
        "the 8-bit form of activations. `png`: both beside each other."
    ),
    document=FilterMatchSchema,
    forms=("npy", "u8", "png"),
    problems=("no-filters", "invalid-unit"),
)
async def get_match(
    asked: AskedLayerDependency, index: FilterIndex, query: Annotated[MatchQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    layer = await asked.layer()
    checked_channel(layer, index)
    bank = await services.filters.bank(entry, layer.id)
    found = await services.filters.match(entry, query.image, bank, index)
    named = {"model": entry.id, "layer": layer.id, "image": query.image, "filter": index}

    def answer() -> Answer:
        if query.format != "json":
            return encode_match(found, query.format, named)
        return {
            **named,
            "source": bank.source,
            "shape": list(found.dot.shape),
            "bias": found.bias,
            "dot_minimum": float(found.dot.min()),
            "dot_maximum": float(found.dot.max()),
            **best_places(found, query.count),
        }

    return await services.pool.run(answer)


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
    format: Annotated[Literal["json", "npy"], FORM] = "json"


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/filters/{index}/patch",
    summary="A filter beside the patch that it is laid over",
    description=(
        "`row` and `column` are a place of the layer's output. `npy`: float32 (2, inputs, height, "
        "width), the patch and the template; the patch is zero where padding is."
    ),
    document=ComparisonSchema,
    forms=("npy",),
    problems=("no-filters", "invalid-unit"),
)
async def get_patch(
    asked: AskedLayerDependency, index: FilterIndex, query: Annotated[ComparisonQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    layer = await asked.layer()
    checked_channel(layer, index)
    row, column = checked_place(layer, query.row, query.column)
    bank = await services.filters.bank(entry, layer.id)
    found = await services.filters.compare(entry, query.image, bank, (index, row, column))
    if query.format == "npy":
        return await services.pool.run(encode_comparison, found)
    return ComparisonSchema(
        model=entry.id,
        layer=layer.id,
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
