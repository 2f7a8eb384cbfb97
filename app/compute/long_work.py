"""Work that takes seconds: done once for all who ask, watched, given up when nobody waits."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.compute.admission import Admission
from app.compute.cache import ByteCache
from app.compute.event_loop import tell
from app.compute.turns import Turn, Turns
from app.errors import TimeLimitError
from app.inspection.errors import WorkCancelledError
from app.inspection.giving_up import given_up_when
from app.inspection.progress import Progress
from app.web.clients import current_client

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True)
class WorkProgress(Generic[Value]):
    """How far it has come.

    Attributes:
        done, total: steps; total is 0 before the first report.
        preview: what the work handed to its last report.
        result: the value, once it is there; then this is the last progress.
    """

    done: int = 0
    total: int = 0
    preview: Any = None
    result: Value | None = None


@dataclass(eq=False)
class _Running(Generic[Value]):
    """One piece of work and those who wait for it."""

    task: "asyncio.Future[Value]" = field(init=False)
    cancelled: threading.Event = field(default_factory=threading.Event)
    progress: WorkProgress[Value] = field(default_factory=WorkProgress)
    waiters: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def report(self, progress: WorkProgress[Value]) -> None:
        self.progress = progress
        self.announce()

    def announce(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


@dataclass(frozen=True)
class WorkLimits:
    """How much work at once, and how long.

    Attributes:
        workers: computing at the same moment, one core each.
        queue: pieces of work that may be under way or in line beside those.
        per_client: that one page or program may have of all these places; one address has half.
        time_s: of computing, for one piece of work; waiting for a turn does not count.
    """

    workers: int = 1
    queue: int = 32
    per_client: int = 8
    time_s: float = 600.0

    @property
    def places(self) -> int:
        """Pieces of work at once, computing or not."""
        return self.workers + self.queue


# Work that has begun holds memory until it ends, also while others have their turn.
_MOST_BEGUN_PER_WORKER = 4


class LongWork(Generic[Key, Value]):
    """A few threads of its own, so that long work never takes the places of short work.

    Clients take turns on them, see `app.compute.turns`. Results are kept, bounded in bytes, under a
    key that names everything they depend on. Use from one event loop.
    """

    def __init__(
        self,
        limits: WorkLimits,
        budget_bytes: int,
        size_of: Callable[[Value], int],
        turns: Turns | None = None,
    ) -> None:
        self._limits = limits
        self._turns = turns or Turns(limits.workers, _MOST_BEGUN_PER_WORKER * limits.workers)
        self._results: ByteCache[Key, Value] = ByteCache(budget_bytes, size_of)
        self._running: dict[Key, _Running[Value]] = {}
        self._admission = Admission(
            "computations",
            limits.places,
            limits.per_client,
            max(limits.per_client, limits.places // 2),
            retry_after_s=2,
        )

    def get(self, key: Key) -> Value | None:
        """The kept result, or None."""
        return self._results.get(key)

    def forget_where(self, condition: Callable[[Key], bool]) -> None:
        """Drop every result whose key meets the condition."""
        self._results.forget_where(condition)

    async def result(self, key: Key, work: Callable[[Progress], Value]) -> Value:
        """The value: kept, or of the work that is under way, or of new work.

        Args:
            key: everything the value depends on.
            work: runs on a thread; reports with what it is given.

        Raises:
            BusyError: all places are taken.
        """
        return await result_of(self.watch(key, work))

    async def watch(
        self, key: Key, work: Callable[[Progress], Value]
    ) -> AsyncGenerator[WorkProgress[Value], None]:
        """The progress now and after each change; the last one carries the result.

        Whoever stops iterating stops waiting: close the iterator (`contextlib.aclosing`) where the
        loop may be left early. Reports that come faster than they are read are skipped.

        Raises:
            BusyError: all places are taken.
        """
        kept = self._results.get(key)
        if kept is not None:
            yield WorkProgress(1, 1, result=kept)
            return
        running = self._running.get(key) or self._start(key, work)
        running.waiters += 1
        try:
            while not running.task.done():
                seen, changed = running.progress, running.changed
                yield seen
                if running.progress is seen and not running.task.done():
                    await changed.wait()
            last = running.progress
            yield WorkProgress(last.total, last.total, last.preview, running.task.result())
        finally:
            running.waiters -= 1
            if running.waiters == 0 and not running.task.done():
                running.cancelled.set()
                running.task.cancel()
                # At once, so that nobody joins work that has been given up.
                self._running.pop(key, None)

    def _start(self, key: Key, work: Callable[[Progress], Value]) -> _Running[Value]:
        client = current_client()
        self._admission.enter(client)
        loop = asyncio.get_running_loop()
        running: _Running[Value] = _Running()

        def run(turn: Turn) -> Value:
            def step(done: int, total: int, preview: Any = None) -> None:
                self._check(running, turn)
                tell(loop, running.report, WorkProgress(done, total, preview))
                if turn.pass_on():
                    # It may have been given up meanwhile.
                    self._check(running, turn)

            # A step may itself be a whole pass through a large network.
            with given_up_when(running.cancelled.is_set):
                return work(step)

        def keep(task: "asyncio.Future[Value]") -> None:
            if self._running.get(key) is running:
                del self._running[key]
                if not task.cancelled() and task.exception() is None:
                    self._results.put(key, task.result())
            running.announce()

        future = self._turns.submit(client, run)
        # Running work keeps its place to its end, even when nobody waits for it any more.
        future.add_done_callback(lambda _: tell(loop, self._admission.leave, client))
        running.task = asyncio.wrap_future(future)
        running.task.add_done_callback(keep)
        self._running[key] = running
        return running

    def _check(self, running: _Running[Value], turn: Turn) -> None:
        if running.cancelled.is_set():
            raise WorkCancelledError
        if turn.served_s > self._limits.time_s:
            raise TimeLimitError(self._limits.time_s)

    def close(self) -> None:
        """Give up everything and wait until the threads have ended."""
        for running in self._running.values():
            running.cancelled.set()
        self._turns.close()


async def result_of(watch: AsyncGenerator[WorkProgress[Value], None]) -> Value:
    """Wait for the end of long work, and give it up with whoever waits."""
    async with aclosing(watch) as progress:
        async for each in progress:
            if each.result is not None:
                return each.result
    raise RuntimeError("Work ends with a result or raises.")
