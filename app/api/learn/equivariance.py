"""Whether the maps of a layer move with the picture."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import checked_channel
from app.api.shared.parameters import FORM, ImageId
from app.api.shared.sizes import BoxSchema
from app.errors import InvalidParameterError, NotAMapError
from app.inspection.fields.receptive_field import LocalField
from app.inspection.what_if.equivariance import Equivariance, Rectangle
from app.inspection.what_if.shifts import Shift

router = APIRouter(tags=["learn"])

_MOST_PX = 64


class StepsSchema(BaseModel):
    """How far maps were moved."""

    down: int
    right: int


class StrideSchema(BaseModel):
    """Input pixels from one unit of a layer to the next."""

    height: float
    width: float


class EquivarianceSchema(BaseModel):
    """The maps of a moved picture, less the maps of the picture moved by as much.

    `steps` is the shift by the layer's `stride`, rounded where `is_multiple` is false. `inside` is
    the part of the map, in rows and columns, whose units see the same pixels in both: no padding,
    and nothing of what came into sight. The differences are the largest of any channel, null where
    there is nothing to compare; `largest_value` is the largest magnitude in the layer.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-chelsea",
                "layer": "c1",
                "right": 2,
                "down": 0,
                "stride": {"height": 1, "width": 1},
                "steps": {"down": 0, "right": 2},
                "is_multiple": True,
                "overlap": {"top": 0, "left": 2, "bottom": 28, "right": 28},
                "inside": {"top": 0, "left": 2, "bottom": 28, "right": 28},
                "inside_units": 728,
                "largest_value": 3.4,
                "largest_difference": 0.0,
                "largest_difference_inside": 0.0,
            }
        }
    )

    model: str
    image: str
    layer: str
    right: int
    down: int
    stride: StrideSchema
    steps: StepsSchema
    is_multiple: bool
    overlap: BoxSchema
    inside: BoxSchema
    inside_units: int
    largest_value: float
    largest_difference: float | None
    largest_difference_inside: float | None


class EquivarianceQuery(BaseModel):
    """Which picture, how far it is moved, and in which form."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    right: int = Field(0, ge=-_MOST_PX, le=_MOST_PX, description="pixels of the network's input")
    down: int = Field(0, ge=-_MOST_PX, le=_MOST_PX, description="likewise; negative moves up")
    channel: int = Field(0, description="of the form u8")
    format: Annotated[Literal["json", "u8"], FORM] = "json"


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/shifts",
    summary="Whether a layer's maps move with the picture",
    description=(
        "The network's input is moved by whole pixels; background comes into sight, of a "
        "photograph its mean colour.\n\n"
        "`u8`: three maps of one channel in the 8-bit form of activations: that of the picture, "
        "moved; that of the moved picture; their difference."
    ),
    document=EquivarianceSchema,
    forms=("u8",),
    problems=("not-a-map", "invalid-unit"),
)
async def get_equivariance(
    asked: AskedLayerDependency, query: Annotated[EquivarianceQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    layer = await asked.layer()
    channel = checked_channel(layer, query.channel)
    field = (await services.fields.of(entry)).table[layer.id]
    if not layer.is_map or field.local is None or field.extent == "global":
        raise NotAMapError(f"{layer.id} has no rows and columns that see a part of the picture.")
    _, height, width = entry.preprocessing.input_shape
    for name, value, size in (("right", query.right, width), ("down", query.down, height)):
        if abs(value) >= size:
            raise InvalidParameterError(f"{name} {value}: the input is {size} px there.")
    shift = Shift(query.right, query.down)
    found = await services.experiments.equivariance(
        entry, query.image, layer.id, shift, field.local
    )
    named = {"model": entry.id, "image": query.image, "layer": layer.id}
    local = field.local

    def answer() -> Answer:
        document = EquivarianceSchema(**named, **_describe(found, shift, local))
        if query.format == "json":
            return document
        return found.encoded(channel, document.model_dump())

    return await services.pool.run(answer)


def _describe(found: Equivariance, shift: Shift, field: LocalField) -> dict[str, Any]:
    down, right = found.steps
    return {
        "right": shift.right,
        "down": shift.down,
        "stride": StrideSchema(height=float(field.rows.stride), width=float(field.columns.stride)),
        "steps": StepsSchema(down=down, right=right),
        "is_multiple": found.is_multiple,
        "overlap": _box(found.overlap),
        "inside": _box(found.inside),
        "inside_units": found.inside.units,
        "largest_value": float(found.after.abs().max()),
        "largest_difference": found.largest_difference(found.overlap),
        "largest_difference_inside": found.largest_difference(found.inside),
    }


def _box(part: Rectangle) -> BoxSchema:
    return BoxSchema(top=part.top, left=part.left, bottom=part.bottom, right=part.right)
