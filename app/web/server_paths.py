"""Keeps the server's paths to the person who sits at its machine.

Messages name files so that this person can mend what is wrong. Everybody else reads the name of the
setting in place of the directory.
"""

import json
import re
import sys
import sysconfig
import tempfile
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings
from app.web.hosts import HostNames, is_loopback

_TEXT = ("application/json", "application/problem+json", "text/event-stream")
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_OWN_NAMES = HostNames()


class PathNames:
    """Directories of this server and what they are called in answers."""

    def __init__(self, settings: Settings) -> None:
        places = {
            settings.weights_dir: "$CONVSCOPE_WEIGHTS_DIR",
            settings.cache_dir: "$CONVSCOPE_CACHE_DIR",
            settings.training_dir: "$CONVSCOPE_TRAINING_DIR",
            settings.training_data_dir: "$CONVSCOPE_TRAINING_DATA_DIR",
            Path(__file__).parents[2]: "(convscope)",
            Path(sys.prefix): "(python)",
            Path(sysconfig.get_path("purelib")): "(python packages)",
            Path(tempfile.gettempdir()): "(temporary)",
            Path.home(): "(home)",
        }
        self._names: dict[bytes, bytes] = {}
        for place, name in places.items():
            for form in {place, place.absolute(), place.resolve()} if place else ():
                # "/usr" and the like stand in addresses as well, and say nothing.
                if len(form.parts) > 2 or not form.is_absolute():
                    self._add(str(form), name)
        longest_first = sorted(self._names, key=len, reverse=True)
        choices = b"|".join(re.escape(place) for place in longest_first)
        self._pattern = re.compile(rb"(?<![\w.~-])(?:" + choices + rb")(?![\w-])")

    def _add(self, place: str, name: str) -> None:
        if place in {"", "."}:
            return
        for ascii_only in (True, False):
            text = json.dumps(place, ensure_ascii=ascii_only)[1:-1]
            # As `app.web.json_answers` writes a name that is no UTF-8.
            self._names.setdefault(text.encode("utf-8", "replace"), name.encode())

    def put_into(self, text: bytes) -> bytes:
        """The JSON with names in place of directories."""
        # Much faster than the pattern, and most answers hold none.
        if not any(place in text for place in self._names):
            return text
        return self._pattern.sub(lambda found: self._names[found[0]], text)


class PathsUntold:
    """Puts names in place of directories into every answer that leaves this machine."""

    def __init__(self, app: ASGIApp, settings: Settings, *, loopback_only: bool) -> None:
        self._app = app
        self._names = PathNames(settings)
        self._may_tell = loopback_only and not settings.public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._must_hide(scope):
            send = _Renaming(send, self._names).send
        await self._app(scope, receive, send)

    def _must_hide(self, scope: Scope) -> bool:
        if scope["method"] == "HEAD" or scope["path"].startswith("/static/"):
            return False
        return not (self._may_tell and _is_at_the_machine(scope))


def _is_at_the_machine(scope: Scope) -> bool:
    client = scope.get("client")
    headers = Headers(scope=scope)
    # A proxy on this machine, or a tunnel to it, speaks for somebody elsewhere.
    return (
        client is not None
        and is_loopback(client[0])
        and _OWN_NAMES.include(headers.get("host", ""))
        and not any(name in headers for name in _FORWARDED)
    )


class _Renaming:
    """One answer on its way out; its start waits for its first part, whose length may change."""

    def __init__(self, send: Send, names: PathNames) -> None:
        self._send = send
        self._names = names
        self._start: Message | None = None
        self._is_text = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            content_type = Headers(raw=message["headers"]).get("content-type", "")
            self._is_text = content_type.startswith(_TEXT)
            if self._is_text:
                self._start = message
                return
        elif self._is_text:
            message = {**message, "body": self._names.put_into(message.get("body", b""))}
            if self._start is not None:
                await self._send(self._with_length(self._start, message))
                self._start = None
        await self._send(message)

    @staticmethod
    def _with_length(start: Message, first: Message) -> Message:
        headers = MutableHeaders(scope=start)
        if "content-length" in headers:
            if first.get("more_body", False):
                del headers["content-length"]
            else:
                headers["content-length"] = str(len(first["body"]))
        return start
