"""The lens that explains a unit, as a person reads it: every number on it, and what it leads to."""

import math
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

TOLERANCE = 1e-5
SLOWEST_MS = 90_000  # a large network is traced first, perhaps on a busy machine
AS_PYTHON = {"×": "*", "√": "sqrt", "−": "-", "^": "**"}

_READ = """() => {
    const lens = document.querySelector("#lens-number");
    const seen = (node) => node.checkVisibility();
    const all = (selector) => [...lens.querySelectorAll(selector)].filter(seen);
    const number = (node) => ({ value: Number(node.dataset.value), text: node.textContent });
    const grids = all(".value-grid").map((grid) =>
        [...grid.children].map((cell) => ({
            ...number(cell),
            index: Number(cell.dataset.index),
            leads: cell.tagName === "BUTTON",
        })));
    const rows = all(".term-table tbody tr[data-term]").map((row) => ({
        ...Object.fromEntries(["value", "weight", "product"].flatMap((name) => {
            const cell = row.querySelector(`.term-${name}`);
            return cell ? [[name, number(cell)]] : [];
        })),
        chosen: row.classList.contains("is-chosen"),
        term: row.dataset.term,
    }));
    const one = (selector) => all(selector).map(number)[0] ?? null;
    return {
        unit: lens.dataset.unit,
        value: one(".number-value"),
        formula: all(".formula-line > *").map((node) => {
            const inner = node.querySelector(".formula-number") ?? node;
            const is_number = inner.classList.contains("formula-number");
            return is_number
                ? { ...number(inner), name: inner.dataset.name ?? "result",
                    leads: inner.tagName === "BUTTON" }
                : { text: node.textContent, name: "" };
        }),
        grids,
        rows,
        rest: one(".term-rest .term-rest, td.term-rest"),
        total: one("td.term-total"),
        patch_sum: one(".patch-sum strong"),
    };
}"""


@dataclass(frozen=True)
class Reading:
    """What stands on the page for one unit."""

    unit: str
    value: float
    page: dict[str, Any]

    @property
    def layer(self) -> str:
        return self.unit.split(" ")[0]


def wait_for_unit(page: Page, *, other_than: str = "", layer: str = "") -> Reading:
    """Wait until another unit is explained, and read everything that is said of it."""
    page.wait_for_function(
        """([before, layer]) => {
            const lens = document.querySelector("#lens-number");
            const unit = lens.dataset.unit ?? "";
            return unit !== "" && unit !== before && unit.startsWith(layer) &&
                lens.getAttribute("aria-busy") === "false";
        }""",
        arg=[other_than, layer],
        timeout=SLOWEST_MS,
    )
    found = page.evaluate(_READ)
    return Reading(found["unit"], found["value"]["value"], found)


def assert_adds_up(reading: Reading) -> None:
    """Every sum, product and formula on the page, worked out again from the page's own numbers."""
    page = reading.page
    for number in _numbers(page):
        shown = number["text"].replace("−", "-").strip("()")
        assert float(shown) == pytest.approx(number["value"], rel=5e-4, abs=5e-3), number
    _check_formula(reading)
    products = _check_grids(page)
    for row in page["rows"]:
        if "weight" in row:
            expected = row["value"]["value"] * row["weight"]["value"]
            assert row["product"]["value"] == pytest.approx(expected, rel=1e-12)
    if page["total"]:
        added = math.fsum(row["product"]["value"] for row in page["rows"])
        added += page["rest"]["value"] if page["rest"] else 0.0
        scale = max(abs(row["product"]["value"]) for row in page["rows"])
        assert added == pytest.approx(page["total"]["value"], rel=1e-9, abs=1e-9 * scale)
        assert page["total"]["value"] == pytest.approx(_named(page, "sum"), rel=1e-9)
        chosen = [row for row in page["rows"] if row["chosen"]]
        if chosen and products is not None:
            assert chosen[0]["product"]["value"] == pytest.approx(math.fsum(products), rel=1e-9)
    elif products is not None and page["patch_sum"]:
        assert math.fsum(products) == pytest.approx(_named(page, "sum"), rel=1e-9, abs=1e-12)


def _numbers(page: dict[str, Any]) -> list[dict[str, Any]]:
    cells = [cell for grid in page["grids"] for cell in grid]
    listed = [row[name] for row in page["rows"] for name in ("value", "weight", "product")
              if name in row]  # fmt: skip
    named = [piece for piece in page["formula"] if piece["name"]]
    single = [page[name] for name in ("value", "rest", "total", "patch_sum") if page[name]]
    return [number for number in (*cells, *listed, *named, *single) if number["text"] != "–"]


def _named(page: dict[str, Any], name: str) -> float:
    return next(piece["value"] for piece in page["formula"] if piece["name"] == name)


def _check_formula(reading: Reading) -> None:
    pieces = [piece for piece in reading.page["formula"] if piece["name"] != "result"]
    text = "".join(f"({p['value']!r})" if p["name"] else p["text"] for p in pieces)
    for sign, python in AS_PYTHON.items():
        text = text.replace(sign, python)
    text = text.removesuffix("= ").strip()
    names = {"sqrt": math.sqrt, "exp": math.exp, "max": max, "min": min}
    explained = eval(text, names)  # the page's own formula
    scale = max(abs(p["value"]) for p in pieces if p["name"])
    assert explained == pytest.approx(reading.value, rel=TOLERANCE, abs=TOLERANCE * scale), text
    for piece in reading.page["formula"]:
        if piece["name"] == "result":
            assert explained == pytest.approx(piece["value"], rel=1e-9, abs=1e-12)


def _check_grids(page: dict[str, Any]) -> list[float] | None:
    """Cell by cell; the products, or the values where nothing is weighed."""
    grids = [[cell["value"] for cell in grid] for grid in page["grids"]]
    if len(grids) == 3:
        for value, weight, product in zip(*grids, strict=True):
            assert product == pytest.approx(value * weight, rel=1e-12, abs=1e-300)
    if not grids:
        return None
    products: list[float] = grids[-1]
    return products


def step_back(page: Page, reading: Reading) -> Reading:
    """Click the operand that counts most, and check that its number comes along."""
    numbers = reading.page
    operands = [piece for piece in numbers["formula"] if piece.get("leads")]
    if operands:
        largest = max(operands, key=lambda piece: abs(piece["value"]))
        place = operands.index(largest)
        link = page.locator(".formula-operand").nth(place)
        expected = largest["value"]
    elif numbers["grids"]:
        cells = [cell for cell in numbers["grids"][0] if cell["leads"]]
        products = numbers["grids"][-1]
        best = max(cells, key=lambda cell: abs(products[cell["index"]]["value"]))
        link = page.locator(f".value-figure:first-child [data-index='{best['index']}']")
        expected = best["value"]
    else:
        link = page.locator(".term-link").first
        expected = numbers["rows"][0]["value"]["value"]
    link.click()
    after = wait_for_unit(page, other_than=reading.unit)
    assert after.value == expected
    return after


def start_from_score(page: Page, label: str) -> Reading:
    """From the class on the left to the unit that gave its score."""
    row = page.locator(".score-table tbody tr", has_text=label).first
    button = row.locator(".score-explain")
    expect(button).to_be_enabled(timeout=30_000)
    button.click()
    return wait_for_unit(page)
