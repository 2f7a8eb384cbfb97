"""HEAD wherever there is a GET: the same status and headers, and no body (RFC 9110, 9.3.2)."""

import asyncio
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAnswers:
    """Asks the application for the GET, and sends its head alone.

    Only what tries the GET knows its status, so what is computed for one is computed for the other.
    A client that holds the answer already is told so before that, for both. What a GET goes on to
    send, such as the events of long work, ends with the head: the application hears that the client
    has left.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        answer = _Head(receive, send)
        # A copy: what serves the connection has to know that it was a HEAD.
        await self._app({**scope, "method": "GET"}, answer.receive, answer.send)


@dataclass
class _Head:
    _receive: Receive
    _send: Send
    _started: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        """What the client sends, until its answer has begun."""
        if self._started.is_set():
            return {"type": "http.disconnect"}
        coming = asyncio.ensure_future(self._receive())
        started = asyncio.ensure_future(self._started.wait())
        try:
            await asyncio.wait({coming, started}, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else {"type": "http.disconnect"}
        finally:
            coming.cancel()
            started.cancel()

    async def send(self, message: Message) -> None:
        """The head, and with it the end."""
        if message["type"] != "http.response.start":
            return
        await self._send(message)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        self._started.set()
