"""How large the receptive field of every layer is, in closed form.

Unit i of a layer sees the input pixels from start + i * stride up to start + size + i * stride,
counted from the input's first pixel; what lies outside the input is padding. This is the theory:
at the borders a unit reads less, which `app.inspection.fields.reach` finds exactly.

Source: Araujo, Norris, Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill,
2019: equations 2 to 4 along a path; for several paths the union, whose `aligned` is theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from app.inspection.fields.channel_reach import channel_reach
from app.inspection.fields.layer_reach import (
    axis_window,
    is_broadcast,
    is_global,
    layer_reach,
    same_axes,
)
from app.inspection.fields.rows_and_columns import area_of
from app.inspection.graph.axis_reach import AxisReach, adaptive_window, span
from app.inspection.graph.axis_reach import whole as whole_of
from app.inspection.graph.axis_reach import window as window_reach
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.window import POINTWISE
from models.preprocessing.pixel_map import Box

Extent = Literal["local", "global"]
# exact: the closed form holds away from the borders. bound: no unit sees more, some see less.
# unknown: there is no closed form, or an operation is not understood.
Status = Literal["exact", "bound", "unknown"]

# Channels that stood beside each other before may not do so after.
_MAY_PART_NEIGHBOURS = frozenset(
    {"convolution", "transposed_convolution", "group_norm", "roll", "flip"}
)


@dataclass(frozen=True)
class AxisField:
    """The field along one axis, in input pixels.

    Attributes:
        size: how many pixels a unit sees.
        stride: between the fields of two neighbouring units.
        start: first pixel of unit 0, negative where it begins in the padding.
    """

    size: Fraction
    stride: Fraction
    start: Fraction

    @property
    def padding(self) -> Fraction:
        """Effective padding: how far the field of unit 0 leaves the input."""
        return -self.start

    @property
    def centre(self) -> Fraction:
        """Of unit 0, in continuous edge coordinates."""
        return self.start + self.size / 2


@dataclass(frozen=True)
class LocalField:
    """Both axes, rows first.

    Attributes:
        aligned: False where branches that meet look at different centres.
        run: of how many neighbouring channels some see all this: 1 where all channels look alike,
            all of them where branches stand beside each other.
        branch_run: the largest run of these branches.
    """

    rows: AxisField
    columns: AxisField
    aligned: bool
    status: Status
    run: int = 1
    branch_run: int = 1

    def box(self, row: int, column: int) -> Box:
        """What the unit sees in theory; it may leave the input."""
        top = self.rows.start + row * self.rows.stride
        left = self.columns.start + column * self.columns.stride
        return Box(
            top=float(top),
            left=float(left),
            bottom=float(top + self.rows.size),
            right=float(left + self.columns.size),
        )


@dataclass(frozen=True)
class LayerField:
    """Of one layer.

    Attributes:
        extent: global if a unit sees the whole input, however large it is.
        local: the closed form; of a layer that is global through gates alone, that of the trunk
            without them. None where there is none.
        status: of `local`; of a global layer without it, exact.
        reason: in words, why the field is global, a bound or unknown; "" if nothing is to be said.
    """

    extent: Extent
    local: LocalField | None
    status: Status
    reason: str = ""


_INPUT = LayerField(
    "local",
    LocalField(
        AxisField(Fraction(1), Fraction(1), Fraction(0)),
        AxisField(Fraction(1), Fraction(1), Fraction(0)),
        aligned=True,
        status="exact",
    ),
    "exact",
)


def field_table(graph: LayerGraph) -> Mapping[str, LayerField]:
    """The field of every layer by id, in execution order, `input` first."""
    fields: dict[str, LayerField] = {}
    for layer in graph.layers:
        if not layer.inputs:
            fields[layer.id] = _INPUT
            continue
        sources = tuple(graph.layer(source) for source in layer.inputs)
        fields[layer.id] = _field_of(layer, sources, [fields[source.id] for source in sources])
    return fields


def _field_of(
    layer: LayerNode, sources: tuple[LayerNode, ...], before: list[LayerField]
) -> LayerField:
    reason = _not_followed(layer, sources)
    if reason:
        return LayerField(_carried(layer, before), None, "unknown", reason)
    if is_global(layer, sources):
        reason = f"{layer.operation.replace('_', ' ')} reads every position of its maps."
        return LayerField("global", None, "exact", reason)
    gates = [
        len(sources) > 1 and layer_reach(layer, place, sources).is_gate
        for place in range(len(sources))
    ]
    trunk = [
        (source, field)
        for source, field, is_gate in zip(sources, before, gates, strict=True)
        if not (is_gate and field.extent == "global")
    ]
    extent: Extent = "global" if any(field.extent == "global" for field in before) else "local"
    without = [field for _, field in trunk if field.local is None]
    if without:
        status: Status = "exact" if all(field.status == "exact" for field in without) else "unknown"
        return LayerField(extent, None, status, without[0].reason)
    joined = _joined(
        [_through(layer, source, field.local) for source, field in trunk if field.local is not None]
    )
    if isinstance(joined, str):
        return LayerField(extent, None, "unknown", joined)
    joined = _over_channels(layer, sources, joined, branches=[field for _, field in trunk])
    return LayerField(extent, joined, joined.status, _reason(joined, extent))


def _not_followed(layer: LayerNode, sources: tuple[LayerNode, ...]) -> str:
    """Why rows and columns cannot be told through a layer; "" if they can."""
    words = layer.operation.replace("_", " ")
    if not layer.known:
        return f"{layer.operation} is not understood."
    if not all(each.is_plain for each in (layer, *sources)):
        return f"The axes of {layer.operation} are not channels with rows and columns."
    if not all(same_axes(layer, source) for source in sources):
        return f"Where channels are last, what {words} does to rows and columns is not followed."
    return ""


def _carried(layer: LayerNode, before: list[LayerField]) -> Extent:
    """The extent where nothing is known of the axes: what saw everything still does."""
    seen = [field.extent == "global" for field in before]
    return "global" if all(seen) or (layer.pointwise and any(seen)) else "local"


def _over_channels(
    layer: LayerNode, sources: tuple[LayerNode, ...], field: LocalField, branches: list[LayerField]
) -> LocalField:
    """The field, with what is known of which channels see it, and a bound if perhaps none does."""
    channels = layer.output_shape[0]
    run = max((each.local.run for each in branches if each.local is not None), default=1)
    if layer.operation == "concatenate" and layer.axes == (0,):
        alike = len({each.local for each in branches}) == 1
        complete = sum(source.output_shape[0] for source in sources) == channels
        uniform = alike and complete and run == 1
        return replace(field, run=1 if uniform else channels, branch_run=run)
    if run == 1 or len(sources) > 1:
        return replace(field, run=run)
    (source,) = sources
    if layer.operation in ("slice", "split"):
        taken = channels if layer.channel_step == 1 else 1
        whole = channels == source.output_shape[0]
        seen = whole or taken >= run
        return replace(field, run=run, status=field.status if seen else "bound")
    if layer.operation == "channel_shuffle":
        # Neighbours come of each branch in turn.
        mixed = layer.groups * field.branch_run if _shuffles(layer, source) else channels
        return replace(field, run=min(mixed, channels))
    return replace(field, run=_run_after(layer, source, run))


def _run_after(layer: LayerNode, source: LayerNode, run: int) -> int:
    """Of how many neighbouring channels some see it all, if of `run` of the source's some do."""
    between_maps = layer.is_map and source.is_map
    reach = channel_reach(layer, 0, (source,)) if between_maps else None
    if reach is not None and reach.sources(1) == whole_of(source.output_shape[0]):
        return 1
    may_part = layer.operation in _MAY_PART_NEIGHBOURS or (between_maps and reach is None)
    return layer.output_shape[0] if may_part else run


