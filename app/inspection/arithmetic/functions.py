"""Activation functions: one number becomes another."""

import math
from typing import Any

import numpy as np
import torch

from app.inspection.arithmetic.activation import Activation, Maker, clipping, plain
from app.inspection.arithmetic.rare_functions import RARE
from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation

_CURVE_POINTS = 121
_SMALLEST_REACH = 4.0
_ROOM = 1.25
_FARTHEST_CORNER = 8

# Klambauer et al. 2017, equation 14, as torch rounds them.
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


def function(site: Site) -> Explanation:
    """One function of the unit at the same place, with its slope there."""
    operands = site.operands
    source = operands.get("self", operands.get("input"))
    if not isinstance(source, str):
        raise UnexplainedError("This layer reads no other layer.")
    operand = site.operand(source, site.place)
    x = operand.value
    own = site.own_place(site.layer.id, site.place)
    activation = _ACTIVATIONS[site.layer.operation](x, operands, own)
    explained = float(activation.value(x))
    slope = float(activation.derivative(x))
    curve = _curve(activation, x)
    return site.explain(
        "function",
        explained,
        activation.template,
        rule=activation.rule,
        **{
            name: value
            for name, value in {"x": operand, **activation.settings}.items()
            if f"{{{name}}}" in activation.template
        },
        operands=(operand,),
        derivatives=((operand, slope),),
        curve=curve,
    )


def _curve(activation: Activation, x: float) -> tuple[tuple[float, float], ...]:
    """Around zero, as far out as x and the function's corners, which are points of it.

    A corner so far out that x would stand at zero beside it is left out.
    """
    if not math.isfinite(x):
        return ()
    reach = max(_SMALLEST_REACH, _ROOM * abs(x))
    corners = [corner for corner in activation.corners if abs(corner) <= _FARTHEST_CORNER * reach]
    reach = max(reach, *(_ROOM * abs(corner) for corner in corners), 0.0)
    points = sorted({*np.linspace(-reach, reach, _CURVE_POINTS).tolist(), *corners})
    found = ((point, float(activation.value(point))) for point in points)
    return tuple((point, y) for point, y in found if math.isfinite(y))


def _sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-np.float64(x))))


def _softplus(x: float) -> float:
    return float(np.logaddexp(0, x))


def _mish_slope(x: float) -> float:
    bent = math.tanh(_softplus(x))
    return bent + x * (1 - bent**2) * _sigmoid(x)


def _gelu_slope(x: float) -> float:
    return _normal_share(x) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _normal_share(x: float) -> float:
    """The standard normal distribution up to x."""
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def _hard_sigmoid(x: float) -> float:
    return min(max(x + 3, 0), 6) / 6


def _hardswish_slope(x: float) -> float:
    if x <= -3:
        return 0.0
    return 1.0 if x >= 3 else (2 * x + 3) / 6


def _step(x: float) -> float:
    return float(x > 0)


def _relu6_slope(x: float) -> float:
    return float(0 < x < 6)


