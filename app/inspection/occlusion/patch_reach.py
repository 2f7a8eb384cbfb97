"""Which part of every layer can change when a patch of the input does.

The projective direction of `app.inspection.fields.reach`: a patch is a product of rows and columns,
and so is what it reaches, so each axis is walked once for every place that a patch can stand at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.inspection.fields.layer_reach import layer_reach
from app.inspection.fields.rows_and_columns import area_of
from app.inspection.graph.axis_reach import AxisReach, span, whole
from app.inspection.graph.layer_graph import LayerGraph

Interval = tuple[int, int]


@dataclass(frozen=True)
class Span:
    """Along one axis of one layer, a stretch for every patch, all of one length.

    A stretch holds all that the patch can change; where patches reach differently far, it holds
    more, so that many can be computed at once.

    Attributes:
        starts: by patch, within the layer.
        length: number of rows or columns.
        size: of the layer along this axis.
        reached: by patch, from the first to the last place that it can change, half-open.
    """

    starts: tuple[int, ...]
    length: int
    size: int
    reached: tuple[Interval, ...]

    def reaches(self, patch: int, place: int) -> bool:
        """True if a patch may change the row or column at this place."""
        start, stop = self.reached[patch]
        return start <= place < stop

    @property
    def is_whole(self) -> bool:
        return self.length == self.size


def span_of(intervals: Sequence[Interval], size: int) -> Span:
    """The stretches that hold these half-open intervals; an empty one may stand anywhere.

    They are one place long where no patch reaches any: a layer makes nothing of no places.
    """
    length = max((1, *(stop - start for start, stop in intervals)))
    starts = tuple(min(start, size - length) for start, _ in intervals)
    return Span(starts, length, size, tuple(intervals))


@dataclass(frozen=True)
class PatchReach:
    """Rows and columns of each layer that patches can change, by layer id."""

    rows: dict[str, Span]
    columns: dict[str, Span]


def patch_reach(
    graph: LayerGraph, row_intervals: Sequence[Interval], column_intervals: Sequence[Interval]
) -> PatchReach:
    """Of every layer, for patches that are products of these intervals of the input.

    Args:
        graph: of the network.
        row_intervals: half-open, of the input's rows.
        column_intervals: likewise of its columns.
    """
    return PatchReach(_walk(graph, row_intervals, 0), _walk(graph, column_intervals, 1))


def _walk(graph: LayerGraph, intervals: Sequence[Interval], axis: int) -> dict[str, Span]:
    reached: dict[str, list[int]] = {}
    spans: dict[str, Span] = {}
    for layer in graph.layers:
        if layer.inputs:
            sources = tuple(graph.layer(source) for source in layer.inputs)
            steps: list[tuple[AxisReach, list[int]]] = []
            for place, source in enumerate(sources):
                reach = layer_reach(layer, place, sources)
                steps.append(((reach.rows, reach.columns)[axis], reached[source.id]))
            found = [0] * len(intervals)
            for reach_of_axis, before in steps:
                for patch, bits in enumerate(before):
                    found[patch] |= reach_of_axis.readers(bits) if bits else 0
        else:
            found = [whole(stop) & ~whole(start) for start, stop in intervals]
        reached[layer.id] = found
        spans[layer.id] = span_of(
            [span(bits) if bits else (0, 0) for bits in found], area_of(layer)[axis]
        )
    return spans
