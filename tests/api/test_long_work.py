"""Long work: once for all, watched, given up with the last who waits."""

import asyncio
import threading
from contextlib import aclosing

import pytest

from app.errors import BusyError
from app.events import event_stream
from app.inspection.errors import WorkCancelledError
from app.inspection.long_step import Step
from app.long_work import LongWork, WorkProgress


def make(workers: int = 1, queue: int = 0, budget_bytes: int = 100) -> LongWork[str, bytes]:
    return LongWork(workers, queue, budget_bytes, len)


class Gated:
    """Work of two steps that waits for the test between them."""

    def __init__(self) -> None:
        self.calls = 0
        self.gate = threading.Event()
        self.cancelled = threading.Event()

    def __call__(self, step: Step) -> bytes:
        self.calls += 1
        step(1, 2, "half")
        assert self.gate.wait(10)
        try:
            step(2, 2, "whole")
        except WorkCancelledError:
            self.cancelled.set()
            raise
        return b"value"


def test_progress_ends_with_the_result_which_is_kept() -> None:
    async def scenario() -> None:
        store, work = make(), Gated()
        seen: list[WorkProgress[bytes]] = []
        async for progress in store.watch("key", work):
            seen.append(progress)
            if progress.preview == "half":
                work.gate.set()
        assert next((p.done, p.preview) for p in seen if p.total) == (1, "half")
        assert seen[-1].result == b"value"
        assert all(progress.result is None for progress in seen[:-1])
        assert await store.result("key", work) == b"value"
        assert work.calls == 1
        store.close()

    asyncio.run(scenario())


def test_several_who_ask_share_one_computation() -> None:
    async def scenario() -> None:
        store, work = make(), Gated()
        askers = [asyncio.ensure_future(store.result("key", work)) for _ in range(5)]
        await asyncio.sleep(0)
        work.gate.set()
        assert await asyncio.gather(*askers) == [b"value"] * 5
        assert work.calls == 1
        store.close()

    asyncio.run(scenario())


def test_work_ends_with_the_last_who_waits_and_not_before() -> None:
    async def scenario() -> None:
        store, work = make(), Gated()
        first = asyncio.ensure_future(store.result("key", work))
        async with aclosing(store.watch("key", work)) as second:
            async for progress in second:
                if progress.preview == "half":
                    break
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            assert not work.cancelled.is_set()
        work.gate.set()
        assert await asyncio.to_thread(work.cancelled.wait, 10)
        assert store.get("key") is None
        again = Gated()
        again.gate.set()
        # The thread may still be on its way out: then it says so, and is free a moment later.
        while True:
            try:
                assert await store.result("key", again) == b"value"
                break
            except BusyError:
                await asyncio.sleep(0.01)
        store.close()

    asyncio.run(scenario())


def test_more_than_there_is_room_for_is_busy() -> None:
    async def scenario() -> None:
        store, work = make(), Gated()
        first = asyncio.ensure_future(store.result("one", work))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await store.result("two", work)
        work.gate.set()
        assert await first == b"value"
        store.close()

    asyncio.run(scenario())


def test_failure_reaches_everyone_and_is_not_kept() -> None:
    async def scenario() -> None:
        store = make()

        def fail(_: Step) -> bytes:
            raise OSError("no disk")

        results = await asyncio.gather(
            *(store.result("key", fail) for _ in range(3)), return_exceptions=True
        )
        assert [str(result) for result in results] == ["no disk"] * 3
        assert store.get("key") is None
        store.close()

    asyncio.run(scenario())


def test_failure_after_the_first_event_is_the_last_event() -> None:
    async def scenario() -> None:
        async def events():
            yield "running", {"done": 1}
            raise BusyError("All places are taken.")

        answer = await event_stream(events())
        text = "".join([str(part) async for part in answer.body_iterator])
        assert text.startswith('event: running\ndata: {"done": 1}\n\n')
        assert '"type": "busy"' in text.split("event: problem\ndata: ")[1]

    asyncio.run(scenario())


def test_failure_before_the_first_event_is_raised() -> None:
    async def scenario() -> None:
        async def events():
            raise BusyError("All places are taken.")
            yield "running", {}

        with pytest.raises(BusyError):
            await event_stream(events())

    asyncio.run(scenario())
