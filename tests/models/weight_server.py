"""An HTTP server on 127.0.0.1 that misbehaves as told, and counts what it was asked."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 20


@dataclass(frozen=True)
class Reply:
    """How one request is answered; the default is a well-behaved file server.

    `cut_at` and `hold_at` are offsets in the file, not in the body.
    """

    status: int | None = None
    location: str | None = None
    cut_at: int | None = None
    hold_at: int | None = None
    ignores_ranges: bool = False
    announces_length: bool = True
    content_range: str | None = None


@dataclass
class Request:
    path: str
    range: str | None
    accept_encoding: str | None
    status: int = 0
    first_byte: int = 0
    sent_bytes: int = 0


@dataclass
class WeightServer:
    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    default_reply: Reply = field(default_factory=Reply)
    requests: list[Request] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def ranges(self) -> list[str | None]:
        return [request.range for request in self.requests]

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if self.replies else self.default_reply


@contextmanager
def serving() -> Iterator[WeightServer]:
    """A server for the length of the block; whatever it still holds is let go at the end."""
    state = WeightServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _answer(self, state)

        def log_message(self, *_: object) -> None:
            """Requests are recorded, not printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            state.release.set()
            server.shutdown()
            thread.join()


def _answer(handler: BaseHTTPRequestHandler, state: WeightServer) -> None:
    handler.close_connection = True
    reply = state.next_reply()
    request = Request(handler.path, handler.headers["Range"], handler.headers["Accept-Encoding"])
    state.requests.append(request)
    content = state.files.get(handler.path.removeprefix("/"))
    if reply.status is not None or content is None:
        request.status = reply.status or 404
        handler.send_response(request.status)
        if reply.location:
            handler.send_header("Location", reply.location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    tag = f'"{hashlib.md5(content).hexdigest()}"'
    start = _range_start(handler, reply, tag)
    request.status = 200 if start is None else 206 if start < len(content) else 416
    handler.send_response(request.status)
    handler.send_header("ETag", tag)
    if request.status == 416:
        handler.send_header("Content-Range", f"bytes */{len(content)}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    if start is not None:
        request.first_byte = start
        range_sent = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.send_header("Content-Range", reply.content_range or range_sent)
    if reply.announces_length:
        handler.send_header("Content-Length", str(len(content) - request.first_byte))
    handler.end_headers()
    try:
        _send_body(handler, state, reply, request, content)
    except (BrokenPipeError, ConnectionResetError):
        # The client went away: often what the test wants.
        return


def _range_start(handler: BaseHTTPRequestHandler, reply: Reply, tag: str) -> int | None:
    wanted = handler.headers["Range"]
    if wanted is None or reply.ignores_ranges or handler.headers.get("If-Range", tag) != tag:
        return None
    return int(wanted.removeprefix("bytes=").removesuffix("-"))


def _send_body(
    handler: BaseHTTPRequestHandler,
    state: WeightServer,
    reply: Reply,
    request: Request,
    content: bytes,
) -> None:
    stops = [stop for stop in (reply.hold_at, reply.cut_at) if stop is not None]
    for stop in (*stops, None):
        piece = content[request.first_byte + request.sent_bytes : stop]
        handler.wfile.write(piece)
        handler.wfile.flush()
        request.sent_bytes += len(piece)
        if stop is not None and stop == reply.hold_at:
            state.held.set()
            state.release.wait(PATIENCE_S)
        elif stop is not None:
            return
