"""Where in a picture patches are like one of them."""

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.learn.patch_fields import (
    PROBLEMS,
    Exponent,
    Numbers,
    PlaceBody,
    Side,
    exponent,
    unit_values,
)
from app.api.shared.parameters import ImageId
from app.compute.pool import while_connected
from app.services import ServicesDependency
from app.web.json_answers import JSONResponse
from app.web.problems import documented
from models.lessons import patches

router = APIRouter(tags=["learn"])


class LikenessBody(BaseModel):
    """One patch of a picture, and what counts as alike."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    patch: PlaceBody
    side: Side = 8
    measure: patches.Measure = Field(
        "dot",
        description=(
            "dot product; cosine; centred: cosine of patches less the means of their colours; "
            "distance: Lp, of which less is more alike"
        ),
    )
    p: Exponent = 2


class LikePlaceSchema(BaseModel):
    """A place, and how alike the patch there is."""

    row: int
    column: int
    value: float


class LikenessSchema(BaseModel):
    """How alike every place of the picture at 64 x 64 is to one of its patches."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "map": [[0.25, 0.5], [0.75, 1.0]],
                "itself": {"row": 1, "column": 1, "value": 1.0},
                "best": [{"row": 1, "column": 0, "value": 0.75}],
                "rank": 1,
                "places": 4,
                "lowest": 0.25,
                "median": 0.625,
                "highest": 1.0,
            }
        }
    )

    map: Numbers = Field(
        description="by the place of the other patch's corner; rounded to a millionth"
    )
    itself: LikePlaceSchema
    best: list[LikePlaceSchema] = Field(
        description="the places most alike, best first; none lies over the patch or another"
    )
    rank: int = Field(description="of the patch itself among all places: 1 where none is better")
    places: int
    lowest: float
    median: float
    highest: float


@router.post(
    "/learn/likeness",
    summary="Where in a picture patches are like this one",
    description="Of the picture as 3 x 64 x 64 numbers in [0, 1].",
    response_model=None,
    responses={200: {"model": LikenessSchema}, **documented(*PROBLEMS)},
)
async def map_likeness(
    body: LikenessBody, request: Request, services: ServicesDependency
) -> JSONResponse:
    levels = await while_connected(request, services.images.small(body.image))
    answer = await while_connected(request, services.quick.run(_map, levels, body))
    return JSONResponse(answer.model_dump())


def _map(levels: npt.NDArray[np.uint8], body: LikenessBody) -> LikenessSchema:
    place = body.patch.within(body.side)
    found = patches.likeness(unit_values(levels), place, body.side, body.measure, exponent(body.p))

    def told(at: patches.Place) -> LikePlaceSchema:
        return LikePlaceSchema(row=at[0], column=at[1], value=float(found.values[at]))

    return LikenessSchema(
        map=found.values.round(6).tolist(),
        itself=told(place),
        best=[told(each) for each in found.best],
        rank=found.rank,
        places=found.values.size,
        lowest=float(found.values.min()),
        median=float(np.median(found.values)),
        highest=float(found.values.max()),
    )
