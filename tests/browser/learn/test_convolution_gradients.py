"""Chapter 9: what a pixel, a weight and an output have to do with each other, there and back."""

import io
import json
import re
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import numpy.typing as npt
import pytest
import torch
from accessible import assert_accessible
from opening import Complaints, OpenPage
from playwright.sync_api import Locator, Page, expect
from torch.nn import functional

from models.catalogue.catalogue import catalogue
from models.weights.loading import load
from models.weights.locations import WeightsLocations

pytestmark = pytest.mark.browser

Array = npt.NDArray[np.float64]
GUESSED = "guess=middle:9"
# By hand: in how many windows of 3 the pixels of a row of 5 lie.
ALONG = np.array([1, 2, 3, 2, 1])
SETTINGS = [(1, 0, 1), (2, 1, 1), (1, 2, 1), (3, 2, 2), (2, 0, 1), (1, 1, 2)]
TOLERANCE = 1e-6


def opened(open_page: OpenPage, query: str = GUESSED, **options: Any) -> Page:
    page = open_page(f"/learn/convolution-gradients?{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    return page


def grid(page: Page, name: str) -> Locator:
    return page.locator(f"[data-grid='{name}']")


def cell(page: Page, name: str, index: int) -> Locator:
    return grid(page, name).locator(f"[data-index='{index}']")


def values(page: Page, name: str) -> Array:
    """A grid's numbers, in a square."""
    found = (
        grid(page, name)
        .locator("[data-index]")
        .evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.value))")
    )
    side = round(len(found) ** 0.5)
    return np.array(found, dtype=np.float64).reshape(side, side)


def lit(page: Page, name: str) -> set[int]:
    found = (
        grid(page, name)
        .locator(".is-lit")
        .evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.index))")
    )
    return set(found)


def slot(page: Page, formula: str, name: str) -> float:
    place = page.locator(f"[data-formula='convolution-gradients.{formula}'] [data-slot='{name}']")
    return float(place.get_attribute("data-value") or "nan")


def answered(page: Page) -> None:
    """What is shown is of what is chosen: all numbers are there."""
    expect(page.locator("#board [data-value='NaN']")).to_have_count(0)
    expect(page.locator("#terms li")).not_to_have_count(0)


def by_autograd(page: Page, sliding: dict[str, int], keep: Array | None = None):
    """(y, dL/dx, dL/dw) of the numbers that the page shows, by torch."""
    x = torch.tensor(values(page, "x"), requires_grad=True)
    w = torch.tensor(values(page, "w"), requires_grad=True)
    y = functional.conv2d(x[None, None], w[None, None], **sliding)[0, 0]
    gradient = values(page, "dy") if keep is None else values(page, "dy") * keep
    by_x, by_w = torch.autograd.grad(y, (x, w), torch.tensor(gradient))
    return y.detach().numpy(), by_x.numpy(), by_w.numpy()


