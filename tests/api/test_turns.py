"""Who computes next: the one who was served longest ago, and nobody for ever."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import wait
from typing import Self

import pytest

from app.compute.precedence import FairSemaphore
from app.compute.turns import Turn, Turns
from app.web.clients import Client

ANNA, BERT = Client("10.0.0.1", "anna"), Client("10.0.0.2", "bert")


class Clock:
    """Seconds that pass when the work says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Line:
    """Work whose steps each take a second, and what was done in which order."""

    def __init__(self, workers: int = 1, most_started: int = 4) -> None:
        self.clock = Clock()
        self.turns = Turns(workers, most_started, slice_s=2.0, clock=self.clock)
        self.done: list[str] = []
        self._gate = threading.Event()
        self._first = self.turns.submit(Client("gate"), lambda _: self._gate.wait(30))

    def work(self, name: str, steps: int) -> Callable[[Turn], float]:
        def run(turn: Turn) -> float:
            for number in range(steps):
                self.done.append(f"{name}{number}")
                self.clock.now_s += 1
                turn.pass_on()
            return turn.served_s

        return run

    def __enter__(self) -> Self:
        return self

    def open(self) -> None:
        """Let what has been put in line begin."""
        self._gate.set()

    def __exit__(self, *_: object) -> None:
        self.open()
        self.turns.close()


def test_short_work_of_another_does_not_wait_for_the_end_of_long_work() -> None:
    with Line() as line:
        long = line.turns.submit(ANNA, line.work("a", 7))
        short = line.turns.submit(BERT, line.work("b", 3))
        line.open()
        assert (long.result(30), short.result(30)) == (7.0, 3.0)
        assert line.done == ["a0", "a1", "b0", "b1", "a2", "a3", "b2", "a4", "a5", "a6"]


def test_own_work_is_done_in_order_and_others_come_between() -> None:
    with Line() as line:
        mine = [line.turns.submit(ANNA, line.work(f"a{number}.", 1)) for number in range(4)]
        other = line.turns.submit(BERT, line.work("b", 1))
        line.open()
        for future in [*mine, other]:
            future.result(30)
        assert line.done == ["a0.0", "b0", "a1.0", "a2.0", "a3.0"]


def test_many_names_at_one_address_share_its_turns() -> None:
    with Line() as line:
        names = [Client("10.0.0.1", str(number)) for number in range(4)]
        futures = [line.turns.submit(name, line.work(f"a{name.name}.", 1)) for name in names]
        futures.append(line.turns.submit(BERT, line.work("b", 1)))
        line.open()
        for future in futures:
            future.result(30)
        assert line.done.index("b0") == 1


def test_a_stream_of_newcomers_does_not_starve_who_waits() -> None:
    with Line() as line:
        long = line.turns.submit(ANNA, line.work("a", 6))
        arrived: list[Client] = []

        def newcomer(turn: Turn) -> None:
            line.clock.now_s += 1
            line.done.append("n")
            if len(arrived) < 20:
                arrived.append(Client(f"10.0.1.{len(arrived)}"))
                line.turns.submit(arrived[-1], newcomer)
            turn.pass_on()

        line.turns.submit(BERT, newcomer)
        line.open()
        assert long.result(30) == 6.0
        assert line.done.index("a5") < 10


def test_only_so_many_are_begun_at_once() -> None:
    with Line(most_started=2) as line:
        clients = [Client(f"10.0.0.{number}") for number in range(5)]
        futures = [line.turns.submit(each, line.work(each.address[-1], 6)) for each in clients]
        line.open()
        for future in futures:
            future.result(30)
        begun, most = set[str](), 0
        for name, number in line.done:
            begun.add(name)
            most = max(most, len(begun))
            if number == "5":
                begun.discard(name)
        assert most == 2


def test_two_workers_serve_two_clients_before_one_twice() -> None:
    both = threading.Barrier(2)
    turns = Turns(2, 8)
    first = turns.submit(ANNA, lambda _: both.wait(30))
    own = turns.submit(ANNA, lambda _: "own")
    second = turns.submit(BERT, lambda _: both.wait(30))
    assert {first.result(30), second.result(30)} == {0, 1}
    assert own.result(30) == "own"
    turns.close()


def test_what_is_cancelled_in_line_never_runs_and_leaves_no_gap() -> None:
    with Line() as line:
        gone = line.turns.submit(ANNA, line.work("a", 1))
        kept = line.turns.submit(BERT, line.work("b", 1))
        assert gone.cancel()
        line.open()
        kept.result(30)
        assert line.done == ["b0"]


def test_failure_reaches_who_waits_and_frees_the_turn() -> None:
    with Line() as line:
        line.open()

        def fail(_: Turn) -> None:
            raise OSError("no disk")

        with pytest.raises(OSError, match="no disk"):
            line.turns.submit(ANNA, fail).result(30)
        assert line.turns.submit(ANNA, line.work("a", 1)).result(30) == 1.0


def test_what_was_computed_is_free_as_soon_as_nobody_holds_it() -> None:
    """A pass through a network holds 80 MB: it must not wait for the collector of cycles."""

    class Held:
        pass

    def work(_: Turn) -> Held:
        held = Held()
        seen.append(weakref.ref(held))
        return held

    seen: list[weakref.ref[Held]] = []
    with Line() as line:
        line.open()
        gc.disable()
        try:
            future = line.turns.submit(ANNA, work)
            assert wait([future], 30).done
            # Whatever a worker did last it lets go of when it does something else.
            del future
            line.turns.submit(ANNA, line.work("a", 1)).result(30)
            assert seen[0]() is None
        finally:
            gc.enable()


def test_closing_lets_what_waits_for_its_turn_go_on() -> None:
    with Line() as line:
        held, given_up = threading.Event(), threading.Event()

        def polite(turn: Turn) -> str:
            line.clock.now_s += 5
            return "went on" if turn.pass_on() else "nobody waited"

        def holding(_: Turn) -> bool:
            held.set()
            return given_up.wait(30)

        waiting = line.turns.submit(ANNA, polite)
        held_by = line.turns.submit(BERT, holding)
        never = line.turns.submit(Client("10.0.0.3"), line.work("c", 1))
        line.open()
        assert held.wait(30)
        closing = threading.Thread(target=line.turns.close)
        closing.start()
        assert waiting.result(30) == "went on"
        given_up.set()
        closing.join(30)
        assert held_by.result(0) is True
        assert never.cancelled()


def test_places_are_given_in_the_same_order_and_come_back() -> None:
    async def scenario() -> None:
        places = FairSemaphore(1)
        done: list[str] = []

        async def work(client: Client, name: str) -> None:
            async with places.place(client):
                done.append(name)
                await asyncio.sleep(0)

        held = places.place(ANNA)
        await held.__aenter__()
        waiting = [asyncio.ensure_future(work(ANNA, f"a{number}")) for number in range(3)]
        await asyncio.sleep(0)
        others = [asyncio.ensure_future(work(BERT, "b"))]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await held.__aexit__(None, None, None)
        await asyncio.gather(*waiting, *others, return_exceptions=True)
        assert done == ["b", "a0", "a2"]
        async with places.place(BERT):
            done.append("free")

    asyncio.run(scenario())
