"""Chapter 5: its two matrices, its playground, its functions, and the figures that it shows."""

import io
import json
import re
from collections.abc import Callable
from itertools import combinations, pairwise
from urllib.parse import parse_qs, urljoin, urlparse

import numpy as np
import pytest
from opening import Complaints, OpenPage
from playwright.sync_api import Locator, Page, Request, Route, ViewportSize, expect
from scipy import special

from models.scratch.maxout import Maxout

pytestmark = pytest.mark.browser

RINGS_STEPS = "1500"
PHONE: ViewportSize = {"width": 390, "height": 844}
PROJECTOR: ViewportSize = {"width": 1920, "height": 1080}


def opened(open_page: OpenPage, query: str = "", **options) -> Page:
    page = open_page(f"/learn/bend{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    return page


def value_of(locator: Locator) -> float:
    return float(locator.get_attribute("data-value") or "nan")


def slots(page: Page, name: str) -> dict[str, float]:
    found = page.locator(f"[data-formula='{name}'] [data-slot]").evaluate_all(
        "(nodes) => nodes.map((node) => [node.dataset.slot ?? node.getAttribute('data-slot'),"
        " node.getAttribute('data-value')])"
    )
    return {slot: float(value) for slot, value in found}


def readout(page: Page, part: str, name: str) -> Locator:
    return page.locator(f"{part} .readout").filter(has_text=name).locator("dd")


def height_of(plot: Locator, px: float, ticks: tuple[str, str]) -> float:
    """The number at a height of a plot, read off the labels of two ticks of its y axis."""
    places = {
        label: float(plot.locator(f"text[text-anchor=end]:text-is('{label}')").get_attribute("y"))
        for label in ticks
    }
    # A label stands 4 px beneath its line.
    low, high = (places[label] - 4 for label in ticks)
    numbers = [float(label.replace("−", "-")) for label in ticks]
    return numbers[0] + (low - px) / (low - high) * (numbers[1] - numbers[0])


# Two matrices


def matrix(page: Page, name: str) -> np.ndarray:
    cells = page.get_by_label(re.compile(f"^{name}, row"))
    return np.array([float(cell.input_value()) for cell in cells.all()]).reshape(2, 2)


def test_the_product_of_two_matrices_is_the_stack(open_page: OpenPage) -> None:
    """As the page opens, by hand: B A = (1.5 -0.5; -1 -1), and x = (2, 1) goes to (2.5, -3)."""
    page = opened(open_page)
    entries = page.locator(".bend-entry")
    assert [value_of(each) for each in entries.all()] == [1.5, -0.5, -1, -1]
    stacked, at_once, apart = (
        readout(page, "#stack-readouts", name) for name in ("one after", "at once", "difference")
    )
    expect(stacked).to_have_attribute("data-value", "[2.5,-3]")
    expect(at_once).to_have_attribute("data-value", "[2.5,-3]")
    assert value_of(apart) == 0

    page.get_by_label("A, row 1, column 2").fill("0.7")
    page.get_by_label("B, row 2, column 1").fill("-1.3")
    first, second = matrix(page, "A"), matrix(page, "B")
    product = second @ first
    for entry, expected in zip(entries.all(), product.ravel(), strict=True):
        assert value_of(entry) == pytest.approx(expected, abs=1e-12)
    expect(stacked).not_to_have_attribute("data-value", "[2.5,-3]")
    for found in (stacked, at_once):
        vector = json.loads(found.get_attribute("data-value") or "")
        assert vector == pytest.approx((product @ [2, 1]).tolist(), abs=1e-12)
    assert value_of(apart) <= 1e-12
    assert parse_qs(urlparse(page.url).query)["a"] == ["1,0.7,1,1"]


def test_an_entry_is_a_row_times_a_column(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.get_by_role("button", name="C, row 2, column 1").click()
    found = slots(page, "bend.entry")
    first, second = matrix(page, "A"), matrix(page, "B")
    assert [found["first"], found["third"]] == second[1].tolist()
    assert [found["second"], found["fourth"]] == first[:, 0].tolist()
    assert found["entry"] == second[1] @ first[:, 0]
    lit = page.locator(".bend-cell.is-lit")
    expect(lit).to_have_count(4)


def test_multiplying_goes_from_entry_to_entry(open_page: OpenPage) -> None:
    page = opened(open_page, reduced_motion="no-preference")
    page.get_by_role("button", name="Multiply", exact=True).click()
    last = page.locator(".bend-entry").last
    expect(last).to_have_text("·")
    expect(last).to_have_text("−1")
    expect(last).to_have_attribute("aria-pressed", "true")
    assert slots(page, "bend.entry")["entry"] == -1


def test_x_and_the_columns_of_a_can_be_dragged(open_page: OpenPage) -> None:
    page = opened(open_page)
    x = page.locator("#planes").get_by_role("slider", name="x", exact=True)
    x.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    at_once = readout(page, "#stack-readouts", "at once")
    expect(at_once).to_have_attribute("data-value", re.compile(r"^\[3\.15"))
    assert json.loads(at_once.get_attribute("data-value") or "") == pytest.approx([3.15, -2.1])
    column = page.get_by_role("slider", name="Where A sends the unit arrow 1")
    column.scroll_into_view_if_needed()
    box = column.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 40, middle[1] + 30, steps=5)
    page.mouse.up()
    moved = matrix(page, "A")
    assert moved[0, 0] > 1
    assert moved[1, 0] < 1
    assert moved[:, 1].tolist() == [-1, 1]


def test_what_the_page_draws_is_what_numpy_computes(open_page: OpenPage) -> None:
    page = opened(open_page)
    generator = np.random.default_rng(4)
    for _ in range(5):
        a, b, x = (
            generator.normal(size=(2, 2)),
            generator.normal(size=(2, 2)),
            generator.normal(size=2),
        )
        found = page.evaluate(
            """async ([a, b, x]) => {
                const { name } = performance.getEntriesByType("resource")
                    .find(({ name }) => name.includes("/bend/geometry"));
                const { applied, folded, product } = await import(name);
                return [product(b, a), applied(b, folded(applied(a, x)))];
            }""",
            [a.ravel().tolist(), b.ravel().tolist(), x.tolist()],
        )
        assert found[0] == pytest.approx((b @ a).ravel().tolist(), abs=1e-12)
        assert found[1] == pytest.approx((b @ np.maximum(0, a @ x)).tolist(), abs=1e-12)


def test_with_a_fold_between_no_matrix_is_the_stack(open_page: OpenPage) -> None:
    page = opened(open_page)

    def farthest_apart() -> float:
        """Of the corners of both outlines, in px."""
        lines = page.locator(".bend-planes .learn-plot").last.locator(".learn-curve")
        solid, dashed = (
            np.array(re.findall(r"-?[\d.]+", lines.and_(which).get_attribute("d") or ""), float)
            for which in (page.locator(".tone-first"), page.locator(".is-dashed"))
        )
        return float(np.abs(solid - dashed).max())

    # Places are written to a tenth of a pixel.
    assert farthest_apart() < 0.11
    page.get_by_role("radiogroup", name="Between them").get_by_label("a ReLU").check()
    assert farthest_apart() > 10
    expect(page.locator("#stack-said")).to_contain_text("no matrix C does this")
    page.get_by_label("A, row 1, column 1").fill("-2")
    with_fold = readout(page, "#stack-readouts", "B ReLU(Ax)").get_attribute("data-value") or ""
    first, second = matrix(page, "A"), matrix(page, "B")
    assert json.loads(with_fold) == pytest.approx((second @ np.maximum(0, first @ [2, 1])).tolist())
    assert "fold=yes" in page.url


def numbers_in(drawing: Locator) -> np.ndarray:
    return np.array(re.findall(r"-?[\d.]+", drawing.get_attribute("d") or ""), float)


def test_a_point_outside_its_plane_is_an_arrow_at_the_edge(open_page: OpenPage) -> None:
    """By hand: Ax = (2 · 4 - 3, 4 + 3) = (5, 7), B of that is (5 + 3.5, -7)."""
    page = opened(open_page, "?a=2,-1,1,1&x=4,3")
    names = page.locator("#planes .bend-label")
    expect(names).to_have_text(["x", "Ae₁", "Ae₂", "Ax (5, 7)", "BAx = Cx (8.5, −7)"])
    between, behind = (page.locator("#planes .learn-plot").nth(index) for index in (1, 2))
    # The way from 0 to (5, 7) leaves at (25/7, 5), that to (8.5, -7) at (5, -35/8.5).
    for plot, leaves_at in ((between, 5), (behind, -35 / 8.5)):
        tip = numbers_in(plot.locator(".bend-dot.is-outside"))[3]
        assert height_of(plot, tip, ("−5", "5")) == pytest.approx(leaves_at, abs=1e-6)
    expect(behind.locator(".bend-ring.is-outside")).to_have_count(1)
    page.get_by_label("A, row 1, column 1").fill("0")
    page.get_by_label("A, row 2, column 1").fill("0")
    expect(names).to_have_text(["x", "Ae₁", "Ae₂", "Ax", "BAx = Cx"])
    expect(page.locator("#planes .is-outside")).to_have_count(0)


def test_no_name_of_a_plane_lies_on_another(open_page: OpenPage) -> None:
    """With a fold between, both ways to x can end in nearly the same place."""
    page = opened(open_page, "?a=2,-1,1,1&x=4,3&fold=yes", viewport=PHONE)
    for plot in page.locator("#planes .learn-plot").all():
        boxes = [name.bounding_box() for name in plot.locator(".bend-label").all()]
        heights = sorted((box["y"], box["y"] + box["height"], box["x"]) for box in boxes if box)
        assert len(heights) == len(boxes) > 0
        for (_, bottom, left), (top, _, other) in pairwise(heights):
            assert top > bottom - 4 or abs(left - other) > 30


def test_the_tallest_stack_is_one_layer_too_and_can_be_sent(open_page: OpenPage) -> None:
    page = opened(open_page)

    def asked(act: Callable[[], object]) -> dict:
        def is_tall(request: Request) -> bool:
            return (
                request.url.endswith("/learn/linear") and len(request.post_data_json["layers"]) == 4
            )

        with page.expect_request(is_tall) as found:
            act()
        return found.value.post_data_json

    said = page.locator("#taller span")
    expect(said).to_have_text("")
    more = page.get_by_role("button", name="Try 4 layers of 6 × 6, with biases")
    first = asked(more.click)
    second = asked(more.click)
    assert first != second
    expect(said).to_contain_text("Seed 2: 168 random numbers, and 42 do the same")
    # Values of some thousand, so of some thousand times the 1e-16 of float64.
    assert value_of(said) < 1e-10
    page.wait_for_url(re.compile("tall=2"))
    assert asked(page.reload) == second
    expect(said).to_contain_text("Seed 2")
    drawn = np.array([layer["weight"] for layer in second["layers"]])
    assert drawn.shape == (4, 6, 6)
    assert np.abs(drawn).max() <= 2
    assert len(np.unique(drawn)) > 100


# The playground


def test_rings_after_1500_steps_with_every_function(open_page: OpenPage) -> None:
    """The design's row: none near .5, sigmoid about .87, all others 1."""
    page = opened(open_page)
    page.get_by_role("button", name="Train all seven").click()
    found = {}
    for card in page.locator(".bend-card").all():
        figure = card.locator("dd")
        expect(figure).to_have_attribute("data-step", RINGS_STEPS)
        found[card.get_attribute("data-activation")] = value_of(figure)
    assert found.pop("identity") == pytest.approx(0.5, abs=0.05)
    assert found.pop("sigmoid") == pytest.approx(0.87, abs=0.05)
    assert found == dict.fromkeys(("tanh", "relu", "leaky_relu", "elu", "maxout"), 1)


def figures(page: Page) -> dict[str, float]:
    return {
        name: value_of(readout(page, "#transport", name))
        for name in ("Step", "Loss, nats", "Points told right")
    }


def test_rings_stay_at_chance_until_a_relu_stands_between(open_page: OpenPage) -> None:
    page = opened(open_page)
    step = readout(page, "#transport", "Step")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(step).to_have_attribute("data-value", RINGS_STEPS)
    assert figures(page)["Points told right"] == pytest.approx(0.5, abs=0.05)
    expect(page.locator("#transport .bend-said")).to_contain_text("about what a coin would do")

    page.get_by_role("radiogroup", name="Between the layers").get_by_label(
        "ReLU", exact=True
    ).check()
    expect(step).to_have_attribute("data-value", "0")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(step).to_have_attribute("data-value", RINGS_STEPS)
    assert figures(page)["Points told right"] == 1
    expect(page.locator("#transport .bend-said")).to_contain_text("all of them")
    assert "f=relu" in page.url


def test_one_step_is_one_step_also_when_clicked_fast(open_page: OpenPage) -> None:
    page = opened(open_page, "?f=tanh")
    step = readout(page, "#transport", "Step")
    expect(step).to_have_attribute("data-value", "0")
    before = figures(page)["Loss, nats"]
    one = page.get_by_role("button", name="One step")
    for _ in range(5):
        one.click()
    expect(step).to_have_attribute("data-value", "5")
    assert figures(page)["Loss, nats"] < before
    page.get_by_role("button", name="Reset").click()
    expect(step).to_have_attribute("data-value", "0")
    assert figures(page)["Loss, nats"] == before


def test_it_can_be_paused_and_then_stands_still(open_page: OpenPage) -> None:
    page = opened(open_page, "?f=relu", reduced_motion="no-preference")
    page.get_by_role("button", name="Play", exact=True).click()
    step = readout(page, "#transport", "Step")
    expect(step).not_to_have_attribute("data-value", "0")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    stopped = step.get_attribute("data-value") or ""
    assert 0 < int(stopped) < int(RINGS_STEPS)
    page.get_by_role("button", name="One step").click()
    expect(step).to_have_attribute("data-value", str(int(stopped) + 1))


def test_a_run_that_is_played_goes_on_with_what_is_chosen(open_page: OpenPage) -> None:
    page = opened(open_page, reduced_motion="no-preference")
    page.get_by_role("button", name="Play", exact=True).click()
    step = readout(page, "#transport", "Step")
    expect(step).not_to_have_attribute("data-value", "0")
    page.get_by_role("radiogroup", name="Between the layers").get_by_label("tanh").check()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(readout(page, "#transport", "Points told right")).to_have_attribute("data-value", "1")
    page.get_by_role("slider", name="The point that is looked at").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_node_tells_its_sum_and_shows_its_own_map(open_page: OpenPage) -> None:
    page = opened(open_page, "?f=tanh&probe=0.4,-0.7")
    page.get_by_role("button", name="One step").click()
    expect(readout(page, "#transport", "Step")).to_have_attribute("data-value", "1")
    unit = page.get_by_role("button", name=re.compile("^unit 3 of layer 2"))
    unit.click()
    expect(unit).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#boundary h3")).to_have_text("What unit 3 of layer 2 says")
    inputs = [
        value_of(page.get_by_role("button", name=re.compile(f"^unit {each} of layer 1")))
        for each in range(1, 9)
    ]
    weights = [
        float(edge.get_attribute("data-weight") or "nan")
        for edge in page.locator(".bend-edges path.is-chosen").all()
    ]
    node = page.locator("#node")
    total = value_of(node.locator(".bend-before"))
    bias = node.locator("tfoot td").first.inner_text().replace("−", "-")
    # The bias is written to four digits.
    assert total == pytest.approx(np.dot(weights, inputs) + float(bias), abs=1e-4)
    assert value_of(node.locator(".bend-after")) == pytest.approx(np.tanh(total), abs=1e-12)
    assert value_of(unit) == pytest.approx(np.tanh(total), abs=1e-12)
    assert "node=2-2" in page.url


def test_the_numbers_of_the_network_are_those_of_the_point(open_page: OpenPage) -> None:
    page = opened(open_page)
    probe = page.get_by_role("slider", name="The point that is looked at")
    first = page.get_by_role("button", name=re.compile("^x₁"))
    assert value_of(first) == 0.5
    p = page.get_by_role("button", name=re.compile("^p of class 1"))
    before = value_of(p)
    probe.focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(first).to_have_attribute("data-value", "0")
    expect(p).not_to_have_attribute("data-value", str(before))
    q = value_of(page.get_by_role("button", name=re.compile("^p of class 0")))
    assert q + value_of(p) == pytest.approx(1, abs=1e-12)


def test_the_network_has_the_shape_that_was_asked_for(open_page: OpenPage) -> None:
    page = opened(open_page, "?hidden=3-5&f=maxout&points=xor")
    expect(page.locator(".bend-unit")).to_have_count(2 + 3 + 5 + 2)
    expect(page.locator(".bend-edges path")).to_have_count(6 + 15 + 10)
    page.get_by_role("button", name=re.compile("^unit 1 of layer 1")).click()
    sums = page.locator("#node .bend-before")
    expect(sums).to_have_count(2)
    larger = max(value_of(each) for each in sums.all())
    assert value_of(page.locator("#node .bend-after")) == larger
    page.locator(".bend-more summary").click()
    page.get_by_role("spinbutton", name="Hidden layers").fill("0")
    expect(page.locator(".bend-unit")).to_have_count(4)
    assert "hidden=none" in page.url


def test_a_rate_far_too_high_is_told(open_page: OpenPage) -> None:
    page = opened(open_page, "?hidden=8-8-8-8&rate=10&momentum=0.99")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("#transport .bend-said")).to_contain_text("no number any more")
    asked: list[dict] = []
    page.on(
        "request",
        lambda request: (
            asked.append(request.post_data_json) if request.url.endswith("/playground") else None
        ),
    )
    page.get_by_role("slider", name="The point that is looked at").press("Shift+ArrowLeft")
    page.get_by_role("button", name="Reset").click()
    expect(readout(page, "#transport", "Step")).to_have_attribute("data-value", "0")
    # To begin anew, and not for what a network without numbers makes of another point.
    assert [body["network"] for body in asked] == [None]


