"""Back brings a page as it was left: what the browser had cut off starts anew."""

import re
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from answering import Flights, hold, wait_for_held
from opening import Complaints, OpenPage
from playwright.sync_api import Page, Route, expect
from reading import wait_for_scores

pytestmark = pytest.mark.browser


def leave(page: Page, held: list[Route]) -> None:
    """As Firefox and WebKit do: the page hides, and what is on its way fails."""
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))",
    )
    for route in held:
        route.abort()
    page.evaluate("fetch('/healthz').then(() => new Promise(requestAnimationFrame))")


def come_back(page: Page) -> None:
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")


def test_scores_that_were_on_their_way_come_after_the_return(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = open_page("/", routed=True)
    wait_for_scores(page, label="tiger cat")
    held = wait_for_held(page, r"/predictions\?", lambda: page.keyboard.press("e"))
    leave(page, held)
    expect(page.locator("#scores")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("does not answer")).to_have_count(0)
    page.unroute_all()
    come_back(page)
    wait_for_scores(page, label="espresso")
    expect(page.get_by_text("does not answer")).to_have_count(0)


def test_what_ends_before_the_page_hides_starts_anew(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = open_page("/", routed=True)
    wait_for_scores(page, label="tiger cat")
    # What is asked for again is answered.
    held = wait_for_held(page, r"/predictions\?", lambda: page.keyboard.press("e"), times=1)
    # As WebKit does, while the next page is only asked for.
    page.evaluate("dispatchEvent(new Event('beforeunload'))")
    for route in held:
        route.abort()
    wait_for_scores(page, label="espresso")
    expect(page.get_by_text("does not answer")).to_have_count(0)


def test_streamed_work_and_its_pictures_start_anew(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = open_page("/docs", routed=True)
    held = hold(page, r"/attributions/.*/events")
    page.goto(page.url.replace("/docs", "/?lens=why&tab=layer&methods=grad_cam"))
    with page.expect_request(re.compile(r"/attributions/grad_cam/events")):
        wait_for_scores(page)
    leave(page, held)
    page.unroute_all()
    come_back(page)
    picture = page.locator(".why-card img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("(each) => each.decode().then(() => each.naturalWidth)") > 0
    expect(page.get_by_text("does not answer")).to_have_count(0)


def test_a_picture_that_was_on_its_way_is_drawn_after_the_return(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = open_page("/", routed=True)
    wait_for_scores(page, label="tiger cat")
    path = r"/images/example-coffee$"
    held = wait_for_held(page, path, lambda: page.keyboard.press("e"))
    leave(page, held)
    page.unroute_all()
    come_back(page)
    shown = page.get_by_role("img", name="A cup of espresso")
    expect(shown).to_be_visible()
    assert shown.evaluate("(each) => each.naturalWidth") == 600


def test_what_fails_while_somebody_is_here_is_told(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = open_page("/", routed=True)
    wait_for_scores(page, label="tiger cat")
    come_back(page)
    page.route(re.compile(r"/predictions\?"), lambda route: route.abort())
    page.keyboard.press("e")
    expect(page.locator("#scores").get_by_role("alert")).to_contain_text("does not answer")


def test_server_that_dies_under_a_question_is_told_and_asked_again(
    server_process: Callable[..., AbstractContextManager[subprocess.Popen[bytes]]],
    tmp_path: Path,
    open_page: OpenPage,
    complaints: Complaints,
) -> None:
    complaints.expect("ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_SOCKET|the page asked another server")
    page = open_page("/docs")
    flights = Flights(page)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    scores = page.locator("#scores")
    with server_process(tmp_path / "cache", port) as process:
        page.goto(f"http://127.0.0.1:{port}/?model=lenet5.mnist5k&image=example-digit-3")
        wait_for_scores(page, label="3")
        # What it is in the middle of answering would be cut off, and the browser says that of it.
        flights.wait_for_all_but([])
        # It takes the question, and answers nothing any more.
        process.send_signal(signal.SIGSTOP)
        with page.expect_request(re.compile(r"/predictions\?")):
            page.keyboard.press("e")
        expect(scores).to_have_attribute("aria-busy", "true")
        process.kill()
        alert = scores.get_by_role("alert")
        expect(alert).to_contain_text("The server does not answer. Check that it is still running")
    with server_process(tmp_path / "cache", port):
        alert.get_by_role("button", name="Try again").click()
        wait_for_scores(page, label="4")
        expect(page.get_by_text("does not answer")).to_have_count(0)
        flights.wait_for_all_but([])
