"""Scores of a network that has learned nothing wear a badge, on every page that shows some."""

import pytest
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect
from reading import wait_for_scores

pytestmark = pytest.mark.browser


def badge(page: Page) -> Locator:
    return page.locator("main .badge-random:visible")


@pytest.mark.parametrize("chapter", ["scores", "loss", "designs"])
def test_chapters_mark_the_scores_of_random_weights(open_page: OpenPage, chapter: str) -> None:
    name = "ch_network" if chapter == "designs" else "model"
    page = open_page(f"/learn/{chapter}?{name}=lenet5.random")
    network = page.get_by_role("combobox", name="Network")
    expect(network).to_have_value("lenet5.random", timeout=30_000)
    expect(badge(page)).to_have_text("random weights")
    network.select_option("lenet5.mnist5k")
    expect(badge(page)).to_have_count(0)


@pytest.mark.parametrize("lens", ["maps", "what-if"])
def test_workspace_marks_them_in_every_lens(open_page: OpenPage, lens: str) -> None:
    page = open_page(f"/?model=lenet5.random&lens={lens}")
    expect(badge(page).first).to_have_text("random weights", timeout=30_000)
    page.goto(page.url.replace("lenet5.random", "lenet5.mnist5k"))
    wait_for_scores(page)
    expect(badge(page)).to_have_count(0)


def test_the_badge_of_a_long_title_stays_in_its_button_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("/?model=googlenet.random", viewport={"width": 390, "height": 844})
    chooser = page.locator(".model-button")
    expect(chooser.locator(".badge-random")).to_be_visible()
    inner, outer = (found.bounding_box() for found in (chooser.locator(".badge-random"), chooser))
    assert inner is not None
    assert outer is not None
    assert outer["x"] < inner["x"]
    assert inner["x"] + inner["width"] < outer["x"] + outer["width"]
