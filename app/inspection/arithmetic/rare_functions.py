"""Functions of one number that few networks have."""

import math
from typing import Any

import numpy as np

from app.inspection.arithmetic.activation import Activation, Maker, plain


def _sign(x: float) -> float:
    """As torch has it: 0 of what is no number."""
    return float(x > 0) - float(x < 0)


def _sine(x: float) -> float:
    return float(np.sin(np.float64(x)))


def _cosine(x: float) -> float:
    return float(np.cos(np.float64(x)))


def _flat(_x: float) -> float:
    """The slope of whatever jumps."""
    return 0.0


def _hard_shrink(x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    limit = float(operands["lambd"])
    return Activation(
        f"x where abs(x) > {limit:g}, else 0",
        "0 * {x}" if abs(x) <= limit else "{x}",
        lambda value: 0.0 if abs(value) <= limit else value,
        lambda value: float(abs(value) > limit),
        {},
        (-limit, limit),
    )


def _soft_shrink(x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    limit = float(operands["lambd"])
    below = "0 * {x}" if abs(x) <= limit else "{x} + {limit}"
    return Activation(
        f"x without {limit:g} of its size, 0 where it has no more",
        "{x} - {limit}" if x > limit else below,
        lambda value: _sign(value) * max(abs(value) - limit, 0.0),
        lambda value: float(abs(value) > limit),
        {"limit": limit},
        (-limit, limit),
    )


def _threshold(x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    limit, other = float(operands["threshold"]), float(operands["value"])
    return Activation(
        f"x where x > {limit:g}, else {other:g}",
        "{other} + 0 * {x}" if x <= limit else "{x}",
        lambda value: other if value <= limit else value,
        lambda value: float(value > limit),
        {"other": other},
        (limit,),
    )


def _round(x: float, operands: dict[str, Any], place: tuple[int, ...]) -> Activation:
    digits = int(operands.get("decimals") or 0)
    scale = float(np.float64(10) ** digits)
    return plain(
        "round({x})" if not digits else f"round({{x}}, {digits})",
        lambda value: float(np.round(value * scale) / scale),
        _flat,
    )(x, operands, place)


RARE: dict[str, Maker] = {
    "reciprocal_square_root": plain(
        "1 / sqrt({x})",
        lambda x: float(1 / np.sqrt(np.float64(x))),
        lambda x: float(-0.5 * np.float64(x) ** -1.5),
    ),
    "reciprocal": plain(
        "1 / {x}", lambda x: float(1 / np.float64(x)), lambda x: float(-1 / np.float64(x) ** 2)
    ),
    "sine": plain("sin({x})", _sine, _cosine),
    "cosine": plain("cos({x})", _cosine, lambda x: -_sine(x)),
    "error_function": plain(
        "erf({x})", math.erf, lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x)
    ),
    "expm1": plain(
        "exp({x}) - 1",
        lambda x: float(np.expm1(np.float64(x))),
        lambda x: float(np.exp(np.float64(x))),
    ),
    "log1p": plain(
        "log(1 + {x})",
        lambda x: float(np.log1p(np.float64(x))),
        lambda x: float(1 / (1 + np.float64(x))),
    ),
    "log_sigmoid": plain(
        "-log(1 + exp(-{x}))",
        lambda x: -float(np.logaddexp(0, -x)),
        lambda x: float(1 / (1 + np.exp(np.float64(x)))),
    ),
    "sign": plain("sign({x})", _sign, _flat),
    "round": _round,
    "floor": plain("floor({x})", lambda x: float(np.floor(x)), _flat),
    "ceiling": plain("ceil({x})", lambda x: float(np.ceil(x)), _flat),
    "hardshrink": _hard_shrink,
    "softshrink": _soft_shrink,
    "threshold": _threshold,
}
