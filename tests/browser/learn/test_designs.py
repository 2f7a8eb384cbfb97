"""Chapter 12 in the browser: six designs, their areas, and the part of each to try."""

import json
import math
import re
import urllib.request

import pytest
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

GUESSED = "guess=most:first"
# Published, or summed by hand: see tests/inspection/test_designs.py.
DESIGNS = {
    "LeNet-5": (61_706, 5, 32),
    "AlexNet": (60_965_224, 8, 195),
    "ZF Net": (62_357_608, 8, 171),
    "VGG-16": (138_357_544, 16, 212),
    "GoogLeNet": (6_998_552, 22, 715),
    "ResNet-50": (25_557_032, 50, 483),
}


def opened(open_page: OpenPage, query: str = "") -> Page:
    page = open_page(f"/learn/designs?{GUESSED}{query}")
    expect(page.locator("main[data-ready]")).to_be_attached()
    return page


def choose(page: Page, name: str) -> None:
    page.locator("#timeline").get_by_role("button", name=name).click()
    expect(page.get_by_role("radio", name=name)).to_be_checked()


def value(place: Locator) -> float:
    written = place.get_attribute("data-value")
    assert written is not None
    return float(written)


def test_each_network_opens_beside_the_one_before_it_with_its_numbers(open_page: OpenPage) -> None:
    page = opened(open_page)
    before = None
    for name, numbers in DESIGNS.items():
        choose(page, name)
        facts = page.locator("#facts")
        found = tuple(
            value(facts.locator(f"[data-side=after] [data-fact={fact}]"))
            for fact in ("parameters", "depth", "field")
        )
        assert found == numbers
        expect(facts.locator("[data-side=after] [data-fact=parameters]")).to_have_text(
            f"{numbers[0]:,}"
        )
        heads = [name] if before is None else [before, name]
        assert facts.locator("thead th").all_inner_texts() == heads
        assert page.locator("#columns thead th").all_inner_texts() == heads
        before = name
    page.go_back()
    expect(page.get_by_role("radio", name="GoogLeNet")).to_be_checked()


def test_layers_that_differ_are_marked_and_told_apart(open_page: OpenPage) -> None:
    """ZF Net beside AlexNet, as its paper has it (section 3 and figure 3)."""
    page = opened(open_page, "&design=zfnet")
    rows = page.locator("#columns tbody tr")
    first = rows.first
    expect(first).to_have_attribute("data-mark", "changed")
    expect(first.locator("[data-side=before] .step-head")).to_have_text("11 × 11 convolution")
    expect(first.locator("[data-side=after] .step-head")).to_have_text("7 × 7 convolution")
    # The window, the stride and so the size differ; the maps do not.
    assert first.locator("[data-side=after] b").all_inner_texts() == [
        *("7 × 7", "of 110 × 110", "stride 2"),
    ]
    assert [row.get_attribute("data-mark") for row in rows.all()].count("same") == 6
    expect(rows.locator(".is-gone .step-head")).to_have_text(["response normalisation"] * 2)
    expect(rows.locator(".is-new .step-head")).to_have_text(["response normalisation"] * 2)


def test_areas_are_to_scale_and_one_holds_most_of_vgg(open_page: OpenPage) -> None:
    page = opened(open_page)
    areas = page.locator("#areas rect").evaluate_all(
        """(rects) => rects.map((rect) => [
            Number(rect.dataset.parameters),
            Number(rect.getAttribute("width")) * Number(rect.getAttribute("height")),
        ])"""
    )
    counts = [count for count, _ in areas]
    assert sum(counts) == DESIGNS["ZF Net"][0] + DESIGNS["VGG-16"][0]
    assert 102_764_544 in counts
    scale = areas[0][1] / areas[0][0]
    assert all(math.isclose(area / count, scale, rel_tol=1e-9) for count, area in areas)
    # The larger one fills its square, which is 400 a side.
    assert math.isclose(scale * DESIGNS["VGG-16"][0], 400**2, rel_tol=1e-9)
    assert page.locator("#areas [data-dense]").last.get_attribute("data-dense") == str(
        102_764_544 + 16_781_312 + 4_097_000
    )


def test_the_first_dense_layer_shrinks_with_the_maps_that_it_reads(open_page: OpenPage) -> None:
    page = opened(open_page)
    words = page.locator("#dense-words")
    assert value(words) == 25_088 * 4_096 + 4_096 == 102_764_544
    field = page.get_by_role("spinbutton", name="side of the last maps")
    field.fill("1")
    expect(page).to_have_url(re.compile("side=1"))
    assert value(words) == 512 * 4_096 + 4_096
    # 138,357,544 without the difference.
    expect(words).to_contain_text("37,694,248")
    page.reload()
    expect(words).to_contain_text("37,694,248")


