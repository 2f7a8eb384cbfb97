"""The networks that can be opened."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.api.fields.schemas import ReceptiveFieldSchema
from app.api.models.schemas import (
    BlockSchema,
    LayerSchema,
    ModelDetail,
    ModelList,
    ModelSchema,
    model_fields,
)
from app.api.shared.asked import Asked, AskedModelDependency
from app.api.shared.sizes import SizeSchema
from app.compute.pool import while_connected
from app.inspection.fields.receptive_field import LayerField
from app.inspection.fields.unit_field import Fields
from app.inspection.filters.bank import has_filters
from app.inspection.graph.blocks import Block
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.services import ServicesDependency
from app.web.events import Event, documented_events, event_stream
from app.web.problems import documented
from models.catalogue.catalogue import catalogue

router = APIRouter(tags=["models"])


@router.get("/models", summary="List every network")
async def list_models(services: ServicesDependency) -> ModelList:
    entries = (*catalogue(), *catalogue().shelved())
    services.library.check_meanwhile(entries)
    return ModelList(
        default_model=services.library.default.id,
        model_uploads=services.own_models.uploads_allowed,
        models=[ModelSchema(**model_fields(entry, services.library)) for entry in entries],
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
        **model_fields(entry, services.library),
        labels=list(entry.labels),
        preprocessing=entry.preprocessing.describe(),
        **_graph_fields(graph, fields),
    )
