"""The six networks of the field's history, step by step, each beside the one before it."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.papers import PaperSchema
from app.compute.pool import while_connected
from app.inspection.designs.differences import Mark, Property, differences
from app.inspection.designs.lanes import Join, joins_of
from app.inspection.designs.steps import Kind, Step, depth_of, steps_of
from app.inspection.fields.unit_field import Fields
from app.inspection.graph.layer_graph import LayerGraph
from app.services import Services, ServicesDependency
from app.web.problems import documented
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry
from models.catalogue.milestones import MILESTONES, Milestone, PublishedError

router = APIRouter(tags=["learn"])


class PublishedErrorSchema(BaseModel):
    """An error as the paper gives it, and the table where it stands."""

    percent: float
    measure: str
    source: str


class DesignStepSchema(BaseModel):
    """A layer with its activation, or a block; or several equal ones in a row.

    `windows` are pixels a side: of a block those of all its convolutions, of the lanes of an
    Inception module in order of size. `maps` has one number where all in the row make as many.
    `size` is the maps' side in pixels, 1 for a vector. `field` is null where a unit sees the whole
    picture, however large.
    """

    kind: Kind
    count: int
    layers: list[str]
    windows: list[int]
    stride: int
    groups: int
    inputs: int
    maps: list[int]
    size: int
    activation: str
    batch_norm: bool
    parameters: int
    macs: int
    field: int | None


class LaneSchema(BaseModel):
    """One way through a block; without windows, what comes in goes on as it is."""

    source: str = Field(description="id of the layer at its end, which the join reads")
    windows: list[int] = Field(description="of its convolutions, in order, pixels a side")
    maps: list[int] = Field(description="that each of these makes")
    is_pooled: bool
    parameters: int


class JoinSchema(BaseModel):
    """Where the lanes of a block, or a block and its bridge, come together."""

    layer: str
    kind: Kind
    inputs: int
    maps: int
    size: int
    lanes: list[LaneSchema]


class TrainedDesignSchema(BaseModel):
    """A network of this kind whose weights are there: the design itself or its compact form."""

    model: str
    title: str
    parameters: int
    joins: list[JoinSchema]


class DesignRowSchema(BaseModel):
    """Two steps beside each other, by their places; null where one of them is missing."""

    before: int | None
    after: int | None
    mark: Mark
    changed: list[Property] = Field(description="in what a changed step differs")


class FamousDesignSchema(BaseModel):
    """One network.

    `parameters` are those of the network as it answers, without heads that only help it learn.
    `depth` counts the layers with weights on the longest way. `rows` lay it beside the network
    before it in this list, from the picture to the scores; of the first all is new.
    """

    model: str
    name: str
    paper: PaperSchema
    known_for: str
    changed: str
    error: PublishedErrorSchema
    single_error: PublishedErrorSchema
    input_size: int = Field(description="pixels a side")
    parameters: int
    macs: int
    depth: int
    field: int | None = Field(
        description="pixels a side that a unit of the last maps sees, before they become a vector"
    )
    steps: list[DesignStepSchema]
    joins: list[JoinSchema]
    trained: TrainedDesignSchema
    rows: list[DesignRowSchema]


_EXAMPLE: dict[str, Any] = {
    "designs": [
        {
            "model": "lenet5.random",
            "name": "LeNet-5",
            "paper": {
                "title": "Gradient-based learning applied to document recognition",
                "authors": "LeCun, Bottou, Bengio, Haffner",
                "year": 1998,
                "url": "https://doi.org/10.1109/5.726791",
            },
            "known_for": "read the digits on cheques",
            "changed": "Convolutions and subsampling in turn, all of it learned.",
            "error": {"percent": 0.8, "measure": "error, MNIST test set", "source": "Figure 9"},
            "single_error": {
                "percent": 0.95,
                "measure": "error, MNIST test set",
                "source": "Figure 9",
            },
            "input_size": 32,
            "parameters": 61706,
            "macs": 416520,
            "depth": 5,
            "field": 32,
            "steps": [
                {
                    "kind": "convolution",
                    "count": 1,
                    "layers": ["c1", "c1_tanh"],
                    "windows": [5],
                    "stride": 1,
                    "groups": 1,
                    "inputs": 1,
                    "maps": [6],
                    "size": 28,
                    "activation": "tanh",
                    "batch_norm": False,
                    "parameters": 156,
                    "macs": 117600,
                    "field": 5,
                }
            ],
            "joins": [],
            "trained": {
                "model": "lenet5.mnist5k",
                "title": "LeNet-5",
                "parameters": 61706,
                "joins": [],
            },
            "rows": [{"before": None, "after": 0, "mark": "new", "changed": []}],
        }
    ]
}


class DesignsSchema(BaseModel):
    """The networks in the order in which they were published."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    designs: list[FamousDesignSchema]