def test_the_first_loss_is_on_the_axis(open_page: OpenPage) -> None:
    page = opened(open_page)
    step = readout(page, "#transport", "Step")
    expect(step).to_have_attribute("data-value", "0")
    before = figures(page)["Loss, nats"]
    assert before == pytest.approx(1.27, abs=5e-3)
    page.get_by_role("button", name="One step").click()
    expect(step).to_have_attribute("data-value", "1")
    plot = page.locator("#progress .learn-plot")
    top = numbers_in(plot.locator(".learn-curve.tone-first"))[1]
    assert top >= float(plot.locator("clipPath rect").get_attribute("y"))
    # Places are written to a tenth of a pixel.
    assert height_of(plot, top, ("0", "1")) == pytest.approx(before, abs=2e-3)
    expect(page.locator(".bend-diverged")).to_have_count(0)


def test_a_loss_above_the_axis_is_marked(open_page: OpenPage) -> None:
    page = opened(open_page, "?f=tanh&rate=2&momentum=0.99")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(readout(page, "#transport", "Step")).to_have_attribute("data-value", RINGS_STEPS)
    last = figures(page)["Loss, nats"]
    marks = page.locator(".bend-diverged")
    assert marks.count() > 1
    words = page.locator("#progress .bend-classes")
    said = re.search(r"above 4, up to ([\d.]*\d)", words.inner_text())
    assert said
    assert float(said[1]) >= max(4, round(last, 1))
    page.get_by_role("button", name="Reset").click()
    expect(marks).to_have_count(0)
    expect(words).to_be_hidden()


