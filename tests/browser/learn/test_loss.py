"""Chapter 4: five confidences, a thousand, two distributions, and one's own picture."""

import math
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from opening import Complaints, OpenPage
from playwright.sync_api import Locator, Page, expect
from scipy import special, stats

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
NOTES = [0.70, 0.80, 0.60, 0.30, 0.40]
EVENTS = ("cat", "dog", "fox", "hen")


def opened(open_page: OpenPage, query: str = "", **options) -> Page:
    page = open_page(f"/learn/loss{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    return page


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"[data-figure='{name}']")


def value(place: Locator) -> float:
    text = place.get_attribute("data-value")
    assert text is not None
    return float(text)


def bar(page: Page, label: str) -> Locator:
    return page.get_by_role("slider", name=label, exact=True)


def answer_to(page: Page, number: int) -> Locator:
    return bar(page, f"Confidence in the right answer to picture {number}")


def confidences(page: Page) -> list[float]:
    return [value(answer_to(page, number)) for number in range(1, 6)]


def shares(page: Page, label: str) -> list[float]:
    return [value(bar(page, f"{label} {event}")) for event in EVENTS]


def drag(page: Page, track: Locator, share: float, *, steps: int = 8) -> None:
    """To a share of the track's height, from where the bar ends now."""
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    across = box["x"] + box["width"] / 2
    page.mouse.move(across, box["y"] + (1 - value(track)) * box["height"])
    page.mouse.down()
    page.mouse.move(across, box["y"] + (1 - share) * box["height"], steps=steps)
    page.mouse.up()


def assert_together(page: Page) -> None:
    """Product, mean, logarithm and loss are those of the confidences that the bars show."""
    five = confidences(page)
    assert value(figure(page, "product")) == pytest.approx(np.prod(five), rel=1e-12)
    assert value(figure(page, "mean")) == pytest.approx(stats.gmean(five), rel=1e-12)
    assert value(figure(page, "plain")) == pytest.approx(np.mean(five), rel=1e-12)
    loss = -np.log(five).mean()
    assert value(figure(page, "loss")) == pytest.approx(loss, rel=1e-12)
    assert value(figure(page, "logarithm")) == pytest.approx(-loss, rel=1e-12)
    assert value(figure(page, "bits")) == pytest.approx(-np.log2(five).mean(), rel=1e-12)
    costs = page.locator(".board .bar-column:not(.is-summary) .is-cost")
    assert [value(cost) for cost in costs.all()] == pytest.approx(list(-np.log(five)), rel=1e-12)


def test_five_answers_of_the_notes(open_page: OpenPage) -> None:
    page = opened(open_page)
    assert confidences(page) == NOTES
    assert_together(page)
    for name, text in {
        "product": "0.04032",
        "plain": "0.56",
        "mean": "0.5261",
        "loss": "0.6422",
        "bits": "0.9265",
        "logarithm": "−0.6422",
    }.items():
        expect(figure(page, name)).to_have_text(text)
    # 0.7 * 0.8 = 0.56 and so on, by hand.
    so_far = page.locator(".board .bar-column:not(.is-summary) .is-product")
    expect(so_far).to_have_text(["0.7000", "0.5600", "0.3360", "0.1008", "0.04032"])
    slopes = page.locator(".is-slope")
    assert [value(slope) for slope in slopes.all()] == pytest.approx(
        [-0.06, -0.04, -0.08, -0.14, -0.12]
    )


def test_all_move_together_under_the_hand(open_page: OpenPage) -> None:
    page = opened(open_page)
    drag(page, answer_to(page, 5), 0.9)
    five = confidences(page)
    assert five[:4] == NOTES[:4]
    assert five[4] == pytest.approx(0.9, abs=0.011)
    assert_together(page)
    expect(page.locator(".is-slope").last).to_have_text(f"−{(1 - five[4]) / 5:.4g}")
    line = page.locator(".mean-line").first.evaluate("(line) => line.style.cssText")
    assert float(line.split("--at:")[1].strip(" %;")) / 100 == pytest.approx(stats.gmean(five))
    expect(page).to_have_url(re.compile(r"five=0\.7%2C0\.8%2C0\.6%2C0\.3%2C0\.9"))
    page.reload()
    expect(page.locator("main[data-ready]")).to_be_attached()
    assert confidences(page) == five


