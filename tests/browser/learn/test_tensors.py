"""Chapter 1 in the browser: patches are dragged, compared, measured, multiplied and stacked."""

import json
import re
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from opening import Complaints, OpenPage
from PIL import Image
from playwright.sync_api import expect
from tensors_page import EYE, A, drag, expect_slot, number, opened, patch, picture_of, slot

pytestmark = pytest.mark.browser


def test_a_patch_is_dragged_typed_and_stepped_and_its_numbers_follow(
    open_page: OpenPage, server: str
) -> None:
    page = opened(open_page)
    picture = picture_of(server)
    board = page.locator("#numbers-board")
    frame = board.get_by_role("slider", name="Patch A")
    drag(page, frame, 10, -6)
    expect(frame).to_have_attribute("aria-valuetext", "row 30, column 11")
    frame.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    expect(frame).to_have_attribute("aria-valuetext", "row 29, column 19")
    board.get_by_label("Column of A").fill("41")
    expect(frame).to_have_attribute("aria-valuetext", "row 29, column 41")
    expect(page).to_have_url(re.compile("a=29%2C41"))
    expected = patch(picture, 29, 41)
    for channel, name in enumerate(("red", "green", "blue")):
        cells = page.locator("#numbers-grids").get_by_role("group", name=name).get_by_role("button")
        values = cells.evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.value))")
        np.testing.assert_allclose(values, expected[channel].ravel(), atol=1e-6)
        texts = [float(text) for text in cells.all_inner_texts()]
        np.testing.assert_allclose(texts, expected[channel].ravel(), atol=0.0051)
    page.get_by_role("radio", name="0 to 255").check()
    red = page.locator("#numbers-grids").get_by_role("group", name="red").get_by_role("button")
    levels = np.rint(expected[0] * 255).astype(int).ravel().tolist()
    assert [int(text) for text in red.all_inner_texts()] == levels


def test_a_patch_is_transposed(open_page: OpenPage, server: str) -> None:
    page = opened(open_page)
    expected = patch(picture_of(server), *A)
    red = page.locator("#numbers-grids").get_by_role("group", name="red").get_by_role("button")
    page.get_by_role("button", name="Transpose").click()
    expect(page.locator("#numbers-caption")).to_have_text("Aᵀ, turned over")
    values = red.evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.value))")
    np.testing.assert_allclose(values, expected[0].T.ravel(), atol=1e-6)
    red.nth(1 * 8 + 5).hover()
    words = page.locator("#numbers-words")
    expect(words).to_contain_text("Row 1, column 5 of Aᵀ (which is row 5, column 1 of A)")
    for channel, name in enumerate(("red", "green", "blue")):
        told = number(words.locator(f"[data-channel={name}]"))
        assert told == pytest.approx(expected[channel, 5, 1], abs=1e-6)
    # What is drawn is the patch as it lies, turned about its main diagonal by its style.
    swapped = page.locator("#numbers-picture").evaluate(
        """(canvas) => {
            const { a, b, c, d } = new DOMMatrix(getComputedStyle(canvas).transform);
            return [a, b, c, d].map((each) => Math.round(each * 1e6) / 1e6 + 0);
        }"""
    )
    assert swapped == [0, 1, 1, 0]