def test_a_loss_that_is_no_number_is_marked(open_page: OpenPage) -> None:
    page = opened(open_page, "?rate=5&momentum=0.9")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("#transport .bend-said")).to_contain_text("no number any more")
    step = readout(page, "#transport", "Step").get_attribute("data-value")
    expect(page.locator("#progress .bend-classes")).to_contain_text(f"from step {step} on")
    mark = page.locator(".bend-diverged.is-none").bounding_box()
    area = page.locator("#progress .plot-grid").first.bounding_box()
    assert mark
    assert area
    assert mark["x"] >= area["x"]


# The functions


def test_values_and_slopes_at_the_point(open_page: OpenPage) -> None:
    page = opened(open_page)
    point = page.get_by_role("slider", name="x of tanh")
    point.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    x = -1 + 11 * 0.05
    s = special.expit(x)
    expected = {
        "identity": (x, 1),
        "sigmoid": (s, s * (1 - s)),
        "tanh": (np.tanh(x), 1 / np.cosh(x) ** 2),
        "relu": (0, 0),
        "leaky_relu": (0.1 * x, 0.1),
        "elu": (np.expm1(x), np.exp(x)),
    }
    for name, (value, slope) in expected.items():
        part = f"#function-{name}"
        assert value_of(readout(page, part, "value")) == pytest.approx(value, abs=1e-12), name
        assert value_of(readout(page, part, "slope")) == pytest.approx(slope, abs=1e-12), name
    expect(page.locator("#functions-x").get_by_role("spinbutton")).to_have_value("-0.45")


