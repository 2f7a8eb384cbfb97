"""uvicorn's HTTP protocol with an end to waiting.

uvicorn times nothing but the pause between two requests, and that only until the next byte.
"""

import asyncio
import socket
from typing import Any

import h11
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.errors import BusyError, HeadTooSlowError, MalformedRequestError
from app.web.connections import Connections
from app.web.problems import problem_of, problem_response
from app.web.security import SECURITY_HEADERS

# How long a client may take to read that it is refused.
_CLOSING_S = 2.0
# Less than this, on the average, is no reading.
_LEAST_BYTES_A_SECOND = 1024
# A body goes out in such portions: what is written at once holds the loop, and lies there unread.
_PORTION_BYTES = 2**18
# So many parts of a body may be as small as they like; beyond them they must be this large on the
# average: each takes its time of the event loop, however little it brings.
_SMALL_PARTS = 4096
_LEAST_PART_BYTES = 64
# Of a client that vanished without a word the system then says so.
_KEEPALIVE_IDLE_S = 60


class _Conversation(h11.Connection):
    """Takes no body that comes in very many very small parts."""

    _parts = 0
    _bytes = 0

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._parts = self._bytes = 0
        elif isinstance(event, h11.Data):
            self._parts += 1
            self._bytes += len(event.data)
            if self._parts > _SMALL_PARTS and self._bytes < self._parts * _LEAST_PART_BYTES:
                raise h11.RemoteProtocolError("a body in too many small parts")
        return event


class BoundedProtocol(H11Protocol):
    """One connection; see `app.web.connections.Connection`."""

    def __init__(self, *arguments: Any, connections: Connections, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._all = connections
        self.address = ""
        self.taken_bytes: int | None = None
        self.conn = _Conversation(h11.SERVER)
        self._application, self.app = self.app, self._answer
        self._turn_began = 0.0
        self._has_begun = False
        self._closes_at: float | None = None
        # Of bodies: what has been written, and what of the present one has not.
        self._written_bytes = 0
        self._rest_bytes = 0
        # What had been taken at the sweep before, if something was unread then; and at the last
        # look at who reads too slowly, and when that was.
        self._swept_taken_bytes: int | None = None
        self._seen_taken_bytes: int | None = None
        self._seen_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it
        self.address = self.client[0] if self.client else ""
        self._turn_began = self.loop.time()
        _notice_vanished_clients(transport)
        if not self._all.enter(self):
            self._answer_and_close(BusyError("Too many connections.", retry_after_s=1))
            self._all.refuse(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._closes_at is not None:
            return
        if self.waiting_since is not None and not self._has_begun:
            self._has_begun = True
            self._turn_began = self.loop.time()
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._turn_began = self.loop.time()
        self._has_begun = False
        super().on_response_complete()

    def shutdown(self) -> None:
        if self._closes_at is None:
            super().shutdown()
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self._answer_and_close(MalformedRequestError(msg))

    @property
    def waiting_since(self) -> float | None:
        """When it became the client's turn; None while a request is answered."""
        is_answered = self.cycle is None or self.cycle.response_complete
        return self._turn_began if is_answered and self._closes_at is None else None

    @property
    def unread_bytes(self) -> int:
        """Of answers, that the client has not taken."""
        return self._rest_bytes + self.transport.get_write_buffer_size()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Nobody is judged by how he read the answer before.
        self._swept_taken_bytes = None

        async def send_in_portions(message: Message) -> None:
            await self._send_in_portions(message, send)

        await self._application(scope, receive, send_in_portions)

    async def _send_in_portions(self, message: Message, send: Send) -> None:
        """Send a body as fast as it is read, and let others have their turn in between."""
        body = message.get("body", b"")
        try:
            for start in range(0, len(body) - _PORTION_BYTES, _PORTION_BYTES):
                self._rest_bytes = len(body) - start
                part = body[start : start + _PORTION_BYTES]
                await send({"type": message["type"], "body": part, "more_body": True})
                self._written_bytes += len(part)
                self._rest_bytes -= len(part)
                await asyncio.sleep(0)
            last = body[len(body) - self._rest_bytes :] if self._rest_bytes else body
            await send({**message, "body": last} if body else message)
            self._written_bytes += len(last)
        finally:
            self._rest_bytes = 0

    def abort(self) -> None:
        """End it at once, and do not wait until what is unread has been read."""
        self.transport.abort()

    def sweep(self, now: float) -> str | None:
        """End it if it is overdue; what it was, then, in words for the log."""
        if self._closes_at is not None:
            if now >= self._closes_at:
                self.abort()
            return None
        if self._is_unread(now):
            self.abort()
            return "with an answer that was not read"
        waiting_since = self.waiting_since
        limit_s = self._all.limits.header_timeout_s
        if waiting_since is None or self.unread_bytes or now - waiting_since < limit_s:
            return None
        if self._has_begun and self.conn.our_state is h11.IDLE:
            self._answer_and_close(
                HeadTooSlowError(f"The head of a request must be here within {limit_s:g} s.")
            )
            return "without a whole request head in time"
        # Nothing was asked, so nothing is answered; browsers open connections in advance.
        self.transport.close()
        return None

    def _is_unread(self, now: float) -> bool:
        """True if an answer has been waiting for its reader for too long."""
        taken_bytes = self._written_bytes - self.transport.get_write_buffer_size()
        before = self._swept_taken_bytes
        self.taken_bytes = None if before is None else max(0, taken_bytes - before)
        self._swept_taken_bytes = taken_bytes if self.unread_bytes else None
        is_more_to_come = (
            self.waiting_since is None
            and not self.flow.write_paused
            and not self._rest_bytes
            # It ends as soon as the rest is read, and nothing else would end it.
            and not self.transport.is_closing()
        )
        seen_bytes, waited_s = self._seen_taken_bytes, now - self._seen_at
        if not self.unread_bytes or is_more_to_come:
            self._seen_taken_bytes = None
            return False
        if seen_bytes is not None and waited_s < self._all.limits.answer_timeout_s:
            return False
        self._seen_taken_bytes, self._seen_at = taken_bytes, now
        return (
            seen_bytes is not None and taken_bytes - seen_bytes < waited_s * _LEAST_BYTES_A_SECOND
        )

    def _answer_and_close(self, error: Exception) -> None:
        """Answer with a problem and nothing else, and let the client read it.

        To close while something of the client's is unread would reset the connection, and the
        answer with it: so this side ends, and what still comes is dropped for a moment.
        """
        self._unset_keepalive_if_required()
        if self.cycle is not None and not self.cycle.response_complete:
            # Whoever computes for this connection is told that nobody reads it any more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.close()
                return
        self._closes_at = self.loop.time() + _CLOSING_S
        self.transport.write(_encoded(problem_response(problem_of(error))))
        self.transport.write_eof()


def _encoded(answer: Response) -> bytes:
    head = [f"HTTP/1.1 {answer.status_code} ".encode()]
    security = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
    lines = [*answer.raw_headers, *security, (b"connection", b"close")]
    head.extend(b"\r\n%s: %s" % line for line in lines)
    return b"".join(head) + b"\r\n\r\n" + bytes(answer.body)


def _notice_vanished_clients(transport: asyncio.BaseTransport) -> None:
    connection = transport.get_extra_info("socket")
    if connection is None or connection.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_S)
