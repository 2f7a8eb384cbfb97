"""The ways in: by one click, in reach of everybody, whatever the theme and the width."""

import re
from pathlib import Path

import pytest
from accessible import violations
from opening import OpenPage
from playwright.sync_api import ViewportSize, expect
from reading import clicks, count_clicks, open_model, wait_for_scores

pytestmark = pytest.mark.browser

LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_every_way_in_is_accessible(
    open_page: OpenPage, theme: str, viewport: ViewportSize
) -> None:
    page = open_page("/?model=lenet5.mnist5k&tab=scores", viewport=viewport, color_scheme=theme)
    wait_for_scores(page, label="3")
    assert violations(page, ".column-picture") == []
    page.keyboard.press("d")
    expect(page.locator(".pad-canvas")).to_be_visible()
    assert violations(page, ".column-picture") == []
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Take the picture")).to_be_enabled()
    assert violations(page, ".column-picture") == []
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.get_by_role("combobox", name="Search models").fill("lenet")
    assert violations(page, ".model-dialog") == []


def test_an_own_photograph_is_one_click(open_page: OpenPage, examples: Path) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    count_clicks(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload").click()
    chooser.value.set_files(examples / "coffee.png")
    wait_for_scores(page, label="espresso")
    assert clicks(page) == {"BUTTON": 1}
    # The server has no name for it; the tab remembers it through a reload.
    page.reload()
    wait_for_scores(page, label="espresso")
    expect(page.locator("#picture-caption")).to_contain_text("coffee.png")
    expect(page.get_by_role("img", name="coffee.png")).to_be_visible()


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("DOMException('', 'NotFoundError')", "No camera was found"),
        ("DOMException('', 'NotAllowedError')", "not allowed to use the camera"),
        ("DOMException('', 'NotReadableError')", "in use by another program"),
        ("DOMException('', 'OverconstrainedError')", "No camera was found"),
        (None, "only to pages from https"),
    ],
)
def test_a_camera_that_is_not_there_is_explained(
    open_page: OpenPage, start: str | None, words: str
) -> None:
    devices = f"{{getUserMedia: () => Promise.reject(new {start})}}" if start else "undefined"
    page = open_page(
        "/?tab=network",
        before=f"Object.defineProperty(navigator, 'mediaDevices', {{value: {devices}}})",
    )
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".camera-message")).to_contain_text(words)


def test_letters_stay_out_of_number_fields(open_page: OpenPage) -> None:
    page = open_page("/fields")
    field = page.locator("input[type=number]").first
    expect(field).to_be_visible()
    for data, is_kept_out in (("a", True), ("7", False), ("-1.5e3", False), ("x2", True)):
        allowed = field.evaluate(
            """(field, data) => field.dispatchEvent(
                new InputEvent("beforeinput", { data, cancelable: true }))""",
            data,
        )
        assert allowed == (not is_kept_out), data


def test_random_weights_wear_a_badge_over_their_scores(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.random")
    wait_for_scores(page)
    badge = page.locator(".score-table thead .badge-random")
    expect(badge).to_have_text(re.compile("random"))
    open_model(page, "lenet5.mnist5k")
    wait_for_scores(page, label="3")
    expect(badge).to_be_hidden()
