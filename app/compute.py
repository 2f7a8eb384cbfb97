"""The bounded pool in which torch runs, so that the event loop never does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import torch
from starlette.requests import Request

from app.errors import BusyError, ClientLeftError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class ComputePool:
    """A fixed number of threads and a bounded queue.

    Each worker computes on one core: two pictures side by side on two cores are finished sooner
    than one after the other on both.
    """

    def __init__(
        self, workers: int, queue: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._workers = workers
        self._capacity = workers + queue
        self._admitted = 0
        self._clock = clock
        # Since then no worker has begun or finished anything.
        self._unmoved_since = clock()
        torch.set_num_threads(1)
        self._executor = ThreadPoolExecutor(
            workers, thread_name_prefix="compute", initializer=torch.set_num_threads, initargs=(1,)
        )

    async def run(
        self,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Call the function on a worker. A job that is still queued ends with its awaiter.

        Raises:
            BusyError: the queue is full.
        """
        if self._admitted >= self._capacity:
            raise BusyError(f"All {self._capacity} places for computations are taken.")
        loop = asyncio.get_running_loop()
        if self._admitted < self._workers:
            self._unmoved_since = self._clock()
        self._admitted += 1
        future = self._executor.submit(function, *args, **kwargs)
        # A running job keeps its place to its end, even when nobody waits for it any more.
        future.add_done_callback(lambda done: loop.call_soon_threadsafe(self._release, done))
        return await asyncio.wrap_future(future)

    def _release(self, done: "Future[Any]") -> None:
        self._admitted -= 1
        # One that left the queue has moved nothing.
        if not done.cancelled():
            self._unmoved_since = self._clock()

    @property
    def stalled_s(self) -> float:
        """For how long every worker has been busy with the same job; 0 while one is free."""
        return self._clock() - self._unmoved_since if self._admitted >= self._workers else 0.0

    @property
    def waiting(self) -> int:
        """Jobs that no worker has begun."""
        return max(0, self._admitted - self._workers)

    def close(self) -> None:
        """Drop what is queued and wait for what runs."""
        self._executor.shutdown(cancel_futures=True)


async def while_connected(request: Request, work: Awaitable[Result]) -> Result:
    """Await the work; give it up as soon as the client hangs up.

    Use it only after the request's body has been read in full.

    Raises:
        ClientLeftError: the client left first.
    """
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_disconnection(request))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientLeftError
    finally:
        watch.cancel()
        task.cancel()


async def _disconnection(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
