"""Which units one pixel of the input reaches, by geometry alone."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.fields.schemas import box_or_none
from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayerDependency, AskedModelDependency
from app.api.shared.checks import checked_index
from app.api.shared.parameters import FORM
from app.api.shared.sizes import BoxSchema
from app.inspection.fields.region import Region
from app.inspection.graph.axis_reach import runs
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.rendering.encoding import encode_mask

router = APIRouter(tags=["receptive fields"])


class ProjectiveSchema(BaseModel):
    """The units of a layer that read one pixel of the input.

    `box` is the smallest around them, in rows and columns of the layer, null if there are none;
    `units` counts their places, `touched_fraction` is their share of the box.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "layer": "c3",
                "row": 16,
                "column": 16,
                "box": {"top": 2, "left": 2, "bottom": 9, "right": 9},
                "units": 49,
                "touched_fraction": 1.0,
                "is_bound": False,
            }
        }
    )

    model: str
    layer: str
    row: int
    column: int
    box: BoxSchema | None
    units: int
    touched_fraction: float
    is_bound: bool


class PixelQuery(BaseModel):
    """A pixel of the network's input."""

    model_config = ConfigDict(extra="forbid")

    row: int = Field(description="of the input", examples=[100])
    column: int = Field(description="of the input", examples=[60])


class LayerPixelQuery(PixelQuery):
    """A pixel of the network's input, and the form of the answer."""

    format: Annotated[Literal["json", "npy", "u8"], FORM] = "json"


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/projective-field",
    summary="Which units of a layer an input pixel reaches",
    description="The other direction of the receptive field. `npy` and `u8` as there.",
    document=ProjectiveSchema,
    forms=("npy", "u8"),
    needs_weights=False,
)
async def get_projective_field(
    asked: AskedLayerDependency, query: Annotated[LayerPixelQuery, Query()]
) -> Answer:
    layer, graph = await asked.layer(), await asked.graph()
    place = _checked_pixel(graph, query)
    services = asked.services
    found = await services.fields.projective(asked.entry, layer.id, place)
    named = {"model": asked.entry.id, "layer": layer.id, "row": query.row, "column": query.column}

    def answer() -> Answer:
        if query.format != "json":
            return encode_mask(found.mask, query.format, named)
        return ProjectiveSchema(
            **named,
            box=box_or_none(found.box),
            units=found.places,
            touched_fraction=found.touched_fraction,
            is_bound=found.is_bound,
        )

    return await services.pool.run(answer)


def _checked_pixel(graph: LayerGraph, query: PixelQuery) -> tuple[int, int]:
    for name, size in zip(("row", "column"), graph.input_shape[1:], strict=True):
        checked_index(name, getattr(query, name), size, f"the input has the {name}s")
    return query.row, query.column


Runs = list[tuple[int, int]]


class ReachedPartSchema(BaseModel):
    """Channels, rows and columns that meet in reached units, as half-open runs: `[[0, 3], [5, 6]]`.

    Channels of a vector are its features.
    """

    channels: Runs
    rows: Runs
    columns: Runs


class ReachedLayerSchema(BaseModel):
    """The units of one layer that read the pixel.

    `channels`, `height` and `width` are of the layer, height and width 1 in a vector. `box`,
    `units`, `touched_fraction` and `is_bound` as for a single layer: `units` counts places where
    some channel is reached, `reached_channels` channels that are reached somewhere. The reached
    units are those of all `parts` together: what strides and dilation skip is in none.
    """

    layer: str
    channels: int
    height: int
    width: int
    box: BoxSchema | None
    units: int
    reached_channels: int
    touched_fraction: float
    is_bound: bool
    parts: list[ReachedPartSchema]

    @classmethod
    def of(cls, layer: LayerNode, region: Region) -> "ReachedLayerSchema":
        height, width = region.size
        channels = 0
        for product in region.products:
            channels |= product.channels
        return cls(
            layer=layer.id,
            channels=layer.output_shape[0],
            height=height,
            width=width,
            box=box_or_none(region.box),
            units=region.places,
            reached_channels=channels.bit_count(),
            touched_fraction=region.touched_fraction,
            is_bound=region.is_bound,
            parts=[
                ReachedPartSchema(
                    channels=list(runs(product.channels)),
                    rows=list(runs(product.rows)),
                    columns=list(runs(product.columns)),
                )
                for product in region.products
            ],
        )


class ProjectiveFieldsSchema(BaseModel):
    """Which units of every layer read one pixel of the input, in the order of execution.

    `first_gate` is the first layer that scales whole channels by something that read the pixel, as
    squeeze-and-excitation does; null if none does. Through gates a pixel reaches everything behind.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "row": 16,
                "column": 16,
                "first_gate": None,
                "layers": [
                    {
                        "layer": "c3",
                        "channels": 16,
                        "height": 10,
                        "width": 10,
                        "box": {"top": 2, "left": 2, "bottom": 9, "right": 9},
                        "units": 49,
                        "reached_channels": 16,
                        "touched_fraction": 1.0,
                        "is_bound": False,
                        "parts": [{"channels": [[0, 16]], "rows": [[2, 9]], "columns": [[2, 9]]}],
                    }
                ],
            }
        }
    )

    model: str
    row: int
    column: int
    first_gate: str | None
    layers: list[ReachedLayerSchema]


class PixelSpreadQuery(PixelQuery):
    """A pixel of the network's input, and whether gates carry it on."""

    gates: bool = Field(True, description="false: leave out gates that see everything")


@answers(
    router,
    "/models/{model_id}/projective-fields",
    summary="Which units of every layer an input pixel reaches",
    description="The same of all layers at once, with the places themselves.",
    document=ProjectiveFieldsSchema,
    needs_weights=False,
)
async def get_projective_fields(
    asked: AskedModelDependency, query: Annotated[PixelSpreadQuery, Query()]
) -> Answer:
    graph = await asked.graph()
    row, column = _checked_pixel(graph, query)
    services = asked.services
    found = await services.fields.spread(asked.entry, (row, column), through_gates=query.gates)

    def answer() -> Answer:
        return ProjectiveFieldsSchema(
            model=asked.entry.id,
            row=row,
            column=column,
            first_gate=found.gate,
            layers=[
                ReachedLayerSchema.of(graph.layer(layer_id), region)
                for layer_id, region in found.regions.items()
            ],
        )

    return await services.pool.run(answer)
