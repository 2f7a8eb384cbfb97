"""A stack of linear layers beside the single layer that it is."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.learn.lessons import lesson
from models.lessons.linear_stack import linear_stack

router = APIRouter()

_MOST = 6
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Vector = Annotated[list[Number], Field(min_length=1, max_length=_MOST)]
Matrix = Annotated[list[Vector], Field(min_length=1, max_length=_MOST)]


class LinearLayerBody(BaseModel):
    """y = W x + b."""

    model_config = ConfigDict(extra="forbid")

    weight: Matrix = Field(
        description="W, row by row: (out, in)", examples=[[[1.0, 2.0], [0.0, 1.0]]]
    )
    bias: Vector | None = Field(None, description="b (out,); null for none", examples=[[0.5, -1.0]])

    @model_validator(mode="after")
    def _has_even_rows(self) -> "LinearLayerBody":
        if len({len(row) for row in self.weight}) != 1:
            raise ValueError("the rows of a weight have to be equally long")
        if self.bias is not None and len(self.bias) != len(self.weight):
            raise ValueError("a bias has one number for each row of its weight")
        return self


class LinearBody(BaseModel):
    """The layers in the order in which x goes through them, and x."""

    model_config = ConfigDict(extra="forbid")

    layers: list[LinearLayerBody] = Field(
        min_length=1,
        max_length=4,
        description="the first is the one that reads x; each reads what the one before returns",
        examples=[[{"weight": [[1, 2], [0, 1]]}, {"weight": [[0, -1], [1, 0]]}]],
    )
    x: Vector = Field(description="(in of the first layer,)", examples=[[3.0, 4.0]])

    @model_validator(mode="after")
    def _fits_together(self) -> "LinearBody":
        length = len(self.x)
        for place, layer in enumerate(self.layers, 1):
            if len(layer.weight[0]) != length:
                raise ValueError(
                    f"layer {place} reads {len(layer.weight[0])} numbers and is given {length}"
                )
            length = len(layer.weight)
        return self


class LinearStageSchema(BaseModel):
    """What one layer of the stack returns, and the single layer that stands for all up to it."""

    value: list[float] = Field(description="of this layer, (out,)")
    weight: list[list[float]] = Field(
        description="the product of all weights up to here, (out, in of the first layer)"
    )
    bias: list[float] = Field(description="what all biases up to here come to, (out,)")


class LinearSchema(BaseModel):
    """A stack at one x, computed layer by layer and at once, in float64."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "stages": [
                    {"value": [11.0, 4.0], "weight": [[1.0, 2.0], [0.0, 1.0]], "bias": [0.0, 0.0]},
                    {
                        "value": [-4.0, 11.0],
                        "weight": [[0.0, -1.0], [1.0, 2.0]],
                        "bias": [0.0, 0.0],
                    },
                ],
                "stacked": [-4.0, 11.0],
                "at_once": [-4.0, 11.0],
                "largest_difference": 0.0,
            }
        }
    )

    stages: list[LinearStageSchema] = Field(description="one a layer")
    stacked: list[float] = Field(description="what the last layer returns")
    at_once: list[float] = Field(
        description="what the single layer of the last stage returns for x"
    )
    largest_difference: float = Field(description="between the two; what rounding leaves")


@lesson(
    router,
    "/learn/linear",
    document=LinearSchema,
    summary="A stack of linear layers is one linear layer",
    description=(
        "Takes x through up to four layers, each at most 6 by 6, and through the one layer whose "
        "weight is their product: B (A x + a) + b = (B A) x + (B a + b)."
    ),
)
def multiply_stack(body: LinearBody) -> LinearSchema:
    layers = [
        (
            np.array(layer.weight),
            np.zeros(len(layer.weight)) if layer.bias is None else np.array(layer.bias),
        )
        for layer in body.layers
    ]
    stack = linear_stack(layers, np.array(body.x))
    stages = [
        LinearStageSchema(
            value=stage.value.tolist(), weight=stage.weight.tolist(), bias=stage.bias.tolist()
        )
        for stage in stack.stages
    ]
    return LinearSchema(
        stages=stages,
        stacked=stages[-1].value,
        at_once=stack.at_once.tolist(),
        largest_difference=stack.largest_difference,
    )
