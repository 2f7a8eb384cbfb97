"""From a number to the pixels, asked of the server step by step."""

from collections.abc import Callable
from typing import Any

Ask = Callable[[str], Any]


def walk(ask: Ask, model: str, image: str, start: tuple[Any, ...]) -> list[tuple[Any, float]]:
    """Unit and value, each time on to the term with the largest product in all of its patch."""
    way: list[tuple[Any, float]] = []
    unit = start
    while True:
        layer, *place = unit
        path = "/".join(str(part) for part in place if part is not None)
        query = f"?image={image}&terms=1000"
        found = ask(f"/models/{model}/layers/{layer}/units/{path}{query}")
        way.append((unit, found["value"]))
        if found["kind"] == "pixel":
            return way
        if found["winner"]:
            best = found["winner"]["unit"]
        elif found["largest"]:
            terms = [term for term in found["largest"] if term["unit"]]
            best = max(terms, key=lambda term: abs(term["product"]))["unit"]
        else:
            units = [token["unit"] for token in found["formula"] if token["unit"]]
            units = units or found["operands"]
            # Of a sum of two all slopes are one; of anything else there is one operand.
            best = max(units, key=lambda each: abs(each["value"]))
        unit = (best["layer"], best["channel"], best["row"], best["column"])