def test_maxout_is_the_upper_edge_of_its_lines(open_page: OpenPage) -> None:
    page = opened(open_page)
    said = page.locator("#maxout-said")

    def expect_maxout() -> None:
        found = slots(page, "bend.maxout")
        lines = [slots(page, f"bend.line-{line}") for line in (1, 2, 3)]
        weight = np.array([[[line["w"]]] for line in lines])
        bias = np.array([[line["b"]] for line in lines])
        unit = Maxout(weight, bias)
        value = unit.forward(np.array([[lines[0]["x"]]]))
        heights = [found[name] for name in ("first", "second", "third")]
        assert heights == [line["height"] for line in lines]
        assert value_of(said) == pytest.approx(value.item(), abs=1e-12)
        assert found["y"] == pytest.approx(value.item(), abs=1e-12)
        slope = unit.backward(np.array([[1.0]])).item()
        assert float(said.get_attribute("data-slope") or "nan") == slope

    expect_maxout()
    before = slots(page, "bend.line-2")
    page.get_by_role("slider", name="Line 2, its right end").focus()
    page.keyboard.press("Shift+ArrowUp")
    after = slots(page, "bend.line-2")
    assert after["w"] == pytest.approx(before["w"] + 1 / 6)
    expect_maxout()
    page.locator("#maxout").get_by_role("button", name="ReLU", exact=True).click()
    for at, height in ((-2, 0), (3, 3)):
        page.locator("#maxout-tools").get_by_role("spinbutton").fill(str(at))
        expect(said).to_have_attribute("data-value", str(height))
        expect_maxout()


