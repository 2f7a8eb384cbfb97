"""Terms of the field explain themselves where they stand, by tap and by key, on every screen."""

import json
import re

import pytest
from accessible import assert_accessible
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

from app.web.learn.terms import glossary

pytestmark = pytest.mark.browser

UNIT = "/?model=lenet5.mnist5k&image=example-chelsea&layer=c1&channel=1&row=5&column=5"
GLOSSARY = glossary()


def card(page: Page) -> Locator:
    return page.get_by_role("dialog").and_(page.locator(".term-popover"))


def assert_explains(page: Page, term: Locator) -> None:
    """A tap opens its card, whole on the screen; a second one closes it."""
    key = term.get_attribute("data-term") or ""
    entry = GLOSSARY[key]
    term.click()
    expect(card(page)).to_be_visible()
    expect(card(page)).to_have_accessible_name(entry["name"])
    expect(card(page)).to_contain_text(entry["sentences"])
    expect(term).to_have_attribute("aria-expanded", "true")
    link = card(page).get_by_role("link")
    expect(link).to_have_attribute("href", f"./{entry['address']}")
    box, screen = card(page).bounding_box(), page.viewport_size
    assert box
    assert screen
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= screen["width"]
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= screen["height"]
    term.click()
    expect(card(page)).to_be_hidden()
    expect(term).to_have_attribute("aria-expanded", "false")


def test_every_term_in_sight_explains_itself(open_page: OpenPage) -> None:
    page = open_page(f"{UNIT}&lens=filters")
    expect(page.locator(".match-numbers [data-term='cosine']")).to_be_visible()
    terms = page.locator("[data-term]:visible")
    keys = {each.get_attribute("data-term") for each in terms.all()}
    assert {
        *("logit", "softmax", "entropy", "convolution", "shape", "parameters", "multiply-adds"),
        *("kernel", "norm", "frobenius", "bias", "template", "dot-product", "cosine"),
    } <= keys
    for each in terms.all():
        assert_explains(page, each)
    # Another one takes the place of the first.
    terms.first.click()
    page.locator(".match-numbers [data-term='cosine']").click()
    expect(card(page)).to_have_accessible_name("Cosine")
    expect(terms.first).to_have_attribute("aria-expanded", "false")
    # A tap anywhere else puts it away.
    page.get_by_role("heading", name="Network", exact=True).click()
    expect(card(page)).to_be_hidden()


def test_words_of_how_and_of_a_pixel_explain_themselves(open_page: OpenPage) -> None:
    # A corner of VGG's second convolution: padding lies in its patch.
    vgg = "/?model=vgg_32.mnist5k&image=example-chelsea&channel=1&row=0&column=5&lens=number"
    page = open_page(f"{vgg}&layer=conv2_1")
    how = page.locator(".patch-cells .term, .formula-name .term")
    expect(how).to_have_text(["bias", "patch", "kernel", "products", "padding"])
    for each in how.all():
        assert_explains(page, each)
    page = open_page(f"{vgg}&layer=pool1")
    assert_explains(page, page.locator(".patch-heading [data-term='argmax']"))
    page = open_page(f"{UNIT}&lens=maps&pixel=5,9")
    assert_explains(page, page.get_by_role("button", name="projective field"))


def test_a_term_is_read_by_key_and_the_page_stays_as_it_was(open_page: OpenPage) -> None:
    page = open_page(f"{UNIT}&lens=maps")
    page.get_by_text("More of this field").click()
    field = page.locator(".unit-field [data-term='receptive-field']")
    expect(field).to_have_text("field")
    before = page.url
    field.focus()
    page.keyboard.press("Enter")
    expect(card(page)).to_be_focused()
    # Keys of the page are not meant here.
    page.keyboard.press("]")
    page.keyboard.press("Tab")
    link = card(page).get_by_role("link", name=re.compile("Which layer can see the whole cat"))
    expect(link).to_be_focused()
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    expect(field).to_be_focused()
    assert page.url == before
    page.keyboard.press("Enter")
    expect(card(page)).to_be_visible()
    page.locator(".layer-facts [data-term='convolution']").click()
    expect(card(page)).to_have_accessible_name("Convolution")


def test_its_link_leads_into_the_chapter(open_page: OpenPage) -> None:
    page = open_page(UNIT)
    page.locator("#entropy [data-term='entropy']").click()
    card(page).get_by_role("link", name="Learn: Why the logarithm?").click()
    expect(page).to_have_url(re.compile(r"/learn/loss#bits$"))
    expect(page.locator("#bits")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_can_be_read_by_everybody_on_a_phone(open_page: OpenPage, scheme) -> None:
    page = open_page(UNIT)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    logit = page.locator("#scores [data-term='logit']")
    expect(logit).to_be_visible()
    assert_explains(page, logit)
    logit.click()
    assert_accessible(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("document.documentElement.clientWidth")


def test_the_loss_of_a_training_is_explained(open_page: OpenPage) -> None:
    page = open_page("/train")
    assert_explains(page, page.locator("#status [data-term='cross-entropy']"))
    written = json.loads(page.locator("#glossary").text_content() or "{}")
    assert written["relu"]["sentences"] == GLOSSARY["relu"]["sentences"]
