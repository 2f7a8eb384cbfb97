"""A function of one number at one point: what it says, its value, its slope."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Function = Callable[[float], float]


@dataclass(frozen=True)
class Activation:
    """A function at one point, with its settings.

    Attributes:
        rule: the whole of it, its cases included.
        template: the case that applies at this point, see `app.inspection.arithmetic.terms`.
        value: the function.
        derivative: its derivative; at a corner, what backpropagation takes.
        settings: the numbers that the template names beside x.
        corners: where its slope changes at once; a drawing must show them.
    """

    rule: str
    template: str
    value: Function
    derivative: Function
    settings: dict[str, float]
    corners: tuple[float, ...] = ()


Maker = Callable[[float, dict[str, Any], tuple[int, ...]], Activation]


def plain(
    template: str, value: Function, derivative: Function, corners: tuple[float, ...] = ()
) -> Maker:
    """A function without settings or cases."""
    rule = template.replace("{x}", "x")
    return lambda _x, _operands, _place: Activation(rule, template, value, derivative, {}, corners)


def clipping(low: float, high: float, template: str, corner: float = 1.0) -> Activation:
    """With the slope that backpropagation takes at its limits: `clamp` 1, `hardtanh` 0."""
    # As the network has them: a value may stand at a limit to the last bit.
    low, high = float(np.float32(low)), float(np.float32(high))
    rule = template.replace("{x}", "x").replace("{low}", f"{low:g}").replace("{high}", f"{high:g}")
    return Activation(
        rule,
        template,
        lambda x: min(max(x, low), high),
        lambda x: corner if x in (low, high) else float(low < x < high),
        {"low": low, "high": high},
        tuple(limit for limit in (low, high) if np.isfinite(limit)),
    )
