"""All twelve chapters, in order: a student with the notes beside the page."""

import math
import re
from collections.abc import Callable

import pytest
from opening import OpenPage
from playwright.sync_api import Page, expect

from app.web.learn.chapters import CHAPTERS

pytestmark = pytest.mark.browser


def guess(page: Page, name: str, value: str) -> None:
    page.locator(f"form[data-prediction='{name}'] input[value='{value}']").check()
    expect(page.locator(f"form[data-prediction='{name}'] .prediction-verdict")).to_have_text("Yes.")


def slot_begins(page: Page, formula: str, name: str, digits: str) -> None:
    found = page.locator(f"[data-formula='{formula}'] [data-slot='{name}']").first
    expect(found).to_have_attribute("data-value", re.compile(f"^{re.escape(digits)}"))


def tensors(page: Page) -> None:
    guess(page, "alike", "bright")
    page.get_by_role("radio", name="cosine, means off").check()
    # The other eye is at about 25, 46, as was seen on the picture.
    expect(page.locator("[data-term=best]")).to_have_text(re.compile("at 2[3-7], 4[4-8]$"))
    page.get_by_role("button", name="p = 0.5").click()
    expect(page.locator("#far-verdict")).to_contain_text("But with p below 1 it need not.")
    page.get_by_role("button", name="Find a B that makes it shorter").click()
    expect(page.locator("#far-verdict")).to_contain_text("Broken: by way of B it is shorter")


def templates(page: Page) -> None:
    moved = page.get_by_role("spinbutton", name="to the right")
    moved.press("ControlOrMeta+a")
    moved.press_sequentially("4")
    expect(page.locator("#fall-verdict")).to_have_attribute("data-value", "5")
    guess(page, "moved", "306")
    for shift, share in enumerate((".919", ".871", ".699", ".496", ".306")):
        expect(page.locator(f"#moved-table [data-shift='{shift}']")).to_have_text(share)
    steps = page.get_by_role("group", name="Steps of gradient descent")
    steps.get_by_role("button", name="To the end").click()
    expect(page.locator("[data-figure='right']")).to_have_text("45 of 45")


def scores(page: Page) -> None:
    guess(page, "gap", "e")
    page.get_by_role("button", name="Make the gap 1").click()
    expect(page.locator("#gap-words")).to_contain_text("it is e, or 2.718 times as probable")
    slot_begins(page, "scores.gap", "ratio", str(math.e)[:9])


def loss(page: Page) -> None:
    slot_begins(page, "loss.quality", "product", "0.04032")
    slot_begins(page, "loss.quality", "mean", "0.5261")
    slot_begins(page, "loss.mean", "loss", "0.642")
    guess(page, "thousand", "zero")


def bend(page: Page) -> None:
    guess(page, "depth", "never")
    page.get_by_role("button", name="Train all seven").click()
    for name, share in (("identity", ".5"), ("relu", "1")):
        figure = page.locator(f".bend-card[data-activation='{name}'] dd")
        expect(figure).to_have_attribute("data-step", "1500")
        told = float(figure.get_attribute("data-value") or "nan")
        assert math.isclose(told, float(share), abs_tol=0.05)
    # Asked for as they come in sight, one layer after the other.
    page.locator("#yours-layers").scroll_into_view_if_needed()
    expect(page.locator("#yours-layers li")).to_have_count(33)


def descent(page: Page) -> None:
    guess(page, "race", "full_gradient")
    slot_begins(page, "descent.limit", "limit", "0.5")  # 2 / lambda, of 4
    rate = page.locator("#rate-controls").get_by_role("spinbutton", name="Rate α")
    rate.press("ControlOrMeta+a")
    rate.press_sequentially("0.501")
    expect(page.locator("[data-diverges]")).to_have_attribute("data-diverges", "true")


def backpropagation(page: Page) -> None:
    guess(page, "fork", "8")
    for _ in range(6):
        page.get_by_role("button", name=re.compile("^(Step forward|Send back)$")).click()
    expect(page.locator("[data-node=x]")).to_have_attribute("data-gradient", "8")
    expect(page.locator("#step-card")).to_contain_text("5 + 3 = 8")


