"""The activation functions with their slopes."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.learn.lessons import lesson
from models.lessons.activation_curves import ACTIVATIONS, ActivationName, value_and_slope

router = APIRouter()


class ActivationsBody(BaseModel):
    """Where to look."""

    model_config = ConfigDict(extra="forbid")

    x: list[Annotated[float, Field(allow_inf_nan=False, ge=-1e3, le=1e3)]] = Field(
        min_length=1, max_length=512, description="any numbers", examples=[[-1.0, 0.0, 2.0]]
    )


class CurveSchema(BaseModel):
    """One function at those places."""

    name: ActivationName = Field(
        description="leaky_relu has the slope 0.1 below 0, elu the scale 1"
    )
    values: list[float] = Field(description="f(x), one a place")
    slopes: list[float] = Field(
        description="f'(x), what a gradient of 1 becomes on its way back; at 0, where relu and its "
        "kin have none, that of the left",
    )


class ActivationsSchema(BaseModel):
    """All functions at the same places, in float64."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "curves": [
                    {"name": "relu", "values": [0.0, 0.0, 2.0], "slopes": [0.0, 0.0, 1.0]},
                ]
            }
        }
    )

    curves: list[CurveSchema] = Field(description="one a function")


@lesson(
    router,
    "/learn/activations",
    document=ActivationsSchema,
    summary="The activation functions and their slopes",
    description="Identity, sigmoid, tanh, ReLU, leaky ReLU and ELU at up to 512 numbers.",
)
def draw_activations(body: ActivationsBody) -> ActivationsSchema:
    x = np.array(body.x)
    curves = []
    for name in ACTIVATIONS:
        values, slopes = value_and_slope(name, x)
        curves.append(CurveSchema(name=name, values=values.tolist(), slopes=slopes.tolist()))
    return ActivationsSchema(curves=curves)
