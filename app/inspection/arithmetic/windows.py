"""What a sliding window reads, axis by axis."""

import numpy as np

from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Patch

Sources = tuple[int | None, ...]


def source_of(position: int, size: int, mode: str) -> int | None:
    """Which of `size` entries stands at a position; None for constant padding.

    Args:
        position: from 0; outside of the entries it is padding.
        size: of the axis.
        mode: as `app.inspection.graph.window.Window.padding_mode`.
    """
    if 0 <= position < size:
        return position
    match mode:
        case "constant":
            return None
        case "reflect":
            position = abs(position)
            return position if position < size else 2 * (size - 1) - position
        case "replicate":
            return min(max(position, 0), size - 1)
        case "circular":
            return position % size
    raise UnexplainedError(f"Padding of the kind {mode!r} has no explanation here.")


def window_sources(site: Site, layer_id: str) -> tuple[Sources, Sources]:
    """Rows and columns of the input under the unit's window."""
    window = site.layer.window
    if window is None or len(site.place) != 3:
        raise UnexplainedError("What this window reads is not known.")
    _, *sizes = site.shape(layer_id)
    found: list[Sources] = []
    for axis, (index, size) in enumerate(zip(site.place[1:], sizes, strict=True)):
        start = index * window.stride[axis] - window.padding[axis][0]
        found.append(
            tuple(
                source_of(start + step * window.dilation[axis], size, window.padding_mode)
                for step in range(window.kernel[axis])
            )
        )
    return found[0], found[1]


def patch_at(
    site: Site,
    layer_id: str,
    channels: range,
    sources: tuple[Sources, Sources],
    padding: float = 0.0,
) -> Patch:
    """The block of these channels, rows and columns; `padding` where nothing is read."""
    rows, columns = sources
    array = site.array(layer_id)[channels.start : channels.stop]
    values = array[:, [row or 0 for row in rows]][:, :, [column or 0 for column in columns]]
    values[:, [row is None for row in rows]] = padding
    values[:, :, [column is None for column in columns]] = padding
    return Patch(layer_id, channels, rows, columns, np.ascontiguousarray(values))
