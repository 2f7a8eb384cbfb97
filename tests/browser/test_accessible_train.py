"""The page of the training for everybody: axe, keys, a phone, and a layout that stands still."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from accessible import assert_accessible
from answering import fail
from opening import Complaints, OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

START_MS = 120_000
SIZES = [(1280, 800), (390, 844), (1920, 1080)]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    server_on: Callable[[Path], AbstractContextManager[str]],
) -> Iterator[str]:
    with server_on(tmp_path_factory.mktemp("accessible") / "cache") as url:
        yield url


def trained(page: Page) -> None:
    expect(page.locator("#form select[name=architecture] option")).not_to_have_count(0)
    for name, value in (("architecture", "softmax"), ("data", "digits")):
        page.locator(f"#form select[name={name}]").select_option(value)
    page.locator("#form [name=epochs]").fill("2")
    page.get_by_role("button", name=re.compile("^(Start training|Train again)$")).click()
    expect(page.locator(".train-state")).to_have_text("Finished", timeout=START_MS)
    expect(page.locator(".train-scores li")).to_have_count(10)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_hidden_from_who_reads_otherwise(
    open_page: OpenPage, size: tuple[int, int], scheme: str
) -> None:
    width, height = size
    page = open_page("/train", viewport={"width": width, "height": height}, color_scheme=scheme)
    expect(page.get_by_role("button", name=re.compile("^(Start|Train)"))).to_be_enabled()
    assert_accessible(page)
    trained(page)
    page.locator(".train-runs summary").first.click()
    page.get_by_role("button", name="Delete …").first.click()
    page.get_by_role("button", name="Draw", exact=True).click()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_moves_as_the_curves_come(open_page: OpenPage) -> None:
    page = open_page(
        "/train",
        before="""
        window.shifts = [];
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) {
                // What follows a choice at once is expected, as the measure has it.
                if (entry.hadRecentInput) continue;
                const told = entry.sources.map(({node, previousRect: one, currentRect: other}) =>
                    [node?.className || node?.nodeName, one.x, one.y, other.x, other.y].join(" "));
                window.shifts.push([entry.value, told.join("; ")]);
            }
        }).observe({type: "layout-shift", buffered: true});
        """,
    )
    trained(page)
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.01, shifts


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_failed_is_told_to_everybody(
    open_page: OpenPage, complaints: Complaints, scheme: str
) -> None:
    complaints.expect("422")
    page = open_page("/train", routed=True, color_scheme=scheme)
    start = page.get_by_role("button", name=re.compile("^(Start|Train)"))
    expect(start).to_be_enabled()
    fail(page, "/api/v1/training")
    start.click()
    expect(page.get_by_text("No scores of this.").first).to_be_visible()
    assert_accessible(page)
    page.reload()
    expect(page.get_by_text("No scores of this.").first).to_be_visible()
    assert_accessible(page)
