"""Two networks, or two pictures, beside each other: one cursor, scores with differences."""

import re

import pytest
from opening import OpenPage
from playwright.sync_api import expect


def test_two_pictures_have_their_scores_beside_each_other(open_page: OpenPage, ask) -> None:
    page = open_page("/compare?left_image=example-chelsea&right_image=example-coffee")
    row = page.locator("tr[data-index='282']")
    expect(row).to_be_visible()
    left = ask("/models/efficientnet_lite0/predictions?image=example-chelsea&top=1000")
    right = ask("/models/efficientnet_lite0/predictions?image=example-coffee&top=1000")
    for place, scores in ((1, left), (2, right)):
        expected = next(each for each in scores["classes"] if each["index"] == 282)
        shown = float(row.locator("td").nth(place).get_attribute("title"))
        assert shown == pytest.approx(expected["probability"], rel=1e-4)
    expect(page.locator("#scores")).to_contain_text("espresso on the right")


def test_pointing_marks_the_same_place_on_both_sides(open_page: OpenPage) -> None:
    page = open_page("/compare?left_image=example-chelsea&right_image=example-chelsea")
    expect(page.locator("#left .compare-map")).to_be_visible()
    expect(page.locator("#right .compare-map")).to_be_visible()
    page.locator("#left .compare-frame").first.hover()
    marks = page.locator(".compare-mark")
    expect(marks.locator("visible=true")).to_have_count(4)
    places = marks.evaluate_all("nodes => nodes.map((node) => parseFloat(node.style.left))")
    assert places[:2] == places[2:]
    # The middle of the picture is the middle of the centre crop, up to a rounded pixel.
    assert places == pytest.approx([50] * 4, abs=0.5)
    expect(page.locator("#right .compare-readout")).to_have_text(re.compile("about"))
    page.locator("#right .compare-map").hover(position={"x": 1, "y": 1})
    corner = marks.nth(0).evaluate("node => parseFloat(node.style.left)")
    # The crop's left edge: 94 of 451 pixels, as resizing to 256 and cutting 224 has it.
    assert 20 < corner < 23


def test_sides_are_swapped_and_kept_in_the_address(open_page: OpenPage) -> None:
    page = open_page("/compare")
    expect(page.locator("#scores tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_label("Picture on the left")).to_have_value("example-coffee")
    page.get_by_label("Network on the right").select_option("lenet5.mnist5k")
    expect(page.locator("#scores")).to_contain_text("different classes")
    page.reload()
    expect(page.get_by_label("Network on the right")).to_have_value("lenet5.mnist5k")


def test_workspace_links_here_and_it_fits_a_phone(open_page: OpenPage) -> None:
    page = open_page("/", viewport={"width": 390, "height": 844})
    page.get_by_role("link", name="Compare").click()
    expect(page.locator("#scores tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
