"""Chapter 3: a network's scores dragged, tempered, shifted, and what softmax makes of them."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from opening import Complaints, OpenPage
from playwright.sync_api import Locator, Page, expect
from scipy import special

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
PHOTOGRAPHS = "efficientnet_lite0.imagenet1k"
DIGITS = "lenet5.mnist5k"
PICTURE = "example-chelsea"
GUESSED = "guess=gap:e"
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def opened(open_page: OpenPage, query: str = "", **options) -> Page:
    page = open_page(f"/learn/scores?{GUESSED}&image={PICTURE}{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    settled(page)
    return page


def settled(page: Page) -> None:
    expect(page.locator("#score-board .score-row").first).to_be_visible()
    expect(
        page.locator("#score-board[data-stale], #temperature-figures[data-stale]")
    ).to_have_count(0)


def value(place: Locator) -> float:
    return float(place.get_attribute("data-value") or "nan")


def values(page: Page, cell: str) -> list[float]:
    """Of the classes that have a bar, in the order of the rows."""
    rows = page.locator(f"#score-board .score-row:not(.is-rest) [data-cell='{cell}']")
    return [value(each) for each in rows.all()]


def scores_of(page: Page) -> list[float]:
    return [value(each) for each in page.locator("#score-board .bar-track").all()]


def slot(page: Page, formula: str, name: str) -> float:
    place = page.locator(f"[data-formula='scores.{formula}'] [data-slot='{name}']").first
    return value(place)


def logits_of(ask: Ask, model: str) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """All of them, the largest first, and what the microscope says of each class."""
    count = 1000 if model == PHOTOGRAPHS else 10
    classes = ask(f"/models/{model}/predictions?image={PICTURE}&top={count}")["classes"]
    return np.array([each["logit"] for each in classes]), classes


def assert_shares(page: Page, logits: np.ndarray, temperature: float = 1) -> None:
    """What the page shows of these scores is what scipy makes of them; ten have a bar."""
    tempered = logits / temperature
    expected = special.softmax(tempered)
    bars = min(10, len(logits))
    assert values(page, "share") == pytest.approx(list(expected[:bars]), rel=1e-9, abs=1e-12)
    assert values(page, "sigmoid") == pytest.approx(
        list(special.expit(tempered[:bars])), rel=1e-12, abs=1e-12
    )
    assert values(page, "power") == pytest.approx(list(np.exp(tempered[:bars])), rel=1e-9)
    log_sum = float(page.locator("#score-board").get_attribute("data-log-sum") or "nan")
    assert log_sum == pytest.approx(special.logsumexp(tempered), rel=1e-12)
    if len(logits) > bars:
        rest = page.locator("#score-board .is-rest")
        assert value(rest.locator("[data-cell='share']")) == pytest.approx(
            expected[bars:].sum(), rel=1e-9
        )


def test_probabilities_are_those_of_the_microscope(open_page: OpenPage, ask: Ask) -> None:
    page = opened(open_page)
    logits, classes = logits_of(ask, PHOTOGRAPHS)
    assert values(page, "share") == pytest.approx([each["probability"] for each in classes[:10]])
    assert values(page, "sigmoid") == pytest.approx([each["sigmoid"] for each in classes[:10]])
    assert_shares(page, logits)
    expect(page.locator("#score-words")).to_contain_text("the probabilities of the microscope")
    # The other 990 weigh as much as one class of this score.
    rest = page.locator("#score-board .is-rest")
    expect(rest).to_contain_text("990 others, together")
    assert value(rest.locator(".rest-score")) == pytest.approx(special.logsumexp(logits[10:]))
    terms = page.locator("#score-sum .sum-term")
    expect(terms).to_have_count(11)
    total = value(page.locator("#score-sum .sum-total"))
    assert sum(value(term) for term in terms.all()) == pytest.approx(total, rel=1e-12)
    assert total == pytest.approx(np.exp(logits).sum())
    assert slot(page, "softmax", "share") == pytest.approx(classes[0]["probability"])


def test_a_gap_of_1_is_a_factor_of_e_whatever_the_rest(open_page: OpenPage, ask: Ask) -> None:
    page = opened(open_page, f"&model={DIGITS}")
    logits, classes = logits_of(ask, DIGITS)
    page.get_by_role("button", name="Make the gap 1").click()
    logits[0] = logits[1] + 1
    assert_shares(page, logits)
    words = page.locator("#gap-words")
    expect(words).to_contain_text("So it is e, or 2.718 times as probable")
    assert slot(page, "gap", "ratio") == pytest.approx(math.e, rel=1e-12)
    # Another one by hand, far up: both shares fall, their quotient stays.
    shares = values(page, "share")
    bar = page.get_by_role("slider", name=f"Score of {classes[4]['label']}", exact=True)
    # Not beneath what stays at the top of the page.
    bar.evaluate("(bar) => bar.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = bar.bounding_box()
    assert box is not None
    low, high = (float(bar.get_attribute(f"aria-value{end}") or "nan") for end in ("min", "max"))
    at = (value(bar) - low) / (high - low)
    page.mouse.move(box["x"] + at * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    logits[4] = value(bar)
    assert logits[4] == pytest.approx(low + 0.95 * (high - low), abs=0.11)
    assert_shares(page, logits)
    fallen = values(page, "share")
    assert fallen[0] < shares[0] / 10
    assert fallen[0] / fallen[1] == pytest.approx(math.e, rel=1e-9)
    expect(words).to_contain_text("2.718 times")
    # The share of the first among two is the sigmoid of the gap: 1 / (1 + 1/e).
    assert slot(page, "two", "share") == pytest.approx(special.expit(1), rel=1e-12)
    # Typed, and by key; then all comes back with the address.
    first = page.get_by_role("spinbutton", name=f"Score of {classes[0]['label']}", exact=True)
    first.fill("7.25")
    page.keyboard.press("ArrowUp")
    logits[0] = 7.35
    assert_shares(page, logits)
    expect(page).to_have_url(re.compile("moved="))
    page.reload()
    settled(page)
    assert scores_of(page) == pytest.approx(list(logits), abs=1e-6)
    page.get_by_role("button", name="Reset to the network’s").click()
    assert_shares(page, logits_of(ask, DIGITS)[0])
    assert "moved=" not in page.url


def test_two_others_are_compared_or_exchanged(open_page: OpenPage, ask: Ask) -> None:
    page = opened(open_page, f"&model={DIGITS}")
    logits, classes = logits_of(ask, DIGITS)
    one, other = page.get_by_label("How much more probable is"), page.get_by_label("than")
    one.select_option(str(classes[6]["index"]))
    other.select_option(str(classes[3]["index"]))
    assert slot(page, "gap", "ratio") == pytest.approx(np.exp(logits[6] - logits[3]))
    expect(page.locator("#gap-words")).to_contain_text("below")
    one.select_option(str(classes[3]["index"]))
    expect(other).to_have_value(str(classes[6]["index"]))
    assert slot(page, "gap", "ratio") == pytest.approx(np.exp(logits[3] - logits[6]))


def test_a_constant_changes_every_sigmoid_and_no_softmax(open_page: OpenPage, ask: Ask) -> None:
    page = opened(open_page)
    logits, _ = logits_of(ask, PHOTOGRAPHS)
    before, sigmoids = values(page, "share"), values(page, "sigmoid")
    page.get_by_role("spinbutton", name="Added to every score").fill("-6.5")
    expect(page.locator("#score-words")).to_contain_text("changes no softmax, but every sigmoid")
    assert_shares(page, logits - 6.5)
    assert values(page, "share") == pytest.approx(before, rel=1e-12)
    assert all(now < then for now, then in zip(values(page, "sigmoid"), sigmoids, strict=True))


def test_temperature_goes_from_the_argmax_to_one_in_c(open_page: OpenPage, ask: Ask) -> None:
    page = opened(open_page)
    logits, _ = logits_of(ask, PHOTOGRAPHS)
    field = page.get_by_role("spinbutton", name="Temperature T")
    for temperature in (0.1, 10, 2.5):
        field.fill(str(temperature))
        expect(page).to_have_url(re.compile(f"temperature={temperature}"))
        settled(page)
        assert_shares(page, logits, temperature)
    figures = page.locator("#temperature-figures")
    cold, hot = (float(figures.get_attribute(f"data-{end}") or "nan") for end in ("cold", "hot"))
    assert cold == pytest.approx(special.softmax(logits / 0.01)[0], rel=1e-9)
    assert cold > 0.9999
    assert hot == pytest.approx(special.softmax(logits / 100)[0], rel=1e-9)
    assert hot == pytest.approx(1 / 1000, rel=0.15)


def test_both_shares_go_from_0_to_1(open_page: OpenPage, ask: Ask) -> None:
    page = opened(open_page, f"&model={DIGITS}")
    logits, _ = logits_of(ask, DIGITS)
    point = page.get_by_role("slider", name="Score on the curve")
    point.focus()
    page.keyboard.press("Shift+ArrowRight")
    logits[0] = scores_of(page)[0]
    assert_shares(page, logits)
    # Softmax of one class is a sigmoid too, moved by what the others add up to.
    assert slot(page, "alone", "beside") == pytest.approx(special.logsumexp(logits[1:]))
    assert slot(page, "alone", "share") == pytest.approx(special.softmax(logits)[0])
    assert slot(page, "sigmoid", "share") == pytest.approx(special.expit(logits[0]))
    for name, end in (("Score −1,000", 0), ("Score +1,000", 1)):
        page.get_by_role("button", name=name).click()
        assert values(page, "share")[0] == end
        assert values(page, "sigmoid")[0] == end
        expect(page.locator("#limits-words")).to_contain_text(f"comes near {end} and never there")
    # e^1000 is beyond every float: what is left without it still adds up, e^0 / 1.
    assert slot(page, "softmax", "power") == 1
    assert slot(page, "softmax", "sum") == 1
    gap = (1000 - logits[1]) / math.log(10)
    expect(page.locator("#gap-words")).to_contain_text(
        f"{10 ** (gap % 1):.2f}·10{str(int(gap)).translate(RAISED)} times as probable"
    )
    expect(page.locator("#gap-sides")).to_be_hidden()
    expect(page.locator("#score-sum-note")).to_contain_text("the largest, 1000, is taken off")
    expect(page.locator("#score-sum .sum-total sup")).to_have_text("434")


def test_a_phone_shows_five_classes_and_scrolls_down_alone(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("spinbutton", name="Temperature T").fill("0.1")
    settled(page)
    # Powers of ten stand in the table of gaps: it scrolls by itself.
    expect(page.locator("#gap-table")).to_contain_text("2.69·10⁴³")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sliders = page.locator("#score-board").get_by_role("slider")
    expect(sliders).to_have_count(5)
    page.get_by_role("button", name="5 more classes").click()
    expect(sliders).to_have_count(10)
    expect(sliders.nth(5)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("moved="))
    page.reload()
    settled(page)
    expect(sliders).to_have_count(10)


def test_what_fails_is_said_and_old_numbers_are_greyed(
    open_page: OpenPage, complaints: Complaints
) -> None:
    page = opened(open_page, routed=True)
    complaints.expect("ERR_FAILED .*/learn/scores")
    page.route("**/learn/scores", lambda route: route.abort())
    page.get_by_role("spinbutton", name="Temperature T").fill("3")
    expect(page.locator("#score-board")).to_have_attribute("data-stale", "")
    expect(page.locator("#chapter-problem")).to_be_in_viewport()
    page.unroute("**/learn/scores")
    page.get_by_role("spinbutton", name="Temperature T").fill("2")
    settled(page)
    expect(page.locator("#chapter-problem")).to_be_hidden()


def test_arithmetic_of_the_page_is_that_of_scipy(open_page: OpenPage) -> None:
    page = opened(open_page)
    generator = np.random.default_rng(5)
    cases = [
        *(generator.normal(0, spread, 10).tolist() for spread in (1, 10, 100)),
        [1000.0, -1000.0, 0.0],
        [1e-300, -1e-300, 1e-12],
        [-745.0, -746.0],
        [3.0],
    ]
    cases += [
        (np.array(case) / temperature).tolist() for case in cases for temperature in (0.1, 10)
    ]
    found = page.evaluate(
        """async (cases) => {
            const script = document.querySelector("script[type=module]").src;
            const { softmax, sigmoid } = await import(new URL("./arithmetic.js", script));
            return cases.map((each) =>
                [softmax(each), softmax(each.slice(1), each[0]), each.map(sigmoid)]);
        }""",
        [case for case in cases if len(case) > 1],
    )
    for case, (whole, split, sigmoids) in zip(
        [case for case in cases if len(case) > 1], found, strict=True
    ):
        expected = special.softmax(case)
        assert whole["shares"] == pytest.approx(list(expected), rel=1e-12, abs=1e-12)
        assert whole["log_sum"] == pytest.approx(special.logsumexp(case), rel=1e-12, abs=1e-12)
        # One of them as the sum of all others.
        assert split["rest_share"] == pytest.approx(expected[0], rel=1e-12, abs=1e-12)
        assert split["shares"] == pytest.approx(list(expected[1:]), rel=1e-12, abs=1e-12)
        assert sigmoids == pytest.approx(list(special.expit(case)), rel=1e-12, abs=1e-12)
