"""Chapter 8: a kernel over one's own picture, the size of the map, the matrix product, the pool."""

import io
import json
import urllib.request
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from opening import Complaints, OpenPage
from playwright.sync_api import Locator, Page, Route, expect
from torch.nn import functional

pytestmark = pytest.mark.browser

Array = npt.NDArray[np.float64]
GUESSED = "guess=floor:3"
IMAGE = "example-chelsea"
COLOURS = ("red", "green", "blue")
# By hand: change from left to right, and weighed 1 2 1 from top to bottom.
SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
TOLERANCE = 1e-6


def opened(open_page: OpenPage, query: str = "", **options: Any) -> Page:
    page = open_page(f"/learn/convolution?{GUESSED}&image={IMAGE}&{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    return page


def pixels_of(ask, size: int = 32, colours: str = "rgb") -> torch.Tensor:
    """(1, channels, size, size), 0 to 255."""
    found = ask(f"/images/{IMAGE}/pixels?size={size}&colours={colours}")["pixels"]
    return torch.tensor(found, dtype=torch.float64)[None]


def values(place: Locator) -> Array:
    found = place.evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.value))")
    return np.array(found, dtype=np.float64)


def cells(page: Page, name: str) -> Array:
    return values(page.locator(f"[data-grid='{name}'] [data-index]"))


def slot(page: Page, formula: str, name: str) -> Locator:
    return page.locator(f"[data-formula='convolution.{formula}'] [data-slot='{name}']")


def number(page: Page, formula: str, name: str) -> float:
    place = slot(page, formula, name)
    return float(place.get_attribute("data-value") or "nan")


def answered(page: Page, formula: str = "sum") -> None:
    """The map is that of what is chosen, and so are all numbers."""
    expect(page.locator("[data-sheet='map'][data-stale]")).to_have_count(0)
    expect(page.locator("[data-sheet='map'] .mark-later")).not_to_have_count(0)
    expect(slot(page, formula, "y")).not_to_have_text("·")


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True).and_(page.get_by_role("spinbutton"))


def same(found: Any, expected: Any, tolerance: float = TOLERANCE) -> bool:
    difference = np.abs(np.asarray(found, dtype=float) - np.asarray(expected, dtype=float))
    return bool(difference.max() <= tolerance)


def repeated(kernel: Any, times: int = 3) -> torch.Tensor:
    """One kernel, the same over all channels."""
    return torch.tensor(kernel, dtype=torch.float64)[None, None].repeat(1, times, 1, 1)


def test_a_window_is_walked_over_the_picture(open_page: OpenPage, ask) -> None:
    """Patch, products, shares and sum at each place that it comes to, by torch."""
    page = opened(open_page)
    answered(page)
    x = pixels_of(ask)
    y = functional.conv2d(x, repeated(SOBEL))[0, 0]
    assert y.shape == (30, 30)

    def agrees(row: int, column: int) -> None:
        under = x[0, :, row : row + 3, column : column + 3].numpy()
        for channel, name in enumerate(COLOURS):
            assert same(cells(page, f"patch-{name}"), under[channel].ravel())
            products = under[channel] * SOBEL
            assert same(cells(page, f"products-{name}"), products.ravel())
            assert same(number(page, "sum", name), products.sum())
        assert same(number(page, "sum", "y"), y[row, column])

    picture = page.get_by_role("slider", name="Your picture, and the window over it")
    expect(picture).to_have_attribute("aria-valuetext", "row 14, column 15 of 30")
    agrees(13, 14)
    picture.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(picture).to_have_attribute("aria-valuetext", "row 15, column 14 of 30")
    agrees(14, 13)
    page.locator("#slide-stepper").get_by_role("button", name="Reset").click()
    for _ in range(3):
        page.locator("#slide-stepper").get_by_role("button", name="Step").click()
    expect(page.locator("#slide-stepper output")).to_have_text("place 4 of 900")
    agrees(0, 3)
    # The map is chosen in, too: its last pixel is of the last window.
    box = page.locator("[data-sheet='map']").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] - 2)
    expect(picture).to_have_attribute("aria-valuetext", "row 30, column 30 of 30")
    agrees(29, 29)
    assert "at=29%2C29" in page.url
    page.reload()
    answered(page)
    agrees(29, 29)
    # In another size the window stays over the same part of the picture.
    page.get_by_role("radio", name="16").check()
    expect(picture).to_have_attribute("aria-valuetext", "row 14, column 14 of 14")


