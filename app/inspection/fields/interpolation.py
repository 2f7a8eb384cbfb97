"""What an interpolation reads and how much each counts, asked of torch itself.

Which neighbour is the nearest, and which weights are zero, hangs on roundings of float32 in torch's
kernels; a formula in whole numbers is another function for some sizes. Interpolation is linear and
treats every axis by itself, so its weights along one are what it makes of unit vectors.
"""

from functools import lru_cache

import torch

from app.inspection.graph.axis_reach import AxisReach, tabulated
from app.inspection.graph.layer_node import LayerNode

# Unit vectors at a time, so that maps of thousands of rows do not fill the memory.
_BATCH_NUMBERS = 2**22
_WITH_CORNERS = frozenset(
    {"upsample_bilinear2d", "upsample_bicubic2d"}
    | {"_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa"}
)
INTERPOLATIONS = _WITH_CORNERS | {"upsample_nearest2d", "_upsample_nearest_exact2d"}


def interpolation_reach(layer: LayerNode, axis: int, before: int, after: int) -> AxisReach:
    """Which positions an interpolation reads along rows (0) or columns (1).

    Args:
        layer: whose operation is one of `INTERPOLATIONS`.
        axis: 0 or 1.
        before: positions of its input.
        after: positions of its output.
    """
    name, scale, corners = _settings(layer, axis)
    return _reach(name, before, after, scale, corners=corners)


def interpolation_weights(layer: LayerNode, axis: int, before: int, after: int) -> torch.Tensor:
    """How much each position counts in each position after it, (after, before), as float32.

    The arguments are those of `interpolation_reach`.
    """
    name, scale, corners = _settings(layer, axis)
    return _weights(name, before, after, scale, corners=corners)


@lru_cache(maxsize=32)
def _weights(
    name: str, before: int, after: int, scale: float | None, *, corners: bool
) -> torch.Tensor:
    return weights_along(name, (0, before), before, after, scale, corners=corners)


def _settings(layer: LayerNode, axis: int) -> tuple[str, float | None, bool]:
    name = layer.aten[-1].split(".")[1]
    arguments = layer.arguments
    if "scale_factors" in arguments:
        scale = (arguments["scale_factors"] or (None, None))[axis]
    else:
        scale = arguments[("scales_h", "scales_w")[axis]]
    return name, scale, bool(arguments.get("align_corners", False))


@lru_cache(maxsize=512)
def _reach(name: str, before: int, after: int, scale: float | None, *, corners: bool) -> AxisReach:
    reads: list[list[int]] = [[] for _ in range(after)]
    count = max(1, _BATCH_NUMBERS // (before + after))
    for start in range(0, before, count):
        stop = min(start + count, before)
        found = weights_along(name, (start, stop), before, after, scale, corners=corners)
        for output, position in torch.nonzero(found).tolist():
            reads[output].append(start + position)
    return tabulated(reads, before)


def weights_along(
    name: str,
    chosen: tuple[int, int],
    before: int,
    after: int,
    scale: float | None,
    *,
    corners: bool,
) -> torch.Tensor:
    """What some positions of one axis weigh in each position after it, (after, chosen).

    Args:
        name: in the words of ATen.
        chosen: half-open, of the positions before.
        before: positions before.
        after: positions after.
        scale: as the network gives it; None where it gives a size.
        corners: as torch means `align_corners`.
    """
    start, stop = chosen
    # Two columns, so that the memory can be taken for no other layout.
    units = torch.eye(before)[start:stop].reshape(1, stop - start, before, 1).repeat(1, 1, 1, 2)
    operation = getattr(torch.ops.aten, name).default
    more = (corners,) if name in _WITH_CORNERS else ()
    with torch.inference_mode():
        made: torch.Tensor = operation(units, [after, 2], *more, scale, None)
    return made[0, :, :, 0].T
