"""A computational graph, worked forward and back."""

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.learn.lessons import lesson
from app.api.learn.matrices import Matrix, Number, array
from models.lessons.activation_curves import ActivationName
from models.lessons.expression import LONGEST_TEXT, MOST_OPERATIONS
from models.lessons.graph import WorkedGraph, worked_expression
from models.lessons.network_graph import worked_network
from models.scratch.layer import Array

router = APIRouter()

_ANSWER_EXAMPLE: dict[str, Any] = {
    "nodes": [
        {"id": "a", "kind": "variable", "text": "a", "inputs": [], "value": 4, "inflow": -6},
        {"id": "b", "kind": "variable", "text": "b", "inputs": [], "value": -3, "inflow": 8},
        {
            "id": "#2",
            "kind": "multiply",
            "text": "a * b",
            "inputs": ["a", "b"],
            "value": -12,
            "inflow": 2,
        },
    ],
    "edges": [
        {"source": "a", "target": "#2", "slot": 0, "rule": "b", "local": -3, "sent": -6},
        {"source": "b", "target": "#2", "slot": 1, "rule": "a", "local": 4, "sent": 8},
    ],
    "effort": {"cached": 2, "naive": 2, "paths": 2},
}


class ExpressionQuestion(BaseModel):
    """A graph of numbers, from what a person typed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "kind": "expression",
                "expression": "a * b",
                "values": {"a": 4, "b": -3},
                "inflow": 2,
            }
        },
    )

    kind: Literal["expression"]
    expression: str = Field(
        max_length=LONGEST_TEXT,
        description=(
            "`+ - * / ^`, brackets, `max(a, b)`, `exp log tanh sigmoid relu` of one number, `3x` "
            "for `3 * x`. Lines before the last one, ended by `;`, name what is used later: "
            "`h = relu(w * x); h * h`."
        ),
    )
    values: dict[str, Number] = Field(
        {},
        max_length=MOST_OPERATIONS,
        description="of its variables; one that is not named is 1, others are not read",
    )
    inflow: Number = Field(1.0, description="the gradient that flows in at the end")


class NetworkQuestion(BaseModel):
    """The graph of L = cross-entropy(y, softmax(W2 f(W1 x))), with matrices on its edges."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "kind": "network",
                "inputs": [[1], [-2]],
                "hidden_weights": [[0.5, -1], [2, 1]],
                "output_weights": [[1, 0], [0, 1], [-1, 1]],
                "labels": [0],
                "activation": "relu",
            }
        },
    )

    kind: Literal["network"]
    inputs: Matrix = Field(description="x (d, n): an example a column")
    hidden_weights: Matrix = Field(description="W1 (h, d)")
    output_weights: Matrix = Field(description="W2 (c, h)")
    labels: list[Annotated[int, Field(ge=0)]] = Field(
        description="the right class of each example, counted from 0"
    )
    activation: ActivationName = Field("relu", description="f")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.hidden_weights[0]) != len(self.inputs):
            raise ValueError("W1 needs a column for each row of x.")
        if len(self.output_weights[0]) != len(self.hidden_weights):
            raise ValueError("W2 needs a column for each row of W1.")
        if len(self.labels) != len(self.inputs[0]):
            raise ValueError("There must be a label for each column of x.")
        if max(self.labels) >= len(self.output_weights):
            raise ValueError("A label is the number of a row of W2.")
        return self


class GraphNodeSchema(BaseModel):
    """A value: one number, or the rows of a matrix."""

    id: str = Field(description="a name, or # and a number")
    kind: str = Field(
        description=(
            "`variable`, `constant`, `add`, `subtract`, `multiply`, `divide`, `negate`, `power`, "
            "`max`, `exp`, `log`, `tanh`, `sigmoid`, `relu`; `matrix_multiply`, `activation`, "
            "`softmax`, `cross_entropy`"
        )
    )
    text: str = Field(description="the part of the expression that it computes")
    inputs: list[str] = Field(description="ids of earlier nodes")
    value: float | list[list[float]]
    inflow: float | list[list[float]] | None = Field(
        description="the gradient of the end by this value; null where no variable is behind it"
    )


class GraphEdgeSchema(BaseModel):
    """One use of a value, and what it sends back: inflow of the target times local gradient."""

    source: str
    target: str
    slot: int = Field(description="which input of the target it is, counted from 0")
    rule: str = Field(
        description=(
            "The local gradient in Python's notation: `a`, `b`, ... are the target's inputs, `y` "
            "is its value, `n` the exponent; the largest of equals is the first. Between matrices: "
            "what is sent, where `g` flows in."
        )
    )
    local: float | None = Field(description="the local gradient, where values are numbers")
    sent: float | list[list[float]]


class EffortSchema(BaseModel):
    """Products of an inflow with a local gradient."""

    cached: int = Field(description="each edge's once, kept and used again")
    naive: int = Field(description="for each variable along each path from the end anew")
    paths: int = Field(description="how many such paths there are")


class GraphSchema(BaseModel):
    """Nodes in the order of the steps forward, edges in the order of the steps back."""

    model_config = ConfigDict(json_schema_extra={"example": _ANSWER_EXAMPLE})

    nodes: list[GraphNodeSchema]
    edges: list[GraphEdgeSchema]
    effort: EffortSchema


GraphQuestion = Annotated[ExpressionQuestion | NetworkQuestion, Field(discriminator="kind")]


@lesson(
    router,
    "/learn/graph",
    document=GraphSchema,
    problems=("invalid-expression",),
    summary="A computational graph, forward and back",
    description=(
        "Of an expression, or of a network with two layers: every value, and for every use of one "
        "the inflow times the local gradient that goes back. Computed by the rules of "
        "`models/scratch`. Of what could be read and has no finite value or gradient, the problem "
        "names the `variables`."
    ),
)
def work_graph(body: GraphQuestion) -> GraphSchema:
    if isinstance(body, ExpressionQuestion):
        return _document(worked_expression(body.expression, body.values, body.inflow))
    return _document(
        worked_network(
            array(body.inputs),
            array(body.hidden_weights),
            array(body.output_weights),
            body.labels,
            body.activation,
        )
    )


def _document(worked: WorkedGraph) -> GraphSchema:
    return GraphSchema(
        nodes=[
            GraphNodeSchema(
                id=each.id,
                kind=each.kind,
                text=each.text,
                inputs=list(each.inputs),
                value=each.value.tolist(),
                inflow=_listed(each.inflow),
            )
            for each in worked.nodes
        ],
        edges=[
            GraphEdgeSchema(
                source=each.source,
                target=each.target,
                slot=each.slot,
                rule=each.rule,
                local=each.local,
                sent=each.sent.tolist(),
            )
            for each in worked.edges
        ],
        effort=EffortSchema(
            cached=worked.effort.cached, naive=worked.effort.naive, paths=worked.effort.paths
        ),
    )


def _listed(numbers: Array | None) -> Any:
    return None if numbers is None else numbers.tolist()