def test_a_hand_that_does_not_rest_is_followed(open_page: OpenPage) -> None:
    """Browsers complain of more than 200 changes of the address in ten seconds."""
    page = opened(open_page)
    for share in (0.1, 0.9, 0.1, 0.9):
        drag(page, answer_to(page, 1), share, steps=100)
    assert_together(page)
    first = confidences(page)[0]
    assert first == pytest.approx(0.9, abs=0.011)
    expect(page).to_have_url(re.compile(rf"five={first}%2C0\.8%2C0\.6"))


def test_what_was_set_is_in_the_address_at_once(open_page: OpenPage) -> None:
    page = opened(open_page)
    written = answer_to(page, 2).evaluate(
        """(bar) => {
            bar.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
            return new URLSearchParams(location.search).get("five");
        }"""
    )
    assert written == "0.7,1,0.6,0.3,0.4"


def test_the_worst_is_zero_and_not_one_in_c(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.get_by_role("button", name="One at 0.001").click()
    assert confidences(page) == [0.7, 0.8, 0.6, 0.3, 0.001]
    assert_together(page)
    assert value(page.locator(".is-cost").nth(4)) > math.log(10)
    expect(page.locator("#board-verdict")).to_contain_text("picture 5 alone is worse")
    # By key alone, to the floor.
    answer_to(page, 5).focus()
    page.keyboard.press("Home")
    expect(figure(page, "mean")).to_have_text("0")
    expect(figure(page, "product")).to_have_text("0")
    expect(figure(page, "loss")).to_have_text("∞")
    expect(page.locator("#board-verdict")).to_contain_text("the geometric mean is 0")
    page.keyboard.press("ArrowUp")
    assert confidences(page)[4] == 0.01
    page.keyboard.press("End")
    assert confidences(page)[4] == 1
    assert_together(page)
    # Four as bad as that are worse than a guess.
    for number in range(1, 5):
        page.get_by_role(
            "spinbutton", name=f"Confidence in the right answer to picture {number}"
        ).fill("0.002")
    assert_together(page)
    expect(page.locator("#board-verdict")).to_contain_text("Worse than a guess among 10")


def test_one_zero_ruins_the_geometric_mean_and_not_the_plain_one(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.get_by_role("button", name="One at 0", exact=True).click()
    expect(figure(page, "mean")).to_have_text("0")
    # (0.7 + 0.8 + 0.6 + 0.3) / 5, by hand.
    expect(figure(page, "plain")).to_have_text("0.48")
    plain = page.locator(".is-summary.tone-plain")
    expect(plain.locator(".is-share")).to_have_text("0.48")
    track, fill = (plain.locator(part).bounding_box() for part in (".bar-track", ".bar-fill"))
    assert track
    assert fill
    assert fill["height"] / track["height"] == pytest.approx(0.48, abs=0.01)
    expect(page.locator("#board-verdict")).to_contain_text("The plain mean is still 0.48.")
    assert value(page.locator(".is-summary.tone-all .is-share")) == 0


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_a_uniform_guess_is_one_in_c(open_page: OpenPage, classes: int) -> None:
    page = opened(open_page)
    page.get_by_role("spinbutton", name="Classes c of the guess 1/c").fill(str(classes))
    guess = page.locator(".is-summary.tone-guess")
    assert value(guess.locator(".is-share")) == 1 / classes
    assert value(guess.locator(".is-cost")) == pytest.approx(math.log(classes))
    page.get_by_role("button", name="All guess 1/c").click()
    assert value(figure(page, "mean")) == pytest.approx(1 / classes)
    assert value(figure(page, "bits")) == pytest.approx(math.log2(classes))
    expect(page.locator("#board-verdict")).to_contain_text("Exactly as good as a guess")


def test_who_guesses_goes_on_guessing_until_one_is_dragged(open_page: OpenPage) -> None:
    page = opened(open_page)
    classes = page.get_by_role("spinbutton", name="Classes c of the guess 1/c")
    classes.fill("20")
    assert confidences(page) == NOTES
    page.get_by_role("button", name="All guess 1/c").click()
    for count in (3, 300):
        classes.fill(str(count))
        assert confidences(page) == pytest.approx([1 / count] * 5)
        expect(page.locator("#board-verdict")).to_contain_text("Exactly as good as a guess")
        # As one comes back to it: the address has six digits of a third.
        page.reload()
        expect(page.locator("main[data-ready]")).to_be_attached()
        expect(page.locator("#board-verdict")).to_contain_text("Exactly as good as a guess")
    drag(page, answer_to(page, 2), 0.5)
    five = confidences(page)
    classes.fill("7")
    assert confidences(page) == five


def test_the_best_is_one(open_page: OpenPage) -> None:
    page = opened(open_page, "?five=1,1,1,1,1")
    expect(figure(page, "mean")).to_have_text("1")
    expect(figure(page, "loss")).to_have_text("0")
    expect(figure(page, "logarithm")).to_have_text("0")
    expect(page.locator("#board-verdict")).to_contain_text("1 is the best there is")


def test_the_lines_of_the_costs_say_how_many_nats_they_are(open_page: OpenPage) -> None:
    page = opened(open_page, f"?five=0.7,0.8,{math.exp(-1)},{math.exp(-2)},{math.exp(-3)}")
    names = page.locator(".nat-name")
    expect(names.filter(visible=True)).to_have_text(["1", "2", "3"])
    fills = page.locator(".board .bar-column:not(.is-summary) .cost-fill")
    for nats in (1, 2, 3):
        fill, name = fills.nth(nats + 1).bounding_box(), names.nth(nats - 1).bounding_box()
        assert fill
        assert name
        # A bar of so many nats ends beside the name's middle.
        middle = name["y"] + name["height"] / 2
        assert fill["y"] + fill["height"] == pytest.approx(middle, abs=2.5)
    page.get_by_role("button", name="One at 0", exact=True).click()
    expect(names.filter(visible=True)).to_have_text(list("1234567"))


def test_what_is_shown_leads_to_what_is_shown(open_page: OpenPage) -> None:
    """The fifth root of 1.01e-4 is .1588, and not .1587."""
    page = opened(open_page)
    page.get_by_role("button", name="One at 0.001").click()
    # 0.7 * 0.8 * 0.6 * 0.3 * 0.001, by hand.
    expect(figure(page, "product")).to_have_text("1.008 × 10⁻⁴")
    expect(figure(page, "mean")).to_have_text("0.1587")


@pytest.mark.parametrize("width", [390, 1280])
def test_formulas_show_what_they_come_to_on_every_screen(open_page: OpenPage, width: int) -> None:
    """With four digits in each place; nothing is to be scrolled sideways."""
    five = "five=0.1234,0.2345,0.3456,0.4567,0.5678"
    codes = "p=0.1111,0.2222,0.3333,0.3334&q=0.1234,0.2345,0.3456,0.2965"
    page = opened(open_page, f"?guess=thousand:told&{five}&{codes}")
    page.set_viewport_size({"width": width, "height": 844})
    for formula in page.locator(".formula").all():
        beyond = formula.evaluate("(node) => node.scrollWidth - node.clientWidth")
        assert beyond <= 0, formula.get_attribute("data-formula")
    pieces = page.locator("[data-formula='loss.cross'] math")
    first, last = pieces.first.bounding_box(), pieces.last.bounding_box()
    assert first
    assert last
    is_broken = last["y"] > first["y"] + first["height"] / 2
    assert is_broken == (width == 390)


@pytest.mark.parametrize("each", ["1e-300", "1e-64"])
def test_a_product_that_64_bits_lose_does_not_contradict_its_root(
    open_page: OpenPage, each: str
) -> None:
    """Of five 1e-64 they hold 1e-320, with four digits."""
    page = opened(open_page, f"?five={','.join([each] * 5)}")
    assert value(figure(page, "mean")) == pytest.approx(float(each), rel=1e-9)
    assert value(figure(page, "loss")) == pytest.approx(-math.log(float(each)))
    bound = "< 10⁻³⁰⁷"
    expect(figure(page, "product")).to_have_text(bound)
    expect(page.locator("[data-formula='loss.quality'] [data-slot='product']")).to_have_text(bound)
    expect(page.locator(".is-summary.tone-all .is-product")).to_have_text(bound)
    expect(page.locator("#board-verdict")).to_contain_text("smaller than 64 bits hold")
    # The first is what it is; and a 0 is 0 by right.
    so_far = page.locator(".board .bar-column:not(.is-summary) .is-product")
    expect(so_far.first).to_have_text(f"1·10{'⁻³⁰⁰' if each == '1e-300' else '⁻⁶⁴'}")
    expect(so_far.last).to_have_text(bound)
    answer_to(page, 3).press("Home")
    expect(figure(page, "product")).to_have_text("0")
    expect(page.locator("#board-verdict")).not_to_contain_text("64 bits")


def test_old_numbers_are_not_taken_for_those_of_now(
    open_page: OpenPage, complaints: Complaints
) -> None:
    """While the server is away, what only it can say is marked, and the page says why in sight."""
    page = opened(open_page, "?guess=thousand:told", routed=True)
    old = page.locator(".is-slope, #product-figures, #product-words, #product-sum")
    expect(page.locator("[data-stale]")).to_have_count(0)
    complaints.expect(r"ERR_FAILED .*/learn/loss")
    page.route("**/learn/loss", lambda route: route.abort())
    page.get_by_role("spinbutton", name="Pictures N").fill("150")
    page.get_by_role(
        "spinbutton", name="Confidence in the right answer to picture 5", exact=True
    ).fill("0.9")
    for each in old.all():
        expect(each).to_have_attribute("data-stale", "")
    page.get_by_label("It really shows").select_option(index=3)
    expect(page.locator("#own-results")).to_have_attribute("data-stale", "")
    page.locator("#yours").scroll_into_view_if_needed()
    expect(page.locator("#chapter-problem")).to_be_in_viewport()

    page.unroute("**/learn/loss")
    # The question that failed is asked again.
    page.get_by_role("button", name="As in the notes").click()
    page.get_by_role("spinbutton", name="Pictures N").fill("1000")
    page.get_by_label("It really shows").select_option(index=2)
    expect(page.locator("[data-stale]")).to_have_count(0)
    expect(page.locator("#chapter-problem")).to_be_hidden()
    assert value(page.locator(".is-slope").nth(4)) == pytest.approx((0.4 - 1) / 5)


# A thousand answers.


def zero_from(confidences: list[float], number: type[np.floating]) -> int:
    """Multiplied one by one, as a machine does."""
    product = number(1)
    with np.errstate(under="ignore"):
        for count in range(5000):
            product = product * number(confidences[count % len(confidences)])
            if product == 0:
                return count + 1
    raise AssertionError(confidences)


def test_a_thousand_confidences_multiply_to_nothing(open_page: OpenPage) -> None:
    page = opened(open_page)
    plot = page.locator("#product-plot")
    expect(plot).to_be_hidden()
    page.get_by_label("exactly 0").check()
    expect(plot).to_be_visible()
    expect(figure(page, "float32")).to_have_text("0")
    assert value(figure(page, "float64")) == pytest.approx(0.04032**200, rel=1e-9)
    assert value(figure(page, "sum")) == pytest.approx(200 * math.log(0.04032))
    assert value(figure(page, "long-loss")) == pytest.approx(-math.log(0.04032) / 5)
    for tone, number in (("single", np.float32), ("double", np.float64)):
        cliff = page.locator(f"[data-cliff='{tone}']")
        assert value(cliff) == zero_from(NOTES, number)
    # Where it is not lost yet.
    page.get_by_role("spinbutton", name="Pictures N").fill("100")
    expect(figure(page, "float32")).not_to_have_text("0")
    assert value(figure(page, "float32")) == pytest.approx(0.04032**20, rel=1e-4)
    assert value(figure(page, "long-loss")) == pytest.approx(-math.log(0.04032) / 5)


@pytest.mark.parametrize("classes", [10, 1000])
def test_a_guess_is_lost_sooner(open_page: OpenPage, classes: int) -> None:
    page = opened(open_page, f"?guess=thousand:told&among={classes}")
    page.get_by_role("radio", name="the guess 1/c").check()
    for tone, number in (("single", np.float32), ("double", np.float64)):
        count = zero_from([1 / classes], number)
        cliff = page.locator(f"[data-cliff='{tone}']")
        expect(cliff).to_have_attribute("data-value", str(count))
        if (classes, tone) == (1000, "single"):
            expect(page.locator("#thousand")).to_contain_text(f"with its {count}th picture")
    assert value(figure(page, "long-loss")) == pytest.approx(math.log(classes))
    expect(page).to_have_url(re.compile("of=guess"))


def test_a_format_that_loses_nothing_says_so(open_page: OpenPage) -> None:
    page = opened(open_page, "?guess=thousand:told&five=1,1,1,1,0.99")
    expect(page.locator("[data-cliff='double']")).to_have_text("not 0 within 5,000 pictures")
    assert value(figure(page, "float32")) == pytest.approx(0.99**200, rel=1e-4)


# Bits.


def assert_codes(page: Page) -> None:
    p, q = shares(page, "How often it is a"), shares(page, "How often the code expects a")
    assert sum(p) == pytest.approx(1)
    assert sum(q) == pytest.approx(1)
    assert value(page.locator("#p-sum")) == pytest.approx(1)
    assert value(page.locator("#q-sum")) == pytest.approx(1)
    entropy, divergence = stats.entropy(p, base=2), stats.entropy(p, q, base=2)
    assert value(figure(page, "entropy")) == pytest.approx(entropy, abs=1e-9)
    assert value(figure(page, "divergence")) == pytest.approx(divergence, abs=1e-9)
    assert value(figure(page, "cross")) == pytest.approx(entropy + divergence, abs=1e-9)
    for row, terms in {
        "is-p": p,
        "is-spent": special.rel_entr(p, q) / math.log(2) + special.entr(p) / math.log(2),
        "is-needed": special.entr(p) / math.log(2),
        "is-wasted": special.rel_entr(p, q) / math.log(2),
    }.items():
        cells = page.locator(f"#code-terms .{row} td").all()
        assert [value(cell) for cell in cells[:4]] == pytest.approx(list(terms), abs=1e-9)


def areas(page: Page) -> dict[str, float]:
    """Of the blocks, by what they stand for, in pixels."""
    blocks = page.locator("#code-areas .block").evaluate_all(
        """(blocks) => blocks.map((block) => [block.classList[1].replace("tone-", ""),
            block.width.baseVal.value * block.height.baseVal.value])"""
    )
    found: dict[str, float] = {"needed": 0, "wasted": 0, "saved": 0}
    for tone, area in blocks:
        found[tone] += area
    return found


def test_a_code_that_expects_all_alike_wastes_a_quarter_of_a_bit(open_page: OpenPage) -> None:
    page = opened(open_page)
    # 1/2 * 1 + 1/4 * 2 + 2 * 1/8 * 3 = 1.75 bits, and 2 for one of four alike.
    expect(figure(page, "entropy")).to_have_text("1.75")
    expect(figure(page, "cross")).to_have_text("2")
    expect(figure(page, "divergence")).to_have_text("0.25")
    assert_codes(page)
    found = areas(page)
    assert (found["needed"] + found["wasted"]) / (
        found["needed"] + found["saved"]
    ) == pytest.approx(2 / 1.75)


def test_both_distributions_are_dragged_and_keep_their_sum(open_page: OpenPage) -> None:
    page = opened(open_page)
    drag(page, bar(page, "How often it is a dog"), 0.7)
    assert_codes(page)
    p = shares(page, "How often it is a")
    assert p[1] == pytest.approx(0.7, abs=0.011)
    # The others keep their proportions, 4 : 1 : 1.
    assert p[0] / p[2] == pytest.approx(4)
    drag(page, bar(page, "How often the code expects a hen"), 0.55)
    assert_codes(page)
    found, cross = areas(page), value(figure(page, "cross"))
    entropy = value(figure(page, "entropy"))
    assert (found["needed"] + found["wasted"]) / (
        found["needed"] + found["saved"]
    ) == pytest.approx(cross / entropy, rel=1e-6)
    expect(page).to_have_url(re.compile("p=.*q="))
    page.reload()
    expect(page.locator("main[data-ready]")).to_be_attached()
    assert_codes(page)
    assert value(figure(page, "cross")) == pytest.approx(cross, rel=1e-4)
    page.get_by_role("button", name="Exchange p and q").click()
    assert_codes(page)
    assert abs(value(figure(page, "cross")) - cross) > 0.01
    page.get_by_role("button", name="Expect what happens").click()
    assert value(figure(page, "divergence")) == pytest.approx(0, abs=1e-12)


def test_a_share_taken_to_the_end_and_back_leaves_the_others_as_they_were(
    open_page: OpenPage,
) -> None:
    page = opened(open_page)
    track = bar(page, "How often it is a dog")
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    across = box["x"] + box["width"] / 2
    page.mouse.move(across, box["y"] + 0.75 * box["height"])
    page.mouse.down()
    page.mouse.move(across, box["y"] - 20, steps=6)
    assert shares(page, "How often it is a") == [0, 1, 0, 0]
    page.mouse.move(across, box["y"] + 0.4 * box["height"], steps=6)
    page.mouse.up()
    p = shares(page, "How often it is a")
    assert p[1] == pytest.approx(0.6, abs=0.011)
    # 0.5 : 0.125 : 0.125
    assert p[0] / p[2] == pytest.approx(4)
    assert p[0] / p[3] == pytest.approx(4)
    # So by key, too, and from what another share has made of them in between.
    bar(page, "How often it is a hen").focus()
    page.keyboard.press("Home")
    track.focus()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    assert shares(page, "How often it is a") == pytest.approx([0.8, 0, 0.2, 0])
    assert_codes(page)


def test_a_sure_truth_selects_one_block(open_page: OpenPage) -> None:
    page = opened(open_page)
    bar(page, "How often the code expects a cat").focus()
    for _ in range(3):
        page.keyboard.press("PageDown")
    page.get_by_role("button", name="It is a cat, for sure").click()
    assert shares(page, "How often it is a") == [1, 0, 0, 0]
    expect(figure(page, "entropy")).to_have_text("0")
    # 0.25 - 3 * 0.1 ends at the floor: the code never expects a cat.
    expect(figure(page, "cross")).to_have_text("∞")
    expect(figure(page, "divergence")).to_have_text("∞")
    page.get_by_role("spinbutton", name="How often the code expects a cat").fill("0.125")
    expect(figure(page, "cross")).to_have_text("3")
    assert_codes(page)
    spent = page.locator("#code-terms .is-spent td")
    expect(spent).to_have_text(["3", "0", "0", "0", "3"])
    expect(page.locator("#code-areas .block.tone-wasted")).to_have_count(1)


def test_a_word_beyond_the_scale_says_how_long_it_is(open_page: OpenPage) -> None:
    page = opened(open_page, f"?p=1,0,0,0&q={2**-19},{1 - 2**-19},0,0")
    expect(page.locator("#code-areas .endless")).to_have_text(re.compile(r"^19(\.00\d*)?$"))


# One's own picture.


def test_the_loss_of_ones_own_picture(open_page: OpenPage, ask: Ask) -> None:
    model = "lenet5.mnist5k"
    page = opened(open_page, f"?model={model}&image=example-chelsea")
    found = ask(f"/models/{model}/predictions?image=example-chelsea&top=10")["classes"]
    logits = np.zeros(10)
    for each in found:
        logits[each["index"]] = each["logit"]
    first = found[0]["index"]
    logarithms = special.log_softmax(logits)
    assert value(figure(page, "own-loss")) == pytest.approx(-logarithms[first], rel=1e-9)

    other = found[-1]
    page.get_by_label("It really shows").select_option(str(other["index"]))
    row = page.locator(f"#own-table tr[data-class='{other['index']}']")
    expect(row).to_have_class("is-right")
    loss = -logarithms[other["index"]]
    expect(page.locator("#own-words")).to_contain_text(f"“{other['label']}”")
    assert value(figure(page, "own-loss")) == pytest.approx(loss, rel=1e-9)
    assert value(figure(page, "own-bits")) == pytest.approx(loss / math.log(2), rel=1e-9)
    p = special.softmax(logits)
    for each in page.locator("#own-table tbody tr").all():
        index = int(each.get_attribute("data-class") or -1)
        truth = float(index == other["index"])
        assert [value(cell) for cell in each.locator("td").all()] == pytest.approx(
            [logits[index], p[index], logarithms[index], truth, p[index] - truth], rel=1e-9
        )
    expect(page).to_have_url(re.compile(f"shows={other['index']}"))
    assert f"?model={model}&image=example-chelsea" in (
        page.get_by_role("link", name="Its scores and their entropy").get_attribute("href") or ""
    )
    # What this picture shows says nothing of the next.
    page.get_by_role("button", name="Example:").nth(1).click()
    expect(page).not_to_have_url(re.compile("shows="))


def test_another_network_is_asked(open_page: OpenPage, ask: Ask) -> None:
    page = opened(open_page, "?image=example-chelsea&model=lenet5.mnist5k")
    page.get_by_label("Network").select_option("mlp.mnist5k")
    found = ask("/models/mlp.mnist5k/predictions?image=example-chelsea")["classes"][0]
    expect(page.locator("#own-words")).to_contain_text(f"“{found['label']}”")
    expect(page.locator("#own-results")).to_have_attribute("aria-busy", "false")
    assert value(figure(page, "own-loss")) == pytest.approx(-math.log(found["probability"]))


# What the browser computes by itself.


def test_arithmetic_of_the_page_is_that_of_numpy(open_page: OpenPage) -> None:
    page = opened(open_page)
    generator = random.Random(4)
    cases = [[generator.random() for _ in range(5)] for _ in range(40)] + [[1.0] * 5, [0.001] * 5]
    pairs = [
        [list(np.array(one) / sum(one)), list(np.array(other) / sum(other))]
        for one, other in zip(cases, reversed(cases), strict=True)
    ]
    found = page.evaluate(
        """async ([cases, pairs]) => {
            const address = [...document.querySelectorAll("link[rel=modulepreload]")]
                .map(({ href }) => href).find((href) => href.endsWith("/loss/arithmetic.js"));
            const { productOf, productsSoFar, lossOf, bitsOf, codeCosts, withShare } =
                await import(address);
            return {
                five: cases.map((each) =>
                    [productOf(each), lossOf(each), bitsOf(lossOf(each)), productsSoFar(each)]),
                codes: pairs.map(([p, q]) => codeCosts(p, q)),
                moved: pairs.map(([p]) => withShare(p, 2, 0.4)),
                alone: withShare([0, 1, 0], 1, 0.5),
            };
        }""",
        [cases, pairs],
    )
    for case, (product, loss, bits, so_far) in zip(cases, found["five"], strict=True):
        assert product == pytest.approx(np.prod(case), rel=1e-12)
        assert loss == pytest.approx(-np.log(case).mean(), abs=1e-12)
        assert bits == pytest.approx(-np.log2(case).mean(), abs=1e-12)
        assert so_far == pytest.approx(list(np.cumprod(case)), rel=1e-12)
    for (p, q), costs in zip(pairs, found["codes"], strict=True):
        assert costs["entropy"] == pytest.approx(stats.entropy(p, base=2), abs=1e-12)
        assert costs["divergence"] == pytest.approx(stats.entropy(p, q, base=2), abs=1e-12)
        assert costs["spent"] == pytest.approx(list(-np.array(p) * np.log2(q)), abs=1e-12)
    for (p, _), moved in zip(pairs, found["moved"], strict=True):
        rest = np.delete(p, 2)
        assert moved[2] == 0.4
        assert np.delete(moved, 2) == pytest.approx(0.6 * rest / rest.sum(), rel=1e-12)
    assert found["alone"] == [0.25, 0.5, 0.25]
