"""Chapter 7: graphs stepped forward and back, Jacobians, the blame of a real network's scores."""

import io
import json
import math
import re
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import torch
from opening import OpenPage
from playwright.sync_api import Page, Route, expect

from models.catalogue.catalogue import catalogue
from models.weights.loading import load
from models.weights.locations import WeightsLocations

pytestmark = pytest.mark.browser

MODEL = "efficientnet_lite0.imagenet1k"


def opened(open_page: OpenPage, query: str = "", **options: Any) -> Page:
    page = open_page(f"/learn/backpropagation{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    return page


def node(page: Page, name: str):
    return page.locator(f"[data-node='{name}']")


def step(page: Page, times: int) -> None:
    for _ in range(times):
        page.get_by_role("button", name=re.compile("^(Step forward|Send back)$")).click()


def number_of(page: Page, name: str, what: str) -> float:
    return float(node(page, name).get_attribute(f"data-{what}") or "nan")


def matrix(page: Page, within: str, name: str) -> np.ndarray:
    rows = page.locator(within).locator(f"[data-matrix='{name}'] tr")
    expect(rows.first).to_be_visible()
    return np.array(
        rows.evaluate_all(
            """(rows) => rows.map((row) =>
                [...row.querySelectorAll("td")].map((cell) => Number(cell.dataset.value)))"""
        ),
        dtype=np.float64,
    )


# The graph.


def test_three_x_and_five_x_fork_and_add_up_to_eight(open_page: OpenPage) -> None:
    page = opened(open_page)
    expect(node(page, "#5")).not_to_have_attribute("data-value", "16")
    step(page, 3)
    expect(node(page, "#5")).to_have_attribute("data-value", "16")
    assert node(page, "x").get_attribute("data-gradient") is None
    step(page, 3)
    expect(node(page, "x")).to_have_attribute("data-gradient", "8")
    sent = page.locator("[data-edge^='x>']").evaluate_all(
        "(edges) => edges.map((edge) => Number(edge.dataset.sent))"
    )
    assert sorted(sent) == [3, 5]
    expect(page.locator("#step-card")).to_contain_text("5 + 3 = 8")
    expect(page.get_by_role("button", name="Send back")).to_be_disabled()
    assert page.evaluate("document.getAnimations().length") == 0, "for who asked for calm"
    # A constant has no part in the blame.
    assert node(page, "#0").get_attribute("data-gradient") is None


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ("add", {"a": 7, "b": 7}),
        ("max", {"a": 0, "b": 7}),
        ("multiply", {"a": -6, "b": 8}),
    ],
)
def test_add_distributes_max_routes_multiply_switches(
    open_page: OpenPage, graph: str, expected: dict[str, float]
) -> None:
    page = opened(open_page)
    page.locator(f"#rule [data-graph='{graph}']").click()
    expect(node(page, "a")).to_be_visible()
    step(page, 2)
    for name, gradient in expected.items():
        expect(node(page, name)).to_have_attribute("data-gradient", str(gradient))


def test_a_guess_is_judged_with_its_reason(open_page: OpenPage) -> None:
    page = opened(open_page)
    guess = page.get_by_label("Your guess")
    verdict = page.locator(".guess-verdict")
    for typed, words in (
        ("3", "one of its uses"),
        ("-8", "the sign is not"),
        ("15", "Not so."),
        ("8", "Yes."),
    ):
        guess.fill(typed)
        page.keyboard.press("Enter")
        expect(verdict).to_contain_text(words)
        expect(verdict).to_contain_text("1 × 5 + 1 × 3 = 8")
    page.get_by_role("radio", name="multiply").check()
    expect(node(page, "b")).to_be_visible()
    page.get_by_label("Variable", exact=True).select_option("b")
    guess.fill("4")
    page.get_by_role("button", name="Check").click()
    expect(verdict).to_contain_text("for an inflow of 1; here 2 flows in")
    expect(verdict).to_contain_text("2 × 4 = 8")
    step(page, 2)
    expect(guess).to_be_hidden()


