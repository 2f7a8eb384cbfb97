"""Chapter 9: what a pixel, a weight and an output have to do with each other, there and back."""

import io
import re
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import numpy.typing as npt
import pytest
import torch
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