def test_the_measures_are_sorted_out_by_what_they_find(open_page: OpenPage, server: str) -> None:
    """The dot product finds what is bright; the cosine finds the other eye."""
    page = opened(open_page)
    picture = picture_of(server)
    a = patch(picture, *A)
    best, rank = page.locator("[data-figure=best]"), page.locator("[data-figure=rank]")
    itself = page.locator("[data-figure=itself]")
    assert number(itself) == pytest.approx((a * a).sum(), rel=1e-6)
    windows = np.lib.stride_tricks.sliding_window_view(picture, (8, 8), axis=(1, 2))
    dots = np.einsum("cij,cxyij->xy", a, windows)
    better = int((dots > (a * a).sum() * (1 + 1e-9)).sum())
    assert number(rank) == 1 + better > 3_000
    assert number(best) == pytest.approx(dots.max(), rel=1e-6)
    expect(page.locator("#alike-verdict")).to_contain_text(f"{better:,} places beat A itself")
    for name in ("cosine", "cosine, means off"):
        page.get_by_role("radio", name=name, exact=True).check()
        expect(rank).to_have_text("no. 1 of 3,249")
        row, column = (int(best.get_attribute(f"data-{each}") or -1) for each in ("row", "column"))
        assert abs(row - EYE[0]) <= 2
        assert abs(column - EYE[1]) <= 2
    assert "measure=centred" in page.url
    page.get_by_role("button", name="Put B on the best place").click()
    b = patch(picture, row, column)
    a, b = (each - each.mean(axis=(1, 2), keepdims=True) for each in (a, b))
    cosine = (a * b).sum() / np.linalg.norm(a.ravel()) / np.linalg.norm(b.ravel())
    expect_slot(page, "cosine", "cosine", cosine)
    assert number(best) == pytest.approx(cosine, abs=1e-6)
    degrees = float(page.locator("#pair-angle").get_attribute("data-degrees") or "nan")
    assert np.cos(np.radians(degrees)) == pytest.approx(cosine, abs=1e-6)
    page.get_by_role("radio", name="distance").check()
    expect(itself).to_have_text("0")


def test_a_place_of_the_map_is_pressed_and_multiplied_with_a(
    open_page: OpenPage, server: str
) -> None:
    page = opened(open_page)
    chart = page.locator("#alike-map")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    px = box["width"] / 57
    page.mouse.click(box["x"] + 33.5 * px, box["y"] + 12.5 * px)
    frame = page.locator("#alike-board").get_by_role("slider", name="Patch B")
    expect(frame).to_have_attribute("aria-valuetext", "row 12, column 33")
    picture = picture_of(server)
    a, b = patch(picture, *A), patch(picture, 12, 33)
    expect_slot(page, "dot", "dot", (a * b).sum())
    for channel, name in enumerate(("red", "green", "blue")):
        assert slot(page, "dot", name) == pytest.approx((a * b)[channel].sum(), abs=1e-6)
    levels = page.locator("#pair-product").evaluate(
        """(canvas) => {
            const copy = new OffscreenCanvas(8, 8).getContext("2d");
            copy.drawImage(canvas, 0, 0);
            return [...copy.getImageData(0, 0, 8, 8).data];
        }"""
    )
    drawn = np.reshape(levels, (8, 8, 4))[..., :3].transpose(2, 0, 1)
    np.testing.assert_allclose(drawn, 255 * a * b, atol=1)


def test_light_changes_every_measure_but_one(open_page: OpenPage, server: str) -> None:
    page = opened(open_page, "&b=25,46")
    picture = picture_of(server)
    a, b = patch(picture, *A), patch(picture, *EYE)
    lit = page.locator("#pair-lit")
    page.locator("#pair-light").get_by_role("spinbutton", name="light on B").fill("0.4")
    page.locator("#pair-light").get_by_role("spinbutton", name="+").fill("0.4")
    expect(page.get_by_role("button", name="In fog")).to_have_attribute("aria-pressed", "true")
    expect_slot(page, "dot", "dot", (a * (0.4 * b + 0.4)).sum())
    distance = np.linalg.norm((a - 0.4 * b - 0.4).ravel())
    assert number(lit.locator("[data-measure=distance]")) == pytest.approx(distance, rel=1e-6)
    expect(lit.locator(".is-same")).to_have_count(1)
    expect(lit.locator(".is-same")).to_have_attribute("data-measure", "centred")
    page.get_by_role("button", name="Half the light").click()
    # Half the light is a factor, and the cosine does not notice it.
    expect(lit.locator(".is-same")).to_have_count(2)
    assert "gain=0.5" in page.url