# Real networks


@pytest.mark.parametrize("name", ["A tanh of LeNet-5", "A ReLU of VGG", "One of these on digits"])
def test_what_is_linked_is_a_unit_taken_apart(open_page: OpenPage, name: str) -> None:
    page = opened(open_page, "?guess=depth:told")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("tab", name="How")).to_have_attribute("aria-selected", "true")
    is_sum = name.startswith("One")
    expect(page.locator("#lens-number .curve")).to_be_visible(visible=not is_sum)
    expect(page.locator("#lens-number")).to_contain_text("bias" if is_sum else "Slope here")


def test_the_cut_units_of_a_real_network_are_counted(open_page: OpenPage) -> None:
    page = opened(open_page, "?net=vgg_32.mnist5k")
    page.locator("#yours").scroll_into_view_if_needed()
    row = page.locator("[data-layer='relu3_1']")
    expect(row).to_be_visible()
    image = "example-chelsea"
    layer = f"/api/v1/models/vgg_32.mnist5k/layers/relu3_1/activations?image={image}&format=npy"
    values = np.load(io.BytesIO(page.request.get(urljoin(page.url, layer)).body()))
    share = float(row.get_attribute("data-share") or "nan")
    assert share == pytest.approx((values == 0).mean(), abs=1e-9)
    said = page.locator("#yours-said")
    assert (
        int(said.get_attribute("data-units") or 0)
        == 16 * 32**2 + 32 * 16**2 + 2 * 64 * 64 + (2 * 64 * 16) + 2 * 128
    )
    row.get_by_role("link").click()
    query = parse_qs(urlparse(page.url).query)
    assert (query["layer"], query["lens"]) == (["relu3_1"], ["number"])