def _shuffles(layer: LayerNode, source: LayerNode) -> bool:
    """True if the groups of a shuffle are the branches of a concatenation."""
    size = layer.output_shape[0] // layer.groups
    parts = tuple(range(0, layer.output_shape[0], size))
    return source.operation == "concatenate" and source.axes == (0,) and source.offsets == parts


def _reason(local: LocalField, extent: Extent) -> str:
    if extent == "global":
        return (
            "Through the gates on the way (squeeze-and-excitation) every unit sees the whole "
            "input; the size is that of the maps they scale."
        )
    if local.status == "bound":
        return (
            "Windows of different sizes, padding that mirrors the map, or some channels of several "
            "branches lie on the way: no unit sees more than this."
        )
    return ""


def _through(layer: LayerNode, source: LayerNode, field: LocalField) -> LocalField | str:
    """The field of a layer as far as this one of its inputs decides it."""
    if is_broadcast(layer, source):
        return "What is broadcast over a map does not slide."
    if layer.window == POINTWISE:
        return field
    rows = _along(layer, source, 0, field.rows)
    columns = _along(layer, source, 1, field.columns)
    if rows is None or columns is None:
        return f"{layer.operation.replace('_', ' ')} is not a sliding window."
    exact = rows[1] and columns[1] and field.status == "exact"
    status: Status = "exact" if exact else "bound"
    return LocalField(rows[0], columns[0], field.aligned, status, field.run, field.branch_run)


