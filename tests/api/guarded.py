"""The guards of the real server around a few routes that compute nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from app.compute.pool import while_connected
from app.errors import BusyError
from app.settings import Settings
from app.web import problems
from app.web.application import GuardedApplication
from app.web.body_limit import BodyLimit

LARGE_BYTES = 64 * 2**20


def guarded(settings: Settings, listening_on: str = "127.0.0.1") -> GuardedApplication:
    """`application.state.asked` lists what got past the guards; `state.go` lets a stream go on."""
    application = GuardedApplication(settings, listening_on)
    problems.install(application)
    application.add_middleware(
        BodyLimit,
        uploads=frozenset({"/upload", "/broken"}),
        idle_s=settings.upload_idle_timeout_s,
        total_s=settings.upload_timeout_s,
    )
    application.state.asked = []
    application.state.go = asyncio.Event()
    _add_guarded_routes(application)
    _add_odd_answers(application, settings)
    return application


def _add_guarded_routes(application: GuardedApplication) -> None:
    def note(request: Request) -> None:
        application.state.asked.append(f"{request.method} {request.url.path}")

    @application.get("/")
    @application.get("/healthz")
    @application.get("/api/v1/things")
    @application.get("/static/thing.js")
    async def look(request: Request) -> dict[str, Any]:
        note(request)
        return {"query": dict(request.query_params)}

    @application.post("/api/v1/things")
    @application.delete("/api/v1/things")
    @application.patch("/api/v1/things")
    @application.put("/api/v1/things")
    async def change(request: Request) -> dict[str, Any]:
        note(request)
        return {}

    @application.post("/json")
    async def take(body: dict[str, Any]) -> dict[str, Any]:
        return body


def _add_odd_answers(application: GuardedApplication, settings: Settings) -> None:
    @application.post("/upload")
    async def busy() -> None:
        raise BusyError("Too many of them.")

    @application.post("/broken")
    async def broken() -> None:
        raise RuntimeError("a fault of ours")

    @application.get("/large")
    async def large() -> Response:
        return Response(bytes(LARGE_BYTES))

    @application.get("/bytes")
    async def some_bytes(size: int) -> Response:
        return Response(bytes(size))

    @application.get("/stream")
    async def stream() -> StreamingResponse:
        async def events() -> AsyncIterator[str]:
            yield "event: first\n\n"
            await application.state.go.wait()
            yield "event: last\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    @application.get("/wait")
    async def wait(request: Request) -> dict[str, Any]:
        await while_connected(request, application.state.go.wait())
        return {}

    @application.get("/paths")
    async def paths(form: str) -> Response:
        told = {"detail": f"Put it into {settings.cache_dir}/ or {settings.weights_dir}."}
        text = problems.JSONResponse(told).body
        if form == "stream":
            return StreamingResponse(iter([b"data: ", text]), media_type="text/event-stream")
        media_type = "application/json" if form == "json" else "application/octet-stream"
        return Response(text, media_type=media_type)


def connect(address: str) -> socket.socket:
    """A connection on which nothing has been sent."""
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def until_closed(connection: socket.socket) -> bytes:
    """What comes until the server ends the connection."""
    received = bytearray()
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return bytes(received)