def test_a_long_drag_ends_in_the_address(open_page: OpenPage) -> None:
    """Browsers complain of, and ignore, more changes of an address than so many."""
    page = opened(open_page)
    slider = page.locator("#functions-x").get_by_role("slider")
    slider.evaluate(
        """(node) => {
            for (let index = 0; index <= 400; index += 1) {
                node.value = String(index === 400 ? 0 : -4 + 0.05 * (index % 160));
                node.dispatchEvent(new Event("input", { bubbles: true }));
            }
        }"""
    )
    page.wait_for_url(re.compile(r"at=0($|&)"))


# On a phone, and on a projector


def test_a_phone_shows_the_planes_large_and_the_functions_small(open_page: OpenPage) -> None:
    page = opened(open_page, "?guess=depth:told", viewport=PHONE)
    planes = [each.bounding_box() for each in page.locator(".bend-planes .learn-plot").all()]
    assert len({box["x"] for box in planes if box}) == 1
    # A grip that lies over another cannot be taken.
    grips = [each.bounding_box() for each in page.locator(".bend-planes .learn-point-grip").all()]
    centres = [
        np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
        for box in grips
        if box
    ]
    apart = [np.linalg.norm(one - other) for one, other in combinations(centres, 2)]
    assert len(apart) == 3
    assert min(apart) > 2 * 20
    cards = [each.bounding_box() for each in page.locator(".bend-function").all()]
    assert len({box["x"] for box in cards if box}) == 2
    functions = page.locator("#functions").bounding_box()
    assert functions
    assert functions["height"] < 3 * PHONE["height"]


