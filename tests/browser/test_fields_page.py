"""The page of the receptive fields: plot, table and calculator, against published figures."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from maps_page import parameter
from opening import Complaints, OpenPage
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]


def row_of(page: Page, layer: str) -> list[str]:
    row = page.locator(f'.fields-table tr[data-layer="{layer}"]')
    expect(row).to_be_attached(timeout=60_000)
    return [text.strip() for text in row.locator("th, td").all_inner_texts()]


def calculator_rows(page: Page) -> list[list[str]]:
    rows = page.locator(".calculator-table tbody tr")
    return [row.locator("td").all_inner_texts() for row in rows.all()]


def test_table_has_the_published_fields_and_leads_to_the_layer(open_page: OpenPage) -> None:
    page = open_page("/fields?models=resnet50.random,alexnet.random")
    assert row_of(page, "maxpool")[3:6] == ["11", "4", "5"]
    assert row_of(page, "layer4.2.relu_2")[3:6] == ["427", "32", "213"]
    assert row_of(page, "fc")[6] == "sees everything"
    page.get_by_label("Network of the table").select_option("alexnet.random")
    assert row_of(page, "features.12")[3:6] == ["195", "32", "66"]
    assert parameter(page, "table") == "alexnet.random"
    page.locator('.fields-table tr[data-layer="features.12"] a').click()
    expect(page.locator("#layer-heading")).to_have_text("features.12", timeout=30_000)


def test_several_networks_stand_on_one_plot(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/fields?models=alexnet.random")
    expect(page.locator(".plot-line")).to_have_count(1, timeout=60_000)
    page.get_by_label("Add a network to the plot").select_option("mobilenet_v3_small.imagenet1k_v1")
    # One line up to the first gate, a dashed one behind it.
    expect(page.locator(".plot-line")).to_have_count(3, timeout=60_000)
    expect(page.locator(".plot-line.is-trunk")).to_have_count(1)
    assert parameter(page, "models") == "alexnet.random,mobilenet_v3_small.imagenet1k_v1"
    layers = ask("/models/alexnet.random")["layers"]
    sizes = [layer["receptive_field"]["size"] for layer in layers]
    points = page.locator(".plot-line.colour-0").get_attribute("d")
    assert points is not None
    assert points.count("L") + 1 == sum(size is not None for size in sizes)
    page.reload()
    expect(page.locator(".plot-line")).to_have_count(3, timeout=60_000)
    page.get_by_role("button", name="Take AlexNet").click()
    expect(page.locator(".plot-line")).to_have_count(2)


def test_who_comes_from_the_microscope_sees_their_network_and_goes_back(
    open_page: OpenPage,
) -> None:
    page = open_page("/?model=lenet5.mnist5k&image=example-digit-3&layer=c3&lens=filters")
    expect(page.locator("#layer-heading")).to_have_text("c3")
    expect(page).to_have_url(re.compile("channel="))  # the page has chosen a unit
    left = page.url.split("?")[1]
    page.get_by_role("link", name="Fields").click()
    said = page.locator("#came-from")
    expect(said).to_contain_text("You come from LeNet-5")
    expect(said).to_contain_text("layer c3")
    # It is drawn, first of all, and its layers are listed.
    first = page.locator("#plot-legend li").first
    expect(first).to_contain_text("you come from here")
    expect(page.locator(".plot-line.colour-0")).to_have_count(1)
    assert row_of(page, "c3")[0].startswith("c3")
    page.reload()
    expect(first).to_contain_text("you come from here")
    said.get_by_role("link").click()
    expect(page.locator("#layer-heading")).to_have_text("c3")
    expect(page.locator("#lens-filters")).to_be_visible()
    assert page.url.split("?")[1] == left
    page.go_back()
    page.get_by_role("link", name="Microscope", exact=True).click()
    expect(page.locator("#layer-heading")).to_have_text("c3")


def test_the_default_network_is_named_too_and_drawn_once(open_page: OpenPage) -> None:
    page = open_page("/")
    expect(page.locator("#scores")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#layer-heading")).not_to_have_text("Layer")
    page.get_by_role("link", name="Fields").click()
    expect(page.locator("#came-from")).to_contain_text("You come from EfficientNet-Lite0")
    page.goto(page.url.split("?")[0] + "?from=model%3Dvgg16.imagenet1k_v1")
    # Its design stands among the usual ones: once is enough.
    expect(page.locator("#plot-legend li")).to_have_count(4)


def test_pointing_at_a_line_reads_the_layer(open_page: OpenPage) -> None:
    page = open_page("/fields?models=vgg16.random")
    line = page.locator(".plot-line")
    expect(line).to_have_count(1, timeout=60_000)
    x, y = page.locator(".plot").evaluate(
        """(plot) => {
            const line = plot.querySelector(".plot-line");
            const end = line.getPointAtLength(line.getTotalLength());
            const box = plot.getBoundingClientRect();
            return [box.left + end.x, box.top + end.y];
        }"""
    )
    page.mouse.move(x, y)
    tip = page.locator(".plot-tip")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("212 px, stride 32")


@pytest.mark.parametrize(
    ("preset", "field", "stride", "begins"),
    [
        ("VGG-16", 212, 32, "90 px before the input"),
        ("AlexNet", 195, 32, "66 px before the input"),
        ("LeNet-5", 32, 4, "at the border of the input"),
    ],
)
def test_calculator_gives_the_published_fields(
    open_page: OpenPage, preset: str, field: int, stride: int, begins: str
) -> None:
    page = open_page("/fields")
    page.get_by_label("Begin with a known stack").select_option(preset)
    result = page.locator(".calculator-result")
    expect(result).to_contain_text(f"sees {field} × {field} px, its neighbour {stride} px further")
    expect(result).to_contain_text(f"the first begins {begins}")
    assert [row[6] for row in calculator_rows(page)][-1] == str(field)


def test_calculator_follows_every_number_and_stays_in_the_address(open_page: OpenPage) -> None:
    page = open_page("/fields?stack=c3,1,2,2&input=64")
    page.get_by_role("button", name="Add a layer").click()
    page.get_by_label("dilation of layer 2").fill("2")
    page.get_by_label("dilation of layer 2").press("Enter")
    page.get_by_label("padding of layer 2").fill("2")
    page.get_by_label("padding of layer 2").press("Tab")
    # Two 3-tap layers with holes of one: 0, 2, 4, 6, 8 of nine pixels.
    expect(page.locator(".calculator-result")).to_contain_text("sees 9 × 9 px")
    expect(page.locator("#calculator .quiet")).to_contain_text("4 of 9 pixels are never read")
    pattern = page.locator(".pattern-pixel").evaluate_all(
        "(pixels) => pixels.map((pixel) => pixel.classList.contains('is-read'))"
    )
    assert pattern == [True, False] * 4 + [True]
    assert parameter(page, "stack") == "c3,1,2,2 c3,1,2,2"
    page.reload()
    expect(page.locator(".calculator-result")).to_contain_text("sees 9 × 9 px")
    page.get_by_label("kernel of layer 1").fill("999")
    page.get_by_label("kernel of layer 1").press("Tab")
    expect(page.get_by_label("kernel of layer 1")).to_have_value("3")
    page.get_by_label("Remove layer 1").click()
    expect(page.locator(".calculator-result")).to_contain_text("sees 5 × 5 px")


def test_layer_that_does_not_fit_is_said_to_be_too_small(open_page: OpenPage) -> None:
    page = open_page("/fields?stack=c5,1,0,1 c5,1,0,1&input=7")
    assert [row[5] for row in calculator_rows(page)] == ["3", "too small"]


def test_network_that_is_not_there_is_told(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("404")
    page = open_page("/fields?models=resnet99.random,alexnet.random")
    expect(page.locator("#plot-legend")).to_contain_text("resnet99", timeout=60_000)
    expect(page.locator(".plot-line")).to_have_count(1, timeout=60_000)


def test_page_fits_a_phone(open_page: OpenPage) -> None:
    page = open_page("/fields?models=alexnet.random", viewport={"width": 390, "height": 844})
    expect(page.locator(".plot-line")).to_have_count(1, timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_layer_can_be_taken_out_however_long_its_numbers_are(open_page: OpenPage) -> None:
    stack = "c31,1,15,1,4096 " * 2
    page = open_page(f"/fields?input=4096&stack={stack.strip().replace(' ', '+')}")
    remove = page.get_by_label("Remove layer 2")
    expect(remove).to_be_visible()
    box = page.locator(".fields-table-box:has(.calculator-table)").first
    for width in (1280, 1024):
        page.set_viewport_size({"width": width, "height": 800})
        edges = [each.bounding_box() for each in (remove, box)]
        right, limit = [each["x"] + each["width"] for each in edges if each]
        assert right <= limit + 1
