"""Who goes next: the client that was served longest ago, and of its own work the oldest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.web.clients import Client


class Precedence:
    """The order of those who wait.

    Addresses come in the order in which they were last served, the names at one address likewise.
    """

    def __init__(self) -> None:
        self._servings = 0
        self._last_served: dict[object, int] = {}
        self._present: dict[object, int] = {}

    def join(self, client: Client) -> None:
        """Work of this client has come. A newcomer stands behind all who wait, not before them."""
        for key in (client.address, client):
            self._last_served.setdefault(key, self._servings)
            self._present[key] = self._present.get(key, 0) + 1

    def leave(self, client: Client) -> None:
        """Such work has ended."""
        for key in (client.address, client):
            self._present[key] -= 1
            if self._present[key] == 0:
                del self._present[key], self._last_served[key]

    def serve(self, client: Client) -> None:
        """It is this client's turn, or has just been."""
        self._servings += 1
        for key in (client.address, client):
            self._last_served[key] = self._servings

    def place(self, client: Client) -> tuple[int, int]:
        """The smallest goes first."""
        return self._last_served[client.address], self._last_served[client]


@dataclass(eq=False)
class _Waiting:
    client: Client
    number: int
    granted: "asyncio.Future[None]"


class FairSemaphore:
    """So many at once; who waits goes by `Precedence`. Use from one event loop."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._arrivals = 0
        self._precedence = Precedence()
        self._line: list[_Waiting] = []

    @asynccontextmanager
    async def place(self, client: Client) -> AsyncIterator[None]:
        """Wait for a place and hold it within the block."""
        self._precedence.join(client)
        try:
            await self._take(client)
            try:
                yield
            finally:
                self._free += 1
                self._precedence.serve(client)
                self._grant()
        finally:
            self._precedence.leave(client)

    async def _take(self, client: Client) -> None:
        self._arrivals += 1
        granted = asyncio.get_running_loop().create_future()
        waiting = _Waiting(client, self._arrivals, granted)
        self._line.append(waiting)
        self._grant()
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self._free += 1
                self._grant()
            else:
                self._line.remove(waiting)
            raise

    def _grant(self) -> None:
        while self._free > 0 and self._line:
            first = min(
                self._line, key=lambda each: (*self._precedence.place(each.client), each.number)
            )
            self._line.remove(first)
            self._free -= 1
            self._precedence.serve(first.client)
            first.granted.set_result(None)
