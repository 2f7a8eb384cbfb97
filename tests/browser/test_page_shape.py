"""The page for every screen, every theme and every way of using it."""

from typing import Any

import pytest
from opening import OpenPage
from playwright.sync_api import Page, expect
from reading import open_model, score_rows, wait_for_scores

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}

# Contrast as WCAG 2.2 defines it, of every text that is on the screen against what is behind it.
MEASURE_CONTRAST = """
() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (value) =>
        value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const luminance = ([red, green, blue]) =>
        0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
    const behind = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const colour = channels(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const weak = [];
    let measured = 0;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode.parentElement;
        const text = texts.currentNode.textContent.trim();
        if (!text || !node.checkVisibility() || node.closest(".visually-hidden, :disabled, option"))
            continue;
        if (node.closest(".crop-overlay, .skip-link")) continue; // over a photograph; off screen
        const colours = [channels(getComputedStyle(node).color), behind(node)];
        const pair = colours.map(luminance).sort((a, b) => b - a);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        measured += 1;
        if (ratio < 4.5) weak.push(`${ratio.toFixed(2)} ${text}`);
    }
    return { measured, weak };
}
"""


def assert_no_sideways_scroll(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("document.documentElement.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(open_page: OpenPage, scheme: Any) -> None:
    page = open_page("/?model=resnet18.random", color_scheme=scheme, reduced_motion="reduce")
    wait_for_scores(page)
    result = page.evaluate(MEASURE_CONTRAST)
    assert result["measured"] > 40
    assert result["weak"] == []
    page.keyboard.press("m")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(MEASURE_CONTRAST)["weak"] == []


def test_theme_follows_the_system_until_it_is_chosen(open_page: OpenPage) -> None:
    def ground(page: Page) -> str:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    page = open_page("/", color_scheme="dark")
    wait_for_scores(page)
    dark = ground(page)
    page.emulate_media(color_scheme="light")
    light = ground(page)
    assert dark != light
    page.keyboard.press("t")
    page.keyboard.press("t")
    assert ground(page) == dark
    page.reload()
    wait_for_scores(page)
    assert ground(page) == dark


def test_phone_needs_no_sideways_scroll_anywhere(open_page: OpenPage) -> None:
    page = open_page("/?top=20", viewport=PHONE)
    wait_for_scores(page)
    assert_no_sideways_scroll(page)
    page.keyboard.press("x")
    assert_no_sideways_scroll(page)
    page.keyboard.press("m")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_no_sideways_scroll(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    open_model(page, "resnet50.imagenet1k_v2")
    expect(page.get_by_role("region", name="Weights")).to_be_visible()
    assert_no_sideways_scroll(page)
    open_model(page, "lenet5 mnist")
    wait_for_scores(page, label="3")
    assert_no_sideways_scroll(page)
    page.keyboard.press("d")
    expect(page.locator(".pad-canvas")).to_be_visible()
    assert_no_sideways_scroll(page)


def test_picture_stays_on_top_of_a_phone(open_page: OpenPage) -> None:
    page = open_page("/?top=20", viewport=PHONE)
    wait_for_scores(page)
    score_rows(page).last.scroll_into_view_if_needed()
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    assert stage["y"] == pytest.approx(0, abs=1)


def test_picture_stays_beside_long_scores(open_page: OpenPage) -> None:
    page = open_page("/?top=100")
    wait_for_scores(page)
    score_rows(page).last.scroll_into_view_if_needed()
    expect(page.get_by_role("img", name="Chelsea")).to_be_in_viewport(ratio=0.9)


def test_pad_is_square_on_every_screen(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.mnist5k")
    wait_for_scores(page, label="3")
    page.keyboard.press("d")
    expect(page.locator(".pad-canvas")).to_be_visible()
    for viewport in (PHONE, {"width": 1280, "height": 800}, {"width": 1920, "height": 1080}):
        page.set_viewport_size(viewport)
        box = page.locator(".pad-canvas").bounding_box()
        assert box is not None
        assert box["width"] == pytest.approx(box["height"], abs=1)


def test_main_job_works_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the scores")).to_be_focused()
    page.keyboard.press("e")
    wait_for_scores(page, label="espresso")
    page.keyboard.press("s")
    expect(page.get_by_role("radio", name="sigmoid")).to_be_checked()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("d")
    expect(page.locator(".pad-canvas")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".pad-canvas")).to_be_hidden()
    for key in ("u", "o"):
        with page.expect_file_chooser() as chooser:
            page.keyboard.press(key)
        assert chooser.value.is_multiple() == (key == "o")


def test_focus_is_visible_wherever_it_goes(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page)
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => {
                const at = document.activeElement;
                const shown = at.matches(".switch input") ? at.nextElementSibling : at;
                return [at.outerHTML.slice(0, 80), getComputedStyle(shown).outlineStyle];
            }"""
        )
        if name.startswith("<body"):
            break
        seen.add(name)
        assert outline != "none", name
    assert len(seen) >= 15


def test_screen_readers_hear_the_result(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    page.keyboard.press("e")
    status = page.locator("#scores > [role=status]")
    expect(status).to_contain_text("espresso 95")
    expect(status).to_contain_text("Entropy")
