"""A layer that is another one with a part written over: what it writes, and what it reads of both.

`y[:, :2] = x` is one; `app.inspection.tracing.view_writes` makes them. What is written is every so
manieth position along one axis; who writes a block writes along one axis after the other.
"""

from collections.abc import Collection
from dataclasses import dataclass

from torch import fx

from app.inspection.graph.axis_reach import AxisReach, identity, tabulated
from app.inspection.graph.folding import has_batch_axis, shape_of
from app.inspection.graph.operations import arguments_of, name_of


@dataclass(frozen=True)
class Overwritten:
    """The positions that are written over.

    Attributes:
        axis: of the layer's shape, without the batch axis.
        positions: along it.
        has_axis: False if what is written has not got this axis.
    """

    axis: int
    positions: range
    has_axis: bool


def overwritten_by(node: fx.Node, channels_last: Collection[fx.Node]) -> Overwritten | None:
    """What an operation writes over; None where that is not known, or is no matter of one axis."""
    name = name_of(node.target)
    shape = shape_of(node)
    involved = (node, *node.all_input_nodes)
    if name not in ("slice_scatter", "select_scatter") or len(shape) not in (1, 3):
        return None
    if any(one in channels_last or not has_batch_axis(one) for one in involved):
        return None
    arguments = arguments_of(node.target, node.args, node.kwargs)
    axis = int(arguments["dim"]) % (len(shape) + 1) - 1
    if axis < 0:
        return None
    size = shape[axis]
    if name == "select_scatter":
        index = int(arguments["index"]) % size
        return Overwritten(axis, range(index, index + 1), has_axis=False)
    ends = slice(arguments["start"], arguments["end"], arguments["step"])
    return Overwritten(axis, range(*ends.indices(size)), has_axis=True)


def reach_into(
    written: Overwritten, shape: tuple[int, ...], source: tuple[int, ...], *, is_part: bool
) -> tuple[AxisReach, AxisReach, AxisReach] | None:
    """Channels, rows and columns that each one reads of what stays, or of what is written.

    Args:
        written: what is.
        shape: of the layer; vectors have channels alone.
        source: shape of what it reads.
        is_part: this is what is written.

    Returns:
        None where the two have not got the same axes.
    """
    if len(source) != len(shape) or (is_part and not written.has_axis):
        return None
    found = [identity(size) for size in source]
    size = shape[written.axis]
    if is_part:
        reads = (
            [written.positions.index(place)] if place in written.positions else []
            for place in range(size)
        )
    else:
        reads = ([] if place in written.positions else [place] for place in range(size))
    found[written.axis] = tabulated(reads, source[written.axis])
    if len(found) == 1:
        return found[0], identity(1), identity(1)
    channels, rows, columns = found
    return channels, rows, columns