@pytest.mark.parametrize("query", ["", "&at=-3.85&lines=-1.23,-0.85,0.37,-0.45,-1.25,-0.83"])
def test_no_formula_hides_its_result_on_a_phone(open_page: OpenPage, query: str) -> None:
    page = opened(open_page, f"?guess=depth:told{query}", viewport=PHONE)
    wide = page.locator(".formula").evaluate_all(
        "(all) => all.filter((each) => each.scrollWidth > each.clientWidth)"
        ".map((each) => each.textContent)"
    )
    assert wide == []


def test_the_numbers_of_the_network_can_be_read_on_a_projector(open_page: OpenPage) -> None:
    page = opened(open_page, viewport=PROJECTOR)
    size = page.locator(".bend-unit span").first.evaluate(
        "(node) => parseFloat(getComputedStyle(node).fontSize)"
        " / parseFloat(getComputedStyle(document.documentElement).fontSize)"
    )
    assert size >= 0.75


@pytest.mark.parametrize("name", ["Just tell me", "Try 4 layers", "Try it above"])
def test_what_can_be_pressed_has_an_edge(open_page: OpenPage, name: str) -> None:
    page = opened(open_page)
    button = page.get_by_role("button", name=name).first
    expect(button).not_to_have_css("border-top-color", "rgba(0, 0, 0, 0)")
    expect(button).to_have_css("border-top-width", "1px")


# What goes wrong, and what is typed


def test_every_part_says_the_same_x_also_where_the_curves_have_no_value(
    open_page: OpenPage,
) -> None:
    page = opened(open_page, "?at=0.33")
    fields = [
        page.locator(f"#{part}").get_by_role("spinbutton") for part in ("functions", "maxout")
    ]
    for field in fields:
        expect(field).to_have_value("0.35")
    for typed in ("-1.27", "-1.26"):
        fields[0].fill(typed)
        fields[0].press("Tab")
        for field in fields:
            expect(field).to_have_value("-1.25")
        assert slots(page, "bend.tanh")["x"] == slots(page, "bend.line-1")["x"] == -1.25


@pytest.mark.parametrize("at", [-4, 4])
def test_the_point_of_a_function_stays_in_its_plot(open_page: OpenPage, at: int) -> None:
    page = opened(open_page, f"?at={at}")
    plots = page.locator(".bend-function .learn-plot")
    expect(plots).to_have_count(6)
    for plot in plots.all():
        within = plot.bounding_box()
        dot = plot.locator(".learn-point-dot").bounding_box()
        assert within
        assert dot
        assert within["y"] <= dot["y"]
        assert dot["y"] + dot["height"] <= within["y"] + within["height"]


def test_what_the_relu_does_not_press_flat_is_not_said_to_be(open_page: OpenPage) -> None:
    """The identity leaves the F above and right of 0, where the ReLU changes nothing."""
    page = opened(open_page, "?a=1,0,0,1&fold=yes&guess=depth:told")
    said = page.locator("#stack-said")
    expect(said).to_contain_text("both still lie on each other")
    page.get_by_label("A, row 1, column 1").fill("-1")
    expect(said).to_contain_text("no matrix C does this")


