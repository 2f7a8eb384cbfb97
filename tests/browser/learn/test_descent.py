"""The chapter of descent: searchers race, a rate diverges, a loop is stepped through."""

import io
import json
import math
import re

import numpy as np
import pytest
from opening import OpenPage
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

LOWEST = np.array([1.0, 0.5])
# Of the rate's lesson: the steeper weight, w_2, begins 2 - 0.5 from the lowest point.
DISTANCE = 1.5


def opened(open_page: OpenPage, query: str = "", *, guess: str = "race:told", **options) -> Page:
    asked = f"{query}&guess={guess}" if query else f"?guess={guess}"
    page = open_page(f"/learn/descent{asked}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    expect(page.locator("#race-map")).to_have_attribute("data-answered", re.compile("."))
    expect(page.locator("#rate-map")).to_have_attribute("data-answered", re.compile("."))
    return page


def answered(page: Page, place: str, **fields) -> None:
    """Wait for what was asked with these numbers."""
    for name, value in fields.items():
        said = re.escape(f'"{name}":{json.dumps(value, separators=(",", ":"))}')
        expect(page.locator(place)).to_have_attribute("data-answered", re.compile(said))


def field(page: Page, place: str, label: str) -> Locator:
    return page.locator(place).get_by_role("spinbutton", name=label)


def row(page: Page, name: str, place: str = "#race-table") -> Locator:
    return page.locator(f"{place} [data-searcher='{name}']")


def numbers(locator: Locator, attribute: str) -> list[float]:
    return [float(each.get_attribute(attribute) or "nan") for each in locator.all()]


def slot(page: Page, formula: str, name: str) -> float:
    found = page.locator(f"[data-formula='descent.{formula}'] [data-slot='{name}']").first
    return float(found.get_attribute("data-value") or "nan")


# How large a step may be


@pytest.mark.parametrize(("rate", "goes"), [(0.499, "closer"), (0.5, "nowhere"), (0.501, "away")])
def test_it_diverges_exactly_above_two_over_lambda(
    open_page: OpenPage, rate: float, goes: str
) -> None:
    page = opened(open_page)
    assert slot(page, "limit", "limit") == 2 / 4
    field(page, "#rate-controls", "Rate α").fill(str(rate))
    answered(page, "#rate-map", rate=rate)
    rows = page.locator("#rate-rows tbody tr")
    left = numbers(rows, "data-left")
    closed_form = [(1 - rate * 4) ** k * DISTANCE for k in range(7)]
    np.testing.assert_allclose(left, closed_form, rtol=1e-9)
    np.testing.assert_allclose(numbers(rows, "data-closed-form"), closed_form, rtol=1e-12)
    sizes = np.abs(left)
    growth = sizes[1:] / sizes[:-1]
    if goes == "nowhere":
        np.testing.assert_allclose(growth, 1, rtol=1e-9)
    else:
        assert ((growth > 1) == (goes == "away")).all()
    diverges = str(goes == "away").lower()
    expect(page.locator("#rate-verdict")).to_have_attribute("data-diverges", diverges)
    assert slot(page, "left", "left") == numbers(rows, "data-closed-form")[3]


def test_the_closed_form_goes_on_where_the_walk_has_no_more_digits(open_page: OpenPage) -> None:
    page = opened(open_page, "?k=30")
    answered(page, "#rate-map", rate=0.3)
    assert slot(page, "left", "left") == pytest.approx((1 - 0.3 * 4) ** 30 * DISTANCE, rel=1e-9)


@pytest.mark.parametrize(("rate", "momentum"), [(0.3, 0.5), (0.02, 0.9), (0.9, 0.9), (1.1, 0.9)])
def test_momentum_moves_the_limit_and_the_factors_are_eigenvalues(
    open_page: OpenPage, rate: float, momentum: float
) -> None:
    page = opened(open_page, f"?alpha={rate}&m={momentum}")
    answered(page, "#rate-map", momentum=momentum)
    limit = slot(page, "limit", "limit")
    assert limit == pytest.approx(2 * (1 + momentum) / 4, rel=1e-12)
    factors = numbers(page.locator("#rate-factors [data-factor]"), "data-factor")
    expected = [
        np.abs(np.linalg.eigvals([[1 + momentum - rate * curvature, -momentum], [1, 0]])).max()
        for curvature in (1, 4)
    ]
    np.testing.assert_allclose(factors, expected, rtol=1e-9)
    assert (max(expected) > 1) == (rate > limit)
    # The closed form is that of plain descent.
    expect(page.locator("#rate-left")).to_be_hidden()


def test_the_factor_of_plain_descent_says_the_side(open_page: OpenPage) -> None:
    page = opened(open_page)
    factors = page.locator("#rate-factors [data-factor]")
    # 1 - 0.3 * 1, 1 - 0.3 * 4
    np.testing.assert_allclose(numbers(factors, "data-factor"), [0.7, -0.2], rtol=1e-12)
    expect(factors.nth(1)).to_have_text("−0.2")


def test_the_curvature_sets_the_limit(open_page: OpenPage) -> None:
    page = opened(open_page)
    field(page, "#rate-controls", "Curvature λ₁").fill("8")
    answered(page, "#rate-map", curvatures=[8, 4])
    assert slot(page, "limit", "limit") == 2 / 8
    assert slot(page, "left", "d") == pytest.approx(-2.4 - 1, rel=1e-12)
    expect(page.locator("#rate-verdict")).to_have_attribute("data-diverges", "true")


def test_who_arrives_slowly_is_told_so(open_page: OpenPage) -> None:
    page = opened(open_page, "?alpha=0.3")
    verdict = page.locator("#rate-verdict")
    # 0.7^30 = 2e-5; 0.98^30 = 0.55 along the flattest
    expect(verdict).to_have_text(re.compile("it arrives\\.$"))
    field(page, "#rate-controls", "Rate α").fill("0.02")
    expect(verdict).to_have_text(re.compile("it arrives, slowly\\.$"))
    # 0.97^30 = 0.4, from side to side along the steepest
    field(page, "#rate-controls", "Rate α").fill("0.4925")
    expect(verdict).to_have_text(re.compile("it arrives, slowly\\.$"))
    field(page, "#rate-controls", "Rate α").fill("0.501")
    expect(verdict).to_contain_text("it flies off")


def test_the_closed_form_is_seen_where_it_holds_and_nothing_strikes_a_name_out(
    open_page: OpenPage,
) -> None:
    page = opened(open_page, "?k=2")
    plot = page.locator("#rate-plot svg")
    curves = plot.locator(".learn-curve")
    widths, colours = (
        curves.evaluate_all(f"(nodes) => nodes.map((node) => getComputedStyle(node).{name})")
        for name in ("strokeWidth", "stroke")
    )
    # The last, dashed, lies on the others: narrower, and in another colour.
    assert float(widths[2].removesuffix("px")) < float(widths[0].removesuffix("px"))
    assert colours[2] not in colours[:2]
    name = plot.get_by_text("distance").bounding_box()
    now = plot.locator(".rate-now").bounding_box()
    assert name
    assert now
    assert now["y"] >= name["y"] + name["height"]
    heading = page.locator("#rate-rows th", has_text="closed form")
    expect(heading).to_be_visible()
    field(page, "#rate-controls", "Momentum m").fill("0.5")
    expect(heading).to_be_hidden()
    expect(page.locator("#rate-rows tbody tr").first.locator("td")).to_have_count(2)


# The race


def test_how_the_race_ends_is_seen_once_it_was_guessed(open_page: OpenPage) -> None:
    page = opened(open_page, guess="")
    form = page.locator("form[data-prediction]").first
    assert form.get_attribute("data-prediction") == "race"
    assert page.evaluate(
        """document.querySelector("[data-prediction]").compareDocumentPosition(
            document.querySelector(".chapter-part")) & Node.DOCUMENT_POSITION_FOLLOWING"""
    )
    expect(page.locator("#crossed")).to_be_hidden()
    stepper = page.locator("#race-stepper .stepper")
    slider = stepper.get_by_role("slider")
    # It can be used, for as long as another is ahead.
    expect(stepper).to_have_attribute("data-step", "5")
    expect(slider).to_have_attribute("max", "5")
    losses = numbers(page.locator("#race-table tbody tr"), "data-loss")
    assert losses[2] > min(losses)
    slider.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(row(page, "full_gradient")).to_have_attribute("data-steps", "4")
    form.locator("input[value='one_at_a_time']").check()
    expect(form.locator(".prediction-verdict")).to_have_text("Not so.")
    expect(stepper).to_have_attribute("data-step", "60")
    losses = numbers(page.locator("#race-table tbody tr"), "data-loss")
    assert losses[2] == min(losses)
    expect(page.locator("#crossed")).to_be_visible()


def test_where_each_ended_is_seen_and_who_left_is_marked(open_page: OpenPage) -> None:
    page = opened(open_page)
    heads = page.locator("#race-map .surface-head")
    expect(heads).to_have_count(5)
    expect(heads.locator(".surface-left")).to_have_count(0)

    def seen(name: str) -> bool:
        """Whether its head, or its ring, is what is on top where it is."""
        return page.locator(f"#race-map .surface-head[data-name='{name}'] > *").evaluate(
            """(node) => {
                const { x, y, width, height } = node.getBoundingClientRect();
                const spots = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
                return spots.some(([across, down]) =>
                    document.elementFromPoint(x + across * width, y + down * height) === node);
            }"""
        )

    page.locator("#race-map").scroll_into_view_if_needed()
    assert all(seen(name) for name in ("full_gradient", "minibatch", "one_at_a_time"))
    # Above 2 / 4, along w_2: the full gradient's distance grows 1.4-fold a step.
    field(page, "#race-controls", "Rate α").fill("0.6")
    answered(page, "#race-map", rate=0.6)
    page.locator("#race-stepper").get_by_role("slider").focus()
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(row(page, "full_gradient")).to_have_attribute("data-steps", "4")
    at = json.loads(row(page, "full_gradient").get_attribute("data-at") or "[]")
    expected = LOWEST + (1 - 0.6 * np.array([1, 4])) ** 4 * (np.array([-2.4, 2]) - LOWEST)
    np.testing.assert_allclose(at, expected, rtol=1e-9)
    assert expected[1] > 3
    expect(row(page, "full_gradient")).to_contain_text("left the map")
    mark = page.locator("#race-map .surface-head[data-name='full_gradient'] .surface-left")
    box, surface = mark.bounding_box(), page.locator("#race-map svg").bounding_box()
    assert box
    assert surface
    assert surface["y"] <= box["y"] < surface["y"] + 12


@pytest.mark.parametrize("surface", ["bowl", "ripples"])
def test_against_the_gradient_it_is_steepest(open_page: OpenPage, surface: str) -> None:
    curvatures, ripple = {"bowl": ([1, 4], 0), "ripples": ([1, 1], 0.4)}[surface]
    start, rate = np.array([-1.3, 2.2]), 0.2
    page = opened(open_page, f"?surface={surface}&start=-1.3,2.2&rate={rate}&pass=1")

    def height(place: np.ndarray) -> float:
        d = place - LOWEST
        return float((np.array(curvatures) * d**2 / 2 + ripple * (1 - np.cos(6 * d))).sum())

    finite = [(height(start + e) - height(start - e)) / 2e-6 for e in np.eye(2) * 1e-6]
    shown = [numbers(page.locator(f"#gradient-{axis}"), "data-value")[0] for axis in (1, 2)]
    np.testing.assert_allclose(shown, finite, rtol=1e-6)
    labels = page.locator("#directions text")
    angles = np.array(numbers(labels, "data-angle"))
    np.testing.assert_allclose(angles, np.arange(8) * np.pi / 4)
    expected = [
        height(start + 0.01 * np.array([np.cos(angle), np.sin(angle)])) - height(start)
        for angle in angles
    ]
    changes = numbers(labels, "data-change")
    np.testing.assert_allclose(changes, expected, rtol=1e-9, atol=1e-12)
    (steepest,) = numbers(page.locator("#steepest"), "data-value")
    # No direction at all is steeper, but for what the surface bends over the step.
    around = np.linspace(0, 2 * np.pi, 721)
    ways = 0.01 * np.stack([np.cos(around), np.sin(around)], axis=1)
    assert steepest == pytest.approx(
        min(height(start + way) - height(start) for way in ways), rel=0.02
    )
    assert steepest <= min(changes)
    # The first step that the full gradient took.
    at = json.loads(row(page, "full_gradient").get_attribute("data-at") or "[]")
    np.testing.assert_allclose([slot(page, f"first{axis}", "to") for axis in (1, 2)], at, rtol=1e-9)
    turn = re.search(
        r"rotate\((.*)\)", page.locator("#race-map .surface-arrow").get_attribute("transform") or ""
    )
    assert turn
    # On the screen w_2 grows upwards.
    assert -float(turn[1]) == pytest.approx(math.degrees(math.atan2(shown[1], shown[0])), abs=0.01)


def test_in_a_dip_a_large_rate_swings(open_page: OpenPage) -> None:
    page = opened(open_page, "?surface=ripples&rate=0.15")
    # Of the lowest dip: L'' = lambda + h q^2 there.
    assert slot(page, "dip", "limit") == pytest.approx(2 / (1 + 0.4 * 36), rel=1e-12)
    said = page.locator("#race-dip-said")

    def latest_step(rate: float) -> float:
        place = before = np.array([-2.4, 2])
        for _ in range(60):
            d, before = place - LOWEST, place
            place = place - rate * (d + 2.4 * np.sin(6 * d))
        return float(np.hypot(*(place - before)))

    expect(said).to_contain_text("still swings")
    assert numbers(said, "data-moved") == [pytest.approx(latest_step(0.15), rel=1e-6)]
    field(page, "#race-controls", "Rate α").fill("0.1")
    answered(page, "#race-map", rate=0.1)
    expect(said).to_contain_text("come to rest")
    assert numbers(said, "data-moved") == [pytest.approx(latest_step(0.1), abs=1e-9)]
    assert page.locator("#race-dip a").get_attribute("href") == "#rate"
    page.locator("#race-controls input[value='bowl']").check()
    expect(page.locator("#race-dip")).to_be_hidden()


def test_all_look_as_often_and_on_the_bowl_the_exact_slope_ends_lowest(
    open_page: OpenPage,
) -> None:
    page = opened(open_page)
    rows = page.locator("#race-table tbody tr")
    assert numbers(rows, "data-looks") == [960] * 5
    losses = dict(
        zip(
            [each.get_attribute("data-searcher") for each in rows.all()],
            numbers(rows, "data-loss"),
            strict=True,
        )
    )
    assert losses["full_gradient"] < losses["minibatch"] < losses["one_at_a_time"]
    assert losses["full_gradient"] == min(losses.values())
    # In closed form, from (-2.4, 2): 60 steps of rate 0.15.
    left = (1 - 0.15 * np.array([1, 4])) ** 60 * (np.array([-2.4, 2]) - LOWEST)
    expected = (np.array([1, 4]) * left**2 / 2).sum()
    assert losses["full_gradient"] == pytest.approx(expected, rel=1e-6)


def test_the_start_can_be_dragged_clicked_typed_and_moved_by_key(open_page: OpenPage) -> None:
    page = opened(open_page)
    handle = page.get_by_role("slider", name="Start of the race")
    surface = page.locator("#race-map svg")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    assert box

    def at(w1: float, w2: float) -> tuple[float, float]:
        across, down = (w1 + 3) / 6, (3 - w2) / 6
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def start() -> list[float]:
        answered(page, "#race-map")
        return json.loads(row(page, "full_gradient").get_attribute("data-at") or "[]")

    page.mouse.move(*at(-2.4, 2))
    page.mouse.down()
    page.mouse.move(*at(-1, 1), steps=5)
    page.mouse.move(*at(2, -2), steps=5)
    page.mouse.up()
    now = [float(handle.get_attribute("aria-valuenow") or "nan")]
    assert now == pytest.approx([2], abs=0.03)
    page.mouse.click(*at(-2, -1))
    expect(field(page, "#race-controls", "Start w₁")).to_have_value(re.compile(r"^-(2|1\.9)"))
    field(page, "#race-controls", "Start w₁").fill("-1")
    field(page, "#race-controls", "Start w₂").fill("2.5")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    answered(page, "#race-map", start=[-0.9, 1.5])
    assert "start=-0.9%2C1.5" in page.url
    page.locator("#race-stepper").get_by_role("button", name="Reset").click()
    assert start() == [-0.9, 1.5]
    assert float(row(page, "full_gradient").get_attribute("data-loss") or "nan") == pytest.approx(
        1.9**2 / 2 + 4 * 1**2 / 2, rel=1e-12
    )
    assert slot(page, "height", "loss") == pytest.approx(1.9**2 / 2 + 4 * 1**2 / 2, rel=1e-12)


def test_noise_crosses_the_ripples_in_which_the_full_gradient_stays(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.locator("#race-controls input[value='ripples']").check()
    answered(page, "#race-map", ripple=0.4)
    for _ in range(3):
        at = {
            name: json.loads(row(page, name).get_attribute("data-at") or "[]")
            for name in ("full_gradient", "one_at_a_time")
        }
        inside = {name: np.abs(np.array(place) - LOWEST).max() for name, place in at.items()}
        assert inside["one_at_a_time"] < math.pi / 6 < inside["full_gradient"]
        expect(row(page, "one_at_a_time")).to_contain_text("lowest dip")
        expect(row(page, "full_gradient")).to_contain_text("another dip")
        seed = int((page.locator(".race-luck .figure").text_content() or "").split()[-1])
        page.get_by_role("button", name="Other luck").click()
        answered(page, "#race-map", seed=seed + 1)
    counted = page.locator("#crossed")
    # tests/models/lessons/test_race_lesson.py counts them.
    assert (counted.get_attribute("data-full"), counted.get_attribute("data-one")) == ("0", "20")
    # Noise does not get there by itself.
    field(page, "#race-controls", "Rate α").fill("0.1")
    answered(page, "#race-map", rate=0.1)
    expect(row(page, "one_at_a_time")).to_contain_text("another dip")
    expect(page.locator("#crossed-slower")).to_have_attribute("data-one", "0")


def test_the_race_is_stepped_back_and_forth(open_page: OpenPage) -> None:
    page = opened(open_page)
    stepper = page.locator("#race-stepper .stepper")
    stepper.get_by_role("button", name="Reset").click()
    assert numbers(page.locator("#race-table tbody tr"), "data-steps") == [0] * 5
    # sqrt(3.4^2 + 1.5^2) = 3.7162
    expect(row(page, "full_gradient")).to_contain_text("3.716 away")
    stepper.get_by_role("button", name="Step", exact=True).click()
    # A search has looked at its start and at one trial, and those took two passes.
    assert numbers(page.locator("#race-table tbody tr"), "data-steps") == [0, 0, 1, 4, 16]
    stepper.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    assert numbers(page.locator("#race-table tbody tr"), "data-steps") == [1, 1, 2, 8, 32]
    assert "pass=2" in page.url
    page.reload()
    expect(row(page, "one_at_a_time")).to_have_attribute("data-steps", "32")


def test_who_asked_for_less_motion_goes_to_the_end_at_once(open_page: OpenPage) -> None:
    page = opened(open_page, "?pass=0")
    stepper = page.locator("#race-stepper .stepper")
    stepper.get_by_role("button", name="To the end").click()
    expect(stepper).to_have_attribute("data-state", "still")
    expect(stepper).to_have_attribute("data-step", "60")


def test_others_see_it_play_and_can_pause(open_page: OpenPage) -> None:
    page = opened(open_page, "?pass=0", reduced_motion="no-preference")
    stepper = page.locator("#race-stepper .stepper")
    stepper.get_by_role("button", name="Play").click()
    expect(stepper).to_have_attribute("data-step", re.compile("^([3-9]|[1-9][0-9])$"))
    stepper.get_by_role("button", name="Pause").click()
    expect(stepper).to_have_attribute("data-state", "still")
    step = stepper.get_attribute("data-step")
    looks = numbers(row(page, "one_at_a_time"), "data-looks")
    assert looks == [16 * int(step or "nan")]
    assert f"pass={step}" in page.url


def test_lines_of_the_map_are_lines_of_one_height(open_page: OpenPage) -> None:
    page = opened(open_page)
    side = page.locator("#race-map svg").evaluate("(node) => node.viewBox.baseVal.width")
    lines = page.locator("#race-map .surface-contours path").all()
    assert len(lines) == 14
    heights = []
    for line in lines[:10]:
        points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", line.get_attribute("d") or "")
        px = np.array(points, dtype=float)
        assert len(px) > 10
        w = np.stack([px[:, 0] / side * 6 - 3, 3 - px[:, 1] / side * 6], axis=1) - LOWEST
        loss = w[:, 0] ** 2 / 2 + 2 * w[:, 1] ** 2
        # Within a cell, a tenth wide, the line is straight and the bowl is not.
        assert np.ptp(loss) < 0.12
        heights.append(loss.mean())
    assert heights == sorted(heights)


# The loop


def made(page: Page) -> tuple[str, list[float]]:
    node = page.locator("#loop-made")
    return node.get_attribute("data-word") or "", json.loads(node.get_attribute("data-value") or "")


def step_line(page: Page) -> tuple[str, list[float]]:
    page.locator("#loop-stepper").get_by_role("button", name="Step", exact=True).click()
    return made(page)


def test_the_loop_of_descent_does_what_its_lines_say(open_page: OpenPage) -> None:
    page = opened(open_page, "?loop=minibatch&momentum=0.9")
    answered(page, "#race-map", momentum=0.9)
    lit = page.locator("#loop-code .is-now")
    assert made(page) == ("w", [-2.4, 2])
    expect(lit).to_have_text("w ← start")
    w, velocity = np.array([-2.4, 2]), np.zeros(2)
    for _ in range(5):
        name, batch = step_line(page)
        assert name == "batch"
        assert len(set(batch)) == 4
        name, gradient = step_line(page)
        assert name == "g"
        expect(lit).to_have_text(re.compile("g ← mean of ∂L/∂w over batch"))
        name, rolled = step_line(page)
        assert name == "v"
        velocity = 0.9 * velocity + np.array(gradient)
        np.testing.assert_allclose(rolled, velocity, rtol=1e-12)
        name, after = step_line(page)
        assert name == "w"
        expect(lit).to_have_text(re.compile("w ← w − α · v"))
        w = w - 0.15 * velocity
        np.testing.assert_allclose(after, w, rtol=1e-9)


@pytest.mark.parametrize("name", ["random_search", "local_search"])
def test_the_loop_of_a_search_keeps_what_is_better_alone(open_page: OpenPage, name: str) -> None:
    page = opened(open_page, f"?loop={name}")

    def height(place: list[float]) -> float:
        d = np.array(place) - LOWEST
        return float(d[0] ** 2 / 2 + 2 * d[1] ** 2)

    word, w = made(page)
    verdicts = set()
    word, value = step_line(page)
    for _ in range(15):
        assert word == "t"
        trial = value
        word, value = step_line(page)
        assert word == "L(t)"
        assert value == pytest.approx(height(trial), rel=1e-12)
        is_better = height(trial) < height(w)
        verdicts.add(is_better)
        word, value = step_line(page)
        assert (word == "w") == is_better
        if is_better:
            assert value == trial
            w = value
            word, value = step_line(page)
    assert verdicts == {True, False}


def test_on_a_phone_the_map_of_the_loop_stands_above_its_buttons(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.set_viewport_size({"width": 390, "height": 844})
    tops = [
        page.locator(place).evaluate("(node) => node.getBoundingClientRect().top")
        for place in ("#loop-code", "#loop-map", "#loop-stepper")
    ]
    assert tops == sorted(tops)
    bottom = page.locator("#loop-stepper").evaluate("(node) => node.getBoundingClientRect().bottom")
    assert bottom - tops[0] < 844


# The digits


def test_on_digits_the_order_is_another_and_every_gradient_beats_every_guess(
    open_page: OpenPage,
) -> None:
    page = opened(open_page)
    expect(page.locator("#digits-plot")).to_be_hidden()
    page.locator("[data-prediction='digits'] input[value='full_gradient']").check()
    expect(page.locator("#digits-run [data-state=done]")).to_be_visible()
    rows = page.locator("#digits-table tbody tr")
    assert [each.get_attribute("data-searcher") for each in rows.all()] == [
        "one_at_a_time",
        "minibatch",
        "full_gradient",
        "local_search",
        "random_search",
    ]
    losses = numbers(rows, "data-loss")
    assert losses == sorted(losses)
    assert losses[-1] < math.log(10)
    expect(page.locator("#digits-said")).to_be_visible()
    assert numbers(rows, "data-looks") == [20_000] * 5
    # As measured, of all five.
    (seconds,) = numbers(page.locator("#digits-run output"), "data-seconds")
    cells = rows.locator("td:nth-of-type(2)").all_text_contents()
    assert seconds == pytest.approx(sum(float(each) for each in cells), rel=0.01)
    expect(page.locator("#digits-run output")).to_contain_text(f"{seconds:.1f} seconds")
    accuracy = numbers(rows, "data-accuracy")
    # Half of all new digits, against one in ten by chance.
    assert min(accuracy[:3]) > 0.5 > max(accuracy[3:])
    for across, label in (("steps", "steps"), ("seconds", "seconds of computing")):
        page.locator(f"#digits-across input[value='{across}']").check()
        expect(page.locator("#digits-plot")).to_contain_text(label)
        assert f"across={across}" in page.url


def test_a_race_on_digits_can_be_stopped(open_page: OpenPage) -> None:
    # By rules that no other test has: the server keeps what it has raced.
    page = opened(open_page, "?embed=1&digits_rate=0.061")
    button = page.locator("#digits-run button")
    expect(page.locator("#digits-table")).to_be_visible()
    expect(page.locator("#digits-said")).to_be_hidden()
    button.click()
    expect(button).to_have_text("Stop")
    button.click()
    expect(page.locator("#digits-run output")).to_have_text("Stopped.")
    expect(button).to_have_text(re.compile("^Race"))
    # Of a race that was not run to its end nothing is told.
    expect(page.locator("#digits-said")).to_be_hidden()


def test_a_race_on_digits_that_breaks_off_says_so(open_page: OpenPage) -> None:
    page = opened(open_page, "?embed=1&digits_rate=0.062", routed=True)
    # As much of an answer as a server gives that stops in the middle of it.
    history = {"steps": [0], "evaluations": [0], "seconds": [0], "losses": [2.3], "diverged": False}
    names = [each.get_attribute("data-searcher") for each in page.locator("#digits-table tr").all()]
    so_far = {"examples": 1000, "searchers": dict.fromkeys(filter(None, names), history)}
    page.route(
        "**/learn/race",
        lambda route: route.fulfill(
            content_type="text/event-stream",
            body=f"event: progress\ndata: {json.dumps(so_far)}\n\n",
        ),
    )
    button = page.locator("#digits-run button")
    button.click()
    expect(page.locator("#digits-run output")).to_have_text(re.compile("^Broken off"))
    expect(button).to_have_text(re.compile("^Race"))


@pytest.mark.parametrize("rate", [0.01, 1])
def test_one_step_on_ones_own_digit_is_that_of_the_closed_form(
    open_page: OpenPage, rate: float
) -> None:
    page = opened(open_page, f"?own_rate={rate}")
    expect(page.locator("[data-own='one-step']")).to_be_visible()
    link = page.locator("#own-links a").first.get_attribute("href") or ""
    image = re.search("image=([^&]+)", link)
    assert image
    answer = page.request.get(
        f"{page.url.split('/learn')[0]}/api/v1/models/softmax.mnist5k/input"
        f"?image={image[1]}&format=npy"
    )
    pixels = np.load(io.BytesIO(answer.body())).astype(np.float64)
    square = float((pixels**2).sum())
    assert slot(page, "step", "square") == pytest.approx(square, rel=1e-9)
    losses = {
        name: float(page.locator(f"[data-own='{name}']").get_attribute("data-loss") or "nan")
        for name in ("before", "one-step", "local_search", "random_search")
    }
    assert losses["before"] == pytest.approx(math.log(10), rel=1e-12)
    # One example, from zeros: the right score ends rate (|x|^2 + 1) above the nine others.
    expected = math.log1p(9 * math.exp(-rate * (square + 1)))
    assert losses["one-step"] == pytest.approx(expected, rel=1e-9, abs=0)
    assert slot(page, "step", "loss") == losses["one-step"] > 0
    assert losses["one-step"] < min(losses["local_search"], losses["random_search"])


def test_of_a_cleared_pad_nothing_is_said(open_page: OpenPage) -> None:
    page = opened(open_page)
    expect(page.locator("[data-own='one-step']")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    # Nor when something else is changed.
    page.locator("#own-controls input[value='3']").check()
    expect(page.locator("#own-results")).to_contain_text("Nothing is drawn.")
    expect(page.locator("[data-own]")).to_have_count(0)
    expect(page.locator("#own-links a")).to_have_count(0)
    assert math.isnan(slot(page, "step", "loss"))
    page.get_by_role("button", name="Put a 2 there").click()
    expect(page.locator("[data-own='one-step']")).to_be_visible()
    assert slot(page, "step", "loss") > 0
    expect(page.locator("#own-links a")).to_have_count(2)


def test_ways_to_the_training_page_name_its_searches(open_page: OpenPage) -> None:
    page = opened(open_page)
    for name in ("random-search", "random-local-search", "gradient-descent"):
        expect(page.locator(f"a[href$='train?optimiser={name}']")).to_be_visible()
