"""The bounded pool: what is full says so, what nobody waits for is dropped."""

import asyncio
import contextvars
import threading
from types import SimpleNamespace

import pytest
import torch
from fastapi.testclient import TestClient

from app.compute.pool import ComputePool
from app.errors import BusyError
from app.inspection.giving_up import check_wanted
from app.web.clients import Client, _current


def test_full_queue_is_busy_and_frees_itself() -> None:
    async def scenario() -> None:
        pool = ComputePool(workers=1, queue=1)
        release = threading.Event()
        running = asyncio.ensure_future(pool.run(release.wait))
        queued = asyncio.ensure_future(pool.run(release.wait))
        await asyncio.sleep(0)
        with pytest.raises(BusyError) as refusal:
            await pool.run(release.wait)
        assert refusal.value.retry_after_s >= 1
        release.set()
        assert await asyncio.gather(running, queued) == [True, True]
        assert await pool.run(int, "7") == 7
        pool.close()

    asyncio.run(scenario())


def test_queued_job_without_a_waiter_never_runs() -> None:
    async def scenario() -> None:
        pool = ComputePool(workers=1, queue=4)
        release = threading.Event()
        ran: list[str] = []
        running = asyncio.ensure_future(pool.run(release.wait))
        abandoned = asyncio.ensure_future(pool.run(ran.append, "abandoned"))
        kept = asyncio.ensure_future(pool.run(ran.append, "kept"))
        await asyncio.sleep(0)
        abandoned.cancel()
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(running, kept)
        assert ran == ["kept"]
        pool.close()

    asyncio.run(scenario())


def test_running_job_ends_with_its_waiter_at_its_next_step() -> None:
    async def scenario() -> None:
        pool = ComputePool(workers=1, queue=1)
        started, gate, steps = threading.Event(), threading.Event(), []

        def job() -> None:
            for number in range(3):
                check_wanted()
                steps.append(number)
                started.set()
                assert gate.wait(10)

        running = asyncio.ensure_future(pool.run(job))
        await asyncio.to_thread(started.wait, 10)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        gate.set()
        # The next on this worker is wanted, and goes to its end.
        await pool.run(check_wanted)
        assert steps == [0]
        pool.close()

    asyncio.run(scenario())


def test_one_client_neither_goes_first_for_ever_nor_takes_every_place() -> None:
    async def scenario() -> None:
        pool = ComputePool(workers=1, queue=7)
        release = threading.Event()
        ran: list[str] = []

        def ask(address: str, name: str) -> asyncio.Task[None]:
            context = contextvars.copy_context()
            context.run(_current.set, Client(address))
            job = pool.run(ran.append, name)
            return asyncio.get_running_loop().create_task(job, context=context)

        held = asyncio.ensure_future(pool.run(release.wait))
        await asyncio.sleep(0)
        many = [ask("10.0.0.1", f"many {number}") for number in range(6)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="Your address has 6"):
            await ask("10.0.0.1", "one too many")
        few = ask("10.0.0.2", "few")
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(held, few, *many)
        assert ran.index("few") == 1
        pool.close()

    asyncio.run(scenario())


def test_failing_job_raises_to_its_waiter_and_frees_its_place() -> None:
    async def scenario() -> None:
        pool = ComputePool(workers=1, queue=0)
        for _ in range(3):
            with pytest.raises(ValueError, match="x"):
                await pool.run(int, "x")
            await asyncio.sleep(0)
        pool.close()

    asyncio.run(scenario())


def test_workers_compute_on_one_core_each() -> None:
    async def scenario() -> None:
        pool = ComputePool(workers=2, queue=0)
        assert await pool.run(torch.get_num_threads) == 1
        pool.close()

    asyncio.run(scenario())


def test_pool_is_stalled_while_every_worker_is_busy_with_the_same_job() -> None:
    async def scenario() -> None:
        now = 0.0
        pool = ComputePool(workers=2, queue=3, clock=lambda: now)
        releases = [threading.Event() for _ in range(3)]
        jobs = [asyncio.ensure_future(pool.run(releases[0].wait))]
        await asyncio.sleep(0)
        now = 100.0
        # One worker is free, however long the other takes.
        assert (pool.stalled_s, pool.waiting) == (0, 0)
        jobs += [asyncio.ensure_future(pool.run(release.wait)) for release in releases[1:]]
        await asyncio.sleep(0)
        now = 140.0
        assert (pool.stalled_s, pool.waiting) == (40, 1)
        # Who leaves the queue or joins it moves nothing.
        given_up = asyncio.ensure_future(pool.run(releases[0].wait))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        await asyncio.sleep(0)
        assert (pool.stalled_s, pool.waiting) == (40, 1)
        releases[0].set()
        await jobs[0]
        await asyncio.sleep(0)
        assert (pool.stalled_s, pool.waiting) == (0, 0)
        now = 150.0
        assert pool.stalled_s == 10
        for release in releases:
            release.set()
        await asyncio.gather(*jobs)
        await asyncio.sleep(0)
        assert pool.stalled_s == 0
        pool.close()

    asyncio.run(scenario())


def test_readiness_says_when_nothing_gets_computed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = client.app.state.services

    async def warm_up() -> None:
        await services.warm_up

    client.portal.call(warm_up)
    assert client.get("/readyz").status_code == 200
    pool = services.pool
    monkeypatch.setattr(pool, "_admission", SimpleNamespace(count=pool._workers + 3))
    limit_s = services.settings.stalled_after_s
    for beyond_s, status in ((-1, 200), (1, 503)):
        monkeypatch.setattr(pool, "_clock", lambda s=beyond_s: pool._unmoved_since + limit_s + s)
        answer = client.get("/readyz")
        assert answer.status_code == status
    assert answer.json()["type"] == "not-ready"
    assert "Nothing has been computed for 31 s" in answer.json()["detail"]
    assert "and 3 wait" in answer.json()["detail"]


def test_job_that_outlives_the_event_loop_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A server that ends in time leaves a computation behind, whose result nobody awaits."""
    started, gate = threading.Event(), threading.Event()
    pool = ComputePool(1, 1)

    def compute() -> None:
        started.set()
        assert gate.wait(10)

    async def leave() -> None:
        job = asyncio.ensure_future(pool.run(compute))
        assert await asyncio.to_thread(started.wait, 10)
        job.cancel()

    asyncio.run(leave())
    gate.set()
    pool.close()
    assert caplog.records == []
