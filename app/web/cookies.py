"""The server's own cookies, read once, in a time that grows with their length and no faster.

Python's reader of quoted cookies takes seconds for some heads that h11 lets pass, and Starlette's
`Request.cookies`, which FastAPI asks for at every route, uses it before anything is checked.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

# So the names of all our cookies begin, and none of our values needs quotes.
PREFIX = "convscope"
_TAKEN = "convscope.cookies"


class CookiesTaken:
    """Takes the cookies out of the head; `cookies_of` gives our own, and nobody parses the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            taken: dict[str, str] = {}
            for header in Headers(scope=scope).getlist("cookie"):
                taken |= _own_cookies(header)
            scope[_TAKEN] = taken
            scope["headers"] = [line for line in scope["headers"] if line[0] != b"cookie"]
        await self._app(scope, receive, send)


def cookies_of(scope: Scope) -> dict[str, str]:
    """Our own cookies of a request that came through `CookiesTaken`, by name."""
    cookies: dict[str, str] = scope.get(_TAKEN, {})
    return cookies


def _own_cookies(header: str) -> dict[str, str]:
    cookies = {}
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name.startswith(PREFIX):
            cookies[name.rstrip()] = value.lstrip()
    return cookies
