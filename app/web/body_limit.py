"""Bounds what a request's body may weigh and how long it may take, and lets answers be read.

A client that is still sending when its connection ends sees a reset in place of the answer: so the
end of every answer waits, within bounds, until the body is through.
"""

import asyncio
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RequestTooLargeError, RequestTooSlowError
from app.web.problems import problem_of, problem_response

LIMIT_BYTES = 256 * 1024
_WITHOUT_BODY = frozenset({"GET", "HEAD"})
# What is read and dropped of a body that nobody wants any more, and for how long.
_DRAIN_BYTES = 64 * 2**20
_DRAIN_S = 5.0
_DRAIN_IDLE_S = 1.0


class BodyLimit:
    """Refuses larger bodies: by their announced length at once, the others while they are read.

    And slower ones. Only the paths of uploads go past it, whatever a body calls itself:
    `app.web.uploads` counts there.

    Args:
        idle_s: the longest pause within a body.
        total_s: the longest time for a whole body.
    """

    def __init__(
        self,
        app: ASGIApp,
        uploads: frozenset[str],
        idle_s: float,
        total_s: float,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self._app = app
        self._uploads = uploads
        self._idle_s = idle_s
        self._total_s = total_s
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._uploads:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > self._limit_bytes:
            answer = problem_response(problem_of(RequestTooLargeError(self._limit_bytes)))
            await answer(scope, receive, send)
        elif scope["method"] in _WITHOUT_BODY:
            # What such a request brings is read by nobody; who waits for its answer watches the
            # connection, and must not take a slow body for a client that has left.
            await self._app(scope, receive, send)
        else:
            await self._app(scope, self._bounded(receive), send)

    def _bounded(self, receive: Receive) -> Receive:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._total_s
        received_bytes = 0
        is_over = False

        async def receive_bounded() -> Message:
            nonlocal received_bytes, is_over
            if is_over:
                # From here on it is waited for the end of the connection.
                return await receive()
            try:
                async with asyncio.timeout_at(min(deadline, loop.time() + self._idle_s)):
                    message = await receive()
            except TimeoutError as error:
                raise RequestTooSlowError(self._idle_s, self._total_s) from error
            received_bytes += len(message.get("body", b""))
            is_over = _is_last_part(message)
            if received_bytes > self._limit_bytes:
                raise RequestTooLargeError(self._limit_bytes)
            return message

        return receive_bounded


class ReadableAnswers:
    """Holds back the very end of an answer while the client still sends its request.

    Args:
        longest_s: for which the rest of a body is waited for; never longer than 5 s.
    """

    def __init__(self, app: ASGIApp, longest_s: float = _DRAIN_S) -> None:
        self._app = app
        self._longest_s = min(_DRAIN_S, longest_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        # A client that asks first will not send what is refused.
        body = _Body(receive, is_sent="expect" not in Headers(scope=scope))
        is_too_slow = False

        async def send_readable(message: Message) -> None:
            nonlocal is_too_slow
            if message["type"] == "http.response.start":
                is_too_slow = message["status"] == HTTPStatus.REQUEST_TIMEOUT
            is_end = message["type"] == "http.response.body" and not message.get("more_body", False)
            if is_end and body.is_sent and not body.is_over and not is_too_slow:
                await send({**message, "more_body": True})
                await body.drain(self._longest_s)
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self._app(scope, body.receive, send_readable)


class _Body:
    """What comes of one request's body.

    Attributes:
        is_sent: the client sends it, or was asked to.
        is_over: its last part has come, or the client has left.
    """

    def __init__(self, receive: Receive, *, is_sent: bool) -> None:
        self._receive = receive
        self.is_sent = is_sent
        self.is_over = False

    async def receive(self) -> Message:
        """The next part."""
        self.is_sent = True
        message = await self._receive()
        self.is_over = self.is_over or _is_last_part(message)
        return message

    async def drain(self, longest_s: float) -> None:
        """Read and drop what still comes, within bounds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + longest_s
        left_bytes = _DRAIN_BYTES
        try:
            while not self.is_over and left_bytes > 0:
                async with asyncio.timeout_at(min(deadline, loop.time() + _DRAIN_IDLE_S)):
                    left_bytes -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _is_last_part(message: Message) -> bool:
    return message["type"] != "http.request" or not message.get("more_body", False)
