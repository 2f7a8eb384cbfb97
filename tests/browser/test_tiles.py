"""Every tile says which channel it is, on every screen, and where sorted by which value."""

import json
from typing import Any

import numpy as np
import pytest
from maps_page import GRID, Tiles, fetch_npy, read_pixels, read_tiles, wait_for_maps
from opening import OpenPage
from playwright.sync_api import Locator, ViewportSize

pytestmark = pytest.mark.browser

DEFAULT = "efficientnet_lite0.imagenet1k"
CHELSEA = "example-chelsea"
LAYER = "blocks.2.0.conv_dw"
SCREENS: list[ViewportSize] = [
    {"width": 390, "height": 844},
    {"width": 1280, "height": 800},
    {"width": 1920, "height": 1080},
]
# A photograph of a projector's screen: below this a number is not read from the back row.
SMALLEST_PX = 44


def captions(canvas: Locator) -> list[list[str]]:
    return json.loads(canvas.get_attribute("data-captions") or "[]")


def luminance(colours: Any) -> Any:
    """As WCAG 2.2 defines it, of colours (n, 3) from 0 to 255."""
    share = np.asarray(colours) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def read_strip(canvas: Locator, tiles: Tiles, place: int) -> Any:
    """Every pixel (n, 4) of the caption of a tile."""
    left, top = tiles.corner(place)
    tiling = tiles.tiling
    start = int(top - tiles.scroll_top) + tiling["height"] + 2
    box = [left, start, tiling["width"], tiling["label_px"] - 2]
    pixels = canvas.evaluate(
        """(canvas, box) => {
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(canvas, 0, 0);
            return [...context.getImageData(...box).data];
        }""",
        box,
    )
    return np.array(pixels).reshape(-1, 4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen["width"]))
def test_every_tile_carries_its_number_and_what_it_is_sorted_by(
    open_page: OpenPage, server: str, screen: ViewportSize, scheme: str
) -> None:
    # Without a unit, to which the maps would be scrolled.
    page = open_page(
        f"/?layer={LAYER}&unit=none&sort=maximum&tab=layer", viewport=screen, color_scheme=scheme
    )
    canvas = wait_for_maps(page, LAYER)
    maximum = fetch_npy(server, DEFAULT, LAYER, CHELSEA).max((1, 2))
    order = np.argsort(-maximum, kind="stable")
    canvas.page.wait_for_function(
        "([canvas, order]) => canvas.dataset.channels === order",
        arg=[canvas.element_handle(), ",".join(map(str, order))],
    )
    tiles = read_tiles(canvas)
    assert tiles.tiling["width"] >= SMALLEST_PX
    visible = tiles.visible_places()
    assert len(visible) >= 15
    shown = captions(canvas)
    for place in visible:
        channel, value = shown[place]
        assert int(channel) == order[place]
        assert float(value) == pytest.approx(maximum[order[place]], rel=5e-3)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    behind = luminance([[int(part) for part in ground[4:-1].split(",")]])[0]
    first, second = (read_strip(canvas, tiles, place) for place in visible[:2])
    assert not np.array_equal(first, second)  # each has other words beneath it
    # What is next to opaque has the ink's colour.
    inks = luminance(first[first[:, 3] > 200][:, :3])
    assert len(inks) > 5
    bright = np.maximum(inks, behind)
    dark = np.minimum(inks, behind)
    assert ((bright + 0.05) / (dark + 0.05)).min() >= 4.5


@pytest.mark.parametrize("model", [DEFAULT])
def test_single_numbers_are_written_beneath_their_tiles(
    open_page: OpenPage, server: str, model: str
) -> None:
    page = open_page("/?layer=classifier")
    canvas = wait_for_maps(page, "classifier")
    logits = fetch_npy(server, model, "classifier", CHELSEA)[:, 0, 0]
    page.wait_for_function(
        "(canvas) => JSON.parse(canvas.dataset.captions)[0][1] !== ''", arg=canvas.element_handle()
    )
    for channel, value in captions(canvas)[:30]:
        number = float(value.replace("−", "-"))
        assert number == pytest.approx(logits[int(channel)], rel=5e-3)


def test_maps_that_are_not_sorted_by_a_value_carry_none(open_page: OpenPage) -> None:
    page = open_page(f"/?layer={LAYER}")
    canvas = wait_for_maps(page, LAYER)
    shown = captions(canvas)
    assert shown[:3] == [["0", ""], ["1", ""], ["2", ""]]


def test_pale_map_has_an_edge(open_page: OpenPage, server: str) -> None:
    page = open_page(f"/?layer={LAYER}")
    canvas = wait_for_maps(page, LAYER)
    tiles = read_tiles(canvas)
    left, top = tiles.corner(0)
    width, height = tiles.tiling["width"], tiles.tiling["height"]
    middle = [(left + width // 2, top - 1), (left + width // 2, top + height)]
    sides = [(left - 1, top + height // 2), (left + width, top + height // 2)]
    edge = read_pixels(page.locator(GRID), middle + sides)
    line = page.locator(".map-grid .map-port").evaluate(
        "(port) => getComputedStyle(port).borderTopColor"
    )
    expected = [int(part) for part in line[4:-1].split(",")]
    assert (np.abs(edge - expected) <= 2).all()


def test_many_maps_are_drawn_a_screen_at_a_time(open_page: OpenPage) -> None:
    page = open_page("/?layer=conv_head")
    canvas = wait_for_maps(page, "conv_head")
    assert len(read_tiles(canvas).channels) == 1280
    assert len(captions(canvas)) < 300
    port = page.locator(".map-grid .map-port")
    port.evaluate("(port) => { port.scrollTop = port.scrollHeight; }")
    page.wait_for_function(
        "(canvas) => JSON.parse(canvas.dataset.captions).at(-1)[0] === '1279'",
        arg=canvas.element_handle(),
    )