def _hardtanh(_x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    low, high = operands.get("min_val", -1), operands.get("max_val", 1)
    return clipping(low, high, "min(max({x}, {low}), {high})", corner=0.0)


def _clamp(_x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    low, high = operands.get("min"), operands.get("max")
    if isinstance(low, torch.Tensor | str) or isinstance(high, torch.Tensor | str):
        raise UnexplainedError("Limits that are computed have no explanation.")
    if low is None and high is not None:
        return clipping(-math.inf, float(high), "min({x}, {high})")
    if low is not None and high is None:
        return clipping(float(low), math.inf, "max({x}, {low})")
    if low is None or high is None:
        raise UnexplainedError("It has no limits.")
    return clipping(float(low), float(high), "min(max({x}, {low}), {high})")


def _leaky(x: float, slope: float) -> Activation:
    return Activation(
        f"x if x > 0, else {slope:g} * x",
        "{x}" if x > 0 else "{slope} * {x}",
        lambda value: value if value > 0 else slope * value,
        lambda value: 1.0 if value > 0 else slope,
        {"slope": slope},
        (0.0,),
    )


def _leaky_relu(x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    return _leaky(x, float(operands["negative_slope"]))


def _prelu(x: float, operands: dict[str, Any], place: tuple[int, ...]) -> Activation:
    weight = operands["weight"]
    if not isinstance(weight, torch.Tensor):
        raise UnexplainedError("A slope that is computed has no explanation.")
    return _leaky(x, float(weight[place[0]] if weight.numel() > 1 else weight.reshape(-1)[0]))


def _exponential_unit(x: float, alpha: float, scale: float, bend: float) -> Activation:
    """Scale * x above zero, scale * alpha * (exp(bend * x) - 1) below."""
    whole = f"{scale:g} * " if scale != 1 else ""
    inside = "x" if bend == 1 else f"x * {bend:g}"
    above = "{x}" if scale == 1 else "{scale} * {x}"
    below = "{alpha} * (exp({x}) - 1)" if bend == 1 else "{alpha} * (exp({x} * {bend}) - 1)"
    return Activation(
        f"{whole}x if x > 0, else {whole}{alpha:g} * (exp({inside}) - 1)",
        above if x > 0 else below if scale == 1 else "{scale} * " + below,
        lambda value: scale * (value if value > 0 else alpha * float(np.expm1(bend * value))),
        lambda value: scale * (1.0 if value > 0 else alpha * bend * float(np.exp(bend * value))),
        {"alpha": alpha, "scale": scale, "bend": bend},
    )


def _elu(x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    scales = (float(operands.get(name, 1)) for name in ("alpha", "scale", "input_scale"))
    return _exponential_unit(x, *scales)


def _selu(x: float, _operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    return _exponential_unit(x, _SELU_ALPHA, _SELU_SCALE, 1.0)


def _celu(x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    alpha = float(operands["alpha"])
    return _exponential_unit(x, alpha, 1.0, float(1 / np.float64(alpha)))


def _gelu(x: float, operands: dict[str, Any], place: tuple[int, ...]) -> Activation:
    if operands["approximate"] == "none":
        template = "0.5 * {x} * (1 + erf({x} / sqrt(2)))"
        return plain(template, lambda v: v * _normal_share(v), _gelu_slope)(x, operands, place)
    template = "0.5 * {x} * (1 + tanh(sqrt(2 / pi) * ({x} + 0.044715 * {x} ** 3)))"

    def bend(value: float) -> float:
        return math.tanh(math.sqrt(2 / math.pi) * (value + 0.044715 * value * value * value))

    def slope(value: float) -> float:
        inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * value * value)
        return 0.5 * (1 + bend(value)) + 0.5 * value * (1 - bend(value) ** 2) * inner

    return plain(template, lambda v: 0.5 * v * (1 + bend(v)), slope)(x, operands, place)


def _scaled_softplus(x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    beta, threshold = float(operands["beta"]), float(operands["threshold"])

    def value(point: float) -> float:
        return (
            point if beta * point > threshold else float(np.float64(_softplus(beta * point)) / beta)
        )

    def slope(point: float) -> float:
        return 1.0 if beta * point > threshold else _sigmoid(beta * point)

    is_straight = beta * x > threshold
    return Activation(
        f"log(1 + exp({beta:g} * x)) / {beta:g}, x itself where {beta:g} * x > {threshold:g}",
        "{x}" if is_straight else "log(1 + exp({beta} * {x})) / {beta}",
        value,
        slope,
        {"beta": beta},
    )


def _power(_x: float, operands: dict[str, Any], _place: tuple[int, ...]) -> Activation:
    exponent = operands.get("exponent")
    if not isinstance(exponent, int | float):
        raise UnexplainedError("A power that is computed has no explanation.")
    return Activation(
        f"x ** {exponent:g}",
        "{x} ** {exponent}",
        lambda value: float(np.float64(value) ** exponent),
        lambda value: float(exponent * np.float64(value) ** (exponent - 1)),
        {"exponent": float(exponent)},
    )


_ACTIVATIONS: dict[str, Maker] = {
    "relu": plain("max({x}, 0)", lambda x: max(x, 0.0), _step, (0.0,)),
    "relu6": plain(
        "min(max({x}, 0), 6)", lambda x: min(max(x, 0.0), 6.0), _relu6_slope, (0.0, 6.0)
    ),
    "hardtanh": _hardtanh,
    "clamp": _clamp,
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "elu": _elu,
    "selu": _selu,
    "celu": _celu,
    "gelu": _gelu,
    "softplus": _scaled_softplus,
    "power": _power,
    "sigmoid": plain("1 / (1 + exp(-{x}))", _sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x))),
    "silu": plain(
        "{x} / (1 + exp(-{x}))",
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x))),
    ),
    "mish": plain(
        "{x} * tanh(log(1 + exp({x})))", lambda x: x * math.tanh(_softplus(x)), _mish_slope
    ),
    "hardsigmoid": plain(
        "min(max({x} + 3, 0), 6) / 6",
        _hard_sigmoid,
        lambda x: float(-3 < x < 3) / 6,
        (-3.0, 3.0),
    ),
    "hardswish": plain(
        "{x} * min(max({x} + 3, 0), 6) / 6",
        lambda x: x * _hard_sigmoid(x),
        _hardswish_slope,
        (-3.0, 3.0),
    ),
    "tanh": plain("tanh({x})", math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    "exponential": plain(
        "exp({x})", lambda x: float(np.exp(np.float64(x))), lambda x: float(np.exp(np.float64(x)))
    ),
    "logarithm": plain(
        "log({x})", lambda x: float(np.log(np.float64(x))), lambda x: float(1 / np.float64(x))
    ),
    "square_root": plain(
        "sqrt({x})",
        lambda x: float(np.sqrt(np.float64(x))),
        lambda x: float(0.5 / np.sqrt(np.float64(x))),
    ),
    "square": plain("{x} ** 2", lambda x: x * x, lambda x: 2 * x),
    "absolute": plain("abs({x})", abs, lambda x: float(np.sign(x)), (0.0,)),
    "negate": plain("-{x}", lambda x: -x, lambda _x: -1.0),
    **RARE,
}

FUNCTIONS = frozenset(_ACTIVATIONS)
