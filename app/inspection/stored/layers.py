"""The layers of a stored graph."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from torch import fx

from app.inspection.graph.layer_names import INPUT
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.overwriting import Overwritten
from app.inspection.graph.window import Window
from app.inspection.stored.forms import MOST_AXES, MOST_VALUES, each, name_in, shape_in
from app.inspection.stored.operations import Operations
from app.inspection.stored.values import dtype_named, value_of
from models.disk.checked_fields import DamagedRecordError, Fields

MOST_LAYERS = 20_000
_PADDING_MODES = ("constant", "reflect", "replicate", "circular")


class Layers:
    """The layers in execution order, and where each lies in the program."""

    def __init__(self, document: Fields, operations: Operations) -> None:
        self.found: list[LayerNode] = []
        self.nodes: dict[str, fx.Node] = {}
        self.mains: dict[str, fx.Node] = {}
        self._operations = operations
        for place, fields in enumerate(each(document, "layers", MOST_LAYERS)):
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
            id=name_in(fields, "id"),
            operation=name_in(fields, "operation"),
            known=fields.flag("known"),
            module=name_in(fields, "module"),
            module_class=name_in(fields, "module_class"),
            inputs=inputs,
            output_shape=shape_in(fields, "output_shape"),
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
            "axes": lambda name: fields.wholes(name, -MOST_AXES, MOST_AXES),
            "offsets": fields.wholes,
            "pointwise": fields.flag,
            "counts_pictures": fields.flag,
            "picture_axis": lambda name: _pair(fields, name),
            "is_number": fields.flag,
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


def _input_shape(document: Fields) -> tuple[int, int, int]:
    found = shape_in(document, "input_shape")
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
            _signed_pair(side, f"padding of the window of {where}", -MOST_VALUES) for side in sides
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
    found = Fields({"pair": value}, where).wholes("pair", least, MOST_VALUES)
    if len(found) != 2:
        raise DamagedRecordError(f"{where} must be two whole numbers.")
    return found[0], found[1]


def _no_node(place: int) -> NoReturn:
    raise DamagedRecordError(f"operation {place} stands where no operation may stand.")


def _overwritten(fields: Fields) -> Overwritten:
    positions = fields.wholes("positions", -MOST_VALUES, MOST_VALUES)
    if len(positions) != 3 or positions[2] == 0:
        raise DamagedRecordError("positions must be start, stop and step.")
    return Overwritten(
        fields.whole("axis", 0, MOST_AXES), range(*positions), has_axis=fields.flag("has_axis")
    )
