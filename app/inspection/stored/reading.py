"""A layer graph out of a document that may come from anybody.

Everything is checked on the way in: names against lists, places against what there is, sizes
against bounds. Nothing is computed and nothing evaluated. What is wrong is refused in words that
say where it stands.
"""

import base64
import binascii
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

import torch
from torch import fx

from app.inspection.graph.blocks import Block
from app.inspection.graph.layer_graph import LayerGraph, LayerNode
from app.inspection.graph.layer_names import INPUT
from app.inspection.graph.overwriting import Overwritten
from app.inspection.graph.program import Program
from app.inspection.graph.window import Window
from app.inspection.stored.targets import target_of
from app.inspection.stored.values import dtype_named, value_of
from app.inspection.stored.writing import FORMAT, VERSION
from models.disk.checked_fields import DamagedRecordError, Fields, can_be_written

MOST_OPERATIONS = 50_000
MOST_LAYERS = 20_000
# Of one value for one picture; a map of 4,096 channels on 1,024 x 1,024 has as many.
_MOST_VALUES = 2**32
_MOST_AXES = 8
_MOST_TENSORS = 50_000
_DEEPEST_BLOCK = 64
_LONGEST_NAME = 1_000
# Of all that the network's own code holds, not its parameters.
_CONSTANT_BYTES = 64 * 2**20
_PADDING_MODES = ("constant", "reflect", "replicate", "circular")


def read_graph(document: Fields) -> LayerGraph:
    """The graph of a document that `describe_graph` wrote; bind it to tensors before it computes.

    Raises:
        DamagedRecordError: it is none, or says what cannot be.
    """
    document.text("format", (FORMAT,))
    if (version := document.whole("version")) != VERSION:
        raise DamagedRecordError(
            f"The graph is of version {version}; this program reads version {VERSION}."
        )
    operations = _Operations(document)
    layers = _Layers(document, operations)
    output = document.text("output", layers.nodes)
    return LayerGraph(
        layers=tuple(layers.found),
        root=_blocks(document.inner("blocks"), layers.nodes),
        input_shape=layers.input_shape,
        output=output,
        state=_state(document.inner("state")),
        program=operations.program(document.whole("result")),
        nodes=layers.nodes,
        mains=layers.mains,
        dependent=[operations.at(place, "dependent") for place in document.wholes("dependent")],
        output_counts_pictures=document.flag("output_counts_pictures"),
        any_batch=document.flag("any_batch"),
    )


class _Operations:
    """The nodes of the program; each reads only those before it."""

    def __init__(self, document: Fields) -> None:
        self._graph = fx.Graph()
        self._nodes: list[fx.Node] = []
        self._constants: dict[fx.Node, Any] = {}
        self._names: dict[fx.Node, str] = {}
        self._sources: list[fx.Node] = []
        self._constant_bytes = 0
        for place, fields in enumerate(_each(document, "operations", MOST_OPERATIONS)):
            self._nodes.append(self._node(fields, f"operations[{place}]"))
        if len(self._sources) != 1:
            raise DamagedRecordError(
                f"operations: {len(self._sources)} of them are the input, not one."
            )

    @property
    def source(self) -> fx.Node:
        return self._sources[0]

    def at(self, place: int, where: str) -> fx.Node:
        if not 0 <= place < len(self._nodes):
            raise DamagedRecordError(
                f"{where}: there is no operation {place} before it, only {len(self._nodes)}."
            )
        return self._nodes[place]

    def program(self, result: int) -> Program:
        node = self.at(result, "result")
        self._graph.output(node)
        return Program(self._graph, self._constants, self._names, source=self.source, result=node)

    def _node(self, fields: Fields, where: str) -> fx.Node:
        name = f"n{len(self._nodes)}"
        if fields.has("call"):
            return self._call(fields, where, name)
        node = self._graph.placeholder(name)
        if fields.has("input"):
            self._sources.append(node)
        elif fields.has("tensor"):
            self._names[node] = fields.text("tensor")
            # Whoever computes binds the graph first.
            self._constants[node] = torch.empty(0, device="meta")
        else:
            self._constants[node] = self._constant(fields.inner("constant"), where)
        return node

    def _call(self, fields: Fields, where: str, name: str) -> fx.Node:
        def node_at(place: int) -> fx.Node:
            return self.at(place, where)

        args = fields.items("args") if fields.has("args") else []
        kwargs = fields.inner("kwargs").values if fields.has("kwargs") else {}
        return self._graph.create_node(
            "call_function",
            target_of(fields.values["call"], f"call of {where}"),
            tuple(value_of(value, node_at, f"args of {where}") for value in args),
            {
                key: value_of(value, node_at, f"{key[:40]} of {where}")
                for key, value in kwargs.items()
            },
            name,
        )

    def _constant(self, fields: Fields, where: str) -> torch.Tensor:
        form = _form(fields, where)
        if not fields.has("data"):
            return form
        dtype, shape = form.dtype, form.shape
        expected = math.prod(shape) * dtype.itemsize
        self._constant_bytes += expected
        if self._constant_bytes > _CONSTANT_BYTES:
            raise DamagedRecordError(f"{where}: constants of more than {_CONSTANT_BYTES:,} bytes.")
        try:
            data = base64.b64decode(fields.text("data"), validate=True)
        except binascii.Error as error:
            raise DamagedRecordError(f"data of {where} is no base64 ({error}).") from error
        if len(data) != expected:
            raise DamagedRecordError(
                f"data of {where}: {len(data)} bytes; its shape asks for {expected}."
            )
        if not data:
            return torch.empty(shape, dtype=dtype)
        if dtype is torch.bool and set(data) - {0, 1}:
            raise DamagedRecordError(f"data of {where}: neither true nor false.")
        return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)


