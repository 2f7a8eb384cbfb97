"""The network in a browser: drawn with its real structure, folded, searched and walked."""

import json
import struct
import urllib.request
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from maps_page import fetch_npy, parameter, wait_for_maps
from opening import Complaints, OpenPage
from playwright.sync_api import Locator, Page, expect
from reading import wait_for_scores

from app.inspection.rendering.colours import colour_table

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]


def cell(page: Page, key: str) -> Locator:
    return page.locator(f'.cell[data-key="{key}"]')


def box_of(locator: Locator) -> dict[str, float]:
    expect(locator).to_be_attached(timeout=30_000)
    found = locator.evaluate(
        """(node) => {
            const box = node.getBoundingClientRect();
            return { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
        }"""
    )
    return dict(found)


def test_inception_block_is_drawn_as_four_lanes(open_page: OpenPage) -> None:
    page = open_page("/?model=googlenet.random&folded=inception3a&layer=input")
    branches = [box_of(cell(page, f"block inception3a.branch{place}")) for place in range(1, 5)]
    assert len({branch["top"] for branch in branches}) == 1
    for one, next_one in pairwise(branches):
        assert one["right"] <= next_one["left"]
    join = box_of(cell(page, "inception3a.cat"))
    assert join["top"] > branches[0]["bottom"]
    for place in range(1, 5):
        wire = f'.wire[data-from="block inception3a.branch{place}"][data-to="inception3a.cat"]'
        expect(page.locator(wire)).to_have_count(1)


def test_residual_block_is_drawn_with_a_bridge(open_page: OpenPage) -> None:
    page = open_page("/?model=resnet50.random&layer=layer1.1.conv1")
    expect(cell(page, "layer1.1.conv1")).to_be_visible(timeout=30_000)
    bridge = page.locator('.wire.is-bridge[data-to="layer1.1.add"]')
    expect(bridge).to_have_count(1)
    assert bridge.get_attribute("data-from") == "block layer1.1"
    # With a convolution in the shortcut the two ways are lanes beside each other.
    cell(page, "block layer2.0").click()
    shortcut = box_of(cell(page, "block layer2.0.downsample"))
    trunk = box_of(cell(page, "layer2.0.conv1"))
    assert shortcut["left"] >= trunk["right"]


def test_folds_are_in_the_address(open_page: OpenPage) -> None:
    page = open_page("/?model=resnet50.random&layer=fc")
    head = cell(page, "block layer1")
    expect(head).to_be_visible(timeout=30_000)
    before = head.get_attribute("aria-expanded")
    head.click()
    after = "false" if before == "true" else "true"
    expect(head).to_have_attribute("aria-expanded", after)
    assert parameter(page, "folded") == "layer1"
    page.reload()
    expect(cell(page, "block layer1")).to_have_attribute("aria-expanded", after, timeout=30_000)