def test_what_a_gradient_promises_can_be_tried(open_page: OpenPage) -> None:
    page = opened(open_page, "?graph=own&expr=x^2*y&values=x:3,y:2&inflow=5&at=4")
    expect(page.locator("#nudge")).to_be_hidden()
    node(page, "x").click()
    page.get_by_role("button", name="Try it: raise x by 0.01").click()
    said = page.locator(".nudge-said")
    # (3.01^2 - 3^2) 2 = 0.1202, five times over; the gradient is 5 * 2 * 3 * 2 = 60.
    expect(said).to_contain_text("18.1202 instead of 18: 12.02 for each unit, times the inflow 5")
    expect(said).to_contain_text("The gradient said 60, which is exact for the smallest")
    assert float(said.get_attribute("data-change") or "nan") == pytest.approx(60.1, abs=1e-6)


@pytest.mark.parametrize(
    ("expression", "values", "leaf"), [("max(a, b)", "a:4,b:4", "b"), ("relu(x)", "x:0", "x")]
)
def test_at_a_corner_no_gradient_is_called_exact(
    open_page: OpenPage, expression: str, values: str, leaf: str
) -> None:
    """Raised, however little, it moves the end by 1 for each unit; the gradient is 0."""
    page = opened(open_page, f"?graph=own&expr={quote(expression)}&values={values}&at=2")
    node(page, leaf).click()
    page.get_by_role("button", name="Try it").click()
    said = page.locator(".nudge-said")
    expect(said).to_contain_text("The gradient said 0: at a corner there are two slopes")
    assert float(said.get_attribute("data-change") or "nan") == pytest.approx(1)


def test_a_neuron_with_the_logarithm_gets_p_minus_y(open_page: OpenPage) -> None:
    page = opened(open_page, "?graph=neuron&at=100&values=w:1.5,x:-2,b:0.25")
    # L = -log sigmoid(wx + b): y is 1, so dL/db = sigmoid(wx + b) - 1.
    blame = 1 / (1 + math.exp(-(1.5 * -2 + 0.25))) - 1
    expect(node(page, "b")).to_have_attribute(
        "data-gradient", str(number_of(page, "b", "gradient"))
    )
    assert number_of(page, "b", "gradient") == pytest.approx(blame, abs=1e-9)
    assert number_of(page, "w", "gradient") == pytest.approx(blame * -2, abs=1e-9)
    assert number_of(page, "x", "gradient") == pytest.approx(blame * 1.5, abs=1e-9)


def test_kept_products_are_few_where_paths_are_many(open_page: OpenPage) -> None:
    page = opened(open_page, "?graph=squares")

    def effort(name: str):
        return page.locator(f"#effort-{name}")

    # Squared n times: two edges a square; 2^n paths of n products.
    expect(effort("naive")).to_have_attribute("data-value", str(4 * 2**4))
    expect(effort("cached")).to_have_attribute("data-value", "8")
    times = page.get_by_role("spinbutton", name="times squared")
    times.fill("10")
    expect(effort("naive")).to_have_attribute("data-value", str(10 * 2**10))
    expect(effort("cached")).to_have_attribute("data-value", "20")
    expect(effort("paths")).to_have_attribute("data-value", str(2**10))
    expect(page.locator("[data-formula='backpropagation.naive']")).to_contain_text("10,240")


