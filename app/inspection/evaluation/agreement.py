"""Do methods say the same of one picture?"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from app.inspection.attribution.contract import Heatmap
from app.inspection.evaluation.similarity import spearman


@dataclass(frozen=True)
class Pair:
    """How alike the maps of two methods rank the pixels; None if one is constant.

    Attributes:
        spearman: with their signs.
        spearman_absolute: by how much they matter, whichever way.
    """

    first: str
    second: str
    spearman: float | None
    spearman_absolute: float | None


@dataclass(frozen=True)
class Agreement:
    """Every pair once, each method with itself included."""

    pairs: tuple[Pair, ...]

    @property
    def size_bytes(self) -> int:
        """Of its numbers, roughly."""
        return 200 * len(self.pairs)


def agreement(maps: Mapping[str, Heatmap]) -> Agreement:
    """The rank correlations between maps, by method."""
    return Agreement(
        tuple(
            Pair(
                first,
                second,
                spearman(maps[first], maps[second]),
                spearman(np.abs(maps[first]), np.abs(maps[second])),
            )
            for first, second in combinations_with_replacement(maps, 2)
        )
    )
