"""Requests to one server: its token, its patience, and its errors as exceptions."""

import json
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from convscope.closing import Closing
from convscope.errors import ServerError

if TYPE_CHECKING:
    import httpx2

# An occlusion of a deep network takes minutes.
_LONGEST_S = 900.0
_CONNECT_S = 10.0
_BUSY_ATTEMPTS = 6
_LONGEST_PAUSE_S = 10.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Connection(Closing):
    """Asks one server, again while that is busy; raises ServerError with what it says instead.

    Args:
        url: of the server; one with `/session/TOKEN/` or `?token=` brings its token.
        token: that the server asks for.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        import httpx2

        root, found = _root_and_token(url)
        token = token or found
        self._http = httpx2.Client(
            base_url=f"{root}api/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx2.Timeout(_LONGEST_S, connect=_CONNECT_S),
            trust_env=urlsplit(root).hostname not in _LOOPBACK,
        )

    def close(self) -> None:
        """Let its connections go."""
        self._http.close()

    def _array(self, path: str, **query: Any) -> Any:
        import numpy as np

        return np.load(BytesIO(self._bytes(path, format="npy", **query)), allow_pickle=False)

    def _json(self, path: str, method: str = "GET", **asked: Any) -> Any:
        return json.loads(self._bytes(path, method, **asked))

    def _bytes(
        self, path: str, method: str = "GET", files: Any = None, json: Any = None, **query: Any
    ) -> bytes:
        given = {name: _text(value) for name, value in query.items() if value is not None}
        for attempt in range(1, _BUSY_ATTEMPTS + 1):
            answer = self._answer(method, path, params=given, files=files, json=json)
            if answer.is_success:
                return bytes(answer.content)
            error = _error_of(answer)
            if error.type != "busy" or attempt == _BUSY_ATTEMPTS:
                raise error
            pause_s = float(answer.headers.get("Retry-After", 1)) * attempt
            time.sleep(min(pause_s, _LONGEST_PAUSE_S))
            for _, content in (files or {}).values():
                if hasattr(content, "seek"):
                    content.seek(0)
        raise AssertionError("The last attempt returns or raises.")

    def _answer(self, method: str, path: str, **asked: Any) -> "httpx2.Response":
        import httpx2

        try:
            return self._http.request(method, path, **asked)
        except httpx2.HTTPError as error:
            detail = f"{self._http.base_url} does not answer: {error or type(error).__name__}."
            raise ServerError(0, {"type": "unreachable", "detail": detail}) from error


def _root_and_token(url: str) -> tuple[str, str | None]:
    """The address that the API lies beside, with a slash, and the token that stands in it."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"{url!r} is no address of a server, such as http://127.0.0.1:8000.")
    token = dict(parse_qsl(parts.query)).get("token")
    path = parts.path.rstrip("/")
    before, session, after = path.partition("/session/")
    if session:
        path, token = before, after.partition("/")[0]
    return f"{parts.scheme}://{parts.netloc}{path}/", token


def _error_of(answer: "httpx2.Response") -> ServerError:
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"type": "no-problem", "detail": f"{answer.url} answered {answer.text[:200]!r}."}
    return ServerError(answer.status_code, problem)


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