def test_what_has_no_value_leaves_the_chosen_to_be_mended(open_page: OpenPage, complaints) -> None:
    complaints.expect("422")
    # 10 squared twelve times is 10^4096.
    page = opened(open_page, "?graph=squares&squares=12&values=x:10")
    expect(page.locator("#expression-problem")).to_contain_text("no finite value")
    expect(page.get_by_label("expression")).to_have_value(re.compile(r"^a = x\*x; "))
    expect(page.get_by_role("radiogroup", name="f", exact=True)).to_be_hidden()
    x = page.get_by_role("spinbutton", name="x", exact=True)
    expect(x).to_have_value("10")
    x.fill("0.5")
    expect(node(page, "x")).to_be_visible()
    x.fill("10")
    expect(page.locator("#expression-problem")).to_contain_text("no finite value")
    times = page.get_by_role("spinbutton", name="times squared")
    times.fill("3")
    # Drawn all along: only what is said tells that 10^8 was answered before the next question.
    expect(page.locator("#expression-problem")).to_have_text("")
    expect(node(page, "x")).to_be_visible()
    # The counts are those of the graph that is drawn.
    times.fill("12")
    expect(page.locator("#expression-problem")).to_contain_text("no finite value")
    page.get_by_label("Step", exact=True).fill("1")
    cost = page.locator("[data-formula='backpropagation.naive'] [data-slot]")
    slots = cost.evaluate_all("(slots) => slots.map((slot) => slot.getAttribute('data-value'))")
    assert slots == ["3", "3", str(3 * 2**3)]
    # Fields are those of what was typed last.
    page.get_by_label("expression").fill("exp(exp(y)) + z")
    page.get_by_role("spinbutton", name="y", exact=True).fill("10")
    page.reload()
    expect(page.locator("#expression-problem")).to_contain_text("no finite value")
    expect(page.get_by_role("spinbutton", name="y", exact=True)).to_have_value("10")
    expect(page.get_by_role("spinbutton", name="z", exact=True)).to_have_value("1")


def test_squares_begin_with_numbers_that_tell_the_paths(open_page: OpenPage) -> None:
    page = opened(open_page, "?graph=squares&at=100")
    # Every local gradient is 1, and each of 2^4 paths brings the inflow.
    expect(node(page, "x")).to_have_attribute("data-gradient", str(2**4))
    expect(page.locator("#effort-paths")).to_have_attribute("data-value", str(2**4))
    texts = page.locator(".graph-labels text:not(.is-working)").all_text_contents()
    assert all(len(text.split(" = ")[-1]) <= 2 for text in texts)


def test_counts_are_shown_where_keeping_spares_something(open_page: OpenPage) -> None:
    page = opened(open_page)
    expect(page.locator("#effort")).to_be_hidden()
    page.locator("#effort-same button").click()
    expect(page.locator("#effort-naive")).to_be_visible()
    expect(page.locator("#effort-same")).to_be_hidden()


def test_a_step_can_be_taken_back(open_page: OpenPage) -> None:
    page = opened(open_page)
    undo = page.get_by_role("button", name="Undo step")
    expect(undo).to_be_disabled()
    step(page, 4)
    expect(page.locator(".step-heading")).to_contain_text("Back, step 1 of 3")
    undo.click()
    expect(page.locator(".step-heading")).to_contain_text("Forward, step 3 of 3")
    expect(page).to_have_url(re.compile("at=3"))


def test_a_lone_variable_is_the_end_itself(open_page: OpenPage) -> None:
    page = opened(open_page, "?graph=own&expr=x&values=x:3&inflow=7")
    expect(node(page, "x")).to_have_attribute("data-gradient", "7")
    expect(page.locator(".step-heading")).to_have_text("x is the end itself")
    for name in ("Play", "Send back", "Undo step", "Start over"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    for each in (page.get_by_label("Your guess"), *page.locator("#effort, #effort-same").all()):
        expect(each).to_be_hidden()


def test_two_layers_with_cross_entropy_agree_with_autograd(open_page: OpenPage) -> None:
    page = opened(open_page, "?graph=network&at=5")
    leaves = {}
    for name in ("W1", "x", "W2"):
        node(page, name).click()
        expect(page.locator(".step-heading")).to_have_text(name)
        leaves[name] = torch.tensor(matrix(page, "#step-card", "value"), requires_grad=True)
        node(page, name).click()
    t = leaves["W2"] @ torch.relu(leaves["W1"] @ leaves["x"])
    p = torch.softmax(t, 0)
    step(page, 2)
    expect(page.locator(".step-heading")).to_contain_text("Back, step 2 of 5: p")
    y = torch.from_numpy(matrix(page, "#step-card", "target"))
    assert y.sum(0).tolist() == [1, 1]
    blame = matrix(page, "#step-card", "p minus y")
    np.testing.assert_allclose(blame, (p - y).detach() / 2, atol=1e-6)
    loss = -(y * torch.log(p)).sum() / 2
    expected = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))
    step(page, 3)
    for name, gradient in expected.items():
        node(page, name).click()
        expect(page.locator(".step-heading")).to_have_text(name)
        found = matrix(page, "#step-card", "gradient")
        np.testing.assert_allclose(found, gradient, atol=1e-6)
        node(page, name).click()
    # Seven edges; by paths the factor behind the scores is made for each matrix again.
    expect(page.locator("#effort-cached")).to_have_attribute("data-value", "7")
    expect(page.locator("#effort-naive")).to_have_attribute("data-value", "13")


