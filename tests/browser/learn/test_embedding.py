"""Interactions of the course in the page of somebody else's course: another origin's frame."""

import html
import math
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opening import BUSY_MS, SCREEN, Complaints, OpenPage
from playwright.sync_api import Browser, Page, expect

from app.web.learn.chapters import CHAPTERS
from app.web.learn.sections import Section, sections_of

CoursePageOpener = Callable[[str], AbstractContextManager[Page]]
pytestmark = pytest.mark.browser

STAGES = [section for chapter in CHAPTERS for section in sections_of(chapter) if section.is_stage]


class CoursePage(BaseHTTPRequestHandler):
    """A page of a course, which is only what was put into it."""

    def __init__(self, content: Callable[[], str], *arguments: object) -> None:
        self._content = content
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        body = f"<!doctype html><title>Week 3</title><body>{self._content()}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the log of a test is its own."""


@pytest.fixture
def course() -> Iterator[tuple[str, list[str]]]:
    """The origin of a page with a frame in it, and what is put into that page.

    It goes by another name than the server, so that the browser takes it for another site.
    """
    content: list[str] = []
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(CoursePage, lambda: "".join(content))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_address[1]}", content
        server.shutdown()
        thread.join()


@contextmanager
def _course_page(browser: Browser, complaints: Complaints, url: str) -> Iterator[Page]:
    with closing(browser.new_context(**SCREEN)) as context:
        page = context.new_page()
        page.set_default_timeout(BUSY_MS)

        def note(text: str) -> None:
            # The course's own page has no icon.
            if "favicon" not in text:
                complaints.note(text)

        page.on(
            "console",
            lambda message: (
                note(f"{message.text} ({message.location.get('url', '')})")
                if message.type in {"error", "warning"}
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.note(f"uncaught: {error}"))
        page.goto(url)
        yield page


@pytest.fixture
def course_page(browser: Browser, complaints: Complaints) -> CoursePageOpener:
    """Opens the page of a course, beside those of the server."""
    return partial(_course_page, browser, complaints)


def lines_of(page: Page, stage: str) -> str:
    """What the page hands out to put a stage into a frame."""
    page.locator(f"[data-embed='{stage}']").click()
    dialog = page.get_by_role("dialog", name="Put this into your own page")
    lines = dialog.get_by_role("group", name="The lines").inner_text()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    return lines


def test_one_interaction_works_in_the_page_of_a_course(
    course: tuple[str, list[str]],
    course_page: CoursePageOpener,
    pages_of: Callable,
    server_on: Callable[..., AbstractContextManager[str]],
    tmp_path: Path,
) -> None:
    """From the button of the chapter to the numbers within the frame of another origin."""
    origin, content = course
    with server_on(tmp_path / "cache", CONVSCOPE_FRAME_ANCESTORS=origin) as url:
        with pages_of(url) as pages:
            page = pages.open("/learn/loss?five=.7,.8,.6,.3,.001&guess=thousand:told")
            expect(page.locator("main[data-ready]")).to_be_attached()
            content.append(lines_of(page, "five"))
        assert "embed=five" in content[0]
        assert "guess" not in content[0]
        with course_page(origin) as page:
            frame = page.frame_locator("iframe")
            expect(frame.locator("main[data-ready]")).to_be_attached()
            expect(frame.locator(".chapter-stage:visible")).to_have_count(1)
            expect(frame.get_by_role("heading", level=1, name="Why the logarithm?")).to_be_visible()
            expect(frame.locator(".masthead, .chapter-ways")).to_have_count(0)
            loss = frame.locator("[data-formula='loss.mean'] [data-slot='loss']")
            slider = frame.get_by_role("slider").first
            for key, first in (("", 0.7), ("End", 1.0)):
                if key:
                    slider.press(key)
                expect(slider).to_have_attribute("aria-valuenow", f"{first:g}")
                costs = -sum(math.log(each) for each in (first, 0.8, 0.6, 0.3, 0.001)) / 5
                begins = re.compile(re.escape(f"{costs:.9f}"[:8]))
                expect(loss).to_have_attribute("data-value", begins)
            # Nothing else of the program may stand in a frame: a link opens beside it.
            with page.expect_popup() as opened:
                frame.get_by_role("link", name="Why the logarithm?").click()
            assert urllib.parse.urlsplit(opened.value.url).path == "/learn/loss"


def test_a_page_that_was_not_named_shows_no_chapter(
    complaints: Complaints,
    course: tuple[str, list[str]],
    course_page: CoursePageOpener,
    server: str,
) -> None:
    origin, content = course
    address = html.escape(f"{server}/learn/loss?embed=five", quote=True)
    content.append(f'<iframe src="{address}" width="800" height="600"></iframe>')
    complaints.expect("frame-ancestors|Refused to frame|violates")
    with course_page(origin) as page:
        refused = [frame for frame in page.frames if frame is not page.main_frame]
        assert len(refused) == 1
        assert refused[0].locator("main").count() == 0


@pytest.mark.parametrize("slug", dict.fromkeys(stage.chapter.slug for stage in STAGES))
def test_each_interaction_stands_alone(open_page: OpenPage, slug: str) -> None:
    """Whatever else of its chapter is hidden: it works, and nothing is wrong with the page."""
    stages: list[Section] = [stage for stage in STAGES if stage.chapter.slug == slug]
    for stage in stages:
        page = open_page(f"/learn/{slug}?embed={stage.id}")
        expect(page.locator("main[data-ready]")).to_be_attached()
        expect(page.locator("#chapter-problem")).to_be_hidden()
        expect(page.locator(".chapter-stage:visible")).to_have_count(1)
        expect(page.get_by_role("heading", level=2, name=stage.heading)).to_be_visible()
        for frame in (1280, 390):
            page.set_viewport_size({"width": frame, "height": 900})
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= page.evaluate("document.documentElement.clientWidth"), frame
        assert f"embed={stage.id}" in page.url
