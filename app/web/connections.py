"""Bounds what clients that are slow, silent or many can hold of the server."""

import asyncio
import logging
import resource
from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from app.settings import Settings

_logger = logging.getLogger(__name__)

# Connections are looked through this often, or as often as the shortest limit needs.
_SWEEP_S = 1.0
_SWEEPS_A_LIMIT = 4
# A new connection keeps its place this long, however many others come.
_SPARED_S = 0.25
# Who takes less of an answer between two sweeps makes room when unread answers fill the memory.
_SLOW_BYTES = 2**20
_LOG_INTERVAL_S = 10.0


@dataclass(frozen=True)
class ConnectionLimits:
    """What connections may hold.

    Attributes:
        total, per_client: connections, of all addresses and of one.
        refused: further ones that may wait until they have read that they are refused.
        accepted_at_once: before any of them can be refused.
        header_timeout_s: for the first byte, and from it for the whole head of a request.
        answer_timeout_s: how long an answer may stay unread.
        unread_answer_bytes: of all answers together.
    """

    total: int
    per_client: int
    refused: int
    accepted_at_once: int
    header_timeout_s: float
    answer_timeout_s: float
    unread_answer_bytes: int


def limits_of(settings: Settings) -> ConnectionLimits:
    """The limits that suit what this process may open: half of it is for clients, at most.

    The other half is for weights, pictures and child processes, and for those who are refused.
    """
    openable, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    half = settings.max_connections if openable == resource.RLIM_INFINITY else openable // 2
    total = max(2, min(settings.max_connections, half))
    return ConnectionLimits(
        total=total,
        per_client=max(1, total // 2),
        refused=max(1, half // 4),
        accepted_at_once=max(8, min(128, half // 4)),
        header_timeout_s=settings.header_timeout_s,
        answer_timeout_s=settings.answer_timeout_s,
        unread_answer_bytes=settings.unread_answer_bytes,
    )


class Connection(Protocol):
    """What is asked of one connection; `app.web.http_protocol` is one.

    Attributes:
        address: of the client.
        waiting_since: when it became the client's turn to send a request; None while one is
            answered.
        unread_bytes: of answers, that the client has not taken.
        taken_bytes: of them, since the sweep before; None if nothing was unread then, so that
            nothing is known of its pace.
    """

    address: str
    taken_bytes: int | None

    @property
    def waiting_since(self) -> float | None: ...

    @property
    def unread_bytes(self) -> int: ...

    def sweep(self, now: float) -> str | None:
        """End it if it is overdue; what it was, then, in words for the log."""

    def abort(self) -> None:
        """End it at once, with what is unread: what it held is free when this turn is over."""


class Connections:
    """All connections of one server. Use from one event loop."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()
        # In the order in which they came.
        self._refused: dict[Connection, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tally: Counter[str] = Counter()
        self._told_at = float("-inf")

    def enter(self, connection: Connection) -> bool:
        """Give it a place, of somebody's who has long sent nothing if need be; False if none."""
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._timer = loop.call_later(self._interval_s, self._sweep)
        of_client = [each for each in self._open if each.address == connection.address]
        is_client_over = len(of_client) >= self.limits.per_client
        if is_client_over or len(self._open) >= self.limits.total:
            # The client that is over its share makes room itself.
            idle = self._longest_idle(of_client if is_client_over else self._open, loop.time())
            if idle is None:
                self._tally["refused"] += 1
                return False
            self._open.discard(idle)
            idle.abort()
            self._tally["closed to make room"] += 1
        self._open.add(connection)
        return True

    def refuse(self, connection: Connection) -> None:
        """Let it stay until it has read that it is refused; who was told first goes first."""
        self._refused[connection] = None
        if len(self._refused) > self.limits.refused:
            oldest = next(iter(self._refused))
            del self._refused[oldest]
            oldest.abort()

    def leave(self, connection: Connection) -> None:
        """It has ended."""
        self._open.discard(connection)
        self._refused.pop(connection, None)

    def _longest_idle(
        self, connections: "set[Connection] | list[Connection]", now: float
    ) -> Connection | None:
        counts = Counter(each.address for each in self._open)
        idle = [
            (-counts[each.address], since, id(each), each)
            for each in connections
            if (since := each.waiting_since) is not None
            and now - since >= _SPARED_S
            # Who still reads is at work; who only seems to is found by the sweep.
            and each.unread_bytes == 0
        ]
        return min(idle)[-1] if idle else None

    @property
    def _interval_s(self) -> float:
        shortest = min(self.limits.header_timeout_s, self.limits.answer_timeout_s)
        return min(_SWEEP_S, shortest / _SWEEPS_A_LIMIT)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in (*self._open, *self._refused):
            ended = connection.sweep(now)
            if ended:
                self._tally[ended] += 1
        self._drop_unread()
        if self._tally and now - self._told_at >= _LOG_INTERVAL_S:
            counts = ", ".join(f"{count} {what}" for what, count in self._tally.items())
            _logger.warning("Connections: %s; %d are open.", counts, len(self._open))
            self._tally.clear()
            self._told_at = now
        is_needed = self._open or self._refused or self._tally
        self._timer = loop.call_later(self._interval_s, self._sweep) if is_needed else None

    def _drop_unread(self) -> None:
        """End the slowest readers while unread answers weigh more than they may."""
        unread_bytes = sum(each.unread_bytes for each in self._open)
        slow = [
            (each.taken_bytes, id(each), each)
            for each in self._open
            if each.unread_bytes and each.taken_bytes is not None and each.taken_bytes < _SLOW_BYTES
        ]
        for _, _, connection in sorted(slow):
            if unread_bytes <= self.limits.unread_answer_bytes:
                return
            unread_bytes -= connection.unread_bytes
            connection.abort()
            self._tally["with an unread answer, for want of memory"] += 1
