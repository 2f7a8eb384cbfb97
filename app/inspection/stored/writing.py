"""A layer graph as a document: layers, operations, and how they belong together."""

import base64
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import fx

from app.inspection.graph.blocks import Block
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.overwriting import Overwritten
from app.inspection.graph.window import Window
from app.inspection.stored.targets import describe_target
from app.inspection.stored.values import describe_value, name_of_dtype

FORMAT = "convscope-graph"
VERSION = 1


def describe_graph(graph: LayerGraph) -> dict[str, Any]:
    """The graph ready for JSON, without its parameters; `docs/bundle.md` has the schema.

    Raises:
        ValueError: it has an operation, an argument or a constant that cannot be written down.
    """
    parts = graph.parts
    program = parts.program.parts
    nodes = [node for node in program.graph.nodes if _is_kept(node, program.names)]
    places = {node: place for place, node in enumerate(nodes)}
    index_of = places.__getitem__
    return {
        "format": FORMAT,
        "version": VERSION,
        "input_shape": list(graph.input_shape),
        "output": graph.output,
        "output_counts_pictures": parts.output_counts_pictures,
        "any_batch": graph.any_batch,
        **({} if graph.returned == ("",) else {"returned": list(graph.returned)}),
        "state": {name: _form(tensor) for name, tensor in graph.state.items()},
        "layers": [
            _layer(layer, places[parts.nodes[layer.id]], parts.mains.get(layer.id), index_of)
            for layer in graph.layers
        ],
        "blocks": _block(graph.root),
        "operations": [
            {"input": True}
            if node is program.source
            else _operation(node, program.constants, program.names, index_of)
            for node in nodes
        ],
        "dependent": sorted(places[node] for node in parts.dependent if node in places),
        "result": places[program.result],
    }


def _is_kept(node: fx.Node, names: Mapping[fx.Node, str]) -> bool:
    if node.op == "output":
        return False
    # What was inlined has left its parts behind.
    return node.op == "call_function" or node in names or bool(node.users)


def _operation(
    node: fx.Node,
    constants: Mapping[fx.Node, Any],
    names: Mapping[fx.Node, str],
    index_of: Callable[[fx.Node], int],
) -> dict[str, Any]:
    if node in names:
        return {"tensor": names[node]}
    if node in constants:
        return {"constant": _constant(constants[node])}
    found = {"call": describe_target(node.target)}
    if node.args:
        found["args"] = [describe_value(value, index_of) for value in node.args]
    if node.kwargs:
        found["kwargs"] = {
            name: describe_value(value, index_of) for name, value in node.kwargs.items()
        }
    return found


def _constant(value: Any) -> dict[str, Any]:
    """A tensor of the network's own code; without numbers where it has a shape alone."""
    if not isinstance(value, torch.Tensor):
        raise ValueError(  # noqa: TRY004  as of whatever else cannot be written
            f"{type(value).__name__} is no constant that a stored graph may have."
        )
    found = _form(value)
    if not value.is_meta:
        data = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        found["data"] = base64.b64encode(data).decode()
    return found


def _form(tensor: torch.Tensor) -> dict[str, Any]:
    return {"dtype": name_of_dtype(tensor.dtype), "shape": list(tensor.shape)}


def _layer(
    layer: LayerNode, node: int, main: fx.Node | None, index_of: Callable[[fx.Node], int]
) -> dict[str, Any]:
    found: dict[str, Any] = {"node": node}
    if main is not None:
        found["main"] = index_of(main)
    for field in dataclasses.fields(layer):
        value = getattr(layer, field.name)
        if value == _default(field):
            continue
        match value:
            case Window():
                found[field.name] = _window(value)
            case Overwritten():
                found[field.name] = _overwritten(value)
            case Mapping():
                found[field.name] = {
                    name: describe_value(_listed(setting), index_of)
                    for name, setting in value.items()
                }
            case _:
                found[field.name] = _listed(value)
    return found


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _listed(value: Any) -> Any:
    return [_listed(entry) for entry in value] if isinstance(value, tuple) else value


def _window(window: Window) -> dict[str, Any]:
    return {
        field.name: describe_value(_listed(getattr(window, field.name)), _no_node)
        for field in dataclasses.fields(window)
        if getattr(window, field.name) != field.default
    }


def _overwritten(written: Overwritten) -> dict[str, Any]:
    positions = written.positions
    return {
        "axis": written.axis,
        "positions": [positions.start, positions.stop, positions.step],
        "has_axis": written.has_axis,
    }


def _no_node(node: fx.Node) -> int:
    raise ValueError(f"{node} stands where no operation's value may stand.")


def _block(block: Block) -> dict[str, Any]:
    return {
        "path": block.path,
        "title": block.title,
        "children": [
            _block(child) if isinstance(child, Block) else child for child in block.children
        ],
    }
