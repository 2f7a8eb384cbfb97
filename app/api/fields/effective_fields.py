"""How much each pixel of the input matters to one unit."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.fields.schemas import box_or_none
from app.api.shared.answers import Answer, Watched, answers, watches
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import UnitQuery, checked_unit
from app.api.shared.parameters import FORM, ImageId
from app.api.shared.sizes import BoxSchema
from app.errors import InvalidParameterError
from app.inspection.fields.effective_field import DEFAULT_MASS, EffectiveField, effective_field
from app.inspection.fields.unit_field import UnitField
from app.inspection.graph.unit import Unit
from app.inspection.rendering.encoding import encode_heat
from app.stores.fields import RandomHeat
from models.catalogue.entry import ModelEntry

router = APIRouter(tags=["receptive fields"])

_PATH = "/models/{model_id}/layers/{layer_id}/effective-receptive-field"


class CentreSchema(BaseModel):
    """A place in continuous edge coordinates of the network's input."""

    y: float
    x: float


class SpreadSchema(BaseModel):
    """Standard deviations in pixels of the network's input."""

    height: float
    width: float


class EffectiveFieldSchema(BaseModel):
    """The input gradient of one unit, in numbers.

    `mass_box` is the smallest box around the smallest set of pixels that together hold the share
    `mass` of the gradient's magnitude; `mass_pixels` counts that set, `mass_share` is that count
    over the pixels which the unit reads at all, `theoretical_share` over those of the theoretical
    field, padding included (null where there is no closed form). `centre` and `sigma` are the mean
    and the standard deviations of the magnitude as a distribution. All are null for a dead unit: no
    pixel moves it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "layer": "c3",
                "image": "example-chelsea",
                "pictures": 0,
                "channel": 4,
                "row": 5,
                "column": 5,
                "is_dead": False,
                "mass": 0.95,
                "mass_box": {"top": 10, "left": 10, "bottom": 24, "right": 24},
                "mass_pixels": 131,
                "mass_share": 0.668,
                "theoretical_share": 0.668,
                "centre": {"y": 17.2, "x": 16.8},
                "sigma": {"height": 3.1, "width": 3.0},
                "input_box": {"top": 10, "left": 10, "bottom": 24, "right": 24},
            }
        }
    )

    model: str
    layer: str
    image: str | None
    pictures: int
    channel: int
    row: int
    column: int
    is_dead: bool
    mass: float
    mass_box: BoxSchema | None
    mass_pixels: int
    mass_share: float | None
    theoretical_share: float | None
    centre: CentreSchema | None
    sigma: SpreadSchema | None
    input_box: BoxSchema | None


class EffectiveQuery(UnitQuery):
    """Which unit, for which picture or for how many random ones, in which form."""

    image: ImageId | None = Field(None, description="id of a picture; not needed with `pictures`")
    pictures: int = Field(
        0, ge=0, le=64, description="average over so many pictures of normal noise instead"
    )
    mass: float = Field(DEFAULT_MASS, gt=0, le=1, description="share inside the contour")
    format: Annotated[Literal["json", "npy", "u8", "png"], FORM] = "json"


@answers(
    router,
    _PATH,
    summary="How much each pixel matters to one unit",
    description=(
        "|d unit / d pixel|, summed over the input's channels (Luo et al. 2016).\n\n"
        "`npy`: float32 (height, width). `u8`: two maps in the 8-bit form of activations, the heat "
        "and the contour (0 or 255), with the numbers in the header. `png`: the heat, to save."
    ),
    document=EffectiveFieldSchema,
    forms=("npy", "u8", "png"),
    problems=("invalid-unit", "time-limit"),
)
async def get_effective_field(
    asked: AskedLayerDependency, query: Annotated[EffectiveQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    unit = checked_unit(await asked.layer(), query)
    if query.image is None and not query.pictures:
        raise InvalidParameterError("image is needed, or a number of random pictures.")
    heat = await services.fields.heat(entry, query.image or "", unit, query.pictures)
    place = unit.row, unit.column
    reached = await services.fields.unit(entry, unit.layer_id, place, unit.channel)
    image_id = None if query.pictures else query.image

    def answer() -> Answer:
        found = effective_field(heat, query.mass)
        document = _document(entry, unit, (image_id, query.pictures), found, reached)
        if query.format == "json":
            return document
        return encode_heat(found.heat, found.contour, query.format, document)

    return await services.pool.run(answer)


class RandomFieldQuery(UnitQuery):
    """Which unit, and over how many random pictures."""

    pictures: int = Field(16, ge=1, le=64, description="of normal noise to average over")
    mass: float = Field(DEFAULT_MASS, gt=0, le=1, description="share inside the contour")


@watches(
    router,
    _PATH,
    summary="Watch how the average over pictures of noise comes about",
    running="`running` with how many pictures of noise are `done`, of `total`",
    problems=("invalid-unit",),
)
async def watch_effective_field(
    asked: AskedLayerDependency, query: Annotated[RandomFieldQuery, Query()]
) -> Watched[RandomHeat]:
    entry, fields = asked.entry, asked.services.fields
    unit = checked_unit(await asked.layer(), query)
    reached = await fields.unit(entry, unit.layer_id, (unit.row, unit.column), unit.channel)

    def done(found: RandomHeat) -> dict[str, Any]:
        field = effective_field(found.heat, query.mass)
        return _document(entry, unit, (None, query.pictures), field, reached)

    return Watched(fields.watch_random_heat(entry, unit, query.pictures), done)


def _document(
    entry: ModelEntry,
    unit: Unit,
    source: tuple[str | None, int],
    found: EffectiveField,
    reached: UnitField,
) -> dict[str, Any]:
    image_id, pictures = source
    return EffectiveFieldSchema(
        model=entry.id,
        layer=unit.layer_id,
        image=image_id,
        pictures=pictures,
        channel=unit.channel,
        row=unit.row,
        column=unit.column,
        **_describe(found, reached),
    ).model_dump()


def _describe(found: EffectiveField, reached: UnitField) -> dict[str, Any]:
    pixels = int(found.contour.sum())
    read = int(reached.reached.mask.sum())
    theory = reached.theoretical_input_box
    return {
        "is_dead": found.is_dead,
        "mass": found.mass,
        "mass_box": box_or_none(found.box),
        "mass_pixels": pixels,
        "mass_share": pixels / read if read and not found.is_dead else None,
        "theoretical_share": (
            None if theory is None or found.is_dead else pixels / (theory.height * theory.width)
        ),
        "centre": found.centre and CentreSchema(y=found.centre.y, x=found.centre.x),
        "sigma": found.sigma and SpreadSchema(height=found.sigma[0], width=found.sigma[1]),
        "input_box": box_or_none(reached.reached.box),
    }
