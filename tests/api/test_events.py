"""Event streams: nothing is silent for long, and what goes wrong is told."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

import app.web.events
from app.errors import BusyError
from app.web.events import Event, event_stream


async def lines_of(events: AsyncGenerator[Event, None]) -> list[str]:
    answer = await event_stream(events)
    return [str(line) async for line in answer.body_iterator]


def test_a_silent_stream_sends_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that begin with a colon are no events (HTML standard, 9.2.6)."""
    monkeypatch.setattr(app.web.events, "KEEP_ALIVE_S", 0.01)

    async def events() -> AsyncGenerator[Event, None]:
        yield "running", {"done": 0}
        await asyncio.sleep(0.1)
        yield "done", {}

    first, *comments, last = asyncio.run(lines_of(events()))
    assert first.startswith("event: running\n")
    assert last == "event: done\ndata: {}\n\n"
    assert comments
    assert set(comments) == {": still here\n\n"}


def test_what_goes_wrong_before_the_first_event_is_raised() -> None:
    async def events() -> AsyncGenerator[Event, None]:
        raise BusyError("Taken.")
        yield "done", {}

    with pytest.raises(BusyError):
        asyncio.run(lines_of(events()))


def test_what_goes_wrong_later_is_the_last_event() -> None:
    async def events() -> AsyncGenerator[Event, None]:
        yield "running", {}
        raise BusyError("Taken.")

    _, last = asyncio.run(lines_of(events()))
    assert last.startswith("event: problem\n")
    assert '"type": "busy"' in last


def test_a_client_that_leaves_ends_what_waits_for_the_next_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.web.events, "KEEP_ALIVE_S", 0.01)
    ended = []

    async def events() -> AsyncGenerator[Event, None]:
        try:
            yield "running", {}
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def leave_at_the_first_comment() -> None:
        lines = (await event_stream(events())).body_iterator
        async for line in lines:
            if str(line).startswith(":"):
                break
        await lines.aclose()

    asyncio.run(leave_at_the_first_comment())
    assert ended == [True]
