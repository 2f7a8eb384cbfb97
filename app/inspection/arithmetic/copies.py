"""Operations that compute nothing: they hand on another unit's value, or a constant."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation
from app.inspection.arithmetic.windows import patch_at, source_of
from app.inspection.fields.interpolation import INTERPOLATIONS, interpolation_weights


def concatenate(site: Site) -> Explanation:
    """The branch whose channels cover this one."""
    branches = site.operands["tensors"]
    full = list(site.full_place(site.layer.id, site.place))
    axis = site.operands["dim"] % len(full)
    offset = 0
    for number, branch in enumerate(branches):
        sizes = site.full_shape(branch) if isinstance(branch, str) else tuple(branch.shape)
        if len(sizes) != len(full):
            raise UnexplainedError("How its branches are laid beside each other is not known.")
        size = sizes[axis]
        if full[axis] < offset + size:
            full[axis] -= offset
            what = "channel" if site.is_channel_axis(axis) else "position"
            note = (
                f"It comes through branch {number + 1} of {len(branches)}, which is {what}s "
                f"{offset} to {offset + size - 1} here."
            )
            return _from(site, branch, full, note)
        offset += size
    raise UnexplainedError("No branch covers this channel.")


def stack(site: Site) -> Explanation:
    """The layer that was put at this place of the new axis."""
    layers = site.operands["tensors"]
    full = list(site.full_place(site.layer.id, site.place))
    chosen = layers[full.pop(site.operands["dim"] % len(full))]
    return _from(site, chosen, full)


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
    return copied(site, source, (group * members + member, *rest), note)


def cut_of_maps(site: Site) -> Explanation:
    """A slice or a part of a split: some channels, rows and columns of the input."""
    source = site.layer.inputs[0]
    window = site.layer.window
    if window is None:
        raise UnexplainedError("What this takes is not known.")
    channel, *place = site.place
    start, stop = site.layer.channels or (0, site.shape(source)[0])
    step = site.layer.channel_step
    if -(-(stop - start) // step) != site.layer.output_shape[0]:
        raise UnexplainedError("Which channels this takes is not known.")
    taken = [
        index * window.stride[axis] - window.padding[axis][0] for axis, index in enumerate(place)
    ]
    note = f"It takes channels {start} to {stop - 1}." if site.layer.channels else ""
    return copied(site, source, (start + channel * step, *taken), note)


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
        return copied(site, source, place, note)
    constant = float(source[(0, *place)])
    return site.explain("copy", constant, "{constant}", constant=constant, note=note)


def cut_of_vector(site: Site, source: str) -> Explanation | None:
    taken = site.layer.channels
    vectors = all(
        site.graph.layer(each).is_plain and len(site.shape(each)) == 1
        for each in (site.layer.id, source)
    )
    if not vectors or taken is None:
        return None
    return copied(site, source, (range(*taken, site.layer.channel_step)[site.place[0]],))


def reshape(site: Site) -> Explanation:
    """The same values in another shape: the one that stands at the same place in the row."""
    source = _resized(site)
    own = site.own_place(site.layer.id, site.place)
    shape, before = site.own_shape(site.layer.id), site.own_shape(source)
    if np.prod(shape) != np.prod(before):
        raise UnexplainedError("It changes how many values there are.")
    flat = int(np.ravel_multi_index(own, shape))
    found = tuple(int(index) for index in np.unravel_index(flat, before))
    note = f"Written in one row, channel by channel, row by row, it is number {flat}."
    return copied(site, source, site.shown_place(source, found), note)


def _resized(site: Site) -> str:
    source = site.operands.get("self", site.layer.inputs[0])
    if not isinstance(source, str):
        raise UnexplainedError("It is a constant in the shape of a layer.")
    return source


def permute(site: Site) -> Explanation:
    """The same values with their axes in another order."""
    source = site.layer.inputs[0]
    full = site.full_place(site.layer.id, site.place)
    rank = len(full)
    order = _order(site.operands, rank)
    if len(site.full_shape(source)) != rank:
        raise UnexplainedError("Which axes it exchanges is not known.")
    before = [0] * rank
    for index, axis in zip(full, order, strict=True):
        before[axis] = index
    note = "Only the order of the axes in memory changes."
    return copied(site, source, site.place_of(source, before), note)


def _order(operands: dict[str, Any], rank: int) -> list[int]:
    """Which axis of what it reads each of its axes is."""
    if "dims" in operands:
        return [dimension % rank for dimension in operands["dims"]]
    if "source" in operands:  # movedim
        source, destination = (
            [one % rank for one in (given if isinstance(given, tuple) else (given,))]
            for given in (operands["source"], operands["destination"])
        )
        moved = dict(zip(destination, source, strict=True))
        left = iter(axis for axis in range(rank) if axis not in source)
        return [moved[axis] if axis in moved else next(left) for axis in range(rank)]
    names = ("dim0", "dim1") if "dim0" in operands else ("axis0", "axis1")
    first, second = (operands.get(name, place) % rank for place, name in enumerate(names))
    order = list(range(rank))
    order[first], order[second] = order[second], order[first]
    return order


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
        return copied(site, source, site.shown_place(source, place))
    value = site.operands.get("value")
    constant = float(value) if isinstance(value, int | float) else 0.0
    return site.explain(
        "copy", constant, "{padding}", padding=constant, note="It lies in the padding."
    )


def same(site: Site) -> Explanation:
    """The very value of its input."""
    return copied(site, site.layer.inputs[0], site.place)


def resized_axes(site: Site) -> Explanation:
    """Axes of one added or taken away, or repeated to a size."""
    source = _resized(site)
    before, after = site.shape(source), site.layer.output_shape
    if np.prod(before) == np.prod(after):
        return reshape(site)
    full = site.full_place(site.layer.id, site.place)
    sizes = site.full_shape(source)
    repeated = [
        0 if size == 1 else index
        for index, size in zip(full[len(full) - len(sizes) :], sizes, strict=True)
    ]
    return copied(site, source, site.place_of(source, repeated), "One value is repeated.")


def pixel_shuffle(site: Site) -> Explanation:
    """Channels become positions: factor x factor channels one block of pixels (Shi et al. 2016)."""
    source = site.layer.inputs[0]
    factor = int(site.operands["upscale_factor"])
    channel, row, column = site.place
    before = channel * factor**2 + row % factor * factor + column % factor
    return copied(site, source, (before, row // factor, column // factor))


def upsample(site: Site) -> Explanation:
    """The nearest value of a smaller map, or a mean of its neighbours by their distances."""
    if site.layer.aten_name not in INTERPOLATIONS or len(site.place) != 3:
        raise UnexplainedError("Interpolation of this kind has no explanation here.")
    source = site.layer.inputs[0]
    before, after = site.shape(source)[1:], site.layer.output_shape[1:]
    channel, *place = site.place
    weights = [
        interpolation_weights(site.layer, axis, before[axis], after[axis])[index].numpy()
        for axis, index in enumerate(place)
    ]
    rows, columns = (np.flatnonzero(one) for one in weights)
    if len(rows) == len(columns) == 1:
        return copied(site, source, (channel, int(rows[0]), int(columns[0])))
    read = tuple(rows.tolist()), tuple(columns.tolist())
    patch = patch_at(site, source, range(channel, channel + 1), read)
    products = np.outer(weights[0][rows], weights[1][columns])[None].astype(np.float32)
    weighed = replace(patch, weights=products)
    total = weighed.total
    note = "The weights say how near each is."
    return site.explain("weighted_sum", total, "{sum}", sum=total, patch=weighed, note=note)


def _from(
    site: Site, chosen: str | torch.Tensor, full: Sequence[int], note: str = ""
) -> Explanation:
    """A unit of a layer, or a number that no picture changes."""
    if isinstance(chosen, str):
        return copied(site, chosen, site.place_of(chosen, full), note)
    constant = float(chosen[tuple(full)])
    what = "It is a constant of the network."
    return site.explain(
        "copy", constant, "{constant}", constant=constant, note=f"{note} {what}".strip()
    )


def copied(site: Site, source: str, place: Sequence[int], note: str = "") -> Explanation:
    """The value of another unit as it is."""
    operand = site.operand(source, place)
    return site.explain(
        "copy", operand.value, "{x}", x=operand, note=note, derivatives=((operand, 1.0),)
    )