def test_lenet_in_five_sums_and_alexnet_in_one_group_or_two(open_page: OpenPage) -> None:
    page = opened(open_page, "&design=lenet5")
    slots = page.locator("[data-formula='designs.lenet'] [data-slot]")
    assert [float(each.get_attribute("data-value") or 0) for each in slots.all()] == [
        *(156, 2_416, 48_120, 10_164, 850, 61_706),
    ]
    choose(page, "AlexNet")
    counts = page.locator("#groups-table td")
    expect(counts).to_have_text(["307,456", "663,936", "442,624", "60,965,224"])
    page.get_by_role("radio", name="one", exact=True).check()
    # 62,378,344 is what the network has where one device holds all of it.
    expect(counts).to_have_text(["614,656", "1,327,488", "884,992", "62,378,344"])
    expect(page).to_have_url(re.compile("groups=1"))


def test_a_bridge_is_switched_off_and_the_scores_follow(open_page: OpenPage) -> None:
    """Its figures are those of the server about the same digit."""
    page = opened(open_page, "&design=resnet50_paper")
    bridges = page.locator("#bridges")
    words = bridges.get_by_role("status")
    expect(words).to_contain_text("Whole, it says 7")
    expect(bridges.locator("[data-correct=now]")).to_have_attribute("data-value", re.compile(r"\d"))
    whole = value(bridges.locator("[data-correct=before]"))
    assert value(bridges.locator("[data-correct=now]")) == whole
    bridge = bridges.get_by_role("group", name="Block 1").get_by_role("button", name="bridge")
    expect(bridge).to_have_attribute("aria-pressed", "true")
    bridge.focus()
    page.keyboard.press("Enter")
    expect(bridge).to_have_attribute("aria-pressed", "false")
    expect(page).to_have_url(re.compile("bridges=layer1.0.add%3Arelu1"))
    expect(words).to_contain_text("Without that way")
    expect(bridges.locator("[data-correct=now]:not([data-stale])")).not_to_have_attribute(
        "data-value", str(int(whole))
    )
    assert value(bridges.locator("[data-correct=now]")) < 300
    assert whole > 900
    link = bridges.get_by_role("link", name="The same in the microscope").get_attribute("href")
    image = re.search("image=([^&]+)", link or "")
    assert image
    shown = bridges.locator("tr[data-digit]").evaluate_all(
        "(rows) => rows.map((row) => [Number(row.dataset.was), Number(row.dataset.now)])"
    )
    request = urllib.request.Request(
        re.sub("/learn/.*", "", page.url)
        + f"/api/v1/models/resnet8_32.mnist5k/interventions?image={image[1]}",
        json.dumps(
            {
                "interventions": [{"kind": "cut", "layer": "layer1.0.add", "input": "relu1"}],
                "classes": list(range(10)),
            }
        ).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        classes = sorted(json.load(answer)["classes"], key=lambda each: each["index"])
    for (was, now), each in zip(shown, classes, strict=True):
        assert math.isclose(was, each["probability_before"], rel_tol=1e-6)
        assert math.isclose(now, each["probability_after"], rel_tol=1e-6)
    bridges.get_by_role("button", name="All on again").click()
    expect(bridge).to_have_attribute("aria-pressed", "true")
    expect(words).to_contain_text("Switch a way off")
    # In the microscope the same way is cut.
    page.goto(re.sub("/learn/.*", "/", page.url) + (link or "").removeprefix("/"))
    expect(page.locator("#lens-what-if")).to_contain_text("layer1.0.add without relu1")


def test_lanes_are_those_published_and_are_switched_off_together(open_page: OpenPage) -> None:
    page = opened(open_page, "&design=googlenet_paper")
    # The first module, summed by hand from the paper's table 1.
    expect(page.locator("#inception .lane-count")).to_have_text(
        [f"{count:,} to learn" for count in (12_352, 18_528 + 110_720, 3_088 + 12_832, 6_176)]
    )
    straight = page.locator("[data-formula='designs.straight'] [data-slot=parameters]")
    assert value(straight) == 5 * 5 * 192 * 32 + 32
    lanes = page.locator("#lanes")
    block = lanes.get_by_role("group", name="Block 1")
    for lane in (1, 3):
        block.get_by_role("button").nth(lane).click()
    expect(lanes.get_by_role("status")).to_contain_text("those 2 ways")
    page.reload()
    expect(lanes.locator("button[aria-pressed=false]")).to_have_count(2)
    expect(lanes.get_by_role("status")).to_contain_text("those 2 ways")


def test_the_deconvnet_shows_what_made_a_map_answer(open_page: OpenPage) -> None:
    page = opened(open_page, "&design=zfnet")
    words = page.locator("#deconvnet-words")
    projected = page.get_by_role("img", name="The unit, sent back to the pixels")
    expect(words).to_contain_text("the strongest unit of all maps")
    first = projected.get_attribute("src") or ""
    assert "rule=deconvnet" in first
    assert projected.evaluate("(image) => image.naturalWidth") == 32
    page.get_by_role("radio", name="conv1", exact=True).check()
    expect(words).to_contain_text("of conv1, the strongest unit")
    page.get_by_role("spinbutton", name="map").fill("3")
    expect(words).to_contain_text("Map 3 of conv1, its strongest unit")
    assert "channel=3" in (projected.get_attribute("src") or "")
    page.locator("#part-pad").get_by_role("button", name="Clear").click()
    expect(words).to_have_text("Draw a digit first.")
    page.locator("#part-pad").get_by_role("button", name="Put a 3 there").click()
    expect(words).to_contain_text("Map 3 of conv1")
