"""The sliding window in the lens "How": where it lies, what it multiplies, what it writes."""

import io
import re
import urllib.request
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from accessible import assert_accessible
from maps_page import Array, parameter
from number_page import wait_for_unit
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
IMAGE = "example-chelsea"
LENET = "lenet5.mnist5k"
LITE = "efficientnet_lite0.imagenet1k"
MOVING = {"reduced_motion": "no-preference"}


def unit_path(model: str, layer: str, channel: int, row: int, column: int) -> str:
    return f"/models/{model}/layers/{layer}/units/{channel}/{row}/{column}"


def terms(server: str, path: str) -> tuple[Array, Array]:
    """Values and weights of a unit, (channels, rows, columns)."""
    url = f"{server}/api/v1{path}?image={IMAGE}&format=npy"
    with urllib.request.urlopen(url, timeout=60) as answer:
        values, weights = np.load(io.BytesIO(answer.read()))
    return values.astype(np.float64), weights.astype(np.float64)


def player(page: Page) -> Locator:
    return page.locator(".number-play")


def numbers(locator: Locator) -> Array:
    found = locator.evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.value))")
    return np.array(found, dtype=np.float64)


def grids(page: Page, name: str) -> list[Array]:
    """The cells of one kind, a channel each."""
    channels = player(page).locator(".play-channel")
    return [
        numbers(channels.nth(place).get_by_role("group", name=name).locator("[data-index]"))
        for place in range(channels.count())
    ]


def wait_for_step(page: Page, unit: int, lit: int | None = None) -> None:
    expect(player(page)).to_have_attribute("data-unit", str(unit))
    if lit is not None:
        expect(player(page)).to_have_attribute("data-lit", str(lit))
    expect(player(page)).to_have_attribute("aria-busy", "false")


def written(page: Page) -> float:
    return float(player(page).locator(".play-value").get_attribute("data-value") or "nan")


def window(page: Page) -> tuple[list[int], list[int]]:
    sheet = player(page).locator(".play-input .play-sheet")
    return tuple(  # type: ignore[return-value]
        [int(text) for text in (sheet.get_attribute(f"data-{axis}") or "").split(",")]
        for axis in ("rows", "columns")
    )


def test_a_window_steps_over_a_map_and_stops_at_the_selected_unit(
    open_page: OpenPage, server: str, ask: Ask
) -> None:
    page = open_page(f"/?model={LENET}&image={IMAGE}&layer=c3&channel=3&row=2&column=8&lens=number")
    wait_for_unit(page)
    page.get_by_role("button", name="Play it").click()
    wait_for_step(page, 28)
    assert window(page) == ([2, 3, 4, 5, 6], [8, 9, 10, 11, 12])
    assert parameter(page, "play") == "window"
    slider = player(page).get_by_role("slider", name="The window's place")
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    # Past the end of the row: the next begins.
    wait_for_step(page, 30)
    assert window(page) == ([3, 4, 5, 6, 7], [0, 1, 2, 3, 4])
    page.wait_for_function("() => location.search.includes('row=3&column=0')")
    expect(page.locator(".number-title")).to_have_text("Unit 3, 3, 0 of c3")

    path = unit_path(LENET, "c3", 3, 3, 0)
    values, weights = terms(server, path)
    shown = int(player(page).get_by_label("Channel that is shown").input_value())
    (patch,), (kernel,), (products,) = (
        grids(page, name) for name in ("values", "kernel", "products")
    )
    assert np.array_equal(patch, values[shown].ravel())
    assert np.array_equal(kernel, weights[shown].ravel())
    assert products == pytest.approx((values * weights)[shown].ravel(), rel=1e-12)
    answer = ask(f"{path}?image={IMAGE}")
    assert written(page) == answer["value"]
    pieces = numbers(player(page).locator(".play-total .formula-term .formula-number"))
    assert pieces[0] == pytest.approx((values * weights)[shown].sum(), rel=1e-9)
    assert pieces.sum() == pytest.approx(answer["explained"], rel=1e-9)

    # One product after the other, and the sum of those that are there.
    player(page).get_by_label("product by product").check()
    wait_for_step(page, 30, 1)
    for _ in range(6):
        player(page).get_by_role("button", name="Step", exact=True).click()
    wait_for_step(page, 30, 7)
    so_far = (values * weights)[shown].ravel()[:7].sum()
    expect(player(page).locator(".play-sum")).to_contain_text("sum of the first 7")
    assert float(player(page).locator(".play-sum").get_attribute("data-value") or "nan") == (
        pytest.approx(so_far, rel=1e-12)
    )
    expect(player(page).locator(".play-value")).to_have_text("…")
    expect(player(page).locator(".value-cell.is-later")).to_have_count(18)
    page.reload()
    wait_for_step(page, 30, 1)


