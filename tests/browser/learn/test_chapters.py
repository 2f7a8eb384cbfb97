"""What holds for every chapter of the course, on every screen."""

import math
from typing import Literal

import pytest
from accessible import assert_accessible
from formula_reading import Formula, evaluate
from layout_shifts import OBSERVE, assert_nothing_moved, forget_shifts
from opening import OpenPage
from playwright.sync_api import Page, ViewportSize, expect

from app.web.learn.chapters import CHAPTERS

pytestmark = pytest.mark.browser

SLUGS = [chapter.slug for chapter in CHAPTERS]
PHONE: ViewportSize = {"width": 390, "height": 844}
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
PROJECTOR: ViewportSize = {"width": 1920, "height": 1080}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LARGEST_BYTES = 150_000
# Of what a page shows: at least three digits that count.
SHOWN_TO = 5e-3


def opened(open_page: OpenPage, slug: str, query: str = "", **options) -> Page:
    """A chapter whose parts all stand."""
    page = open_page(f"/learn/{slug}{query}", **options)
    expect(page.locator("main[data-ready]")).to_be_attached()
    expect(page.locator("#chapter-problem")).to_be_hidden()
    return page


@pytest.mark.parametrize("slug", SLUGS)
def test_drawings_follow_the_width_without_an_error(open_page: OpenPage, slug: str) -> None:
    """An observer that makes its own place grow is told of to the window, by no exception."""
    page = opened(
        open_page,
        slug,
        before="window.told = []; addEventListener('error', ({ message }) => told.push(message));",
    )
    for screen in (PROJECTOR, PHONE, LAPTOP):
        page.set_viewport_size(screen)
        page.evaluate(
            "() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))"
        )
        for drawing in page.locator(".learn-plot:visible").all():
            frame, box = drawing.get_attribute("viewBox"), drawing.bounding_box()
            assert frame is not None
            assert box is not None
            assert math.isclose(float(frame.split()[2]), box["width"], abs_tol=1)
    assert page.evaluate("window.told") == []


@pytest.mark.parametrize("path", ["/learn", *(f"/learn/{slug}" for slug in SLUGS)])
def test_pages_of_the_course_can_be_read_and_used_by_everybody(
    open_page: OpenPage, path: str
) -> None:
    page = open_page(path)
    if path != "/learn":
        expect(page.locator("main[data-ready]")).to_be_attached()
        for button in page.locator("[data-tell]").all():
            button.click()
    for screen in (PHONE, LAPTOP, PROJECTOR):
        page.set_viewport_size(screen)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.evaluate("document.documentElement.clientWidth")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert_accessible(page)


def filled_formulas(page: Page) -> list[tuple[Formula, dict[str, float], list[tuple[str, float]]]]:
    """The formulas in sight, their numbers by slot, and how each is written."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("[data-formula]")]
            .filter((node) => node.checkVisibility())
            .map((node) => ({
                name: node.dataset.formula,
                latex: node.dataset.latex,
                slots: [...node.querySelectorAll("[data-slot]")].map((slot) =>
                    [slot.dataset.slot ?? slot.getAttribute("data-slot"), slot.textContent,
                     slot.getAttribute("data-value")]),
            }))"""
    )
    read = []
    for each in found:
        for slot, _, value in each["slots"]:
            assert value is not None, f"{each['name']}: @{slot} is empty"
        numbers = {slot: float(value) for slot, _, value in each["slots"]}
        texts = [(text, float(value)) for _, text, value in each["slots"]]
        read.append((Formula(each["name"], each["latex"]), numbers, texts))
    return read


