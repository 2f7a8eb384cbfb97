"""A drawn digit in the microscope, centred or as drawn."""

import re

import pytest
from opening import OpenPage
from playwright.sync_api import Page, expect
from reading import draw, read_scores, wait_for_scores

pytestmark = pytest.mark.browser

# In the upper right corner of the pad.
SEVEN = [[(0.5, 0.12), (0.92, 0.12), (0.7, 0.6)]]


def drawn_for(open_page: OpenPage, model: str) -> Page:
    page = open_page(f"/?model={model}")
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
    drawn = drawn_for(open_page, "lenet5.mnist5k")
    asked: list[str] = []
    drawn.on("request", lambda request: asked.append(request.url))
    drawn.get_by_label("How the digit is prepared").select_option("as-drawn")
    expect(drawn.locator(".network-input-picture img")).to_have_attribute(
        "src", re.compile("preparation=as-drawn")
    )
    for lens in ("How", "Filters", "Why", "What if", "Maps"):
        drawn.get_by_role("tab", name=lens, exact=True).click()
        drawn.wait_for_load_state("networkidle")
    about_the_picture = [
        url for url in asked if "/models/lenet5.mnist5k/" in url and "image=" in url
    ]
    assert len(about_the_picture) > 3
    assert [url for url in about_the_picture if "preparation=as-drawn" not in url] == []


def test_networks_without_a_choice_offer_none_and_are_asked_as_usual(open_page: OpenPage) -> None:
    """The address keeps it for the next digit network."""
    page = open_page("/?model=efficientnet_lite0.imagenet1k&preparation=as-drawn")
    wait_for_scores(page, label="tiger cat")
    expect(page.get_by_label("How the digit is prepared")).to_be_hidden()
