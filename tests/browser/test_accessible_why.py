"""The lenses Why and What if leave nobody out: both themes, a laptop's width and a phone's."""

import pytest
from accessible import assert_accessible
from opening import OpenPage
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LENET = "/?model=lenet5.mnist5k&image=example-chelsea&tab=layer&class=3"
WIDTHS = [1280, 390]
THEMES = ["light", "dark"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_why_is_accessible_in_all_its_states(open_page: OpenPage, width: int, theme: str) -> None:
    page = open_page(
        f"{LENET}&lens=why&rival=5&methods=grad_cam,saliency",
        viewport={"width": width, "height": 844},
        color_scheme=theme,
    )
    expect(page.locator(".why-card[data-phase=ready]")).to_have_count(2)
    expect(page.locator(".why-share").first).to_be_visible()
    page.get_by_text("Method, settings, save").click()
    page.get_by_role("button", name="Which layer?").click()
    expect(page.locator(".why-layer-button").last).to_have_text("s4")
    page.get_by_role("button", name="Compare the methods").click()
    expect(page.locator(".why-matrix")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Test it").click()
    expect(page.locator(".why-result")).to_have_count(3)
    expect(page.locator(".why-doubt")).to_have_attribute("aria-busy", "false")
    assert_accessible(page)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_what_if_is_accessible_in_all_its_states(
    open_page: OpenPage, width: int, theme: str
) -> None:
    page = open_page(
        f"{LENET}&lens=what-if&layer=c1&do=off*c1*1&seen=rotation_degrees*20",
        viewport={"width": width, "height": 844},
        color_scheme=theme,
    )
    expect(page.locator(".change-table tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Find the channel that matters most").click()
    expect(page.locator(".finder-table tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Cover it patch by patch").click()
    expect(page.locator(".occlusion-frame")).to_be_visible()
    assert_accessible(page)