def test_a_typed_entry_need_not_be_a_tenth_and_has_its_bounds(open_page: OpenPage) -> None:
    page = opened(open_page)
    cell = page.get_by_label("A, row 1, column 1")
    for typed, kept in (("0.25", "0.25"), ("7", "5"), ("", "5")):
        cell.fill(typed)
        cell.press("Tab")
        expect(cell).to_have_value(kept)
        assert matrix(page, "A")[0, 0] == float(kept)
    assert value_of(page.get_by_label("C, row 1, column 1")) == 5 + 0.5 * 1


def test_half_a_unit_is_rounded(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.locator(".bend-more summary").click()
    for name, kept in (("Units in each", "4"), ("Seed", "4"), ("Hidden layers", "4")):
        field = page.get_by_role("spinbutton", name=name)
        field.fill("3.7")
        field.press("Tab")
        expect(field).to_have_value(kept)
    expect(page.locator(".bend-unit")).to_have_count(2 + 4 * 4 + 2)
    expect(page.locator("#chapter-problem")).to_be_hidden()


def test_the_softmax_of_an_output_can_be_worked_out_from_what_is_said(open_page: OpenPage) -> None:
    page = opened(open_page)
    node = page.locator("#node")
    words = node.locator("p").inner_text().replace("−", "-")
    other = float(re.search(r"the other one, (-?[\d.]+)", words)[1])
    p = special.softmax([other, value_of(node.locator(".bend-before"))])[1]
    assert value_of(node.locator(".bend-after")) == pytest.approx(p, abs=1e-3)


def test_a_heading_that_is_gone_to_is_not_under_the_top_of_the_page(open_page: OpenPage) -> None:
    page = opened(open_page, viewport={"width": 1280, "height": 720})
    page.get_by_role("button", name="Try it above").last.click()
    heading = page.get_by_role("heading", name="Now put a bend between")
    expect(heading).to_be_in_viewport()
    top, masthead = heading.bounding_box(), page.locator(".masthead").bounding_box()
    assert top
    assert masthead
    assert top["y"] >= masthead["y"] + masthead["height"]


def test_a_server_that_does_not_answer_is_seen_and_leaves_no_old_numbers(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = opened(open_page, routed=True)
    at_once = readout(page, "#stack-readouts", "at once")
    expect(at_once).to_have_attribute("data-value", "[2.5,-3]")
    page.route("**/api/v1/learn/**", lambda route: route.abort())
    page.get_by_role("button", name="Train all seven").click()
    problem = page.locator("#chapter-problem")
    expect(problem).to_be_in_viewport()
    expect(page.locator(".bend-card dd").first).to_have_text("·")
    page.get_by_label("A, row 1, column 1").fill("3")
    expect(at_once).to_have_text("·")
    expect(problem).to_be_in_viewport()
    page.unroute("**/api/v1/learn/**")
    page.get_by_label("A, row 1, column 1").fill("2")
    expect(at_once).to_have_attribute("data-value", "[4.5,-3]")
    # The seven have not been trained yet, and nothing else takes that back.
    expect(problem).to_be_visible()
    page.get_by_role("button", name="Train all seven").click()
    expect(problem).to_be_hidden()


@pytest.mark.parametrize("viewport", [PHONE, PROJECTOR])
def test_the_list_of_cut_layers_has_its_place_before_it_comes(
    open_page: OpenPage, viewport: ViewportSize
) -> None:
    page = opened(open_page, viewport=viewport, routed=True)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    statistics = re.compile("/layers/[^/]+/activations")
    page.route(statistics, hold, times=1)
    section = page.locator("#yours")
    with page.expect_request(statistics):
        section.scroll_into_view_if_needed()
    expect(page.locator("#yours-said")).to_have_text("Running the network on your picture…")
    expect(section.locator(".own-picture")).to_have_js_property("complete", value=True)
    height = section.evaluate("node => node.getBoundingClientRect().height")
    (asked,) = held
    asked.continue_()
    expect(section.locator("#yours-layers li")).to_have_count(33)
    assert section.evaluate("node => node.getBoundingClientRect().height") == height
