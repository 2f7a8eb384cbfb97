"""The bounded pool in which torch runs, so that the event loop never does."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

import torch
from starlette.requests import Request

from app.compute.admission import Admission, share_of
from app.compute.event_loop import tell
from app.compute.turns import Turn, Turns
from app.errors import ClientLeftError
from app.inspection.giving_up import given_up_when
from app.web.clients import Client, current_client

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class ComputePool:
    """A fixed number of threads and a bounded queue, in which clients take turns.

    Each worker computes on one core: two pictures side by side on two cores are finished sooner
    than one after the other on both.
    """

    def __init__(
        self,
        workers: int,
        queue: int,
        clock: Callable[[], float] = time.monotonic,
        name: str = "compute",
    ) -> None:
        self._workers = workers
        places = workers + queue
        self._admission = Admission("computations", places, per_address=share_of(places))
        self._clock = clock
        # Since then no worker has begun or finished anything.
        self._unmoved_since = clock()
        torch.set_num_threads(1)
        self._turns = Turns(workers, workers, name=name)

    async def run(
        self,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Call the function on a worker. A job ends with its awaiter.

        One that is queued never begins; one that runs ends where it asks whether it is still
        wanted (`app.inspection.giving_up.check_wanted`), as networks do between their operations.

        Raises:
            BusyError: the queue is full, or holds as much of this client as it may.
        """
        client = current_client()
        is_free = self._admission.count < self._workers
        self._admission.enter(client)
        loop = asyncio.get_running_loop()
        if is_free:
            self._unmoved_since = self._clock()
        given_up = threading.Event()

        def job(_: Turn) -> Result:
            with given_up_when(given_up.is_set):
                return function(*args, **kwargs)

        future = self._turns.submit(client, job)
        # A running job keeps its place to its end, even when nobody waits for it any more.
        future.add_done_callback(lambda done: tell(loop, self._release, client, done))
        try:
            return await asyncio.wrap_future(future)
        finally:
            given_up.set()

    def _release(self, client: Client, done: "Future[Any]") -> None:
        self._admission.leave(client)
        # One that left the queue has moved nothing.
        if not done.cancelled():
            self._unmoved_since = self._clock()

    @property
    def stalled_s(self) -> float:
        """For how long every worker has been busy with the same job; 0 while one is free."""
        is_busy = self._admission.count >= self._workers
        return self._clock() - self._unmoved_since if is_busy else 0.0

    @property
    def waiting(self) -> int:
        """Jobs that no worker has begun."""
        return max(0, self._admission.count - self._workers)

    def close(self) -> None:
        """Drop what is queued and wait for what runs."""
        self._turns.close()


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
