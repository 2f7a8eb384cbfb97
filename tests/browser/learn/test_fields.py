"""Chapter 11 in the browser: a box that grows, a patch that slides, layers stacked and swapped."""

import json
import re
import urllib.parse
import urllib.request
from typing import Any

import pytest
from maps_page import parameter
from opening import Complaints, OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

GUESSED = "guess=layer:11"
MODEL = "efficientnet_lite0.imagenet1k"


def opened(open_page: OpenPage, query: str = "", **options: Any) -> Page:
    page = open_page(f"/learn/fields?{GUESSED}{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    return page


def number(page: Page, selector: str) -> float:
    value = page.locator(selector).get_attribute("data-value")
    assert value is not None
    return float(value)


def asked(server: str, path: str) -> Any:
    with urllib.request.urlopen(f"{server}/api/v1{path}") as answer:
        return json.load(answer)


def windows(server: str) -> list[dict[str, Any]]:
    """Its convolutions with windows, as the API lists them."""
    layers = asked(server, f"/models/{MODEL}")["layers"]
    return [
        layer
        for layer in layers
        if "convolution" in layer["operation"] and layer["kernel"]["width"] > 1
    ]


def sees(layer: dict[str, Any], low: int, high: int) -> bool:
    """Whether one of its units sees all of [low, high), by looking at each of them."""
    field = layer["receptive_field"]
    size, stride, padding = (field[name]["width"] for name in ("size", "stride", "padding"))
    starts = [place * stride - padding for place in range(layer["output_shape"][2])]
    return any(start <= low and high <= start + size for start in starts)


def test_the_box_grows_until_it_holds_the_whole_cat(open_page: OpenPage, server: str) -> None:
    """Of all units of all layers, the first that sees it; by brute force; for other cats too."""
    layers = windows(server)
    assert len(layers) == 17
    page = opened(open_page)
    answer = page.locator("#depth-answer")
    rows = page.locator("#depth-table tbody tr")
    expect(rows).to_have_count(17)
    fields = [int(cell.inner_text()) for cell in page.locator("#depth-table [data-field]").all()]
    assert fields == [layer["receptive_field"]["size"]["width"] for layer in layers]
    first = next(layer["id"] for layer in layers if sees(layer, 0, 224))
    expect(answer).to_have_attribute("data-layer", first)
    expect(answer).to_contain_text("blocks.4.1.conv_dw is the first")
    expect(answer).to_contain_text("window 11 of 17, field 275 × 275 px")
    page.locator("#depth-tools").get_by_role("button", name="Step").click()
    expect(rows.nth(1)).to_have_class(re.compile("is-current"))
    assert parameter(page, "depth") == "1"
    # Typed: an eye of 68 x 60 px. What is typed stands while it is being typed.
    for side, value in (("right", 104), ("bottom", 114), ("left", 36), ("top", 54)):
        page.get_by_label(f"{side} of the marked part").fill(str(value))
    eye = next(layer["id"] for layer in layers if sees(layer, 36, 104) and sees(layer, 54, 114))
    expect(answer).to_have_attribute("data-layer", eye)
    assert parameter(page, "cat") == "36,54,104,114"
    # An eye is not the whole cat.
    expect(answer).to_contain_text("can see the whole marked part")
    # Dragged over the picture.
    picture = page.locator("#depth-picture")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box
    px = box["width"] / 224
    page.mouse.move(box["x"] + 100 * px, box["y"] + 100 * px)
    page.mouse.down()
    page.mouse.move(box["x"] + 120 * px, box["y"] + 118 * px, steps=4)
    page.mouse.up()
    left, top, right, bottom = map(int, (parameter(page, "cat") or "").split(","))
    assert abs(left - 100) <= 1
    assert abs(bottom - 118) <= 1
    small = next(
        layer["id"] for layer in layers if sees(layer, left, right) and sees(layer, top, bottom)
    )
    expect(answer).to_have_attribute("data-layer", small)
    page.get_by_role("button", name="all of it").click()
    expect(answer).to_have_attribute("data-layer", first)


def test_what_counts_is_less_than_what_is_seen(open_page: OpenPage, server: str) -> None:
    page = opened(open_page, "&depth=10&view=effective")
    told = page.locator("#depth-effective")
    expect(told).to_have_attribute("data-layer", "blocks.4.1.conv_dw")
    link = page.locator("#depth-table tr.is-current a").get_attribute("href") or ""
    unit = dict(urllib.parse.parse_qsl(link.split("?")[1]))
    path = f"/models/{MODEL}/layers/{unit['layer']}"
    place = f"image={unit['image']}&row={unit['row']}&column={unit['column']}"
    strongest = asked(server, f"{path}/units?top=1&{place}")["units"][0]
    query = f"{place}&channel={strongest['channel']}"
    found = asked(server, f"{path}/effective-receptive-field?{query}")
    assert told.get_attribute("data-pixels") == str(found["mass_pixels"])
    assert found["mass_pixels"] < 275**2 / 2
    join = page.locator("#depth-join")
    expect(join).to_have_attribute("data-layer", "blocks.4.1.add")
    through, past, both = json.loads(join.get_attribute("data-fields") or "[]")
    assert (through, past, both) == (275, 211, 275)
    page.get_by_role("radio", name="the field").check()
    expect(told).to_be_hidden()


def test_the_unit_moves_only_where_the_patch_is_in_its_field(open_page: OpenPage) -> None:
    """Its field is 67 px, from 78 to 145 across and down: 13 x 8 - 26."""
    page = opened(open_page, "&left=0&top=96&size=32")
    words = page.locator("#slide-words")
    expect(words).to_have_attribute("data-seen", "0")
    assert number(page, "#slide-change") == 0
    assert number(page, "#slide-before") == number(page, "#slide-after")
    expect(words).to_contain_text("does not move, to the last bit")
    left = page.locator("#slide-tools").get_by_label("from left").last
    left.fill("46")
    expect(page.locator("#slide-plot")).to_have_attribute("data-places", "2")
    assert number(page, "#slide-change") == 0
    # One more px, and a column of 32 pixels is seen.
    frame = page.get_by_role("slider", name="The patch")
    frame.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(words).to_have_attribute("data-seen", "32")
    assert number(page, "#slide-change") != 0
    expect(left).to_have_value("47")
    assert parameter(page, "left") == "47"
    # It goes on from where it is: 48, then 56.
    page.locator("#slide-stepper").get_by_role("button", name="Step").click()
    expect(left).to_have_value("48")
    page.keyboard.press("Tab")
    page.get_by_label("What the patch is of").select_option(label="A cup of espresso")
    expect(page.locator("#slide-plot")).to_have_attribute("data-places", "1")
    expect(words).to_have_attribute("data-seen", "64")
    # Of a unit that sees everything it is in the field wherever it is.
    page.get_by_label("Layer of the unit").select_option("16")
    expect(words).to_have_attribute("data-seen", "1024")
    page.get_by_label("from top").last.fill("0")
    expect(words).to_have_attribute("data-seen", "1024")


def test_a_patch_is_dragged_past(open_page: OpenPage) -> None:
    page = opened(open_page, "&left=0&top=96")
    words = page.locator("#slide-words")
    expect(words).to_have_attribute("data-seen", "0")
    picture = page.locator("#slide-picture")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box
    px = box["width"] / 224
    page.mouse.move(box["x"] + 16 * px, box["y"] + 112 * px)
    page.mouse.down()
    page.mouse.move(box["x"] + 112 * px, box["y"] + 112 * px, steps=6)
    expect(words).to_have_attribute("data-seen", "1024")
    page.mouse.move(box["x"] + 206 * px, box["y"] + 20 * px, steps=6)
    page.mouse.up()
    expect(words).to_have_attribute("data-seen", "0")
    assert number(page, "#slide-change") == 0
    assert abs(int(parameter(page, "left") or "") - 190) <= 1


def test_a_stack_is_typed_and_its_costs_and_formulas_follow(open_page: OpenPage) -> None:
    page = opened(open_page, "&input=64&channels=64&stack=c3,1,2,2")
    page.get_by_role("button", name="Add a layer").click()
    dilation = page.get_by_label("dilation of layer 2")
    dilation.press("ControlOrMeta+a")
    dilation.press_sequentially("12")
    # Followed at once, and the field keeps the focus and the caret.
    expect(dilation).to_be_focused()
    assert parameter(page, "stack") == "c3,1,2,2 c3,1,1,12"
    row = page.locator(".calculator-table tbody tr").nth(1)
    expect(row.locator("[data-head=field]")).to_have_text(str(5 + 2 * 12))
    for slot, value in {"before": 5, "kernel": 3, "dilation": 12, "jump": 1, "size": 29}.items():
        shown = page.locator(f"[data-formula='fields.size'] [data-slot={slot}]")
        expect(shown).to_have_attribute("data-value", str(value))
    # 9 x 64 x 64 weights and 64 biases; 64 - 22 = 42 units a side.
    expect(row.locator("[data-head=parameters]")).to_have_text("36,928")
    expect(row.locator("[data-head='multiply-adds']")).to_have_text(f"{42**2 * 36_864:,}")
    expect(page.locator(".calculator-sum").first).to_have_text("73,856")
    groups = page.get_by_label("groups of layer 2")
    groups.fill("64")
    expect(row.locator("[data-head=parameters]")).to_have_text(str(9 * 64 + 64))
    refusal = page.locator(".calculator-refusal")
    groups.fill("5")
    expect(refusal).to_have_text("Layer 2: 5 groups do not divide the channels, 64 that come in.")
    dilation.fill("99")
    expect(refusal).to_have_text("Layer 2, dilation: 99 is no whole number from 1 to 64.")
    dilation.press("Tab")
    expect(dilation).to_have_value("12")
    page.get_by_label("Kind of layer 2").select_option("separable")
    expect(row.locator("[data-head=parameters]")).to_have_text("4,800")
    dilation.fill("64")
    expect(refusal).to_have_text(
        "Layer 2: its window reaches over 129 units, and only 66 come in, padding included."
    )
    page.reload()
    expect(page.get_by_label("Kind of layer 2")).to_have_value("separable")


def test_stacks_are_proposed_that_reach_a_field(open_page: OpenPage) -> None:
    page = opened(open_page, "&input=64&channels=64")
    page.get_by_label("field to reach").last.fill("41")
    ways = page.locator(".proposals-table tbody tr")
    expect(ways).to_have_count(6)
    plain = page.locator(".proposals-table [data-way=plain]")
    expect(plain.locator("[data-head=layers]")).to_have_text("20")
    expect(plain.locator("[data-head=field]")).to_have_text("41")
    expect(plain.locator("[data-head=parameters]")).to_have_text(f"{20 * 36_928:,}")
    separable = page.locator(".proposals-table [data-way=separable] [data-head=parameters]")
    expect(separable).to_have_text(f"{20 * 4_800:,}")
    # 2^(n + 1) - 1 >= 41 takes five.
    dilated = page.locator(".proposals-table [data-way=dilated]")
    expect(dilated.locator("[data-head=layers]")).to_have_text("5")
    dilated.get_by_role("button", name="Take").click()
    assert parameter(page, "stack") == "c3,1,1,1 c3,1,2,2 c3,1,4,4 c3,1,8,8 c3,1,16,16"
    expect(page.locator(".calculator-result")).to_contain_text("sees 63 × 63 px")


def test_swaps_stand_in_one_table(open_page: OpenPage) -> None:
    page = opened(open_page)

    def of(way: str, name: str) -> float:
        return number(page, f"#swap-table [data-way={way}] [data-name={name}]")

    expect(page.locator("#swap-table td[data-value]")).to_have_count(32)
    seen = {way: (of(way, "read"), of(way, "size")) for way in ("plain", "gridded", "dilated")}
    assert seen == {"plain": (7, 7), "gridded": (7, 13), "dilated": (15, 15)}
    assert of("pointwise", "size") == 1
    for way, window in {"plain": 9, "pointwise": 1, "five": 25, "seven": 49, "gridded": 9}.items():
        assert of(way, "parameters") == 3 * (window * 64 * 64 + 64)
        assert of(way, "multiply_adds") == 3 * 64 * 64 * window * 64 * 64
    assert of("separable", "parameters") == 3 * (9 * 64 + 64 + 64 * 64 + 64)
    assert of("depthwise", "parameters") == 3 * (9 * 64 + 64)
    page.get_by_role("radio", name="3 × 3, dilated 2, 2, 2").check()
    expect(page.locator("#swap-pattern")).to_contain_text("6 of 13 pixels are never read")
    page.get_by_role("radio", name="3 × 3, dilated 1, 2, 4").check()
    expect(page.locator("#swap-pattern")).to_contain_text("every pixel of the field is read")
    assert parameter(page, "swap") == "dilated"
    page.get_by_role("button", name="Twenty layers").click()
    words = page.locator("#swap-words")
    expect(words).to_contain_text("20 of them: the field is 41 px, but σ is 3.65 px")
    expect(words).to_have_attribute("data-central", "15")
    # Luo et al.: the root of 2 n / 3.
    assert float(words.get_attribute("data-sigma") or "nan") == pytest.approx((40 / 3) ** 0.5)


def test_what_fails_is_said_and_goes_again(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED")
    page = opened(open_page, routed=True)
    words = page.locator("#slide-words")
    expect(words).to_have_attribute("data-seen", "0")
    page.route("**/covered?*", lambda route: route.abort())
    frame = page.get_by_role("slider", name="The patch")
    frame.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#chapter-problem")).to_be_visible()
    page.unroute("**/covered?*")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#chapter-problem")).to_be_hidden()
    assert number(page, "#slide-change") == 0
