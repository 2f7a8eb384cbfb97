"""What pages of other sites may make a browser ask for.

A browser sends a page's requests to whatever address the page names, to servers on this machine
too; the page cannot read the answer, but the request has been obeyed. Browsers say where a request
comes from, programs do not, and so only browsers are refused anything here.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import ForeignPageError
from app.web.problems import problem_of, problem_response

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FOREIGN_SITES = frozenset({"cross-site", "same-site"})
# Work may begin with a GET here, and last: a picture in a foreign page must not start it.
_API = "/api/"


class ForeignPageCheck:
    """Refuses what a page of another origin asks for, apart from links to what can be looked at."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            reason = _objection(scope, Headers(scope=scope))
            if reason:
                answer = problem_response(problem_of(ForeignPageError(reason)))
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _objection(scope: Scope, headers: Headers) -> str | None:
    site = headers.get("sec-fetch-site", "").lower()
    is_foreign = site in _FOREIGN_SITES
    if scope["method"] not in _SAFE_METHODS:
        origins = headers.getlist("origin")
        if any(not _is_own(origin, headers.get("host", "")) for origin in origins):
            return f"The page at {origins[0][:200]!r} may change nothing here; this server's may."
        if is_foreign:
            return "A page of another site may change nothing here; this server's may."
        return None
    if is_foreign and scope["path"].startswith(_API) and not _is_followed_link(headers):
        return (
            "A page of another site may not ask for this. Ask from this server's own pages, from a "
            "program, or open the address yourself."
        )
    return None


def _is_own(origin: str, host: str) -> bool:
    # Without the scheme, which a proxy in front may have changed.
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()


def _is_followed_link(headers: Headers) -> bool:
    """True if a person followed a link, so that the answer becomes the page in the window."""
    return (
        headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and headers.get("sec-fetch-user") == "?1"
    )
