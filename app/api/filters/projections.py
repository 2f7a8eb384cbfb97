"""What in the picture made a unit fire: its projection onto the pixels."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import UnitQuery, checked_unit
from app.api.shared.parameters import FORM, ImageId
from app.inspection.attribution.backward_rules import Rule, rectifiers_below
from app.inspection.filters.forms import encode_projection
from app.inspection.rendering.encoding import encode_array

router = APIRouter(tags=["filters"])


class ProjectionSchema(BaseModel):
    """The projection of one unit in numbers.

    `rectifiers` are the layers on the way whose gradient the rule changes, by operation; where
    there are none all rules give the plain gradient.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "layer": "blocks.2.1.add",
                "image": "example-chelsea",
                "channel": 3,
                "row": 10,
                "column": 12,
                "rule": "guided",
                "shape": [3, 224, 224],
                "minimum": -0.21,
                "maximum": 0.34,
                "rectifiers": {"relu6": 9},
            }
        }
    )

    model: str
    layer: str
    image: str
    channel: int
    row: int
    column: int
    rule: Rule
    shape: list[int]
    minimum: float | None
    maximum: float | None
    rectifiers: dict[str, int]


class ProjectionQuery(UnitQuery):
    """Which unit of which picture, by which rule, in which form."""

    image: ImageId
    rule: Rule = Field("guided", description="what rectifiers let through on the way back")
    crop: bool = Field(False, description="of a png: only the box of pixels that the unit reads")
    format: Annotated[Literal["json", "npy", "png"], FORM] = "json"


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/projection",
    summary="A unit projected back onto the pixels",
    description=(
        "`deconvnet`: with switches (Zeiler and Fergus 2013). `guided`: guided backpropagation "
        "(Springenberg et al. 2014). `plain`: the gradient. All begin with a 1 at the unit.\n\n"
        "`npy`: signed float32 (channels, height, width), in units of the network's input. `png`: "
        "a picture to look at: zero is grey where there are three channels, and white, red above "
        "and blue below, where there is one."
    ),
    document=ProjectionSchema,
    forms=("npy", "png"),
    problems=("invalid-unit",),
)
async def get_projection(
    asked: AskedLayerDependency, query: Annotated[ProjectionQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    unit = checked_unit(await asked.layer(), query)
    found = await services.filters.projection(entry, query.image, unit, query.rule)
    if query.format == "json":
        below = rectifiers_below(await asked.graph(), unit)
        return ProjectionSchema(
            model=entry.id,
            layer=unit.layer_id,
            image=query.image,
            channel=unit.channel,
            row=unit.row,
            column=unit.column,
            rule=query.rule,
            shape=list(found.shape),
            minimum=float(found.min()),
            maximum=float(found.max()),
            rectifiers=_counted([layer.operation for layer in below]),
        )
    if query.format == "npy":
        return await services.pool.run(encode_array, found)
    if query.crop:
        place = unit.row, unit.column
        field = await services.fields.unit(entry, unit.layer_id, place, unit.channel)
        box = (field.trunk or field.reached).box
        if box is not None:
            found = found[:, int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
    # The picture is drawn in colours; the numbers stay in the network's own order.
    shown = found[::-1] if entry.preprocessing.channel_order == "bgr" else found
    return await services.pool.run(encode_projection, shown)


def _counted(names: list[str]) -> dict[str, int]:
    return {name: names.count(name) for name in dict.fromkeys(names)}
