"""The bounded pool: what is full says so, what nobody waits for is dropped."""

import asyncio
import threading

import pytest
import torch

from app.compute import ComputePool
from app.errors import BusyError


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
