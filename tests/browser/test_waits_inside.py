"""What a part of a lens asks for by itself: awaited, stopped and asked again in that part."""

import re
from typing import NamedTuple

import pytest
from accessible import assert_accessible
from answering import Flights, let_go, wait_for_held
from layout_shifts import OBSERVE, assert_nothing_moved, forget_shifts
from opening import Complaints, OpenPage
from playwright.sync_api import Page, Request, Route, expect

pytestmark = pytest.mark.browser

UNIT = "?image=example-chelsea&layer=blocks.2.0.conv_dw&channel=53&row=8&column=6"
STEM = "?image=example-chelsea&layer=conv_stem&channel=3&row=8&column=6"


class Kind(NamedTuple):
    """One question of a part: where it goes, how it is asked, and what shows its answer."""

    path: str
    query: str
    words: str
    sign: str
    click: str | None = None


KINDS = {
    "weights": Kind(
        r"/conv_stem/filters\?.*format=npy",
        f"{STEM}&lens=filters",
        "Fetching its weights",
        ".filter-reading:has-text('Point at the filter')",
    ),
    "match": Kind(
        r"/conv_stem/filters/3/match\?(?!.*format)",
        f"{STEM}&lens=filters",
        "Matching it everywhere",
        ".match-places:has-text('Best matches')",
    ),
    "patch": Kind(
        r"/conv_stem/filters/3/patch",
        f"{STEM}&lens=filters",
        "Fetching the patch",
        ".match-numbers dt",
    ),
    "patches": Kind(
        r"/channels/53/patches",
        f"{UNIT}&lens=filters",
        "Finding its patches",
        ".patch-tile",
    ),
    "projection": Kind(
        r"/v1/.*/projection\?",
        f"{UNIT}&lens=filters",
        "Projecting",
        "img.looks-picture[alt='Guided backpropagation of the unit']",
        click="button:text('Guided backpropagation')",
    ),
    "matrix": Kind(
        r"/conv_stem/im2col",
        f"{STEM}&lens=number",
        "Fetching rows of the patches",
        ".matrix-port:not(.is-waiting, .is-invisible) .matrix-canvas",
        click=".matrix-summary",
    ),
    "maps that play": Kind(
        r"/conv_stem/activations\?.*format=npy&channels=3",
        f"{STEM}&lens=number&play=window",
        "Fetching the maps",
        ".number-play[data-unit] .play-total",
    ),
    "places that play": Kind(
        r"/conv_stem/units/3/8\?",
        f"{STEM}&lens=number&play=window",
        "Working out the next places",
        ".number-play[data-unit] .play-total",
    ),
    "shares": Kind(
        r"/decomposition",
        f"{UNIT}&lens=why&methods=saliency",
        "Taking the logit apart",
        ".why-share",
    ),
    "order": Kind(
        r"/activations\?.*format=json",
        f"{UNIT}&sort=maximum",
        "Measuring the channels",
        ".map-room:not(:has(.waiting:not([hidden]))) canvas",
    ),
    "thumbnails": Kind(
        r"/efficientnet_lite0[^/]*/activations\?",
        UNIT,
        "Fetching the small maps",
        ".cell canvas[data-colours]",
    ),
}


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page("/fields", routed=True)


def ask(page: Page, kind: Kind) -> None:
    page.goto(page.url.replace("/fields", f"/{kind.query}"))
    if kind.click:
        # All else has come by then.
        page.wait_for_load_state("networkidle")
        page.locator(kind.click).click()


@pytest.mark.parametrize("name", KINDS)
def test_a_part_says_what_it_waits_for(page: Page, name: str) -> None:
    kind = KINDS[name]
    held = wait_for_held(page, kind.path, lambda: ask(page, kind))
    box = page.locator(".waiting").filter(has_text=f"{kind.words} …")
    expect(box).to_be_visible()
    page.unroute(re.compile(kind.path))
    let_go(page, held)
    expect(page.locator(kind.sign).first).to_be_visible()
    expect(box).to_be_hidden()


@pytest.mark.parametrize("name", KINDS)
def test_a_part_that_takes_long_is_stopped_and_asked_again(
    page: Page, name: str, complaints: Complaints
) -> None:
    kind = KINDS[name]
    page.clock.install()
    page.add_init_script(OBSERVE)
    flights = Flights(page)
    held = wait_for_held(page, kind.path, lambda: ask(page, kind))
    box = page.locator(".waiting").filter(has_text=kind.words)
    page.clock.fast_forward(500)
    expect(box).to_be_visible()
    flights.wait_for_all_but(held)
    forget_shifts(page)
    page.clock.fast_forward(2000)
    stop = box.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    expect(box).to_contain_text(re.compile(r"\d\ss"))
    assert_nothing_moved(page, "Stop comes")
    assert_accessible(page)

    def is_held(request: Request) -> bool:
        return request == held[0].request

    with page.expect_event("requestfailed", is_held):
        # An impatient hand: the second press falls on what stands there by then.
        stop.dblclick()
    stopped = page.locator(".waiting").filter(has_text="Stopped.")
    expect(stopped).to_be_visible()
    assert_accessible(page)
    page.unroute(re.compile(kind.path))
    stopped.get_by_role("button", name="Try again").click()
    expect(page.locator(kind.sign).first).to_be_visible()
    expect(stopped).to_have_count(0)


@pytest.mark.parametrize("name", KINDS)
def test_a_part_that_failed_is_asked_again(page: Page, name: str, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED")
    kind = KINDS[name]
    pattern = re.compile(kind.path)

    def refuse(route: Route) -> None:
        route.abort()

    page.route(pattern, refuse)
    ask(page, kind)
    told = page.locator(".notice-problem, .waiting, [class$=-notice]").filter(
        has_text="The server does not answer"
    )
    again = told.locator("visible=true").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    assert_accessible(page)
    page.unroute(pattern, refuse)
    again.click()
    expect(page.locator(kind.sign).first).to_be_visible()
    expect(told.locator("visible=true")).to_have_count(0)
