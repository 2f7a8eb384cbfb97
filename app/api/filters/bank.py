"""The learned weights of a layer as templates."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, Saved, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import checked_channels
from app.api.shared.parameters import FORM
from app.inspection.filters.bank import FilterBank, FilterKind
from app.inspection.filters.forms import FilterFacts, FilterForm
from app.inspection.rendering.maps import Scale

router = APIRouter(tags=["filters"])


class FilterFactsSchema(BaseModel):
    """One filter.

    `l2` is also the Frobenius norm of its kernels taken together. `is_dead`: its L2 norm is at
    most a thousandth of the layer's largest. `nearest` is the most similar other filter, `cosine`
    the cosine of the angle between the two; null where too many weights would have to be compared.
    """

    index: int
    l1: float | None
    l2: float | None
    linf: float | None
    mean: float | None
    bias: float | None
    is_dead: bool
    nearest: int | None
    cosine: float | None


class LayerFiltersSchema(BaseModel):
    """The filters of a layer in numbers.

    `shape` is (filters, inputs, height, width), the inputs those of a filter's group. `kind` says
    what a filter is: a picture in three colours (`rgb`), one kernel (`single`), one kernel over a
    map of its own (`depthwise`), a kernel for each input (`kernels`), one weight for each input
    (`mixing`). `source` is the layer that the filters are laid over. `order` puts like beside like:
    the leaves of the tree by average linkage of 1 - cosine; null where `nearest` is.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "layer": "c1",
                "operation": "convolution",
                "kind": "single",
                "shape": [6, 1, 5, 5],
                "groups": 1,
                "source": "input",
                "source_shape": [1, 32, 32],
                "frobenius": 3.41,
                "largest": 0.61,
                "dead": 0,
                "order_by": "average linkage of 1 - cosine",
                "order": [0, 3, 1, 4, 2, 5],
                "filters": [
                    {
                        "index": 0,
                        "l1": 5.1,
                        "l2": 1.3,
                        "linf": 0.55,
                        "mean": 0.02,
                        "bias": -0.11,
                        "is_dead": False,
                        "nearest": 3,
                        "cosine": 0.61,
                    }
                ],
            }
        }
    )

    model: str
    layer: str
    operation: str
    kind: FilterKind
    shape: list[int]
    groups: int
    source: str
    source_shape: list[int]
    frobenius: float | None
    largest: float | None
    dead: int
    order_by: str
    order: list[int] | None
    filters: list[FilterFactsSchema]


class FiltersQuery(BaseModel):
    """In which form, and which of the filters."""

    model_config = ConfigDict(extra="forbid")

    format: Annotated[Literal["json", "npy", "u8", "png"], FORM] = "json"
    channels: str | None = Field(
        None,
        description="`3`, `0-15` or `0-3,8`, in the order wanted; all unless told",
        examples=["0-3"],
    )
    scale: Scale = Field("channel", description="one range a filter, or one for the whole layer")


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/filters",
    summary="The learned weights of a layer as templates",
    description=(
        "`json`: norms and similarity of every filter. `npy`: exact float32 (filters, inputs, "
        "height, width); a linear layer's rows have the shape of the maps that they read. `u8`: "
        "the same in the 8-bit form of activations, a range for each filter. `png`: a picture to "
        "save; kernels over three colours with zero at grey, all on one scale; 1 x 1 kernels as "
        "one matrix, filters down and inputs across; others signed, zero neutral, a mosaic each."
    ),
    document=LayerFiltersSchema,
    forms=("npy", "u8", "png"),
    problems=("no-filters",),
)
async def get_filters(
    asked: AskedLayerDependency, query: Annotated[FiltersQuery, Query()]
) -> Answer:
    entry, filters = asked.entry, asked.services.filters
    layer = await asked.layer()
    bank = await filters.bank(entry, layer.id)
    chosen = checked_channels(layer, query.channels)
    if query.format == "json":
        facts = await filters.facts(entry, layer.id)
        return {"model": entry.id, **_describe(bank, facts, chosen)}
    data = await filters.encode(entry, layer.id, FilterForm(query.format, chosen, query.scale))
    if query.format == "u8":
        return data
    return Saved(data, f"{entry.id}.{layer.id}.filters.{query.format}")


def _describe(bank: FilterBank, facts: FilterFacts, chosen: Sequence[int] | None) -> dict[str, Any]:
    """As `LayerFiltersSchema`, written out by hand: there may be 4,096 filters."""
    columns: dict[str, list[Any]] = {
        "l1": facts.norms.l1.tolist(),
        "l2": facts.norms.l2.tolist(),
        "linf": facts.norms.linf.tolist(),
        "mean": facts.mean.tolist(),
        "bias": [None] * bank.count if bank.bias is None else bank.bias.tolist(),
        "is_dead": facts.norms.is_dead.tolist(),
        "nearest": [None] * bank.count if facts.nearest is None else facts.nearest.tolist(),
        "cosine": [None] * bank.count if facts.cosine is None else facts.cosine.tolist(),
    }
    return {
        "layer": bank.layer_id,
        "operation": bank.operation,
        "kind": bank.kind,
        "shape": list(bank.weight.shape),
        "groups": bank.groups,
        "source": bank.source,
        "source_shape": list(bank.source_shape),
        "frobenius": facts.norms.frobenius,
        "largest": max(columns["linf"]),
        "dead": sum(columns["is_dead"]),
        "order_by": "average linkage of 1 - cosine",
        "order": facts.order,
        "filters": [
            {"index": index, **{name: values[index] for name, values in columns.items()}}
            for index in (range(bank.count) if chosen is None else chosen)
        ],
    }
