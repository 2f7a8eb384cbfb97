"""The lens of filters: templates, matches, patches and what a channel looks for."""

import io
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from maps_page import parameter
from opening import OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

IMAGE = "example-coffee"
SOFTMAX = f"/?lens=filters&model=softmax.mnist5k&layer=linear&image={IMAGE}"
DEPTHWISE = f"/?lens=filters&layer=blocks.2.0.conv_dw&image={IMAGE}"
GRID = "#lens-filters .filter-grid canvas:not(.map-overlay)"


def number(page: Page, term: str) -> float:
    """What the browser computed, to full precision."""
    name = re.compile(rf"^{re.escape(term)}$")
    node = page.locator(".match-numbers dt", has_text=name).locator(
        "xpath=following-sibling::dd[1]"
    )
    return float(node.locator("output").get_attribute("data-value") or "nan")


def test_templates_add_up_to_the_scores_in_the_browsers_own_numbers(
    open_page: OpenPage, ask: Callable[[str], Any]
) -> None:
    page = open_page(f"{SOFTMAX}&unit=none")
    scores = ask(f"/models/softmax.mnist5k/predictions?image={IMAGE}&top=10")["classes"]
    logits = {score["index"]: score["logit"] for score in scores}
    grid = page.locator("#lens-filters .map-port")
    expect(page.locator(".filters-sentence")).to_have_text("10 templates of 28 × 28 over input.")
    for index in (0, 1, 2):
        grid.press("ArrowRight")
        expect(page.get_by_role("heading", name=f"Filter {index} · class {index}")).to_be_visible()
        expect(page.locator(".filter-part .match-numbers")).to_contain_text("cosine")
        page.wait_for_function(
            """([logit]) => {
                const terms = [...document.querySelectorAll(".match-numbers dt")];
                const value = terms.find((term) => term.textContent === "= value");
                const output = value?.nextElementSibling?.querySelector("output");
                return output && Math.abs(Number(output.dataset.value) - logit) <= 1e-5;
            }""",
            arg=[logits[index]],
        )
        total = number(page, "dot product") + number(page, "+ bias")
        assert total == pytest.approx(logits[index], abs=1e-5)
        lengths = number(page, "|patch|") * number(page, "|template|")
        assert number(page, "cosine") == pytest.approx(number(page, "dot product") / lengths)
    assert parameter(page, "channel") == "2"


def test_template_slides_by_key_and_by_hand(open_page: OpenPage, server: str) -> None:
    page = open_page(f"{DEPTHWISE}&channel=5&row=10&column=12")
    frame = page.get_by_role("group", name="Dot product at every place")
    expect(page.get_by_role("heading", name="row 10, column 12")).to_be_visible()
    frame.press("ArrowRight")
    expect(page.get_by_role("heading", name="row 10, column 13")).to_be_visible()
    assert parameter(page, "column") == "13"
    # The numbers follow the patch, which is fetched for each place.
    path = f"/api/v1/models/efficientnet_lite0/layers/blocks.2.0.conv_dw/activations?image={IMAGE}"
    with urllib.request.urlopen(f"{server}{path}&format=npy", timeout=60) as answer:
        activations = np.load(io.BytesIO(answer.read()))[5]

    def expect_value(row: int, column: int) -> None:
        page.wait_for_function(
            """([expected]) => {
                const terms = [...document.querySelectorAll(".match-numbers dt")];
                const value = terms.find((term) => term.textContent === "= value");
                const output = value?.nextElementSibling?.querySelector("output");
                return output && Math.abs(Number(output.dataset.value) - expected) <= 1e-4;
            }""",
            arg=[float(activations[row, column])],
        )

    expect_value(10, 13)
    frame.scroll_into_view_if_needed()
    box = frame.locator("canvas").bounding_box()
    assert box is not None
    cell = box["width"] / 28
    page.mouse.move(box["x"] + 13.5 * cell, box["y"] + 10.5 * cell)
    page.mouse.down()
    page.mouse.move(box["x"] + 20.5 * cell, box["y"] + 4.5 * cell, steps=3)
    # While it is dragged the numbers follow, and the address waits.
    expect(page.get_by_role("heading", name="row 4, column 20")).to_be_visible()
    expect_value(4, 20)
    assert parameter(page, "row") == "10"
    page.mouse.up()
    page.wait_for_function("location.search.includes('row=4')")


def test_kernels_in_colour_are_grey_at_zero(open_page: OpenPage, server: str) -> None:
    page = open_page("/?lens=filters&layer=conv_stem")
    expect(page.locator(".filters-sentence")).to_contain_text("32 kernels of 3 × 3 in colour")
    expect(page.locator(GRID)).to_have_attribute("data-layer", "conv_stem")
    path = f"{server}/api/v1/models/efficientnet_lite0/layers/conv_stem/filters?format=npy"
    with urllib.request.urlopen(path, timeout=60) as answer:
        weight = np.load(io.BytesIO(answer.read()))
    pixels = page.locator(GRID).evaluate(
        """(canvas) => {
            const { width, height, columns, inset, ...step } = JSON.parse(canvas.dataset.tiling);
            const whole = [0, 0, canvas.width, canvas.height];
            const { data } = canvas.getContext("2d").getImageData(...whole);
            const scale = window.devicePixelRatio;
            return [0, 1, 2, 11].map((index) => [0, 1, 2].map((row) => [0, 1, 2].map((column) => {
                const x = inset + (index % columns) * step.step_x + (column + 0.5) * width / 3;
                const top = inset + Math.floor(index / columns) * step.step_y;
                const y = top + (row + 0.5) * height / 3;
                const at = Math.floor(y * scale) * canvas.width + Math.floor(x * scale);
                return [...data.slice(4 * at, 4 * at + 3)];
            })));
        }"""
    )
    expected = 127.5 + 127.5 * weight[[0, 1, 2, 11]].transpose(0, 2, 3, 1) / np.abs(weight).max()
    # Half a step of the 8-bit form and half a level of the colour.
    assert np.abs(np.array(pixels) - expected).max() <= 1.5


