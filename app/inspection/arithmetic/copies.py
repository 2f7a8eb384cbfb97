"""Operations that compute nothing: they hand on another unit's value, or a constant."""

from collections.abc import Sequence

import numpy as np

from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation
from app.inspection.arithmetic.windows import source_of


def concatenate(site: Site) -> Explanation:
    """The branch whose channels cover this one."""
    branches = site.operands["tensors"]
    own = list(site.own_place(site.layer.id, site.place))
    axis = site.operands["dim"] % (len(own) + 1) - 1
    offset = 0
    for number, branch in enumerate(branches):
        if not isinstance(branch, str):
            raise UnexplainedError("One of the branches is a constant.")
        size = site.own_shape(branch)[axis]
        if own[axis] < offset + size:
            own[axis] -= offset
            what = "channel" if site.shown_axis(site.layer.id, axis) == 0 else "position"
            note = (
                f"It comes through branch {number + 1} of {len(branches)}, which is {what}s "
                f"{offset} to {offset + size - 1} here."
            )
            return _copy(site, branch, site.shown_place(branch, tuple(own)), note)
        offset += size
    raise UnexplainedError("No branch covers this channel.")


def stack(site: Site) -> Explanation:
    """The layer that was put at this place of the new axis."""
    layers = site.operands["tensors"]
    own = list(site.own_place(site.layer.id, site.place))
    axis = site.operands["dim"] % (len(own) + 1) - 1
    chosen = layers[own.pop(axis)]
    if not isinstance(chosen, str):
        raise UnexplainedError("One of the layers is a constant.")
    return _copy(site, chosen, site.shown_place(chosen, tuple(own)))


def channel_shuffle(site: Site) -> Explanation:
    """Channels read as (groups, members) and transposed.

    Channel i becomes what was member i // groups of group i % groups.
    """
    source = site.layer.inputs[0]
    channel, *rest = site.place
    groups = site.layer.groups
    members = site.layer.output_shape[0] // groups
    group, member = channel % groups, channel // groups
    note = f"It is member {member} of group {group}, of {groups} groups of {members}."
    return _copy(site, source, (group * members + member, *rest), note)