def test_while_it_plays_rows_are_fetched_one_at_a_time(open_page: OpenPage) -> None:
    layer = "blocks.2.0.conv_dw"
    page = open_page(
        f"/?image={IMAGE}&layer={layer}&channel=9&row=0&column=0&lens=number&play=window", **MOVING
    )
    wait_for_unit(page)
    wait_for_step(page, 0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/api/v1", 1)[-1]))
    player(page).get_by_label("How fast it plays").select_option("fast")
    player(page).get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "() => Number(document.querySelector('.number-play').dataset.unit) >= 60"
    )
    # Nothing is asked for the units on the way but rows, each once.
    on_the_way = list(asked)
    assert on_the_way
    assert all(re.search(r"/units/9/\d+\?", url) for url in on_the_way), on_the_way
    assert len(set(on_the_way)) == len(on_the_way) <= 8
    player(page).get_by_role("button", name="Pause").click()
    unit = int(player(page).get_attribute("data-unit") or "-1")
    width = 28
    expect(page.locator(".number-title")).to_have_text(
        f"Unit 9, {unit // width}, {unit % width} of {layer}"
    )
    assert parameter(page, "row") == str(unit // width)
    assert parameter(page, "column") == str(unit % width)


def test_red_green_and_blue_of_a_first_layer_stand_beside_each_other(
    open_page: OpenPage, server: str, ask: Ask
) -> None:
    page = open_page(
        f"/?image={IMAGE}&layer=conv_stem&channel=3&row=111&column=110&lens=number&play=window"
    )
    wait_for_unit(page)
    unit = 111 * 112 + 110
    wait_for_step(page, unit)
    expect(player(page).locator(".play-name")).to_have_text(["red", "green", "blue"])
    expect(player(page).get_by_role("img", name="The window in colour")).to_be_visible()
    path = unit_path(LITE, "conv_stem", 3, 111, 110)
    values, weights = terms(server, path)
    for name, expected in (("values", values), ("kernel", weights), ("products", values * weights)):
        found = grids(page, name)
        assert len(found) == 3
        for shown, channel in zip(found, expected, strict=True):
            assert shown == pytest.approx(channel.ravel(), rel=1e-12)
    answer = ask(f"{path}?image={IMAGE}")
    assert written(page) == answer["value"]
    pieces = numbers(player(page).locator(".play-total .formula-term .formula-number"))
    assert pieces.sum() == pytest.approx(answer["explained"], rel=1e-6)
    # A click on the map that is written goes there.
    sheet = player(page).locator(".play-output .play-sheet")
    box = sheet.bounding_box()
    assert box is not None
    sheet.click(position={"x": box["width"] * 0.5 / 112, "y": box["height"] * 20.5 / 112})
    wait_for_step(page, 20 * 112)
    expect(page.locator(".number-title")).to_have_text("Unit 3, 20, 0 of conv_stem")


@pytest.mark.parametrize(
    ("model", "layer", "place"),
    [
        ("vgg_32.mnist5k", "pool1", (5, 8, 7)),
        (LENET, "s2", (2, 2, 13)),
        ("dilated_net.random", "conv3", (2, 1, 0)),
    ],
)
def test_poolings_and_windows_with_gaps(
    open_page: OpenPage, ask: Ask, model: str, layer: str, place: tuple[int, int, int]
) -> None:
    channel, row, column = place
    at = f"layer={layer}&channel={channel}&row={row}&column={column}"
    page = open_page(f"/?model={model}&image={IMAGE}&{at}&lens=number&play=window")
    wait_for_unit(page)
    answer = ask(f"{unit_path(model, layer, *place)}?image={IMAGE}")
    width = {"pool1": 16, "s2": 14, "conv3": 32}[layer]
    wait_for_step(page, row * width + column)
    assert written(page) == answer["value"] != 0
    rows, columns = window(page)
    patch = answer["patch"]
    for places, sources in ((rows, patch["rows"]), (columns, patch["columns"])):
        assert len(places) == len(sources)
        assert all(source in (None, place) for place, source in zip(places, sources, strict=True))
        assert len({b - a for a, b in pairwise(places)}) == 1
    marked = player(page).locator(".value-cell.is-marked")
    if answer["winner"]:
        assert marked.get_attribute("data-index") == str(answer["winner"]["term"])
    else:
        expect(marked).to_have_count(0)
    gaps = player(page).locator(".play-input .play-cell")
    expect(gaps).to_have_count(9 if layer == "conv3" else 0)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_the_player_fits_stands_still_and_is_accessible(
    open_page: OpenPage, width: int, scheme: str
) -> None:
    page = open_page(
        f"/?image={IMAGE}&layer=conv_stem&channel=3&row=40&column=52"
        "&lens=number&play=window&tab=layer",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    wait_for_step(page, 40 * 112 + 52)
    # Who asked for less motion gets no button that plays.
    expect(player(page).get_by_role("button", name="Play", exact=True)).to_have_count(0)
    expect(player(page).get_by_role("button", name="To the end").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page, context=".number-play")
    page.get_by_role("button", name="Close the player").click()
    expect(player(page)).to_be_hidden()
    assert parameter(page, "play") is None
