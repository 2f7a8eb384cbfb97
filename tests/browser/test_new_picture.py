"""A new picture opens on a unit of its own, unless a person chose the unit."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answering import let_go, wait_for_held
from layout_shifts import OBSERVE, assert_nothing_moved, forget_shifts
from maps_page import fetch_npy, parameter, point_at, wait_for_maps
from opening import OpenPage
from opening_units import nearest_place, place_in_input, strongest
from playwright.sync_api import Page, expect
from reading import ANSWER_MS, draw, wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
DEFAULT = "efficientnet_lite0.imagenet1k"
OPENING = "blocks.2.0.conv_dw"
SEVEN = [[(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]]


def unit_of(page: Page) -> tuple[str, ...]:
    return tuple(str(parameter(page, name)) for name in ("channel", "row", "column"))


def settled_unit(page: Page) -> tuple[str, ...]:
    """The selected unit, once it is told of."""
    unit = wait_for_other_unit(page, ())
    said = f"Channel {unit[0]} of {parameter(page, 'layer')} looks"
    expect(page.locator(".unit-sentence")).to_contain_text(said, timeout=ANSWER_MS)
    expect(page.locator(".unit-value")).to_have_text(re.compile(r"\d"))
    return unit


def wait_for_other_unit(page: Page, former: tuple[str, ...]) -> tuple[str, ...]:
    page.wait_for_function(
        """(former) => {
            const address = new URLSearchParams(location.search);
            const unit = ["channel", "row", "column"].map((name) => address.get(name));
            return unit[0] !== null && unit.join() !== former;
        }""",
        arg=",".join(former),
        timeout=ANSWER_MS,
    )
    return unit_of(page)


def expected_unit(
    ask: Ask, server: str, image: str, at: dict[str, float] | None
) -> tuple[str, ...]:
    """The channel that stands out most at a point of the picture; None: in the input's middle."""
    [layer] = [each for each in ask(f"/models/{DEFAULT}")["layers"] if each["id"] == OPENING]
    point = place_in_input(ask, DEFAULT, image, at) if at else (112.0, 112.0)
    row, column = nearest_place(layer, *point)
    channel, _ = strongest(fetch_npy(server, DEFAULT, OPENING, image), row, column)
    return str(channel), str(row), str(column)


def opened(open_page: OpenPage, **options: Any) -> tuple[Page, tuple[str, ...]]:
    page = open_page("/", **options)
    return page, settled_unit(page)


def test_another_example_opens_where_it_is_looked_at(
    open_page: OpenPage, server: str, ask: Ask
) -> None:
    page, former = opened(open_page)
    page.get_by_role("button", name="Example: A cup of espresso").click()
    unit = wait_for_other_unit(page, former)
    [focus] = [
        each["focus"] for each in ask("/examples")["examples"] if each["id"] == "example-coffee"
    ]
    assert unit == expected_unit(ask, server, "example-coffee", focus)
    expect(page.locator(".unit-sentence")).to_contain_text(f"Channel {unit[0]} of {OPENING}")
    expect(page.locator(".unit-sentence")).not_to_contain_text("eye")


def test_an_own_photograph_opens_in_its_middle_and_back_gives_the_former_unit(
    open_page: OpenPage, server: str, ask: Ask, examples: Path
) -> None:
    page, former = opened(open_page)
    page.get_by_label("Picture file").set_input_files(examples / "coffee.png")
    unit = wait_for_other_unit(page, former)
    image = parameter(page, "image")
    assert image is not None
    assert unit == expected_unit(ask, server, image, None)
    page.go_back()
    assert wait_for_other_unit(page, unit) == former
    page.go_forward()
    assert wait_for_other_unit(page, former) == unit
    # A reload does not make it the person's.
    page.reload()
    assert settled_unit(page) == unit
    page.get_by_role("button", name="Example: A cup of espresso").click()
    assert wait_for_other_unit(page, unit) != unit


def test_a_unit_that_a_person_chose_stays(open_page: OpenPage) -> None:
    page, _ = opened(open_page)
    page.mouse.click(*point_at(wait_for_maps(page, OPENING), 7, 5, 9))
    expect(page.locator(".unit-sentence")).to_contain_text("Channel 7 of")
    page.get_by_role("button", name="Example: A cup of espresso").click()
    wait_for_scores(page, label="espresso")
    assert unit_of(page) == ("7", "5", "9")
    # Through other layers, too.
    page.keyboard.press("]")
    moved = settled_unit(page)
    page.get_by_role("button", name="Example: A rocket launch").click()
    wait_for_scores(page, label="missile")
    assert unit_of(page) == moved


def test_a_unit_that_followed_by_itself_through_the_layers_is_not_a_persons(
    open_page: OpenPage,
) -> None:
    page, _ = opened(open_page)
    page.keyboard.press("]")
    page.keyboard.press("]")
    former = settled_unit(page)
    page.get_by_role("button", name="Example: A cup of espresso").click()
    wait_for_other_unit(page, former)


def test_an_address_that_names_a_unit_keeps_it(open_page: OpenPage) -> None:
    page = open_page(f"/?layer={OPENING}&channel=20&row=6&column=20")
    wait_for_scores(page)
    page.get_by_role("button", name="Example: A cup of espresso").click()
    wait_for_scores(page, label="espresso")
    assert unit_of(page) == ("20", "6", "20")


def test_each_drawing_opens_on_a_unit_that_answers(open_page: OpenPage) -> None:
    page = open_page("/?model=lenet5.mnist5k")
    wait_for_scores(page, label="3")
    former = settled_unit(page)
    page.get_by_role("button", name="Draw", exact=True).click()
    draw(page, *SEVEN)
    wait_for_scores(page, label="7")
    wait_for_other_unit(page, former)


def test_nothing_moves_while_the_new_unit_is_looked_up(open_page: OpenPage) -> None:
    page, former = opened(open_page, before=OBSERVE, routed=True)
    wait_for_maps(page, OPENING)
    forget_shifts(page)
    held = wait_for_held(
        page,
        "/reactions",
        page.get_by_role("button", name="Example: A cup of espresso").click,
        times=1,
    )
    expect(page.locator(".unit-sentence")).not_to_contain_text("eye")
    let_go(page, held)
    wait_for_other_unit(page, former)
    settled_unit(page)
    assert_nothing_moved(page, "another example")


def test_a_picture_that_comes_before_the_unit_is_found_gets_one_too(open_page: OpenPage) -> None:
    """Also where it is the one from before."""
    page, former = opened(open_page, routed=True)
    held = wait_for_held(
        page,
        "/reactions",
        page.get_by_role("button", name="Example: A cup of espresso").click,
        times=1,
    )
    page.get_by_role("button", name="Example: Chelsea, a tabby cat").click()
    assert settled_unit(page) == former
    let_go(page, held)
    assert unit_of(page) == former
