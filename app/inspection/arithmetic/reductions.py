"""Pooling and means: many values of one channel become one."""

import math
from dataclasses import replace

import numpy as np

from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation, Patch
from app.inspection.arithmetic.windows import Sources, patch_at, source_of, window_sources


def max_pool(site: Site) -> Explanation:
    """The largest value under the window; padding never wins, unless the network put it there."""
    source = _source(site)
    channel = site.place[0]
    window = site.layer.window
    own = tuple((amount, amount) for amount in _pair(site.operands["padding"]))
    # What the pooling itself hangs over never wins; what an operation before it added may.
    padding = -np.inf if window is None or window.padding == own else window.padding_value
    channels = range(channel, channel + 1)
    patch = patch_at(site, source, channels, window_sources(site, source), padding)
    return _maximum(site, patch)


def adaptive_max_pool(site: Site) -> Explanation:
    """The largest value of the part of the map that falls to this output position."""
    source = _source(site)
    sources = _adaptive_sources(site, source)
    return _maximum(site, patch_at(site, source, range(site.place[0], site.place[0] + 1), sources))


def largest(site: Site) -> Explanation:
    """The largest value along some axes.

    Backpropagation divides the slope among equal ones, but where the operation also says which it
    took: that one has it all.
    """
    patch = _reduced(site)
    shares = 1 if _says_where(site) else _sharing(patch, patch.values.max())
    return _maximum(site, patch, sharing=shares)


def smallest(site: Site) -> Explanation:
    """The smallest value along some axes."""
    patch = _reduced(site)
    place = int(np.argmin(patch.values))
    found = patch.operand(place)
    value = float(patch.values.ravel()[place])
    shares = 1 if _says_where(site) else _sharing(patch, patch.values.min())
    return site.explain(
        "maximum",
        value,
        "{smallest}",
        smallest=found or value,
        rule=f"the smallest of {patch.size} values",
        patch=patch,
        winner=place,
        derivatives=((found, 1 / shares),) if found else (),
    )


def _sharing(patch: Patch, extreme: np.float32) -> int:
    """How many values are the largest or smallest; one alone that is no number equals none."""
    return max(1, int((patch.values == extreme).sum()))


def _says_where(site: Site) -> bool:
    return site.layer.aten_name in ("max", "min") and "dim" in site.operands


def variance(site: Site) -> Explanation:
    """The mean square of the distances from the mean, by the count less the correction."""
    patch, spread, count = _spread(site)
    return site.explain(
        "normalisation",
        spread / count,
        "{squares} / {count}",
        squares=spread,
        count=count,
        note=f"squares is the sum of the squares of the distances of {patch.size} from their mean.",
        patch=patch,
    )


def standard_deviation(site: Site) -> Explanation:
    """The root of the variance."""
    patch, spread, count = _spread(site)
    return site.explain(
        "normalisation",
        np.sqrt(spread / count),
        "sqrt({squares} / {count})",
        squares=spread,
        count=count,
        note=f"squares is the sum of the squares of the distances of {patch.size} from their mean.",
        patch=patch,
    )


def _spread(site: Site) -> tuple[Patch, float, float]:
    patch = _reduced(site)
    operands = site.operands
    less = operands.get("correction", 1)
    if "unbiased" in operands:
        less = int(bool(operands["unbiased"]))
    count = patch.size - float(1 if less is None else less)
    if count <= 0 or not patch.size:
        raise UnexplainedError("The spread of a single number, or of none, is none.")
    values = patch.values.astype(np.float64)
    return patch, float(((values - values.mean()) ** 2).sum()), count


def norm(site: Site) -> Explanation:
    """The length of a vector: the root of the sum of squares; other powers likewise."""
    patch = _reduced(site)
    power = site.operands.get("ord", site.operands.get("p", 2))
    power = 2.0 if power is None else float(power)
    if not 0 < power < math.inf:
        raise UnexplainedError("A length of this order has no explanation.")
    total = float((np.abs(patch.values.astype(np.float64)) ** power).sum())
    return site.explain(
        "normalisation",
        np.float64(total) ** (1 / power),
        "{powers} ** (1 / {order})",
        powers=total,
        order=power,
        note=f"powers is the sum of the powers of the sizes of {patch.size} values.",
        patch=patch,
    )


def log_of_exponentials(site: Site) -> Explanation:
    """The logarithm of the sum of exponentials, the largest taken off for safety."""
    patch = _reduced(site)
    values = patch.values.astype(np.float64)
    most = float(values.max(initial=-np.inf))
    # What is taken off an infinity, or of none at all, would leave no number.
    most = 0.0 if math.isinf(most) else most
    total = float(np.exp(values - most).sum())
    return site.explain(
        "normalisation",
        most + np.log(total),
        "{largest} + log({total})",
        largest=most,
        total=total,
        note=f"total is the sum of exp(value - largest) over {patch.size} values.",
        patch=patch,
    )