class _Layers:
    """The layers in execution order, and where each lies in the program."""

    def __init__(self, document: Fields, operations: _Operations) -> None:
        self.found: list[LayerNode] = []
        self.nodes: dict[str, fx.Node] = {}
        self.mains: dict[str, fx.Node] = {}
        self._operations = operations
        for place, fields in enumerate(_each(document, "layers", MOST_LAYERS)):
            where = f"layers[{place}]"
            layer = self._layer(fields, where)
            if layer.id in self.nodes:
                raise DamagedRecordError(f"{where}: there are two layers {layer.id!r}.")
            self.nodes[layer.id] = operations.at(fields.whole("node"), f"node of {where}")
            if fields.has("main"):
                self.mains[layer.id] = operations.at(fields.whole("main"), f"main of {where}")
            self.found.append(layer)
        self.input_shape = _input_shape(document)
        first = self.found[0] if self.found else None
        if first is None or first.id != INPUT or first.output_shape != self.input_shape:
            raise DamagedRecordError("layers: the first must be the input, of its shape.")
        if self.nodes[INPUT] is not operations.source:
            raise DamagedRecordError("layers: the input must be the program's.")

    def _layer(self, fields: Fields, where: str) -> LayerNode:
        inputs = fields.texts("inputs") if fields.has("inputs") else ()
        for source in inputs:
            if source not in self.nodes:
                raise DamagedRecordError(f"inputs of {where}: no layer {source[:80]!r} before it.")
        return LayerNode(
            id=_name(fields, "id"),
            operation=_name(fields, "operation"),
            known=fields.flag("known"),
            module=_name(fields, "module"),
            module_class=_name(fields, "module_class"),
            inputs=inputs,
            output_shape=_shape(fields, "output_shape"),
            **self._optional(fields, where),
        )

    def _optional(self, fields: Fields, where: str) -> dict[str, Any]:
        readers: dict[str, Any] = {
            "parameters": fields.whole,
            "parameter_names": fields.texts,
            "macs": fields.whole,
            "window": lambda name: _window(fields.inner(name), where),
            "groups": lambda name: fields.whole(name, 1),
            "channels": lambda name: _pair(fields, name),
            "channel_step": lambda name: fields.whole(name, 1),
            "axes": lambda name: fields.wholes(name, -_MOST_AXES, _MOST_AXES),
            "offsets": fields.wholes,
            "pointwise": fields.flag,
            "counts_pictures": fields.flag,
            "picture_axis": lambda name: _pair(fields, name),
            "reads_channels_last": fields.flag,
            "channels_last": fields.flag,
            "number_type": lambda name: _number_type(fields, name),
            "overwritten": lambda name: _overwritten(fields.inner(name)),
            "arguments": lambda name: self._arguments(fields.inner(name).values, where),
            "aten": fields.texts,
        }
        found = {name: read(name) for name, read in readers.items() if fields.has(name)}
        if fields.values.get("picture_axis", ()) is None:
            found["picture_axis"] = None
        return found

    def _arguments(self, values: Mapping[str, object], where: str) -> Mapping[str, Any]:
        def no_node(place: int) -> NoReturn:
            raise DamagedRecordError(f"arguments of {where}: operation {place} is no setting.")

        found = {
            name: value_of(value, no_node, f"{name[:40]} of {where}")
            for name, value in values.items()
        }
        return MappingProxyType(
            {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in found.items()
            }
        )


def _state(fields: Fields) -> dict[str, torch.Tensor]:
    if len(fields.values) > _MOST_TENSORS:
        raise DamagedRecordError(
            f"state: {len(fields.values):,} tensors; at most {_MOST_TENSORS:,}."
        )
    if not all(map(can_be_written, fields.values)):
        raise DamagedRecordError("state: a name that is no text.")
    return {name: _form(fields.inner(name), f"state of {name[:80]}") for name in fields.values}


