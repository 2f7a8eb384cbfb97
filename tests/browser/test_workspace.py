"""The main job in a browser: a picture goes in, true scores come out."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opening import Complaints, OpenPage
from playwright.sync_api import Page, Route, expect
from reading import open_model, read_scores, score_rows, wait_for_scores

pytestmark = pytest.mark.browser

DEFAULT = "efficientnet_lite0.imagenet1k"
# Measured apart from this program, with timm's model and transforms on the packaged weights.
CHELSEA = {"tiger cat": 0.393, "Egyptian cat": 0.356, "tabby": 0.170}

Ask = Callable[[str], Any]
Transfer = Callable[[Page, Path], Any]


def assert_reads_as_chelsea(page: Page) -> None:
    wait_for_scores(page, label="tiger cat")
    scores = read_scores(page)
    assert list(scores)[:3] == list(CHELSEA)
    for label, probability in CHELSEA.items():
        assert scores[label] == pytest.approx(probability, abs=0.01)


def test_page_opens_with_an_example_already_analysed(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/")
    wait_for_scores(page)
    prediction = ask(f"/models/{DEFAULT}/predictions?image=example-chelsea&top=5")
    expected = {score["label"]: score["probability"] for score in prediction["classes"]}
    shown = read_scores(page)
    assert list(shown) == list(expected)
    assert shown == pytest.approx(expected, abs=0.00005001)
    expect(page.locator("#entropy")).to_contain_text(f"{prediction['entropy_bits']:.2f} bits")
    expect(page.locator("#entropy")).to_contain_text("of at most 9.97")
    expect(page.locator("#model-card")).to_contain_text("4,652,008")
    expect(page.locator(".network-input-picture img")).to_be_visible()


def test_first_paint_waits_for_no_script(open_page: OpenPage) -> None:
    page = open_page("/", java_script_enabled=False)
    for heading in ("Picture", "Scores", "Network"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_in_viewport()


def test_nothing_moves_while_the_page_opens(open_page: OpenPage) -> None:
    observe_shifts = """
        window.shifts = [];
        new PerformanceObserver((list) => {
            window.shifts.push(...list.getEntries().map((entry) => entry.value));
        }).observe({ type: "layout-shift", buffered: true });
    """
    page = open_page("/", before=observe_shifts)
    wait_for_scores(page)
    expect(page.locator(".crop-label")).to_be_visible()
    assert sum(page.evaluate("window.shifts")) < 0.02


def test_frame_shows_the_part_that_the_network_sees(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/?image=example-rocket")
    wait_for_scores(page)
    expect(page.locator(".crop-label")).to_have_text("seen as 224 × 224")
    prediction = ask(f"/models/{DEFAULT}/predictions?image=example-rocket")
    image_box, image_size = prediction["image_box"], prediction["image_size"]
    picture = page.get_by_role("img", name="rocket").bounding_box()
    assert picture is not None
    scale = picture["width"] / image_size["width"]
    frame = page.locator(".crop-edge").evaluate(
        "(path) => ['x', 'y', 'width', 'height'].map((side) => path.getBBox()[side])"
    )
    expected = [
        image_box["left"],
        image_box["top"],
        image_box["right"] - image_box["left"],
        image_box["bottom"] - image_box["top"],
    ]
    assert frame == pytest.approx([length * scale for length in expected], abs=1)


def test_chosen_file_reads_as_the_reference(open_page: OpenPage, examples: Path) -> None:
    page = open_page("/?image=example-rocket")
    wait_for_scores(page, label="missile")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload").click()
    chooser.value.set_files(examples / "chelsea.png")
    assert_reads_as_chelsea(page)
    expect(page.locator("#picture-caption")).to_contain_text("chelsea.png · 451 × 300 px")


def test_dropped_file_is_analysed(open_page: OpenPage, examples: Path, transfer: Transfer) -> None:
    page = open_page("/?image=example-rocket")
    wait_for_scores(page, label="missile")
    data = transfer(page, examples / "chelsea.png")
    page.dispatch_event("footer", "dragover", {"dataTransfer": data})
    expect(page.get_by_text("Drop a picture, or the weights of your own network")).to_be_visible()
    page.dispatch_event("footer", "drop", {"dataTransfer": data})
    expect(page.get_by_text("Drop a picture, or the weights of your own network")).to_be_hidden()
    assert_reads_as_chelsea(page)


def test_pasted_picture_is_analysed(
    open_page: OpenPage, examples: Path, transfer: Transfer
) -> None:
    page = open_page("/?image=example-rocket")
    wait_for_scores(page, label="missile")
    data = transfer(page, examples / "chelsea.png")
    data.evaluate(
        "(clipboardData) => document.body.dispatchEvent("
        "new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))"
    )
    assert_reads_as_chelsea(page)


def test_camera_picture_is_analysed(open_page: OpenPage) -> None:
    page = open_page("/", permissions=["camera"])
    wait_for_scores(page)
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("button", name="Take the picture").click()
    expect(page.locator("#picture-caption")).to_contain_text("camera.jpg")
    wait_for_scores(page)
    expect(page.locator("video")).to_be_hidden()
    assert page.evaluate("document.querySelector('video').srcObject") is None


def test_refused_camera_is_explained(open_page: OpenPage) -> None:
    refuse = """
        navigator.mediaDevices.getUserMedia = () =>
            Promise.reject(new DOMException("no", "NotAllowedError"));
    """
    page = open_page("/", before=refuse)
    wait_for_scores(page)
    page.get_by_role("button", name="Camera").click()
    expect(page.get_by_text("was not allowed to use the camera")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("img", name="Chelsea")).to_be_visible()


def test_sigmoid_shows_each_class_by_itself(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/")
    wait_for_scores(page)
    page.locator("label", has_text="sigmoid").click()
    expect(page).to_have_url(re.compile("scale=sigmoid"))
    expect(page.get_by_text("Sigmoid: each class is a yes-or-no of its own")).to_be_visible()
    classes = ask(f"/models/{DEFAULT}/predictions?image=example-chelsea")["classes"]
    by_hand = {score["label"]: 1 / (1 + math.exp(-score["logit"])) for score in classes}
    assert read_scores(page) == pytest.approx(by_hand, abs=0.0001)


def test_every_number_can_be_read_in_full(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/")
    wait_for_scores(page)
    first = ask(f"/models/{DEFAULT}/predictions?image=example-chelsea")["classes"][0]
    row = score_rows(page).first
    expect(row.locator(".score-number")).to_have_attribute(
        "title", f"softmax {first['probability']!r}"
    )
    page.get_by_role("button", name="full precision").click()
    expect(row.locator(".score-number")).to_have_text(repr(first["probability"]))
    expect(row.locator(".score-logit")).to_have_text(repr(first["logit"]))


def test_number_of_classes_can_be_chosen(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page)
    page.get_by_label("Number of classes").select_option("20")
    expect(score_rows(page)).to_have_count(20)
    expect(page).to_have_url(re.compile("top=20"))
    expect(page.get_by_text("The other 980 classes share")).to_be_visible()


def test_address_brings_back_the_same_view(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    page.get_by_role("button", name="espresso").click()
    wait_for_scores(page, label="espresso")
    page.get_by_label("Number of classes").select_option("10")
    expect(score_rows(page)).to_have_count(10)
    page.locator("label", has_text="sigmoid").click()
    before = read_scores(page)
    page.reload()
    wait_for_scores(page, label="espresso")
    assert read_scores(page) == before


def test_back_and_forward_walk_through_what_was_seen(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    page.get_by_role("button", name="espresso").click()
    wait_for_scores(page, label="espresso")
    open_model(page, "lenet5 mnist")
    wait_for_scores(page, label="3")
    page.go_back()
    wait_for_scores(page, label="espresso")
    expect(page.locator(".pad-canvas")).to_be_hidden()
    page.go_back()
    wait_for_scores(page, label="tiger cat")
    page.go_forward()
    wait_for_scores(page, label="espresso")


def test_late_answer_never_replaces_a_newer_one(open_page: OpenPage) -> None:
    # A browser that cannot abort: only the page's own order of requests can keep the answers apart.
    ignore_abort = """
        const ask = window.fetch;
        window.fetch = (url, options) => ask(url, { ...options, signal: undefined });
    """
    page = open_page("/", before=ignore_abort, routed=True)
    wait_for_scores(page, label="tiger cat")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/predictions?image=example-coffee*", hold)
    with page.expect_request("**/predictions?image=example-coffee*"):
        page.get_by_role("button", name="espresso").click()
    page.get_by_role("button", name="rocket").click()
    wait_for_scores(page, label="missile")
    with page.expect_response("**/predictions?image=example-coffee*") as late:
        held[0].continue_()
    late.value.finished()
    page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")
    expect(score_rows(page).first.locator(".score-label")).to_have_text("missile")
    expect(page.locator("#picture-caption")).to_contain_text("rocket")


def test_file_that_is_no_picture_is_refused_in_words(
    open_page: OpenPage, complaints: Complaints, tmp_path: Path
) -> None:
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    complaints.expect(r"status of 4\d\d .*/api/v1/images")
    file = tmp_path / "notes.jpg"
    file.write_text("This is not a photograph.")
    with page.expect_response("**/api/v1/images") as answer:
        page.get_by_label("Picture file").set_input_files(file)
    detail = answer.value.json()["detail"]
    refusal = page.locator("#stage").get_by_role("alert")
    expect(refusal).to_contain_text(f"notes.jpg: {detail}")
    # The picture from before still stands there, with its scores.
    expect(page.get_by_role("img", name="Chelsea")).to_be_visible()
    wait_for_scores(page, label="tiger cat")
    page.get_by_role("button", name="espresso").click()
    expect(refusal).to_be_hidden()


def test_forgotten_picture_is_sent_again(
    open_page: OpenPage, server: str, complaints: Complaints, examples: Path
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    page.get_by_label("Picture file").set_input_files(examples / "coffee.png")
    wait_for_scores(page, label="espresso")
    forgotten = re.search("image=([^&]+)", page.url)
    assert forgotten is not None
    assert page.request.delete(f"{server}/api/v1/images/{forgotten[1]}").status == 204
    complaints.expect(f"status of 404 .*{forgotten[1]}")
    page.get_by_label("Number of classes").select_option("3")
    expect(score_rows(page)).to_have_count(3)
    expect(page).not_to_have_url(re.compile(forgotten[1]))
    wait_for_scores(page, label="espresso")


def test_picture_that_nobody_has_is_explained_with_a_way_out(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect(r"status of 404 .*no-such-picture")
    page = open_page("/?image=no-such-picture")
    alert = page.locator("#scores").get_by_role("alert")
    expect(alert).to_contain_text("no-such-picture")
    expect(page.get_by_text("This picture is not on the server any more.")).to_be_visible()
    alert.get_by_role("button", name="espresso").click()
    wait_for_scores(page, label="espresso")


def test_busy_server_is_asked_again(open_page: OpenPage, complaints: Complaints) -> None:
    page = open_page("/", routed=True)
    wait_for_scores(page)
    complaints.expect(r"status of 503")
    refusals = []

    def refuse_once(route: Route) -> None:
        if refusals:
            route.continue_()
            return
        refusals.append(route)
        route.fulfill(
            status=503,
            headers={"Content-Type": "application/problem+json", "Retry-After": "0"},
            body='{"type": "busy", "title": "Busy", "status": 503, "detail": "Try again."}',
        )

    page.route("**/predictions?*", refuse_once)
    page.get_by_role("button", name="espresso").click()
    wait_for_scores(page, label="espresso")
    assert len(refusals) == 1


def test_lost_server_is_said_and_can_be_tried_again(
    open_page: OpenPage, complaints: Complaints
) -> None:
    page = open_page("/", routed=True)
    wait_for_scores(page)
    complaints.expect("ERR_CONNECTION_REFUSED|ERR_FAILED")
    page.route("**/predictions?*", lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="espresso").click()
    alert = page.locator("#scores").get_by_role("alert")
    expect(alert).to_contain_text("The server does not answer")
    page.unroute("**/predictions?*")
    alert.get_by_role("button", name="Try again").click()
    wait_for_scores(page, label="espresso")


def test_slow_network_can_be_stopped(open_page: OpenPage) -> None:
    page = open_page("/", routed=True)
    wait_for_scores(page)
    page.route("**/predictions?*", lambda _: None)
    page.get_by_role("button", name="espresso").click()
    expect(page.get_by_text("EfficientNet-Lite0 is at work")).to_be_visible()
    page.locator("#scores").get_by_role("button", name="Stop").click()
    expect(page.locator("#scores").get_by_text("Stopped.")).to_be_visible()
    page.unroute("**/predictions?*")
    # It is said where the maps would stand, too: on a phone they are all there is to see.
    expect(page.locator("#lens-maps").get_by_text("Stopped.")).to_be_visible()
    page.locator("#scores").get_by_role("button", name="Start again").click()
    wait_for_scores(page, label="espresso")


def test_upload_can_be_cancelled(open_page: OpenPage, examples: Path) -> None:
    page = open_page("/", routed=True)
    wait_for_scores(page, label="tiger cat")
    page.route("**/api/v1/images", lambda _: None)
    page.get_by_label("Picture file").set_input_files(examples / "coffee.png")
    expect(page.get_by_role("img", name="coffee.png")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("img", name="Chelsea")).to_be_visible()
    wait_for_scores(page, label="tiger cat")
