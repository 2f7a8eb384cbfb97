"""A store bounded in bytes whose missing values are computed once, however many ask at once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# What a kept value takes besides its own bytes: its key, the objects around it and their places in
# dictionaries. One to two kilobytes were measured; many tiny values are to stay few, too.
VALUE_OVERHEAD_BYTES = 4096


def with_overhead(size_of: Callable[[Value], int]) -> Callable[[Value], int]:
    """The same size and what keeping a value takes: for stores whose values may be tiny."""
    return lambda value: size_of(value) + VALUE_OVERHEAD_BYTES


class ByteCache(Generic[Key, Value]):
    """Least recently used values leave first when the total exceeds `budget_bytes`.

    A value larger than the whole budget is handed out but not kept. Use from one event loop.
    """

    def __init__(self, budget_bytes: int, size_of: Callable[[Value], int]) -> None:
        self._budget_bytes = budget_bytes
        self._size_of = size_of
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._used_bytes = 0
        self._in_flight: dict[Key, _Shared[Value]] = {}

    @property
    def used_bytes(self) -> int:
        """Bytes of the values held now."""
        return self._used_bytes

    def __contains__(self, key: Key) -> bool:
        return key in self._values

    def get(self, key: Key) -> Value | None:
        """The value, now the most recently used one, or None."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: Key, value: Value) -> list[Key]:
        """Keep the value, at the expense of the least recently used ones; the keys of those."""
        self.forget(key)
        size = self._size_of(value)
        if size > self._budget_bytes:
            return []
        dropped = self.make_room(size)
        self._values[key] = value
        self._used_bytes += size
        return dropped

    def make_room(self, size_bytes: int) -> list[Key]:
        """Drop values until `size_bytes` more would fit; their keys."""
        dropped = []
        while self._values and self._used_bytes + size_bytes > self._budget_bytes:
            dropped.append(next(iter(self._values)))
            self.forget(dropped[-1])
        return dropped

    def forget(self, key: Key) -> None:
        """Drop one value, if it is there."""
        if key in self._values:
            self._used_bytes -= self._size_of(self._values.pop(key))

    def forget_where(self, condition: Callable[[Key], bool]) -> None:
        """Drop every value whose key meets the condition."""
        for key in [key for key in self._values if condition(key)]:
            self.forget(key)

    async def get_or_compute(self, key: Key, compute: Callable[[], Awaitable[Value]]) -> Value:
        """The kept value, or the one being computed, or a new computation of it.

        A computation goes on while at least one of those who asked for it still waits.
        """
        value = self.get(key)
        if value is not None:
            return value
        shared = self._in_flight.get(key)
        if shared is None:
            shared = self._in_flight[key] = _Shared(
                asyncio.ensure_future(self._compute(key, compute))
            )
        shared.waiters += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiters -= 1
            if shared.waiters == 0:
                shared.task.cancel()
                # At once, so that nobody joins a computation that has been given up.
                del self._in_flight[key]

    async def _compute(self, key: Key, compute: Callable[[], Awaitable[Value]]) -> Value:
        value = await compute()
        self.put(key, value)
        return value


@dataclass
class _Shared(Generic[Value]):
    """A computation that several requests wait for."""

    task: asyncio.Task[Value]
    waiters: int = 0
