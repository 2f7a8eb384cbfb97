"""Where a unit looks, in a browser: boxes over the picture, numbers beside it, as the API says."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from maps_page import parameter, point_at, wait_for_maps
from opening import Complaints, OpenPage
from playwright.sync_api import Page, expect
from reading import wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
DEFAULT = "efficientnet_lite0.imagenet1k"
BORDER_WALKS = [
    (DEFAULT, "blocks.3.0.bn1.act"),
    pytest.param("googlenet.random", "inception4a.cat", marks=pytest.mark.full),
    pytest.param("resnet50.random", "layer3.0.relu", marks=pytest.mark.full),
    ("dilated_net.random", "conv3"),
]


def overlay(page: Page) -> Any:
    return page.locator(".picture-frame .field-overlay")


def box_on_page(page: Page, name: str) -> dict[str, float] | None:
    text = overlay(page).get_attribute(f"data-{name}")
    return json.loads(text) if text else None


def wait_for_exact(page: Page, row: int, column: int, channel: int) -> None:
    expect(page.locator(".unit-title")).to_have_text(f"Unit {channel}, {row}, {column}")
    expect(page.locator(".unit-facts")).to_contain_text("really reads", timeout=30_000)


@pytest.mark.parametrize(("model", "layer"), BORDER_WALKS)
def test_walking_along_the_border_moves_the_box_as_the_api_says(
    open_page: OpenPage, ask: Ask, model: str, layer: str
) -> None:
    unit = f"image=example-chelsea&layer={layer}&channel=7&row=0&column=0"
    page = open_page(f"/?model={model}&{unit}&shows=theory")
    wait_for_maps(page, layer)
    paddings = 0
    for column in range(5):
        wait_for_exact(page, 0, column, 7)
        answer = ask(
            f"/models/{model}/layers/{layer}/receptive-field?channel=7&row=0&column={column}"
        )
        expect(overlay(page)).to_have_attribute(
            "data-reached", re.compile(re.escape(f'"right":{answer["input_box"]["right"]:g}'))
        )
        assert box_on_page(page, "reached") == answer["input_box"]
        theoretical = answer["theoretical_input_box"]
        assert box_on_page(page, "theoretical") == theoretical
        facts = str(page.locator(".unit-facts").text_content()).replace("−", "-")
        for box in (theoretical, answer["input_box"]):
            rows = f"rows {box['top']:g} to {box['bottom']:g}"
            assert f"{rows}, columns {box['left']:g} to {box['right']:g}" in facts
        if theoretical["top"] < 0:
            padding = page.locator(".picture-frame .field-padding").get_attribute("d")
            assert padding is not None
            assert f" {theoretical['top']:g}H" in padding
            paddings += 1
        page.keyboard.press("ArrowRight")
    assert paddings > 0


def test_box_lies_on_the_picture_where_the_api_puts_it(open_page: OpenPage, ask: Ask) -> None:
    layer = "blocks.3.0.bn1.act"
    unit = "channel=17&row=12&column=20"
    page = open_page(f"/?layer={layer}&{unit}")
    wait_for_maps(page, layer)
    wait_for_exact(page, 12, 20, 17)
    answer = ask(f"/models/{DEFAULT}/layers/{layer}/receptive-field?{unit}&image=example-chelsea")
    picture = page.get_by_role("img", name="Chelsea").bounding_box()
    # Without the line's own width.
    drawn = page.locator(".picture-frame .field-reached").evaluate(
        """(path) => {
            const { x, y, width, height } = path.getBBox();
            const { a, d, e, f } = path.getScreenCTM();
            return { x: x * a + e, y: y * d + f, width: width * a, height: height * d };
        }"""
    )
    assert picture is not None
    scale = picture["width"] / 451
    box = answer["image_box"]
    assert drawn["x"] - picture["x"] == pytest.approx(box["left"] * scale, abs=1)
    assert drawn["y"] - picture["y"] == pytest.approx(box["top"] * scale, abs=1)
    assert drawn["width"] == pytest.approx((box["right"] - box["left"]) * scale, abs=1)
    assert drawn["height"] == pytest.approx((box["bottom"] - box["top"]) * scale, abs=1)


def test_pointing_shows_the_box_at_once_and_leaving_takes_it_away(open_page: OpenPage) -> None:
    layer = "blocks.2.0.conv_pwl"
    page = open_page(f"/?layer={layer}&unit=none")
    canvas = wait_for_maps(page, layer)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.mouse.move(*point_at(canvas, 3, 10, 10))
    expect(overlay(page)).to_be_visible()
    theoretical = box_on_page(page, "theoretical")
    assert theoretical is not None
    field = page.evaluate(
        """async ([model, layer]) => {
            const answer = await fetch(`/api/v1/models/${model}`);
            const { layers } = await answer.json();
            return layers.find(({ id }) => id === layer).receptive_field;
        }""",
        [DEFAULT, layer],
    )
    assert theoretical["top"] == 10 * field["stride"]["height"] - field["padding"]["height"]
    assert theoretical["bottom"] - theoretical["top"] == field["size"]["height"]
    assert not [url for url in requests if "receptive-field" in url]
    page.mouse.move(5, 5)
    expect(overlay(page)).to_be_hidden()


def test_gradient_and_its_contour_are_drawn_with_their_numbers(
    open_page: OpenPage, ask: Ask
) -> None:
    layer = "blocks.3.0.bn1.act"
    unit = "channel=150&row=10&column=12"
    page = open_page(f"/?layer={layer}&{unit}")
    wait_for_exact(page, 10, 12, 150)
    answer = ask(
        f"/models/{DEFAULT}/layers/{layer}/effective-receptive-field?{unit}&image=example-chelsea"
    )
    facts = page.locator(".unit-facts")
    expect(facts).to_contain_text(f"in {answer['mass_pixels']:,} px", timeout=30_000)
    sigma = answer["sigma"]
    expect(facts).to_contain_text(f"{sigma['height']:.2f} × {sigma['width']:.2f} px")
    warm = page.locator(".picture-frame .field-heat").evaluate(
        """(canvas) => {
            const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((value, place) => place % 4 === 3 && value > 0).length;
        }"""
    )
    assert warm > 0
    expect(page.locator(".picture-frame .field-contour")).to_have_attribute("d", re.compile("^M"))
    page.get_by_text("More of this field").click()
    page.get_by_label("gradient").uncheck()
    expect(page.locator(".picture-frame .field-heat")).to_be_hidden()
    assert parameter(page, "shows") == "theory,support"
    page.reload()
    wait_for_exact(page, 10, 12, 150)
    expect(page.get_by_label("gradient")).not_to_be_checked()


def test_gradient_over_noise_is_asked_for_and_said(open_page: OpenPage) -> None:
    page = open_page("/?layer=bn1.act&channel=3&row=50&column=50&shows=heat,noise")
    expect(page.locator(".unit-facts")).to_contain_text("over 16 pictures of noise", timeout=30_000)


def test_dilated_network_shows_which_pixels_are_read(open_page: OpenPage, ask: Ask) -> None:
    model = "dilated_net.random"
    page = open_page(
        f"/?model={model}&image=example-chelsea&layer=conv3&channel=1&row=0&column=9&shows=support"
    )
    wait_for_maps(page, "conv3")
    wait_for_exact(page, 0, 9, 1)
    answer = ask(f"/models/{model}/layers/conv3/receptive-field?channel=1&row=0&column=9")
    assert answer["touched_fraction"] < 1
    share = f"{100 * answer['touched_fraction']:.2f}"
    expect(page.locator(".unit-facts")).to_contain_text(share)
    box = answer["input_box"]
    area = (box["bottom"] - box["top"]) * (box["right"] - box["left"])
    expect(page.locator(".picture-frame .field-heat")).to_be_visible()
    read = page.locator(".picture-frame .field-heat").evaluate(
        """(canvas) => {
            const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((value, place) => place % 4 === 3 && value > 0).length;
        }"""
    )
    assert read == round(answer["touched_fraction"] * area)


def test_unit_behind_a_gate_says_which_field_is_shown(open_page: OpenPage) -> None:
    layer = "features.1.block.1.mul"
    page = open_page(f"/?model=mobilenet_v3_small.random&layer={layer}&channel=1&row=20&column=20")
    expect(page.locator(".unit-field")).to_contain_text("field 7 px", timeout=30_000)
    expect(page.locator(".unit-field")).to_contain_text("of the trunk")
    expect(page.locator(".unit-reason")).to_contain_text("squeeze-and-excitation")
    expect(overlay(page)).to_have_attribute("data-reached", re.compile(r'"bottom":84'))


def test_vector_unit_sees_the_whole_input(open_page: OpenPage) -> None:
    page = open_page("/?layer=classifier&channel=282")
    wait_for_scores(page)
    expect(page.locator(".unit-field")).to_have_text("sees the whole input")
    # The text is the closed form's; what is really read comes with an answer of its own.
    expect(overlay(page)).to_have_attribute("data-reached", re.compile(".+"))
    assert box_on_page(page, "reached") == {"top": 0, "left": 0, "bottom": 224, "right": 224}


def test_failure_of_a_field_is_told_beside_it(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("500")
    page = open_page("/?layer=conv_stem", routed=True)
    canvas = wait_for_maps(page, "conv_stem")
    page.route(
        "**/receptive-field?*",
        lambda route: route.fulfill(status=500, body='{"type": "x", "detail": "No field."}'),
    )
    page.mouse.click(*point_at(canvas, 3, 9, 9))
    told = page.locator(".unit-panel .unit-problem")
    expect(told).to_contain_text("No field.")
    page.unroute("**/receptive-field?*")
    told.get_by_role("button", name="Try again").click()
    expect(told).to_be_hidden()
