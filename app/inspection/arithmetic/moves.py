"""Operations that move numbers: they stand where others stood, and none is computed."""

from typing import Any

import numpy as np
import torch

from app.inspection.arithmetic.copies import copied, cut_of_maps, cut_of_vector
from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation
from app.inspection.fields.layer_reach import same_axes


def roll(site: Site) -> Explanation:
    """Shifted along axes; what leaves at one end comes back at the other."""
    source, full, shape = _whole(site)
    dims, shifts = _numbers(site.operands["dims"]), _numbers(site.operands["shifts"])
    if len(dims) != len(shifts):
        raise UnexplainedError("It is shifted as if it were written in one row.")
    for axis, shift in zip(dims, shifts, strict=True):
        full[axis] = (full[axis] - shift) % shape[axis]
    return copied(site, source, site.place_of(source, full))


def flip(site: Site) -> Explanation:
    """Turned round along axes."""
    source, full, shape = _whole(site)
    for axis in _numbers(site.operands["dims"]):
        full[axis] = shape[axis] - 1 - full[axis]
    return copied(site, source, site.place_of(source, full))


def index(site: Site) -> Explanation:
    """The entries of one axis that a list of places names."""
    source = site.operands["self"]
    full = list(site.full_place(site.layer.id, site.place))
    if "index" in site.operands:
        places: Any = site.operands["index"]
        axis = int(site.operands["dim"]) % len(full)
    else:
        given = site.operands["indices"]
        chosen = [axis for axis, one in enumerate(given) if one is not None]
        axis, places = chosen[0], given[chosen[0]]
        if len(chosen) != 1:
            raise UnexplainedError("It takes places along several axes at once.")
    if not isinstance(source, str) or not isinstance(places, torch.Tensor) or places.dim() != 1:
        raise UnexplainedError("Which places it takes is computed from the picture.")
    if places.dtype == torch.bool or len(site.full_shape(source)) != len(full):
        raise UnexplainedError("Which places it takes is not known.")
    full[axis] = int(places[full[axis]]) % site.full_shape(source)[axis]
    return copied(site, source, site.place_of(source, full))


def cut(site: Site) -> Explanation:
    """A slice, a part of a split, or one entry of an axis."""
    source = site.layer.inputs[0]
    plain = all(site.graph.layer(one).is_plain for one in (site.layer.id, source))
    if plain and same_axes(site.layer, site.graph.layer(source)):
        if site.layer.window is not None and len(site.shape(source)) == 3:
            return cut_of_maps(site)
        found = cut_of_vector(site, source)
        if found is not None:
            return found
    return _cut_of_any_axes(site)


def _cut_of_any_axes(site: Site) -> Explanation:
    """One entry of an axis, or every so manieth of a range of them."""
    source = site.operands["self"]
    if not isinstance(source, str) or len(site.layer.aten) > 2:
        raise UnexplainedError("What this takes is not known.")
    shape = site.full_shape(source)
    full = list(site.full_place(site.layer.id, site.place))
    axis = int(site.operands["dim"]) % len(shape)
    item = site.layer.arguments.get("item", site.operands.get("index"))
    if site.layer.aten_name in ("unbind", "select") and isinstance(item, int):
        full.insert(axis, item % shape[axis])
    elif site.layer.aten_name == "slice" and len(site.layer.aten) == 1:
        ends = slice(*(site.operands[name] for name in ("start", "end", "step")))
        full[axis] = range(shape[axis])[ends][full[axis]]
    else:
        raise UnexplainedError("What this takes is not known.")
    if len(full) != len(shape):
        raise UnexplainedError("What this takes is not known.")
    return copied(site, source, site.place_of(source, full))


def repeat(site: Site) -> Explanation:
    """The same numbers again and again along axes."""
    source, full, shape = _whole(site, same_rank=False)
    own = full[len(full) - len(shape) :]
    found = [place % size for place, size in zip(own, shape, strict=True)]
    return copied(site, source, site.place_of(source, found), "The same numbers, repeated.")