def _form(fields: Fields, where: str) -> torch.Tensor:
    """A tensor in shape only."""
    dtype = dtype_named(fields.text("dtype"), f"dtype of {where}")
    return torch.empty(_shape(fields, "shape"), dtype=dtype, device="meta")


def _each(document: Fields, name: str, most: int) -> list[Fields]:
    values = document.items(name)
    if len(values) > most:
        raise DamagedRecordError(f"{name}: {len(values):,} of them; at most {most:,}.")
    return [Fields(value, f"{name}[{place}]") for place, value in enumerate(values)]


def _name(fields: Fields, name: str) -> str:
    found = fields.text(name)
    if len(found) > _LONGEST_NAME:
        raise DamagedRecordError(f"{name}: {len(found):,} characters; at most {_LONGEST_NAME:,}.")
    return found


def _shape(fields: Fields, name: str) -> tuple[int, ...]:
    found = fields.wholes(name, 0, _MOST_VALUES)
    if len(found) > _MOST_AXES or math.prod(found) > _MOST_VALUES:
        raise DamagedRecordError(f"{name}: {str(found)[:80]} is no shape that fits memory.")
    return found


def _input_shape(document: Fields) -> tuple[int, int, int]:
    found = _shape(document, "input_shape")
    if len(found) != 3 or 0 in found:
        raise DamagedRecordError("input_shape must be channels, height and width.")
    return found[0], found[1], found[2]


def _pair(fields: Fields, name: str) -> tuple[int, int]:
    found = fields.wholes(name)
    if len(found) != 2:
        raise DamagedRecordError(f"{name} must be two whole numbers.")
    return found[0], found[1]


def _number_type(fields: Fields, name: str) -> str:
    found = fields.text(name)
    dtype_named(found, name)
    return found


def _window(fields: Fields, where: str) -> Window:
    found: dict[str, Any] = {}
    for name in ("kernel", "stride", "dilation"):
        if fields.has(name):
            found[name] = _signed_pair(fields.values[name], f"{name} of the window of {where}", 1)
    if fields.has("padding"):
        sides = fields.items("padding")
        if len(sides) != 2:
            raise DamagedRecordError(f"padding of the window of {where} must be two pairs.")
        found["padding"] = tuple(
            _signed_pair(side, f"padding of the window of {where}", -_MOST_VALUES) for side in sides
        )
    if fields.has("ceil_mode"):
        found["ceil_mode"] = fields.flag("ceil_mode")
    if fields.has("padding_mode"):
        found["padding_mode"] = fields.text("padding_mode", _PADDING_MODES)
    if fields.has("padding_value"):
        value = value_of(fields.values["padding_value"], _no_node, f"padding_value of {where}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DamagedRecordError(f"padding_value of {where} must be a number.")
        found["padding_value"] = value
    return Window(**found)


def _signed_pair(value: object, where: str, least: int) -> tuple[int, int]:
    found = Fields({"pair": value}, where).wholes("pair", least, _MOST_VALUES)
    if len(found) != 2:
        raise DamagedRecordError(f"{where} must be two whole numbers.")
    return found[0], found[1]


def _no_node(place: int) -> NoReturn:
    raise DamagedRecordError(f"operation {place} stands where no operation may stand.")


def _overwritten(fields: Fields) -> Overwritten:
    positions = fields.wholes("positions", -_MOST_VALUES, _MOST_VALUES)
    if len(positions) != 3 or positions[2] == 0:
        raise DamagedRecordError("positions must be start, stop and step.")
    return Overwritten(
        fields.whole("axis", 0, _MOST_AXES), range(*positions), has_axis=fields.flag("has_axis")
    )


def _blocks(fields: Fields, layers: Mapping[str, object]) -> Block:
    left = set(layers) - {INPUT}

    def block(fields: Fields, depth: int) -> Block:
        if depth > _DEEPEST_BLOCK:
            raise DamagedRecordError(f"blocks: more than {_DEEPEST_BLOCK} in one another.")
        children: list[str | Block] = []
        for child in fields.items("children"):
            if isinstance(child, dict):
                children.append(block(Fields(child, "a block"), depth + 1))
            elif isinstance(child, str) and child in left:
                left.remove(child)
                children.append(child)
            else:
                raise DamagedRecordError(
                    f"blocks: {str(child)[:80]!r} is no layer that is still to be placed."
                )
        return Block(_name(fields, "path"), _name(fields, "title"), tuple(children))

    found = block(fields, 0)
    if left:
        raise DamagedRecordError(f"blocks: {min(left)[:80]!r} stands in none.")
    return found
