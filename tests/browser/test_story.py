"""The workspace opens on a unit that sees something, and the unit stays wherever one goes."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accessible import assert_accessible
from answering import hold, let_go
from layout_shifts import OBSERVE, assert_nothing_moved, forget_shifts
from maps_page import fetch_npy, parameter, point_at, wait_for_maps
from opening import OpenPage
from opening_units import nearest_place, place_in_input, strongest
from playwright.sync_api import Browser, Page, expect
from reading import ANSWER_MS, open_model, picture_box, wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
DEFAULT = "efficientnet_lite0.imagenet1k"
CHELSEA = "example-chelsea"
# In the picture's pixels; the network sees its inner part, at 224 x 224.
EYE = {"y": 110, "x": 171}


def unit_of(page: Page) -> tuple[str, ...]:
    return tuple(str(parameter(page, name)) for name in ("layer", "channel", "row", "column"))


def wait_for_channel(page: Page, layer: str) -> tuple[str, ...]:
    page.wait_for_function(
        """(layer) => {
            const address = new URLSearchParams(location.search);
            return address.get("layer") === layer && address.has("channel");
        }""",
        arg=layer,
        timeout=ANSWER_MS,
    )
    return unit_of(page)


def eye_in_input(ask: Ask, model: str) -> tuple[float, float]:
    return place_in_input(ask, model, CHELSEA, EYE)


def test_page_opens_on_a_unit_that_looks_at_the_eye(
    open_page: OpenPage, server: str, ask: Ask
) -> None:
    page = open_page("/")
    layer = "blocks.2.0.conv_dw"  # a field of 35 px: the deepest of at most 224 / 5
    unit = wait_for_channel(page, layer)
    layers = {each["id"]: each for each in ask(f"/models/{DEFAULT}")["layers"]}
    row, column = nearest_place(layers[layer], *eye_in_input(ask, DEFAULT))
    maps = fetch_npy(server, DEFAULT, layer, CHELSEA)
    channel, deviation = strongest(maps, row, column)
    assert unit == (layer, str(channel), str(row), str(column))
    value = maps[channel, row, column]
    shown = page.locator(".unit-value")
    expect(shown).not_to_have_text("…")
    assert np.float32(shown.inner_text().replace("−", "-")) == value
    expect(page.locator(".unit-sentence")).to_have_text(
        f"Channel {channel} of {layer} looks at 35 × 35 px round the cat's eye and answers "
        f"{float(value):.3g}, far more than elsewhere in this picture "
        f"({deviation:.1f} standard deviations above the mean of its map)."
    )
    # Its patch is that part of what the network sees.
    field = ask(
        f"/models/{DEFAULT}/layers/{layer}/receptive-field?channel={channel}&row={row}&column={column}"
    )["input_box"]
    box = " ".join(f"{field[side]:g}" for side in ("top", "left", "bottom", "right"))
    expect(page.locator(".unit-patch")).to_have_attribute("data-box", box)
    # At home on a laptop: whole rows of tiles are in sight beneath.
    grid = page.locator(".map-grid").bounding_box()
    assert grid is not None
    assert grid["y"] < 400
    assert grid["height"] > 250
    # The entry that the page was opened with is the only one.
    assert page.evaluate("history.length") <= 2


def test_the_unit_stays_from_layer_to_layer(open_page: OpenPage, server: str, ask: Ask) -> None:
    page = open_page("/?layer=blocks.2.0.conv_dw&channel=20&row=6&column=20")
    wait_for_maps(page, "blocks.2.0.conv_dw", image=CHELSEA)
    layers = {each["id"]: each for each in ask(f"/models/{DEFAULT}")["layers"]}
    # Batch norm and activation keep the channels apart.
    for layer in ("blocks.2.0.bn2.batch_norm", "blocks.2.0.bn2.act"):
        page.keyboard.press("]")
        assert unit_of(page) == (layer, "20", "6", "20")
    # A convolution of all channels does not: the one that reacts most at the place is taken.
    page.keyboard.press("]")
    layer = "blocks.2.0.conv_pwl"
    unit = wait_for_channel(page, layer)
    channel, _ = strongest(fetch_npy(server, DEFAULT, layer, CHELSEA), 6, 20)
    assert unit == (layer, str(channel), "6", "20")
    # Far on, the unit whose field has its middle nearest.
    field = layers["blocks.2.0.conv_dw"]["receptive_field"]
    y = 6 * field["stride"]["height"] - field["padding"]["height"] + field["size"]["height"] / 2
    x = 20 * field["stride"]["width"] - field["padding"]["width"] + field["size"]["width"] / 2
    search = page.get_by_role("searchbox", name="Search the layers")
    search.fill("blocks.5.2.conv_pw")
    search.press("Enter")
    far = wait_for_channel(page, "blocks.5.2.conv_pw")
    row, column = nearest_place(layers["blocks.5.2.conv_pw"], y, x)
    assert far[2:] == (str(row), str(column))
    # And back, as it was: nothing drifts.
    search.fill("blocks.2.0.conv_dw")
    search.press("Enter")
    assert unit_of(page) == ("blocks.2.0.conv_dw", "20", "6", "20")


def test_a_vector_has_no_place_and_the_former_comes_back(open_page: OpenPage) -> None:
    page = open_page("/?layer=bn2.act&channel=7&row=2&column=5")
    wait_for_maps(page, "bn2.act", image=CHELSEA)
    page.keyboard.press("]")
    assert unit_of(page) == ("global_pool.pool", "7", "0", "0")
    page.keyboard.press("]")
    assert unit_of(page) == ("global_pool.flatten", "7", "None", "None")
    page.keyboard.press("]")
    # The scores are other channels: the highest is selected.
    assert unit_of(page) == ("classifier", "282", "None", "None")
    expect(page.locator(".unit-sentence")).to_contain_text(
        "The score of “tiger cat” looks at the whole input and answers 9.24"
    )
    for _ in range(3):
        page.keyboard.press("[")
    assert unit_of(page) == ("bn2.act", "7", "2", "5")


def test_who_chooses_before_the_unit_is_here_keeps_it(open_page: OpenPage) -> None:
    page = open_page("/docs", routed=True)
    held = hold(page, "/reactions")
    with page.expect_request(re.compile("/reactions")):
        page.goto(page.url.replace("/docs", "/?layer=conv_stem"))
    canvas = wait_for_maps(page, "conv_stem", image=CHELSEA)
    expect(page.locator(".unit-sentence")).to_contain_text("Looking for the channel")
    place = page.locator(".map-grid").bounding_box()
    page.mouse.click(*point_at(canvas, 4, 9, 8))
    let_go(page, held)
    assert unit_of(page) == ("conv_stem", "4", "9", "8")
    assert page.locator(".map-grid").bounding_box() == place, "the maps moved from the pointer"


def test_a_closed_unit_stays_closed_until_one_is_chosen(open_page: OpenPage) -> None:
    page = open_page("/?layer=conv_stem")
    wait_for_channel(page, "conv_stem")
    page.get_by_role("button", name="Close the unit").click()
    page.reload()
    canvas = wait_for_maps(page, "conv_stem", image=CHELSEA)
    wait_for_scores(page)
    expect(page.locator(".unit-sentence")).to_contain_text("No unit is selected.")
    page.keyboard.press("]")
    canvas = wait_for_maps(page, "bn1.batch_norm")
    assert parameter(page, "channel") is None
    page.mouse.click(*point_at(canvas, 4, 9, 8))
    page.keyboard.press("[")
    assert unit_of(page) == ("conv_stem", "4", "9", "8")


def test_another_network_opens_at_the_same_place_of_the_picture(
    open_page: OpenPage, ask: Ask
) -> None:
    page = open_page("/")
    wait_for_channel(page, "blocks.2.0.conv_dw")
    open_model(page, "resnet18.random")
    # The deepest convolution larger than 1 x 1 whose field is at most 224 / 5 = 44.8 px.
    layers = {each["id"]: each for each in ask("/models/resnet18.random")["layers"]}
    small = [
        name
        for name, each in layers.items()
        if each["operation"] == "convolution"
        and each["kernel"]["height"] > 1
        and each["receptive_field"]["size"]["height"] <= 44.8
    ]
    unit = wait_for_channel(page, small[-1])
    place = nearest_place(layers[small[-1]], *eye_in_input(ask, "resnet18.random"))
    assert unit[2:] == tuple(map(str, place))


def test_networks_without_convolution_or_picture_are_opened(open_page: OpenPage) -> None:
    page = open_page("/?model=softmax.mnist5k&image=example-coffee")
    wait_for_channel(page, "linear")
    expect(page.locator(".unit-sentence")).to_contain_text("looks at the whole input")
    page = open_page("/?model=resnet18.imagenet1k_v1&layer=nowhere")
    expect(page.locator(".layer-notice")).to_contain_text("has no layer “nowhere”")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_over_the_whole_story(open_page: OpenPage, width: int) -> None:
    """Shifts right after a click count as well: what was clicked stays under the pointer."""
    size = {"width": width, "height": 800}
    # With one quick method: the next network must not wait for the others.
    page = open_page("/?methods=saliency", before=OBSERVE, viewport=size)

    def done(step: str) -> None:
        assert_nothing_moved(page, step)

    wait_for_scores(page)
    wait_for_channel(page, "blocks.2.0.conv_dw")
    expect(page.locator(".unit-value")).not_to_have_text("…")
    done("open")
    if width < 800:
        page.get_by_role("button", name="Layer", exact=True).click()
        forget_shifts(page)  # another tab is another page
    canvas = wait_for_maps(page, "blocks.2.0.conv_dw", image=CHELSEA)
    if width < 800:  # from under the picture, which stays on top
        page.evaluate("document.querySelector('.map-grid').scrollIntoView({ block: 'end' })")
    page.mouse.click(*point_at(canvas, 0, 4, 4))
    expect(page.locator(".unit-title")).to_have_text("Unit 0, 4, 4")
    expect(page.locator(".unit-value")).not_to_have_text("…")
    done("click a tile")
    page.keyboard.press("]")
    wait_for_maps(page, "blocks.2.0.bn2.batch_norm")
    expect(page.locator(".unit-value")).not_to_have_text("…")
    done("next layer")
    page.keyboard.press("4")
    expect(page.locator("#lens-why .why-card img").first).to_be_visible()
    done("why")
    page.keyboard.press("5")
    expect(page.locator("#lens-what-if .what-if-scores")).to_be_visible()
    done("what if")
    page.keyboard.press("1")
    page.keyboard.press("m")
    page.get_by_role("combobox", name="Search models").fill("resnet18.random")
    models = page.get_by_role("listbox", name="Models").get_by_role("option")
    expect(models.first).to_contain_text("resnet18.random")
    forget_shifts(page)  # a list that is searched becomes shorter
    page.keyboard.press("Enter")
    expect(page.locator("#layer-heading")).to_contain_text("layer1")
    expect(page.locator("#scores")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".unit-value")).not_to_have_text("…")
    done("switch the model")


# What each step asks to be clicked.
ADVICE = [
    ".score-ask",
    "#lens-tab-maps",
    ".map-grid canvas[data-tiling]",
    "#lens-tab-number",
    ".look-layer",
]


@pytest.mark.parametrize("width", [1280, 1920, 390])
def test_tour_is_taken_and_covers_nothing_that_it_asks_for(open_page: OpenPage, width: int) -> None:
    height = {1280: 800, 1920: 1080, 390: 844}[width]
    size = {"width": width, "height": height}
    page = open_page("/", tour=True, before=OBSERVE, viewport=size)
    card = page.locator(".tour")
    expect(card).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator(".unit-value")).not_to_have_text("…")
    assert_nothing_moved(page, "the tour comes")
    # It takes the focus from nobody.
    assert page.evaluate("document.activeElement === document.body")
    expect(card.get_by_role("button", name="Back")).to_be_disabled()
    for step, advice in enumerate(ADVICE, start=1):
        expect(card).to_contain_text(f"{step} of 5")
        expect(page.locator(".is-toured")).to_have_count(1)
        box = card.bounding_box()
        assert box is not None
        for each in page.locator(advice).all():
            each.click(trial=True)  # in sight, and with nothing over it
        if width > 1000:
            for column in ("#network", ".lens:not([hidden])"):
                beside = page.locator(column).bounding_box()
                assert beside is not None
                assert beside["y"] + beside["height"] <= box["y"] + 1, column
        card.get_by_role("button", name="Done" if step == 5 else "Next").click()
    expect(card).to_be_hidden()
    expect(page.locator(".is-toured")).to_have_count(0)


@pytest.mark.parametrize("way", ["pointer", "keys"])
def test_who_does_what_the_tour_advises_is_at_the_next_step(open_page: OpenPage, way: str) -> None:
    page = open_page("/", tour=True)
    card = page.locator(".tour")
    expect(card).to_contain_text("1 of 5", timeout=ANSWER_MS)
    canvas = wait_for_maps(page, "blocks.2.0.conv_dw", image=CHELSEA)
    if way == "pointer":
        page.locator(".score-ask").first.click()
    else:
        page.keyboard.press("4")
    expect(card).to_contain_text("2 of 5")
    # What a person has opened stays open.
    expect(page.locator("#lens-why")).to_be_visible()
    if way == "pointer":
        page.get_by_role("tab", name="Maps").click()
    else:
        page.keyboard.press("1")
    expect(card).to_contain_text("3 of 5")
    page.keyboard.press("]")  # another layer is not another unit of this one
    wait_for_maps(page, "blocks.2.0.bn2.batch_norm")
    expect(card).to_contain_text("3 of 5")
    page.keyboard.press("[")
    canvas = wait_for_maps(page, "blocks.2.0.conv_dw")
    if way == "pointer":
        page.mouse.click(*point_at(canvas, 12, 4, 4))
    else:
        canvas.focus()
        page.keyboard.press("ArrowRight")
    expect(card).to_contain_text("4 of 5")
    if way == "pointer":
        page.get_by_role("tab", name="How").click()
    else:
        page.keyboard.press("2")
    expect(card).to_contain_text("5 of 5")
    expect(page.locator("#lens-number")).to_be_visible()
    picture = page.get_by_role("application", name="Point at the picture")
    if way == "pointer":
        picture.click()
    else:
        picture.focus()
        page.keyboard.press("Enter")
    expect(card).to_be_hidden()
    assert page.evaluate("localStorage.getItem('convscope-tour')") == "dismissed"


@pytest.mark.parametrize("way", ["Draw", "Camera", "Upload"])
def test_tour_makes_way_for_a_picture_of_ones_own(
    open_page: OpenPage, examples: Path, way: str
) -> None:
    page = open_page("/", tour=True)
    card = page.locator(".tour")
    expect(card).to_contain_text("1 of 5", timeout=ANSWER_MS)
    if way == "Upload":
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Upload").click()
        chooser.value.set_files(examples / "coffee.png")
    else:
        page.get_by_role("button", name=way, exact=True).click()
    expect(card).to_be_hidden()
    expect(page.locator(".is-toured")).to_have_count(0)
    # It is found again under "?", and may be taken on the pad as well.
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("button", name="Take the tour").click()
    expect(card).to_contain_text("1 of 5")


def test_tour_sent_away_stays_away_until_it_is_asked_for(browser: Browser, server: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(server)
        card = page.locator(".tour")
        expect(card).to_be_visible(timeout=ANSWER_MS)
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()
        page.goto(server)
        wait_for_channel(page, "blocks.2.0.conv_dw")
        expect(page.locator(".unit-value")).not_to_have_text("…")
        expect(card).to_be_hidden()
        page.get_by_role("button", name="Keys").click()
        page.get_by_role("button", name="Take the tour").click()
        expect(card).to_be_visible()
        expect(page.locator("#tour-title")).to_be_focused()
        for key in ("Tab", "Tab", "Enter"):  # Close, then Next: there is no way back yet
            page.keyboard.press(key)
        expect(card).to_contain_text("2 of 5")
        assert_accessible(page, context=".tour")
        card.get_by_role("button", name="Close the tour").click()
        expect(page.get_by_role("button", name="Keys")).to_be_focused()


def test_tour_on_a_phone_is_a_sheet_beneath_what_it_shows(open_page: OpenPage) -> None:
    page = open_page("/", tour=True, viewport={"width": 390, "height": 844}, has_touch=True)
    card = page.locator(".tour")
    expect(card).to_be_visible(timeout=ANSWER_MS)
    for step in range(1, 6):
        expect(card).to_contain_text(f"{step} of 5")
        about, box = page.locator(".is-toured").bounding_box(), card.bounding_box()
        assert about is not None
        assert box is not None
        assert box["y"] + box["height"] == pytest.approx(844, abs=1)
        assert about["y"] >= -1
        assert about["y"] + 40 < box["y"], step
        card.get_by_role("button", name="Done" if step == 5 else "Next").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_tour_leaves_a_phone_at_its_top_and_makes_room_for_what_a_person_does(
    open_page: OpenPage,
) -> None:
    page = open_page("/", tour=True, viewport={"width": 390, "height": 844}, has_touch=True)
    card = page.locator(".tour")
    expect(card).to_contain_text("1 of 5", timeout=ANSWER_MS)
    assert page.evaluate("window.scrollY") == 0
    # The picture and the first class stand above the sheet.
    picture = picture_box(page)
    first = page.locator("#scores tbody tr").first
    row, before = first.bounding_box(), card.bounding_box()
    assert row is not None
    assert before is not None
    assert picture["y"] >= 0
    assert row["y"] + row["height"] <= before["y"] + 1
    first.get_by_role("button", name="tiger cat").tap()
    expect(page.get_by_role("tab", name="Why")).to_have_attribute("aria-selected", "true")
    expect(card.locator(".tour-text")).to_be_hidden()
    folded = card.bounding_box()
    assert folded is not None
    assert folded["height"] < before["height"] / 2
    card.get_by_role("button", name="Next").tap()
    expect(card).to_contain_text("2 of 5")
    expect(card.locator(".tour-text")).to_be_visible()
