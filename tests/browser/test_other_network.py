"""What one network computed never stands under another's name."""

import json
import re

import pytest
from compare_page import choose_network, map_of
from opening import Complaints, OpenPage
from playwright.sync_api import Locator, Page, expect
from reading import open_model, wait_for_scores

UNIT = "layer=bn2.act&channel=112&row=3&column=3"
# Each lens, and the part of it in which every number comes from the network.
LENSES = {
    "maps": (f"{UNIT}&sort=mean", ".map-readout"),
    "number": (UNIT, "#lens-number"),
    "filters": ("layer=conv_stem&channel=3&row=40&column=40", "#lens-filters"),
    "why": ("methods=grad_cam", "#lens-why .why-card"),
    "what-if": ("do=", ".what-if-scores"),
}
NUMBER = re.compile(r"\d\.\d|\d\u202f%")


def hold(page: Page, path: str) -> None:
    """Requests for this path are sent and never answered."""
    page.route(re.compile(path), lambda _: None)


def click_into(place: Locator) -> None:
    """Whatever lies there: a locator's own click waits for what it is to hit."""
    box = place.bounding_box()
    assert box is not None
    place.page.mouse.click(box["x"] + 20, box["y"] + 20)


def visible_numbers(*places: Locator) -> list[str]:
    return [text for place in places for text in NUMBER.findall(place.inner_text())]


@pytest.mark.parametrize("lens", LENSES)
def test_nothing_of_the_former_stands_there_while_the_next_is_traced(
    open_page: OpenPage, lens: str
) -> None:
    query, place = LENSES[lens]
    page = open_page(f"/?lens={lens}&{query}", routed=True)
    wait_for_scores(page)
    part, scores = page.locator(place), page.locator(".score-table")
    expect(part.first).to_have_text(NUMBER)
    assert visible_numbers(scores)
    hold(page, "/api/v1/models/resnet18.random(/predictions|/attributions)?([?]|$)")
    open_model(page, "resnet18.random")
    expect(page.locator(".model-button-id")).to_have_text("resnet18.random")
    shown = scores, page.locator("#entropy"), *part.all()
    assert visible_numbers(*shown) == []
    expect(page.locator(".save").locator("visible=true")).to_have_count(0)
    drawings = page.locator(f"#lens-{lens} canvas").locator("visible=true")
    if lens != "maps":
        expect(drawings).to_have_count(0)
    else:
        click_into(page.locator(".map-grid"))
        assert "channel" not in page.url


def test_a_click_into_what_still_stands_selects_nothing(open_page: OpenPage) -> None:
    page = open_page("/?layer=blocks.0.0.bn1.act&unit=none", routed=True)
    wait_for_scores(page)
    expect(page.locator(".layer-controls .save")).to_be_visible()
    hold(page, "/layers/blocks.0.0.conv_pw/activations")
    page.keyboard.press("]")
    expect(page.locator("#layer-heading")).to_have_text("blocks.0.0.conv_pw")
    click_into(page.locator(".map-grid"))
    expect(page.locator(".readout-value")).to_have_text("")
    expect(page.locator(".save").locator("visible=true")).to_have_count(0)
    assert "channel" not in page.url


def test_random_weights_wear_their_badge_wherever_scores_stand(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.random&image=example-chelsea&lens=what-if")
    wait_for_scores(page)
    for place in ("#model-button", ".what-if-scores"):
        expect(page.locator(f"{place} .badge-random")).to_be_visible()
    expect(page.locator("#scores .notice-random")).to_be_visible()
    page = open_page("/compare?left_model=lenet5.random&right_model=lenet5.mnist5k")
    expect(page.locator("#left .badge-random")).to_be_visible()
    expect(map_of(page, "right")).to_be_visible()
    expect(page.locator("#right .badge-random")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    tops = {
        page.locator(f"#{side} .compare-frame").first.bounding_box()["y"]
        for side in ("left", "right")
    }
    assert len(tops) == 1, "the badge pushes one picture below the other"


def test_networks_of_few_classes_are_compared(open_page: OpenPage, ask) -> None:
    """A network of two classes refuses to name five."""
    document = ask("/models/lenet5.mnist5k/predictions?image=example-chelsea&top=2")
    document |= {"class_count": 2, "model": "lenet5.random"}
    page = open_page("/compare?right_model=lenet5.mnist5k", routed=True)
    expect(page.locator("#scores")).to_contain_text("on the right")

    def answer(route) -> None:
        problem = {"type": "invalid-parameter", "detail": "top: it has 2 classes."}
        is_refused = "top=" in route.request.url
        route.fulfill(
            status=422 if is_refused else 200, body=json.dumps(problem if is_refused else document)
        )

    page.route(re.compile("lenet5.random/predictions"), answer)
    choose_network(page, "left", "lenet5.random")
    expect(page.locator("#scores")).to_contain_text(
        f"Highest: {document['classes'][0]['label']} on the left"
    )


def test_scores_of_a_former_network_leave_with_it(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("status of 503")
    page = open_page("/compare", routed=True)
    expect(page.locator("#scores tbody tr").first).to_be_visible()
    problem = {"type": "weights-damaged", "detail": "The file is damaged.", "status": 503}
    page.route(
        re.compile("lenet5.mnist5k/predictions"),
        lambda route: route.fulfill(status=503, body=json.dumps(problem)),
    )
    choose_network(page, "right", "lenet5.mnist5k")
    expect(page.locator("#right")).to_contain_text("The file is damaged.")
    expect(page.locator("#scores tbody tr").locator("visible=true")).to_have_count(0)
    assert visible_numbers(page.locator("#scores")) == []
