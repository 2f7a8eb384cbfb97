"""The layer through its lenses, by axe's rules: both themes, on a laptop and on a phone."""

import pytest
from accessible import violations
from maps_page import wait_for_maps
from opening import OpenPage
from playwright.sync_api import ViewportSize, expect
from reading import wait_for_scores

pytestmark = pytest.mark.browser

LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
LENET = "/?model=lenet5.mnist5k&image=example-chelsea&tab=layer"
UNIT = "/?layer=blocks.2.0.conv_dw&channel=53&row=8&column=6&tab=layer"

# What is looked at, and what is there once the state is reached.
STATES = {
    "maps": (UNIT, ".map-grid canvas[data-captions]"),
    "sorted maps": (f"{UNIT}&sort=maximum&range=layer", ".map-grid canvas[data-captions]"),
    "vector": ("/?layer=classifier&channel=282&tab=layer", ".map-grid canvas[data-captions]"),
    "pins": (f"{UNIT}&pins=1,2", ".pinned-maps canvas[data-captions]"),
    "pixel": (f"{UNIT}&pixel=60,60", ".pixel-panel .reach-row"),
    "how: depthwise": (f"{UNIT}&lens=number", ".value-cell"),
    "how: played": (f"{UNIT}&lens=number&play=window", ".play-map canvas"),
    "how: padding": (
        "/?layer=blocks.2.0.conv_dw&channel=53&row=0&column=0&tab=layer&lens=number",
        ".value-cell.is-void",
    ),
    "how: many channels": (
        f"{LENET}&layer=c3&channel=3&row=4&column=4&lens=number",
        ".term-table tbody tr",
    ),
    "how: activation": (
        "/?layer=bn1.act&channel=3&row=8&column=6&tab=layer&lens=number",
        ".curve-line",
    ),
    "how: pooling": (f"{LENET}&layer=s2&channel=1&row=4&column=4&lens=number", ".value-cell"),
    "how: logit": ("/?layer=classifier&channel=282&tab=layer&lens=number", ".term-table tbody tr"),
    "filters: colour": ("/?layer=conv_stem&channel=3&tab=layer&lens=filters", ".match-numbers dd"),
    "filters: depthwise": (f"{UNIT}&lens=filters", ".match-numbers dd"),
    "filters: none": (
        "/?layer=bn1.act&channel=3&tab=layer&lens=filters",
        ".patch-tile",
    ),
    "filters: mixing": (
        "/?layer=blocks.2.0.conv_pw&channel=3&tab=layer&lens=filters",
        ".match-numbers dd",
    ),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("screen", "scheme"),
    [
        pytest.param(LAPTOP, "light", id="1280-light"),
        pytest.param(PHONE, "dark", id="390-dark"),
        pytest.param(LAPTOP, "dark", id="1280-dark", marks=pytest.mark.full),
        pytest.param(PHONE, "light", id="390-light", marks=pytest.mark.full),
    ],
)
def test_lenses_can_be_used_by_everybody(
    open_page: OpenPage, state: str, scheme: str, screen: ViewportSize
) -> None:
    path, sign = STATES[state]
    page = open_page(path, viewport=screen, color_scheme=scheme)
    if "classifier" not in path and screen == LAPTOP:
        wait_for_scores(page)
    expect(page.locator(sign).first).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_matrix_and_list_of_keys_can_be_read_by_everybody(open_page: OpenPage, scheme: str) -> None:
    page = open_page(f"{UNIT}&lens=number", color_scheme=scheme)
    wait_for_scores(page)
    page.locator(".matrix-summary").click()
    expect(page.locator(".matrix-canvas").first).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page) == []


def test_maps_are_told_to_those_who_do_not_see_them(open_page: OpenPage) -> None:
    page = open_page(UNIT)
    wait_for_maps(page, "blocks.2.0.conv_dw")
    maps = page.get_by_role("img", name="144 maps of 28 × 28 of blocks.2.0.conv_dw")
    expect(maps).to_be_visible()
