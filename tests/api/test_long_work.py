"""Long work: once for all, watched, given up with the last who waits."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import aclosing

import pytest

from app.compute.long_work import LongWork, WorkLimits, WorkProgress
from app.compute.turns import Turns
from app.errors import BusyError, TimeLimitError
from app.inspection.errors import WorkCancelledError
from app.inspection.progress import Progress
from app.web.clients import Client, _current
from app.web.events import event_stream


def make(workers: int = 1, queue: int = 0, budget_bytes: int = 100) -> LongWork[str, bytes]:
    return LongWork(WorkLimits(workers, queue), budget_bytes, len)


class Gated:
    """Work of two steps that waits for the test between them."""

    def __init__(self) -> None:
        self.calls = 0
        self.gate = threading.Event()
        self.cancelled = threading.Event()

    def __call__(self, progress: Progress) -> bytes:
        self.calls += 1
        progress(1, 2, "half")
        assert self.gate.wait(10)
        try:
            progress(2, 2, "whole")
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


def test_one_client_cannot_take_every_place() -> None:
    async def scenario() -> None:
        store: LongWork[str, bytes] = LongWork(WorkLimits(1, 7, per_client=2), 100, len)
        gate = threading.Event()

        def work(_: Progress) -> bytes:
            assert gate.wait(10)
            return b"value"

        def ask(client: Client, key: str) -> asyncio.Task[bytes]:
            with_client = contextvars.copy_context()
            with_client.run(_current.set, client)
            return asyncio.get_running_loop().create_task(
                store.result(key, work), context=with_client
            )

        anna, at_the_same_address = Client("10.0.0.1", "a"), Client("10.0.0.1", "b")
        taken = [ask(anna, "1"), ask(anna, "2")]
        with pytest.raises(BusyError, match="You have 2"):
            await ask(anna, "3")
        taken += [ask(at_the_same_address, "4"), ask(at_the_same_address, "5")]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="Your address has 4"):
            await ask(Client("10.0.0.1", "c"), "6")
        taken.append(ask(Client("10.0.0.2"), "7"))
        # What is under way already has no further place to take.
        taken.append(ask(anna, "7"))
        await asyncio.sleep(0)
        gate.set()
        assert await asyncio.gather(*taken) == [b"value"] * 6
        store.close()

    asyncio.run(scenario())


def test_work_beyond_its_time_ends_and_waiting_does_not_count() -> None:
    async def scenario() -> None:
        now_s = 0.0
        turns = Turns(1, 4, slice_s=1.0, clock=lambda: now_s)
        store: LongWork[str, bytes] = LongWork(WorkLimits(time_s=10.0), 100, len, turns)

        def work(steps: int) -> Callable[[Progress], bytes]:
            def run(progress: Progress) -> bytes:
                nonlocal now_s
                for done in range(steps):
                    now_s += 3
                    progress(done, steps)
                return b"value"

            return run

        results = await asyncio.gather(
            store.result("short", work(3)),
            store.result("long", work(4)),
            store.result("another", work(3)),
            return_exceptions=True,
        )
        assert (results[0], results[2]) == (b"value", b"value")
        assert isinstance(results[1], TimeLimitError)
        assert "10 s" in str(results[1])
        store.close()

    asyncio.run(scenario())


def test_failure_reaches_everyone_and_is_not_kept() -> None:
    async def scenario() -> None:
        store = make()

        def fail(_: Progress) -> bytes:
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