def test_a_typed_expression_is_worked_and_a_wrong_one_is_told(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.get_by_label("expression").fill("x^2 * y")
    expect(node(page, "y")).to_be_visible()
    page.get_by_role("spinbutton", name="y", exact=True).fill("3")
    page.get_by_label("Step", exact=True).fill("4")
    # d(x^2 y)/dx = 2xy with x = 2 as it was, d/dy = x^2.
    expect(node(page, "x")).to_have_attribute("data-gradient", "12")
    expect(node(page, "y")).to_have_attribute("data-gradient", "4")
    page.reload()
    expect(node(page, "x")).to_have_attribute("data-gradient", "12")
    expect(page.get_by_label("expression")).to_have_value("x^2 * y")


def test_any_name_is_a_name(open_page: OpenPage) -> None:
    """Objects of the page's language have something by these names."""
    page = opened(open_page, "?graph=own&expr=constructor * valueOf&at=2")
    expect(node(page, "valueOf")).to_have_attribute("data-gradient", "1")
    page.get_by_role("spinbutton", name="constructor").fill("3")
    expect(node(page, "valueOf")).to_have_attribute("data-gradient", "3")


@pytest.mark.parametrize("width", [390, 1280])
def test_nodes_stand_clear_of_each_other(open_page: OpenPage, width: int) -> None:
    expr = quote("h = relu(w*x + b); t = v*h + h^2; log(1 + exp(-t)) + max(h, w, b, t)")
    page = opened(open_page, f"?graph=own&expr={expr}", viewport={"width": width, "height": 800})
    expect(node(page, "t")).to_be_visible()
    boxes = page.locator(".graph-node").evaluate_all(
        """(nodes) => nodes.map((node) => {
            const box = node.querySelector("rect, circle").getBoundingClientRect();
            return [box.left, box.top, box.right, box.bottom];
        })"""
    )
    # Four variables, a constant, twelve operations.
    assert len(boxes) == 17
    for place, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[place + 1 :]:
            assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("graph", ["fork", "max", "multiply", "neuron", "squares", "network"])
def test_labels_stand_clear_of_each_other_and_of_all_else(
    open_page: OpenPage, graph: str, width: int
) -> None:
    page = opened(open_page, f"?graph={graph}&at=100", viewport={"width": width, "height": 1080})
    expect(page.locator(".graph-labels text").first).to_be_visible()
    labels, points, nodes = page.locator(".graph-drawing").evaluate(
        """(drawing) => {
            // Figures reach from a line's foot to not quite its top.
            const label = (node) => {
                const { left, right, top, bottom } = node.getBoundingClientRect();
                const inset = (bottom - top) / 5;
                return [left, top + inset, right, bottom - inset];
            };
            const all = (name, found) => [...drawing.querySelectorAll(name)].map(found);
            const points = all("path[d]", (path) => {
                const place = path.getScreenCTM();
                const length = path.getTotalLength();
                return Array.from({ length: 101 }, (_, turn) => {
                    const at = path.getPointAtLength((length * turn) / 100).matrixTransform(place);
                    return [at.x, at.y];
                });
            }).flat();
            const nodes = all(".graph-node :is(rect, circle)", (node) => {
                const { left, right, top, bottom } = node.getBoundingClientRect();
                return [left, top, right, bottom];
            });
            return [all(".graph-labels text, .is-sum", label), points, nodes];
        }"""
    )
    assert len(labels) > 3
    for place, (left, top, right, bottom) in enumerate(labels):
        assert not any(left < x < right and top < y < bottom for x, y in points)
        for other in [*labels[place + 1 :], *nodes]:
            assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top


def test_what_is_no_expression_is_told_and_the_drawing_stays(
    open_page: OpenPage, complaints
) -> None:
    complaints.expect("422")
    page = opened(open_page)
    page.get_by_label("expression").fill("3x + sin(x)")
    expect(page.locator("#expression-problem")).to_contain_text("no function sin")
    expect(page.get_by_label("expression")).to_have_attribute("aria-invalid", "true")
    expect(node(page, "x")).to_be_visible()
    page.get_by_label("expression").fill("3x + exp(x)")
    expect(page.locator("#expression-problem")).to_have_text("")
    expect(node(page, "x")).to_be_visible()


def test_the_graph_is_walked_and_stepped_by_key(open_page: OpenPage) -> None:
    page = opened(open_page)
    slider = page.get_by_label("Step", exact=True)
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "back, step 3")
    expect(node(page, "x")).to_have_attribute("data-gradient", "8")
    node(page, "#0").focus()
    page.keyboard.press("ArrowRight")
    expect(node(page, "x")).to_be_focused()
    page.keyboard.press("Enter")
    expect(node(page, "x")).to_have_attribute("aria-pressed", "true")
    expect(node(page, "x")).to_be_focused()
    expect(page.locator(".step-heading")).to_have_text("x")
    expect(node(page, "x")).to_have_attribute(
        "aria-label", "x, value 2, gradient 8, the sum of 5 and 3"
    )
    page.get_by_text("The same as a list").click()
    expect(page.locator(".graph-list li")).to_have_count(6)
    expect(page.locator(".graph-list")).to_contain_text("gradient 8, the sum of 5 and 3")