def average_pool(site: Site) -> Explanation:
    """The sum under the window, divided by the number of values that count."""
    source = _source(site)
    window = site.layer.window
    if window is None or window.padding_mode != "constant":
        raise UnexplainedError("What this pooling reads is not known.")
    own = _pair(site.operands["padding"])
    sources: list[Sources] = []
    counted, held = 1, 1
    for axis, (index, size) in enumerate(zip(site.place[1:], site.shape(source)[1:], strict=True)):
        # What an operation before added counts as values; what the pooling adds may not.
        before, after = (amount - own[axis] for amount in window.padding[axis])
        whole = size + before + after
        start = index * window.stride[axis] - own[axis]
        stop = min(start + window.kernel[axis], whole + own[axis])
        counted *= stop - start
        held *= min(stop, whole) - max(start, 0)
        sources.append(
            tuple(source_of(position - before, size, "constant") for position in range(start, stop))
        )
    channels = range(site.place[0], site.place[0] + 1)
    padding = 0.0 if any(own) else window.padding_value
    patch = patch_at(site, source, channels, (sources[0], sources[1]), padding)
    divisor = site.operands["divisor_override"]
    if divisor is None:
        divisor = counted if site.operands["count_include_pad"] else held
    return _mean(site, patch, divisor)


def adaptive_average_pool(site: Site) -> Explanation:
    """The mean of the part of the map that falls to this output position.

    Output row i of n takes the input's rows from floor(i * rows / n) to ceil((i + 1) * rows / n).
    """
    source = _source(site)
    channels = range(site.place[0], site.place[0] + 1)
    patch = patch_at(site, source, channels, _adaptive_sources(site, source))
    return _mean(site, patch, patch.size)


def mean(site: Site) -> Explanation:
    """The mean along some axes."""
    patch = _reduced(site)
    return _mean(site, patch, patch.size)


def total(site: Site) -> Explanation:
    """The sum along some axes."""
    patch = _reduced(site)
    weighed = replace(patch, weights=np.ones_like(patch.values))
    return site.explain("weighted_sum", patch.total, "{sum}", sum=patch.total, patch=weighed)


def _mean(site: Site, patch: Patch, divisor: int) -> Explanation:
    weighed = replace(patch, weights=np.ones_like(patch.values))
    total = weighed.total
    return site.explain(
        "weighted_sum",
        np.float64(total) / divisor,
        "{sum} / {count}",
        sum=total,
        count=float(divisor),
        patch=weighed,
        divisor=float(divisor),
    )


def _maximum(site: Site, patch: Patch, sharing: int = 1) -> Explanation:
    """Of a block of values, `sharing` of which are the largest and take the slope together."""
    winner = int(np.argmax(patch.values))
    value = float(patch.values.ravel()[winner])
    found = patch.operand(winner)
    note = "" if found else "The padding itself is the largest."
    if sharing > 1:
        note = f"{sharing} values are the largest, this is the first: each takes 1 / {sharing}."
    return site.explain(
        "maximum",
        value,
        "{largest}",
        largest=found or value,
        rule=f"the largest of {patch.size} values",
        note=note,
        patch=patch,
        winner=winner,
        derivatives=((found, 1 / sharing),) if found else (),
    )


def _source(site: Site) -> str:
    source = site.operands["self"]
    if not isinstance(source, str):
        raise UnexplainedError("This layer reads no other layer.")
    return source


def _pair(value: object) -> tuple[int, int]:
    values = value if isinstance(value, tuple) else (value,)
    return int(values[0]), int(values[-1])


def _adaptive_sources(site: Site, source: str) -> tuple[Sources, Sources]:
    found: list[Sources] = []
    for axis in (1, 2):
        index, size = site.place[axis], site.shape(source)[axis]
        count = site.layer.output_shape[axis]
        found.append(tuple(range(index * size // count, -(-(index + 1) * size // count))))
    return found[0], found[1]


def _reduced(site: Site) -> Patch:
    """The block that one number of a reduction along axes is made of."""
    source = _source(site)
    shape = site.shape(source)
    if len(shape) not in (1, 3):
        raise UnexplainedError(f"{source} has the shape {shape}: neither a vector nor maps.")
    free = site.axes(source, site.operands.get("dim"))
    if -1 in free:
        raise UnexplainedError("It sums over pictures.")
    own = list(site.own_place(site.layer.id, site.place))
    reduced = sorted(
        own_axis for own_axis in range(len(shape)) if site.shown_axis(source, own_axis) in free
    )
    place: list[int] = []
    for axis in range(len(shape)):
        if axis in reduced:
            place.append(0)
            if site.operands.get("keepdim") and own:
                own.pop(0)
        else:
            place.append(own.pop(0))
    return site.block(source, site.shown_place(source, tuple(place)), free)
