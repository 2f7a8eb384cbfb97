"""Three linear scores of points of the plane, moved by hand or by training."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.learn.lessons import lesson
from models.lessons.three_lines import (
    CLASSES,
    ThreeClassesName,
    ThreeScores,
    three_classes,
    train_lines,
)
from models.scratch.layer import IntegerArray

router = APIRouter()

_MOST_STEPS = 200
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1000, le=1000)]
Row = Annotated[list[Number], Field(min_length=2, max_length=2)]


class LinesBody(BaseModel):
    """The points, the three score functions, and how far to train them."""

    model_config = ConfigDict(extra="forbid")

    points: ThreeClassesName = Field(
        "corners",
        description="three discs at the corners of a triangle, three in a row, or two inside a "
        "ring of the third class",
    )
    seed: int = Field(0, ge=0, le=9999, description="of the points")
    weight: list[Row] = Field(
        min_length=CLASSES,
        max_length=CLASSES,
        description="W (3, 2), a row a class",
        examples=[[[0.5, 1.0], [-1.0, -0.5], [1.0, -0.5]]],
    )
    bias: list[Number] = Field(
        min_length=CLASSES,
        max_length=CLASSES,
        description="b (3,)",
        examples=[[0.0, 0.1, -0.1]],
    )
    steps: int = Field(
        0, ge=0, le=_MOST_STEPS, description="of gradient descent, each over all points"
    )
    rate: float = Field(0.5, gt=0, le=10, description="learning rate")


class LinePointSchema(BaseModel):
    """One point."""

    x: list[float] = Field(description="its two coordinates")
    label: int = Field(description="its class, 0 to 2")


class LinesStepSchema(BaseModel):
    """The score functions after some steps, and how the points stand to them."""

    weight: list[list[float]]
    bias: list[float]
    weight_gradient: list[list[float]] = Field(description="dL/dW, where W now is")
    bias_gradient: list[float] = Field(description="dL/db")
    loss: float = Field(description="mean cross-entropy of the softmax of the scores, in nats")
    right: int = Field(description="points whose largest score is that of their class")
    best: list[int] = Field(description="of each point, the class with the largest score there")


class LinesSchema(BaseModel):
    """Points of the plane, and three score functions on their way, in float64."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "points": [{"x": [0.1, 0.8], "label": 0}],
                "path": [
                    {
                        "weight": [[0.5, 1.0], [-1.0, -0.5], [1.0, -0.5]],
                        "bias": [0.0, 0.1, -0.1],
                        "weight_gradient": [[0.1, -0.2], [0.0, 0.1], [-0.1, 0.1]],
                        "bias_gradient": [0.0, 0.01, -0.01],
                        "loss": 0.41,
                        "right": 1,
                        "best": [0],
                    }
                ],
            }
        }
    )

    points: list[LinePointSchema]
    path: list[LinesStepSchema] = Field(description="before the first step, and after each")


@lesson(
    router,
    "/learn/lines",
    document=LinesSchema,
    summary="Three lines through points of three classes, and how training moves them",
    description=(
        "Scores W x + b of 45 points of the plane, by a softmax classifier of three classes, "
        "and up to 200 steps of gradient descent."
    ),
)
def move_lines(body: LinesBody) -> LinesSchema:
    points, labels = three_classes(body.points, body.seed)
    path = train_lines(
        points,
        labels,
        np.array(body.weight),
        np.array(body.bias),
        steps=body.steps,
        rate=body.rate,
    )
    return LinesSchema(
        points=[
            LinePointSchema(x=point.tolist(), label=int(label))
            for point, label in zip(points, labels, strict=True)
        ],
        path=[_describe(each, labels) for each in path],
    )


def _describe(found: ThreeScores, labels: IntegerArray) -> LinesStepSchema:
    best = found.scores.argmax(axis=1)
    return LinesStepSchema(
        weight=found.weight.tolist(),
        bias=found.bias.tolist(),
        weight_gradient=found.weight_gradient.tolist(),
        bias_gradient=found.bias_gradient.tolist(),
        loss=found.loss,
        right=int((best == labels).sum()),
        best=best.tolist(),
    )
