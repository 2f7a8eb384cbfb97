"""Jacobians of layers, and the gradient of a number behind them."""

from typing import Any, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.learn.lessons import lesson
from app.api.learn.matrices import LARGEST_SIZE, Matrix, Vector, array
from models.lessons.activation_curves import ActivationName
from models.lessons.jacobian import LayoutName, Stage, WorkedChain, worked_chain
from models.scratch.layer import Array

router = APIRouter()

_QUESTION_EXAMPLE: dict[str, Any] = {
    "x": [1, -2],
    "stages": [{"kind": "linear", "weight": [[3, 1], [0, 2], [1, 1]]}, {"kind": "relu"}],
    "layout": "column",
    "inflow": [1, 1, 2],
}
_ANSWER_EXAMPLE: dict[str, Any] = {
    "stages": [
        {
            "output": [1, -4, -1],
            "jacobian": [[3, 1], [0, 2], [1, 1]],
            "input_gradient": [3, 1],
            "weight_gradient": [[1, -2], [0, 0], [0, 0]],
        },
        {
            "output": [1, 0, 0],
            "jacobian": [[1, 0, 0], [0, 0, 0], [0, 0, 0]],
            "input_gradient": [1, 0, 0],
            "weight_gradient": None,
        },
    ],
    "product": [[3, 1], [0, 0], [0, 0]],
    "whole": [[3, 1], [0, 0], [0, 0]],
    "loss": None,
    "inflow": [1, 1, 2],
}


class ChainedFunctionSchema(BaseModel):
    """One function of the chain; only a linear one has a weight."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["linear", "softmax"] | ActivationName
    weight: Matrix | None = Field(
        None,
        description=(
            "W (m, n) of W x where vectors are columns; W (n, m) of x W where they are rows"
        ),
    )

    @model_validator(mode="after")
    def _has_a_weight_if_linear(self) -> Self:
        if (self.kind == "linear") != (self.weight is not None):
            raise ValueError("A linear stage has a weight, and no other has one.")
        return self


class JacobianQuestion(BaseModel):
    """One function of a vector, or two in a row."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _QUESTION_EXAMPLE})

    x: Vector = Field(description="where the Jacobians are taken")
    stages: list[ChainedFunctionSchema] = Field(
        min_length=1, max_length=2, description="in their order"
    )
    layout: LayoutName = Field("column", description="how vectors stand")
    inflow: Vector | None = Field(
        None, description="f = dj/dz of a number j behind the last output z"
    )
    label: int | None = Field(
        None,
        ge=0,
        lt=LARGEST_SIZE,
        description=(
            "instead of an inflow: the right class, y as one-hot; j = cross-entropy(y, z) behind a "
            "softmax, else j = cross-entropy(y, softmax(z))"
        ),
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        size = len(self.x)
        for stage in self.stages:
            if stage.weight is None:
                continue
            sizes = len(stage.weight), len(stage.weight[0])
            rows, columns = sizes if self.layout == "column" else reversed(sizes)
            if columns != size:
                raise ValueError(f"A weight takes {columns} numbers where {size} come in.")
            size = rows
        if self.inflow is not None and self.label is not None:
            raise ValueError("An inflow or a label, not both.")
        if self.inflow is not None and len(self.inflow) != size:
            raise ValueError(f"The inflow has {len(self.inflow)} numbers, the last output {size}.")
        if self.label is not None and self.label >= size:
            raise ValueError(f"The last output has {size} classes, counted from 0.")
        return self


class WorkedStageSchema(BaseModel):
    """A function at its place in the chain."""

    output: list[float]
    jacobian: list[list[float]] = Field(
        description="row i, column j: the output's number i by the input's number j"
    )
    input_gradient: list[float] | None = Field(description="dj/d(input)")
    weight_gradient: list[list[float]] | None = Field(description="dj/dW, in the shape of W")


class JacobianSchema(BaseModel):
    """All Jacobians, and what flowed back where there was an inflow or a label."""

    model_config = ConfigDict(json_schema_extra={"example": _ANSWER_EXAMPLE})

    stages: list[WorkedStageSchema]
    product: list[list[float]] = Field(description="of the stages' Jacobians, the last one first")
    whole: list[list[float]] = Field(
        description="the Jacobian of all stages as one function, found without theirs"
    )
    loss: float | None = Field(description="j, where there was a label")
    inflow: list[float] | None = Field(description="as given, or of the label")


@lesson(
    router,
    "/learn/jacobian",
    document=JacobianSchema,
    summary="Jacobians of one or two functions of a vector",
    description=(
        "Entry by entry, their product, and the gradients of a number behind them by the input "
        "and by the weights. Whether vectors are rows or columns changes shapes and sides, never "
        "a sign."
    ),
)
def work_jacobian(body: JacobianQuestion) -> JacobianSchema:
    return _document(
        worked_chain(
            array(body.x),
            [
                Stage(each.kind, None if each.weight is None else array(each.weight))
                for each in body.stages
            ],
            body.layout,
            None if body.inflow is None else array(body.inflow),
            body.label,
        )
    )


def _document(worked: WorkedChain) -> JacobianSchema:
    return JacobianSchema(
        stages=[
            WorkedStageSchema(
                output=each.output.tolist(),
                jacobian=each.jacobian.tolist(),
                input_gradient=_listed(each.input_gradient),
                weight_gradient=_listed(each.weight_gradient),
            )
            for each in worked.stages
        ],
        product=worked.product.tolist(),
        whole=worked.whole.tolist(),
        loss=worked.loss,
        inflow=_listed(worked.inflow),
    )


def _listed(numbers: Array | None) -> Any:
    return None if numbers is None else numbers.tolist()
