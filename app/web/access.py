"""Who may use the server: everybody who reaches it, or who knows its token."""

import hashlib
import hmac
import re
import time
from collections import OrderedDict, deque
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import MissingTokenError, TooManyGuessesError
from app.web.cookies import PREFIX, cookies_of
from app.web.problems import problem_of, problem_response
from app.web.security import MAY_BE_FRAMED

# Whether the process lives is no secret, and whoever watches over it has no token.
_OPEN_PATHS = frozenset({"/healthz", "/readyz"})
_GUESSES = 10
_GUESS_WINDOW_S = 60.0
_REMEMBERED_ADDRESSES = 4096
_OFFERED = "convscope.offered_token"
_OFFERED_IN_PATH = "convscope.offered_in_path"
_SESSION = re.compile(r"/session/([^/]+)(/.*)", re.DOTALL)


class TokenTaken:
    """Takes the token out of the address before anybody sees it: the log shows the address.

    Args:
        in_path: take it out of `/session/TOKEN/...` too, under which all of the server then is.
    """

    def __init__(self, app: ASGIApp, *, in_path: bool = False) -> None:
        self._app = app
        self._in_path = in_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            session = _SESSION.fullmatch(scope["path"]) if self._in_path else None
            if session:
                scope[_OFFERED_IN_PATH] = session[1]
                scope["path"] = session[2]
                scope["raw_path"] = quote(session[2]).encode()
            query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            offered = [value for name, value in query if name == "token"]
            if offered:
                left = [(name, value) for name, value in query if name != "token"]
                # In place: uvicorn logs what stands in its own scope.
                scope["query_string"] = urlencode(left).encode("latin-1")
                scope[_OFFERED] = offered[0]
        await self._app(scope, receive, send)


class TokenCheck:
    """Answers requests that bring the token.

    A program sends it as `Authorization: Bearer ...`. A person opens a page with `?token=...` once,
    which `TokenTaken` saw: the browser gets a cookie and the address without the token. A page in
    a frame of another site is sent no cookie; what it needs lies under `/session/TOKEN/`.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        # Not the token itself: a browser sends a cookie to every server on this host. The name
        # keeps several servers on one host apart.
        digest = hmac.new(token.encode(), b"convscope session", hashlib.sha256).hexdigest()
        self._cookie_name, self._cookie = f"{PREFIX}-{digest[:8]}", digest[8:]
        self._guesses = _Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        is_page = scope["method"] in {"GET", "HEAD"} and not scope["path"].startswith(
            ("/api/", "/static/")
        )
        offered = scope.get(_OFFERED) if is_page else None
        try:
            if (in_path := scope.get(_OFFERED_IN_PATH)) is not None:
                self._check(in_path, address)
                scope[MAY_BE_FRAMED] = True
            elif offered is not None:
                self._check(offered, address)
                answer = self._welcome(scope)
                await answer(scope, receive, send)
                return
            else:
                self._check_headers(scope, address)
        except (MissingTokenError, TooManyGuessesError) as error:
            refusal = problem_response(problem_of(error))
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_headers(self, scope: Scope, address: str) -> None:
        cookie = cookies_of(scope).get(self._cookie_name, "")
        if hmac.compare_digest(cookie.encode(), self._cookie.encode()):
            return
        scheme, _, offered = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise MissingTokenError(
                "This server asks for a token. A program sends 'Authorization: Bearer TOKEN'; in a "
                "browser open /?token=TOKEN once."
            )
        self._check(offered.strip(), address)

    def _check(self, offered: str, address: str) -> None:
        self._guesses.check(address)
        if not hmac.compare_digest(offered.encode(), self._token.encode()):
            self._guesses.note(address)
            raise MissingTokenError("This is not the server's token.")

    def _welcome(self, scope: Scope) -> RedirectResponse:
        query = scope["query_string"].decode("latin-1")
        # Beside what was asked for: so it stays on this server, behind a proxy too.
        path = "./" + scope["path"].rpartition("/")[2]
        answer = RedirectResponse(f"{path}?{query}" if query else path, status_code=303)
        answer.headers["Cache-Control"] = "no-store"
        answer.set_cookie(
            self._cookie_name,
            self._cookie,
            httponly=True,
            samesite="strict",
            secure=scope["scheme"] == "https",
        )
        return answer


class _Guesses:
    """When each address last sent wrong tokens; the addresses that are remembered are bounded."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Refuse to look at a token of an address that has guessed too often.

        Raises:
            TooManyGuessesError: it has.
        """
        times = self._times.get(address)
        if times is None or len(times) < _GUESSES:
            return
        left_s = times[0] + _GUESS_WINDOW_S - time.monotonic()
        if left_s > 0:
            raise TooManyGuessesError("Too many wrong tokens from this address.", int(left_s) + 1)

    def note(self, address: str) -> None:
        """Another wrong token."""
        times = self._times.setdefault(address, deque(maxlen=_GUESSES))
        times.append(time.monotonic())
        self._times.move_to_end(address)
        if len(self._times) > _REMEMBERED_ADDRESSES:
            self._times.popitem(last=False)
