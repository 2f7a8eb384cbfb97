"""Pointing at the picture, walking through the depth, and the way down from a number to a pixel."""

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from accessible import assert_accessible
from answering import hold, let_go
from maps_page import fetch_npy, parameter, wait_for_maps
from number_page import wait_for_unit
from opening import OpenPage
from playwright.sync_api import Locator, Page, Route, expect
from reading import picture_box, wait_for_scores
from way_down import walk

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
EFFICIENTNET = "efficientnet_lite0.imagenet1k"
EYE_LAYER = "blocks.2.0.conv_dw"
LENET = "lenet5.mnist5k"
EYE = (110, 171)  # row and column in Chelsea's picture
PHONE = {"width": 390, "height": 844}


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Who looks here")


def cards(page: Page) -> Locator:
    return panel(page).locator(".look-card")


def click_picture(page: Page, ask: Ask, row: float, column: float) -> None:
    """One click at the middle of a pixel of Chelsea's picture."""
    expect(page.locator(".look-layer")).to_be_visible()
    frame = picture_box(page)
    size = next(each for each in ask("/examples")["examples"] if each["id"] == "example-chelsea")
    x = frame["x"] + (column + 0.5) * frame["width"] / size["width"]
    page.mouse.click(x, frame["y"] + (row + 0.5) * frame["height"] / size["height"])


def told(page: Page) -> list[tuple[int, float, float]]:
    """Channel, value and deviation of every card, to all digits."""
    found: list[list[str]] = cards(page).evaluate_all(
        "(nodes) => nodes.map(({ dataset: d }) => [d.channel, d.value, d.deviation])"
    )
    return [(int(channel), float(value), float(deviation)) for channel, value, deviation in found]


def test_one_click_tells_which_channel_looks_at_the_eye(
    open_page: OpenPage, ask: Ask, server: str
) -> None:
    # Another lens is open: the click is enough all the same.
    page = open_page(f"/?image=example-chelsea&layer={EYE_LAYER}&lens=filters")
    wait_for_scores(page)
    click_picture(page, ask, *EYE)
    expect(cards(page)).to_have_count(8)
    assert parameter(page, "lens") is None

    looked = [int(text) for text in str(parameter(page, "look")).split(",")]
    assert np.abs(np.subtract(looked, EYE)).max() <= 1  # a pixel of the screen is wider than one
    (words,) = re.findall(r"place (\d+), (\d+) of", panel(page).text_content() or "")
    row, column = map(int, words)
    maps = fetch_npy(server, EFFICIENTNET, EYE_LAYER, "example-chelsea").astype(np.float64)
    values = maps[:, row, column]
    spread = maps.std((1, 2))
    away = values - maps.mean((1, 2))
    deviations = np.divide(away, spread, out=np.full_like(away, -np.inf), where=spread > 0)
    order = np.argsort(-deviations)[:8]
    assert [channel for channel, _, _ in told(page)] == order.tolist()
    assert order[0] == 53
    # The unit above is that of the first.
    expect(cards(page).first).to_have_attribute("aria-pressed", "true")
    assert [parameter(page, name) for name in ("channel", "row", "column")] == [
        "53",
        str(row),
        str(column),
    ]
    for channel, value, deviation in told(page):
        assert value == pytest.approx(values[channel], rel=1e-6)
        assert deviation == pytest.approx(deviations[channel], rel=1e-5)
    expect(cards(page).first).to_contain_text(f"{values[53]:.2f}")
    expect(cards(page).first).to_contain_text(f"{deviations[53]:.1f} σ")

    # The patch is the field of that place, and holds what was clicked.
    query = f"row={row}&column={column}&image=example-chelsea"
    answer = ask(f"/models/{EFFICIENTNET}/layers/{EYE_LAYER}/reactions?{query}")
    patch = panel(page).locator(".look-patch-picture")
    expect(patch).to_have_attribute("data-box", re.compile("top"))
    box = json.loads(str(patch.get_attribute("data-box")))
    assert box == answer["image_box"]
    assert box["top"] <= EYE[0] <= box["bottom"]
    assert box["left"] <= EYE[1] <= box["right"]
    expect(panel(page)).to_contain_text("35 × 35 px of the input")

    # Ranked by the values themselves, and back by the address.
    panel(page).get_by_role("radio", name="largest value").check()
    expect(cards(page).first).to_have_attribute("data-channel", str(values.argmax()))
    page.reload()
    expect(cards(page).first).to_have_attribute("data-channel", str(values.argmax()))
    assert [channel for channel, _, _ in told(page)] == np.argsort(-values)[:8].tolist()

    cards(page).nth(1).click()
    chosen = str(np.argsort(-values)[1])
    expect(cards(page).nth(1)).to_have_attribute("aria-pressed", "true")
    assert [parameter(page, name) for name in ("channel", "row", "column")] == [
        chosen,
        str(row),
        str(column),
    ]
    panel(page).get_by_role("button", name="Show all maps again").click()
    expect(panel(page)).to_be_hidden()
    wait_for_maps(page, EYE_LAYER)
    assert parameter(page, "look") is None