def test_it_plays_to_the_end_and_can_be_paused(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.get_by_role("button", name="Play").click()
    expect(node(page, "#2")).to_have_attribute("data-value", "6")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect(node(page, "x")).to_have_attribute("data-gradient", "8")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_on_a_phone_no_identity_is_cut(open_page: OpenPage) -> None:
    page = opened(open_page, viewport={"width": 390, "height": 844})
    widths = page.locator(".identities .formula").evaluate_all(
        "(formulas) => formulas.map(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])"
    )
    assert len(widths) == 8
    assert all(inner <= outer for inner, outer in widths)


def test_on_a_phone_the_graph_goes_down(open_page: OpenPage) -> None:
    page = opened(open_page, "?graph=neuron", viewport={"width": 390, "height": 844})
    expect(node(page, "w")).to_be_visible()
    box = page.locator(".graph-drawing").bounding_box()
    assert box is not None
    assert box["height"] > box["width"]
    assert box["width"] <= 390
    first, last = (node(page, name).bounding_box() for name in ("w", "#6"))
    assert first is not None
    assert last is not None
    assert first["y"] < last["y"]


def test_only_the_newest_answer_is_drawn(open_page: OpenPage) -> None:
    """An answer that comes late, of what was typed before, changes nothing."""
    page = open_page("/learn/backpropagation", routed=True)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "2*x" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/learn/graph", hold)
    expect(node(page, "x")).to_be_visible()
    expression = page.get_by_label("expression")
    with page.expect_request(lambda request: "2*x" in (request.post_data or "")):
        expression.fill("2*x")
    expression.fill("7 * z")
    expect(node(page, "z")).to_be_visible()
    for route in held:
        route.continue_()
    page.get_by_label("Step", exact=True).fill("2")
    expect(node(page, "z")).to_have_attribute("data-gradient", "7")


# Jacobians.


def test_jacobians_are_those_of_autograd_and_multiply(open_page: OpenPage) -> None:
    page = opened(open_page)
    W = torch.from_numpy(matrix(page, "#chain-forward", "matrix W"))
    x = torch.from_numpy(matrix(page, "#chain-forward", "vector x")[:, 0])
    softmax = torch.autograd.functional.jacobian(lambda t: torch.softmax(t, 0), W @ x)
    np.testing.assert_array_equal(matrix(page, "#chain-jacobians", "stage0"), W)
    np.testing.assert_allclose(matrix(page, "#chain-jacobians", "stage1"), softmax, atol=1e-6)
    product = matrix(page, "#chain-jacobians", "product")
    np.testing.assert_allclose(product, softmax @ W, atol=1e-6)
    entry = page.locator("[data-entry='product 2 1']")
    entry.focus()
    page.keyboard.press("Enter")
    expect(entry).to_have_attribute("aria-pressed", "true")
    expect(entry).to_be_focused()
    said = page.locator("#entry-said")
    expect(said).to_contain_text("p₃ moves by")
    expect(said).to_contain_text("x₂")
    assert float(said.get_attribute("data-value") or "nan") == product[2, 1]
    # Row 3 of the one and column 2 of the other are lit, and the two numbers that it is about.
    expect(page.locator("[data-matrix='stage1'] tr:nth-child(3) .is-lit")).to_have_count(3)
    expect(page.locator("[data-matrix='stage0'] td:nth-child(2).is-lit")).to_have_count(3)
    expect(page.locator("[data-matrix='vector p'] tr:nth-child(3) .is-lit")).to_have_count(1)
    expect(page.locator("[data-matrix='vector x'] tr:nth-child(2) .is-lit")).to_have_count(1)
    page.reload()
    expect(said).to_contain_text("p₃ moves by")


def test_identity_has_the_identity_as_its_jacobian(open_page: OpenPage) -> None:
    page = opened(open_page, "?first=identity&second=none")
    np.testing.assert_array_equal(matrix(page, "#chain-jacobians", "stage0"), np.eye(2))


def test_a_jacobian_known_by_heart_is_called_by_its_name(open_page: OpenPage) -> None:
    page = opened(open_page)
    table = page.locator("[data-matrix='stage0']")
    expect(table).to_have_attribute("aria-label", "∂t/∂x = W, 3 × 2")
    page.get_by_role("radio", name="rows").check()
    expect(table).to_have_attribute("aria-label", "∂t/∂x = Wᵀ, 3 × 2")
    page.get_by_role("radio", name="identity").check()
    expect(table).to_have_attribute("aria-label", "∂t/∂x = I, 2 × 2")


def test_only_a_class_that_is_there_can_be_right(open_page: OpenPage) -> None:
    page = opened(open_page)
    third = page.get_by_role("radiogroup", name="right class").get_by_role("radio", name="3")
    expect(third).to_be_enabled()
    page.get_by_role("radio", name="identity").check()
    expect(third).to_be_disabled()


def test_what_is_almost_sure_is_not_called_sure(open_page: OpenPage) -> None:
    page = opened(open_page, "?x=10,-10")
    p, _, gradient = page.locator("[data-formula='backpropagation.blame'] [data-slot]").all()
    # t = (20, 0, -20).
    expect(p).to_have_text(re.compile(r"^0\.99999999"))
    expected = 1 / (1 + math.exp(-20) + math.exp(-40)) - 1
    assert float(gradient.get_attribute("data-value") or "nan") == pytest.approx(expected)


def test_rows_and_columns_differ_in_shape_and_in_no_sign(open_page: OpenPage) -> None:
    page = opened(open_page)
    f = matrix(page, "#chain-back", "gradient t")
    x = matrix(page, "#chain-forward", "vector x")
    of_columns = matrix(page, "#chain-weights", "weights W")
    np.testing.assert_allclose(of_columns, f.T @ x.T, atol=1e-12)
    jacobian = matrix(page, "#chain-jacobians", "stage0")
    page.get_by_role("radio", name="rows").check()
    expect(page.locator("#chain-weights")).to_contain_text("xᵀ f")
    of_rows = matrix(page, "#chain-weights", "weights W")
    np.testing.assert_allclose(of_rows, of_columns.T, atol=1e-12)
    W = matrix(page, "#chain-forward", "matrix W")
    np.testing.assert_array_equal(jacobian, W.T)
    np.testing.assert_array_equal(matrix(page, "#chain-jacobians", "stage0"), jacobian)
    np.testing.assert_array_equal(matrix(page, "#chain-back", "gradient t"), f)


@pytest.mark.parametrize("layout", ["column", "row"])
@pytest.mark.parametrize("right", [0, 2])
def test_the_scores_get_p_minus_y(open_page: OpenPage, layout: str, right: int) -> None:
    page = opened(open_page, f"?layout={layout}&right={right}&x=-1,3")
    t = matrix(page, "#chain-forward", "vector t").ravel()
    p = np.exp(t) / np.exp(t).sum()
    y = np.eye(3)[right]
    blame = matrix(page, "#chain-back", "gradient t").ravel()
    np.testing.assert_allclose(blame, p - y, atol=1e-9)
    slots = page.locator("[data-formula='backpropagation.blame'] [data-slot]").evaluate_all(
        "(slots) => slots.map((slot) => Number(slot.getAttribute('data-value')))"
    )
    assert slots == pytest.approx([p[right], 1, p[right] - 1], abs=1e-9)


def test_two_matrices_send_back_through_both(open_page: OpenPage) -> None:
    page = opened(open_page, "?second=linear&right=1&x=0.5,-2")
    W, V = (
        torch.tensor(matrix(page, "#chain-forward", f"matrix {name}"), requires_grad=True)
        for name in "WV"
    )
    x = torch.tensor([0.5, -2.0], dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.cross_entropy((V @ (W @ x))[None], torch.tensor([1]))
    of_x, of_W, of_V = torch.autograd.grad(loss, [x, W, V])
    np.testing.assert_allclose(matrix(page, "#chain-back", "gradient x")[0], of_x, atol=1e-6)
    np.testing.assert_allclose(matrix(page, "#chain-weights", "weights W"), of_W, atol=1e-6)
    np.testing.assert_allclose(matrix(page, "#chain-weights", "weights V"), of_V, atol=1e-6)


# The person's own picture.


def test_the_blame_of_a_real_networks_scores_is_p_minus_y(open_page: OpenPage, ask) -> None:
    page = opened(open_page, "?image=example-coffee")
    classes = ask(f"/models/{MODEL}/predictions?image=example-coffee&top=5")["classes"]
    rows = page.locator("#own-scores [data-class]")
    expect(rows).to_have_count(5)
    second = classes[1]["index"]
    rows.nth(1).get_by_role("radio").check()
    expect(page.locator(f"[data-class='{second}']")).to_have_class("is-right")
    found = page.locator("#own-scores [data-gradient]").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.dataset.gradient))"
    )
    p = np.array([each["probability"] for each in classes])
    np.testing.assert_allclose(found, p - np.eye(5)[1], atol=1e-12)
    page.reload()
    expect(page.locator(f"[data-class='{second}']")).to_have_class("is-right")


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return load(catalogue().resolve(MODEL), WeightsLocations(Path("unused"))).eval()


