"""From a score back to the pixels, number by number, in the browser's own numbers."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from maps_page import parameter, point_at, wait_for_maps
from number_page import Reading, assert_adds_up, start_from_score, step_back, wait_for_unit
from opening import Complaints, OpenPage
from playwright.sync_api import Page, expect
from reading import wait_for_scores

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
COFFEE = "/?image=example-coffee"
LONGEST_WALK = 200
KEPT_HISTORY = 45  # Chromium keeps 50 entries of a tab's history
RANDOM = "image=example-coffee&lens=number"


def walk(page: Page, first: Reading, enough: Callable[[Reading], bool]) -> list[Reading]:
    """Back along the operands that count most; every unit on the way adds up."""
    readings = [first]
    assert_adds_up(first)
    while not enough(readings[-1]):
        assert len(readings) < LONGEST_WALK
        readings.append(step_back(page, readings[-1]))
        assert_adds_up(readings[-1])
    return readings


def return_by_the_back_button(page: Page, readings: list[Reading]) -> None:
    for later, earlier in zip(readings[:0:-1], readings[-2::-1], strict=True):
        page.go_back()
        found = wait_for_unit(page, other_than=later.unit)
        assert (found.unit, found.value) == (earlier.unit, earlier.value)


def test_espresso_leads_back_through_pooling_pointwise_and_depthwise(open_page: OpenPage) -> None:
    page = open_page(COFFEE)
    wait_for_scores(page, label="espresso")
    logit = float(page.locator(".score-explain").first.get_attribute("title").split()[1][:-1])
    first = start_from_score(page, "espresso")
    assert first.unit == "classifier 967 null null"
    assert first.value == pytest.approx(logit, rel=1e-6)
    expect(page.locator(".number-title")).to_contain_text("Score of “espresso”")
    readings = walk(page, first, lambda reading: reading.layer == "blocks.6.0.bn1.act")
    layers = [reading.layer for reading in readings]
    assert layers[:4] == ["classifier", "global_pool.flatten", "global_pool.pool", "bn2.act"]
    assert {"conv_head", "blocks.6.0.conv_pwl", "blocks.6.0.conv_dw"} <= set(layers)
    return_by_the_back_button(page, readings)


def test_first_layers_lead_to_the_pixels_of_the_picture(open_page: OpenPage, ask: Ask) -> None:
    page = open_page(f"{COFFEE}&layer=blocks.0.0.conv_pw&lens=number&channel=5&row=40&column=52")
    readings = walk(page, wait_for_unit(page), lambda reading: reading.layer == "input")
    layers = [reading.layer for reading in readings]
    assert layers == [
        *("blocks.0.0.conv_pw", "blocks.0.0.bn1.act", "blocks.0.0.bn1.batch_norm"),
        *("blocks.0.0.conv_dw", "bn1.act", "bn1.batch_norm", "conv_stem", "input"),
    ]
    channel, row, column = (int(text) for text in readings[-1].unit.split()[1:])
    pixel = ask(
        f"/models/efficientnet_lite0/layers/input/units/{channel}/{row}/{column}?image=example-coffee"
    )["pixel"]
    own = page.locator(".pixel-own")
    expect(own).to_contain_text(
        f"row {pixel['image_row']}, column {pixel['image_column']}: red {pixel['red']}, "
        f"green {pixel['green']}, blue {pixel['blue']}"
    )
    # The enlarged input shows, in its middle, the very level of the formula.
    expect(page.locator(".pixel-canvas")).to_have_attribute("data-row", str(row))
    middle = page.locator(".pixel-canvas").evaluate(
        """(canvas) => [...canvas.getContext("2d").getImageData(5, 5, 1, 1).data]"""
    )
    level = next(p["value"] for p in readings[-1].page["formula"] if p["name"] == "pixel")
    assert middle[channel] == level
    return_by_the_back_button(page, readings)


@pytest.mark.full
def test_whole_way_from_espresso_to_a_pixel(open_page: OpenPage) -> None:
    page = open_page(COFFEE)
    wait_for_scores(page, label="espresso")
    first = start_from_score(page, "espresso")
    readings = walk(page, first, lambda reading: reading.layer == "input")
    assert len(readings) > 60
    return_by_the_back_button(page, readings[-KEPT_HISTORY:])


OPERATIONS = [
    "model=googlenet.random&layer=maxpool1&channel=7&row=55&column=3",
    "model=mobilenet_v3_small.random&layer=features.1.block.1.mul&channel=3&row=9&column=9",
]
FURTHER_OPERATIONS = [
    "model=googlenet.random&layer=inception3a.cat&channel=70&row=3&column=3",
    "model=mobilenet_v3_small.random&layer=features.0.2&channel=3&row=9&column=9",
    "model=alexnet_paper.random&layer=norm1&channel=3&row=9&column=9",
    "model=alexnet_paper.random&layer=conv1&channel=3&row=0&column=9",
    "model=convnext_tiny.random&layer=features.1.0.block.2&channel=3&row=9&column=9",
    "model=vgg16.random&layer=classifier.0&channel=3",
    "model=densenet121.random&layer=features.transition1.pool&channel=3&row=9&column=9",
]


def check_operation(page: Page) -> None:
    reading = wait_for_unit(page)
    assert_adds_up(reading)
    assert_adds_up(step_back(page, reading))


@pytest.mark.parametrize("address", OPERATIONS)
def test_other_operations_add_up_on_the_page(open_page: OpenPage, address: str) -> None:
    check_operation(open_page(f"/?{address}&{RANDOM}"))


@pytest.mark.full
@pytest.mark.parametrize("address", FURTHER_OPERATIONS)
def test_further_operations_add_up_on_the_page(open_page: OpenPage, address: str) -> None:
    check_operation(open_page(f"/?{address}&{RANDOM}"))


def test_pointing_at_a_cell_shows_its_partners(open_page: OpenPage) -> None:
    page = open_page(f"{COFFEE}&lens=number&layer=conv_stem&channel=3&row=40&column=52")
    reading = wait_for_unit(page)
    cells = page.locator(".value-grid [data-index='4']")
    expect(cells).to_have_count(3)
    cells.nth(1).hover()
    for grid in range(3):
        expect(cells.nth(grid)).to_have_class(re.compile("is-pointed"))
    values = [grid[4]["value"] for grid in reading.page["grids"]]
    words = page.locator(".patch-readout").inner_text().replace("−", "-")
    told = [float(text) for text in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", words)[:3]]
    assert told == pytest.approx(values, rel=1e-7)
    page.mouse.move(5, 5)
    expect(page.locator(".value-cell.is-pointed")).to_have_count(0)


def test_another_channel_is_shown_when_it_is_chosen(open_page: OpenPage) -> None:
    page = open_page(f"{COFFEE}&lens=number&layer=conv_stem&channel=3&row=40&column=52")
    before = wait_for_unit(page)
    row = page.locator(".term-table tbody tr[data-term]").nth(1)
    share = float(row.locator(".term-product").get_attribute("data-value"))
    row.locator("button").click()
    strong = page.locator(".patch-sum strong")
    expect(strong).to_have_attribute("data-value", re.compile(re.escape(f"{share:.6f}"[:7])))
    assert before.unit == page.locator("#lens-number").get_attribute("data-unit")


@pytest.mark.parametrize(
    ("address", "of"),
    [
        ("layer=blocks.2.0.conv_pwl&channel=3&row=6&column=20", "product"),
        ("layer=conv_stem&channel=4&row=9&column=8", "share"),
    ],
)
def test_ranked_lists_say_what_is_largest(open_page: OpenPage, address: str, of: str) -> None:
    page = open_page(f"/?lens=number&{address}")
    expect(page.locator(".term-table caption")).to_have_text(f"By magnitude, largest {of} first")
    expect(page.get_by_role("button", name="Follow the largest product")).to_be_visible()


def test_matrix_view_frames_the_units_row(open_page: OpenPage) -> None:
    page = open_page(f"{COFFEE}&lens=number&layer=conv_stem&channel=3&row=40&column=52")
    wait_for_unit(page)
    page.locator(".matrix-summary").click()
    rows = page.locator(".matrix-sheet canvas")
    expect(rows).to_have_attribute("data-row", str(40 * 112 + 52))
    first = int(rows.get_attribute("data-first") or "")
    offset = page.locator(".matrix-frame").evaluate(
        "(frame) => 9 * frame.offsetTop / frame.parentElement.querySelector('canvas').clientHeight"
    )
    assert offset == pytest.approx(40 * 112 + 52 - first, abs=0.01)
    expect(page.locator(".matrix-summary")).to_contain_text("12,544 × 27 times 27 × 32")
    # The framed row holds the patch: its colours repeat those of the cells.
    first_term = rows.evaluate(
        """(canvas, row) => [...canvas.getContext("2d").getImageData(0, row, 1, 1).data]""",
        40 * 112 + 52 - first,
    )
    assert first_term[0] > first_term[2]  # a positive value: red outweighs blue


def test_without_a_unit_the_lens_says_where_to_begin(open_page: OpenPage) -> None:
    page = open_page(f"{COFFEE}&lens=number&layer=blocks.0.0.conv_pw&unit=none")
    page.get_by_role("button", name="The strongest unit of blocks.0.0.conv_pw").click()
    reading = wait_for_unit(page)
    assert reading.layer == "blocks.0.0.conv_pw"
    page.go_back()
    page.get_by_role("button", name="The score of “espresso”").click()
    assert wait_for_unit(page, layer="classifier").unit == "classifier 967 null null"


def test_clicked_map_is_explained_and_keys_walk_on(open_page: OpenPage) -> None:
    page = open_page(f"{COFFEE}&layer=conv_stem&tab=layer")
    canvas = wait_for_maps(page, "conv_stem")
    page.mouse.click(*point_at(canvas, 3, 40, 52))
    page.keyboard.press("2")
    first = wait_for_unit(page)
    page.keyboard.press("ArrowRight")
    second = wait_for_unit(page, other_than=first.unit)
    assert second.unit == re.sub(r"\d+$", lambda found: str(int(found[0]) + 1), first.unit)
    # In a grid the arrows walk from cell to cell instead.
    page.locator(".value-grid button").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".value-grid button").nth(1)).to_be_focused()
    assert parameter(page, "column") == second.unit.split()[-1]
    page.keyboard.press("Enter")
    assert wait_for_unit(page, other_than=second.unit).layer == "input"


def test_failure_is_told_and_can_be_tried_again(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("500")
    page = open_page(f"{COFFEE}&layer=conv_stem&channel=3&row=4&column=5", routed=True)
    wait_for_maps(page, "conv_stem")
    page.route(
        "**/units/**",
        lambda route: route.fulfill(status=500, body='{"type": "x", "detail": "No numbers."}'),
    )
    page.get_by_role("tab", name="How").click()
    expect(page.locator(".number-notice .notice-problem")).to_have_text("No numbers.")
    page.unroute("**/units/**")
    page.get_by_role("button", name="Try again").click()
    assert wait_for_unit(page).layer == "conv_stem"


def test_nothing_is_asked_while_another_lens_is_open(open_page: OpenPage) -> None:
    page = open_page(f"{COFFEE}&layer=conv_stem&channel=3&row=4&column=5")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    wait_for_maps(page, "conv_stem")
    page.keyboard.press("]")
    wait_for_maps(page, "bn1.batch_norm")
    assert not [url for url in asked if "/units/" in url]


# Gap between neighbours' numbers, px; below this they are read as one.
LEAST_AIR_PX = 3
_AIR = """() => {
    const pen = document.createElement("canvas").getContext("2d");
    const cells = [...document.querySelectorAll(".number-patch .value-cell")];
    return cells.filter((cell) => cell.checkVisibility()).map((cell) => {
        const after = getComputedStyle(cell, "::after");
        const is_short = after.content !== "none";
        const style = is_short ? after : getComputedStyle(cell);
        pen.font = `${style.fontSize} ${style.fontFamily}`;
        pen.letterSpacing = style.letterSpacing;
        const text = is_short ? cell.dataset.short : cell.textContent;
        const size = parseFloat(style.fontSize);
        return [cell.getBoundingClientRect().width - pen.measureText(text).width, size];
    });
}"""


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize(
    "address",
    [
        "layer=conv_stem&channel=3&row=40&column=52",
        "layer=blocks.2.0.conv_dw&channel=20&row=10&column=12",
        "model=resnet18.random&layer=conv1&channel=3&row=40&column=52",
        "model=alexnet.random&layer=features.0&channel=3&row=20&column=20",
    ],
    ids=["3 x 3", "5 x 5", "7 x 7", "11 x 11"],
)
def test_numbers_in_neighbouring_cells_are_apart(
    open_page: OpenPage, address: str, width: int
) -> None:
    page = open_page(
        f"/?image=example-chelsea&lens=number&tab=layer&{address}",
        viewport={"width": width, "height": 844},
    )
    wait_for_unit(page)
    measured = page.evaluate(_AIR)
    assert len(measured) >= 27
    assert min(air for air, _ in measured) >= LEAST_AIR_PX
    assert min(size for _, size in measured) >= 10.4
    assert page.evaluate("document.documentElement.scrollWidth") <= width
