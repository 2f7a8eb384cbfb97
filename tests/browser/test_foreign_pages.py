"""What a real browser lets pages of other sites ask for, and what becomes of it."""

from collections.abc import Iterator

import pytest
from guarded import guarded
from live_server import live_server
from playwright.sync_api import Browser, Page

from app.settings import Settings

pytestmark = pytest.mark.browser
TOKEN = "a-token-of-twenty-four-x"
# The status; 0 where the browser keeps the answer from the page.
ASK = """([address, options]) => fetch(address, options).then(
    (answer) => answer.status, () => 0)"""
# A picture is done when it is there or cannot be had.
SHOW = """(address) => new Promise((resolve) => {
    const picture = new Image();
    picture.onload = picture.onerror = resolve;
    picture.src = address;
})"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def test_page_of_another_site_starts_nothing_and_our_own_does(page: Page) -> None:
    ours, theirs = guarded(Settings()), guarded(Settings())
    with live_server(ours, Settings()) as address, live_server(theirs, Settings()) as other:
        things = f"{address}/api/v1/things"
        for foreign in (other, other.replace("127.0.0.1", "localhost")):
            page.goto(foreign)
            for options in (
                {"mode": "no-cors", "method": "POST"},
                {"mode": "no-cors", "method": "POST", "referrerPolicy": "no-referrer"},
                {"mode": "no-cors"},
            ):
                assert page.evaluate(ASK, [things, options]) == 0
            page.evaluate(SHOW, things)
        assert ours.state.asked == []
        page.goto(address)
        for method in ("GET", "POST", "DELETE"):
            assert page.evaluate(ASK, ["/api/v1/things", {"method": method}]) == 200
        assert ours.state.asked == [
            f"{method} {path}"
            for method, path in (
                ("GET", "/"),
                *((method, "/api/v1/things") for method in ("GET", "POST", "DELETE")),
            )
        ]


def test_browser_stays_in_with_the_cookie(page: Page) -> None:
    settings = Settings(token=TOKEN)
    with live_server(guarded(settings), settings) as address:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 401
        page.goto(f"{address}/?token={TOKEN}&model=lenet5")
        assert page.url == f"{address}/?model=lenet5"
        assert page.evaluate(ASK, ["/api/v1/things", {"method": "POST"}]) == 200
        assert page.evaluate("document.cookie") == ""
