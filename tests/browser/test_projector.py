"""Projector mode: picture, lens or both fill the screen and are read from the back row."""

import re

import pytest
from accessible import assert_accessible
from maps_page import parameter, wait_for_maps
from opening import OpenPage
from playwright.sync_api import Page, ViewportSize, expect
from reading import picture_box, wait_for_scores

pytestmark = pytest.mark.browser

LAYER = "blocks.2.0.conv_dw"
UNIT = f"/?layer={LAYER}&channel=53&row=8&column=6"
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PROJECTOR: ViewportSize = {"width": 1920, "height": 1080}
LENSES = ["maps", "number", "filters", "why", "what-if"]

SMALL_TEXT = """
(parts) => {
    const small = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode.parentElement;
        const text = texts.currentNode.textContent.trim();
        if (!text || !node.closest(parts) || !node.checkVisibility()) continue;
        const size = parseFloat(getComputedStyle(node).fontSize);
        if (size < 19.9) small.push(`${size} ${text}`);
    }
    return small;
}
"""
READ_FROM_AFAR = ".projector, .layer-title, .lenses, .unit-head, .unit-field, .readout-line, \
.picture-caption, .value-cell, .grid-caption, .filters-sentence, .number-value, .layer-controls"


def share_of_screen(page: Page, *parts: str) -> float:
    """How much of the screen these parts cover together."""
    screen = page.viewport_size
    assert screen
    covered = 0.0
    for part in parts:
        box = page.locator(part).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= screen["width"]
        assert box["y"] + box["height"] <= screen["height"] + 1
        covered += box["width"] * box["height"]
    return covered / (screen["width"] * screen["height"])


@pytest.mark.parametrize("screen", [LAPTOP, PROJECTOR], ids=["1280", "1920"])
def test_key_fills_the_screen_and_the_address_brings_it_back(
    open_page: OpenPage, screen: ViewportSize
) -> None:
    page = open_page(UNIT, viewport=screen)
    wait_for_scores(page)
    wait_for_maps(page, LAYER)
    page.keyboard.press("f")
    bar = page.get_by_role("region", name="Projector mode")
    expect(bar).to_be_visible()
    assert parameter(page, "view") == "both"
    for gone in (".masthead", ".column-network", "#entropy", ".picture-foot"):
        expect(page.locator(gone)).to_be_hidden()
    assert share_of_screen(page, ".column-picture", ".column-layer") > 0.8
    expect(page.locator("#stage .picture-frame > .field-overlay")).to_be_visible()
    # The switch says which fills it, and what one sees follows.
    bar.get_by_label("Picture", exact=True).check()
    expect(page.locator(".column-layer")).to_be_hidden()
    assert parameter(page, "view") == "picture"
    assert share_of_screen(page, "#stage") > 0.7
    field = page.locator(".picture-frame .field-reached").bounding_box()
    frame = picture_box(page)
    assert field
    # 35 of the 224 px that are seen: 7/8 of the shorter side of a picture of 451 x 300.
    expected = 35 / 224 * 0.875 * 300 / 451 * frame["width"]
    assert expected <= field["width"] <= expected + 10  # and its line
    bar.get_by_label("Layer", exact=True).check()
    expect(page.locator(".column-picture")).to_be_hidden()
    assert share_of_screen(page, ".map-room") > 0.4
    page.reload()
    expect(bar.get_by_label("Layer", exact=True)).to_be_checked()
    expect(page.locator(".column-picture")).to_be_hidden()
    wait_for_maps(page, LAYER)
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(page.locator(".masthead")).to_be_visible()
    assert parameter(page, "view") is None


@pytest.mark.parametrize("lens", LENSES)
def test_text_is_large_in_every_lens(open_page: OpenPage, lens: str) -> None:
    page = open_page(f"{UNIT}&view=both&lens={lens}", viewport=LAPTOP)
    wait_for_scores(page)
    expect(page.locator(f"#lens-{lens}")).not_to_be_empty()
    if lens == "number":
        expect(page.locator(".value-cell").first).to_be_visible()
    assert page.evaluate(SMALL_TEXT, READ_FROM_AFAR) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("document.documentElement.clientWidth")


def test_button_starts_it_and_the_focus_goes_along(open_page: OpenPage) -> None:
    page = open_page(UNIT)
    wait_for_scores(page)
    opener = page.get_by_role("button", name="Projector mode", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    end = page.get_by_role("button", name="End projector mode")
    expect(end).to_be_focused()
    page.keyboard.press("Enter")
    expect(opener).to_be_focused()
    page.keyboard.press("f")
    expect(end).to_be_visible()
    page.keyboard.press("f")
    expect(end).to_be_hidden()
    page.keyboard.press("?")
    row = page.get_by_role("dialog", name="Keys").locator(".key-row", has_text="projector mode")
    expect(row.locator("kbd")).to_have_text("f")


def test_escape_stops_nothing_that_runs_behind_it(open_page: OpenPage) -> None:
    page = open_page(f"{UNIT}&view=both")
    wait_for_scores(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Projector mode")).to_be_hidden()
    expect(page.locator("#scores")).not_to_contain_text(re.compile("stopped", re.IGNORECASE))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["both", "picture", "layer"])
def test_it_can_be_used_by_everybody(open_page: OpenPage, view: str, scheme: str) -> None:
    page = open_page(f"{UNIT}&view={view}", color_scheme=scheme)
    if view != "layer":
        wait_for_scores(page) if view == "both" else expect(
            page.locator("#stage img")
        ).to_be_visible()
    else:
        wait_for_maps(page, LAYER)
    assert_accessible(page)
