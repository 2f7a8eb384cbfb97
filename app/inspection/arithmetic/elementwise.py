"""Two numbers at one place: sums at a bridge, products with a gate."""

from typing import Any

import torch

from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation, Operand

Number = Operand | float


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
    if site.layer.aten[0].split(".")[1] == "rsub":
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
    explained: float,
    pair: tuple[Number, Number],
    slopes: tuple[float, float],
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
    pair: tuple[Number, Number], slopes: tuple[float, float]
) -> tuple[tuple[Operand, float], ...]:
    """Each unit once: one that stands on both sides passes on the sum of both."""
    found: dict[Operand, float] = {}
    for operand, slope in zip(pair, slopes, strict=True):
        if isinstance(operand, Operand):
            found[operand] = found.get(operand, 0.0) + float(slope)
    return tuple(found.items())


def _value(number: Number) -> float:
    return number.value if isinstance(number, Operand) else number


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
