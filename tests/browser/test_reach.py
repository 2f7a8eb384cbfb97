"""Following a pixel: what it reaches in each layer, chosen by pointer, by keys and by number."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from accessible import assert_accessible
from maps_page import GRID, parameter, read_tiles, wait_for_maps
from opening import OpenPage
from playwright.sync_api import Page, Route, expect
from reading import picture_box, wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
VEIL_ALPHA = 150
DILATED = "dilated_net.random"
LARGE = {"width": 1920, "height": 1200}


def panel(page: Page) -> Any:
    return page.get_by_role("region", name="The pixel")


def row_of(page: Page, layer: str) -> Any:
    return panel(page).locator(f".reach-row[data-layers~='{layer}']")


def alphas(page: Page, channel: int, places: list[tuple[int, int]], size: tuple[int, int]) -> Any:
    """How dark the veil over a map is in the middle of some places, 0 to 255."""
    tiles = read_tiles(page.locator(GRID))
    left, top = tiles.corner(tiles.channels.index(channel))
    across, down = tiles.tiling["width"] / size[1], tiles.tiling["height"] / size[0]
    points = [(left + (column + 0.5) * across, top + (row + 0.5) * down) for row, column in places]
    return page.locator(".map-grid .map-overlay").evaluate(
        """(canvas, points) => {
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(canvas, 0, 0);
            return points.map(([x, y]) =>
                context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data[3]);
        }""",
        points,
    )


def test_a_pixel_is_typed_and_its_holes_are_seen(open_page: OpenPage, ask: Ask) -> None:
    page = open_page(f"/?model={DILATED}&image=example-chelsea&layer=conv3", viewport=LARGE)
    wait_for_maps(page, "conv3")
    page.get_by_role("button", name="Follow a pixel").click()
    expect(panel(page)).to_contain_text("Where pixel 16, 16 goes")
    panel(page).get_by_role("spinbutton", name="row").fill("20")
    panel(page).get_by_role("spinbutton", name="column").fill("21")
    panel(page).get_by_role("spinbutton", name="column").press("ArrowUp")
    expect(panel(page)).to_contain_text("Where pixel 20, 22 goes")
    assert parameter(page, "pixel") == "20,22"

    found = ask(f"/models/{DILATED}/projective-fields?row=20&column=22")
    by_id = {layer["layer"]: layer for layer in found["layers"]}
    conv3 = by_id["conv3"]
    # Dilations of 2, 2 and 4: every second place from 8 before to 8 behind, by hand.
    assert (conv3["units"], conv3["box"]["top"], conv3["box"]["left"]) == (81, 12, 14)
    expect(panel(page)).to_contain_text(
        "conv3: 81 places in 17 × 17 of 32 × 32, rows 12 to 28, columns 14 to 30, with gaps."
    )
    for layer, text in (("conv1", "9 places in 5 × 5 of 32 × 32"), ("conv2", "25 places in 9 × 9")):
        expect(row_of(page, layer)).to_contain_text(text)
    share = float(row_of(page, "conv3").get_attribute("data-share"))
    assert share == pytest.approx(81 / 1024)
    expect(page.get_by_role("treeitem", name=re.compile("^conv3:"))).to_contain_text("81 places")

    overlay = page.locator(".map-grid .map-overlay")
    expect(overlay).to_have_attribute("data-reached", "conv3")
    gaps = [(13, 15), (13, 14), (12, 15), (21, 23), (5, 5)]
    assert set(alphas(page, 3, gaps, (32, 32))) <= {VEIL_ALPHA, 255}
    assert alphas(page, 3, [(5, 5), (0, 31)], (32, 32)) == [VEIL_ALPHA, VEIL_ALPHA]

    # A tap on a layer opens it with its own.
    row_of(page, "conv5").get_by_role("button").first.click()
    wait_for_maps(page, "conv5")
    expect(overlay).to_have_attribute("data-reached", "conv5")
    expect(panel(page)).to_contain_text("conv5: ")
    expect(row_of(page, "conv5")).to_have_class(re.compile("is-open"))
    page.reload()
    expect(panel(page)).to_contain_text("Where pixel 20, 22 goes")
    panel(page).get_by_role("button", name="Choose no pixel any more").click()
    expect(panel(page)).to_be_hidden()
    assert parameter(page, "pixel") is None


def test_a_key_before_the_network_is_here_is_not_lost(open_page: OpenPage) -> None:
    page = open_page("/fields", routed=True)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(rf"/api/v1/models/{re.escape(DILATED)}(\?|$)"), hold, times=1)
    page.goto(page.url.replace("/fields", f"/?model={DILATED}&image=example-chelsea&layer=conv3"))
    wait_for_scores(page)
    page.keyboard.press("r")
    expect(panel(page)).to_have_count(0)
    (asked,) = held
    asked.continue_()
    expect(panel(page)).to_contain_text("Where pixel 16, 16 goes")


def test_a_pixel_is_chosen_in_the_photograph(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/?image=example-chelsea&layer=blocks.0.0.conv_dw")
    wait_for_scores(page)
    page.keyboard.press("r")
    expect(panel(page)).to_contain_text("Where pixel 112, 112 goes")
    seen = ask("/models/efficientnet_lite0/predictions?image=example-chelsea")
    box, size = seen["image_box"], seen["image_size"]
    frame = picture_box(page)

    def click(row: float, column: float) -> None:
        """At a place of the picture, in its own pixels."""
        x = frame["x"] + column * frame["width"] / size["width"]
        page.mouse.click(x, frame["y"] + row * frame["height"] / size["height"])

    down = (box["bottom"] - box["top"]) / 224
    across = (box["right"] - box["left"]) / 224
    row, column = 100, 60
    click(box["top"] + (row + 0.5) * down, box["left"] + (column + 0.5) * across)
    page.wait_for_function(
        "() => location.search.includes('pixel=') && !location.search.includes('112')"
    )
    found = [int(text) for text in str(parameter(page, "pixel")).split(",")]
    # A screen pixel is as wide as a pixel and a half of the input.
    assert abs(found[0] - row) <= 1
    assert abs(found[1] - column) <= 1
    top, left = box["top"] + found[0] * down, box["left"] + found[1] * across
    expect(panel(page)).to_contain_text(
        f"In the picture it covers rows {top:.1f} to {top + down:.1f}, "
        f"columns {left:.1f} to {left + across:.1f}."
    )
    click(5, 5)
    expect(panel(page)).to_contain_text("cut away: the network does not see it")
    click(box["top"] + 30, box["left"] + 30)
    expect(panel(page)).to_contain_text("blocks.0.0.conv_dw: ")


def test_a_pixel_that_no_window_holds_says_so(open_page: OpenPage) -> None:
    page = open_page("/?model=squeezenet1_0.random&image=example-chelsea&pixel=223,100")
    expect(panel(page)).to_contain_text("reads this pixel: no window on the way holds it")
    expect(row_of(page, "features.0")).to_contain_text("not reached")
    page.goto(page.url.replace("223%2C100", "500%2C3").replace("223,100", "500,3"))
    expect(panel(page)).to_contain_text("The input has the rows 0 to 223 and the columns 0 to 223")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_the_panel_fits_and_is_accessible(open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(
        "/?model=lenet5.mnist5k&image=example-chelsea&layer=c3&pixel=14,14&tab=layer",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    expect(panel(page)).to_contain_text("c3: 7 × 7 of 10 × 10")
    wait_for_maps(page, "c3")
    expect(row_of(page, "output")).to_contain_text("all 10")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page, context=".pixel-panel")
