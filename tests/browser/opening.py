"""What a browser test is handed to open pages with, and what those pages complain of."""

import re
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

# A machine that is busy with other suites gets a minute.
BUSY_MS = 60_000
# Nothing glides: each frame of a transition is painted, and waited for.
SCREEN: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}

# Where there is no storage, such as in a page that is no server's, there is no tour either.
_TOUR_DISMISSED = "try { localStorage.setItem('convscope-tour', 'dismissed'); } catch {}"

# A path in, a page out; see the fixture `open_page`.
OpenPage = Callable[..., Page]


class Complaints:
    """What a page reports as wrong, apart from what a test expects it to report."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def expect(self, pattern: str) -> None:
        """Chromium itself reports every answer with an error status; a test may be after one."""
        self._expected.append(re.compile(pattern))

    def note(self, text: str) -> None:
        self.found.append(text)

    def check(self) -> None:
        unexpected = [
            text
            for text in self.found
            if not any(pattern.search(text) for pattern in self._expected)
        ]
        assert unexpected == [], unexpected


class Opener:
    """Opens pages for one test.

    They open in a profile that tests share one after the other: it holds nothing of the former but
    files that name their version, and answers that the server is asked about each time. What needs
    a browser context of its own gets one: pages that are routed, with options, or beside another.
    """

    def __init__(
        self, browser: Browser, profile: BrowserContext, server: str, complaints: Complaints
    ) -> None:
        self._browser, self._profile = browser, profile
        self._server, self._complaints = server, complaints
        self._contexts: list[BrowserContext] = []
        self._uses_profile = False

    def open(
        self,
        path: str = "/",
        *,
        before: str | None = None,
        routed: bool = False,
        viewport: ViewportSize | None = None,
        tour: bool = False,
        **options: Any,
    ) -> Page:
        """Open the workspace at a path.

        Args:
            path: and query.
            before: a script that runs before those of the page.
            routed: whether the test answers requests in the server's place.
            viewport: instead of that of a laptop.
            tour: whether the page is one of a person who has not sent the tour away yet.
            options: of the browser context.
        """
        page = self._context(alone=routed, **options).new_page()
        page.set_default_timeout(BUSY_MS)
        if viewport is not None:
            page.set_viewport_size(viewport)
        if not tour:
            page.add_init_script(_TOUR_DISMISSED)
        if before is not None:
            page.add_init_script(before)
        self._watch(page)
        if routed:
            # A page that is open learns a moment late that its requests are routed, and the first
            # goes past the route: so they are from the start.
            page.route("**/nobody-asks-for-this", lambda route: route.abort())
        else:
            # Routing also ends the browser's cache.
            page.route = page.context.route = _refuse_to_route  # type: ignore[method-assign]
        page.goto(self._server + path)
        return page

    def close(self) -> None:
        """Close the pages, and forget what they stored."""
        for context in self._contexts:
            context.close()
        if self._uses_profile:
            last, *others = self._profile.pages or [self._profile.new_page()]
            for page in others:
                page.close()
            wiping = self._profile.new_cdp_session(last)
            wiping.send(
                "Storage.clearDataForOrigin", {"origin": self._server, "storageTypes": "all"}
            )
            last.close()

    def _context(self, *, alone: bool, **options: Any) -> BrowserContext:
        # A page that is open already may have stored something.
        if not (alone or options or self._uses_profile):
            self._uses_profile = True
            return self._profile
        self._contexts.append(self._browser.new_context(**{**SCREEN, **options}))
        return self._contexts[-1]

    def _watch(self, page: Page) -> None:
        def note_console(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self._complaints.note(f"{message.text} ({message.location.get('url', '')})")

        def note_request(url: str) -> None:
            if not url.startswith((self._server, "blob:", "data:")):
                self._complaints.note(f"the page asked another server: {url}")

        page.on("console", note_console)
        page.on("pageerror", lambda error: self._complaints.note(f"uncaught: {error}"))
        page.on("request", lambda request: note_request(request.url))
        # Listening from the start: Playwright takes hold of file dialogs a moment after a
        # listener is there, too late for a key that opens one at once.
        page.on("filechooser", lambda _: None)


def _refuse_to_route(*_: Any, **__: Any) -> NoReturn:
    """Stands where a page would let itself be routed although nothing was routed at its start."""
    pytest.fail("a page whose requests are routed is opened with `routed=True`")
