"""Threads that clients take turns on: who was served longest ago goes next.

Work that can pause between its steps hands its turn on after a while, so that a short question
does not wait for the end of somebody else's long one.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch

from app.compute.precedence import Precedence
from app.web.clients import Client

Result = TypeVar("Result")


@dataclass(eq=False)
class Turn:
    """One piece of work in line for its turns; made by `Turns.submit`.

    Attributes:
        client: who asked for it.
        number: of its arrival; a client's own work is done in this order.
    """

    client: Client
    number: int
    _turns: "Turns"
    is_started: bool = False
    has_turn: bool = False
    resumed: threading.Event = field(default_factory=threading.Event)
    _since: float = 0.0
    _served_s: float = 0.0

    @property
    def served_s(self) -> float:
        """How long it has held a turn, in seconds; waiting does not count."""
        return self._served_s + (self._turns.clock() - self._since if self.has_turn else 0.0)

    def grant(self) -> None:
        """Count from now."""
        self.has_turn, self._since = True, self._turns.clock()
        self.resumed.set()

    def give_back(self) -> None:
        """Stop counting."""
        self._served_s = self.served_s
        self.has_turn = False
        self.resumed.clear()

    @property
    def is_used_up(self) -> bool:
        """It is somebody else's turn, if anybody waits."""
        return self._turns.clock() - self._since >= self._turns.slice_s

    def pass_on(self) -> bool:
        """Between two steps: let others go first if it is their turn; False if nobody did."""
        return self._turns.pass_on(self)


class Turns:
    """A fixed number of turns at once; who is next says `app.compute.precedence`.

    Args:
        workers: turns at once; each computes on one core.
        most_started: pieces of work that may be begun and not ended; each may hold memory.
        slice_s: how long a turn lasts while others wait.
        clock: seconds.
        name: of the threads.
    """

    def __init__(
        self,
        workers: int,
        most_started: int,
        slice_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        name: str = "work",
    ) -> None:
        self.slice_s = slice_s
        self.clock = clock
        self._free = workers
        self._most_started = max(workers, most_started)
        self._lock = threading.Lock()
        # What a turn is for stands here and not in the turn: a future knows its turn, and results
        # would otherwise wait for the collector of cycles.
        self._line: dict[Turn, tuple[Future[Any], Callable[[Turn], Any]]] = {}
        self._arrivals = 0
        self._precedence = Precedence()
        self._executor = ThreadPoolExecutor(
            self._most_started,
            thread_name_prefix=name,
            initializer=torch.set_num_threads,
            initargs=(1,),
        )

    def submit(self, client: Client, work: Callable[[Turn], Result]) -> "Future[Result]":
        """Put work in line. Cancelling the future takes it out again while it has not begun."""
        future: Future[Result] = Future()
        with self._lock:
            self._arrivals += 1
            turn = Turn(client, self._arrivals, self)
            self._line[turn] = future, work
            self._precedence.join(client)
            self._grant()
        future.add_done_callback(lambda _: self._leave(turn))
        return future

    def pass_on(self, turn: Turn) -> bool:
        """See `Turn.pass_on`."""
        with self._lock:
            if not turn.is_used_up or not self._others_wait(turn):
                return False
            self._take_back(turn)
            self._grant()
        turn.resumed.wait()
        return True

    def close(self) -> None:
        """Drop what has not begun, let what waits for another turn go on, wait for all of it."""
        with self._lock:
            futures = [future for future, _ in self._line.values()]
            self._most_started = 0
            # Everybody at once: what was given up raises at its next step.
            self._free = len(futures)
            self._grant()
        for future in futures:
            future.cancel()
        self._executor.shutdown(cancel_futures=True)

    def _others_wait(self, turn: Turn) -> bool:
        return any(self._is_eligible(other) and other.client != turn.client for other in self._line)

    def _is_eligible(self, turn: Turn) -> bool:
        has_room = sum(each.is_started for each in self._line) < self._most_started
        return not turn.has_turn and (turn.is_started or has_room)

    def _grant(self) -> None:
        while self._free > 0:
            waiting = [turn for turn in self._line if self._is_eligible(turn)]
            if not waiting:
                return
            first = min(
                waiting, key=lambda turn: (*self._precedence.place(turn.client), turn.number)
            )
            self._free -= 1
            self._precedence.serve(first.client)
            first.grant()
            if not first.is_started:
                first.is_started = True
                self._executor.submit(_run, first, *self._line[first])

    def _take_back(self, turn: Turn) -> None:
        turn.give_back()
        self._free += 1
        self._precedence.serve(turn.client)

    def _leave(self, turn: Turn) -> None:
        with self._lock:
            del self._line[turn]
            if turn.has_turn:
                self._take_back(turn)
            self._precedence.leave(turn.client)
            self._grant()


def _run(turn: Turn, future: "Future[Any]", work: Callable[[Turn], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work(turn)
    except BaseException as error:  # noqa: BLE001  whoever waits for the future gets it
        future.set_exception(error)
    else:
        future.set_result(result)
