"""The server around the application: how it listens, and who can reach it."""

import asyncio
import logging
import socket
import time
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from app.settings import Settings
from app.web.connections import ConnectionLimits, Connections, limits_of
from app.web.hosts import is_loopback
from app.web.http_protocol import BoundedProtocol

# Streams of running downloads must not hold up a shutdown for longer than this.
GRACE_S = 3
_LOG_INTERVAL_S = 10.0
# Connections that the system holds ready to be accepted; beyond them it takes a second or more.
_WAITING = 1024

# The one that uvicorn shows.
_logger = logging.getLogger("uvicorn.error")


class OpenServerError(Exception):
    """A server that everybody could use without anybody having said that they may."""


def make_server(
    application: ASGIApp, settings: Settings, host: str, port: int, log_level: str | None = None
) -> uvicorn.Server:
    """A server that bounds its connections; `run` serves until it is told to stop."""
    connections = Connections(limits_of(settings))
    protocol = partial(BoundedProtocol, connections=connections)
    return _Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            http=cast("type[asyncio.Protocol]", protocol),
            ws="none",
            # For asyncio: how many it accepts at a time.
            backlog=connections.limits.accepted_at_once,
            timeout_graceful_shutdown=GRACE_S,
            log_level=log_level,
        ),
        connections.limits,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, limits: ConnectionLimits) -> None:
        super().__init__(config)
        self._limits = limits

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_QuietAccepting())
        await super().startup(sockets)
        for server in self.servers:
            for listener in server.sockets:
                with listener.dup() as same:
                    same.listen(_WAITING)
        _logger.info(
            "Up to %d connections are held, %d of one address.",
            self._limits.total,
            self._limits.per_client,
        )


class _QuietAccepting:
    """Tells in a line, and seldom, that nothing can be accepted: it happens at every attempt."""

    def __init__(self) -> None:
        self._told_at = float("-inf")
        self._times = 0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not (isinstance(error, OSError) and "socket.accept()" in context.get("message", "")):
            loop.default_exception_handler(context)
            return
        self._times += 1
        now = time.monotonic()
        if now - self._told_at >= _LOG_INTERVAL_S:
            _logger.error(
                "No connection can be accepted: %s (%d times).", error.strerror, self._times
            )
            self._told_at, self._times = now, 0


def reach_of(settings: Settings, host: str) -> str:
    """Who can use a server that listens on this address or name, in a sentence.

    Raises:
        OpenServerError: everybody could, and nobody has said so.
    """
    if settings.token is not None:
        where = "from this machine" if is_loopback(host) else f"who reaches {host or 'it'}"
        return f"Everybody {where} and has the token (CONVSCOPE_TOKEN) can use this server."
    if is_loopback(host):
        return "Only this machine can reach this server."
    if settings.public:
        return (
            f"Everybody who reaches {host or 'it'} can use this server, without a token "
            "(CONVSCOPE_PUBLIC)."
        )
    raise OpenServerError(
        f"Everybody who reaches {host or 'this machine'} could use this server. Set "
        "CONVSCOPE_TOKEN to a secret that they must know, or CONVSCOPE_PUBLIC=true to let "
        "everybody in, or listen on 127.0.0.1. docs/security.md says what each means."
    )
