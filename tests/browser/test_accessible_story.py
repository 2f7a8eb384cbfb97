"""What is told, ranked, followed and played in the workspace, by axe's rules on the whole page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from accessible import assert_accessible
from maps_page import wait_for_maps
from number_page import wait_for_unit
from opening import OpenPage
from playwright.sync_api import ViewportSize, expect
from reading import ANSWER_MS, wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
LENET = "/?model=lenet5.mnist5k&image=example-chelsea&tab=layer"
LAYER = "blocks.2.0.conv_dw"
UNIT = f"/?image=example-chelsea&layer={LAYER}&channel=53&row=8&column=6&tab=layer"
on_every_screen = pytest.mark.parametrize(
    ("screen", "scheme"),
    [
        pytest.param(LAPTOP, "dark", id="1280-dark"),
        pytest.param(PHONE, "light", id="390-light"),
        pytest.param(LAPTOP, "light", id="1280-light", marks=pytest.mark.full),
        pytest.param(PHONE, "dark", id="390-dark", marks=pytest.mark.full),
    ],
)


@on_every_screen
def test_every_step_of_the_tour(open_page: OpenPage, screen: ViewportSize, scheme: str) -> None:
    page = open_page("/", tour=True, viewport=screen, color_scheme=scheme)
    card = page.locator(".tour")
    expect(card).to_be_visible(timeout=ANSWER_MS)
    if screen == LAPTOP:
        wait_for_scores(page)
        wait_for_maps(page, LAYER)
    for step in range(1, 6):
        expect(card).to_contain_text(f"{step} of 5")
        expect(page.locator(".is-toured")).to_be_visible()
        assert_accessible(page, f"step {step}")
        card.get_by_role("button", name=re.compile("^(Next|Done)$")).click()
    expect(card).to_be_hidden()


@on_every_screen
def test_the_way_down_to_a_pixel(open_page: OpenPage, screen: ViewportSize, scheme: str) -> None:
    page = open_page(
        f"{LENET}&layer=output&channel=3&lens=number", viewport=screen, color_scheme=scheme
    )
    wait_for_unit(page)
    page.get_by_role("button", name="Follow the largest").click()
    wait_for_unit(page, layer="input")
    page.get_by_role("button", name="between").click()
    assert_accessible(page, "trail")


@on_every_screen
@pytest.mark.parametrize("view", ["", "&view=both", "&view=layer"])
def test_depth_while_it_plays(
    open_page: OpenPage, view: str, screen: ViewportSize, scheme: str
) -> None:
    """The walk stands still between two layers: what it asks for next is held."""
    page = open_page(
        UNIT + view,
        viewport=screen,
        color_scheme=scheme,
        reduced_motion="no-preference",
    )
    wait_for_maps(page, LAYER)
    depth = page.get_by_role("group", name="Through the layers")
    depth.get_by_role("button", name="Play").click()
    expect(depth).not_to_contain_text(LAYER)
    assert_accessible(page, "playing")
    expect(depth.get_by_role("button", name="Pause")).to_be_visible()


@on_every_screen
def test_who_looks_where_the_picture_was_clicked(
    open_page: OpenPage, ask: Ask, screen: ViewportSize, scheme: str
) -> None:
    page = open_page(UNIT, viewport=screen, color_scheme=scheme)
    if screen == LAPTOP:
        wait_for_scores(page)
    expect(page.locator(".look-layer")).to_be_visible()
    page.locator(".picture-frame").click(position={"x": 110, "y": 75})
    expect(page.get_by_role("region", name="Who looks here").locator(".look-card")).to_have_count(8)
    assert_accessible(page, "ranking")