@router.get(
    "/learn/designs",
    summary="Six designs, step by step, each beside the one before it",
    description=(
        "LeNet-5, AlexNet, ZF Net, VGG-16, GoogLeNet and ResNet-50 as their papers give them: "
        "where their parameters are, what differs, and the errors that the papers publish. No "
        "weights are needed."
    ),
    responses=documented("busy"),
    response_model=DesignsSchema,
)
async def get_designs(request: Request, services: ServicesDependency) -> Any:
    return await while_connected(request, _designs(services))


async def _designs(services: Services) -> DesignsSchema:
    parts = [await _parts(services, milestone) for milestone in MILESTONES]
    return await services.quick.run(_describe, parts)


# The milestone, its design's layers and fields, and the layers of the trained network.
_Parts = tuple[Milestone, LayerGraph, Fields, LayerGraph]


async def _parts(services: Services, milestone: Milestone) -> _Parts:
    entry = catalogue().resolve(milestone.model)
    return (
        milestone,
        await services.graphs.structure(entry),
        await services.fields.of(entry),
        await services.graphs.structure(catalogue().resolve(milestone.trained)),
    )


def _describe(parts: list[_Parts]) -> DesignsSchema:
    found: list[FamousDesignSchema] = []
    before: tuple[Step, ...] = ()
    for milestone, graph, fields, trained in parts:
        steps = steps_of(graph, fields.table)
        found.append(_design(milestone, graph, (before, steps), trained))
        before = steps
    return DesignsSchema(designs=found)


def _design(
    milestone: Milestone,
    graph: LayerGraph,
    steps: tuple[tuple[Step, ...], tuple[Step, ...]],
    trained: LayerGraph,
) -> FamousDesignSchema:
    before, after = steps
    entry = catalogue().resolve(milestone.model)
    paper = entry.architecture.paper
    if paper is None:
        raise ValueError(f"{entry.id} was published nowhere.")
    fields = [step.field for step in after if step.size > 1 or step.kind == "convolution"]
    return FamousDesignSchema(
        model=entry.id,
        name=milestone.name,
        paper=PaperSchema(title=paper.title, authors=paper.authors, year=paper.year, url=paper.url),
        known_for=milestone.known_for,
        changed=milestone.changed,
        error=_error(milestone.error),
        single_error=_error(milestone.single_error),
        input_size=graph.input_shape[1],
        parameters=sum(step.parameters for step in after),
        macs=sum(step.macs for step in after),
        depth=depth_of(graph),
        field=fields[-1],
        steps=[DesignStepSchema(**vars(step)) for step in after],
        joins=_joins(joins_of(graph)),
        trained=_trained(catalogue().resolve(milestone.trained), trained),
        rows=[DesignRowSchema(**vars(row)) for row in differences(before, after)],
    )


def _error(error: PublishedError) -> PublishedErrorSchema:
    return PublishedErrorSchema(percent=error.percent, measure=error.measure, source=error.source)


def _trained(entry: ModelEntry, graph: LayerGraph) -> TrainedDesignSchema:
    return TrainedDesignSchema(
        model=entry.id,
        title=entry.architecture.title,
        parameters=entry.architecture.parameters,
        joins=_joins(joins_of(graph)),
    )


def _joins(joins: tuple[Join, ...]) -> list[JoinSchema]:
    return [
        JoinSchema(
            layer=join.layer,
            kind=join.kind,
            inputs=join.inputs,
            maps=join.maps,
            size=join.size,
            lanes=[LaneSchema(**vars(lane)) for lane in join.lanes],
        )
        for join in joins
    ]