def test_it_plays_and_pauses_and_stands_still_for_who_wants_that(open_page: OpenPage) -> None:
    page = opened(open_page, "at=0,0", reduced_motion="no-preference")
    answered(page)
    stepper = page.locator("#slide-stepper .stepper")
    stepper.get_by_role("button", name="Play").click()
    expect(stepper).not_to_have_attribute("data-step", "0")
    stepper.get_by_role("button", name="Pause").click()
    expect(stepper).to_have_attribute("data-state", "still")
    step = int(stepper.get_attribute("data-step") or "0")
    assert page.locator("[data-sheet='map']").get_attribute("aria-valuenow") == str(step)
    assert f"at={step // 30}%2C{step % 30}" in page.url
    page.emulate_media(reduced_motion="reduce")
    stepper.get_by_role("button", name="To the end").click()
    expect(page.locator("#slide-stepper output")).to_have_text("place 900 of 900")


def test_a_kernel_of_ones_own(open_page: OpenPage, ask) -> None:
    """Typed in all colours, then in one; with stride, padding, dilation, 5 x 5, bias, in grey."""
    page = opened(open_page, "at=0,0&kernels=identity")
    answered(page)
    page.get_by_label("weight over red, row 2, column 3").fill("-1/4")
    page.get_by_label("weight over red, row 3, column 3").fill("2.5")
    kernel = np.array([[0, 0, 0], [0, 1, -0.25], [0, 0, 2.5]])
    for name in COLOURS:
        assert same(cells(page, f"kernel-{name}"), kernel.ravel())
    for name, value in {"stride": 2, "padding": 3, "dilation": 2}.items():
        field(page, name).fill(str(value))
    field(page, "+ bias").fill("7")
    answered(page)
    x = pixels_of(ask)
    sliding = {"stride": 2, "padding": 3, "dilation": 2}
    bias = torch.tensor([7.0], dtype=torch.float64)
    y = functional.conv2d(x, repeated(kernel), bias, **sliding)[0, 0]
    expect(page.locator("#slide-map figcaption")).to_have_text(
        f"map 1, {y.shape[0]} × {y.shape[1]}"
    )
    assert same(number(page, "sum", "y"), y[0, 0])
    # Three of nine pixels are outside, above, and two more on the left.
    assert page.locator("[data-grid='patch-red'] .is-outside").count() == 8
    apart = page.get_by_label("the same over all colours")
    apart.uncheck()
    page.get_by_label("weight over blue, row 1, column 1").fill("−3")
    weights = repeated(kernel)
    weights[0, 2, 0, 0] = -3
    answered(page)
    page.locator("#slide-stepper").get_by_role("slider").fill("20")
    y = functional.conv2d(x, weights, bias, **sliding)[0, 0]
    answered(page)
    assert same(number(page, "sum", "y"), y.ravel()[20])
    assert same(cells(page, "kernel-blue"), weights[0, 2].ravel())
    assert same(cells(page, "kernel-red"), kernel.ravel())
    page.get_by_role("radio", name="5 × 5").check()
    page.get_by_role("radio", name="grey").check()
    answered(page, "sum-grey")
    grey = pixels_of(ask, colours="grey")
    wide = functional.pad(weights.sum(1, keepdim=True), (1, 1, 1, 1))
    y = functional.conv2d(grey, wide, bias, **sliding)[0, 0]
    expect(page.locator("#slide-map figcaption")).to_have_text(
        f"map 1, {y.shape[0]} × {y.shape[1]}"
    )
    place = int(page.locator("[data-sheet='map']").get_attribute("aria-valuenow") or "-1")
    assert same(number(page, "sum-grey", "y"), y.ravel()[place])


