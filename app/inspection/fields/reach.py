"""What one unit reads of the input, and which units one input pixel reaches.

Both are walks over the layer graph, exact to the pixel: sets of rows, columns and channels are
carried from layer to layer, cut at every layer to what exists, and united where branches meet. The
closed form of `app.inspection.fields.receptive_field` gives the same away from the borders only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.inspection.fields.layer_reach import LayerReach, layer_reach
from app.inspection.fields.region import Product, Region, add_product
from app.inspection.fields.rows_and_columns import area_of
from app.inspection.graph.axis_reach import AxisReach, positions, whole
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode


@dataclass(frozen=True, eq=False)
class _Step:
    """From a layer to one of its inputs, by index; layers that change nothing are left out."""

    source: int
    channels: AxisReach
    rows: AxisReach
    columns: AxisReach
    is_exact: bool
    is_gate: bool
    unflattens: tuple[int, int] | None

    def sources(self, product: Product) -> Iterable[Product]:
        if self.unflattens is not None and product.channels != whole(self.channels.output_size):
            return self._unflattened(product.channels, *self.unflattens)
        channels, rows, columns = product
        return (
            Product(
                self.channels.sources(channels),
                self.rows.sources(rows),
                self.columns.sources(columns),
            ),
        )

    @staticmethod
    def _unflattened(features: int, height: int, width: int) -> Iterator[Product]:
        for feature in positions(features):
            channel, place = divmod(feature, height * width)
            yield Product(1 << channel, 1 << place // width, 1 << place % width)

    def readers(self, product: Product) -> Product:
        channels = self.channels.readers(product.channels)
        if self.unflattens is not None:
            height, width = self.unflattens
            area = sum(
                1 << row * width + column
                for row in positions(product.rows)
                for column in positions(product.columns)
            )
            channels = sum(
                area << channel * height * width for channel in positions(product.channels)
            )
        return Product(
            channels, self.rows.readers(product.rows), self.columns.readers(product.columns)
        )


@dataclass(frozen=True, eq=False)
class Spread:
    """Where one pixel of the input goes.

    Attributes:
        regions: by layer, the units that read it; in the order of execution.
        gate: the first layer that scales whole channels by something that read it; None if none.
    """

    regions: Mapping[str, Region]
    gate: str | None


class Reach:
    """Walks one graph. Made once, holds only geometry, and may be used by several threads."""

    def __init__(self, graph: LayerGraph) -> None:
        self._layers = graph.layers
        self._index = {layer.id: place for place, layer in enumerate(graph.layers)}
        self._graph = graph
        self._steps: list[tuple[_Step, ...]] = []
        self._same_as = list(range(len(graph.layers)))
        for place, layer in enumerate(graph.layers):
            steps = self._steps_of(layer)
            if len(steps) == 1 and _changes_nothing(steps[0]):
                self._same_as[place] = steps[0].source
            self._steps.append(steps)
        self.unit = lru_cache(maxsize=4096)(self._unit)

    def _steps_of(self, layer: LayerNode) -> tuple[_Step, ...]:
        sources = tuple(self._graph.layer(source) for source in layer.inputs)
        steps = []
        for place, source in enumerate(sources):
            found: LayerReach = layer_reach(layer, place, sources)
            steps.append(
                _Step(
                    source=self._same_as[self._index[source.id]],
                    channels=found.channels,
                    rows=found.rows,
                    columns=found.columns,
                    is_exact=found.is_exact,
                    is_gate=found.is_gate,
                    unflattens=found.unflattens,
                )
            )
        return tuple(steps)

    def _unit(
        self,
        layer_id: str,
        row: int,
        column: int,
        channel: int | None = None,
        *,
        through_gates: bool = True,
    ) -> Region:
        """The pixels of the input that a unit reads.

        Args:
            layer_id: of a layer with rows and columns, or of a vector with row 0 and column 0.
            row: of the unit.
            column: of the unit.
            channel: None for all channels of this place together.
            through_gates: False leaves out what only scales the unit's channel as a whole, as the
                gates of squeeze-and-excitation do.
        """
        start = self._start(layer_id, row, column, channel)
        return self._back(self._index[layer_id], [start], through_gates=through_gates)

    def join_above(self, layer_id: str) -> str | None:
        """The layer itself if it has several inputs, or the one that it only passes on, by itself.

        None if the layer is no place where branches meet.
        """
        index = self._index[layer_id]
        while True:
            layer = self._layers[index]
            if len(layer.inputs) > 1:
                return layer.id
            if self._same_as[index] == index:
                return None
            index = self._index[layer.inputs[0]]

    def branches(
        self, layer_id: str, row: int, column: int, channel: int | None = None
    ) -> dict[str, Region]:
        """What a unit reads through each of its layer's inputs alone, gates included, by input."""
        start = self._start(layer_id, row, column, channel)
        index = self._index[layer_id]
        found: dict[str, Region] = {}
        for source, step in zip(self._layers[index].inputs, self._steps[index], strict=True):
            products = [product for product in step.sources(start) if not product.is_empty]
            region = self._back(step.source, products, through_gates=True)
            is_bound = region.is_bound or not step.is_exact
            found[source] = Region(region.products, region.size, is_bound)
        return found

    def projective(self, layer_id: str, row: int, column: int) -> Region:
        """The units of a layer that read this pixel of the input.

        Source: the receptive field's reverse; Le and Borji, What are the Receptive, Effective
        Receptive, and Projective Fields of Neurons in Convolutional Neural Networks?, 2017.
        """
        target = self._index[layer_id]
        return self._spread(row, column, target, through_gates=True).regions[layer_id]

    def spread(self, row: int, column: int, *, through_gates: bool = True) -> "Spread":
        """The units of every layer that read this pixel, by one walk.

        Args:
            row: of the input's pixel.
            column: of the input's pixel.
            through_gates: False leaves out what only scales whole channels, as `unit` does.
        """
        return self._spread(row, column, len(self._layers) - 1, through_gates=through_gates)

    def _spread(self, row: int, column: int, last: int, *, through_gates: bool) -> "Spread":
        channels = self._layers[0].output_shape[0]
        found: list[list[Product]] = [[Product(whole(channels), 1 << row, 1 << column)]]
        bounded: set[int] = set()
        gate: str | None = None
        for index in range(1, last + 1):
            products: list[Product] = []
            found.append(products)
            if self._same_as[index] != index:
                continue
            for step in self._steps[index]:
                if step.is_gate and found[step.source]:
                    gate = gate or self._layers[index].id
                    if not through_gates:
                        continue
                for product in found[step.source]:
                    is_hull = add_product(products, step.readers(product))
                    if is_hull or step.source in bounded or not step.is_exact:
                        bounded.add(index)
        regions = {}
        for index in range(last + 1):
            same = self._same_as[index]
            is_bound = same in bounded
            region = Region(tuple(found[same]), self._size(index), is_bound)
            regions[self._layers[index].id] = region
        return Spread(regions, gate)

    def _start(self, layer_id: str, row: int, column: int, channel: int | None) -> Product:
        shape = self._graph.layer(layer_id).output_shape
        chosen = whole(shape[0]) if channel is None else 1 << channel
        return Product(chosen, 1 << row, 1 << column)

    def _size(self, index: int) -> tuple[int, int]:
        return area_of(self._layers[index])

    def _back(self, index: int, start: Sequence[Product], *, through_gates: bool) -> Region:
        index = self._same_as[index]
        regions: dict[int, list[Product]] = {index: list(start)}
        is_bound = False
        for place in range(index, 0, -1):
            if place not in regions:
                continue
            found = regions.pop(place)
            for step in self._steps[place]:
                if step.is_gate and not through_gates:
                    continue
                is_bound = is_bound or not step.is_exact
                reached = regions.setdefault(step.source, [])
                for product in found:
                    for source in step.sources(product):
                        is_bound = add_product(reached, source) or is_bound
        products = regions.get(0, [])
        return Region(tuple(products), self._size(0), is_bound)


def _changes_nothing(step: _Step) -> bool:
    return (
        step.is_exact
        and step.channels.is_identity
        and step.rows.is_identity
        and step.columns.is_identity
    )
