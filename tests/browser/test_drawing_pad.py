"""Digits drawn with real strokes of the mouse are read by a network that was really trained."""

import re

import pytest
from answering import let_go, wait_for_held
from opening import OpenPage
from playwright.sync_api import Page, ViewportSize, expect
from reading import clicks, count_clicks, draw, open_model, read_scores, wait_for_scores

pytestmark = pytest.mark.browser

ONE = [[(0.52, 0.18), (0.5, 0.5), (0.48, 0.82)]]
SEVEN = [[(0.3, 0.24), (0.7, 0.24), (0.45, 0.8)]]
ZERO = [
    [
        (0.5, 0.18),
        (0.36, 0.26),
        (0.3, 0.5),
        (0.36, 0.74),
        (0.5, 0.82),
        (0.64, 0.74),
        (0.7, 0.5),
        (0.64, 0.26),
        (0.5, 0.18),
    ]
]
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
FOUR = [[(0.38, 0.2), (0.32, 0.54), (0.7, 0.54)], [(0.62, 0.2), (0.62, 0.84)]]


@pytest.fixture
def pad(open_page: OpenPage) -> Page:
    page = open_page("/?model=lenet5.mnist5k")
    wait_for_scores(page, label="3")
    page.keyboard.press("d")
    expect(page.get_by_text("Draw a digit here")).to_be_visible()
    return page


def test_the_pen_of_the_keys_leaves_who_draws_with_a_pointer(pad: Page) -> None:
    tip, said = pad.locator(".pad .pen-tip"), pad.locator(".pad .pen-said")
    expect(said).to_contain_text("Space puts it down")
    draw(pad, ONE[0])
    expect(tip).to_be_hidden()
    expect(said).to_be_hidden()
    pad.keyboard.press("ArrowLeft")
    expect(tip).to_be_visible()


def test_no_box_stands_on_a_pad_that_is_blank(pad: Page) -> None:
    box = pad.locator(".pad-paper .field-overlay")
    expect(box).to_have_attribute("data-reached", re.compile("top"))
    expect(box).to_be_hidden()
    draw(pad, ONE[0])
    wait_for_scores(pad, label="1")
    expect(box).to_be_visible()


