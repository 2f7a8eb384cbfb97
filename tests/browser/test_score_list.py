"""The list of classes: names are whole, "why?" stands behind each, bars are as wide as the list."""

import re

import pytest
from opening import OpenPage
from playwright.sync_api import Page, ViewportSize, expect
from reading import score_rows, wait_for_scores

pytestmark = pytest.mark.browser

LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
LONG = "soft-coated wheaten terrier of a name that never ends"


def boxes(page: Page) -> list[dict[str, list[float]]]:
    """Left and right ends of what each row is made of, px, and how much of a name is cut."""
    found: list[dict[str, list[float]]] = page.locator(".score-results").evaluate(
        """(results) => [...results.querySelectorAll("tbody tr")].map((row) => {
            const ends = (node) => {
                const { left, right, top, bottom } = node.getBoundingClientRect();
                return [left, right, top, bottom];
            };
            const ask = row.querySelector(".score-ask");
            const name = row.querySelector(".score-name");
            return {
                results: ends(results), ask: ends(ask), name: ends(name),
                bar: ends(row.querySelector(".score-bar")),
                index: ends(row.querySelector(".score-index")),
                value: ends(row.querySelector(".score-number")),
                cut: [name.scrollWidth - name.clientWidth, ask.scrollWidth - ask.clientWidth],
            };
        })"""
    )
    return found


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("query", ["", "&digits=all"], ids=["short", "full precision"])
def test_a_long_name_is_whole_and_can_be_asked_about(
    open_page: OpenPage, viewport: ViewportSize, query: str
) -> None:
    page = open_page(f"/?tab=scores{query}", viewport=viewport)
    wait_for_scores(page, label="tiger cat")
    page.locator(".score-name").first.evaluate("(name, text) => { name.textContent = text }", LONG)
    for row in boxes(page):
        assert max(row["cut"]) <= 1
        # What asks stands behind the name, and before the numbers of its line.
        assert row["ask"][1] - row["name"][1] > 25
        numbers_below = row["index"][2] >= row["ask"][3] - 1
        assert numbers_below == bool(query)
        if not query:
            assert row["ask"][1] <= row["index"][0]
        assert row["value"][1] <= row["results"][1] + 1
        assert row["bar"][:2] == pytest.approx(row["results"][:2], abs=1)
        assert row["bar"][2] >= row["name"][3] - 1
    first = page.locator(".score-ask").first.bounding_box()
    assert first is not None
    page.mouse.click(first["x"] + first["width"] - 8, first["y"] + first["height"] / 2)
    expect(page).to_have_url(re.compile("class=282.*lens=why"))


def test_all_digits_are_in_the_address(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    short = score_rows(page).first.locator(".score-number").inner_text()
    button = page.get_by_role("button", name="full precision")
    page.keyboard.press("x")
    expect(page).to_have_url(re.compile(r"\?digits=all(&|$)"))
    expect(button).to_have_attribute("aria-pressed", "true")
    full = score_rows(page).first.locator(".score-number").inner_text()
    assert len(full) > 12
    page.reload()
    wait_for_scores(page, label="tiger cat")
    expect(score_rows(page).first.locator(".score-number")).to_have_text(full)
    expect(page.get_by_role("row")).to_have_count(6)
    page.keyboard.press("x")
    expect(page).not_to_have_url(re.compile("digits"))
    expect(score_rows(page).first.locator(".score-number")).to_have_text(short)
