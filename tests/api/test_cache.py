"""A bounded store that computes a missing value once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compute.cache import ByteCache


@given(
    st.lists(st.tuples(st.sampled_from(["put", "get", "forget"]), st.integers(0, 9)), max_size=60)
)
def test_budget_is_never_exceeded_and_the_recent_stay(steps: list[tuple[str, int]]) -> None:
    cache: ByteCache[int, bytes] = ByteCache(20, len)
    recent: list[int] = []
    for action, key in steps:
        if action == "put":
            cache.put(key, bytes(key))
        elif action == "get":
            cache.get(key)
        else:
            cache.forget(key)
        if action != "get" or key in recent:
            recent = [other for other in recent if other != key]
        if action == "put" or (action == "get" and key in cache):
            recent.append(key)
        # An independent model: the longest tail of recent keys that fits.
        while sum(recent) > 20:
            recent.pop(0)
        assert [other for other in range(10) if other in cache] == sorted(recent)
        assert cache.used_bytes == sum(recent)


def test_value_beyond_the_budget_is_handed_out_and_not_kept() -> None:
    async def scenario() -> None:
        cache: ByteCache[str, bytes] = ByteCache(10, len)
        cache.put("small", b"12345")

        async def large() -> bytes:
            return b"x" * 11

        assert await cache.get_or_compute("large", large) == b"x" * 11
        assert "large" not in cache
        assert "small" in cache

    asyncio.run(scenario())


def test_many_askers_compute_once() -> None:
    async def scenario() -> None:
        cache: ByteCache[str, bytes] = ByteCache(10, len)
        gate = asyncio.Event()
        calls = 0

        async def compute() -> bytes:
            nonlocal calls
            calls += 1
            await gate.wait()
            return b"value"

        askers = [asyncio.ensure_future(cache.get_or_compute("key", compute)) for _ in range(8)]
        await asyncio.sleep(0)
        gate.set()
        assert await asyncio.gather(*askers) == [b"value"] * 8
        assert calls == 1

    asyncio.run(scenario())


def test_computation_outlives_its_first_asker_and_ends_with_the_last() -> None:
    async def scenario() -> None:
        cache: ByteCache[str, bytes] = ByteCache(10, len)
        gate = asyncio.Event()
        cancelled = asyncio.Event()

        async def compute() -> bytes:
            try:
                await gate.wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise
            return b"value"

        first = asyncio.ensure_future(cache.get_or_compute("key", compute))
        second = asyncio.ensure_future(cache.get_or_compute("key", compute))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert not cancelled.is_set()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        await asyncio.wait_for(cancelled.wait(), 1)
        # Asked again at once: a new computation, not the one that was given up.
        gate.set()
        assert await cache.get_or_compute("key", compute) == b"value"

    asyncio.run(scenario())


def test_failure_reaches_every_asker_and_is_not_kept() -> None:
    async def scenario() -> None:
        cache: ByteCache[str, bytes] = ByteCache(10, len)

        async def fail() -> bytes:
            await asyncio.sleep(0)
            raise OSError("no disk")

        askers = [cache.get_or_compute("key", fail) for _ in range(3)]
        results = await asyncio.gather(*askers, return_exceptions=True)
        assert [str(result) for result in results] == ["no disk"] * 3

        async def succeed() -> bytes:
            return b"value"

        assert await cache.get_or_compute("key", succeed) == b"value"

    asyncio.run(scenario())


def test_forgetting_by_condition_frees_the_bytes() -> None:
    cache: ByteCache[tuple[str, str], bytes] = ByteCache(100, len)
    for model in "ab":
        for image in "xy":
            cache.put((model, image), b"1234567890")
    cache.forget_where(lambda key: key[1] == "x")
    assert cache.used_bytes == 20
    assert cache.get(("a", "x")) is None
    assert cache.get(("a", "y")) == b"1234567890"


def test_zero_budget_keeps_nothing() -> None:
    cache: ByteCache[str, bytes] = ByteCache(0, len)
    cache.put("key", b"1")
    assert "key" not in cache


@pytest.mark.parametrize("size", [0, 5])
def test_replacing_a_value_counts_it_once(size: int) -> None:
    cache: ByteCache[str, bytes] = ByteCache(10, len)
    cache.put("key", b"123")
    cache.put("key", bytes(size))
    assert cache.used_bytes == size