def test_any_p_measures_the_difference(open_page: OpenPage, server: str) -> None:
    page = opened(open_page)
    picture = picture_of(server)
    difference = np.abs(patch(picture, *A) - patch(picture, 40, 30)).ravel()
    norm = page.locator("[data-figure=norm]")
    page.locator("#far-tools").get_by_role("spinbutton", name="p").fill("3.5")
    expect_slot(page, "scaled", "norm", float((patch(picture, *A) ** 3.5).sum()) ** (1 / 3.5))
    expected = float((difference**3.5).sum()) ** (1 / 3.5)
    assert number(norm) == pytest.approx(expected, rel=1e-6)
    for name, value in (
        ("one", difference.sum()),
        ("two", np.linalg.norm(difference)),
        ("largest", difference.max()),
    ):
        shown = number(page.locator(f"#far-figures [data-figure={name}]"))
        assert shown == pytest.approx(value, rel=1e-6)
    page.get_by_role("button", name="p = ∞").click()
    expect(norm).to_have_attribute(
        "data-value", page.locator("[data-figure=largest]").get_attribute("data-value") or ""
    )
    assert "p=inf" in page.url
    page.locator("#far-factor").get_by_role("spinbutton").fill("-2.5")
    expect_slot(page, "scaled", "scaled", 2.5 * patch(picture, *A).max())


def test_three_patches_keep_the_triangle_inequality_until_p_is_below_1(
    open_page: OpenPage, server: str
) -> None:
    page = opened(open_page)
    picture = picture_of(server)
    verdict = page.locator("#far-verdict")
    frame = page.locator("#far-board").get_by_role("slider", name="Patch B")
    for rows, columns in ((10, 5), (-30, 8), (5, -40)):
        drag(page, frame, rows, columns)
        text = frame.get_attribute("aria-valuetext") or ""
        row, column = (int(each) for each in re.findall(r"\d+", text))
        b = patch(picture, row, column)
        first = np.linalg.norm((patch(picture, *A) - b).ravel())
        second = np.linalg.norm((b - patch(picture, 54, 2)).ravel())
        straight = np.linalg.norm((patch(picture, *A) - patch(picture, 54, 2)).ravel())
        expect_slot(page, "triangle", "detour", first + second - straight)
        assert slot(page, "triangle", "first") == pytest.approx(first, rel=1e-6)
        assert float(verdict.get_attribute("data-detour") or "nan") > 0
    seek = page.get_by_role("button", name="Find a B that makes it shorter")
    seek.click()
    # With a norm there is none: B is laid over A.
    expect(frame).to_have_attribute("aria-valuetext", "row 20, column 17")
    expect(verdict).to_have_text("It holds, just: B costs no detour.")
    page.get_by_role("button", name="p = 0.5").click()
    expect(verdict).to_contain_text("But with p below 1 it need not.")
    seek.click()
    expect(verdict).to_have_text(
        "Broken: by way of B it is shorter than straight. This is no norm."
    )
    assert slot(page, "triangle", "detour") < 0


def test_a_product_is_gone_through_entry_by_entry(open_page: OpenPage, server: str) -> None:
    page = opened(open_page, "&i=7&j=6&channel=green")
    picture = picture_of(server)
    a, b = patch(picture, *A)[1], patch(picture, 40, 30)[1]
    expect_slot(page, "product", "c", a[7] @ b[:, 6])
    grids = page.locator("#product-grids")
    whole = grids.get_by_role("group", name="C = A B").get_by_role("button")
    values = whole.evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.value))")
    np.testing.assert_allclose(values, (a @ b).ravel(), atol=1e-6)
    page.get_by_role("button", name="Step").click()
    expect(page.locator(".stepper-where")).to_have_text("row 7, column 7")
    expect(page).to_have_url(re.compile("i=7&j=7"))
    whole.nth(3 * 8 + 1).click()
    expect_slot(page, "product", "c", a[3] @ b[:, 1])
    for k in range(8):
        assert slot(page, "product", f"a{k}") == pytest.approx(a[3, k], abs=1e-6)
        assert slot(page, "product", f"b{k}") == pytest.approx(b[k, 1], abs=1e-6)
    lit = [
        grids.get_by_role("group", name=name, exact=True)
        .get_by_role("button")
        .evaluate_all("(cells) => cells.flatMap((c, i) => c.matches('.is-lit') ? [i] : [])")
        for name in ("A", "B")
    ]
    assert lit == [[24 + k for k in range(8)], [8 * k + 1 for k in range(8)]]
    page.keyboard.press("ArrowRight")
    expect_slot(page, "product", "c", a[3] @ b[:, 2])