def written_number(text: str) -> float:
    plain = text.strip("()").replace("\u2212", "-").replace(",", "").replace("\u202f", "")
    return float(plain)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_formula_is_true_of_the_numbers_in_it(open_page: OpenPage, slug: str) -> None:
    page = opened(open_page, slug)
    for button in page.locator("[data-tell]").all():
        button.click()
    # What the server says of one's own digit comes after all stands.
    empty = page.locator("[data-formula]:visible [data-slot]:not([data-value])")
    expect(empty).to_have_count(0)
    found = filled_formulas(page)
    assert found
    for formula, numbers, texts in found:
        values = [evaluate(side, numbers) for side in formula.numeric_sides]
        for value in values:
            assert math.isclose(value, values[-1], rel_tol=1e-6, abs_tol=1e-9), (formula, numbers)
        for text, value in texts:
            assert math.isclose(written_number(text), value, rel_tol=SHOWN_TO, abs_tol=1e-9), text


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_moves_as_a_chapter_opens_and_is_answered(
    open_page: OpenPage, slug: str, screen: ViewportSize
) -> None:
    page = opened(open_page, slug, before=OBSERVE, viewport=screen)
    assert_nothing_moved(page, "open")
    form = page.locator("form[data-prediction]").first
    choice = form.locator("input").first
    choice.scroll_into_view_if_needed()
    forget_shifts(page)
    choice.check()
    expect(form.locator(".prediction-told")).to_be_visible()
    assert_nothing_moved(page, "guess")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_guess_is_judged_and_shows_what_waited_for_it(open_page: OpenPage, slug: str) -> None:
    page = opened(open_page, slug)
    form = page.locator("form[data-prediction]").first
    name, right = form.get_attribute("data-prediction"), form.get_attribute("data-right")
    wrong = form.locator(f"input:not([value='{right}'])").first
    expect(form.locator(".prediction-told")).to_be_hidden()
    wrong.focus()
    page.keyboard.press("Space")
    expect(form.locator(".prediction-verdict")).to_have_text("Not so.")
    for waiting in page.locator(f"[data-after='{name}']").all():
        expect(waiting).to_be_visible()
    assert f"{name}%3A{wrong.get_attribute('value')}" in page.url
    page.reload()
    expect(form.locator(".prediction-verdict")).to_have_text("Not so.")
    form.locator(f"input[value='{right}']").check()
    expect(form.locator(".prediction-verdict")).to_have_text("Yes.")


@pytest.mark.parametrize("slug", SLUGS)
def test_an_embedded_chapter_is_its_question_and_its_interactions(
    open_page: OpenPage, slug: str
) -> None:
    page = opened(open_page, slug, "?embed=1")
    expect(page.locator(".masthead")).to_have_count(0)
    expect(page.locator(".chapter-stage").first).to_be_visible()
    question = next(each.question for each in CHAPTERS if each.slug == slug)
    heading = page.get_by_role("heading", level=1, name=question, exact=True)
    expect(heading).to_be_in_viewport(ratio=1)
    shown = page.evaluate(
        """() => [...document.querySelectorAll("main > *")]
            .filter((node) => node.checkVisibility())
            .map((node) => node.className)"""
    )
    assert all("stage" in name or name in {"embed-source", "chapter-question"} for name in shown)
    for waiting in page.locator(".chapter-stage [data-after]").all():
        assert waiting.evaluate("(node) => getComputedStyle(node).visibility") == "visible"
    assert "embed=1" in page.url


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_weighs_little(open_page: OpenPage, slug: str) -> None:
    """Page, style sheets and scripts, as they come over the wire."""
    page = opened(open_page, slug, java_script_enabled=True)
    sizes = page.evaluate(
        """() => performance.getEntries()
            .filter(({ name, entryType }) =>
                entryType === "navigation" || /\\.(js|css)$/.test(new URL(name, location).pathname))
            .filter(({ entryType }) => ["navigation", "resource"].includes(entryType))
            .map(({ encodedBodySize }) => encodedBodySize)"""
    )
    assert all(size > 0 for size in sizes)
    assert sum(sizes) < LARGEST_BYTES


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_moves_by_itself_for_who_asked_for_that(open_page: OpenPage, slug: str) -> None:
    page = opened(open_page, slug)
    # What is stale is greyed at once after a wait, a transition that takes no time: nothing moves.
    moving = page.evaluate(
        """() => document.getAnimations().map(({ effect }) => effect.getComputedTiming().duration)
            .filter((duration) => duration !== 0)"""
    )
    assert moving == []


@pytest.mark.parametrize("slug", SLUGS)
def test_whatever_can_be_dragged_can_be_reached_and_moved_by_key(
    open_page: OpenPage, slug: str
) -> None:
    page = opened(open_page, slug)
    for slider in page.locator("[role=slider]").all():
        if not slider.is_visible():
            continue
        slider.focus()
        expect(slider).to_be_focused()
        before = slider.get_attribute("aria-valuenow")
        low, high = (float(slider.get_attribute(f"aria-value{end}") or 0) for end in ("min", "max"))
        assert low <= float(before or "nan") <= high
        assert slider.get_attribute("aria-label") or slider.get_attribute("aria-labelledby")
        page.keyboard.press("ArrowLeft" if float(before or 0) >= high else "ArrowRight")
        expect(slider).not_to_have_attribute("aria-valuenow", before or "")
        page.keyboard.press("ArrowRight" if float(before or 0) >= high else "ArrowLeft")