def repeat_interleave(site: Site) -> Explanation:
    """Each entry of an axis several times in a row."""
    source, full, _ = _whole(site)
    times, axis = site.operands.get("repeats"), site.operands.get("dim")
    if not isinstance(times, int) or not isinstance(axis, int):
        raise UnexplainedError("How often it repeats is not known.")
    full[axis] //= times
    return copied(site, source, site.place_of(source, full), "The same numbers, repeated.")


def unfold(site: Site) -> Explanation:
    """A patch of the maps in each column (im2col): channel by channel, row by row."""
    source = site.operands["self"]
    if not isinstance(source, str) or not site.graph.layer(source).is_map:
        raise UnexplainedError("What this unfolds is not known.")
    settings = (
        (_pair(site.operands[name])) for name in ("kernel_size", "dilation", "padding", "stride")
    )
    kernel, dilation, padding, stride = settings
    sizes = site.own_shape(source)[1:]
    counts = [
        (sizes[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) // stride[axis]
        + 1
        for axis in (0, 1)
    ]
    term, position = site.own_place(site.layer.id, site.place)
    channel, taps = (
        term // (kernel[0] * kernel[1]),
        np.unravel_index(term % (kernel[0] * kernel[1]), kernel),
    )
    corner = np.unravel_index(position, counts)
    own = [
        int(corner[axis]) * stride[axis] - padding[axis] + int(taps[axis]) * dilation[axis]
        for axis in (0, 1)
    ]
    if not all(0 <= place < size for place, size in zip(own, sizes, strict=True)):
        return site.explain("copy", 0.0, "{padding}", padding=0.0, note="It lies in the padding.")
    return copied(site, source, site.shown_place(source, (channel, *own)))


def max_unpool(site: Site) -> Explanation:
    """What was the largest of a window stands again where it stood, zeros elsewhere."""
    source, places = site.operands["self"], site.operands["indices"]
    if not isinstance(source, str) or not isinstance(places, str):
        raise UnexplainedError("What this puts back is not known.")
    layers = [site.graph.layer(one) for one in (site.layer.id, source, places)]
    if not all(one.is_map for one in layers) or any(site.is_last(one.id) for one in layers):
        raise UnexplainedError("What this puts back is not known.")
    channel, row, column = site.place
    wanted = row * site.layer.output_shape[2] + column
    found = np.argwhere(site.array(places)[channel] == wanted)
    if not len(found):
        note = "Nothing was the largest here."
        return site.explain("copy", 0.0, "{zero}", zero=0.0, note=note)
    return copied(site, source, (channel, *(int(place) for place in found[-1])))


def constant(site: Site) -> Explanation:
    """A number that no picture changes."""
    name = site.layer.aten_name
    value = site.operands.get("fill_value", float("ones" in name))
    if not isinstance(value, int | float):
        raise UnexplainedError("Which number this is was computed.")
    note = "It takes the shape of what it is given, and no number of it."
    return site.explain("copy", float(value), "{constant}", constant=float(value), note=note)


def _whole(site: Site, *, same_rank: bool = True) -> tuple[str, list[int], tuple[int, ...]]:
    """What is moved, the unit's place with all axes, and the sizes of what is moved."""
    source = site.operands["self"]
    if not isinstance(source, str):
        raise UnexplainedError("This layer reads no other layer.")
    full, shape = list(site.full_place(site.layer.id, site.place)), site.full_shape(source)
    if len(shape) > len(full) or (same_rank and len(shape) != len(full)):
        raise UnexplainedError("Which axes it moves is not known.")
    return source, full, shape


def _numbers(value: Any) -> list[int]:
    return [int(one) for one in (value if isinstance(value, tuple) else (value,))]


def _pair(value: Any) -> tuple[int, int]:
    found = _numbers(value)
    return found[0], found[-1]
