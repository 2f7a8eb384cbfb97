"""What a browser test is handed to open pages with, and what those pages complain of."""

import re
from collections.abc import Callable

from playwright.sync_api import Page

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
