"""What a layer's units see of the input, by geometry alone."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from app.api.fields.schemas import FIELD_EXAMPLE, ReachedSchema, ReceptiveFieldSchema, box_or_none
from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import UnitQuery, checked_channel, checked_place
from app.api.shared.parameters import FORM, ImageId
from app.api.shared.sizes import BoxSchema
from app.errors import InvalidUnitError
from app.inspection.fields.region import Region
from app.inspection.fields.unit_field import UnitField
from app.inspection.rendering.encoding import encode_mask
from models.preprocessing.pixel_map import Box, PixelMap

router = APIRouter(tags=["receptive fields"])

_BOX_EXAMPLE: dict[str, Any] = {"top": 97, "left": 97, "bottom": 140, "right": 140}


class BranchSchema(ReachedSchema):
    """What comes through one of the inputs of the layer where branches meet."""

    input: str


class UnitFieldSchema(ReceptiveFieldSchema):
    """The layer's field; with a unit also what that unit reads, cut at every layer on the way.

    `theoretical_input_box` may leave the input: what is outside is padding. `input_box` and
    `touched_fraction` are exact, unless `is_bound`: then an operation on the way is not understood,
    and no more than this is read. `trunk` leaves out gates that see everything.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **FIELD_EXAMPLE,
                "model": "googlenet.random",
                "layer": "inception3a.cat",
                "channel": 70,
                "row": 14,
                "column": 14,
                "theoretical_input_box": _BOX_EXAMPLE,
                "theoretical_image_box": None,
                "input_box": _BOX_EXAMPLE,
                "touched_fraction": 1.0,
                "image_box": None,
                "is_bound": False,
                "trunk": None,
                "join": "inception3a.cat",
                "branches": [
                    {
                        "input": "inception3a.branch2.1.relu",
                        "input_box": _BOX_EXAMPLE,
                        "touched_fraction": 1.0,
                        "image_box": None,
                    }
                ],
            }
        }
    )

    model: str
    layer: str
    channel: int | None = None
    row: int | None = None
    column: int | None = None
    theoretical_input_box: BoxSchema | None = None
    theoretical_image_box: BoxSchema | None = None
    input_box: BoxSchema | None = None
    touched_fraction: float | None = None
    image_box: BoxSchema | None = None
    is_bound: bool | None = None
    trunk: ReachedSchema | None = None
    join: str | None = None
    branches: list[BranchSchema] | None = None


class FieldQuery(UnitQuery):
    """Which unit, in which picture, in which form."""

    image: ImageId | None = Field(None, description="adds boxes in this picture's own pixels")
    format: Annotated[Literal["json", "npy", "u8"], FORM] = "json"
    gates: bool = Field(
        True, description="false: npy and u8 leave out gates that see everything, as `trunk` does"
    )


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/receptive-field",
    summary="What a layer's units see of the input",
    description=(
        "Without a unit: the closed form. With `row` and `column` (and `channel`, else all "
        "channels together): what that unit reads, exactly.\n\n"
        "`npy`: uint8 (height, width), 1 where the input is read. `u8`: the same as one map in the "
        "8-bit form of activations."
    ),
    document=UnitFieldSchema,
    forms=("npy", "u8"),
    problems=("invalid-unit",),
    needs_weights=False,
)
async def get_receptive_field(
    asked: AskedLayerDependency, query: Annotated[FieldQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    layer = await asked.layer()
    named: dict[str, Any] = {"model": entry.id, "layer": layer.id}
    if query.is_layer():
        if query.format != "json":
            raise InvalidUnitError(
                f"format={query.format} is of one unit: row and column are needed."
            )
        field = (await services.fields.of(entry)).table[layer.id]
        return named | ReceptiveFieldSchema.from_field(field).model_dump()
    if query.channel is not None:
        checked_channel(layer, query.channel)
    row, column = checked_place(layer, query.row, query.column)
    found = await services.fields.unit(entry, layer.id, (row, column), query.channel)
    named |= {"channel": query.channel, "row": row, "column": column}
    pixel_map = None
    if query.image is not None:
        pixel_map = await services.fields.pixel_map(entry, query.image)

    def answer() -> Answer:
        if query.format != "json":
            region = found.reached if query.gates or found.trunk is None else found.trunk
            return encode_mask(region.mask, query.format, named)
        return UnitFieldSchema(**named, **_describe(found, pixel_map))

    return await services.pool.run(answer)


def _describe(found: UnitField, pixel_map: PixelMap | None) -> dict[str, Any]:
    def in_picture(box: Box | None) -> Box | None:
        return None if box is None or pixel_map is None else pixel_map.input_box_to_image_box(box)

    def reached(region: Region) -> dict[str, Any]:
        return ReachedSchema.fields_of(region, in_picture(region.box))

    return {
        **ReceptiveFieldSchema.from_field(found.layer).model_dump(),
        **reached(found.reached),
        "theoretical_input_box": box_or_none(found.theoretical_input_box),
        "theoretical_image_box": box_or_none(in_picture(found.theoretical_input_box)),
        "is_bound": found.reached.is_bound,
        "trunk": None if found.trunk is None else reached(found.trunk),
        "join": found.join,
        "branches": [
            {"input": source, **reached(region)} for source, region in found.branches.items()
        ],
    }
