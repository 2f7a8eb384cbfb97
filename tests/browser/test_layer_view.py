"""A layer in a browser: what is painted and read out is what the network computed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from maps_page import (
    GRID,
    PINNED,
    assert_grey_shows_values,
    fetch_npy,
    parameter,
    point_at,
    read_tiles,
    sample,
    wait_for_maps,
)
from opening import Complaints, OpenPage
from playwright.sync_api import Page, Route, expect
from reading import draw, wait_for_scores

from app.inspection.rendering.colours import colour_table

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
DEFAULT = "efficientnet_lite0.imagenet1k"
CHELSEA = "example-chelsea"
LARGE = {"width": 1920, "height": 1080}
A_SEVEN = [(0.25, 0.25), (0.75, 0.25), (0.45, 0.8)]
NETWORKS = ["googlenet.random", "resnet50.random", "densenet121.random"]
SAMPLED = [pytest.param(name, marks=pytest.mark.full) for name in NETWORKS]


def assert_canvas_shows(page: Page, server: str, model: str, layer: str, image: str) -> None:
    """The pixels on the page are those of the npy; `colours=grey` is in the address."""
    maps = fetch_npy(server, model, layer, image)
    canvas = wait_for_maps(page, layer, image=image)
    if read_tiles(canvas).tiling["width"] < maps.shape[2]:
        # Enlarged stands the map of the unit, once that is found.
        page.wait_for_function("() => new URLSearchParams(location.search).has('channel')")
        canvas = wait_for_maps(page, layer, PINNED)
    found = sample(canvas, maps)
    if maps[0].size > 1:
        assert_grey_shows_values(found, found.minimum, found.maximum)
    else:
        whole = np.ones_like(found.values)
        assert_grey_shows_values(found, maps.min() * whole, maps.max() * whole)


def spread(ids: list[str], count: int) -> list[str]:
    return [ids[int(place)] for place in np.linspace(0, len(ids) - 1, count)]


@pytest.mark.parametrize("model", [DEFAULT, *SAMPLED])
def test_pixels_on_the_canvas_are_the_values_of_the_npy(
    open_page: OpenPage, server: str, ask: Ask, model: str
) -> None:
    ids = [layer["id"] for layer in ask(f"/models/{model}")["layers"]]
    page = open_page(f"/?model={model}&colours=grey&layer=input", viewport=LARGE)
    for layer in spread(ids, 6):
        search = page.get_by_role("searchbox", name="Search the layers")
        if layer != "input":
            search.fill(layer)
            for _ in range(len(ids)):  # Enter goes to the next that contains the name
                if parameter(page, "layer") == layer:
                    break
                search.press("Enter")
            search.blur()
        assert_canvas_shows(page, server, model, layer, CHELSEA)


@pytest.mark.full
@pytest.mark.parametrize("model", [DEFAULT, *NETWORKS])
def test_every_layer_can_be_walked_through(
    open_page: OpenPage, server: str, ask: Ask, model: str
) -> None:
    ids = [layer["id"] for layer in ask(f"/models/{model}")["layers"]]
    page = open_page(f"/?model={model}&colours=grey&layer=input", viewport=LARGE)
    for place, layer in enumerate(ids):
        if place > 0:
            page.keyboard.press("]")
        assert_canvas_shows(page, server, model, layer, CHELSEA)


def test_lenet_is_walked_layer_by_layer_for_a_drawn_digit(
    open_page: OpenPage, server: str, ask: Ask
) -> None:
    ids = [layer["id"] for layer in ask("/models/lenet5.mnist5k")["layers"]]
    page = open_page("/?model=lenet5.mnist5k&colours=grey&layer=input", viewport=LARGE)
    page.keyboard.press("d")
    draw(page, A_SEVEN)
    wait_for_scores(page, label="7")
    image = parameter(page, "image")
    assert image is not None
    for place, layer in enumerate(ids):
        if place > 0:
            page.keyboard.press("]")
        assert_canvas_shows(page, server, "lenet5.mnist5k", layer, image)
    assert parameter(page, "layer") == ids[-1]


def test_one_scale_for_the_layer_can_be_chosen_and_is_said(
    open_page: OpenPage, server: str
) -> None:
    page = open_page("/?colours=grey&layer=blocks.2.0.conv_pwl", viewport=LARGE)
    maps = fetch_npy(server, DEFAULT, "blocks.2.0.conv_pwl", CHELSEA)
    canvas = wait_for_maps(page, "blocks.2.0.conv_pwl")
    expect(page.locator(".legend")).to_contain_text("each map on a scale of its own")
    page.locator("#lens-maps").get_by_label("whole layer").check()
    expect(canvas).to_have_attribute("data-scale", "layer")
    expect(page.locator(".legend")).to_contain_text("one scale for the whole layer")
    assert parameter(page, "range") == "layer"
    found = sample(canvas, maps)
    whole = np.ones_like(found.values)
    assert_grey_shows_values(found, maps.min() * whole, maps.max() * whole)


def test_signed_maps_diverge_and_zero_is_neutral(open_page: OpenPage, server: str) -> None:
    layer = "blocks.2.0.conv_pwl"
    page = open_page(f"/?layer={layer}", viewport=LARGE)
    maps = fetch_npy(server, DEFAULT, layer, CHELSEA)
    canvas = wait_for_maps(page, layer)
    expect(canvas).to_have_attribute("data-colours", "diverging")
    found = sample(canvas, maps)
    red, _, blue = found.colours.T
    share = found.values / np.maximum(np.abs(found.minimum), np.abs(found.maximum))
    assert (blue[share < -0.05] > red[share < -0.05]).all()
    assert (red[share > 0.05] > blue[share > 0.05]).all()
    neutral = np.array(colour_table("diverging"))[128]
    assert (np.abs(found.colours[np.abs(share) < 0.004] - neutral) <= 3).all()
    expect(page.locator(".legend")).to_contain_text("zero neutral")


def test_value_under_the_pointer_is_exact(open_page: OpenPage, server: str) -> None:
    layer = "blocks.3.0.bn1.act"
    page = open_page(f"/?layer={layer}")
    canvas = wait_for_maps(page, layer)
    maps = fetch_npy(server, DEFAULT, layer, CHELSEA)
    for channel, row, column in [(0, 0, 0), (17, 5, 9), (100, 27, 27), (33, 13, 1)]:
        page.mouse.move(*point_at(canvas, channel, row, column))
        expect(page.locator(".readout-place")).to_have_text(
            f"channel {channel} · row {row} · column {column}"
        )
        shown = page.locator(".readout-value")
        expect(shown).not_to_contain_text("≈")
        assert np.float32(shown.inner_text().replace("−", "-")) == maps[channel, row, column]


def test_selected_unit_is_in_the_address_and_comes_back(open_page: OpenPage) -> None:
    layer = "blocks.3.0.bn1.act"
    page = open_page(f"/?layer={layer}")
    canvas = wait_for_maps(page, layer)
    page.mouse.click(*point_at(canvas, 17, 5, 9))
    assert [parameter(page, name) for name in ("channel", "row", "column")] == ["17", "5", "9"]
    page.mouse.move(5, 5)
    value = page.locator(".readout-value")
    expect(value).not_to_contain_text("≈")
    text = value.inner_text()
    page.reload()
    wait_for_maps(page, layer)
    expect(page.locator(".readout-place")).to_have_text("channel 17 · row 5 · column 9")
    expect(value).to_have_text(text)
    expect(page.locator(PINNED)).to_have_attribute("data-channels", "17")
    page.keyboard.press("]")
    wait_for_maps(page, "blocks.3.0.conv_dw")
    # A depthwise convolution keeps the channels apart: the unit stays in its own.
    assert parameter(page, "channel") == "17"


def test_arrow_keys_walk_the_unit_over_its_map(open_page: OpenPage) -> None:
    page = open_page("/?layer=blocks.3.0.bn1.act&channel=3&row=5&column=26")
    wait_for_maps(page, "blocks.3.0.bn1.act")
    for key in ["ArrowDown", "ArrowRight", "ArrowRight", "Shift+ArrowUp", "."]:
        page.keyboard.press(key)
    expect(page.locator(".readout-place")).to_have_text("channel 4 · row 1 · column 27")
    page.keyboard.press("[")
    wait_for_maps(page, "blocks.3.0.bn1.batch_norm")


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("maximum", lambda maps: -maps.max((1, 2))),
        ("mean", lambda maps: -maps.mean((1, 2), dtype=np.float64)),
    ],
)
def test_maps_can_be_sorted(
    open_page: OpenPage, server: str, sort: str, key: Callable[[Any], Any]
) -> None:
    layer = "blocks.4.2.conv_pwl"
    page = open_page(f"/?layer={layer}")
    canvas = wait_for_maps(page, layer)
    page.get_by_label("Order of the maps").select_option(sort)
    expected = np.argsort(key(fetch_npy(server, DEFAULT, layer, CHELSEA)), kind="stable")
    expect(canvas).to_have_attribute("data-channels", ",".join(map(str, expected)))
    assert parameter(page, "sort") == sort


def test_maps_can_be_sorted_by_contribution_to_the_highest_class(
    open_page: OpenPage, ask: Ask
) -> None:
    layer = "global_pool.flatten"
    page = open_page(f"/?layer={layer}&sort=contribution")
    canvas = wait_for_maps(page, layer)
    statistics = ask(f"/models/{DEFAULT}/layers/{layer}/activations?image={CHELSEA}&class=282")
    ranked = sorted(statistics["channels"], key=lambda channel: -channel["contribution"])
    expected = ",".join(str(channel["index"]) for channel in ranked)
    expect(canvas).to_have_attribute("data-channels", expected)
    page.mouse.move(*point_at(canvas, ranked[0]["index"], 0, 0))
    expect(page.locator(".readout-channel")).to_contain_text("to tiger cat")


def test_channels_are_pinned_beside_each_other(open_page: OpenPage) -> None:
    layer = "blocks.3.0.bn1.act"
    page = open_page(f"/?layer={layer}&unit=none")
    canvas = wait_for_maps(page, layer)
    page.keyboard.down("Shift")
    for channel in (8, 21):
        page.mouse.click(*point_at(canvas, channel, 3, 3))
    page.keyboard.up("Shift")
    expect(page.locator(PINNED)).to_have_attribute("data-channels", "8,21")
    assert parameter(page, "pins") == "8,21"
    page.reload()
    expect(page.locator(PINNED)).to_have_attribute("data-channels", "8,21")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".unit-sentence")).to_contain_text("No unit is selected.")
    assert parameter(page, "pins") is None


def test_vector_is_read_with_the_names_of_its_classes(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/?layer=classifier")
    canvas = wait_for_maps(page, "classifier")
    page.mouse.move(*point_at(canvas, 285, 0, 0))
    expect(page.locator(".readout-place")).to_have_text("class 285 · Egyptian cat")
    prediction = ask(f"/models/{DEFAULT}/predictions?image={CHELSEA}&top=5")
    logit = next(score["logit"] for score in prediction["classes"] if score["index"] == 285)
    value = page.locator(".readout-value")
    expect(value).not_to_contain_text("≈")
    assert np.float32(value.inner_text()) == np.float32(logit)
    expect(page.get_by_label("each map")).to_be_disabled()


def test_layer_that_is_not_there_offers_some_that_are(open_page: OpenPage) -> None:
    page = open_page("/?layer=blocks.2.1.conv")
    notice = page.locator(".layer-notice")
    expect(notice).to_contain_text("has no layer “blocks.2.1.conv”")
    notice.get_by_role("button").first.click()
    layer = parameter(page, "layer")
    assert layer is not None
    wait_for_maps(page, layer)


@pytest.mark.parametrize(
    ("layer", "unit", "said"),
    [
        ("conv_stem", "channel=32&row=0&column=0", "channels 0 to 31"),
        ("conv_stem", "channel=3&row=0&column=112", "columns 0 to 111"),
        ("conv_stem", "channel=3&row=5", "unit 3, 5, ?"),
        ("classifier", "channel=1000", "no feature 1000: this layer has 0 to 999"),
    ],
)
def test_unit_that_is_not_there_is_told(
    open_page: OpenPage, layer: str, unit: str, said: str
) -> None:
    page = open_page(f"/?layer={layer}&{unit}")
    wait_for_maps(page, layer)
    expect(page.locator(".readout-place")).to_contain_text(said)
    expect(page.locator(".unit-sentence")).to_contain_text("This layer has no such unit.")
    if layer == "conv_stem":
        page.mouse.click(*point_at(page.locator(GRID), 2, 4, 4))
        expect(page.locator(".readout-place")).to_have_text("channel 2 · row 4 · column 4")


def test_late_answer_never_overwrites_a_newer_one(open_page: OpenPage) -> None:
    page = open_page("/?layer=conv_stem", routed=True)
    wait_for_maps(page, "conv_stem")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/layers/bn1.batch_norm/activations*format=u8*", hold)
    page.keyboard.press("]")
    page.keyboard.press("]")
    wait_for_maps(page, "bn1.act")
    for route in held:
        route.abort()  # what the page asked for first ends at last
    page.unroute_all(behavior="wait")
    expect(page.locator("#layer-heading")).to_have_text("bn1.act")
    expect(page.locator(GRID)).to_have_attribute("data-layer", "bn1.act")


def test_picture_forgotten_between_two_layers_is_sent_again(
    open_page: OpenPage, examples: Path, server: str, complaints: Complaints
) -> None:
    complaints.expect("404")
    page = open_page("/?layer=conv_stem")
    wait_for_maps(page, "conv_stem", image=CHELSEA)
    page.get_by_label("Picture file").set_input_files(examples / "coffee.png")
    wait_for_scores(page, label="espresso")
    forgotten = parameter(page, "image")
    canvas = wait_for_maps(page, "conv_stem", image=forgotten)
    page.mouse.click(*point_at(canvas, 3, 9, 9))
    answer = page.request.delete(f"{server}/api/v1/images/{forgotten}")
    assert answer.ok
    page.keyboard.press("]")
    # The same picture under a new id, in the layer that was walked to.
    expect(page.locator(GRID)).not_to_have_attribute("data-image", str(forgotten))
    again = parameter(page, "image")
    assert again not in (forgotten, None)
    wait_for_maps(page, "bn1.batch_norm", image=again)
    expect(page.locator(".layer-notice")).to_be_hidden()


def test_failure_is_told_where_the_maps_would_be(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("500")
    body = '{"type": "/problems/internal", "title": "x", "detail": "It broke."}'
    page = open_page("/?layer=conv_stem", routed=True)
    wait_for_maps(page, "conv_stem")
    page.route(
        "**/layers/bn1.act/activations*format=u8*",
        lambda route: route.fulfill(status=500, body=body, content_type="application/json"),
    )
    page.keyboard.press("]")
    wait_for_maps(page, "bn1.batch_norm")
    page.keyboard.press("]")
    expect(page.locator(".layer-notice")).to_contain_text("It broke.")
    page.unroute_all()
    page.locator(".layer-notice").get_by_role("button", name="Try again").click()
    wait_for_maps(page, "bn1.act")


def test_another_picture_brings_its_own_maps(open_page: OpenPage, server: str) -> None:
    page = open_page("/?layer=conv_stem&colours=grey", viewport=LARGE)
    wait_for_maps(page, "conv_stem")
    page.keyboard.press("e")
    expect(page.locator(GRID)).not_to_have_attribute("data-image", CHELSEA)
    image = parameter(page, "image")
    assert image is not None
    expect(page.locator(GRID)).to_have_attribute("data-image", image)
    assert_canvas_shows(page, server, DEFAULT, "conv_stem", image)


def test_layer_is_saved_as_npy(open_page: OpenPage) -> None:
    page = open_page("/?layer=conv_stem")
    wait_for_maps(page, "conv_stem")
    with page.expect_download() as download:
        page.locator(".save").get_by_role("link", name=".npy").click()
    assert np.load(download.value.path()).shape == (32, 112, 112)
