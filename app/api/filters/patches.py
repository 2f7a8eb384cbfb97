"""The patches of a picture that excite a channel most and least."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.fields.schemas import box_or_none
from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import checked_channel
from app.api.shared.parameters import FilterIndex, ImageId
from app.api.shared.sizes import BoxSchema
from app.inspection.filters.exciting_patches import Patch
from models.preprocessing.pixel_map import PixelMap

router = APIRouter(tags=["filters"])


class ExcitingPatchSchema(BaseModel):
    """A unit, its value and what it reads.

    `input_box` is its exact receptive field, cut to the input (of the trunk where gates see
    everything), `image_box` the same in pixels of the picture; null if it reads only padding.
    """

    row: int
    column: int
    value: float | None
    input_box: BoxSchema | None
    image_box: BoxSchema | None


class ExcitingPatchesSchema(BaseModel):
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
    best: list[ExcitingPatchSchema]
    worst: list[ExcitingPatchSchema]


class PatchesQuery(BaseModel):
    """In which picture, and how many."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    count: int = Field(6, ge=1, le=32, description="at most so many of the best and the worst")


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/channels/{index}/patches",
    summary="The patches that excite a channel most and least",
    description=(
        "Of any layer, with filters or without. A patch that has more than half of its area in "
        "common with a better one (intersection over union) is passed over."
    ),
    document=ExcitingPatchesSchema,
    problems=("invalid-unit",),
)
async def get_patches(
    asked: AskedLayerDependency, index: FilterIndex, query: Annotated[PatchesQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    layer = await asked.layer()
    checked_channel(layer, index)
    best, worst = await services.filters.patches(entry, query.image, layer.id, index, query.count)
    pixel_map = await services.fields.pixel_map(entry, query.image)
    return {
        "model": entry.id,
        "layer": layer.id,
        "image": query.image,
        "channel": index,
        "best": [_patch(patch, pixel_map) for patch in best],
        "worst": [_patch(patch, pixel_map) for patch in worst],
    }


def _patch(patch: Patch, pixel_map: PixelMap) -> dict[str, Any]:
    box = patch.input_box
    image_box = None if box is None else pixel_map.input_box_to_image_box(box)
    return ExcitingPatchSchema(
        row=patch.row,
        column=patch.column,
        value=patch.value,
        input_box=box_or_none(box),
        image_box=box_or_none(image_box),
    ).model_dump()
