"""Two numbers at one place: sums at a bridge, products with a gate."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation, Operand

Number = Operand | float
Plain = float | np.float64


def add(site: Site) -> Explanation:
    """The sum of both; each passes the gradient on as it is."""
    first, second = _both(site)
    factor = float(site.operands.get("alpha", 1))
    if factor == 1:
        total = _value(first) + _value(second)
        return _explained(site, "{a} + {b}", total, (first, second), (1, 1))
    explained = _value(first) + factor * _value(second)
    return _explained(
        site, "{a} + {alpha} * {b}", explained, (first, second), (1, factor), alpha=factor
    )


def subtract(site: Site) -> Explanation:
    """The difference."""
    first, second = _both(site)
    if site.layer.aten_name == "rsub":
        first, second = second, first
    factor = float(site.operands.get("alpha", 1))
    if factor == 1:
        total = _value(first) - _value(second)
        return _explained(site, "{a} - {b}", total, (first, second), (1, -1))
    explained = _value(first) - factor * _value(second)
    return _explained(
        site, "{a} - {alpha} * {b}", explained, (first, second), (1, -factor), alpha=factor
    )


def multiply(site: Site) -> Explanation:
    """The product; each passes the gradient on times the other."""
    first, second = _both(site)
    a, b = _value(first), _value(second)
    pair = first, second
    return _explained(site, "{a} * {b}", a * b, pair, (b, a), note=_gate(first, second))


def divide(site: Site) -> Explanation:
    """The quotient."""
    first, second = _both(site)
    a, b = _value(first), _value(second)
    if site.operands.get("rounding_mode") is not None or b == 0:
        raise UnexplainedError("This quotient is rounded, or divides by zero.")
    return _explained(site, "{a} / {b}", a / b, (first, second), (1 / b, -a / b**2))


def larger(site: Site) -> Explanation:
    """The larger of both; equal ones share the slope."""
    return _chosen(site, "max({a}, {b})", np.maximum, 1)


def smaller(site: Site) -> Explanation:
    """The smaller of both."""
    return _chosen(site, "min({a}, {b})", np.minimum, -1)


def _chosen(
    site: Site, template: str, choose: Callable[[Plain, Plain], Plain], sign: int
) -> Explanation:
    pair = _both(site)
    a, b = (_value(number) for number in pair)
    first = 0.5 if a == b else float(sign * a > sign * b)
    return _explained(site, template, choose(a, b), pair, (first, 1 - first))


_COMPARISONS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "gt": (">", operator.gt),
    "ge": (">=", operator.ge),
    "lt": ("<", operator.lt),
    "le": ("<=", operator.le),
    "eq": ("==", operator.eq),
    "ne": ("!=", operator.ne),
}


def compare(site: Site) -> Explanation:
    """1 where it holds, 0 where it does not; no slope anywhere."""
    pair = _both(site)
    sign, holds = _COMPARISONS[site.layer.aten_name]
    found = float(holds(_value(pair[0]), _value(pair[1])))
    return _explained(site, f"{{a}} {sign} {{b}}", found, pair, (0, 0), note="1 where it holds.")


def where(site: Site) -> Explanation:
    """One of two numbers, as a condition has it."""
    condition = _at(site, site.operands["condition"])
    pair = _at(site, site.operands["self"]), _at(site, site.operands["other"])
    first = bool(_value(condition))
    chosen = pair[0] if first else pair[1]
    return site.explain(
        "elementwise",
        _value(chosen),
        "{chosen}",
        chosen=chosen,
        note=f"The condition {'holds' if first else 'does not hold'} here.",
        derivatives=_by_operand((chosen,), (1.0,)),
    )


def multiply_add(site: Site) -> Explanation:
    """A number, and a product added to it."""
    start, first, second = (
        _at(site, site.operands[name]) for name in ("self", "tensor1", "tensor2")
    )
    factor = float(site.operands["value"])
    a, b = _value(first), _value(second)
    template = "{start} + {a} * {b}" if factor == 1 else "{start} + {factor} * {a} * {b}"
    return site.explain(
        "elementwise",
        _value(start) + factor * a * b,
        template,
        start=start,
        a=first,
        b=second,
        **({} if factor == 1 else {"factor": factor}),
        derivatives=_by_operand((start, first, second), (1.0, factor * b, factor * a)),
    )


def blend(site: Site) -> Explanation:
    """From one number towards another, by a share of the way."""
    first, second = _at(site, site.operands["self"]), _at(site, site.operands["end"])
    share = _at(site, site.operands["weight"])
    a, b, weight = _value(first), _value(second), _value(share)
    return site.explain(
        "elementwise",
        a + weight * (b - a),
        "{a} + {share} * ({b} - {a})",
        a=first,
        b=second,
        share=share,
        derivatives=_by_operand((first, second, share), (1 - weight, weight, b - a)),
    )


def gated(site: Site) -> Explanation:
    """The first half of the channels, scaled by the sigmoid of the second (Dauphin et al. 2017)."""
    source = site.operands["self"]
    axis = int(site.operands["dim"])
    full = list(site.full_place(site.layer.id, site.place))
    if not isinstance(source, str) or len(site.full_shape(source)) != len(full):
        raise UnexplainedError("What it gates is not known.")
    axis %= len(full)
    first = site.operand(source, site.place_of(source, full))
    full[axis] += site.full_shape(source)[axis] // 2
    gate = site.operand(source, site.place_of(source, full))
    a, share = _value(first), 1 / (1 + np.exp(-_value(gate)))
    return site.explain(
        "elementwise",
        a * share,
        "{a} / (1 + exp(-{gate}))",
        a=first,
        gate=gate,
        derivatives=_by_operand((first, gate), (share, a * share * (1 - share))),
    )


def _gate(first: Number, second: Number) -> str:
    for operand in (first, second):
        if isinstance(operand, Operand) and len(operand.place) == 3:
            other = second if operand is first else first
            if isinstance(other, Operand) and other.place[1:] != operand.place[1:]:
                gate = operand if operand.place[1:] == (0, 0) else other
                return f"{gate.layer_id} has one number a channel: a gate for its whole map."
    return ""


def _explained(
    site: Site,
    template: str,
    explained: Plain,
    pair: tuple[Number, Number],
    slopes: tuple[Plain, Plain],
    *,
    note: str = "",
    **more: float,
) -> Explanation:
    first, second = pair
    numbers: dict[str, Any] = {"a": first, "b": second, **more}
    return site.explain(
        "elementwise",
        explained,
        template,
        **numbers,
        note=note,
        derivatives=_by_operand(pair, slopes),
    )


def _by_operand(
    numbers: Sequence[Number], slopes: Sequence[Plain]
) -> tuple[tuple[Operand, float], ...]:
    """Each unit once: one that stands on both sides passes on the sum of both."""
    found: dict[Operand, float] = {}
    for operand, slope in zip(numbers, slopes, strict=True):
        if isinstance(operand, Operand):
            found[operand] = found.get(operand, 0.0) + float(slope)
    return tuple(found.items())


def _value(number: Number) -> np.float64:
    """In numpy's arithmetic, which knows infinities where Python's raises."""
    return np.float64(number.value if isinstance(number, Operand) else number)


def _both(site: Site) -> tuple[Number, Number]:
    return _at(site, site.operands["self"]), _at(site, site.operands["other"])


def _at(site: Site, value: Any) -> Number:
    """What an operand has at this place; one of a single row, column or channel is repeated."""
    if isinstance(value, int | float):
        return float(value)
    full = site.full_place(site.layer.id, site.place)
    if isinstance(value, str):
        place = _broadcast(full, site.full_shape(value))
        return site.operand(value, site.place_of(value, place))
    if isinstance(value, torch.Tensor):
        return float(value[_broadcast(full, tuple(value.shape))])
    raise UnexplainedError("One of its two numbers is not known.")


def _broadcast(place: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) > len(place):
        raise UnexplainedError("How its operands are laid over each other is not known.")
    aligned = place[len(place) - len(shape) :]
    return tuple(0 if size == 1 else index for index, size in zip(aligned, shape, strict=True))
