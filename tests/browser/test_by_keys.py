"""The first things that people want to know, by keys alone: no pointer is touched."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accessible import assert_accessible
from maps_page import parameter, wait_for_maps
from number_page import wait_for_unit
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect
from reading import wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
TABS = 150
# From the middle of 28 x 28: to the upper left, and there a seven.
SEVEN = (
    ["ArrowLeft"] * 6 + ["ArrowUp"] * 8 + ["Space"] + ["ArrowRight"] * 12
    # Down and to the left.
    + ["ArrowDown", "ArrowDown", "ArrowLeft"] * 8 + ["Space"]
)  # fmt: skip


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """By the Tab key alone; what has the focus on the way can be seen, and is seen to have it."""
    expect(target).to_be_visible()
    for _ in range(TABS):
        page.keyboard.press(key)
        seen = page.evaluate(
            """() => {
                const { activeElement: at } = document;
                if (at === document.body) return null;
                const box = at.getBoundingClientRect();
                const marked = [at, at.nextElementSibling, at.parentElement].some((node) => {
                    const style = node && getComputedStyle(node);
                    return style && (style.outlineStyle !== "none" || style.boxShadow !== "none");
                });
                return [box.width * box.height > 0 && marked, at.outerHTML.slice(0, 160)];
            }"""
        )
        assert seen is None or seen[0], seen[1]
        if target.evaluate("(node) => node === document.activeElement"):
            return
    pytest.fail(f"Tab never came to {target}")


def test_why_this_cat_and_not_that_one(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    tab_to(page, page.get_by_role("button", name=re.compile("^tiger cat.*")))
    press(page, "Enter")
    expect(page.locator("#lens-why .why-card").first).to_be_visible()
    tab_to(page, page.get_by_role("button", name="rather than Egyptian cat"))
    press(page, "Enter")
    expect(page.locator("#lens-why")).to_contain_text(
        "What speaks for tiger cat rather than Egyptian cat"
    )
    assert (parameter(page, "class"), parameter(page, "rival")) == ("282", "285")


def test_which_channel_looks_at_the_eye(open_page: OpenPage) -> None:
    page = open_page("/?image=example-chelsea&layer=blocks.2.0.conv_dw")
    wait_for_scores(page)
    tab_to(page, page.get_by_role("application", name="Point at the picture"))
    # From the middle of 300 x 451: a step is a hundredth of 451.
    press(page, *["Shift+ArrowUp"] * 2, "ArrowDown")
    press(page, *["Shift+ArrowLeft"] * 2, *["ArrowLeft"] * 2, "Enter")
    first = page.locator(".look-card").first
    expect(first).to_have_attribute("data-channel", "53")
    tab_to(page, first)
    press(page, "Tab", "Enter")
    expect(page.locator(".look-card").nth(1)).to_have_attribute("aria-pressed", "true")


def test_one_number_down_to_pixels(open_page: OpenPage) -> None:
    page = open_page("/?image=example-chelsea")
    wait_for_scores(page, label="tiger cat")
    press(page, "2")
    wait_for_unit(page)
    tab_to(page, page.get_by_role("button", name="Follow the largest"))
    press(page, "Enter")
    expect(page.locator(".trail-said")).to_contain_text("one colour of one pixel")


def test_the_field_grows_with_the_depth(open_page: OpenPage) -> None:
    page = open_page("/?image=example-chelsea")
    wait_for_maps(page, "blocks.2.0.conv_dw")
    tab_to(page, page.get_by_role("slider", name="Through the layers"))
    press(page, "End")
    wait_for_maps(page, "blocks.6.0.conv_dw")


def test_whether_a_map_is_to_be_trusted(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.mnist5k&class=3&methods=saliency")
    wait_for_scores(page, label="3")
    press(page, "4")
    expect(page.locator(".why-card[data-phase=ready]")).to_have_count(1)
    tab_to(page, page.get_by_role("button", name="Randomise the network"))
    press(page, "Enter")
    expect(page.locator(".why-stages .figure").last).to_be_visible()


def test_a_seven_is_drawn_and_read_and_its_filters_seen(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    press(page, "d")
    pad = page.get_by_role("application", name=re.compile("^Drawing pad"))
    expect(pad).to_be_focused()
    expect(page.locator(".model-button-id")).to_have_text("lenet5.mnist5k")
    press(page, *SEVEN)
    wait_for_scores(page, label="7")
    said = page.locator(".pad .pen-said")
    expect(said).to_have_text("Pen up, Space puts it down; row 22, column 12 of 28")
    expect(page.locator(".stage-layer.pad")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".score-results.is-waiting")).to_have_count(0)
    assert_accessible(page)
    # A pen that is down is lifted first, and only then is the pad closed.
    press(page, "Space")
    expect(said).to_contain_text("Pen down")
    press(page, "Escape")
    expect(said).to_contain_text("Pen up")
    press(page, "Control+z")
    wait_for_scores(page, label="7")
    press(page, "3")
    expect(page.locator("#lens-filters")).to_contain_text("kernels")


def test_arrows_on_the_pad_leave_the_unit_alone(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.mnist5k&layer=c1&channel=1&row=5&column=5")
    wait_for_maps(page, "c1")
    press(page, "d", "ArrowLeft", "ArrowUp")
    assert [parameter(page, name) for name in ("row", "column")] == ["5", "5"]
    press(page, "Escape")
    expect(page.get_by_role("button", name="Draw", exact=True)).to_be_focused()


def test_an_own_photograph(open_page: OpenPage, examples: Path) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    tab_to(page, page.get_by_role("button", name="Upload"))
    with page.expect_file_chooser() as chooser:
        press(page, "Enter")
    chooser.value.set_files(examples / "coffee.png")
    wait_for_scores(page, label="espresso")
