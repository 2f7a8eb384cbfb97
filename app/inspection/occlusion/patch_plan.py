"""Computes a layer for many pictures that differ from one picture in one patch each.

Only what a patch can reach is computed, many patches at once, and laid into what the picture
itself gave; from where a patch reaches nearly everything, whole layers are computed. Every piece is
exactly what covering and computing anew would give, up to rounding.

Source: Nakandala, Kumar, Papakonstantinou, Incremental and Approximate Inference for Faster
Occlusion-Based Deep CNN Explanations, SIGMOD 2019, sections 3 and 4 (incremental inference).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.replay_steps import ReplayStep, replay_steps
from app.inspection.graph.window import POINTWISE, Window
from app.inspection.occlusion.patch_reach import Interval, PatchReach, patch_reach

# A layer is computed whole once its piece is this share of it.
_WHOLE_FROM = 0.7
# Of the largest layer of one batch.
_BATCH_BYTES = 24 * 2**20
_LARGEST_BATCH = 64


@dataclass(frozen=True)
class Patches:
    """Where the patch stands, one after the other.

    The last patch of a row or column of patches is cut where it would leave the input, so that
    every pixel is covered; captum places its windows likewise.

    Attributes:
        rows: half-open intervals of the input's rows, by row of patches.
        columns: likewise.
    """

    rows: tuple[Interval, ...]
    columns: tuple[Interval, ...]

    @property
    def count(self) -> int:
        return len(self.rows) * len(self.columns)


def patches_over(size: tuple[int, int], patch: int, stride: int) -> Patches:
    """A grid of square patches over an input of (height, width).

    Args:
        size: of the input.
        patch: side in px, at most the input's.
        stride: from one patch to the next in px, at most `patch`.
    """
    rows, columns = (
        tuple(
            (start, min(start + patch, length))
            for start in range(
                0, max(length - patch + stride - 1, 0) // stride * stride + 1, stride
            )
        )
        for length in size
    )
    return Patches(rows, columns)


def occluded(
    tensor: torch.Tensor, box: tuple[Interval, Interval], cover: torch.Tensor
) -> torch.Tensor:
    """A copy of a tensor (1, channels, height, width) with a box covered by (1, channels, 1, 1)."""
    copy = tensor.clone()
    (top, bottom), (left, right) = box
    copy[:, :, top:bottom, left:right] = cover
    return copy


@dataclass(frozen=True, eq=False)
class Piece:
    """A stretch of a layer for every patch of a batch.

    Attributes:
        value: (batch, channels, height, width) of the stretch.
        tops, lefts: where it stands, by patch.
        before: the layer for the picture itself, (1, channels, height, width).
    """

    value: torch.Tensor
    tops: Sequence[int]
    lefts: Sequence[int]
    before: torch.Tensor

    def whole(self) -> torch.Tensor:
        """The layer for every patch: what it was, with the stretch laid in."""
        batch, _, height, width = self.value.shape
        full = self.before.expand(batch, -1, -1, -1).clone(memory_format=torch.channels_last)
        for index, (top, left) in enumerate(zip(self.tops, self.lefts, strict=True)):
            full[index, :, top : top + height, left : left + width] = self.value[index]
        return full


class PatchPlan:
    """What is computed in pieces, what whole, and how many patches at once."""

    def __init__(
        self,
        graph: LayerGraph,
        tensor: torch.Tensor,
        activations: Mapping[str, torch.Tensor],
        layer_id: str,
        patches: Patches,
    ) -> None:
        self._graph = graph
        self._tensor = tensor
        self._activations = activations
        self._patches = patches
        self._result = layer_id
        self._before: dict[str, torch.Tensor] = {}
        self._reach: PatchReach = patch_reach(graph, patches.rows, patches.columns)
        steps = replay_steps(graph, {layer_id})
        self._steps = None if steps is None else _needed(steps, layer_id)
        self._in_pieces: set[str] = {"input"}
        for step in self._steps or ():
            if self._pays(step):
                self._in_pieces.add(step.id)
        self._expiring = _last_readers(self._steps or (), layer_id)
        self.batch = self._batch_size()

    def that_reach(self, row: int, column: int) -> list[int]:
        """The patches, numbered row by row, that may change a place of the layer that is read."""
        rows, columns = self._reach.rows[self._result], self._reach.columns[self._result]
        return [
            index
            for index in range(self._patches.count)
            if rows.reaches(index // len(self._patches.columns), row)
            and columns.reaches(index % len(self._patches.columns), column)
        ]

    def compute(self, batch: Sequence[int], cover: torch.Tensor) -> "torch.Tensor | Piece":
        """The layer that is read, for these patches."""
        places = [divmod(patch, len(self._patches.columns)) for patch in batch]
        if self._steps is None:
            return self._anew(places, cover)
        pieces = {"input": self._covered(places, cover)}
        # One layer may be here and among the pieces: a residual block's branch can need all of it
        # where the strided shortcut, which reads less, still takes the piece.
        wholes: dict[str, torch.Tensor] = {}
        for step, expiring in zip(self._steps, self._expiring, strict=True):
            if step.id in self._in_pieces:
                pieces[step.id] = self._piece(step, pieces, places)
            else:
                for source in step.inputs:
                    if source not in wholes:
                        wholes[source] = pieces[source].whole()
                wholes[step.id] = step.whole(*(wholes[source] for source in step.inputs))
            for source in expiring:
                pieces.pop(source, None)
                wholes.pop(source, None)
        return pieces[self._result] if self._result in pieces else wholes[self._result]

    def _anew(self, places: Sequence[tuple[int, int]], cover: torch.Tensor) -> torch.Tensor:
        """Without any short cut, for networks that cannot be taken apart."""
        pictures = torch.cat(
            [
                occluded(
                    self._tensor, (self._patches.rows[row], self._patches.columns[column]), cover
                )
                for row, column in places
            ]
        )
        return self._graph.compute(pictures, (self._result,), to_the_end=False).layers[self._result]

    def _covered(self, places: Sequence[tuple[int, int]], cover: torch.Tensor) -> Piece:
        rows, columns = self._reach.rows["input"], self._reach.columns["input"]
        tops = [rows.starts[row] for row, _ in places]
        lefts = [columns.starts[column] for _, column in places]
        channels = self._tensor.shape[1]
        value = _empty(len(places), channels, rows.length, columns.length)
        for index, (row, column) in enumerate(places):
            top, left = tops[index], lefts[index]
            value[index] = self._tensor[0, :, top : top + rows.length, left : left + columns.length]
            (first, last), (start, stop) = self._patches.rows[row], self._patches.columns[column]
            value[index, :, first - top : last - top, start - left : stop - left] = cover[0]
        return Piece(value, tops, lefts, self._was("input"))

    def _was(self, layer_id: str) -> torch.Tensor:
        """A layer's value for the picture itself, (1, channels, height, width)."""
        if layer_id not in self._before:
            value = (
                self._tensor if layer_id == "input" else self._activations[layer_id].unsqueeze(0)
            )
            self._before[layer_id] = value.contiguous(memory_format=torch.channels_last)
        return self._before[layer_id]

    def _piece(
        self,
        step: ReplayStep,
        pieces: Mapping[str, Piece],
        places: Sequence[tuple[int, int]],
    ) -> Piece:
        rows, columns = self._reach.rows[step.id], self._reach.columns[step.id]
        tops = [rows.starts[row] for row, _ in places]
        lefts = [columns.starts[column] for _, column in places]
        lengths = rows.length, columns.length
        inputs = [_stretch(step, pieces[source], (tops, lefts), lengths) for source in step.inputs]
        if step.piece is None:
            raise TypeError(f"{step.id} cannot be computed in pieces.")
        made = step.piece(*inputs)
        if step.scale is not None:
            made = made * torch.cat(
                [
                    step.scale[:, :, top : top + rows.length, left : left + columns.length]
                    for top, left in zip(tops, lefts, strict=True)
                ]
            )
        return Piece(made, tops, lefts, self._was(step.id))

    def _pays(self, step: ReplayStep) -> bool:
        if step.piece is None or not set(step.inputs) <= self._in_pieces:
            return False
        rows, columns = self._reach.rows[step.id], self._reach.columns[step.id]
        return rows.length * columns.length < _WHOLE_FROM * rows.size * columns.size

    def _batch_size(self) -> int:
        if not self._graph.any_batch:
            return 1
        largest = 1
        ids = [step.id for step in self._steps] if self._steps else self._graph.layer_ids
        for layer_id in ids:
            size = self._graph.layer(layer_id).value_bytes
            if layer_id in self._in_pieces:
                rows, columns = self._reach.rows[layer_id], self._reach.columns[layer_id]
                size = size * rows.length * columns.length // (rows.size * columns.size)
            largest = max(largest, size)
        return max(1, min(_LARGEST_BATCH, _BATCH_BYTES // largest))


def _needed(steps: Sequence[ReplayStep], layer_id: str) -> list[ReplayStep]:
    """The steps that a layer depends on."""
    wanted = {layer_id}
    for step in reversed(steps):
        if step.id in wanted:
            wanted.update(step.inputs)
    return [step for step in steps if step.id in wanted]


def _last_readers(steps: Sequence[ReplayStep], result: str) -> list[list[str]]:
    """By step, the values that nobody reads after it."""
    seen = {result}
    found: list[list[str]] = []
    for step in reversed(steps):
        found.append([source for source in dict.fromkeys(step.inputs) if source not in seen])
        seen.update(step.inputs)
    return found[::-1]


def _empty(batch: int, channels: int, height: int, width: int) -> torch.Tensor:
    return torch.empty((batch, channels, height, width), memory_format=torch.channels_last)


def _stretch(
    step: ReplayStep,
    value: Piece,
    corners: tuple[Sequence[int], Sequence[int]],
    lengths: tuple[int, int],
) -> torch.Tensor:
    """The part of an input that a piece of a layer reads, what lies outside filled in."""
    full_height, full_width = value.before.shape[2:]
    (tops, height), (lefts, width) = (
        _read(step.window, axis, size, corners[axis], lengths[axis])
        for axis, size in enumerate((full_height, full_width))
    )
    batch, channels, piece_height, piece_width = value.value.shape
    same_place = tops == list(value.tops) and lefts == list(value.lefts)
    if same_place and (height, width) == (piece_height, piece_width):
        return value.value
    made = _empty(batch, channels, height, width)
    leaves = min(tops) < 0 or min(lefts) < 0
    if leaves or max(tops) + height > full_height or max(lefts) + width > full_width:
        made.fill_(step.outside)
    for index, (top, left) in enumerate(zip(tops, lefts, strict=True)):
        _lay(made[index], (top, left), value.before[0], (0, 0))
        _lay(made[index], (top, left), value.value[index], (value.tops[index], value.lefts[index]))
    return made


def _read(
    window: Window, axis: int, size: int, starts: Sequence[int], length: int
) -> tuple[list[int], int]:
    """Where the stretches of an input of this size begin that a layer's read, and their length."""
    if window == POINTWISE and size == 1:
        return [0] * len(starts), 1  # broadcast, unless the layer has one position as well
    begin = [start * window.stride[axis] - window.padding[axis][0] for start in starts]
    reach = window.dilation[axis] * (window.kernel[axis] - 1)
    return begin, (length - 1) * window.stride[axis] + reach + 1


def _lay(
    onto: torch.Tensor, onto_corner: Interval, what: torch.Tensor, what_corner: Interval
) -> None:
    """Copy where two stretches of one layer, (channels, height, width) each, overlap."""
    top, left = max(onto_corner[0], what_corner[0]), max(onto_corner[1], what_corner[1])
    bottom = min(onto_corner[0] + onto.shape[1], what_corner[0] + what.shape[1])
    right = min(onto_corner[1] + onto.shape[2], what_corner[1] + what.shape[2])
    if top >= bottom or left >= right:
        return
    onto[
        :,
        top - onto_corner[0] : bottom - onto_corner[0],
        left - onto_corner[1] : right - onto_corner[1],
    ] = what[
        :,
        top - what_corner[0] : bottom - what_corner[0],
        left - what_corner[1] : right - what_corner[1],
    ]
