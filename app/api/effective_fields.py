"""How much each pixel of the input matters to one unit."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations import BINARY, LayerId
from app.api.field_schemas import box_or_none
from app.api.parameters import ImageId, ModelId
from app.api.sizes import BoxSchema
from app.api.units import UnitQuery, checked_channel, checked_place
from app.compute import while_connected
from app.errors import InvalidParameterError
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.effective_field import DEFAULT_MASS, EffectiveField, Unit, effective_field
from app.inspection.encoding import encode_heat
from app.inspection.unit_field import UnitField
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue

router = APIRouter(tags=["receptive fields"])

_MEDIA_TYPES = {
    "npy": "application/octet-stream",
    "u8": "application/octet-stream",
    "png": "image/png",
}


class PointSchema(BaseModel):
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
    centre: PointSchema | None
    sigma: SpreadSchema | None
    input_box: BoxSchema | None


class EffectiveQuery(UnitQuery):
    """Which unit, for which picture or for how many random ones, in which form."""

    image: ImageId | None = Field(None, description="id of a picture; not needed with `pictures`")
    pictures: int = Field(
        0, ge=0, le=64, description="average over so many pictures of normal noise instead"
    )
    mass: float = Field(DEFAULT_MASS, gt=0, le=1, description="share inside the contour")
    format: Literal["json", "npy", "u8", "png"] = "json"


@router.get(
    "/models/{model_id}/layers/{layer_id}/effective-receptive-field",
    summary="How much each pixel matters to one unit",
    description=(
        "|d unit / d pixel|, summed over the input's channels (Luo et al. 2016).\n\n"
        "`npy`: float32 (height, width). `u8`: two maps in the 8-bit form of activations, the heat "
        "and the contour (0 or 255), with the numbers in the header. `png`: the heat, to save."
    ),
    responses={
        200: {
            "model": EffectiveFieldSchema,
            "content": dict.fromkeys(_MEDIA_TYPES.values(), BINARY),
        },
        **documented(
            *("unknown-model", "unknown-layer", "unknown-image", "invalid-unit", "busy"),
            *("not-exportable", "weights-unavailable", "weights-damaged", "model-too-large"),
            "time-limit",
        ),
    },
    response_model=None,
)
async def get_effective_field(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[EffectiveQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    layer = (await services.graphs.structure(entry)).layer(layer_id)
    row, column = checked_place(layer, query)
    unit = Unit(layer_id, checked_channel(layer, query), row, column)
    if query.image is not None:
        services.images.get(query.image)
    elif not query.pictures:
        raise InvalidParameterError("image is needed, or a number of random pictures.")
    tag = entity_tag("effective-field", entry.id, layer_id, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    image = query.image or ""
    heat = await while_connected(request, services.fields.heat(entry, image, unit, query.pictures))
    reached = await while_connected(
        request, services.fields.unit(entry, layer_id, (row, column), unit.channel)
    )
    headers = cache_headers(tag)
    found = await services.pool.run(effective_field, heat, query.mass)
    named = {
        "model": entry.id,
        "layer": layer_id,
        "image": None if query.pictures else query.image,
        "pictures": query.pictures,
        "channel": unit.channel,
        "row": row,
        "column": column,
    }
    document = EffectiveFieldSchema(**named, **_described(found, reached)).model_dump()
    if query.format == "json":
        return JSONResponse(document, headers=headers)
    data = await services.pool.run(encode_heat, found.heat, found.contour, query.format, document)
    return Response(data, media_type=_MEDIA_TYPES[query.format], headers=headers)


def _described(found: EffectiveField, reached: UnitField) -> dict[str, Any]:
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
        "centre": found.centre and PointSchema(y=found.centre.y, x=found.centre.x),
        "sigma": found.sigma and SpreadSchema(height=found.sigma[0], width=found.sigma[1]),
        "input_box": box_or_none(reached.reached.box),
    }
