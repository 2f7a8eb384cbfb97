"""Sets of units of one layer, as unions of products of channels, rows and columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.inspection.graph.axis_reach import positions, span
from models.preprocessing.pixel_map import Box

# More products than this in one layer are replaced by their hull; none of the catalogue has them.
_MOST_PRODUCTS = 96


class Product(NamedTuple):
    """All units in some channels, rows and columns of one layer, as sets of positions.

    A tuple, because a walk makes thousands.
    """

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
        for rows, columns in self.areas:
            found[np.ix_(list(positions(rows)), list(positions(columns)))] = True
        return found

    @property
    def areas(self) -> tuple[tuple[int, int], ...]:
        """Sets of rows and of columns whose products, together, are the places of `mask`."""
        return tuple(dict.fromkeys((product.rows, product.columns) for product in self.products))

    @cached_property
    def places(self) -> int:
        """In how many places some channel is in the set."""
        areas = self.areas
        if len(areas) == 1:
            rows, columns = areas[0]
            return rows.bit_count() * columns.bit_count()
        return int(self.mask.sum())

    @property
    def touched_fraction(self) -> float:
        """Share of the box's pixels that are in the set; 0 if there is no box."""
        box = self.box
        return 0.0 if box is None else self.places / (box.height * box.width)


def united(regions: Sequence[Region]) -> Region:
    """What is in any of some regions of one layer."""
    products: list[Product] = []
    is_bound = any(region.is_bound for region in regions)
    for region in regions:
        for product in region.products:
            is_bound = add_product(products, product) or is_bound
    return Region(tuple(products), regions[0].size, is_bound)


def add_product(products: list[Product], new: Product) -> bool:
    """Put a product into a union, unless it is covered; drop what it covers.

    Returns True if there were too many, so that the union became larger than it is.
    """
    channels, rows, columns = new
    if not (channels and rows and columns):
        return False
    # `Product.covers`, written out: this is the innermost loop of every walk.
    for known in products:
        if not (channels & ~known[0] or rows & ~known[1] or columns & ~known[2]):
            return False
    if products:
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
