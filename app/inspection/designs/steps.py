"""A network told in the few steps in which a person would draw it.

A convolution and the activation behind it are one step, an Inception module or a residual block is
one, and in a long network equal ones in a row are one that is repeated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from app.inspection.fields.receptive_field import LayerField
from app.inspection.graph.blocks import Block
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode

Kind = Literal[
    "convolution",
    "inception",
    "residual",
    "dense",
    "max pooling",
    "average pooling",
    "normalisation",
]
# Those that stand in a step of their own.
_KINDS: Mapping[str, Kind] = {
    "convolution": "convolution",
    "linear": "dense",
    "max_pool": "max pooling",
    "average_pool": "average pooling",
    "adaptive_average_pool": "average pooling",
    "local_response_norm": "normalisation",
}
_ACTIVATIONS = {"relu": "ReLU", "tanh": "tanh"}
JOINS: Mapping[str, Kind] = {"concatenate": "inception", "add": "residual"}
WEIGHTED = ("convolution", "linear")
# A design with no more is told layer by layer, without putting equal ones together.
_MOST_APART = 16


@dataclass(frozen=True)
class Step:
    """One step, or several equal ones in a row.

    Attributes:
        kind: what it is.
        count: how many in a row; what differs between them, such as maps, stands in `maps`.
        layers: ids of all layers in it.
        windows: pixels a side of the windows of its convolutions or of its pooling, in order; of
            lanes side by side the widest of each; a global average has that of its whole input.
        stride: of the first.
        groups: into how many parts its maps are split that do not see each other.
        inputs: maps or features that it reads.
        maps: maps or features out, of each in the row; all the same are told once.
        size: pixels a side of the maps out; 1 for a vector.
        activation: `ReLU`, `tanh`, or "" for none.
        batch_norm: it normalises by batch statistics.
        parameters: of all.
        macs: multiply-adds of all for one picture.
        field: pixels a side of the input that a unit of the last one sees; None where that is all.
    """

    kind: Kind
    count: int
    layers: tuple[str, ...]
    windows: tuple[int, ...]
    stride: int
    groups: int
    inputs: int
    maps: tuple[int, ...]
    size: int
    activation: str
    batch_norm: bool
    parameters: int
    macs: int
    field: int | None


def steps_of(graph: LayerGraph, fields: Mapping[str, LayerField]) -> tuple[Step, ...]:
    """The steps of a network that is a chain of layers, Inception modules and residual blocks.

    Args:
        graph: of the network; needs no weights.
        fields: of its layers, by id.
    """
    found: list[Step] = []
    for part in parts_of(graph.root, graph):
        layers = [graph.layer(layer_id) for layer_id in part]
        if (step := _step(layers, graph, fields)) is not None:
            found.append(step)
        elif found:
            found[-1] = _followed(found[-1], layers)
    return tuple(found) if len(found) <= _MOST_APART else _put_together(found)


def _put_together(steps: list[Step]) -> tuple[Step, ...]:
    found: list[Step] = []
    for step in steps:
        longer = _repeated(found[-1], step) if found else None
        if longer is None:
            found.append(step)
        else:
            found[-1] = longer
    return tuple(found)


def depth_of(graph: LayerGraph) -> int:
    """Layers with weights on the longest way from the picture to the scores."""
    depths: dict[str, int] = {}
    for layer in graph.layers:
        before = max((depths[source] for source in layer.inputs), default=0)
        depths[layer.id] = before + (layer.operation in WEIGHTED)
    return depths[graph.output]


def parts_of(block: Block, graph: LayerGraph) -> Iterator[tuple[str, ...]]:
    """Layers that belong together: those of a module with a join, or one alone."""
    for child in block.children:
        if isinstance(child, str):
            yield (child,)
        elif any(
            isinstance(inner, str) and graph.layer(inner).operation in JOINS
            for inner in child.children
        ):
            yield child.layer_ids()
        else:
            yield from parts_of(child, graph)


def _step(
    layers: list[LayerNode], graph: LayerGraph, fields: Mapping[str, LayerField]
) -> Step | None:
    """None for layers that belong to the step before."""
    first, last = layers[0], layers[-1]
    joins = [JOINS[layer.operation] for layer in layers if layer.operation in JOINS]
    kind = joins[0] if joins else _KINDS.get(first.operation)
    if kind is None:
        return None
    read = graph.layer(first.inputs[0])
    return Step(
        kind=kind,
        count=1,
        layers=tuple(layer.id for layer in layers),
        windows=_windows(layers, kind, read),
        stride=max(_stride(layer) for layer in layers),
        groups=max(layer.groups for layer in layers),
        inputs=read.output_shape[0],
        maps=(last.output_shape[0],),
        size=_side(last),
        activation=next(
            (_ACTIVATIONS[each.operation] for each in layers if each.operation in _ACTIVATIONS), ""
        ),
        batch_norm=any(layer.operation == "batch_norm" for layer in layers),
        parameters=sum(layer.parameters for layer in layers),
        macs=sum(layer.macs for layer in layers),
        field=_field(fields[last.id]),
    )


def _windows(layers: list[LayerNode], kind: Kind, read: LayerNode) -> tuple[int, ...]:
    if kind == "inception":
        sides = {_window(layer) for layer in layers if layer.operation == "convolution"}
        return tuple(sorted(sides))
    if kind == "residual":
        # Not those of the bridge: where it projects, it does so beside the others.
        return tuple(
            _window(layer)
            for layer in layers
            if layer.operation == "convolution" and ".shortcut" not in layer.id
        )
    if layers[0].operation == "adaptive_average_pool":
        return (_side(read),)
    return (_window(layers[0]),) if layers[0].window and kind != "normalisation" else ()


def _window(layer: LayerNode) -> int:
    return layer.window.kernel[0] if layer.window else 1


def _stride(layer: LayerNode) -> int:
    return layer.window.stride[0] if layer.window else 1


def _side(layer: LayerNode) -> int:
    return layer.output_shape[1] if layer.is_map else 1


def _field(field: LayerField) -> int | None:
    if field.extent == "global" or field.local is None:
        return None
    return int(field.local.rows.size)


def _followed(step: Step, layers: list[LayerNode]) -> Step:
    """A step and what comes behind it: an activation, a normalisation of the batch."""
    (layer,) = layers
    return replace(
        step,
        layers=(*step.layers, layer.id),
        activation=_ACTIVATIONS.get(layer.operation, step.activation),
        batch_norm=step.batch_norm or layer.operation == "batch_norm",
        parameters=step.parameters + layer.parameters,
        macs=step.macs + layer.macs,
    )


def _repeated(step: Step, other: Step) -> Step | None:
    """Both as one if they are the same once more; dense layers are told one by one."""
    same = step.kind == other.kind and step.kind in {"convolution", "inception", "residual"}
    same = same and step.windows == other.windows and step.size == other.size
    same = same and step.groups == other.groups and other.stride == 1
    if step.kind != "inception":
        same = same and step.maps == other.maps
    if not same:
        return None
    return replace(
        step,
        count=step.count + 1,
        layers=step.layers + other.layers,
        maps=step.maps if step.maps == other.maps else step.maps + other.maps,
        parameters=step.parameters + other.parameters,
        macs=step.macs + other.macs,
        field=other.field,
    )
