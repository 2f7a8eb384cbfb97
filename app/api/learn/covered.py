"""Whether a unit sees a patch that lies over the network's input."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.fields.schemas import box_or_none
from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import UnitQuery, checked_unit
from app.api.shared.parameters import ImageId
from app.api.shared.sizes import BoxSchema
from app.errors import InvalidParameterError
from app.inspection.fields.region import Region
from app.inspection.what_if.covered_unit import Patch

router = APIRouter(tags=["learn"])


class CoveredUnitSchema(BaseModel):
    """A unit's value without and with the patch.

    `patch` is half-open, in pixels of the network's input. `input_box` is what the unit reads;
    `seen_pixels` counts the patch's pixels among them. Where that is 0, `change` is exactly 0.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "layer": "blocks.2.1.conv_dw",
                "image": "example-chelsea",
                "other": None,
                "channel": 3,
                "row": 14,
                "column": 14,
                "patch": {"top": 96, "left": 0, "bottom": 128, "right": 32},
                "input_box": {"top": 86, "left": 86, "bottom": 153, "right": 153},
                "seen_pixels": 0,
                "before": 0.71,
                "after": 0.71,
                "change": 0.0,
            }
        }
    )

    model: str
    layer: str
    image: str
    other: str | None
    channel: int
    row: int
    column: int
    patch: BoxSchema
    input_box: BoxSchema | None
    seen_pixels: int
    before: float | None
    after: float | None
    change: float | None


class CoveredQuery(UnitQuery):
    """Which unit for which picture, and where the patch lies."""

    image: ImageId
    top: int = Field(
        ge=-4096, le=4096, description="of the patch, px of the network's input", examples=[96]
    )
    left: int = Field(ge=-4096, le=4096, description="likewise", examples=[96])
    size: int = Field(32, ge=1, le=4096, description="of the patch, px a side")
    other: ImageId | None = Field(
        None,
        description="the patch is the same part of this picture; otherwise it is the value 0 of "
        "the prepared tensor, which is the mean colour of photographs",
    )


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/covered",
    summary="Whether a unit sees a patch over the input",
    description=(
        "The network is computed anew with the patch, all of it up to the layer: nothing is taken "
        "over from the picture itself. What of the patch lies outside the input is cut."
    ),
    document=CoveredUnitSchema,
    problems=("invalid-unit",),
)
async def get_covered_unit(
    asked: AskedLayerDependency, query: Annotated[CoveredQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    unit = checked_unit(await asked.layer(), query)
    if query.other is not None:
        asked.image(query.other)
    _, height, width = entry.preprocessing.input_shape
    patch = Patch(
        top=min(max(query.top, 0), height),
        left=min(max(query.left, 0), width),
        bottom=min(max(query.top + query.size, 0), height),
        right=min(max(query.left + query.size, 0), width),
    )
    if patch.bottom == patch.top or patch.right == patch.left:
        raise InvalidParameterError(
            f"top {query.top}, left {query.left}: a patch of {query.size} px lies outside the "
            f"input of {height} x {width}."
        )
    place = unit.row, unit.column
    reached = (await services.fields.unit(entry, unit.layer_id, place, unit.channel)).reached
    found = await services.experiments.covered_unit(entry, query.image, unit, patch, query.other)
    seen_pixels = await services.pool.run(_seen_pixels, reached, patch)
    return CoveredUnitSchema(
        model=entry.id,
        layer=unit.layer_id,
        image=query.image,
        other=query.other,
        channel=unit.channel,
        row=unit.row,
        column=unit.column,
        patch=BoxSchema(top=patch.top, left=patch.left, bottom=patch.bottom, right=patch.right),
        input_box=box_or_none(reached.box),
        seen_pixels=seen_pixels,
        before=found.before,
        after=found.after,
        change=found.after - found.before,
    )


def _seen_pixels(reached: Region, patch: Patch) -> int:
    """How many of the patch's pixels the unit reads."""
    return int(reached.mask[patch.top : patch.bottom, patch.left : patch.right].sum())