def test_pointing_goes_before_the_unit_that_the_page_opens_with(
    open_page: OpenPage, ask: Ask
) -> None:
    page = open_page("/fields", routed=True)
    opening = hold(page, r"/layers/c1/reactions\?(?=.*count=1(&|$))")
    pointed = hold(page, r"/layers/c1/reactions\?(?=.*count=8(&|$))")
    place = f"/?model={LENET}&image=example-chelsea&layer=c1"
    with page.expect_request(re.compile("/layers/c1/reactions")):
        page.goto(page.url.replace("/fields", place))
    with page.expect_request(re.compile("/layers/c1/reactions.*count=8")):
        click_picture(page, ask, 150, 225)
    let_go(page, opening)
    expect(page).to_have_url(re.compile("channel="))
    let_go(page, pointed)
    expect(cards(page).first).to_have_attribute("aria-pressed", "true")
    (where,) = re.findall(r"place (\d+), (\d+) of", panel(page).text_content() or "")
    assert (parameter(page, "row"), parameter(page, "column")) == where


def test_the_map_of_a_card_is_that_of_its_channel(open_page: OpenPage, server: str) -> None:
    page = open_page(f"/?model={LENET}&image=example-chelsea&layer=c1&look=110,171&colours=grey")
    maps = fetch_npy(server, LENET, "c1", "example-chelsea")
    first = cards(page).first
    channel = int(str(first.get_attribute("data-channel")))
    canvas = first.locator("canvas")
    expect(canvas).to_have_attribute("data-layer", "c1")
    levels = canvas.evaluate(
        """(canvas) => [...canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data]
            .filter((_, at) => at % 4 === 0)"""
    )
    shown = maps[channel]
    expected = (shown - shown.min()) / (shown.max() - shown.min()) * 255
    assert np.abs(np.array(levels).reshape(shown.shape) - expected).max() <= 0.51