def test_the_blame_of_the_pixels_is_that_of_autograd(
    open_page: OpenPage, server: str, network: torch.nn.Module
) -> None:
    page = opened(open_page, "?image=example-chelsea")
    tiger_cat, espresso = 282, 967
    heat = page.locator("#own-pixels canvas")
    address = f"{server}/api/v1/models/{MODEL}/input?format=npy&image=example-chelsea"
    with urllib.request.urlopen(address, timeout=60) as answer:
        pixels = torch.from_numpy(np.load(io.BytesIO(answer.read()))).reshape(1, 3, 224, 224)
    pixels.requires_grad_()
    for right in (tiger_cat, espresso):
        if right == espresso:
            page.get_by_label("another class…").select_option("espresso")
        link = page.locator("#own-pixels").get_by_role("link")
        expect(link).to_have_attribute("href", re.compile(f"class={right}&.*lens=why"))
        loss = torch.nn.functional.cross_entropy(network(pixels), torch.tensor([right]))
        (gradient,) = torch.autograd.grad(loss, [pixels])
        by_pixel = gradient[0].sum(0)
        place = int(by_pixel.abs().argmax())
        row, column = divmod(place, 224)
        expect(heat).to_have_attribute("data-row", str(row))
        expect(heat).to_have_attribute("data-column", str(column))
        found = {
            name: float(heat.get_attribute(f"data-{name}") or "nan") for name in ("loss", "largest")
        }
        assert found["loss"] == pytest.approx(float(loss.detach()), rel=1e-4)
        assert found["largest"] == pytest.approx(float(by_pixel[row, column]), rel=1e-3)
    red, _, blue, opacity = heat.evaluate(
        """(canvas, [row, column]) =>
            [...canvas.getContext("2d").getImageData(column, row, 1, 1).data]""",
        [row, column],
    )
    assert opacity == 255
    assert (red > blue) == (by_pixel[row, column] > 0)


