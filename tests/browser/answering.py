"""Holding the server's answers back from a page, and giving it problems in their place."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Request, Route

ALIVE = "/healthz"
# A round takes some milliseconds: a machine that is busy with other suites gets a minute.
ROUNDS = 5000
PROBLEM = {"type": "bad-image", "title": "Bad", "detail": "No scores of this.", "status": 422}


def fail(page: Page, path: str) -> None:
    """Requests for this path are answered with a problem from now on."""
    body = json.dumps(PROBLEM)
    page.route(
        re.compile(path),
        lambda route: route.fulfill(status=422, body=body, content_type="application/problem+json"),
    )


def hold(page: Page, path: str, times: int | None = None) -> list[Route]:
    """Requests for this path, or the first of them, wait until a test lets them go on."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(re.compile(path), keep, times=times)
    return held


def wait_for_held(
    page: Page, path: str, act: Callable[[], Any], times: int | None = None
) -> list[Route]:
    """Do something that asks for this path, and hold what it asks."""
    held = hold(page, path, times)
    with page.expect_request(re.compile(path)):
        act()
    return held


class Flights:
    """Which requests of a page are on their way; made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._flying: set[Request] = set()
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _begin(self, request: Request) -> None:
        if not request.url.endswith(ALIVE):
            self._flying.add(request)

    def _end(self, request: Request) -> None:
        self._flying.discard(request)

    def wait_for_all_but(self, held: list[Route]) -> None:
        """Until all else that the page asked for is answered, and what that led it to ask."""
        quiet = 0
        for _ in range(ROUNDS):
            # By the time this is answered, the page has taken in what came before it.
            self._page.evaluate(f"fetch('{ALIVE}').then((answer) => answer.text())")
            others = self._flying.difference(route.request for route in held)
            quiet = 0 if others else quiet + 1
            if quiet == 2:
                return
        raise AssertionError([request.url for request in others])


def let_go(page: Page, held: list[Route]) -> None:
    """What was held is answered; where the page still waits for it, it has taken it in."""
    for route in held:
        route.fulfill(response=route.fetch())
    # Asked after them: once this is answered, so are they.
    page.evaluate(f"fetch('{ALIVE}').then(() => new Promise(requestAnimationFrame))")