def test_every_layer_of_a_large_network_can_be_in_sight(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/?model=resnet50.random")
    detail = ask("/models/resnet50.random")
    page.get_by_role("button", name="Open all blocks").click(timeout=30_000)
    ids = {layer["id"] for layer in detail["layers"]}
    keys = page.locator(".cell.is-layer").evaluate_all(
        "(cells) => cells.map((cell) => cell.dataset.key)"
    )
    assert set(keys) == ids
    assert len(keys) == len(ids)
    expect(page.locator(".network-summary")).to_contain_text(f"{len(ids)} layers")
    page.get_by_role("button", name="Fold all blocks").click()
    expect(page.locator(".cell.is-layer")).not_to_have_count(len(ids))


def test_items_do_not_overlap(open_page: OpenPage) -> None:
    page = open_page("/?model=googlenet.random&folded=*")
    expect(cell(page, "inception5b.cat")).to_be_attached(timeout=30_000)
    overlaps = page.evaluate(
        """() => {
            const boxes = [...document.querySelectorAll(".cell")].map((cell) =>
                [cell.getBoundingClientRect(), cell.dataset.key]);
            return boxes.flatMap(([one, key], place) =>
                boxes.slice(place + 1)
                    .filter(([other]) => one.left < other.right - 0.5
                        && other.left < one.right - 0.5
                        && one.top < other.bottom - 0.5 && other.top < one.bottom - 0.5)
                    .map(([, other_key]) => [key, other_key]));
        }"""
    )
    assert overlaps == []


def test_search_finds_by_name_and_by_operation(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/?model=resnet50.random")
    expect(page.locator(".cell").first).to_be_visible(timeout=30_000)
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search the layers")
    expect(search).to_be_focused()
    search.fill("layer4.2.conv2")
    expect(page.locator(".network-found")).to_have_text("1")
    search.press("Enter")
    expect(cell(page, "layer4.2.conv2")).to_have_attribute("aria-selected", "true")
    wait_for_maps(page, "layer4.2.conv2")
    assert parameter(page, "find") == "layer4.2.conv2"
    search.fill("max pool")
    expect(page.locator(".network-found")).to_have_text("1")
    search.press("Enter")
    wait_for_maps(page, "maxpool")
    search.fill("convolution")
    count = sum(
        layer["operation"] == "convolution" for layer in ask("/models/resnet50.random")["layers"]
    )
    expect(page.locator(".network-found")).to_have_text(str(count))
    search.fill("zebra")
    expect(page.locator(".network-found")).to_have_text("none")
    search.press("Escape")
    expect(page.locator(".network-found")).to_have_text("")
    assert parameter(page, "find") is None


def test_tree_is_walked_by_keys(open_page: OpenPage) -> None:
    page = open_page("/?model=resnet50.random&folded=-&layer=input")
    first = cell(page, "input")
    expect(first).to_be_visible(timeout=30_000)
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(cell(page, "conv1")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    block = cell(page, "block layer1")
    expect(block).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(block).to_have_attribute("aria-expanded", "true")
    expect(block).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "block layer1.0")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(block).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    wait_for_maps(page, "maxpool")


def test_thumbnails_show_the_strongest_map(open_page: OpenPage, server: str) -> None:
    page = open_page("/?layer=conv_stem")
    expect(page.locator('.cell[data-key="bn1.act"] canvas:not(.is-empty)')).to_be_attached()
    address = f"{server}/api/v1/models/efficientnet_lite0.imagenet1k/activations"
    with urllib.request.urlopen(f"{address}?image=example-chelsea&format=u8") as answer:
        body = answer.read()
    (length,) = struct.unpack("<I", body[4:8])
    header = json.loads(body[8 : 8 + length])
    entry = next(layer for layer in header["layers"] if layer["id"] == "bn1.act")
    start = 8 + length + entry["offset"]
    count = entry["height"] * entry["width"]
    codes = np.frombuffer(body, np.uint8, count, start)
    assert entry["minimum"] >= 0  # a rectified layer: its colours do not diverge
    canvas = page.locator('.cell[data-key="bn1.act"] canvas')
    expect(canvas).to_have_js_property("width", entry["width"])
    shown = canvas.evaluate(
        """(canvas) => [...canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data]"""
    )
    pixels = np.array(shown).reshape(count, 4)[:, :3]
    assert (pixels == np.array(colour_table("viridis"))[codes]).all()


def test_a_layer_has_the_same_colours_in_the_drawing_and_in_its_maps(
    open_page: OpenPage, server: str
) -> None:
    # Its strongest map is nowhere below zero, others are: the sign is the layer's.
    layer = "blocks.2.0.conv_dw"
    maps = fetch_npy(server, "efficientnet_lite0.imagenet1k", layer, "example-chelsea")
    strongest = maps[maps.max((1, 2)).argmax()]
    assert strongest.min() >= 0 > maps.min()
    page = open_page(f"/?layer={layer}")
    canvas = wait_for_maps(page, layer)
    expect(canvas).to_have_attribute("data-colours", "diverging")
    thumbnail = page.locator(f'.cell[data-key="{layer}"] .cell-thumb')
    expect(thumbnail).to_have_attribute("data-colours", "diverging")
    shown = thumbnail.evaluate(
        """(canvas) => [...canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data]"""
    )
    pixels = np.array(shown).reshape(*strongest.shape, 4)[:, :, :3]
    table = np.array(colour_table("diverging"), dtype=np.int64)
    expected = table[128 + np.floor(strongest / strongest.max() * 127 + 0.5).astype(int)]
    assert np.abs(pixels - expected).max() <= 6  # half a step of 8 bits on the way
    page.get_by_label("Colours", exact=True).select_option("grey")
    expect(canvas).to_have_attribute("data-colours", "grey")
    expect(thumbnail).to_have_attribute("data-colours", "grey")


def test_network_without_weights_still_shows_its_structure(open_page: OpenPage) -> None:
    page = open_page("/?model=resnet18.imagenet1k_v1&layer=layer1.0.conv1")
    expect(cell(page, "layer1.0.conv1")).to_be_visible(timeout=30_000)
    expect(page.locator(".layer-facts")).to_contain_text("64 × 56 × 56")
    expect(page.locator(".layer-notice")).to_contain_text("weights of ResNet-18")


def test_structure_that_cannot_be_had_says_so_and_tries_again(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("422")
    page = open_page("/", routed=True)
    wait_for_scores(page)
    body = (
        '{"type": "/problems/not-exportable", "title": "x", "status": 422, "detail": "No graph."}'
    )
    page.route(
        "**/api/v1/models/resnet18.random",
        lambda route: route.fulfill(status=422, body=body, content_type="application/json"),
    )
    page.keyboard.press("m")
    page.get_by_role("combobox", name="Search models").fill("resnet18.random")
    page.keyboard.press("Enter")
    notice = page.locator(".network-notice")
    expect(notice).to_contain_text("No graph.")
    wait_for_scores(page)  # the scores need no graph
    page.unroute_all()
    notice.get_by_role("button", name="Try again").click()
    expect(cell(page, "conv1")).to_be_visible(timeout=30_000)


def test_on_a_telephone_network_and_layer_take_turns_under_the_picture(
    open_page: OpenPage,
) -> None:
    page = open_page("/", viewport={"width": 390, "height": 844}, has_touch=True)
    wait_for_scores(page)
    page.get_by_role("button", name="Network", exact=True).click()
    expect(page.locator("#scores")).to_be_hidden()
    cell(page, "conv_stem").click()
    expect(page.locator("#network")).to_be_hidden()
    wait_for_maps(page, "conv_stem")
    assert parameter(page, "tab") == "layer"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
