"""The program of a stored graph: its operations, each of which reads only those before it."""

import base64
import binascii
import math
from typing import Any

import torch
from torch import fx

from app.inspection.graph.program import Program
from app.inspection.stored.forms import each, form
from app.inspection.stored.targets import target_of
from app.inspection.stored.values import value_of
from models.disk.checked_fields import DamagedRecordError, Fields

MOST_OPERATIONS = 50_000
# Of all that the network's own code holds, not its parameters.
_CONSTANT_BYTES = 64 * 2**20


class Operations:
    """The nodes of the program; each reads only those before it."""

    def __init__(self, document: Fields) -> None:
        self._graph = fx.Graph()
        self._nodes: list[fx.Node] = []
        self._constants: dict[fx.Node, Any] = {}
        self._names: dict[fx.Node, str] = {}
        self._sources: list[fx.Node] = []
        self._constant_bytes = 0
        for place, fields in enumerate(each(document, "operations", MOST_OPERATIONS)):
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
        found = form(fields, where)
        if not fields.has("data"):
            return found
        dtype, shape = found.dtype, found.shape
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