def test_any_class_may_be_the_right_one(open_page: OpenPage, ask) -> None:
    page = opened(open_page, "?image=example-coffee")
    every = ask(f"/models/{MODEL}/predictions?image=example-coffee&top=1000")["classes"]
    chosen = every[700]
    other = page.get_by_label("another class…")
    expect(other.locator("option")).to_have_count(1000)
    expect(other).to_have_value(str(every[0]["index"]))
    other.select_option(str(chosen["index"]))
    row = page.locator(f"[data-class='{chosen['index']}']")
    expect(row).to_have_class("is-right")
    expect(page.locator("#own-scores [data-class]")).to_have_count(6)
    blame = chosen["probability"] - 1
    cell = row.locator("[data-gradient]")
    assert float(cell.get_attribute("data-gradient") or "nan") == pytest.approx(blame, abs=1e-12)
    # Almost 1 is not called 1.
    expect(cell).to_contain_text("−0.9999")
    page.reload()
    expect(row).to_have_class("is-right")
    # What this picture shows says nothing of the next.
    page.get_by_role("button", name="Example: ").first.click()
    expect(page).not_to_have_url(re.compile("own="))
    expect(page.locator("#own-scores [data-class]")).to_have_count(5)


def test_of_a_picture_that_failed_nothing_older_stays(open_page: OpenPage, complaints) -> None:
    complaints.expect("503")
    page = opened(open_page, "?image=example-coffee", routed=True)
    expect(page.locator("#own-scores [data-class]")).to_have_count(5)
    expect(page.locator("#own-pixels canvas")).to_be_visible()
    expect(page.locator("#own-gates li")).to_have_count(2)
    refused = "**/*image=example-rocket*"
    page.route(refused, lambda route: route.fulfill(status=503))
    page.get_by_role("button", name=re.compile("Example: .*rocket", re.IGNORECASE)).click()
    expect(page.locator("#own-found")).to_be_hidden()
    expect(page.locator("#own-gates li")).to_have_count(0)
    page.unroute(refused)
    page.get_by_role("button", name=re.compile("Example: .*espresso", re.IGNORECASE)).click()
    expect(page.locator("#own-scores [data-class]")).to_have_count(5)
    expect(page.locator("#own-pixels canvas")).to_be_visible()