def test_pictures_are_stacked_and_one_number_is_named(open_page: OpenPage, server: str) -> None:
    page = opened(open_page, "&n=2")
    value = page.locator("#stack-value")
    expect(page.locator(".stack-plane")).to_have_count(6)
    tools = page.locator("#stack-tools")
    tools.get_by_role("slider", name="pictures N").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".stack-plane")).to_have_count(9)
    assert slot(page, "stack", "numbers") == 3 * 3 * 64 * 64
    for name, index in (("picture i", 2), ("colour c", 1), ("row y", 50), ("column x", 33)):
        tools.get_by_role("spinbutton", name=name).fill(str(index))
    expect(value).to_contain_text("X[2, 1, 50, 33] = ")
    with urllib.request.urlopen(f"{server}/api/v1/examples?kind=photograph") as answer:
        names = [each["id"] for each in json.load(answer)["examples"]]
    stack = np.stack([picture_of(server, name) for name in names])
    assert number(value) == pytest.approx(stack[2, 1, 50, 33], abs=1e-6)
    place = int(slot(page, "offset", "place"))
    assert np.unravel_index(place, stack.shape) == (2, 1, 50, 33)
    plane = page.get_by_role("img", name="Picture 0, blue")
    box = plane.bounding_box()
    assert box
    plane.click(position={"x": box["width"] * 10.5 / 64, "y": box["height"] * 5.5 / 64})
    expect(value).to_contain_text("X[0, 2, 5, 10] = ")
    assert number(value) == pytest.approx(stack[0, 2, 5, 10], abs=1e-6)


def test_a_picture_of_ones_own_is_seen_and_stacked(
    open_page: OpenPage, server: str, tmp_path: Path
) -> None:
    page = opened(open_page)
    levels = np.zeros((64, 64, 3), np.uint8)
    levels[20:28, 17:25] = (255, 51, 0)
    file = tmp_path / "own.png"
    Image.fromarray(levels).save(file)
    page.get_by_label("Picture file").set_input_files(file)
    expect(page.locator(".stack-plane")).to_have_count(12)
    words = page.locator("#numbers-words")
    expect(words.locator("[data-channel=red]")).to_have_text("1.000")
    expect(words.locator("[data-channel=green]")).to_have_text("0.200")
    # All else is black: it is 0 to everything, and A alone is bright.
    expect(page.locator("[data-figure=rank]")).to_have_text("no. 1 of 3,249")
    itself = 64 * (1 + 0.2**2)
    expect(page.locator("[data-figure=itself]")).to_have_text(f"{itself:.2f}")
    expect(
        page.locator("#stack-tools").get_by_role("spinbutton", name="pictures N")
    ).to_have_attribute("max", "5")


def test_no_place_is_marked_before_the_guess_and_one_colour_has_no_direction(
    open_page: OpenPage, tmp_path: Path
) -> None:
    grey = tmp_path / "grey.png"
    Image.new("L", (64, 64), 128).save(grey)
    page = open_page("/learn/tensors")
    expect(page.locator("main[data-ready]")).to_be_attached()
    marks = page.locator("#alike-board .board-mark")
    expect(marks).to_have_count(3)
    for mark in marks.all():
        expect(mark).to_be_hidden()
    page.get_by_role("radio", name="where it is brightest").check()
    expect(marks.first).to_be_visible()
    page.get_by_role("radio", name="cosine, means off").check()
    page.get_by_label("Picture file").set_input_files(grey)
    expect(page.locator("#alike-verdict")).to_contain_text("A has no direction: it is of one")
    page.get_by_role("radio", name="cosine", exact=True).check()
    expect(page.locator("#alike-verdict")).to_contain_text("all places are the same")
    page.go_back()
    expect(page.locator("#alike-verdict")).to_contain_text("A has no direction")


def test_what_fails_is_said_and_what_is_old_is_greyed(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = opened(open_page, routed=True)
    page.route("**/learn/patches", lambda route: route.abort())
    frame = page.locator("#far-board").get_by_role("slider", name="Patch C")
    frame.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#chapter-problem")).to_be_visible()
    results = page.locator("#pair, #far-results, #far-triangle, #product-grids")
    for each in results.all():
        expect(each).to_have_attribute("data-stale", "")
    page.unroute("**/learn/patches")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#chapter-problem")).to_be_hidden()
    for each in results.all():
        expect(each).not_to_have_attribute("data-stale", "")
