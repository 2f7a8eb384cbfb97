"""Bounds what a request's body may weigh before anything reads it as a whole."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RequestTooLargeError
from app.problems import problem_of, problem_response

LIMIT_BYTES = 256 * 1024
# After a refusal the rest of a body is read and dropped up to here: a client that still sends
# would otherwise see its connection reset in place of the answer.
_DRAIN_BYTES = 64 * 2**20
_DRAIN_S = 5.0


class BodyLimit:
    """Refuses larger bodies: by their announced length at once, the others while they are read.

    Only the paths of uploads go past it, whatever a body calls itself: `app.uploads` counts there.
    """

    def __init__(
        self, app: ASGIApp, uploads: frozenset[str], limit_bytes: int = LIMIT_BYTES
    ) -> None:
        self._app = app
        self._uploads = uploads
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._uploads:
            await self._app(scope, receive, send)
            return
        body = _CountedBody(receive, send, self._limit_bytes)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > self._limit_bytes:
            answer = problem_response(problem_of(body.refusal()))
            await answer(scope, receive, body.send)
        else:
            await self._app(scope, body.receive, body.send)


class _CountedBody:
    """One request's body while it comes, and the answer that waits for the rest of a refused one.

    Attributes:
        is_refused: it is too large; nobody reads it.
        is_over: its last part has come.
    """

    def __init__(self, receive: Receive, send: Send, limit_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self._limit_bytes = limit_bytes
        self._received = 0
        self.is_refused = False
        self.is_over = False

    def refusal(self) -> RequestTooLargeError:
        """What to answer; from now on the body counts as refused."""
        self.is_refused = True
        return RequestTooLargeError(self._limit_bytes)

    async def _next(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        self.is_over = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def receive(self) -> Message:
        """The next part.

        Raises:
            RequestTooLargeError: with it there are too many bytes.
        """
        message = await self._next()
        if self._received > self._limit_bytes:
            raise self.refusal()
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on; of a refusal all but its end, until the body is through."""
        is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if self.is_refused and is_last and not self.is_over:
            await self._send({**message, "more_body": True})
            await self._drain()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    async def _drain(self) -> None:
        last = self._received + _DRAIN_BYTES
        try:
            async with asyncio.timeout(_DRAIN_S):
                while not self.is_over and self._received < last:
                    await self._next()
        except TimeoutError:
            return
