"""Reading the page as a person does."""

from typing import Any

from playwright.sync_api import FloatRect, Locator, Page, expect

ANSWER_MS = 30_000  # a busy machine takes its time for a first look through a network


def score_rows(page: Page) -> Locator:
    return page.locator(".score-table tbody tr")


def wait_for_scores(page: Page, *, label: str | None = None) -> None:
    """Wait until scores stand there that belong to what is selected."""
    expect(page.locator("#scores")).to_have_attribute("aria-busy", "false", timeout=ANSWER_MS)
    first = score_rows(page).first
    expect(first).to_be_visible(timeout=ANSWER_MS)
    if label is not None:
        expect(first.locator(".score-label")).to_have_text(label, timeout=ANSWER_MS)


def picture_box(page: Page) -> FloatRect:
    """Where the picture stands; scores may come before it, and until then it has no size."""
    frame = page.locator(".picture-frame")
    expect(frame).to_be_visible(timeout=ANSWER_MS)
    box = frame.bounding_box()
    assert box is not None
    return box


def read_scores(page: Page) -> dict[str, float]:
    """The labels on the page with the shares written beside them, between 0 and 1."""
    rows: list[Any] = score_rows(page).evaluate_all(
        """(rows) => rows.map((row) => [
            row.querySelector(".score-label").textContent,
            row.querySelector(".score-number").textContent,
        ])"""
    )
    return {label: float(text.rstrip("%").strip(" \u202f<>")) / 100 for label, text in rows}


def open_model(page: Page, query: str) -> None:
    """Find a model in the dialog and open the first match, by keyboard alone."""
    page.keyboard.press("m")
    page.get_by_role("combobox", name="Search models").fill(query)
    page.keyboard.press("Enter")


def draw(page: Page, *strokes: list[tuple[float, float]]) -> None:
    """Draw with the mouse, and wait until all of it is sent, as the pad does between strokes.

    Points are shares of the pad's width and height.
    """
    pad = page.locator(".pad-canvas")
    expect(pad).to_be_visible()
    box = pad.bounding_box()
    assert box is not None
    for stroke in strokes:
        points = [
            (box["x"] + across * box["width"], box["y"] + down * box["height"])
            for across, down in stroke
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for across, down in points[1:]:
            page.mouse.move(across, down, steps=8)
        page.mouse.up()
    expect(page.locator(".stage-layer.pad")).not_to_have_attribute("aria-busy", "true")


def count_clicks(page: Page) -> None:
    """Count clicks from now on, by the element that a person aimed at; drawing is none."""
    page.evaluate(
        """() => {
            window.clicksSoFar = {};
            addEventListener("click", ({ target, isTrusted }) => {
                if (!isTrusted || target.matches("canvas.pad-canvas")) return;
                const aimed = target.closest("button, a, select, input, label, canvas") ?? target;
                clicksSoFar[aimed.tagName] = (clicksSoFar[aimed.tagName] ?? 0) + 1;
            }, true);
        }"""
    )


def clicks(page: Page) -> dict[str, int]:
    """How many there were since `count_clicks`, by tag."""
    counted: dict[str, int] = page.evaluate("clicksSoFar")
    return counted
