"""Who makes room when there are too many connections, and what counts as reading."""

import asyncio
import errno
import logging
import os
from types import SimpleNamespace

import pytest

from app.settings import Settings
from app.web.connections import ConnectionLimits, Connections, limits_of
from app.web.http_protocol import BoundedProtocol
from app.web.serving import _QuietAccepting


class FakeConnection:
    def __init__(self, address: str, waiting_since: float | None) -> None:
        self.address = address
        self.waiting_since = waiting_since
        self.taken_bytes = 0
        self.unread_bytes = 0
        self.ended = False

    def sweep(self, now: float) -> None:
        return None

    def abort(self) -> None:
        self.ended = True


LIMITS = ConnectionLimits(
    total=6,
    per_client=4,
    refused=1,
    accepted_at_once=8,
    header_timeout_s=10,
    answer_timeout_s=30,
    unread_answer_bytes=1000,
)


def test_room_is_made_by_whoever_holds_most() -> None:
    async def fill() -> None:
        now = asyncio.get_running_loop().time()
        connections = Connections(LIMITS)
        greedy = [FakeConnection("greedy", now - 5 + place) for place in range(4)]
        modest = [FakeConnection("modest", now - 9), FakeConnection("modest", None)]
        for each in (*greedy, *modest):
            assert connections.enter(each)
        # Over its own share: the longest idle of its own.
        assert connections.enter(FakeConnection("greedy", None))
        assert [each.ended for each in (*greedy, *modest)] == [True, *[False] * 5]
        # Over the total: of the client with the most, though another has waited longer.
        assert connections.enter(FakeConnection("other", None))
        assert [each.ended for each in (*greedy, *modest)] == [True, True, *[False] * 4]
        # One that has only just come is left in peace, and there is no other to take.
        for each in (*greedy, *modest):
            each.waiting_since = None if each.waiting_since is None else now + 3600
        refused = [FakeConnection("other", None) for _ in range(2)]
        for each in refused:
            assert not connections.enter(each)
            connections.refuse(each)
        # As many as may read why they are refused, the newest of them.
        assert [each.ended for each in refused] == [True, False]
        connections._timer.cancel()

    asyncio.run(fill())


def test_slowest_readers_go_when_unread_answers_fill_the_memory() -> None:
    async def fill() -> None:
        connections = Connections(LIMITS)
        readers = [FakeConnection(str(place), None) for place in range(4)]
        for each, (unread_bytes, taken_bytes) in zip(
            readers, [(600, 2**21), (600, 10), (300, 20), (500, None)], strict=True
        ):
            each.unread_bytes, each.taken_bytes = unread_bytes, taken_bytes
            connections.enter(each)
        connections._sweep()
        # Of the last it is not known yet how fast it reads.
        assert [each.ended for each in readers] == [False, True, True, False]
        connections._timer.cancel()

    asyncio.run(fill())


@pytest.mark.parametrize(
    ("unread_kib", "is_paused", "is_over", "expected"),
    [
        # 64 KiB in 30 s are 2 KiB/s; 10 KiB are not the least that counts as reading.
        (lambda s: 6400 - 64 * s // 30, True, True, False),
        (lambda s: 6400 - 10 * s // 30, True, True, True),
        (lambda s: 6400, True, False, True),
        # A stream that is not held up may always have something under way.
        (lambda s: 20, False, False, False),
        (lambda s: 0, False, True, False),
    ],
)
def test_reading_is_told_from_not_reading(unread_kib, is_paused, is_over, expected) -> None:
    async def watch() -> bool:
        limits = limits_of(Settings())
        loop = asyncio.get_running_loop()
        protocol = BoundedProtocol.__new__(BoundedProtocol)
        protocol._all = Connections(limits)
        protocol._written_bytes = protocol._rest_bytes = 0
        protocol._swept_taken_bytes = protocol._seen_taken_bytes = None
        protocol._seen_at = protocol._turn_began = loop.time()
        protocol._closes_at = None
        protocol.cycle = SimpleNamespace(response_complete=is_over)
        protocol.flow = SimpleNamespace(write_paused=is_paused)
        found = False
        for second in range(100):
            size_bytes = unread_kib(second) * 1024
            protocol.transport = SimpleNamespace(
                get_write_buffer_size=lambda size=size_bytes: size, is_closing=lambda: False
            )
            found = found or protocol._is_unread(float(second))
        return found

    assert asyncio.run(watch()) is expected


def test_want_of_file_handles_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    handler = _QuietAccepting()
    passed = []
    loop = SimpleNamespace(default_exception_handler=passed.append)
    error = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    with caplog.at_level(logging.ERROR):
        for _ in range(1000):
            handler(loop, {"message": "socket.accept() out of system resource", "exception": error})
        handler(loop, {"message": "something else", "exception": error})
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert len(passed) == 1
