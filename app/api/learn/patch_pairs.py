"""Patches of a picture: how alike two are, and how far apart."""

import math

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.learn.patch_fields import (
    PROBLEMS,
    SMALLEST_P,
    Channels,
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

# Powers of 2^(1/4): even steps of a logarithmic axis.
_CURVE = tuple(SMALLEST_P * 2 ** (step / 4) for step in range(29))


class PatchesBody(BaseModel):
    """Three patches A, B and C of one picture, and how to measure them."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    a: PlaceBody
    b: PlaceBody
    c: PlaceBody
    side: Side = 8
    p: Exponent = 2
    centred: bool = Field(
        default=False,
        description="take the mean of each colour off each patch before `pair` multiplies them",
    )
    gain: float = Field(
        1,
        ge=0,
        le=4,
        allow_inf_nan=False,
        description="the light on B: its numbers are multiplied by it, for `pair` and `lit`",
    )
    lift: float = Field(
        0, ge=-1, le=1, allow_inf_nan=False, description="and this is added to each of them"
    )
    factor: float = Field(
        2, ge=-10, le=10, allow_inf_nan=False, description="by which patch A is multiplied"
    )
    seek: bool = Field(
        default=False, description="look for the B by which it is shortest from A to C"
    )


class PatchSchema(BaseModel):
    """A patch, and its length as a vector."""

    row: int
    column: int
    values: Channels = Field(description="in [0, 1], (3, side, side): red, green, blue")
    mean: float
    norm: float = Field(description="Lp")


class PatchPairSchema(BaseModel):
    """A and B in its light; less the means of their colours if that was asked for."""

    b: Channels = Field(description="B in its light, before any mean is taken off")
    hadamard: Channels = Field(description="products number by number, (3, side, side)")
    dots: list[float] = Field(description="their sums: red, green, blue")
    dot: float
    lengths: list[float] = Field(description="L2 norms of A and of B, which are Frobenius norms")
    cosine: float | None = Field(description="null where a length is 0")
    degrees: float | None = Field(description="the angle of which it is the cosine")


class PatchMeasuresSchema(BaseModel):
    """How alike A and B are, by each measure."""

    dot: float
    cosine: float | None = Field(description="null where a length is 0")
    centred: float | None = Field(
        description="the cosine of both less the means of their colours; null likewise"
    )
    distance: float = Field(description="Lp")


class PatchDifferenceSchema(BaseModel):
    """How large A less B is."""

    norm: float = Field(description="Lp")
    one: float = Field(description="L1: the sum of the magnitudes")
    two: float = Field(description="L2, the Frobenius norm")
    largest: float = Field(description="L-infinity: the largest magnitude")
    curve: list[list[float]] = Field(description="pairs of p and norm, p from 0.5 to 64")
    shares: Numbers = Field(
        description=(
            "of each place of the patch in sum |d|^p, (side, side); for infinite p the largest "
            "share it"
        )
    )


class PatchWaySchema(BaseModel):
    """From A by way of B to C, against the straight way, in Lp."""

    first: float = Field(description="from A to B")
    second: float = Field(description="from B to C")
    straight: float = Field(description="from A to C")
    detour: float = Field(description="first + second - straight; below 0 only where p is below 1")
    shortest: PlaceBody | None = Field(
        description="the B for which the detour is least, if that was asked for"
    )


class ScaledPatchSchema(BaseModel):
    """A times a factor."""

    norm: float = Field(description="Lp of A")
    scaled: float = Field(description="Lp of the factor times A")


class PatchesSchema(BaseModel):
    """What can be computed of patches of the picture at 64 x 64, in float64."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "a": {"row": 0, "column": 0, "values": [[[0.5]]], "mean": 0.5, "norm": 0.5},
                "b": {"row": 0, "column": 1, "values": [[[0.2]]], "mean": 0.2, "norm": 0.2},
                "c": {"row": 1, "column": 0, "values": [[[0.4]]], "mean": 0.4, "norm": 0.4},
                "pair": {
                    "b": [[[0.2]]],
                    "hadamard": [[[0.1]]],
                    "dots": [0.1],
                    "dot": 0.1,
                    "lengths": [0.5, 0.2],
                    "cosine": 1.0,
                    "degrees": 0.0,
                },
                "plain": {"dot": 0.1, "cosine": 1.0, "centred": None, "distance": 0.3},
                "lit": {"dot": 0.1, "cosine": 1.0, "centred": None, "distance": 0.3},
                "products": [[[0.1]]],
                "difference": {
                    "norm": 0.3,
                    "one": 0.3,
                    "two": 0.3,
                    "largest": 0.3,
                    "curve": [[0.5, 0.3]],
                    "shares": [[1.0]],
                },
                "way": {
                    "first": 0.3,
                    "second": 0.2,
                    "straight": 0.1,
                    "detour": 0.4,
                    "shortest": None,
                },
                "scaled": {"norm": 0.5, "scaled": 1.0},
            }
        }
    )

    a: PatchSchema
    b: PatchSchema
    c: PatchSchema
    pair: PatchPairSchema
    plain: PatchMeasuresSchema = Field(description="of A and B as they are")
    lit: PatchMeasuresSchema = Field(description="of A and B in its light")
    products: Channels = Field(description="the matrix product A B of each channel")
    difference: PatchDifferenceSchema
    way: PatchWaySchema
    scaled: ScaledPatchSchema