def uses_by_torch(sliding: dict[str, int]) -> Array:
    """(outputs, pixels), true where the output reads the pixel: a Jacobian of a kernel of ones."""
    kernel = torch.ones(1, 1, 3, 3, dtype=torch.float64)
    picture = torch.zeros(5, 5, dtype=torch.float64)

    def convolved(x: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(x[None, None], kernel, **sliding).flatten()

    found = torch.autograd.functional.jacobian(convolved, picture)
    return found.reshape(-1, 25).numpy()


def test_a_pixel_in_the_middle_is_used_nine_times(open_page: OpenPage) -> None:
    page = opened(open_page, "")
    expect(grid(page, "fan-out")).to_be_hidden()
    page.get_by_role("radio", name="all 9").check()
    expect(grid(page, "fan-out")).to_be_visible()
    answered(page)
    assert (values(page, "fan-out") == np.outer(ALONG, ALONG)).all()
    cell(page, "x", 12).click()
    answered(page)
    assert lit(page, "y") == lit(page, "dy") == set(range(9))
    assert lit(page, "w") == set(range(9))
    assert [slot(page, "fan", name) for name in ("down", "across", "times")] == [3, 3, 9]
    expect(page.locator("#terms li")).to_have_count(9)
    expect(page.locator("#board-story")).to_contain_text("9 outputs")


def test_all_can_be_reached_by_key(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&pick=pixel-2-2")
    cell(page, "x", 12).focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(cell(page, "x", 0)).to_be_focused()
    expect(cell(page, "x", 0)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowLeft")  # the edge
    expect(cell(page, "x", 0)).to_be_focused()
    assert lit(page, "y") == {0}
    assert lit(page, "w") == {0}
    cell(page, "w", 4).focus()
    page.keyboard.press("Space")
    expect(cell(page, "w", 4)).to_have_attribute("aria-pressed", "true")
    assert lit(page, "y") == set(range(9))


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_numbers_are_those_of_autograd(open_page: OpenPage, stride, padding, dilation) -> None:
    page = opened(open_page)
    sliding = {"stride": stride, "padding": padding, "dilation": dilation}
    for name, value in sliding.items():
        page.get_by_label(name, exact=True).and_(page.get_by_role("spinbutton")).fill(str(value))
    answered(page)
    y, by_x, by_w = by_autograd(page, sliding)
    assert np.abs(values(page, "y") - y).max() <= TOLERANCE
    # All shares of the chosen pixel are back.
    assert np.abs(values(page, "dx") - by_x).max() <= TOLERANCE
    assert np.abs(values(page, "dw") - by_w).max() <= TOLERANCE
    uses = uses_by_torch(sliding)
    assert (values(page, "fan-out").ravel() == uses.sum(0)).all()
    for pixel in (0, 7, 12, 24):
        cell(page, "dx", pixel).click()
        assert lit(page, "y") == set(np.flatnonzero(uses[:, pixel]))
    for output in {0, y.size // 2, y.size - 1}:
        cell(page, "y", output).click()
        assert lit(page, "x") == set(np.flatnonzero(uses[output]))


def test_ones_through_ones_are_the_fan_out(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&stride=2&padding=1")
    expect(page.locator("#ones-words")).to_be_hidden()
    page.get_by_role("radio", name="ones", exact=True).check()
    expect(page.locator("#ones-words")).to_be_visible()
    answered(page)
    along = [1, 2, 1, 2, 1]  # windows begin at -1, 1 and 3
    assert (values(page, "fan-out") == np.outer(along, along)).all()
    assert (values(page, "dx") == values(page, "fan-out")).all()


def shares_of_pixel(page: Page, pixel: int) -> list[float]:
    """dL/dy w at each output that reads it, by hand: the window's start is the output's place."""
    row, column = divmod(pixel, 5)
    w, dy = values(page, "w"), values(page, "dy")
    return [
        dy[r, c] * w[row - r, column - c]
        for r, c in np.ndindex(dy.shape)
        if 0 <= row - r < 3 and 0 <= column - c < 3
    ]


def test_shares_come_back_one_by_one(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&pick=pixel-1-2")
    answered(page)
    shares = shares_of_pixel(page, 7)
    assert len(shares) == 6
    page.get_by_role("button", name="Reset").click()
    expect(cell(page, "dx", 7)).to_have_attribute("data-value", "0")
    assert lit(page, "dy") == set()
    for count in range(1, len(shares) + 1):
        page.get_by_role("button", name="Step").click()
        expect(page.locator(".stepper")).to_have_attribute("data-step", str(count))
        assert values(page, "dx").ravel()[7] == pytest.approx(sum(shares[:count]))
        assert len(lit(page, "dy")) == count
        assert slot(page, "step", "after") == pytest.approx(sum(shares[:count]))
        assert slot(page, "step", "before") == pytest.approx(sum(shares[: count - 1]))
    expect(page.get_by_role("button", name="Step")).to_be_disabled()


def test_a_weight_is_followed_to_where_it_multiplied(open_page: OpenPage) -> None:
    page = opened(open_page)
    cell(page, "w", 5).click()
    answered(page)
    x, dy = values(page, "x"), values(page, "dy")
    met = x[1:4, 2:5]  # of the weight in row 2, column 3
    assert lit(page, "x") == {5 * r + c for r in range(1, 4) for c in range(2, 5)}
    assert values(page, "dw").ravel()[5] == pytest.approx((met * dy).sum())
    shown = page.locator("#terms li").evaluate_all(
        "(items) => items.map((item) => Number(item.dataset.value))"
    )
    assert shown == pytest.approx((met * dy).ravel())


def test_an_output_sends_its_gradient_on_top_of_the_others(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&padding=1&pick=output-1-2")
    answered(page)
    for last in (7, 8):
        expect(cell(page, "y", last)).to_have_attribute("aria-pressed", "true")
        keep = (np.arange(25) <= last).astype(np.float64).reshape(5, 5)
        _, by_x, by_w = by_autograd(page, {"padding": 1}, keep)
        expect(page.locator(".stepper")).to_have_attribute("data-step", str(last))
        assert_soon(page, "dx", by_x)
        assert_soon(page, "dw", by_w)
        page.get_by_role("button", name="Step").click()
    assert "pick=output-1-4" in page.url


def assert_soon(page: Page, name: str, expected: Array) -> None:
    """The page asks the server for it."""
    page.wait_for_function(
        """([name, expected]) =>
            [...document.querySelectorAll(`[data-grid='${name}'] [data-index]`)].every(
                (cell, index) => Math.abs(Number(cell.dataset.value) - expected[index]) < 1e-6)""",
        arg=[name, expected.ravel().tolist()],
    )


def caption(page: Page, name: str) -> Locator:
    return page.locator(".cell-figure").filter(has=grid(page, name)).locator("figcaption")


def test_sums_that_are_not_complete_say_so(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&pick=output-1-1")
    for name in ("dx", "dw"):
        expect(caption(page, name)).to_have_text(f"dL/{name} so far")
    cell(page, "y", 8).click()  # the last one: nothing is missing
    for name in ("dx", "dw"):
        expect(caption(page, name)).to_have_text(f"dL/{name}")
    cell(page, "w", 0).click()
    page.get_by_role("button", name="Reset").click()
    expect(caption(page, "dw")).to_have_text("dL/dw, the chosen one so far")
    expect(caption(page, "dx")).to_have_text("dL/dx")
    expect(page.locator("#step-words")).to_have_text("Nothing is back yet:")


def test_padding_is_no_pixel_and_its_gradient_no_zero(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&padding=2&pick=output-1-1")
    # Its window begins one before the picture: 2 x 2 of its 9 places are pixels.
    expect(page.locator("#board-story")).to_contain_text("read 4 pixels and 5 places of padding")
    around = {
        name: set(grid(page, name).locator(".is-padding").all_text_contents())
        for name in ("x", "dx")
    }
    assert around == {"x": {"0"}, "dx": {""}}


def test_a_small_convolution_takes_whole_numbers_alone(open_page: OpenPage) -> None:
    page = opened(open_page)
    for name, typed, taken in (
        ("stride", "2.4", "2"),
        ("row", "2.5", "3"),
        ("padding", "9.5", "2"),
    ):
        field = page.get_by_label(name, exact=True).and_(page.get_by_role("spinbutton"))
        field.fill(typed)
        field.blur()
        expect(field).to_have_value(taken)
    answered(page)
    assert parse_qs(urlsplit(page.url).query)["pixel"] == ["2,19"]
    expect(page.locator("#chapter-problem")).to_be_hidden()


def test_large_outputs_have_room_for_their_numbers(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&padding=2")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        too_long = grid(page, "y").evaluate(
            """(sheet) => [...sheet.children].filter((cell) => {
                const text = document.createRange();
                text.selectNodeContents(cell);
                return text.getBoundingClientRect().width > cell.getBoundingClientRect().width;
            }).map((cell) => cell.textContent)"""
        )
        assert too_long == []


def test_it_plays_and_stands_still_again(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&pick=weight-0-0", reduced_motion="no-preference")
    answered(page)
    stepper = page.locator(".stepper")
    page.get_by_role("button", name="Play").click()
    expect(stepper).to_have_attribute("data-state", "playing")
    expect(stepper).to_have_attribute("data-step", "2")
    page.get_by_role("button", name="Pause").click()
    expect(stepper).to_have_attribute("data-state", "still")
    step = int(stepper.get_attribute("data-step") or "")
    assert 2 <= step < 9
    assert len(lit(page, "dy")) == step


def test_cells_are_chosen_by_dragging_over_them(open_page: OpenPage) -> None:
    page = opened(open_page)
    sheet = grid(page, "x")
    sheet.scroll_into_view_if_needed()
    start, end = cell(page, "x", 5).bounding_box(), cell(page, "x", 9).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    expect(cell(page, "x", 5)).to_have_attribute("aria-pressed", "true")
    page.mouse.move(end["x"] + 8, end["y"] + 8, steps=9)
    expect(cell(page, "x", 9)).to_have_attribute("aria-pressed", "true")
    page.mouse.up()
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    expect(cell(page, "x", 9)).to_have_attribute("aria-pressed", "true")
    assert "pick=pixel-1-4" in page.url


def matrix(page: Page, outputs: int) -> Array:
    found = page.locator("#columns-matrix .matrix-cell").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.dataset.value))"
    )
    return np.array(found).reshape(9, outputs)


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_windows_are_cut_out_and_added_up(open_page: OpenPage, stride, padding, dilation) -> None:
    query = f"{GUESSED}&stride={stride}&padding={padding}&dilation={dilation}&pick=pixel-2-1"
    page = opened(open_page, query)
    answered_or_unused(page)
    sliding = {"stride": stride, "padding": padding, "dilation": dilation}
    x, w, dy = (values(page, name) for name in ("x", "w", "dy"))
    patches = functional.unfold(torch.tensor(x)[None, None], 3, **sliding)[0].numpy()
    assert (matrix(page, dy.size) == patches).all()
    copies = int(uses_by_torch(sliding)[:, 11].sum())
    words = page.locator("#columns-words")
    expect(words).to_have_attribute("data-copies", str(copies))
    expect(page.locator(".matrix-cell.is-marked")).to_have_count(copies)
    page.get_by_role("radio", name="add up (col2im)").check()
    by_copies = np.outer(w.ravel(), dy.ravel())
    assert np.abs(matrix(page, dy.size) - by_copies).max() <= TOLERANCE
    folded = functional.fold(torch.tensor(by_copies)[None], (5, 5), 3, **sliding)[0, 0].numpy()
    assert np.abs(values(page, "folded") - folded).max() <= TOLERANCE
    assert float(words.get_attribute("data-total") or "nan") == pytest.approx(folded[2, 1])
    marked = page.locator(".matrix-cell.is-marked").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.dataset.value))"
    )
    assert sum(marked) == pytest.approx(folded[2, 1])
    assert "columns=gradients" in page.url


def both(page: Page, name: str) -> Array:
    """A grid of two channels, (2, side, side)."""
    return np.stack([values(page, name), values(page, f"{name}-2")])


def test_two_channels_have_two_kernels_and_one_output(open_page: OpenPage) -> None:
    page = opened(open_page)
    for name in ("x", "w", "dx", "dw"):
        expect(grid(page, f"{name}-2")).to_be_hidden()
    page.get_by_role("radio", name="two channels").check()
    expect(grid(page, "x-2")).to_be_visible()
    answered(page)
    leaves = [torch.tensor(both(page, name), requires_grad=True) for name in ("x", "w")]
    y = functional.conv2d(leaves[0][None], leaves[1][None])[0, 0]
    by_x, by_w = torch.autograd.grad(y, leaves, torch.tensor(values(page, "dy")))
    assert np.abs(values(page, "y") - y.detach().numpy()).max() <= TOLERANCE
    assert np.abs(both(page, "dx") - by_x.numpy()).max() <= TOLERANCE
    assert np.abs(both(page, "dw") - by_w.numpy()).max() <= TOLERANCE
    # The patch of an output is 2 x 3 x 3, channel after channel, and so is its column.
    patches = functional.unfold(leaves[0].detach()[None], 3)[0].numpy()
    shown = page.locator("#columns-matrix .matrix-cell").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.dataset.value))"
    )
    assert (np.array(shown).reshape(18, 9) == patches).all()
    assert [slot(page, "patch", name) for name in ("channels", "height")] == [2, 18]
    cell(page, "x-2", 6).click()
    assert lit(page, "x") == set()
    assert lit(page, "w-2") == {0, 1, 3, 4}
    assert lit(page, "w") == set()
    expect(page.locator("#board-story")).to_contain_text("row 2, column 2 of channel 2")
    expect(page.locator(".matrix-cell.is-marked")).to_have_count(4)
    assert "pick=pixel-1-1-1" in page.url
    cell(page, "fan-out", 7).click()  # of the channel that is looked at
    assert "pick=pixel-1-2-1" in page.url
    cell(page, "x-2", 6).click()
    page.reload()
    expect(cell(page, "x-2", 6)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("radio", name="one channel").check()
    expect(grid(page, "x-2")).to_be_hidden()
    expect(cell(page, "x", 6)).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("channels", [1, 2])
def test_an_output_is_a_dot_product_of_its_window(open_page: OpenPage, channels: int) -> None:
    page = opened(open_page, f"{GUESSED}&channels={channels}&pick=output-1-2")
    answered(page)
    total = 0.0
    for name, formula in zip(("", "-2")[:channels], ("dot1", "dot2"), strict=False):
        window, w = values(page, f"x{name}")[1:4, 2:5], values(page, f"w{name}")
        expect(page.locator(f"[data-formula='convolution-gradients.{formula}']")).to_be_visible()
        assert [slot(page, formula, f"x{i}") for i in range(1, 10)] == window.ravel().tolist()
        assert [slot(page, formula, f"w{i}") for i in range(1, 10)] == w.ravel().tolist()
        assert slot(page, formula, "sum") == (window * w).sum()
        total += (window * w).sum()
        assert lit(page, f"w{name}") == set(range(9))
    assert values(page, "y").ravel()[5] == total
    if channels == 2:
        assert slot(page, "dot-sum", "y") == total
    else:
        expect(page.locator("#dot-second")).to_be_hidden()
    # From each pixel and each weight to the output, and from it to each pixel; of two channels
    # those in the middle of the windows stand for all.
    expect(page.locator(".thread")).to_have_count({1: 27, 2: 6}[channels])
    cell(page, "x", 0).click()
    expect(page.locator("#dot")).to_be_hidden()


def loss_of(page: Page, added: dict[str, Array]) -> float:
    """The sum of dL/dy times y by torch, from the numbers that the page shows."""
    x, w = (torch.tensor(both(page, name) + added.get(name, 0)) for name in ("x", "w"))
    y = functional.conv2d(x[None], w[None])[0, 0].numpy()
    return float((values(page, "dy") * y).sum())


@pytest.mark.parametrize(
    ("name", "place"), [("x", (0, 2, 3)), ("x", (1, 1, 2)), ("w", (0, 0, 0)), ("w", (1, 2, 1))]
)
def test_a_gradient_is_put_to_the_test(open_page: OpenPage, name, place) -> None:
    page = opened(open_page, f"{GUESSED}&channels=2")
    channel, *within = place
    index = int(np.ravel_multi_index(tuple(within), values(page, name).shape))
    chosen = cell(page, name if channel == 0 else f"{name}-2", index)
    chosen.click()
    answered(page)
    what, gradient = {"x": ("pixel", "dx"), "w": ("weight", "dw")}[name]
    slope = both(page, gradient)[place]
    one = np.zeros_like(both(page, name))
    one[place] = 1
    before, after = loss_of(page, {}), loss_of(page, {name: one})
    assert slot(page, "loss", "loss") == before
    number = float(chosen.get_attribute("data-value") or "nan")
    page.get_by_role("button", name=f"+1 on this {what}").click()
    expect(page.locator("#trial-result")).to_be_visible()
    assert slot(page, "rise", "before") == before
    assert slot(page, "rise", "after") == after
    assert slot(page, "rise", "slope") == slope == after - before
    said = page.locator("#board-said")
    way = "up by" if slope > 0 else "down by" if slope < 0 else "stayed"
    expect(said).to_contain_text(way)
    # It is on the board, and y is computed with it.
    expect(chosen).to_have_attribute("data-value", f"{number + 1:g}")
    assert (values(page, "dy") * values(page, "y")).sum() == after
    page.reload()
    expect(page.locator("#trial-result")).to_be_visible()
    page.get_by_role("button", name="Take it off again").click()
    expect(page.locator("#trial-result")).to_be_hidden()
    expect(chosen).to_have_attribute("data-value", f"{number:g}")
    cell(page, "y", 0).click()
    expect(page.get_by_role("button", name="+1 on this pixel")).to_be_disabled()


def test_what_was_added_is_taken_off_when_another_is_chosen(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&plus=1&pick=pixel-1-1")
    expect(page.locator("#trial-result")).to_be_visible()
    cell(page, "x", 7).click()
    expect(page.locator("#trial-result")).to_be_hidden()
    answered(page)
    y, _, _ = by_autograd(page, {})
    assert_soon(page, "y", y)


@pytest.mark.parametrize("query", ["plus=1&channels=2", "channels=2&pick=output-1-1&padding=2"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_later_is_for_everybody_too(open_page: OpenPage, query, scheme) -> None:
    page = opened(open_page, f"{GUESSED}&{query}", color_scheme=scheme)
    answered(page)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert_accessible(page)


def test_each_choice_is_read_out_once(open_page: OpenPage) -> None:
    page = opened(open_page)
    for section in ("#uses", "#columns"):
        live = page.locator(
            f"{section} :is([role=status], [role=alert], [aria-live], output):not([aria-live=off])"
        )
        expect(live).to_have_count({"#uses": 1, "#columns": 0}[section])
    said = page.locator("#board-said")
    cell(page, "x", 0).click()
    expect(said).to_contain_text("The pixel at row 1, column 1 has a part in 1 output")
    page.get_by_role("button", name="Reset").click()
    expect(said).to_have_text("0 of 1 share back")


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_uses_are_counted_before_the_server_answers(
    open_page: OpenPage, server: str, stride, padding, dilation
) -> None:
    """Its own counts are what they are checked with."""
    page = opened(open_page, routed=True)
    page.route("**/learn/convolution", lambda _: None)  # never answered
    sliding = {"stride": stride, "padding": padding, "dilation": dilation}
    for name, value in sliding.items():
        page.get_by_label(name, exact=True).and_(page.get_by_role("spinbutton")).fill(str(value))
    if sliding != {"stride": 1, "padding": 0, "dilation": 1}:
        expect(page.locator("#board [data-value='NaN']")).not_to_have_count(0)
    picture, kernel = values(page, "x").tolist(), values(page, "w").tolist()
    body = {"picture": [picture], "kernels": [[kernel]], **sliding}
    request = urllib.request.Request(
        f"{server}/api/v1/learn/convolution",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = json.load(answer)["fan_out"]
    assert values(page, "fan-out").tolist() == told[0]


def test_a_projector_has_larger_cells_in_the_matrix(open_page: OpenPage) -> None:
    page = opened(open_page)
    port = page.locator("#columns-matrix")
    sizes = {}
    for width in (1280, 1920):
        page.set_viewport_size({"width": width, "height": 1080})
        box = page.locator("#columns-matrix .matrix-cell").first.bounding_box()
        assert box is not None
        sizes[width] = box
        assert port.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    assert sizes[1920]["width"] > 1.15 * sizes[1280]["width"]
    assert sizes[1920]["height"] > 1.15 * sizes[1280]["height"]


def test_a_row_of_the_matrix_is_a_weight_and_a_column_an_output(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&pick=weight-0-2")
    words = page.locator("#columns-words")
    x, w, dy = (values(page, name) for name in ("x", "w", "dy"))
    expect(words).to_contain_text("added up, that is its dL/dw")
    expect(words).to_have_attribute("data-total", str(int((x[0:3, 2:5] * dy).sum())))
    cell(page, "y", 5).click()
    expect(words).to_contain_text("added up, that is its y")
    expect(words).to_have_attribute("data-total", str(int((x[1:4, 2:5] * w).sum())))
    page.get_by_role("radio", name="add up (col2im)").check()
    expect(words).to_contain_text("its dL/dy times each weight")
    cell(page, "w", 2).click()
    expect(words).to_contain_text("it times each dL/dy")


def test_what_only_moves_is_not_offered_to_who_wants_no_motion(open_page: OpenPage) -> None:
    watch = "Watch the copies"
    still = opened(open_page, reduced_motion="reduce")
    expect(still.get_by_role("button", name=watch)).to_have_count(0)
    moving = opened(open_page, reduced_motion="no-preference")
    expect(moving.get_by_role("button", name=watch)).to_be_visible()


def answered_or_unused(page: Page) -> None:
    expect(page.locator("#board [data-value='NaN']")).to_have_count(0)


# --- LeNet-5


@pytest.fixture(scope="module")
def lenet() -> torch.nn.Module:
    entry = catalogue().resolve("lenet5.mnist5k")
    return load(entry, WeightsLocations(Path("unused"))).eval().requires_grad_()


def own(page: Page, name: str) -> float:
    return float(page.locator(f"#own-{name}").get_attribute("data-value") or "nan")


def settled(page: Page) -> None:
    expect(page.locator("#own-results")).to_have_attribute("aria-busy", "false")


def test_an_inner_pixel_of_lenet_is_used_150_times(open_page: OpenPage) -> None:
    page = opened(open_page)
    settled(page)
    uses = page.locator("[data-formula='convolution-gradients.lenet'] [data-slot='uses']")
    expect(uses).to_have_attribute("data-value", "150")
    assert slot(page, "lenet", "places") * slot(page, "lenet", "kernels") == 25 * 6
    for axis in ("row", "column"):
        page.get_by_label(axis, exact=True).and_(page.get_by_role("spinbutton")).fill("1")
    expect(uses).to_have_attribute("data-value", "6")  # a corner lies in one window of each map
    page.reload()
    expect(uses).to_have_attribute("data-value", "6")
    sheet = page.locator(".pixel-sheet").first
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(uses).to_have_attribute("data-value", "150")


def test_the_pixel_reaches_further_layer_by_layer(open_page: OpenPage) -> None:
    """By hand: 5 x 5 windows, pairs, 5 x 5 windows of pairs; from c5 on everything."""
    page = opened(open_page, f"{GUESSED}&pixel=16,16")
    rows = page.locator("#own-reach .reach-row")
    expect(rows.locator(".reach-count")).to_have_text(
        [
            "1 × 1 of 32 × 32",
            "5 × 5 of 28 × 28",
            "3 × 3 of 14 × 14",
            "7 × 7 of 10 × 10",
            "4 × 4 of 5 × 5",
            "all 120",
            "all 84",
            "all 10",
        ]
    )
    expect(page.locator("#own-reach-words")).to_contain_text("From c5 on")
    # A corner lies in a single window of c1, and in few of those behind.
    page.get_by_role("spinbutton", name="row").last.fill("1")
    page.get_by_role("spinbutton", name="column").last.fill("1")
    expect(rows.nth(1).locator(".reach-count")).to_have_text("1 × 1 of 28 × 28")
    rows.nth(1).get_by_role("link").click()
    expect(page.get_by_role("region", name="The pixel")).to_contain_text("c1: 1 × 1 of 28 × 28")


def test_gradients_of_the_digit_are_those_of_the_module(
    open_page: OpenPage, server: str, lenet: torch.nn.Module
) -> None:
    page = opened(open_page, f"{GUESSED}&class=3&kernel=2&pixel=12,17")
    settled(page)
    link = page.locator("#own-links a").first.get_attribute("href") or ""
    query = parse_qs(urlsplit(link).query)
    assert (query["model"], query["class"]) == (["lenet5.mnist5k"], ["3"])
    address = f"{server}/api/v1/models/lenet5.mnist5k/input?format=npy&image={query['image'][0]}"
    with urllib.request.urlopen(address, timeout=60) as answer:
        pixels = torch.from_numpy(np.load(io.BytesIO(answer.read()))).reshape(1, 1, 32, 32)
    pixels.requires_grad_()
    lenet.zero_grad()
    loss = functional.cross_entropy(lenet(pixels), torch.tensor([3]))
    loss.backward()
    assert own(page, "loss") == pytest.approx(float(loss.detach()), rel=1e-4)
    assert own(page, "confidence") == pytest.approx(float(torch.exp(-loss.detach())), rel=1e-4)
    assert pixels.grad is not None
    assert own(page, "slope") == pytest.approx(float(pixels.grad[0, 0, 12, 17]), abs=1e-5)
    layer = lenet.get_submodule("c1")
    assert np.abs(values(page, "own-w") - layer.weight[2, 0].detach().numpy()).max() <= 1e-6
    by_weight = layer.weight.grad[2, 0].numpy()
    assert np.abs(values(page, "own-dw") - by_weight).max() <= 1e-5 * np.abs(by_weight).max()
    page.get_by_label("It is").select_option(label="what the network says")
    expect(page.locator("#own-label")).to_have_text("7")
    expect(page.locator("#own-words")).to_contain_text("sure of 7")


def test_the_loss_can_be_computed_from_the_p_that_is_written(open_page: OpenPage) -> None:
    page = opened(open_page)
    settled(page)
    written = float(page.locator("#own-confidence").inner_text())
    assert written > 0.99
    assert -np.log(written) == pytest.approx(own(page, "loss"), rel=5e-3)


def test_a_picture_can_be_looked_at_instead(open_page: OpenPage) -> None:
    page = opened(open_page, f"{GUESSED}&image=example-coffee")
    settled(page)
    expect(page.locator("#own-picture img.own-picture")).to_be_visible()
    link = page.locator("#own-links a").first
    expect(link).to_have_attribute("href", re.compile("image=example-coffee"))
    page.get_by_role("radio", name="a digit that you draw").check()
    expect(page.locator("canvas.digit-pad")).to_be_visible()
    expect(link).not_to_have_attribute("href", re.compile("image=example-coffee"))
    page.get_by_role("radio", name="a picture").check()
    expect(link).to_have_attribute("href", re.compile("image=example-coffee"))


def test_a_digit_that_the_server_forgot_is_sent_again(
    open_page: OpenPage, server: str, complaints: Complaints
) -> None:
    complaints.expect("404")
    page = opened(open_page)
    link = page.locator("#own-links a").first
    expect(link).to_have_attribute("href", re.compile("image="))
    image = parse_qs(urlsplit(link.get_attribute("href") or "").query)["image"][0]
    address = f"{server}/api/v1/images/{image}"
    with urllib.request.urlopen(urllib.request.Request(address, method="DELETE"), timeout=60):
        pass
    page.get_by_label("It is").select_option(label="a 4")
    expect(page.locator("#own-label")).to_have_text("4")
    expect(link).not_to_have_attribute("href", re.compile(image))
    expect(page.locator("#chapter-problem")).to_be_hidden()


def test_tiny_gradients_are_told_in_plain_words(open_page: OpenPage) -> None:
    page = opened(open_page)
    settled(page)
    words = caption(page, "own-dw")
    expect(words).to_have_text(re.compile(r"^dL/dw, in units of 0\.0*1$"))
    unit = float((words.text_content() or "").rsplit(" ", 1)[-1])
    shown = grid(page, "own-dw").locator("[data-index]").all_text_contents()
    written = np.array([float(text.replace("\u2212", "-")) for text in shown])
    assert np.abs(written * unit - values(page, "own-dw").ravel()).max() <= 0.0051 * unit


def test_a_cleared_pad_leaves_nothing_of_the_digit_before(open_page: OpenPage) -> None:
    page = opened(open_page)
    settled(page)
    results = page.locator("#own-results, #own-rows, #own-kernel, #own-loss, #own-links")
    expect(results.filter(visible=True)).to_have_count(5)
    page.get_by_role("button", name="Clear").click()
    expect(results.filter(visible=True)).to_have_count(0)
    expect(page.locator("#own-words")).to_contain_text("Nothing is drawn")
    # Another picture and back: the pad is still empty, and there is one.
    page.get_by_role("radio", name="a picture").check()
    expect(results.filter(visible=True)).to_have_count(5)
    page.get_by_role("radio", name="a digit that you draw").check()
    expect(page.locator("canvas.digit-pad")).to_have_count(1)
    expect(results.filter(visible=True)).to_have_count(0)
    page.get_by_role("button", name="Put a 3 there").click()
    expect(page.locator("#own-label")).to_have_text("3")
    expect(results.filter(visible=True)).to_have_count(5)