def _along(
    layer: LayerNode, source: LayerNode, axis: int, field: AxisField
) -> tuple[AxisField, bool] | None:
    """The field along one axis, and whether it is exact; None if there is no closed form."""
    before, after = area_of(source)[axis], area_of(layer)[axis]
    window = axis_window(layer, axis)
    if window is None:
        if layer.operation.startswith("adaptive"):
            reach_of_pool = adaptive_window(before, after)
            return _bound(field, reach_of_pool, Fraction(before, after)), before % after == 0
        return (field, True) if area_of(source) == area_of(layer) == (1, 1) else None
    reach = window.dilation * (window.kernel - 1)
    if layer.operation == "transposed_convolution":
        first = Fraction(window.padding - reach, window.stride)
        last = Fraction(window.padding, window.stride)
        spread = (last - first) * field.stride
        found = AxisField(
            field.size + spread, field.stride / window.stride, field.start + first * field.stride
        )
        return found, window.stride == 1
    if window.padding_mode == "circular" and any(layer.window.padding[axis]):  # type: ignore[union-attr]  # it has one
        return None  # windows at one border also read the other
    if window.padding_mode != "constant":
        reads = window_reach(window, before, after)
        return _bound(field, reads, Fraction(window.stride)), False
    found = AxisField(
        size=field.size + reach * field.stride,
        stride=field.stride * window.stride,
        start=field.start - window.padding * field.stride,
    )
    return found, True


def _bound(field: AxisField, reach: AxisReach, step: Fraction) -> AxisField:
    """One size and start for all units, so that none reads more.

    Args:
        field: of the layer that is read.
        reach: what each unit reads of it.
        step: positions that lie between two units.
    """
    spans = [(index, span(bits)) for index, bits in enumerate(reach.reads) if bits]
    first = min((start - index * step for index, (start, _) in spans), default=Fraction(0))
    end = max((stop - index * step for index, (_, stop) in spans), default=Fraction(1))
    return AxisField(
        size=field.size + (end - first - 1) * field.stride,
        stride=field.stride * step,
        start=field.start + first * field.stride,
    )


def _joined(fields: list[LocalField | str]) -> LocalField | str:
    """The union over branches, or in words why there is none."""
    known = [field for field in fields if isinstance(field, LocalField)]
    if len(known) < len(fields):
        return next(field for field in fields if isinstance(field, str))
    if all(field == known[0] for field in known):
        return known[0]
    rows = _united([field.rows for field in known])
    columns = _united([field.columns for field in known])
    if rows is None or columns is None:
        return (
            "Branches with different strides meet here, so no one size and stride fits all units."
        )
    aligned = all(field.aligned for field in known) and all(
        len({axis.centre for axis in axes}) == 1
        for axes in ([field.rows for field in known], [field.columns for field in known])
    )
    exact = all(field.status == "exact" for field in known)
    return LocalField(rows, columns, aligned, "exact" if exact else "bound")


def _united(axes: list[AxisField]) -> AxisField | None:
    if len({axis.stride for axis in axes}) > 1:
        return None
    start = min(axis.start for axis in axes)
    end = max(axis.start + axis.size for axis in axes)
    return AxisField(end - start, axes[0].stride, start)
