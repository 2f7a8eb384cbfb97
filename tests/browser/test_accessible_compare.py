"""The page that compares, for people who do not see it or do not point, and that nothing jumps."""

import pytest
from accessible import assert_accessible
from answering import fail
from compare_page import choose_network, map_of, network_button, reason_of
from opening import Complaints, OpenPage
from playwright.sync_api import expect

SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (!entry.hadRecentInput) window.shifted += entry.value;
        }
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_state_is_accessible(open_page: OpenPage, theme: str, width: int) -> None:
    page = open_page("/compare", color_scheme=theme, viewport={"width": width, "height": 844})
    for side in ("left", "right"):
        expect(reason_of(page, side)).to_be_visible()
    map_of(page, "left").press("ArrowRight")
    assert_accessible(page)
    network_button(page, "right").click()
    assert_accessible(page)
    page.keyboard.press("Escape")
    choose_network(page, "right", "lenet5.mnist5k")
    expect(page.locator("#scores")).to_contain_text("different classes")
    expect(reason_of(page, "right")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("two pictures, one network").check()
    expect(page.get_by_role("group", name="Picture on the right")).to_be_visible()
    assert_accessible(page)


def test_mark_is_walked_and_classes_are_chosen_by_key(open_page: OpenPage) -> None:
    page = open_page("/compare?left_layer=blocks.2.0.conv_dw&left_channel=53")
    expect(map_of(page, "left")).to_be_visible()
    left, right = (
        page.locator(f"#{side} .part-map .compare-readout") for side in ("left", "right")
    )
    expect(map_of(page, "right")).to_be_visible()
    map_of(page, "left").press("ArrowRight")
    expect(left).to_contain_text("channel 53, row 14, column 14 = ")
    map_of(page, "left").press("ArrowUp")
    map_of(page, "left").press("ArrowLeft")
    expect(left).to_contain_text("channel 53, row 13, column 13 = ")
    expect(right).to_contain_text("channel 53, row 13, column 13 = ")
    page.locator("tr[data-index='285'] button").press("Enter")
    expect(page.locator("tr[data-index='285'] button")).to_be_focused()
    expect(page.get_by_label("Class that is explained")).to_have_value("285")
    page.keyboard.press("x")
    expect(page.locator(".compare-mark").locator("visible=true")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.get_by_role("combobox", name="Search models")).to_be_focused()


def test_nothing_jumps(open_page: OpenPage) -> None:
    page = open_page("/compare", before=SHIFTS)
    for side in ("left", "right"):
        expect(reason_of(page, side)).to_be_visible()
    choose_network(page, "right", "lenet5.mnist5k")
    expect(reason_of(page, "right")).to_be_visible()
    assert page.evaluate("window.shifted") < 0.01


def test_touch_marks_a_place(open_page: OpenPage) -> None:
    page = open_page("/compare", viewport={"width": 390, "height": 844}, has_touch=True)
    expect(map_of(page, "right")).to_be_visible()
    map_of(page, "right").tap()
    expect(page.locator("#left .part-map .compare-mark")).to_be_visible()
    expect(page.locator("#left .part-map .compare-readout")).to_contain_text("channel")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", [r"/v1/models(\?|$)", "/predictions", "/activations", "/v1/.*/attributions"]
)
def test_what_failed_is_told_to_everybody(
    open_page: OpenPage, complaints: Complaints, path: str, scheme: str
) -> None:
    complaints.expect("422")
    page = open_page("/fields", routed=True, color_scheme=scheme)
    fail(page, path)
    page.goto(page.url.replace("/fields", "/compare"))
    expect(page.get_by_text("No scores of this.").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert_accessible(page)
