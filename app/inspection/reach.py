"""What one unit reads of the input, and which units one input pixel reaches.

Both are walks over the layer graph, exact to the pixel: sets of rows, columns and channels are
carried from layer to layer, cut at every layer to what exists, and united where branches meet. The
closed form of `app.inspection.receptive_field` gives the same away from the borders only.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.inspection.axis_reach import AxisReach, positions, span, whole
from app.inspection.graph import LayerGraph, LayerNode
from app.inspection.layer_reach import LayerReach, layer_reach
from models.pixel_map import Box

# More products than this in one layer are replaced by their hull; none of the catalogue has them.
_MOST_PRODUCTS = 96


@dataclass(frozen=True)
class Product:
    """All units in some channels, rows and columns of one layer, as sets of positions."""

    channels: int
    rows: int
    columns: int

    @property
    def is_empty(self) -> bool:
        return not (self.channels and self.rows and self.columns)

    def covers(self, other: "Product") -> bool:
        """True if every unit of the other is one of these."""
        return not (
            other.channels & ~self.channels
            or other.rows & ~self.rows
            or other.columns & ~self.columns
        )


@dataclass(frozen=True, eq=False)
class Region:
    """A set of units of one layer: the union of products.

    Attributes:
        size: (height, width) of the layer.
        is_bound: it may be too large: an operation on the way is not understood.
    """

    products: tuple[Product, ...]
    size: tuple[int, int]
    is_bound: bool = False

    @property
    def box(self) -> Box | None:
        """The smallest that holds all; None if there are none."""
        if not self.products:
            return None
        rows = columns = 0
        for product in self.products:
            rows |= product.rows
            columns |= product.columns
        (top, bottom), (left, right) = span(rows), span(columns)
        return Box(top=top, left=left, bottom=bottom, right=right)

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """True where some channel is in the set, (height, width)."""
        found = np.zeros(self.size, dtype=np.bool_)
        for product in self.products:
            rows, columns = list(positions(product.rows)), list(positions(product.columns))
            found[np.ix_(rows, columns)] = True
        return found

    @property
    def touched_fraction(self) -> float:
        """Share of the box's pixels that are in the set; 0 if there is no box."""
        box = self.box
        if box is None:
            return 0.0
        if len({(product.rows, product.columns) for product in self.products}) == 1:
            first = self.products[0]
            count = first.rows.bit_count() * first.columns.bit_count()
        else:
            count = int(self.mask.sum())
        return count / (box.height * box.width)


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

    def sources(self, product: Product) -> Iterator[Product]:
        if self.unflattens is not None and product.channels != whole(self.channels.output_size):
            height, width = self.unflattens
            for feature in positions(product.channels):
                channel, place = divmod(feature, height * width)
                yield Product(1 << channel, 1 << place // width, 1 << place % width)
            return
        yield Product(
            self.channels.sources(product.channels),
            self.rows.sources(product.rows),
            self.columns.sources(product.columns),
        )

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
        channels = self._layers[0].output_shape[0]
        regions: dict[int, list[Product]] = {0: [Product(whole(channels), 1 << row, 1 << column)]}
        bounded: set[int] = set()
        target = self._index[layer_id]
        wanted = self._same_as[target]
        for index in range(1, wanted + 1):
            if self._same_as[index] != index:
                continue
            found: list[Product] = []
            for step in self._steps[index]:
                for product in regions.get(step.source, ()):
                    _add(found, step.readers(product))
                    if step.source in bounded or not step.is_exact:
                        bounded.add(index)
            if found:
                regions[index] = found
        is_bound = wanted in bounded
        return Region(tuple(regions.get(wanted, ())), self._size(target), is_bound)

    def _start(self, layer_id: str, row: int, column: int, channel: int | None) -> Product:
        shape = self._graph.layer(layer_id).output_shape
        chosen = whole(shape[0]) if channel is None else 1 << channel
        return Product(chosen, 1 << row, 1 << column)

    def _size(self, index: int) -> tuple[int, int]:
        shape = self._layers[index].output_shape
        return (shape[1], shape[2]) if len(shape) == 3 else (1, 1)

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
                        is_bound = _add(reached, source) or is_bound
        products = regions.get(0, [])
        return Region(tuple(products), self._size(0), is_bound)


def _changes_nothing(step: _Step) -> bool:
    return (
        step.is_exact
        and step.channels.is_identity
        and step.rows.is_identity
        and step.columns.is_identity
    )


def _add(products: list[Product], new: Product) -> bool:
    """Put a product into a union, unless it is covered; drop what it covers.

    Returns True if there were too many, so that the union became larger than it is.
    """
    if new.is_empty or any(known.covers(new) for known in products):
        return False
    products[:] = [known for known in products if not new.covers(known)]
    products.append(new)
    if len(products) > _MOST_PRODUCTS:
        products[:] = [_hull(products)]
        return True
    return False


def _hull(products: Sequence[Product]) -> Product:
    def united(sets: Iterable[int]) -> int:
        found = 0
        for bits in sets:
            found |= bits
        return found

    return Product(
        united(product.channels for product in products),
        united(product.rows for product in products),
        united(product.columns for product in products),
    )