def cut(site: Site) -> Explanation:
    """A slice or a part of a split: some channels, rows and columns of the input."""
    source = site.layer.inputs[0]
    window = site.layer.window
    if window is None or len(site.shape(source)) != 3:
        return _cut_of_vector(site, source)
    channel, *place = site.place
    start, stop = site.layer.channels or (0, site.shape(source)[0])
    step = site.operands["step"] if _slices_channels(site) else 1
    if -(-(stop - start) // step) != site.layer.output_shape[0]:
        raise UnexplainedError("Which channels this takes is not known.")
    taken = [
        index * window.stride[axis] - window.padding[axis][0] for axis, index in enumerate(place)
    ]
    note = f"It takes channels {start} to {stop - 1}." if site.layer.channels else ""
    return _copy(site, source, (start + channel * step, *taken), note)


def overwrite(site: Site) -> Explanation:
    """What stood there before, or what was written over it."""
    written = site.layer.overwritten
    if written is None:
        raise UnexplainedError("Where this writes is not known.")
    place = list(site.place)
    source, note = site.operands["self"], "Nothing was written here."
    if place[written.axis] in written.positions:
        index = written.positions.index(place[written.axis])
        place[written.axis : written.axis + 1] = [index] if written.has_axis else []
        axis = ("channel", "row", "column")[written.axis]
        first, last = written.positions[0], written.positions[-1]
        where = f"{axis} {first}" if first == last else f"{axis}s {first} to {last}"
        source, note = site.operands["src"], f"What was there is written over, in {where}."
    if isinstance(source, str):
        return _copy(site, source, place, note)
    constant = float(source[(0, *place)])
    return site.explain("copy", constant, "{constant}", constant=constant, note=note)


def _slices_channels(site: Site) -> bool:
    return "step" in site.operands and site.operands["dim"] in (1, -3)


def _cut_of_vector(site: Site, source: str) -> Explanation:
    if len(site.place) != 1 or len(site.shape(source)) != 1 or "split" in site.layer.operation:
        raise UnexplainedError("What this takes is not known.")
    size = site.shape(source)[0]
    if "index" in site.operands:
        raise UnexplainedError("What this takes is not known.")
    ends = site.operands["start"], site.operands["end"], site.operands["step"]
    return _copy(site, source, (range(size)[slice(*ends)][site.place[0]],))


def reshape(site: Site) -> Explanation:
    """The same values in another shape: the one that stands at the same place in the row."""
    source = site.layer.inputs[0]
    own = site.own_place(site.layer.id, site.place)
    shape, before = site.own_shape(site.layer.id), site.own_shape(source)
    if np.prod(shape) != np.prod(before):
        raise UnexplainedError("It changes how many values there are.")
    flat = int(np.ravel_multi_index(own, shape))
    found = tuple(int(index) for index in np.unravel_index(flat, before))
    note = f"Written in one row, channel by channel, row by row, it is number {flat}."
    return _copy(site, source, site.shown_place(source, found), note)


def permute(site: Site) -> Explanation:
    """The same values with their axes in another order."""
    source = site.layer.inputs[0]
    own = site.own_place(site.layer.id, site.place)
    rank = len(own) + 1  # as ATen counts, with the axis for pictures in front
    if "dims" in site.operands:
        order = [dimension % rank for dimension in site.operands["dims"]]
    else:
        order = list(range(rank))
        first, second = (site.operands[name] % rank for name in ("dim0", "dim1"))
        order[first], order[second] = order[second], order[first]
    if order[0] != 0:
        raise UnexplainedError("It exchanges pictures with something else.")
    before = [0] * len(own)
    for index, axis in zip(own, order[1:], strict=True):
        before[axis - 1] = index
    note = "Only the order of the axes in memory changes."
    return _copy(site, source, site.shown_place(source, tuple(before)), note)


def pad(site: Site) -> Explanation:
    """The input with a frame around it."""
    source = site.layer.inputs[0]
    amounts: Sequence[int] = site.operands["pad"]
    mode = str(site.operands.get("mode", "constant"))
    own = list(site.own_place(site.layer.id, site.place))
    shape = site.own_shape(source)
    found: list[int | None] = []
    for axis, (index, size) in enumerate(zip(own, shape, strict=True)):
        # torch lists the last axis first.
        at = 2 * (len(shape) - 1 - axis)
        before = amounts[at] if at < len(amounts) else 0
        found.append(source_of(index - before, size, mode))
    place = tuple(index for index in found if index is not None)
    if len(place) == len(found):
        return _copy(site, source, site.shown_place(source, place))
    value = site.operands.get("value")
    constant = float(value) if isinstance(value, int | float) else 0.0
    return site.explain(
        "copy", constant, "{padding}", padding=constant, note="It lies in the padding."
    )


def same(site: Site) -> Explanation:
    """The very value of its input."""
    return _copy(site, site.layer.inputs[0], site.place)


def resized_axes(site: Site) -> Explanation:
    """Axes of one added or taken away, or repeated to a size."""
    source = site.layer.inputs[0]
    before, after = site.shape(source), site.layer.output_shape
    if np.prod(before) == np.prod(after):
        return reshape(site)
    if len(before) != len(after):
        raise UnexplainedError("Which axis is repeated is not known.")
    return _copy(
        site,
        source,
        tuple(0 if size == 1 else index for index, size in zip(site.place, before, strict=True)),
        "One value is repeated.",
    )


def pixel_shuffle(site: Site) -> Explanation:
    """Channels become positions: factor x factor channels one block of pixels (Shi et al. 2016)."""
    source = site.layer.inputs[0]
    factor = int(site.operands["upscale_factor"])
    channel, row, column = site.place
    before = channel * factor**2 + row % factor * factor + column % factor
    return _copy(site, source, (before, row // factor, column // factor))


def upsample_nearest(site: Site) -> Explanation:
    """The nearest value of a smaller map."""
    if site.layer.aten[0].split(".")[1] != "upsample_nearest2d":
        raise UnexplainedError("Interpolation between values has no explanation here.")
    source = site.layer.inputs[0]
    before, after = site.shape(source), site.layer.output_shape
    channel, *place = site.place
    found = [index * before[axis] // after[axis] for axis, index in enumerate(place, start=1)]
    return _copy(site, source, (channel, *found))


def _copy(site: Site, source: str, place: Sequence[int], note: str = "") -> Explanation:
    operand = site.operand(source, place)
    return site.explain(
        "copy", operand.value, "{x}", x=operand, note=note, derivatives=((operand, 1.0),)
    )
