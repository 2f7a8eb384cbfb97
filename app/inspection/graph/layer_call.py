"""One layer of a network as a function of the layers that it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx

from app.inspection.graph.operations import arguments_of, name_of

_BATCH_SIZE = "sym_size"


@dataclass(frozen=True)
class PictureCount:
    """How to count the pictures of a batch.

    Attributes:
        place: of the input that is looked at.
        axis: of its value that counts pictures, alone or with windows of them.
        entries: that the axis has for each picture.
    """

    place: int
    axis: int
    entries: int

    def of(self, inputs: Sequence[torch.Tensor]) -> int:
        """How many there are."""
        return inputs[self.place].shape[self.axis] // self.entries


@dataclass(frozen=True, eq=False)
class LayerCall:
    """The operations between a layer's inputs and its value, runnable by themselves.

    Attributes:
        nodes: in execution order; the last one makes the layer's value.
        sources: the nodes of its inputs, each once.
        constants: parameters, buffers and constants that the nodes read; shared, never changed.
        pictures: where among its inputs they can be counted; None if they cannot be, as where there
            is only ever one.
    """

    nodes: tuple[fx.Node, ...]
    sources: tuple[fx.Node, ...]
    constants: Mapping[fx.Node, Any]
    pictures: PictureCount | None = None

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        """The layer's value for other values of its inputs, in the layout of the nodes.

        Args:
            inputs: as many as there are sources, each with the batch axis.
        """
        values: dict[fx.Node, Any] = dict(zip(self.sources, inputs, strict=True))

        def value_of(node: fx.Node) -> Any:
            return values[node] if node in values else self.constants[node]

        for node in self.nodes:
            if is_batch_size(node):
                values[node] = 1 if self.pictures is None else self.pictures.of(inputs)
                continue
            args = fx.map_arg(node.args, value_of)
            kwargs = fx.map_arg(node.kwargs, value_of)
            values[node] = node.target(*args, **kwargs)  # type: ignore[operator]  # call_function has one
        result: torch.Tensor = values[self.nodes[-1]]
        return result

    def operations(self) -> tuple[str, ...]:
        """The bare ATen names of its nodes."""
        return tuple(name_of(node.target) for node in self.nodes)

    def arguments(self, name: str) -> dict[str, Any]:
        """The arguments of its one operation of this name, constants in the place of their nodes.

        Nodes that are no constants stay nodes.
        """
        node = next(node for node in self.nodes if name_of(node.target) == name)
        named = arguments_of(node.target, node.args, node.kwargs)
        return {
            key: self.constants.get(value, value) if isinstance(value, fx.Node) else value
            for key, value in named.items()
        }

    def tensors(self) -> list[torch.Tensor]:
        """The constant tensors that it reads."""
        return [value for value in self.constants.values() if isinstance(value, torch.Tensor)]


def layer_call(
    steps: tuple[fx.Node, ...],
    constants: Mapping[fx.Node, Any],
    sources: tuple[fx.Node, ...],
    result: fx.Node,
    pictures: PictureCount | None = None,
) -> LayerCall | None:
    """The part of a graph between some nodes and one that depends on nothing else.

    Args:
        steps: all operations of the graph, in execution order.
        constants: of the whole graph.
        sources: where the part begins.
        result: where it ends.
        pictures: see `LayerCall`.

    Returns:
        None if the result also depends on what is no constant and not among the sources.
    """
    needed = {result}
    read: set[fx.Node] = set()
    for node in reversed(steps):
        if node not in needed or node in sources:
            continue
        if not is_batch_size(node):
            needed.update(node.all_input_nodes)
            read.update(node.all_input_nodes)
    nodes = tuple(node for node in steps if node in needed and node not in sources)
    known = {*nodes, *sources, *constants}
    if not nodes or any(node not in known for node in read):
        return None
    own = {node: constants[node] for node in read if node in constants}
    return LayerCall(nodes, tuple(dict.fromkeys(sources)), own, pictures)


def is_batch_size(node: fx.Node) -> bool:
    """True for the number of pictures, which may be read off any value."""
    return name_of(node.target) == _BATCH_SIZE and node.args[1:] == (0,)
