"""What is awaited is said where one looks; what failed is said there too, and is tried again."""

import re

import pytest
from accessible import assert_accessible
from answering import Flights, let_go, wait_for_held
from layout_shifts import OBSERVE, assert_nothing_moved, forget_shifts
from maps_page import GRID
from opening import Complaints, OpenPage
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

UNIT = "?image=example-chelsea&layer=blocks.2.0.conv_dw&channel=53&row=8&column=6"
# Where the answer comes from, what is opened, what is said while it is awaited, and what is there
# once it has come.
KINDS = {
    "maps": (
        "/blocks.2.0.conv_dw/activations",
        UNIT,
        "Fetching the maps of blocks.2.0.conv_dw …",
        GRID + "[data-captions]",
    ),
    "scores": (
        "/predictions",
        UNIT,
        "EfficientNet-Lite0 is looking at the picture …",
        ".score-table tbody tr",
    ),
    "who looks": (
        "/reactions",
        f"{UNIT}&look=110,171",
        "Asking its channels …",
        ".look-card",
    ),
    "how": (
        "/units/",
        f"{UNIT}&lens=number",
        "Working out how this number was made …",
        ".value-cell",
    ),
    "why": (
        "/attributions$",
        f"{UNIT}&lens=why&methods=saliency",
        "Asking what can be explained, and how …",
        ".why-card[data-phase=ready]",
    ),
    "what if": (
        "/interventions\\?",
        f"{UNIT}&lens=what-if&do=off*conv_stem*1",
        "Computing the scores anew …",
        ".change-table tbody tr",
    ),
    "filters": (
        "/conv_stem/filters",
        "?image=example-chelsea&layer=conv_stem&channel=3&lens=filters",
        "Fetching the filters …",
        ".filter-tile, #lens-filters canvas",
    ),
    "field": (
        "/receptive-field\\?",
        UNIT,
        "Finding its field …",
        ".unit-facts dd",
    ),
    "gradient": (
        "/effective-receptive-field\\?",
        f"{UNIT}&shows=theory,support,heat",
        "Computing its gradient …",
        ".unit-facts dt:has-text('of gradient')",
    ),
    "pixel": (
        "/projective-fields",
        f"{UNIT}&pixel=100,100",
        "Finding what it reaches …",
        ".reach-rows :is(li, tr)",
    ),
    "network": (
        "/models/efficientnet_lite0.imagenet1k$",
        UNIT,
        "Opening EfficientNet-Lite0 …",
        ".cell",
    ),
}


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page("/fields", routed=True)


def workspace(page: Page, query: str) -> str:
    return page.url.replace("/fields", f"/{query}&tab=layer")


def expect_sign(page: Page, kind: str) -> None:
    if kind in {"field", "gradient"}:
        page.get_by_text("More of this field").click()
    expect(page.locator(KINDS[kind][3]).first).to_be_visible()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_awaited_is_said(page: Page, kind: str) -> None:
    path, query, words, _ = KINDS[kind]
    held = wait_for_held(page, path, lambda: page.goto(workspace(page, query)))
    said = page.get_by_text(words, exact=kind != "filters").locator("visible=true").first
    expect(said).to_be_visible()
    page.unroute(re.compile(path))
    let_go(page, held)
    expect_sign(page, kind)
    expect(said).to_be_hidden()


# What stands there instead once it was stopped, where that is not the usual.
STOPPED = {
    "scores": ("Stopped.", "Start again"),
    "network": ("Its layers are not known: tracing was stopped.", "Start again"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_takes_long_is_stopped_and_asked_for_again(
    page: Page, kind: str, complaints: Complaints
) -> None:
    path, query, words, _ = KINDS[kind]
    pane = page.locator(".column-layer")
    page.clock.install()
    page.add_init_script(OBSERVE)
    flights = Flights(page)
    held = wait_for_held(page, path, lambda: page.goto(workspace(page, query)))
    box = pane.locator(".waiting").filter(has_text=words.removesuffix(" …"))
    page.clock.fast_forward(500)
    expect(box).to_be_visible()
    stop = box.get_by_role("button", name="Stop")
    expect(stop).to_have_count(0)
    flights.wait_for_all_but(held)
    forget_shifts(page)
    page.clock.fast_forward(2000)
    expect(stop).to_be_visible()
    expect(box).to_contain_text(re.compile(r"\d\ss"))
    assert_nothing_moved(page, "Stop comes")
    assert_accessible(page)
    with page.expect_event("requestfailed", lambda request: request == held[0].request):
        stop.click()
    said, again = STOPPED.get(kind, ("Stopped.", "Try again"))
    expect(pane.get_by_text(said).locator("visible=true")).to_be_visible()
    expect(stop).to_have_count(0)
    assert_accessible(page)
    page.unroute(re.compile(path))
    pane.get_by_role("button", name=again, exact=True).click()
    expect_sign(page, kind)
    expect(pane.get_by_text(said).locator("visible=true")).to_have_count(0)


@pytest.mark.parametrize("kind", KINDS)
def test_what_failed_is_tried_again_where_one_looks(
    page: Page, complaints: Complaints, kind: str
) -> None:
    complaints.expect("ERR_FAILED|status of 500")
    path, query, _, _ = KINDS[kind]
    pattern = re.compile(path)

    def refuse(route: Route) -> None:
        route.abort()

    page.route(pattern, refuse)
    page.goto(workspace(page, query))
    pane = page.locator(".column-layer")
    expect(pane.get_by_text("The server does not answer").first).to_be_visible()
    again = pane.get_by_role("button", name="Try again").first
    expect(again).to_be_visible()
    assert_accessible(page)
    page.unroute(pattern, refuse)
    again.click()
    expect_sign(page, kind)


def test_a_unit_that_was_not_found_is_looked_for_again(page: Page, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED")

    def refuse(route: Route) -> None:
        route.abort()

    page.route(re.compile("/reactions"), refuse)
    page.goto(workspace(page, "?image=example-chelsea&layer=blocks.2.0.conv_dw"))
    unit = page.get_by_role("region", name="The unit")
    expect(unit.get_by_role("alert")).to_contain_text("The server does not answer")
    page.unroute(re.compile("/reactions"), refuse)
    unit.get_by_role("button", name="Try again").click()
    expect(unit).to_contain_text("Unit 53, ")


def test_examples_that_did_not_come_are_asked_for_again(page: Page, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED")

    def refuse(route: Route) -> None:
        route.abort()

    page.route(re.compile("/api/v1/examples"), refuse)
    page.goto(page.url.replace("/fields", "/"))
    told = page.get_by_role("alert").filter(has_text="The examples did not come.")
    expect(told).to_be_visible()
    page.unroute(re.compile("/api/v1/examples"), refuse)
    told.get_by_role("button", name="Try again").click()
    expect(page.locator(".example")).to_have_count(4)
    expect(told).to_be_hidden()