def test_a_learned_kernel_and_zero_in_the_map(open_page: OpenPage, ask, server: str) -> None:
    page = opened(open_page, "kernels=box;own:0,0,0,0,0,0,0,0,0")
    answered(page)
    page.locator("#kernel-preset").select_option(label="learned, kernel 5")
    path = "/models/efficientnet_lite0.imagenet1k/layers/conv_stem/filters?format=npy"
    with urllib.request.urlopen(f"{server}/api/v1{path}", timeout=60) as answer:
        weights = np.load(io.BytesIO(answer.read()))[4].astype(np.float64)
    expect(page.get_by_role("radio", name="−1 to 1, as the network gets them")).to_be_checked()
    expect(page.locator("#slide-note")).to_contain_text("Kernel 5 of 32")
    for channel, name in enumerate(COLOURS):
        assert same(cells(page, f"kernel-{name}"), weights[channel].ravel())
    answered(page)
    x = (pixels_of(ask) / 127.5 - 1).round(decimals=4)
    y = functional.conv2d(x, torch.tensor(weights)[None])[0, 0]
    assert same(number(page, "sum", "y"), y[13, 14])
    # A map of zeros is neutral all over, neither black nor white.
    page.get_by_role("button", name="Kernel 2").click()
    expect(page.locator("#slide-map figcaption")).to_contain_text("map 2")
    colour = page.locator("[data-sheet='map'] canvas").evaluate(
        "(canvas) => [...canvas.getContext('2d').getImageData(3, 3, 1, 1).data]"
    )
    assert colour == [244, 244, 242, 255]
    page.get_by_role("button", name="Add a kernel").click()
    expect(page.get_by_role("button", name="Kernel 3")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Remove this one").click()
    expect(page.get_by_role("button", name="Kernel 3")).to_have_count(0)


def test_sizes_with_what_is_cut_and_what_is_refused(open_page: OpenPage) -> None:
    page = opened(open_page)
    drawing, words = page.locator("#size-drawing"), page.locator("#size-words")
    expect(drawing).to_have_attribute("data-windows", "3")
    expect(drawing).to_have_attribute("data-cut", "1")
    expect(drawing.locator(".size-window")).to_have_count(3)
    expect(drawing.locator(".size-pixel.is-cut")).to_have_count(1)
    assert number(page, "size", "out") == 3
    expect(words).to_contain_text("the last pixel of the padded row is never looked at")
    field(page, "n, pixels").fill("7")
    expect(words).to_contain_text("nothing is cut")
    assert number(page, "size", "out") == 3
    field(page, "d, dilation").fill("3")
    field(page, "p, padding").fill("1")
    # By hand: 3 pixels, 3 apart, reach over 7 of 9; in steps of 2 there are two places.
    assert number(page, "size", "out") == 2
    field(page, "c₁, channels in").fill("3")
    field(page, "c₂, maps out").fill("96")
    field(page, "k, window").fill("7")
    expect(words).to_have_class("size-words is-wrong")
    expect(words).to_contain_text(
        "reaches over d (k − 1) + 1 = 19 pixels, and the padded row has 9"
    )
    expect(slot(page, "size", "out")).to_have_text("·")
    assert number(page, "parameters", "all") == 96 * 3 * 49 + 96
    field(page, "d, dilation").fill("1")
    # (7 + 2 - 7) / 2 + 1 = 2 places along each axis.
    assert number(page, "work", "all") == 2 * 2 * 96 * 3 * 49
    page.reload()
    expect(drawing).to_have_attribute("data-windows", "2")


def test_the_geometry_is_that_of_torch_over_a_grid_of_sizes(open_page: OpenPage) -> None:
    """The page's own module: how many windows, which pixels, and what is cut, by unfold."""
    page = opened(open_page)
    grid = [
        {"size": n, "kernel": k, "stride": s, "padding": p, "dilation": d}
        for n in (1, 2, 5, 7, 8, 16)
        for k in (1, 2, 3, 5, 7)
        for s in (1, 2, 3, 4)
        for p in (0, 1, 3)
        for d in (1, 2, 3)
    ]
    found = page.evaluate(
        """async (grid) => {
            const script = document.querySelector("script[type=module]").src;
            const { outputSize, cutPixels, pixelsOf } =
                await import(new URL("geometry.js", script));
            return grid.map((axis) => {
                const count = outputSize(axis);
                const windows = Array.from({ length: count }, (_, place) => pixelsOf(axis, place));
                return { count, windows, cut: cutPixels(axis) };
            });
        }""",
        grid,
    )
    refused = 0
    for axis, ours in zip(grid, found, strict=True):
        n, p = axis["size"], axis["padding"]
        # The pixels' own numbers along the row, the padding's too, cut into windows.
        numbered = torch.arange(-p, n + p, dtype=torch.float64)[None, None, None]
        sliding = {"dilation": (1, axis["dilation"]), "stride": (1, axis["stride"])}
        try:
            windows = functional.unfold(numbered, (1, axis["kernel"]), **sliding)[0].T
        except RuntimeError:
            refused += 1
            assert (ours["count"], ours["windows"]) == (0, []), axis
            continue
        assert ours["windows"] == windows.tolist(), axis
        assert ours["count"] == len(windows)
        assert ours["cut"] == n + p - 1 - int(windows.max()), axis
    assert 0 < refused < len(grid) / 2


def test_one_matrix_product(open_page: OpenPage, ask) -> None:
    page = opened(open_page, "stride=2&padding=1&at=0,5&kernels=sobel-x;emboss")
    answered(page)
    page.get_by_role("radio", name="one matrix product").check()
    page.get_by_role("button", name="Kernel 2").click()
    x = pixels_of(ask)
    rows = functional.unfold(x, 3, stride=2, padding=1)[0].T
    emboss = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
    column = np.tile(emboss.ravel(), 3)
    strips = {
        name: page.locator(f"[data-strip='{name}'] td")
        for name in ("row of X", "column of W", "products")
    }
    picture = page.get_by_role("slider", name="Your picture, and the window over it")
    expect(picture).to_have_attribute("aria-valuenow", "5")

    def agrees(place: int) -> None:
        assert same(values(strips["row of X"]), rows[place])
        assert same(values(strips["column of W"]), column)
        assert same(values(strips["products"]), rows[place].numpy() * column)
        entry = int(rows[place].numpy() @ column)
        written = str(entry).replace("-", "\u2212")
        expect(page.locator("#matrix-entry")).to_have_text(
            f"Row {place + 1} of X times column 2 of W: these 27 products add up to {written}."
        )

    agrees(5)
    page.locator("#slide-stepper").get_by_role("button", name="Step").click()
    agrees(6)
    picture.focus()
    page.keyboard.press("ArrowDown")
    agrees(22)
    # (32 + 2 - 3) / 2 + 1 is 16.5.
    assert [number(page, "rows", name) for name in ("down", "across", "count")] == [16, 16, 256]
    assert number(page, "columns", "count") == 27
    expect(page.locator("[data-matrix-size='X']")).to_have_text("256 × 27")
    expect(page.locator("[data-matrix-size='W']")).to_have_text("27 × 2")
    expect(page.locator("[data-matrix-size='Y']")).to_have_text("256 × 2")


def test_a_layer_pools_what_it_bends(open_page: OpenPage, ask) -> None:
    page = opened(open_page, "kernels=sobel-x;sobel-y&pool_at=6,7")
    answered(page)
    y = functional.conv2d(pixels_of(ask), repeated(SOBEL))
    bent = functional.relu(y)

    def agrees(kind: str, maps: torch.Tensor, size: int, stride: int, place: int) -> None:
        pool = {"max": functional.max_pool2d, "average": functional.avg_pool2d}[kind]
        pooled = pool(maps, size, stride)[0, 0]
        row, column = divmod(place, pooled.shape[1])
        down, right = row * stride, column * stride
        under = maps[0, 0, down : down + size, right : right + size].ravel()
        value = page.locator("#pool-value")
        expect(value).not_to_have_attribute("data-value", "NaN")
        assert same(cells(page, "pool-window"), under)
        assert same(value.get_attribute("data-value"), pooled[row, column])
        assert number(page, "pooled", "out") == pooled.shape[0]
        expect(page.locator("#layer-pooled-size")).to_have_text(
            f"2 × {pooled.shape[0]} × {pooled.shape[1]}"
        )
        if kind == "max":
            winner = page.locator("[data-grid='pool-window'] .is-chosen")
            assert winner.get_attribute("data-index") == str(int(under.argmax()))

    agrees("max", bent, 2, 2, 6 * 15 + 7)
    page.locator("#pool-stepper").get_by_role("button", name="Step").click()
    agrees("max", bent, 2, 2, 6 * 15 + 8)
    page.get_by_role("radio", name="average").check()
    expect(page.locator("#pool-words")).to_have_text("the mean of these 4 numbers")
    agrees("average", bent, 2, 2, 6 * 15 + 8)
    page.locator("#layer-tools").get_by_role("radio", name="none").check()
    expect(page.locator("#layer-activated-size")).to_have_text("as it is")
    field(page, "window of the pool").fill("3")
    field(page, "its stride").fill("4")
    expect(page.locator("#layer-pooled-size")).to_have_text("2 × 7 × 7")
    pooled = page.get_by_role("slider", name="Map 1, pooled")
    expect(pooled).to_have_attribute("aria-valuemax", "48")
    expect(page.locator("#pool-words")).to_have_text("the mean of these 9 numbers")
    agrees("average", y, 3, 4, int(pooled.get_attribute("aria-valuenow") or "-1"))
    # 30 numbers, of which the windows of 3 at 0, 4 to 24 meet 27.
    expect(page.locator("#pool-cut")).to_have_text(
        "The last 3 rows and columns of each map are in no window."
    )
    # A map of 4 x 4 and a window of 6: said where it is chosen, and the convolution stands.
    page.get_by_role("radio", name="16").check()
    field(page, "stride").fill("4")
    field(page, "window of the pool").fill("6")
    expect(page.locator("#pool-refusal")).to_contain_text(
        "the window of the pool is 6 × 6, the map only 4 × 4"
    )
    expect(page.locator("#pool-detail")).to_be_hidden()
    answered(page)
    expect(page.locator("#chapter-problem")).to_be_hidden()


def test_what_goes_wrong_is_said_and_what_was_typed_stays(
    open_page: OpenPage, complaints: Complaints
) -> None:
    """An answer that comes late belongs to what was asked before, and takes nothing away."""
    page = opened(open_page, "kernels=identity", routed=True)
    answered(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/learn/convolution", hold)
    cell = page.get_by_label("weight over green, row 1, column 1")
    with page.expect_request("**/api/v1/learn/convolution"):
        cell.fill("2")
    cell.press_sequentially("/")
    expect(page.locator("[data-sheet='map']")).to_have_attribute("data-stale", "")
    expect(slot(page, "sum", "y")).to_have_text("·")
    page.unroute("**/api/v1/learn/convolution")
    held[0].continue_()
    answered(page)
    expect(cell).to_have_value("2/")
    cell.press_sequentially("8")
    assert cells(page, "kernel-green")[0] == 0.25
    answered(page)
    expect(cell).to_have_value("2/8")
    cell.blur()
    expect(cell).to_have_value(".25")
    problem = json.dumps({"type": "invalid-parameter", "title": "No", "detail": "It was refused."})
    page.route(
        "**/api/v1/learn/convolution",
        lambda route: route.fulfill(
            status=422, content_type="application/problem+json", body=problem
        ),
    )
    complaints.expect("422")
    field(page, "+ bias").fill("3")
    expect(page.locator("#chapter-problem")).to_contain_text("It was refused.")
    page.unroute("**/api/v1/learn/convolution")
    field(page, "+ bias").fill("4")
    answered(page)
    expect(page.locator("#chapter-problem")).to_be_hidden()
