"""On every page: what is awaited is said, counted and stopped; nothing former passes as new."""

import re
from typing import Any

import pytest
from accessible import assert_accessible
from answering import hold, let_go, wait_for_held
from compare_page import reason_of
from layout_shifts import OBSERVE, assert_nothing_moved, forget_shifts
from opening import OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGES = [
    *("/fields", "/train", "/compare", "/docs"),
    *("/learn/scores", "/learn/loss", "/learn/tensors", "/learn/templates", "/learn/descent"),
    *("/learn/backpropagation", "/learn/bend", "/learn/convolution"),
    *("/learn/convolution-gradients", "/learn/fields", "/learn/designs", "/learn/why-convnets"),
]


def at(page: Page, path: str) -> str:
    return page.url.replace("/fields", path)


@pytest.mark.parametrize("path", PAGES)
def test_what_is_awaited_is_said_counted_and_stopped(open_page: OpenPage, path: str) -> None:
    page = open_page("/fields", routed=True)
    wait_for_held(page, "/api/v1/", lambda: page.goto(at(page, path), wait_until="commit"))
    awaited = page.locator(".awaited")
    expect(awaited.get_by_role("status")).to_contain_text("…")
    stop = awaited.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    expect(awaited).to_contain_text("\u202fs")
    assert_accessible(page)
    stop.click()
    expect(awaited).to_be_hidden()
    expect(page.get_by_text("Stopped. Choose something to go on.").first).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_from_before_are_marked_and_can_be_read(open_page: OpenPage, scheme: str) -> None:
    page = open_page("/learn/tensors", routed=True, color_scheme=scheme)
    power = page.get_by_role("spinbutton", name="p", exact=True)
    power.scroll_into_view_if_needed()
    expect(page.locator("#far-figures dd").first).to_have_text(re.compile(r"\d"))
    expect(page.locator("[data-stale]")).to_have_count(0)

    def choose() -> None:
        power.fill("3")
        power.press("Enter")

    held = wait_for_held(page, "/learn/", choose)
    expect(page.locator("#far-results[data-stale]")).to_be_visible()
    expect(page.locator(".awaited")).to_be_visible()
    assert_accessible(page)
    page.unroute(re.compile("/learn/"))
    let_go(page, held)
    expect(page.locator("[data-stale]")).to_have_count(0)
    expect(page.locator(".awaited")).to_be_hidden()


def test_part_where_something_was_chosen_awaits_its_answer(open_page: OpenPage) -> None:
    page = open_page("/learn/descent", routed=True)
    choice = page.get_by_role("radio", name="With ripples")
    expect(page.locator("main[data-ready]")).to_be_attached()
    expect(page.locator("#race table tbody tr")).to_have_count(5)
    expect(page.locator(".awaited")).to_be_hidden()
    held = wait_for_held(page, "/learn/race", choice.check)
    awaited = page.locator("[data-awaited]")
    expect(awaited).to_have_id("race")
    page.unroute(re.compile("/learn/race"))
    let_go(page, held)
    expect(awaited).to_have_count(0)


# As far as the page that compares reads it.
RUN = {
    "id": "a-run",
    "state": "finished",
    "created": "2026-01-02T03:04:05Z",
    "choice": {"architecture": "softmax", "data": "digits"},
    "held_out_accuracy": 0.9,
    "checkpoints": [{"model": f"softmax.a-run-{step}"} for step in (0, 10)],
}


@pytest.mark.parametrize(
    ("found", "said"),
    [([], "none with two checkpoints"), ([RUN], "softmax on digits")],
    ids=["none", "one"],
)
def test_runs_that_come_late_move_nothing(
    open_page: OpenPage, found: list[dict[str, Any]], said: str
) -> None:
    page = open_page("/fields", routed=True, before=OBSERVE)
    held = hold(page, "/training/runs")
    page.goto(at(page, "/compare"))
    runs = page.get_by_label("Two steps of a training run")
    expect(runs).to_be_disabled()
    expect(page.locator("#scores tbody tr").first).to_be_visible()
    # Nothing else is on its way.
    for side in ("left", "right"):
        expect(reason_of(page, side)).to_be_visible()
    forget_shifts(page)
    # Which runs there are on this server, other tests decide.
    for route in held:
        route.fulfill(json={"runs": found})
    expect(runs).to_contain_text(said)
    assert_nothing_moved(page, "runs")
