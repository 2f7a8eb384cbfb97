"""What an explanation of a unit's value is made of: numbers, units of other layers, formulas."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

# How a value came about:
#   weighted_sum   products of a patch and weights, perhaps a bias, perhaps divided by their number
#   maximum        the largest of a window
#   function       one function of one number
#   normalisation  a number set against others of its kind: batch, layer and response norm, softmax
#   elementwise    two numbers at one place
#   copy           another unit's value, or a constant where there is none
#   pixel          the picture itself
#   unexplained    nobody wrote down how
Kind = Literal[
    "weighted_sum",
    "maximum",
    "function",
    "normalisation",
    "elementwise",
    "copy",
    "pixel",
    "unexplained",
]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Operand:
    """A unit of a layer and the value that it has.

    Attributes:
        place: (channel, row, column), or (feature,); another length only where a network reshapes.
        value: as captured, a float32.
    """

    layer_id: str
    place: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class Token:
    """A piece of a formula: text as it stands, or a number and what it is called.

    Attributes:
        operand: the unit whose value the number is, None for a constant.
    """

    text: str
    value: float | None = None
    operand: Operand | None = None


def formula(template: str, **values: "float | Operand") -> tuple[Token, ...]:
    """The pieces of `"({x} - {mean}) / 2"`, the names in braces replaced by these numbers.

    The text is an expression in Python's notation: with each number in its place (in parentheses)
    it evaluates to what it explains.
    """
    tokens = []
    for place, piece in enumerate(_PLACEHOLDER.split(template)):
        if place % 2 == 0:
            if piece:
                tokens.append(Token(piece))
            continue
        value = values[piece]
        if isinstance(value, Operand):
            tokens.append(Token(piece, value.value, value))
        else:
            tokens.append(Token(piece, float(value)))
    return tuple(tokens)


def rule_of(template: str) -> str:
    """The same with the names themselves: `(x - mean) / 2`."""
    return _PLACEHOLDER.sub(r"\1", template)


@dataclass(frozen=True, eq=False)
class Patch:
    """The part of a layer that a unit reads, as a block of channels, rows and columns.

    Attributes:
        layer_id: whose units these are.
        channels: of that layer, one for each channel of the block.
        rows: the row that each row of the block reads; None where there is none: in the padding,
            or between the strides of a transposed convolution.
        columns: the same for columns.
        is_vector: the layer has neither rows nor columns.
        values: float32 (channels, rows, columns); where nothing is read, what stands for it.
        weights: float32 of the same shape, None where nothing is weighed.
    """

    layer_id: str
    channels: range
    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]
    values: Float32
    weights: Float32 | None = None
    is_vector: bool = False

    @property
    def size(self) -> int:
        """The number of terms, those in the padding included."""
        return self.values.size

    @property
    def products(self) -> Float64:
        """Value times weight, in float64; the values alone where nothing is weighed."""
        values = self.values.astype(np.float64)
        with np.errstate(all="ignore"):
            return values if self.weights is None else values * self.weights

    @property
    def total(self) -> float:
        """The sum of the products, accumulated in float64."""
        with np.errstate(all="ignore"):
            return float(self.products.sum())

    def operand(self, term: int) -> Operand | None:
        """The unit of a term, counted in C order; None where nothing is read."""
        channel, row, column = (int(i) for i in np.unravel_index(term, self.values.shape))
        source_row, source_column = self.rows[row], self.columns[column]
        if source_row is None or source_column is None:
            return None
        place = (self.channels[channel], source_row, source_column)
        value = float(self.values[channel, row, column])
        return Operand(self.layer_id, place[:1] if self.is_vector else place, value)

    def largest(self, count: int) -> Iterator[tuple[int, float]]:
        """(term, product) of those largest in magnitude, largest first."""
        products = self.products.ravel()
        magnitudes = np.abs(products)
        count = min(count, len(products))
        if count == 0:
            return
        candidates = np.argpartition(-magnitudes, count - 1)[:count].tolist()
        for term in sorted(candidates, key=lambda term: (-magnitudes[term], term)):
            yield term, float(products[term])


@dataclass(frozen=True)
class MatrixPlace:
    """Where a unit stands when its convolution is written as one matrix product (im2col).

    (positions x terms) times (terms x kernels): each row of the first matrix is the patch of one
    position, each column of the second one kernel. With groups there is one product a group.

    Attributes:
        positions: of the output, row by row.
        terms: of one patch: channels of a group times the kernel's area.
        kernels: of the group.
        row: of the unit's position.
        column: of its kernel, within the group.
        repetition: how many numbers the patches hold for each number of the input.
    """

    positions: int
    terms: int
    kernels: int
    groups: int
    group: int
    row: int
    column: int
    repetition: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """How one unit got its value.

    Attributes:
        unit: the unit and what was captured for it.
        explained: the value worked out again in float64 from the captured inputs; None where
            nobody wrote down how.
        rule: the formula in words and symbols.
        tokens: the formula with its numbers.
        note: one sentence on what is not in the formula.
        operands: what it reads, where that is but a few units.
        patch: what it reads, where that is many.
        winner: the term of the patch that a maximum took.
        bias: added to the products of a patch.
        divisor: of their sum.
        derivatives: of the value by its operands.
        curve: (x, y) of its function around the point.
        matrix: of a convolution.
    """

    unit: Operand
    kind: Kind
    explained: float | None
    rule: str
    tokens: tuple[Token, ...] = ()
    note: str = ""
    operands: tuple[Operand, ...] = ()
    patch: Patch | None = None
    winner: int | None = None
    bias: float | None = None
    divisor: float | None = None
    derivatives: tuple[tuple[Operand, float], ...] = ()
    curve: tuple[tuple[float, float], ...] = ()
    matrix: MatrixPlace | None = None

    @property
    def difference(self) -> float | None:
        """Of the explained value from the captured one: the rounding of float32, if all is well.

        0 where it is but the rounding of the explanation itself: n eps sum |terms| in float64.
        """
        if self.explained is None:
            return None
        difference = self.explained - self.unit.value
        terms = [abs(token.value) for token in self.tokens if token.value is not None]
        count, magnitude = len(terms), sum(terms)
        if self.patch is not None:
            count += self.patch.size
            magnitude += float(np.abs(self.patch.products).sum()) / abs(self.divisor or 1)
        bound = count * float(np.finfo(np.float64).eps) * magnitude
        return 0.0 if abs(difference) <= bound else difference
