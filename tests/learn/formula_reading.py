"""Formulas as pages have them, evaluated by sympy on the numbers that stand in them."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from sympy import E, Expr, Symbol
from sympy.parsing.latex import parse_latex

from app.web.learn.formulas import SLOT

_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "ln": math.log,
    "log_2": math.log2,
    "exp": math.exp,
    "tanh": math.tanh,
}
# sympy's grammar cannot tell where the argument of such a function ends.
_APPLIED = re.compile(r"\\(" + "|".join(_FUNCTIONS) + r")\s*\(")


@dataclass(frozen=True)
class Formula:
    """A formula of a page.

    Attributes:
        name: of the course's formulas.
        latex: with slots, as the template has it.
    """

    name: str
    latex: str

    @property
    def sides(self) -> list[str]:
        """What its equals signs set apart."""
        return [side.strip() for side in re.split(r"=|\\approx", self.latex)]

    @property
    def numeric_sides(self) -> list[str]:
        """The sides that are made of numbers."""
        return [side for side in self.sides if SLOT.search(side)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.formulas: list[Formula] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, latex = given.get("data-formula"), given.get("data-latex")
        if name and latex:
            self.formulas.append(Formula(name, latex))


def formulas_of(page: str) -> list[Formula]:
    """The formulas of an HTML page, in their order."""
    reader = _Reader()
    reader.feed(page)
    return reader.formulas


def evaluate(latex: str, numbers: Mapping[str, float]) -> float:
    """A side of a formula, with these numbers in its slots.

    Raises:
        ValueError: it is no arithmetic that sympy reads in one way.
    """
    filled = SLOT.sub(lambda slot: _written(numbers[slot[1]]), latex)
    filled = re.sub(r"\\left(?=[(\[|])|\\right(?=[)\]|])|\\[,;!]|\\quad", "", filled)
    return _value(filled)


def _value(latex: str) -> float:
    while applied := _APPLIED.search(latex):
        start = applied.end()
        end = _closing(latex, start)
        value = _FUNCTIONS[applied[1]](_value(latex[start:end]))
        latex = latex[: applied.start()] + _written(value) + latex[end + 1 :]
    parsed = parse_latex(latex, backend="lark")
    if not isinstance(parsed, Expr):
        raise ValueError(  # noqa: TRY004
            f"{latex} is read in several ways, or in none: {parsed}"
        )
    return float(parsed.subs(Symbol("e"), E))


def _closing(latex: str, start: int) -> int:
    depth = 1
    for place in range(start, len(latex)):
        depth += {"(": 1, ")": -1}.get(latex[place], 0)
        if depth == 0:
            return place
    raise ValueError(f"{latex} opens a parenthesis that nothing closes")


def _written(value: float) -> str:
    mantissa, _, exponent = f"{value:.17e}".partition("e")
    return rf"({mantissa} \cdot 10^{{{int(exponent)}}})" if int(exponent) else f"({mantissa})"
