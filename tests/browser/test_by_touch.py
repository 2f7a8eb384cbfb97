"""The first things that people want to know, by a finger: nothing needs a pointer that hovers."""

import itertools
import json
import re
from pathlib import Path

import pytest
from maps_page import wait_for_maps
from opening import OpenPage
from playwright.sync_api import Page, expect
from reading import picture_box, wait_for_scores

pytestmark = pytest.mark.browser

SMALLEST_PX = 24


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(
        "/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )  # fmt: skip


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).tap()


def too_small(page: Page) -> list[str]:
    """What is tapped and is smaller than a finger hits, links within text apart (WCAG 2.5.8)."""
    found: list[str] = page.locator(
        "button:visible, select:visible, summary:visible, [role=tab]:visible"
    ).evaluate_all(
        """(nodes, least) => nodes
            .filter((node) => !node.matches(".link, .term") && node.checkVisibility())
            .map((node) => [node.getBoundingClientRect(), node])
            // To the nearest tenth: layouts round.
            .filter(([{ width, height }]) => Math.min(width, height) < least - 0.1 && width > 1)
            .map(([box, node]) => `${box.width} x ${box.height} ${node.outerHTML.slice(0, 99)}`)
        """,
        SMALLEST_PX,
    )
    return found


def test_why_this_cat_and_not_that_one(phone: Page) -> None:
    wait_for_scores(phone, label="tiger cat")
    assert too_small(phone) == []
    phone.get_by_role("button", name=re.compile("^tiger cat")).tap()
    phone.get_by_role("button", name="rather than Egyptian cat").tap()
    expect(phone.locator("#lens-why")).to_contain_text(
        "What speaks for tiger cat rather than Egyptian cat"
    )
    assert too_small(phone) == []


def test_which_channel_looks_at_the_eye(phone: Page) -> None:
    wait_for_scores(phone, label="tiger cat")
    box = picture_box(phone)
    phone.touchscreen.tap(
        box["x"] + 171.5 / 451 * box["width"], box["y"] + 110.5 / 300 * box["height"]
    )
    first = phone.locator(".look-card").first
    expect(first).to_have_attribute("data-channel", "53")
    size = first.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 44
    phone.locator(".look-card").nth(1).tap()
    expect(phone.locator(".look-card").nth(1)).to_have_attribute("aria-pressed", "true")
    assert too_small(phone) == []


def test_a_number_down_to_pixels_and_the_field_that_grows(phone: Page) -> None:
    wait_for_scores(phone, label="tiger cat")
    open_tab(phone, "Layer")
    wait_for_maps(phone, "blocks.2.0.conv_dw")
    tiling = phone.locator(".map-grid canvas[data-tiling]").first.get_attribute("data-tiling")
    tile = json.loads(str(tiling))
    assert min(tile["width"], tile["height"]) >= 44
    phone.get_by_role("group", name="Through the layers").get_by_role("button").tap()
    expect(phone.locator("#layer-heading")).not_to_have_text("blocks.2.0.conv_dw")
    phone.get_by_role("tab", name="How").tap()
    phone.get_by_role("button", name="Follow the largest").tap()
    expect(phone.locator(".trail-said")).to_contain_text("one colour of one pixel")
    assert too_small(phone) == []


def test_whether_a_map_is_to_be_trusted(phone: Page) -> None:
    phone.goto(phone.url.split("?")[0] + "?model=lenet5.mnist5k&class=3&methods=saliency&tab=layer")
    phone.get_by_role("tab", name="Why").tap()
    expect(phone.locator(".why-card[data-phase=ready]")).to_have_count(1)
    phone.get_by_role("button", name="Randomise the network").tap()
    expect(phone.locator(".why-stages .figure").last).to_be_visible()
    assert too_small(phone) == []


def test_a_seven_is_drawn_with_a_finger(phone: Page) -> None:
    wait_for_scores(phone, label="tiger cat")
    phone.get_by_role("button", name="Draw", exact=True).tap()
    expect(phone.locator(".model-button-id")).to_have_text("lenet5.mnist5k")
    wait_for_scores(phone, label="3")
    assert too_small(phone) == []
    box = phone.locator(".pad-canvas").bounding_box()
    assert box is not None
    corners = [(0.3, 0.24), (0.7, 0.24), (0.45, 0.8)]
    points = [
        {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in corners
    ]
    finger = phone.context.new_cdp_session(phone)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for start, end in itertools.pairwise(points):
        for step in range(1, 9):
            at = {axis: start[axis] + step / 8 * (end[axis] - start[axis]) for axis in ("x", "y")}
            finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for_scores(phone, label="7")


def test_an_own_photograph(phone: Page, examples: Path) -> None:
    wait_for_scores(phone, label="tiger cat")
    with phone.expect_file_chooser() as chooser:
        phone.get_by_role("button", name="Upload").tap()
    chooser.value.set_files(examples / "coffee.png")
    wait_for_scores(phone, label="espresso")