def test_the_cross_is_moved_and_asks_by_key(open_page: OpenPage) -> None:
    page = open_page(f"/?model={LENET}&image=example-chelsea&layer=c1&channel=1&row=5&column=5")
    wait_for_maps(page, "c1")
    layer = page.get_by_role("application", name="Point at the picture")
    page.keyboard.press("Tab")
    layer.focus()
    for key in ("ArrowUp", "ArrowLeft", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(cards(page)).to_have_count(6)
    # From the middle of 300 rows and 451 columns: a hundredth of 451 up, six of them to the left.
    assert parameter(page, "look") == f"{int(150 - 4.51)},{int(225.5 - 6 * 4.51)}"
    # The arrows did not walk the unit: it is that of the place now.
    (place,) = re.findall(r"place (\d+), (\d+) of", panel(page).text_content() or "")
    expect(cards(page).first).to_have_attribute("aria-pressed", "true")
    assert (parameter(page, "row"), parameter(page, "column")) == place
    expect(page.locator(".look-mark")).to_have_attribute(
        "data-at", str(parameter(page, "look")).replace("%2C", ",")
    )
    # Another picture is another story.
    page.keyboard.press("e")
    expect(panel(page)).to_be_hidden()
    assert parameter(page, "look") is None


def test_what_no_unit_looks_at_is_said(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/?image=example-chelsea&layer=global_pool.flatten")
    wait_for_scores(page)
    click_picture(page, ask, *EYE)
    expect(panel(page)).to_contain_text("Every feature of global_pool.flatten sees the whole input")
    expect(cards(page)).to_have_count(0)
    panel(page).get_by_role("button", name="Ask bn2.act, the last layer with places").click()
    expect(cards(page)).to_have_count(8)
    click_picture(page, ask, 4, 4)
    expect(panel(page)).to_contain_text("The network does not see this part of the picture")
    expect(cards(page)).to_have_count(0)


def test_following_a_pixel_keeps_the_clicks(open_page: OpenPage, ask: Ask) -> None:
    page = open_page(f"/?image=example-chelsea&layer={EYE_LAYER}&look=110,171")
    expect(cards(page)).to_have_count(8)
    page.keyboard.press("r")
    expect(panel(page)).to_be_hidden()
    expect(page.locator(".look-layer")).to_be_hidden()
    expect(page.get_by_role("region", name="The pixel")).to_contain_text(
        "Where pixel 112, 112 goes"
    )


def test_a_late_ranking_does_not_overwrite_a_newer_one(open_page: OpenPage) -> None:
    page = open_page("/fields", routed=True)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/layers/c1/reactions"), hold, times=1)
    place = f"/?model={LENET}&image=example-chelsea&layer=c1&look=1,200"
    with page.expect_request(re.compile("/layers/c1/reactions")):
        page.goto(page.url.replace("/fields", place))
    layer = page.get_by_role("application", name="Point at the picture")
    expect(layer).to_be_visible()
    layer.focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(cards(page)).to_have_count(6)
    newer = told(page)
    (late,) = held
    late.continue_()
    # Whatever comes after it has come after the late answer too.
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(panel(page)).to_have_attribute("aria-busy", "false")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    expect(cards(page).first).to_have_attribute("data-value", str(newer[0][1]))
    assert told(page) == newer


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [({"width": 1280, "height": 800}, "light"), (PHONE, "light"), (PHONE, "dark")],
)
def test_the_ranking_is_readable_by_everybody(
    open_page: OpenPage, ask: Ask, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page(
        f"/?image=example-chelsea&layer={EYE_LAYER}&channel=53&row=9&column=7",
        viewport=viewport,
        color_scheme=scheme,
    )
    wait_for_scores(page)
    click_picture(page, ask, *EYE)
    # On a phone too, where the layer is another tab and its head stands above.
    expect(cards(page).first).to_be_in_viewport()
    expect(panel(page).locator(".look-patch-picture")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert_accessible(page, context=".look-panel")
    assert_accessible(page, context=".picture-frame")
    assert_accessible(page, context=".layer-head")


def test_box_stands_on_the_picture_while_the_channels_are_looked_up(
    open_page: OpenPage, ask: Ask
) -> None:
    page = open_page(
        f"/?image=example-chelsea&layer={EYE_LAYER}&channel=53&row=20&column=20", routed=True
    )
    wait_for_maps(page, EYE_LAYER)
    held = hold(page, "/reactions")
    click_picture(page, ask, *EYE)
    box = page.locator(".look-box")
    expect(box).to_be_visible()
    at_once = box.get_attribute("style")
    expect(cards(page)).to_have_count(0)
    let_go(page, held)
    expect(cards(page)).to_have_count(8)
    assert box.get_attribute("style") == at_once


@pytest.mark.parametrize("width", [390, 1280])
def test_field_that_is_wider_than_the_input_says_so(
    open_page: OpenPage, ask: Ask, width: int
) -> None:
    found = ask(f"/models/{EFFICIENTNET}")["layers"]
    size = next(layer for layer in found if layer["id"] == "conv_head")["receptive_field"]["size"]
    assert size["width"] > 224
    page = open_page(
        "/?layer=conv_head&channel=112&row=3&column=3&image=example-chelsea&tab=layer",
        viewport={"width": width, "height": 844},
    )
    wait_for_maps(page, "conv_head")
    said = page.get_by_role("group", name="Through the layers").locator(".stepper-where")
    expect(said).to_contain_text(f"field {size['width']} px, wider than 224")
    assert said.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    page.get_by_text("More of this field").click()
    expect(page.locator(".unit-reason")).to_have_text(
        "The field is wider than the 224 px input: padding fills the rest."
    )


def test_what_is_said_beside_the_slider_is_of_the_open_layer(open_page: OpenPage, ask: Ask) -> None:
    layers = {layer["id"]: layer for layer in ask(f"/models/{LENET}")["layers"]}
    page = open_page(f"/?model={LENET}&image=example-chelsea&layer=s2&channel=3&row=5&column=5")
    wait_for_maps(page, "s2")
    depth = page.get_by_role("group", name="Through the layers")
    size = layers["s2"]["receptive_field"]["size"]["height"]
    expect(depth).to_contain_text(f"s2 field {size} px of 32")
    page.locator(".cell[data-key=output]").click()
    expect(depth).to_contain_text("output sees all of the input")


def test_one_click_plays_the_field_growing(open_page: OpenPage, ask: Ask) -> None:
    page = open_page(
        f"/?model={LENET}&image=example-chelsea&layer=c1&channel=3&row=10&column=12",
        reduced_motion="no-preference",
    )
    wait_for_maps(page, "c1")
    page.evaluate(
        """() => {
            window.boxes = [];
            const overlay = document.querySelector(".field-overlay");
            new MutationObserver(() => window.boxes.push(overlay.dataset.theoretical))
                .observe(overlay, { attributes: true, attributeFilter: ["data-theoretical"] });
        }"""
    )
    depth = page.get_by_role("group", name="Through the layers")
    expect(depth).to_contain_text("c1 field 5 px of 32")
    depth.get_by_role("button", name="Play").click()
    layers = {layer["id"]: layer for layer in ask(f"/models/{LENET}")["layers"]}
    last = [
        name
        for name, layer in layers.items()
        if layer["operation"] == "convolution" and layer["output_shape"][1] > 1
    ][-1]
    size = layers[last]["receptive_field"]["size"]["height"]
    expect(depth).to_contain_text(f"{last} field {size} px of 32")
    wait_for_maps(page, last)
    assert parameter(page, "channel") == "3"
    # The place is kept: its field's middle is as near to the first one's as there is a unit.
    field = layers[last]["receptive_field"]
    stride, padding = field["stride"]["height"], field["padding"]["height"]
    middles = np.arange(layers[last]["output_shape"][1]) * stride - padding + size / 2
    first = layers["c1"]["receptive_field"]
    for axis, start in (("row", 10), ("column", 12)):
        middle = start - first["padding"]["height"] + 5 / 2
        assert int(str(parameter(page, axis))) == np.abs(middles - middle).argmin()
    boxes = [json.loads(text) for text in page.evaluate("window.boxes") if text]
    heights = [box["bottom"] - box["top"] for box in boxes]
    assert heights[-1] == size
    assert all(one <= other for one, other in itertools.pairwise(heights))


def test_layers_that_are_passed_ask_for_nothing(open_page: OpenPage) -> None:
    page = open_page(f"/?image=example-chelsea&layer={EYE_LAYER}&channel=53&row=9&column=7")
    wait_for_maps(page, EYE_LAYER)
    expect(page.locator(".unit-value")).to_have_text(re.compile(r"\d"))
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => {
            window.walked = [];
            window.opacities = [];
            const title = document.querySelector("#layer-heading");
            new MutationObserver(() => {
                const maps = getComputedStyle(document.querySelector("#lens-maps"));
                window.opacities.push(maps.opacity);
                const marks = ".cell:is(.is-selected, .is-block.is-around)";
                const marked = document.querySelector(marks);
                window.walked.push([title.textContent, marked?.dataset.key ?? ""]);
            }).observe(title, { childList: true });
        }"""
    )
    slider = page.get_by_role("slider", name="Through the layers")
    slider.focus()
    page.keyboard.press("End")
    wait_for_maps(page, "blocks.6.0.conv_dw")
    # Three steps without a rest between them, however slow the machine is.
    slider.evaluate(
        """async (slider) => {
            for (let step = 0; step < 3; step += 1) {
                slider.stepDown();
                slider.dispatchEvent(new Event("input", { bubbles: true }));
                await null;
            }
            slider.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    wait_for_maps(page, "blocks.5.1.conv_dw")
    opened = {found for url in asked for found in re.findall("/layers/([^/]+)/", url)}
    assert opened == {"blocks.6.0.conv_dw", "blocks.5.1.conv_dw"}
    # The name, and the mark in the drawing, go along with every step.
    walked = page.evaluate("window.walked")
    assert walked[-3:] == [
        ["blocks.5.3.conv_dw", "block blocks.5.3"],
        ["blocks.5.2.conv_dw", "block blocks.5.2"],
        ["blocks.5.1.conv_dw", "block blocks.5.1"],
    ]
    # What stands under the name is still of the layer before.
    assert page.evaluate("window.opacities.slice(-3)") == ["0.45"] * 3
    expect(page.locator("#lens-maps")).to_have_css("opacity", "1")
    expect(page.locator(".cell.is-selected")).to_have_attribute("data-key", "blocks.5.1.conv_dw")
    # Less motion: a step a click.
    depth = page.get_by_role("group", name="Through the layers")
    depth.get_by_role("button", name="Step").click()
    wait_for_maps(page, "blocks.5.2.conv_dw")


def test_two_clicks_lead_from_a_number_to_the_pixels(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/?image=example-chelsea&layer=classifier&channel=282")
    wait_for_scores(page)
    page.get_by_role("tab", name="How").click()
    page.get_by_role("button", name="Follow the largest").click()
    expect(page.locator(".trail-said")).to_contain_text("one colour of one pixel")
    expect(page.locator(".pixel-canvas")).to_be_visible()

    # The same way, asked step by step.
    way = walk(ask, EFFICIENTNET, "example-chelsea", ("classifier", 282, None, None))
    *above, pixel = [unit for unit, _ in way]
    reading = wait_for_unit(page, layer="input")
    assert reading.unit == " ".join("null" if part is None else str(part) for part in pixel)
    assert reading.value == way[-1][1]
    names = [layer["id"] for layer in ask(f"/models/{EFFICIENTNET}")["layers"]]
    written = [
        ".".join(str(part) for part in (names.index(layer), *place) if part is not None)
        for layer, *place in above
    ]
    assert str(parameter(page, "trail")).split("-") == written
    way_down = page.get_by_role("navigation", name="The way down to this number")
    expect(way_down).to_contain_text(re.compile("tiger cat 9.236"))
    expect(page.locator(".trail-said")).to_contain_text(f"After {len(above)} steps")

    # Back by the address, with the numbers; and each step leads back to where it was.
    page.reload()
    expect(way_down).to_contain_text(re.compile("tiger cat 9.236"))
    way_down.get_by_role("button", name="between").click()
    expect(way_down.get_by_role("listitem")).to_have_count(len(way))
    way_down.get_by_role("button", name=re.compile(r"^conv_head 112")).click()
    at = next(place for place, (unit, _) in enumerate(way) if unit[0] == "conv_head")
    reading = wait_for_unit(page, layer="conv_head")
    assert reading.value == way[at][1]
    assert str(parameter(page, "trail")).split("-") == written[:at]
    page.go_back()
    wait_for_unit(page, layer="input")
    assert str(parameter(page, "trail")).split("-") == written


def test_the_walk_is_stopped_and_an_operand_lengthens_the_way(open_page: OpenPage) -> None:
    page = open_page("/fields", routed=True)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/layers/c3/units/\d+/\d+/\d+\?.*terms=8"), hold)
    page.goto(
        page.url.replace("/fields", f"/?model={LENET}&image=example-chelsea&lens=number")
        + "&layer=output&channel=3"
    )
    wait_for_unit(page)
    page.get_by_role("button", name="Follow the largest").click()
    progress = page.get_by_role("progressbar", name="Of the network's layers")
    expect(progress).to_be_visible()
    expect(page.locator(".trail-words")).to_contain_text("of c3_tanh")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".trail-said")).to_contain_text("Stopped after")
    for route in held:
        route.continue_()
    reading = wait_for_unit(page)
    assert reading.layer != "input"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_way_is_readable_by_everybody(open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(
        f"/?model={LENET}&image=example-chelsea&layer=output&channel=3&lens=number&tab=layer",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    wait_for_unit(page)
    assert_accessible(page, context=".number-trail")
    page.get_by_role("button", name="Follow the largest").click()
    wait_for_unit(page, layer="input")
    page.get_by_role("button", name="between").click()
    assert_accessible(page, context=".number-trail")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