def convolution(page: Page) -> None:
    guess(page, "floor", "3")
    expect(page.locator("#size-drawing")).to_have_attribute("data-windows", "3")
    page.get_by_role("radio", name="one matrix product").check()
    expect(page.locator("[data-matrix-size='X']")).to_have_text("900 × 27")
    expect(page.locator("#matrix-entry")).to_contain_text("these 27 products add up to 1308")
    expect(page.locator("#layer-pooled-size")).to_have_text("4 × 15 × 15")


def convolution_gradients(page: Page) -> None:
    guess(page, "middle", "9")
    page.locator("[data-grid='x'] [data-index='12']").click()  # the pixel in the middle
    slot_begins(page, "convolution-gradients.fan", "times", "9")
    uses = page.locator("[data-formula='convolution-gradients.lenet'] [data-slot='uses']")
    expect(uses).to_have_attribute("data-value", "150")


def why_convnets(page: Page) -> None:
    guess(page, "count", "4821600")
    expect(page.locator("[data-count=shared]")).to_have_text("156")
    expect(page.locator("[data-count=dense]")).to_have_text("4,821,600")
    expect(page.locator("#curve-table td[data-value]")).to_have_count(25)
    accuracy = "#curve-table [data-model='{}.mnist5k'] [data-shift='4']"
    for model, share in (("softmax", ".306"), ("lenet5", ".931"), ("vgg_32", ".971")):
        expect(page.locator(accuracy.format(model))).to_have_text(share)


def fields(page: Page) -> None:
    guess(page, "layer", "11")
    expect(page.locator("#depth-answer")).to_contain_text("window 11 of 17, field 275 × 275 px")
    expect(page.locator("#slide-change")).to_have_attribute("data-value", "0")
    page.get_by_role("button", name="Twenty layers").click()
    expect(page.locator("#swap-words")).to_contain_text("the field is 41 px, but σ is 3.65 px")


def designs(page: Page) -> None:
    guess(page, "most", "first")
    expect(page.locator("#dense-words")).to_have_attribute("data-value", "102764544")
    counts = ("61,706", "60,965,224", None, "138,357,544", "6,998,552", "25,557,032")
    timeline = page.locator("#timeline").get_by_role("button")
    for place, count in enumerate(counts):
        timeline.nth(place).click()
        if count is not None:
            own = page.locator("#facts [data-side=after] [data-fact=parameters]")
            expect(own).to_have_text(count)
    page.locator("#bridges").get_by_role("group", name="Block 1").get_by_role(
        "button", name="bridge"
    ).click()
    expect(page.locator("#bridges [data-correct=now]")).to_have_text("142 of 1,000")
    expect(page.locator("#challenge-words")).to_contain_text("Of the 15 pairs")


WALKS: dict[str, Callable[[Page], None]] = {
    "tensors": tensors,
    "templates": templates,
    "scores": scores,
    "loss": loss,
    "bend": bend,
    "descent": descent,
    "backpropagation": backpropagation,
    "convolution": convolution,
    "convolution-gradients": convolution_gradients,
    "why-convnets": why_convnets,
    "fields": fields,
    "designs": designs,
}


def test_all_twelve_are_walked_in_order(open_page: OpenPage) -> None:
    """From the index, by the link at the end of each, with the picture that is there at first."""
    page = open_page("/learn")
    page.get_by_role("link", name=CHAPTERS[0].question).click()
    for chapter in CHAPTERS:
        expect(page).to_have_url(re.compile(f"/learn/{chapter.slug}(\\?|$)"))
        expect(page.get_by_role("heading", level=1, name=chapter.question)).to_be_visible()
        expect(page.locator("main[data-ready]")).to_be_attached()
        WALKS[chapter.slug](page)
        expect(page.locator("#chapter-problem")).to_be_hidden()
        if chapter is not CHAPTERS[-1]:
            page.locator(".chapter-way.is-next").click()
    expect(page.locator(".chapter-way.is-next")).to_have_count(0)
    page.locator(".chapter-place").get_by_role("link", name="Learn").click()
    expect(page.locator(".course-chapter.is-opened")).to_have_count(len(CHAPTERS))
