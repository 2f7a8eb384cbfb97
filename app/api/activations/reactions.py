"""Which channels react to a place."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.fields.schemas import box_or_none
from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import checked_index
from app.api.shared.parameters import ImageId
from app.api.shared.sizes import BoxSchema
from app.errors import NotAMapError
from app.inspection.activations.reactions import ReactionOrder, ReactionsForm

router = APIRouter(tags=["activations"])


class ReactionSchema(BaseModel):
    """What a channel says at the place.

    `deviation` says how many standard deviations of its own map the value stands above the mean of
    that map; null where the map is flat or has one unit.
    """

    channel: int
    value: float | None
    deviation: float | None


class ReactionsSchema(BaseModel):
    """The channels of a layer that react most at a place, and what a unit there reads.

    `input_box` is the exact receptive field of the place, cut to the input (of the trunk where
    gates see everything), `image_box` the same in pixels of the picture; null if it reads only
    padding.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "layer": "c3",
                "image": "example-chelsea",
                "row": 5,
                "column": 5,
                "order": "deviation",
                "input_box": {"top": 10, "left": 10, "bottom": 24, "right": 24},
                "image_box": {"top": 100, "left": 90, "bottom": 220, "right": 210},
                "channels": [{"channel": 4, "value": 2.2, "deviation": 3.1}],
            }
        }
    )

    model: str
    layer: str
    image: str
    row: int
    column: int
    order: ReactionOrder
    input_box: BoxSchema | None
    image_box: BoxSchema | None
    channels: list[ReactionSchema]


class ReactionsQuery(BaseModel):
    """Where in which picture, and how many channels in which order."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    row: int = Field(description="of the layer", examples=[14])
    column: int = Field(description="of the layer", examples=[14])
    order: ReactionOrder = Field(
        "deviation",
        description="`value`: by what they say; `deviation`: by how far that stands out of what "
        "they say elsewhere in this picture",
    )
    count: int = Field(8, ge=1, le=64, description="at most so many")


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/reactions",
    summary="Which channels react most to a place",
    description=(
        "Of a layer with rows and columns: the channels that say most at one place of it, as when "
        "a person points at an eye and asks who sees it."
    ),
    document=ReactionsSchema,
    problems=("not-a-map", "invalid-parameter"),
)
async def get_reactions(
    asked: AskedLayerDependency, query: Annotated[ReactionsQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    layer = await asked.layer()
    if not layer.is_map:
        raise NotAMapError(f"{layer.id} has no rows and columns: every feature of it is one unit.")
    _, height, width = layer.output_shape
    row = checked_index("row", query.row, height, f"{layer.id} has the rows")
    column = checked_index("column", query.column, width, f"{layer.id} has the columns")
    wanted = ReactionsForm(row, column, query.order, query.count)
    found = await services.reactions(entry, query.image, layer.id, wanted)
    box = await services.fields.place_box(entry, layer.id, (row, column))
    pixel_map = await services.fields.pixel_map(entry, query.image)
    image_box = None if box is None else pixel_map.input_box_to_image_box(box)
    return ReactionsSchema(
        model=entry.id,
        layer=layer.id,
        **query.model_dump(include={"image", "row", "column", "order"}),
        input_box=box_or_none(box),
        image_box=box_or_none(image_box),
        channels=[ReactionSchema(**vars(reaction)) for reaction in found],
    ).model_dump()