def test_a_digit_network_opens_on_a_digit_and_the_examples_are_digits(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.mnist5k")
    wait_for_scores(page, label="3")
    expect(page.get_by_role("img", name="A handwritten 3")).to_be_visible()
    expect(page.get_by_text("knows only the digits")).to_have_count(0)
    shown = page.locator(".example")
    expect(shown).to_have_count(10)
    expect(page.get_by_role("button", name="Example: A handwritten 3")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="Example: A handwritten 7").click()
    wait_for_scores(page, label="7")
    page.keyboard.press("e")
    wait_for_scores(page, label="8")
    open_model(page, "efficientnet lite0 imagenet1k")
    wait_for_scores(page, label="tiger cat")
    expect(shown).to_have_count(4)


def test_a_drawn_seven_is_read_and_its_filters_seen_in_two_clicks(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    count_clicks(page)
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator(".pad-still")).to_contain_text("A handwritten 3")
    draw(page, *SEVEN)
    wait_for_scores(page, label="7")
    page.get_by_role("tab", name="Filters").click()
    expect(page.locator("#lens-filters")).to_contain_text("kernels")
    assert clicks(page) == {"BUTTON": 2}


def test_the_pad_left_empty_gives_back_what_was_looked_at(open_page: OpenPage) -> None:
    page = open_page("/?image=example-coffee&scale=sigmoid")
    wait_for_scores(page, label="espresso")
    page.keyboard.press("d")
    expect(page.locator(".model-button-id")).to_have_text("lenet5.mnist5k")
    page.keyboard.press("Escape")
    wait_for_scores(page, label="espresso")
    expect(page).to_have_url(re.compile(r"\?image=example-coffee&scale=sigmoid(&|$)"))
    page.keyboard.press("d")
    page.get_by_role("button", name="Draw for EfficientNet-Lite0 instead").click()
    expect(page.locator(".pad-canvas")).to_be_visible()
    expect(page.locator(".model-button-id")).to_have_text("efficientnet_lite0.imagenet1k")
    expect(page.locator(".score-table")).to_be_hidden()
    draw(page, *SEVEN)
    wait_for_scores(page)
    assert "7" not in read_scores(page)


@pytest.mark.parametrize("query", ["", "?model=lenet5.mnist5k"], ids=["photographs", "digits"])
def test_the_pad_can_be_asked_for_before_any_network_is_known(
    open_page: OpenPage, query: str
) -> None:
    page = open_page("/fields", routed=True)
    address = page.url.replace("/fields", f"/{query}")
    held = wait_for_held(page, "/api/v1/models$", lambda: page.goto(address))
    page.keyboard.press("d")
    expect(page.locator(".pad-canvas")).to_be_visible()
    let_go(page, held)
    expect(page.locator(".model-button-id")).to_have_text("lenet5.mnist5k")
    wait_for_scores(page, label="3")
    draw(page, *SEVEN)
    wait_for_scores(page, label="7")


def test_a_wiped_pad_that_is_closed_shows_a_digit_again(pad: Page) -> None:
    draw(pad, *SEVEN)
    wait_for_scores(pad, label="7")
    pad.get_by_role("button", name="Clear").click()
    expect(pad.get_by_text("Draw a digit on the pad")).to_be_visible()
    pad.get_by_role("button", name="Close", exact=True).click()
    wait_for_scores(pad, label="3")


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_pad_is_large_and_whole(open_page: OpenPage, viewport: ViewportSize) -> None:
    page = open_page("/?tab=scores", viewport=viewport)
    wait_for_scores(page, label="tiger cat")
    page.get_by_role("button", name="Draw", exact=True).click()
    stage, pad = (page.locator(each).bounding_box() for each in ("#stage", ".pad-canvas"))
    assert stage is not None
    assert pad is not None
    assert pad["width"] >= 0.75 * stage["width"]
    for part in (
        page.locator(".pad-canvas"),
        *page.locator(".pad-tools > *").all(),
        *page.locator(".pad-tools button").all(),
    ):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= stage["x"]
        assert box["y"] >= stage["y"]
        assert box["x"] + box["width"] <= stage["x"] + stage["width"]
        assert box["y"] + box["height"] <= stage["y"] + stage["height"]
        assert part.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")


@pytest.mark.parametrize(
    ("strokes", "digit"),
    [
        pytest.param(SEVEN, "7", id="seven"),
        pytest.param(ZERO, "0", id="zero"),
        pytest.param(ONE, "1", id="one", marks=pytest.mark.full),
        pytest.param(FOUR, "4", id="four", marks=pytest.mark.full),
    ],
)
def test_lenet_reads_a_drawn_digit(
    pad: Page, strokes: list[list[tuple[float, float]]], digit: str
) -> None:
    draw(pad, *strokes)
    wait_for_scores(pad, label=digit)
    assert read_scores(pad)[digit] > 0.5


def test_clearing_the_pad_takes_the_scores_away(pad: Page) -> None:
    draw(pad, *SEVEN)
    wait_for_scores(pad, label="7")
    pad.get_by_role("button", name="Clear").click()
    expect(pad.get_by_text("Draw a digit on the pad")).to_be_visible()
    expect(pad.locator(".score-table")).to_be_hidden()


def test_undo_takes_back_the_last_stroke(pad: Page) -> None:
    draw(pad, *ONE)
    wait_for_scores(pad, label="1")
    alone = read_scores(pad)
    draw(pad, [(0.1, 0.3), (0.9, 0.7)])
    wait_for_scores(pad)
    expect(pad.locator(".score-table")).not_to_contain_text(f"{alone['1'] * 100:.2f}")
    pad.keyboard.press("Control+z")
    wait_for_scores(pad, label="1")
    expect(pad.locator(".score-table")).to_contain_text(f"{alone['1'] * 100:.2f}")


def test_escape_closes_the_pad_and_leaves_the_drawing(pad: Page) -> None:
    draw(pad, *SEVEN)
    wait_for_scores(pad, label="7")
    pad.keyboard.press("Escape")
    expect(pad.locator(".pad-canvas")).to_be_hidden()
    expect(pad.get_by_role("img", name="Your drawing")).to_be_visible()
    wait_for_scores(pad, label="7")


def test_drawing_is_still_one_when_the_page_is_loaded_again(pad: Page) -> None:
    draw(pad, *SEVEN)
    wait_for_scores(pad, label="7")
    pad.wait_for_url(re.compile("image="))
    pad.reload()
    wait_for_scores(pad, label="7")
    expect(pad.get_by_role("img", name="Your drawing")).to_be_visible()
    expect(pad.get_by_text("LeNet-5 knows only the digits 0 to 9")).to_have_count(0)


def test_last_stroke_counts_even_when_the_pad_is_closed_at_once(pad: Page) -> None:
    draw(pad, *FOUR)
    pad.keyboard.press("Escape")
    wait_for_scores(pad, label="4")


def test_drawing_never_replaces_an_example_chosen_after_it(pad: Page) -> None:
    draw(pad, *SEVEN)
    pad.keyboard.press("e")
    chosen = pad.get_by_role("button", name="A handwritten 0")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    wait_for_scores(pad, label="0")
    expect(pad).to_have_url(re.compile("image=example-digit-0"))


def test_drawing_does_not_fill_the_history(pad: Page) -> None:
    before = pad.evaluate("history.length")
    draw(pad, *FOUR)
    wait_for_scores(pad, label="4")
    assert pad.evaluate("history.length") <= before + 1


def test_photograph_in_a_digit_model_is_explained(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.mnist5k&image=example-chelsea")
    wait_for_scores(page)
    expect(page.get_by_text("LeNet-5 knows only the digits 0 to 9")).to_be_visible()
    page.get_by_role("button", name="Draw a digit").click()
    expect(page.locator(".pad-canvas")).to_be_visible()


def test_each_kind_of_network_gets_its_own_kind_of_picture_back(open_page: OpenPage) -> None:
    page = open_page("/?image=example-coffee")
    wait_for_scores(page, label="espresso")
    open_model(page, "lenet5 mnist")
    wait_for_scores(page, label="3")
    page.keyboard.press("d")
    draw(page, *SEVEN)
    wait_for_scores(page, label="7")
    open_model(page, "efficientnet lite0 imagenet1k")
    wait_for_scores(page, label="espresso")
    open_model(page, "softmax mnist")
    expect(page.locator(".pad-canvas")).to_be_visible()
    wait_for_scores(page)
    expect(page).to_have_url(re.compile("model=softmax.mnist5k.*image="))