def test_layer_without_filters_leads_to_one_with(open_page: OpenPage) -> None:
    page = open_page("/?lens=filters&layer=bn1.act")
    expect(page.locator(".filters-notice")).to_contain_text(
        "bn1.act has no filters: relu6, it has no weights."
    )
    page.get_by_role("button", name="Open the filters of conv_stem").click()
    expect(page.locator(".filters-sentence")).to_contain_text("32 kernels")
    assert parameter(page, "layer") == "conv_stem"


def test_order_is_in_the_address_and_a_click_chooses(
    open_page: OpenPage, ask: Callable[[str], Any]
) -> None:
    page = open_page("/?lens=filters&model=lenet5.mnist5k&layer=c1&image=example-coffee")
    facts = ask("/models/lenet5.mnist5k/layers/c1/filters")
    page.get_by_label("Order of the filters").select_option("similarity")
    shown = ",".join(map(str, facts["order"]))
    expect(page.locator(GRID)).to_have_attribute("data-channels", shown)
    assert parameter(page, "order") == "similarity"
    page.locator("#lens-filters .map-port").click(position={"x": 10, "y": 10})
    first = facts["order"][0]
    expect(page.get_by_role("heading", name=f"Filter {first}")).to_be_visible()
    assert parameter(page, "channel") == str(first)
    nearest = facts["filters"][first]["nearest"]
    page.get_by_role("button", name=f"filter {nearest}").click()
    expect(page.get_by_role("heading", name=f"Filter {nearest}")).to_be_visible()


def test_what_has_a_negative_cosine_is_not_called_alike(
    open_page: OpenPage, ask: Callable[[str], Any]
) -> None:
    filters = ask("/models/lenet5.mnist5k/layers/c1/filters")["filters"]
    signs = {each["cosine"] > 0 for each in filters}
    assert signs == {True, False}
    for index in range(len(filters)):
        each = filters[index]
        page = open_page(f"/?lens=filters&model=lenet5.mnist5k&layer=c1&channel={index}")
        facts = page.locator("#lens-filters dl")
        cosine = f"cosine {each['cosine']:.3f}".replace("-", "\N{MINUS SIGN}")
        expect(facts.first).to_contain_text(cosine)
        if each["cosine"] > 0:
            expect(facts.first).to_contain_text("most alike")
        else:
            expect(facts.first).to_contain_text(
                f"none is alikethe nearest is filter {each['nearest']}"
            )
            expect(facts.first).not_to_contain_text("most alike")


def test_best_patch_selects_its_unit_and_projects_it(
    open_page: OpenPage, ask: Callable[[str], Any]
) -> None:
    page = open_page(f"{DEPTHWISE}&channel=5")
    patches = ask(
        f"/models/efficientnet_lite0/layers/blocks.2.0.conv_dw/channels/5/patches?image={IMAGE}"
    )
    best = patches["best"][1]
    place = f"row {best['row']}, column {best['column']}"
    page.get_by_role("button", name=f"Select the unit at {place},").click()
    page.wait_for_function(f"location.search.includes('row={best['row']}&column={best['column']}')")
    page.get_by_role("button", name="Guided backpropagation").click()
    picture = page.get_by_role("img", name="Guided backpropagation of the unit")
    expect(picture).to_be_visible()
    box = best["input_box"]
    expect(picture).to_have_js_property("naturalHeight", box["bottom"] - box["top"])
    expect(page.locator(".looks-card").first).to_contain_text("relu6")


def test_zero_of_a_projection_is_named_as_it_is_painted(
    open_page: OpenPage, ask: Callable[[str], Any]
) -> None:
    """Grey where there are three channels; a network for digits has one, and white for zero."""
    layers = ask("/models/vgg_32.mnist5k")["layers"]
    last = [each["id"] for each in layers if each["operation"].endswith("convolution")][-1]
    page = open_page(f"/?lens=filters&model=vgg_32.mnist5k&layer={last}&channel=3&image={IMAGE}")
    page.get_by_role("button", name="Guided backpropagation").click()
    expect(page.locator(".looks-card", has_text="Guided")).to_contain_text("white is zero")


def test_maximisation_shows_its_steps(open_page: OpenPage) -> None:
    page = open_page(f"/?lens=filters&model=lenet5.mnist5k&layer=c3&channel=2&image={IMAGE}")
    card = page.locator(".looks-card").last
    card.get_by_role("button", name="Maximise").click()
    picture = page.get_by_role("img", name="What excites channel 2 most")
    expect(card).to_contain_text(re.compile(r"mean \S+ in noise, \S+ here"))
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 32)
    expect(card.get_by_role("link", name=".npy")).to_be_visible()
    # Another channel is another picture.
    page.locator("#lens-filters .map-port").press("ArrowRight")
    expect(picture).to_be_hidden()


@pytest.mark.full
def test_stopping_says_so(open_page: OpenPage) -> None:
    page = open_page("/?lens=filters&layer=classifier&channel=282")
    card = page.locator(".looks-card").last
    card.get_by_role("button", name="Maximise").click()
    # The network is traced for 128 px first, which takes its time on a busy machine.
    expect(card).to_contain_text(re.compile(r"step [1-9]\d* of 128"), timeout=60_000)
    card.get_by_role("button", name="Stop").click()
    expect(card).to_contain_text("Stopped.")
    expect(card.get_by_role("button", name="Maximise")).to_be_visible()
