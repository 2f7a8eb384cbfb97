"""Two designs laid beside each other, so that what is alike stands in one row.

Source: the best alignment by dynamic programming, Needleman and Wunsch, A general method applicable
to the search for similarities in the amino acid sequence of two proteins, 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.inspection.designs.steps import Kind, Step

Mark = Literal["same", "changed", "new", "gone"]
Property = Literal[
    "kind",
    "count",
    "windows",
    "stride",
    "groups",
    "inputs",
    "maps",
    "size",
    "activation",
    "batch_norm",
]
_PROPERTIES: tuple[Property, ...] = (
    *("kind", "count", "windows", "stride", "groups", "inputs"),
    *("maps", "size", "activation", "batch_norm"),
)
# Steps of different families are never laid beside each other.
_FAMILIES: dict[Kind, str] = {
    "convolution": "window",
    "inception": "window",
    "residual": "window",
    "dense": "dense",
    "max pooling": "pooling",
    "average pooling": "pooling",
    "normalisation": "normalisation",
}
# How much it is worth to have two of a family in one row.
_WEIGHTS = {"window": 4.0, "dense": 4.0, "pooling": 2.0, "normalisation": 1.0}


@dataclass(frozen=True)
class Row:
    """Two steps beside each other, or one beside nothing.

    Attributes:
        before: place of the step in the earlier design; None where the step is new.
        after: place in the later one; None where the step is gone.
        changed: in what they differ; empty unless the mark is `changed`.
    """

    before: int | None
    after: int | None
    mark: Mark
    changed: tuple[Property, ...] = ()


def differences(before: Sequence[Step], after: Sequence[Step]) -> tuple[Row, ...]:
    """The rows of the alignment with the most in common, from the picture to the scores."""
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in range(len(before) - 1, -1, -1):
        for j in range(len(after) - 1, -1, -1):
            beside = _alike(before[i], after[j]) + best[i + 1][j + 1]
            best[i][j] = max(best[i + 1][j], best[i][j + 1], beside)
    rows: list[Row] = []
    i = j = 0
    while i < len(before) or j < len(after):
        both = i < len(before) and j < len(after)
        alike = _alike(before[i], after[j]) if both else 0.0
        if both and alike > 0 and best[i][j] == alike + best[i + 1][j + 1]:
            rows.append(_row(before, after, i, j))
            i, j = i + 1, j + 1
        elif i < len(before) and best[i][j] == best[i + 1][j]:
            rows.append(Row(i, None, "gone"))
            i += 1
        else:
            rows.append(Row(None, j, "new"))
            j += 1
    return tuple(rows)


def _row(before: Sequence[Step], after: Sequence[Step], i: int, j: int) -> Row:
    one, other = before[i], after[j]
    # What a window reads is told by the step before; how much a dense layer reads makes its size.
    told = [name for name in _PROPERTIES if name != "inputs" or other.kind == "dense"]
    changed = tuple(name for name in told if getattr(one, name) != getattr(other, name))
    return Row(i, j, "changed" if changed else "same", changed)


def _alike(one: Step, other: Step) -> float:
    """0 for steps of different families, else more the more they have in common.

    What a network is known by counts most: its windows, then its dense layers.
    """
    family = _FAMILIES[one.kind]
    if family != _FAMILIES[other.kind]:
        return 0.0
    shared: int = sum(getattr(one, name) == getattr(other, name) for name in _PROPERTIES)
    at_one_size = 1.0 if one.size == other.size else 0.0
    return _WEIGHTS[family] * (2.0 + at_one_size + shared / 8)
