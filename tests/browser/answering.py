"""Holding the server's answers back from a page, and giving it problems in their place."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

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


def let_go(page: Page, held: list[Route]) -> None:
    """What was held is answered; where the page still waits for it, it has taken it in."""
    for route in held:
        route.fulfill(response=route.fetch())
    # Asked after them: once this is answered, so are they.
    page.evaluate("fetch('/healthz').then(() => new Promise(requestAnimationFrame))")
