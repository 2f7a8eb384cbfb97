"""A drawn digit in the microscope, centred or as drawn."""

import re

import pytest
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect
from reading import draw, read_scores, wait_for_scores

pytestmark = pytest.mark.browser

# In the upper right corner of the pad.
SEVEN = [[(0.5, 0.12), (0.92, 0.12), (0.7, 0.6)]]


# What each lens asks first of a unit of c1.
ASKED_BY = {
    "How": "/units/",
    "Filters": "/match",
    "Why": "/attributions/",
    "What if": "/interventions",
}


def drawn_for(open_page: OpenPage, model: str, more: str = "") -> Page:
    page = open_page(f"/?model={model}{more}")
    page.keyboard.press("d")
    expect(page.get_by_text("Draw a digit here")).to_be_visible()
    draw(page, *SEVEN)
    wait_for_scores(page, label="7")
    return page


def test_a_digit_is_seen_where_it_was_drawn_if_one_asks_for_it(
    open_page: OpenPage,
) -> None:
    """The linear classifier reads it centred, and not where it stands."""
    drawn = drawn_for(open_page, "softmax.mnist5k")
    assert read_scores(drawn)["7"] > 0.9
    seen = drawn.locator(".network-input-picture img")
    choice = drawn.get_by_label("How the digit is prepared")
    expect(choice).to_have_value("centred")
    choice.select_option("as-drawn")
    expect(drawn).to_have_url(re.compile("preparation=as-drawn"))
    expect(seen).to_have_attribute("src", re.compile("preparation=as-drawn"))
    wait_for_scores(drawn)
    assert read_scores(drawn)["7"] < 0.9
    expect(drawn.get_by_text("it is taken as it is drawn")).to_be_attached()
    drawn.go_back()
    expect(choice).to_have_value("centred")
    wait_for_scores(drawn, label="7")


def test_every_question_about_the_picture_says_how_it_is_prepared(open_page: OpenPage) -> None:
    drawn = drawn_for(open_page, "lenet5.mnist5k", "&layer=c1&channel=2&row=9&column=9")
    asked: list[str] = []
    drawn.on("request", lambda request: asked.append(request.url))
    drawn.get_by_label("How the digit is prepared").select_option("as-drawn")
    expect(drawn.locator(".network-input-picture img")).to_have_attribute(
        "src", re.compile("preparation=as-drawn")
    )
    for lens, path in ASKED_BY.items():
        with drawn.expect_request(re.compile(f"/models/lenet5.mnist5k.*{path}.*image=")):
            drawn.get_by_role("tab", name=lens, exact=True).click()
    about_the_picture = [
        url for url in asked if "/models/lenet5.mnist5k/" in url and "image=" in url
    ]
    # What came before the choice was known was asked without it.
    chosen = ["preparation=as-drawn" in url for url in about_the_picture]
    assert sum(chosen) > len(ASKED_BY)
    assert [url for url in about_the_picture[chosen.index(True) :] if "as-drawn" not in url] == []


def test_networks_without_a_choice_offer_none_and_are_asked_as_usual(open_page: OpenPage) -> None:
    """The address keeps it for the next digit network."""
    page = open_page("/?model=efficientnet_lite0.imagenet1k&preparation=as-drawn")
    wait_for_scores(page, label="tiger cat")
    expect(page.get_by_label("How the digit is prepared")).to_be_hidden()


def test_ink_is_sent_though_the_preparation_is_changed_meanwhile(open_page: OpenPage) -> None:
    page = open_page(
        "/?model=lenet5.mnist5k",
        before="""
            const toBlob = HTMLCanvasElement.prototype.toBlob;
            HTMLCanvasElement.prototype.toBlob = function (...asked) {
                window.makeFile = () => toBlob.apply(this, asked);
            };
        """,
    )
    page.keyboard.press("d")
    page.mouse.move(*middle_of(page.locator(".pad-canvas")))
    page.mouse.down()
    page.wait_for_function("() => window.makeFile")
    page.mouse.up()
    page.get_by_label("How the digit is prepared").select_option("as-drawn")
    expect(page).to_have_url(re.compile("preparation=as-drawn"))
    page.evaluate("() => window.makeFile()")
    expect(page).to_have_url(re.compile("image="))
    wait_for_scores(page)


def middle_of(node: Locator) -> tuple[float, float]:
    expect(node).to_be_visible()
    box = node.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