def test_what_went_wrong_is_told_where_the_person_is(open_page: OpenPage, complaints) -> None:
    complaints.expect("503")
    page = opened(open_page, routed=True)
    page.route("**/api/v1/**", lambda route: route.fulfill(status=503))
    page.locator("#own").scroll_into_view_if_needed()
    page.locator("#own-picture button").nth(1).click()
    expect(page.locator("#chapter-problem")).to_be_in_viewport()


def test_gates_of_a_real_network_have_the_slopes_of_the_rule(open_page: OpenPage) -> None:
    page = opened(open_page, "?image=example-chelsea")
    add = page.locator("#own-gates [data-layer='blocks.1.1.add']")
    expect(add.locator("[data-slope]")).to_have_count(2)
    assert [each.get_attribute("data-slope") for each in add.locator("[data-slope]").all()] == [
        *("1", "1")
    ]
    # The strongest unit of a ReLU6 stands at 6, where it is flat.
    bend = page.locator("#own-gates [data-layer='bn1.act']")
    expect(bend.locator("[data-slope]")).to_have_attribute("data-slope", "0")
    add.get_by_role("link").click()
    expect(page.locator("#lens-number")).to_be_visible()
    expect(page.locator("#lens-number")).to_contain_text("add")


def test_a_lesson_is_asked_for_by_its_route_alone(server: str) -> None:
    """What the chapter opens with, past the page."""
    body = json.dumps({"kind": "expression", "expression": "3x + 5x", "values": {"x": 2}})
    request = urllib.request.Request(
        f"{server}/api/v1/learn/graph",
        data=body.encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        nodes = json.load(answer)["nodes"]
    assert [each["inflow"] for each in nodes if each["kind"] == "variable"] == [8]
