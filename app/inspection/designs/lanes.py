"""The ways side by side through a block: Inception's lanes, a residual block and its bridge."""

from dataclasses import dataclass

from app.inspection.designs.steps import JOINS, Kind, parts_of
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode


@dataclass(frozen=True)
class Lane:
    """One of the ways from the fork to the layer where they join.

    Attributes:
        source: id of the layer that the join reads.
        windows: pixels a side of its convolutions, in order; none: what comes in goes on as it is.
        maps: that each of these makes.
        is_pooled: it pools first.
        parameters: of its layers.
    """

    source: str
    windows: tuple[int, ...]
    maps: tuple[int, ...]
    is_pooled: bool
    parameters: int


@dataclass(frozen=True)
class Join:
    """Where the ways through a block come together again.

    Attributes:
        layer: id of the layer that stacks them, or adds them.
        kind: of the block.
        inputs: maps that the block reads.
        maps: maps that it makes.
        size: pixels a side of these.
    """

    layer: str
    kind: Kind
    inputs: int
    maps: int
    size: int
    lanes: tuple[Lane, ...]


def joins_of(graph: LayerGraph) -> tuple[Join, ...]:
    """Every block of a network in which ways part and join, in order."""
    found: list[Join] = []
    for part in parts_of(graph.root, graph):
        layers = {layer_id: graph.layer(layer_id) for layer_id in part}
        join = next((layer for layer in layers.values() if layer.operation in JOINS), None)
        if join is not None:
            first = next(iter(layers.values()))
            found.append(
                Join(
                    layer=join.id,
                    kind=JOINS[join.operation],
                    inputs=graph.layer(first.inputs[0]).output_shape[0],
                    maps=join.output_shape[0],
                    size=join.output_shape[1],
                    lanes=tuple(_lane(source, layers) for source in join.inputs),
                )
            )
    return tuple(found)


def _lane(source: str, inside: dict[str, LayerNode]) -> Lane:
    """What lies between the fork and this layer; the fork itself lies outside the block."""
    on_the_way: list[LayerNode] = []
    place = source
    while place in inside:
        layer = inside[place]
        on_the_way.insert(0, layer)
        (place,) = layer.inputs
    convolutions = [layer for layer in on_the_way if layer.operation == "convolution"]
    return Lane(
        source=source,
        windows=tuple(each.window.kernel[0] if each.window else 1 for each in convolutions),
        maps=tuple(each.output_shape[0] for each in convolutions),
        is_pooled=any(layer.operation.endswith("pool") for layer in on_the_way),
        parameters=sum(layer.parameters for layer in on_the_way),
    )
