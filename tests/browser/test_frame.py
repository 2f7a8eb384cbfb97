"""What stands around every page: the same at the same place, whichever page it is."""

from typing import Any

import pytest
from opening import Complaints, OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# The page of each, and the link that it is under.
PAGES = {
    "/": "Microscope",
    "/learn": "Learn",
    "/learn/fields": "Learn",
    "/train": "Train",
    "/compare": "Compare",
    "/fields": "Fields",
    "/docs": "API",
    "/nothere": None,
    "/learn/nothere": None,
}
NAMES = ["Microscope", "Learn", "Train", "Compare", "Fields", "API"]
SCREENS = [(1920, 1080), (1280, 800), (900, 700), (390, 844)]
MEASURE = """() => {
    const box = (node) => {
        const { x, y, width, height } = node.getBoundingClientRect();
        return [x, y, width, height].map((value) => Math.round(value * 100) / 100);
    };
    return {
        links: [...document.querySelectorAll(".masthead-pages a")].map(box),
        brand: box(document.querySelector(".brand")),
        masthead: box(document.querySelector(".masthead")).slice(3),
        // From the end, where a scroll bar may stand.
        tools: [...document.querySelectorAll("#masthead-tools button:not(.projector-open)")]
            .map(box)
            .map(([x, y]) => [Math.round(document.documentElement.clientWidth - x), y]),
        is_wider: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    };
}"""


def open_framed(open_page: OpenPage, path: str, width: int, height: int) -> Page:
    page = open_page(path, viewport={"width": width, "height": height})
    # Those of every page; the microscope has the one of its projector mode before them.
    expect(page.locator("#masthead-tools button:not(.projector-open)")).to_have_count(2)
    return page


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_frame_stands_still_from_page_to_page(
    open_page: OpenPage, complaints: Complaints, width: int, height: int
) -> None:
    complaints.expect("status of 404")
    measured: dict[str, Any] = {
        path: open_framed(open_page, path, width, height).evaluate(MEASURE) for path in PAGES
    }
    first = measured["/"]
    assert len(first["links"]) == len(NAMES)
    assert all(w > 0 and h > 24 for _, _, w, h in first["links"])
    for path, found in measured.items():
        assert found == first, path
    assert not first["is_wider"]
    # From left to right on one line, and none over another.
    for (x, y, w, _), (after, below, *_) in zip(first["links"], first["links"][1:], strict=False):
        assert x + w <= after
        assert y == below
    last = first["links"][-1]
    assert last[0] + last[2] <= width


def test_frame_stands_still_where_scroll_bars_take_room(
    open_with_scroll_bars: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    measured: dict[str, Any] = {
        path: open_framed(open_with_scroll_bars, path, 1280, 800).evaluate(
            """() => [...document.querySelectorAll(".masthead, #masthead-tools")]
                .map((node) => node.getBoundingClientRect().right)"""
        )
        for path in PAGES
    }
    # Browsers round places to 1/64 px, each from what stands before it.
    for path, found in measured.items():
        assert found == pytest.approx(measured["/"], abs=0.1), path
    # No wide empty strip where it scrolls inside.
    page = open_framed(open_with_scroll_bars, "/", 1280, 800)
    margins = page.evaluate(
        """() => [document.querySelector(".column-picture").getBoundingClientRect().left,
            innerWidth - document.querySelector(".column-layer").getBoundingClientRect().right]"""
    )
    assert margins[1] <= 1.6 * margins[0]
    scores = page.locator(".panel-scores")
    assert scores.evaluate("(node) => node.scrollWidth - node.clientWidth") <= 0


@pytest.mark.parametrize("path", PAGES)
def test_page_is_named_where_it_is_chosen(
    open_page: OpenPage, complaints: Complaints, path: str
) -> None:
    complaints.expect("status of 404")
    page = open_framed(open_page, path, 1280, 800)
    pages = page.get_by_role("navigation", name="Pages")
    assert pages.get_by_role("link").all_inner_texts() == NAMES
    marked = pages.locator("[aria-current]")
    if PAGES[path] is None:
        expect(marked).to_have_count(0)
        return
    expect(marked).to_have_text(PAGES[path])
    # A chapter is not the page of its link, only beneath it.
    current = "true" if path.startswith("/learn/") else "page"
    expect(marked).to_have_attribute("aria-current", current)
    shadows = pages.get_by_role("link").evaluate_all(
        "(links) => links.map((link) => getComputedStyle(link).boxShadow !== 'none')"
    )
    assert shadows == [name == PAGES[path] for name in NAMES]


@pytest.mark.parametrize("path", PAGES)
def test_first_key_skips_to_the_page_and_keys_are_listed(
    open_page: OpenPage, complaints: Complaints, path: str
) -> None:
    complaints.expect("status of 404")
    page = open_framed(open_page, path, 1280, 800)
    page.keyboard.press("Tab")
    skip = page.locator(".skip-link")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    target = page.locator(skip.get_attribute("href") or "")
    expect(target).to_have_attribute("tabindex", "-1")
    page.keyboard.press("Enter")
    expect(target).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("theme")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_way_back_from_nowhere(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("status of 404")
    page = open_framed(open_page, "/learn/nothere", 390, 844)
    expect(page.get_by_role("heading", name="There is no page at this address")).to_be_visible()
    expect(page.get_by_text("/learn/nothere")).to_be_visible()
    ways = page.get_by_role("main").get_by_role("list").get_by_role("link").all_text_contents()
    assert ways == page.get_by_role("navigation").get_by_role("link").all_text_contents()
    page.get_by_role("main").get_by_role("link", name="API").click()
    expect(page).to_have_title("HTTP interface · Convscope")