def test_the_course_remembers_where_one_left_off(open_page: OpenPage) -> None:
    slug = SLUGS[0]
    question = next(each.question for each in CHAPTERS if each.slug == slug)
    page = open_page("/learn")
    expect(page.locator("#left-off")).to_be_hidden()
    page.get_by_role("link", name=question).click()
    expect(page.locator("main[data-ready]")).to_be_attached()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Learn").click()
    expect(page.locator("#left-off")).to_have_text(f"You left off at {question}")
    expect(page.locator(f"[data-slug='{slug}']")).to_have_class("course-chapter is-opened")


def test_each_chapter_has_its_miniature_on_the_index(open_page: OpenPage) -> None:
    page = open_page("/learn")
    for slug in SLUGS:
        expect(page.locator(f"[data-slug='{slug}'] .course-miniature > *")).not_to_have_count(0)


@pytest.mark.parametrize("query", ["", "?embed=1"])
@pytest.mark.parametrize("slug", SLUGS)
def test_what_goes_wrong_is_said_in_sight_and_hides_no_end(
    open_page: OpenPage, slug: str, query: str
) -> None:
    """At the top of a chapter and at its end, on a phone, where the end stays above it."""
    page = opened(open_page, slug, query)
    page.set_viewport_size(PHONE)
    # All at once: the chapter may still have something to say, or to take back, itself.
    top, end = page.locator("#chapter-problem").evaluate(
        """(notice, last) => {
            notice.textContent = "No answer came. Try it again.";
            notice.hidden = false;
            const end = document.querySelector(last);
            return [0, document.documentElement.scrollHeight].map((place) => {
                window.scrollTo({ top: place, behavior: "instant" });
                const { left, top, width, height, bottom } = notice.getBoundingClientRect();
                const there = document.elementFromPoint(left + width / 2, top + height / 2);
                return {
                    is_seen: there === notice && top >= 0 && bottom <= window.innerHeight,
                    below_end: top - end.getBoundingClientRect().bottom,
                };
            });
        }""",
        ".embed-source" if query else ".chapter-ways",
    )
    assert top["is_seen"]
    assert end["is_seen"]
    assert end["below_end"] >= 0


def test_what_goes_well_in_one_part_takes_back_nothing_of_another(open_page: OpenPage) -> None:
    """The parts of a chapter, without one: two of them, and what the page says."""
    page = opened(open_page, SLUGS[0])
    texts = page.evaluate(
        """async () => {
            const script = document.querySelector("script[type=module]").src;
            const { startChapter } = await import(new URL("../parts/chapter.js", script));
            const { createChapterAddress } = await import(new URL("../parts/address.js", script));
            const { Problem } = await import(new URL("../../shared/problem.js", script));
            const notice = document.getElementById("chapter-problem");
            return await new Promise((resolve) => {
                startChapter(createChapterAddress({}), (chapter) => {
                    const [one, other] = [chapter.part(), chapter.part()];
                    const texts = [];
                    const note = () => texts.push(notice.hidden ? null : notice.textContent);
                    one.fail(new Problem("busy", "The first.")); note();
                    other.fail(null); note();
                    other.fail(new Problem("busy", "The second.")); note();
                    one.fail(null); note();
                    other.fail(null); note();
                    resolve(texts);
                });
            });
        }"""
    )
    assert texts == ["The first.", "The first.", "The first. The second.", "The second.", None]


def test_what_is_being_typed_is_not_taken_away_by_an_answer(open_page: OpenPage) -> None:
    """An answer has views show what they showed; a number that is half typed has told nobody."""
    page = opened(open_page, SLUGS[0])
    values = page.evaluate(
        """async () => {
            const script = document.querySelector("script[type=module]").src;
            const { createNumberField } =
                await import(new URL("../../shared/number_field.js", script));
            const told = [];
            const number = createNumberField({
                ...{ label: "n", low: 1, high: 32, step: 1, value: 16 },
                onChange: (value) => told.push(value),
            });
            document.querySelector("main").append(number.node);
            const field = number.node.querySelector("input[type=number]");
            field.focus();
            field.value = "2.5";
            field.dispatchEvent(new Event("input", { bubbles: true }));
            number.show(16);
            const typed = field.value;
            field.dispatchEvent(new Event("change", { bubbles: true }));
            const taken = field.value;
            number.show(7);
            return [typed, taken, field.value, told];
        }"""
    )
    assert values == ["2.5", "3", "7", [3]]
