"""Which rows and columns a layer between maps reads where it slides no window."""

from app.inspection.fields.interpolation import interpolation_reach
from app.inspection.graph import axis_reach
from app.inspection.graph.axis_reach import AxisReach, everything, identity, tabulated
from app.inspection.graph.known_operations import REDUCTIONS
from app.inspection.graph.layer_axes import PICTURES, moved_axes
from app.inspection.graph.layer_node import LayerNode

# Many numbers along some axes become one.
REDUCING = frozenset(REDUCTIONS.values())


def area_of(layer: LayerNode) -> tuple[int, int]:
    """(height, width); (1, 1) for vectors."""
    shape = layer.output_shape
    return (shape[1], shape[2]) if layer.is_map else (1, 1)


def rows_and_columns(
    layer: LayerNode, place: int, sources: tuple[LayerNode, ...]
) -> tuple[AxisReach, AxisReach] | None:
    """What each row and each column of a layer between maps reads; None if nothing is known.

    Of layers that slide no window.
    """
    before, after = area_of(sources[place]), area_of(layer)
    if layer.operation in ("adaptive_average_pool", "adaptive_max_pool"):
        return (
            axis_reach.adaptive_window(before[0], after[0]),
            axis_reach.adaptive_window(before[1], after[1]),
        )
    if layer.operation == "upsample":
        return (
            interpolation_reach(layer, 0, before[0], after[0]),
            interpolation_reach(layer, 1, before[1], after[1]),
        )
    if layer.operation in REDUCING:
        return _reduced(layer, before)
    if layer.operation == "concatenate":
        return _put_together(layer, place, before)
    if layer.operation == "expand":
        return _repeated(0, before, after), _repeated(1, before, after)
    return _moved(layer, before) if layer.operation in ("roll", "flip") else None


def _moved(layer: LayerNode, before: tuple[int, int]) -> tuple[AxisReach, AxisReach] | None:
    if area_of(layer) != before:
        return None
    rows, columns = (moved_along(layer, 1 + axis, before[axis]) for axis in (0, 1))
    return None if rows is None or columns is None else (rows, columns)


def moved_along(layer: LayerNode, axis: int, size: int) -> AxisReach | None:
    """Positions turned round, or shifted with those that leave at one end back at the other.

    Args:
        layer: a roll or a flip.
        axis: channels 0, rows 1, columns 2.
        size: of the axis.

    Returns:
        None if it is not known which axes it moves, and by how much.
    """
    axes = moved_axes(layer)
    given = layer.arguments.get("shifts", (0,) * len(axes or ()))
    shifts = given if isinstance(given, tuple | list) else (given,)
    if axes is None or PICTURES in axes or len(axes) != len(shifts):
        return None
    if not all(isinstance(shift, int) for shift in shifts):
        return None
    reads = list(range(size))
    for moved, shift in zip(axes, shifts, strict=True):
        if moved == axis and layer.operation == "flip":
            reads.reverse()
        elif moved == axis:
            reads = [reads[(index - shift) % size] for index in range(size)]
    return tabulated(([index] for index in reads), size)


def _repeated(axis: int, before: tuple[int, int], after: tuple[int, int]) -> AxisReach:
    same = before[axis] == after[axis]
    return identity(before[axis]) if same else everything(before[axis], after[axis])


def _reduced(layer: LayerNode, before: tuple[int, int]) -> tuple[AxisReach, AxisReach] | None:
    """Axes that were reduced and kept with one position, the others left as they are."""
    if layer.axes is None or PICTURES in layer.axes:
        return None
    reduced = [1 + axis in layer.axes for axis in (0, 1)]
    expected = tuple(1 if gone else size for gone, size in zip(reduced, before, strict=True))
    if area_of(layer) != expected:
        return None
    rows, columns = (
        everything(size, 1) if gone else identity(size)
        for gone, size in zip(reduced, before, strict=True)
    )
    return rows, columns


def _put_together(
    layer: LayerNode, place: int, before: tuple[int, int]
) -> tuple[AxisReach, AxisReach] | None:
    """Maps one beneath or beside the other."""
    if layer.axes is None or layer.offsets is None or PICTURES in layer.axes:
        return None
    after, offset = area_of(layer), layer.offsets[place]
    rows, columns = (
        axis_reach.part(-offset, before[axis], after[axis])
        if 1 + axis in layer.axes
        else identity(after[axis])
        for axis in (0, 1)
    )
    return rows, columns
