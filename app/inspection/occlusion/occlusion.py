"""How much a class or a unit falls when a part of the picture is covered.

Every covered picture differs from the picture in one patch, and so does every layer, in the part
that the patch can reach. Only that part is computed, many patches at once, and laid into what the
picture itself gave; from where a patch reaches nearly everything, whole layers are computed. The
result is that of covering and computing anew, up to rounding.

Sources: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014, section 4.2
(occlusion); Nakandala, Kumar, Papakonstantinou, Incremental and Approximate Inference for Faster
Occlusion-Based Deep CNN Explanations, SIGMOD 2019, sections 3 and 4 (incremental inference).
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.errors import InvalidOptionError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import Unit, channel_values, unit_values
from app.inspection.occlusion.patch_plan import Patches, PatchPlan, Piece, patches_over
from app.inspection.occlusion.patch_reach import Interval
from app.inspection.progress import Progress, no_progress

# Each patch is a pass of its own, however little of the network it reaches.
MOST_PATCHES = 4096

Target = int | Unit
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class OcclusionMap:
    """What covering did to one number.

    Attributes:
        heat: float32 (height, width) of the input: how much the number fell, on average over the
            patches that cover the pixel. Negative where covering raised it.
        scores: float32 (rows, columns) of patches: the number with that patch covered.
        baseline: the number for the picture as it is.
        patches: where they stood.
    """

    heat: Scores
    scores: Scores
    baseline: float
    patches: Patches

    @property
    def size_bytes(self) -> int:
        """Memory held by the arrays."""
        return self.heat.nbytes + self.scores.nbytes


def checked_patches(size: tuple[int, int], patch: int, stride: int) -> Patches:
    """The patches over an input of (height, width), if they are neither too large nor too many.

    Raises:
        InvalidOptionError: the patch leaves the input, the stride leaves pixels out, or there would
            be more than `MOST_PATCHES`.
    """
    height, width = size
    if patch > min(size):
        raise InvalidOptionError("patch", str(patch), f"in the input of {height} x {width} pixels")
    if stride > patch:
        raise InvalidOptionError(
            "stride", str(stride), f"at most the patch, {patch}: more leaves pixels out"
        )
    patches = patches_over(size, patch, stride)
    if patches.count > MOST_PATCHES:
        raise InvalidOptionError(
            "stride",
            str(stride),
            f"large enough: it makes {patches.count:,} patches of {height} x {width} pixels, and "
            f"at most {MOST_PATCHES:,} are computed",
        )
    return patches


def occlusion(
    graph: LayerGraph,
    tensor: torch.Tensor,
    activations: Mapping[str, torch.Tensor],
    target: Target,
    *,
    patch: int = 32,
    stride: int = 16,
    fill: torch.Tensor | float = 0.0,
    progress: Progress = no_progress,
) -> OcclusionMap:
    """Cover the picture patch by patch and read one number each time.

    Args:
        graph: of the network; only read.
        tensor: the prepared picture, (1, channels, height, width).
        activations: every layer's value for it.
        target: a class, whose logit is read, or a unit of any layer.
        patch: side of the square that is covered, px of the input.
        stride: px from one patch to the next.
        fill: what covers, in the units of the prepared tensor: (channels,) or one number.
        progress: told after every batch, with the scores so far: a list, row by row, NaN where not
            yet known.

    Raises:
        WorkCancelledError: raised by `step`.
    """
    patches = patches_over((tensor.shape[2], tensor.shape[3]), patch, stride)
    layer_id = graph.output if isinstance(target, int) else target.layer_id
    baseline = float(_read(activations[layer_id].unsqueeze(0), target)[0])
    cover = torch.as_tensor(fill, dtype=tensor.dtype).reshape(1, -1, 1, 1)
    scores = np.full(patches.count, np.nan, dtype=np.float32)
    shape = len(patches.rows), len(patches.columns)
    with torch.inference_mode():
        plan = PatchPlan(graph, tensor, activations, layer_id, patches)
        wanted: Sequence[int] = range(patches.count)
        if isinstance(target, Unit):
            wanted = plan.that_reach(target.row, target.column)
            # What no patch reaches stays exactly as it was.
            scores[:] = baseline
            scores[wanted] = np.nan
        for start in range(0, len(wanted), plan.batch):
            batch = wanted[start : start + plan.batch]
            scores[batch] = _read_at(plan.compute(batch, cover), target).numpy()
            progress(start + len(batch), len(wanted), scores.tolist())
    by_patch = scores.reshape(shape)
    # A network whose scores are infinite falls by no number.
    with np.errstate(invalid="ignore"):
        heat = _heat(baseline - by_patch, patches)
    return OcclusionMap(heat, by_patch, baseline, patches)


def encode_occlusion(found: OcclusionMap) -> bytes:
    """The heat as a numpy file, float32 (height, width)."""
    file = io.BytesIO()
    np.save(file, found.heat)
    return file.getvalue()


def _heat(falls: Scores, patches: Patches) -> Scores:
    """The mean fall over the patches that cover each pixel."""
    height, width = patches.rows[-1][1], patches.columns[-1][1]
    rows, columns = _coverage(patches.rows, height), _coverage(patches.columns, width)
    total = rows.T @ falls.astype(np.float64) @ columns
    count = np.outer(rows.sum(0), columns.sum(0))
    heat: Scores = (total / np.maximum(count, 1)).astype(np.float32)
    return heat


def _coverage(intervals: Sequence[Interval], size: int) -> npt.NDArray[np.float64]:
    """1 where patch i covers pixel j, (patches, size)."""
    covered = np.zeros((len(intervals), size))
    for index, (start, stop) in enumerate(intervals):
        covered[index, start:stop] = 1
    return covered


def _read(value: torch.Tensor, target: Target) -> torch.Tensor:
    """The target's number of every picture of a batch."""
    if isinstance(target, int):
        return value[:, target]
    return unit_values(value, target)


def _read_at(value: "torch.Tensor | Piece", target: Target) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return _read(value, target)
    if isinstance(target, int):
        return _read(value.whole().flatten(1), target)
    _, _, height, width = value.value.shape
    found = unit_values(value.before[:1], target).repeat(len(value.tops))
    changed = channel_values(value.value, target)
    for index, (top, left) in enumerate(zip(value.tops, value.lefts, strict=True)):
        row, column = target.row - top, target.column - left
        if 0 <= row < height and 0 <= column < width:
            found[index] = changed[index, row, column]
    return found