@router.post(
    "/learn/patches",
    summary="Products, angle and distances of patches",
    description="Of the picture as 3 x 64 x 64 numbers in [0, 1].",
    response_model=None,
    responses={200: {"model": PatchesSchema}, **documented(*PROBLEMS)},
)
async def compare_patches(
    body: PatchesBody, request: Request, services: ServicesDependency
) -> JSONResponse:
    levels = await while_connected(request, services.images.small(body.image))
    answer = await while_connected(request, services.quick.run(_compare, levels, body))
    return JSONResponse(answer.model_dump())


def _compare(levels: npt.NDArray[np.uint8], body: PatchesBody) -> PatchesSchema:
    picture = unit_values(levels)
    p = exponent(body.p)
    places = [each.within(body.side) for each in (body.a, body.b, body.c)]
    a, b, c = (patches.patch_at(picture, place, body.side) for place in places)
    lit = body.gain * b + body.lift
    found = patches.pair(a, lit, centred=body.centred)
    apart = patches.difference(a, b, p, (1.0, 2.0, math.inf, *_CURVE))
    one, two, largest, *curve = apart.norms.tolist()
    sides = patches.way(a, b, c, p)
    shortest = (
        patches.shortest_way(picture, places[0], places[2], body.side, p) if body.seek else None
    )
    described = [
        PatchSchema(
            row=place[0],
            column=place[1],
            values=patch.tolist(),
            mean=float(patch.mean()),
            norm=float(patches.lp_norm(patch, p)),
        )
        for place, patch in zip(places, (a, b, c), strict=True)
    ]
    return PatchesSchema(
        a=described[0],
        b=described[1],
        c=described[2],
        pair=PatchPairSchema(
            b=lit.tolist(),
            hadamard=found.hadamard.tolist(),
            dots=found.dots.tolist(),
            dot=found.dot,
            lengths=list(found.lengths),
            cosine=found.cosine,
            degrees=None if found.cosine is None else math.degrees(math.acos(found.cosine)),
        ),
        plain=PatchMeasuresSchema(**vars(patches.measures(a, b, p))),
        lit=PatchMeasuresSchema(**vars(patches.measures(a, lit, p))),
        products=(a @ b).tolist(),
        difference=PatchDifferenceSchema(
            norm=apart.norm,
            one=one,
            two=two,
            largest=largest,
            curve=[list(point) for point in zip(_CURVE, curve, strict=True)],
            shares=apart.shares.tolist(),
        ),
        way=PatchWaySchema(
            first=sides.first,
            second=sides.second,
            straight=sides.straight,
            detour=sides.detour,
            shortest=PlaceBody(row=shortest[0], column=shortest[1]) if shortest else None,
        ),
        scaled=ScaledPatchSchema(
            norm=described[0].norm, scaled=float(patches.lp_norm(body.factor * a, p))
        ),
    )
