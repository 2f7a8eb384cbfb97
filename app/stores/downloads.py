"""Weight downloads as jobs: started, watched, cancelled; each on a thread of its own."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from app.compute.event_loop import tell
from app.errors import BusyError
from models.catalogue.entry import ModelEntry, PublishedWeights
from models.errors import ConvscopeError, DownloadCancelledError
from models.weights.locations import WeightsLocations
from models.weights.sources import fetch

DownloadState = Literal["running", "done", "failed", "cancelled"]

# Progress arrives with every chunk; people and browsers need it less often.
_REPORT_INTERVAL_S = 0.1


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download has come; `total_bytes` is None while the server has not said."""

    state: DownloadState
    received_bytes: int = 0
    total_bytes: int | None = None
    detail: str | None = None


class _Job:
    """One download and those who watch it. Its methods are called on the event loop."""

    def __init__(self, total_bytes: int) -> None:
        self.progress = DownloadProgress("running", total_bytes=total_bytes)
        self.cancelled = threading.Event()
        self._changed = asyncio.Event()

    def report(self, progress: DownloadProgress) -> None:
        self.progress = progress
        self._changed.set()
        self._changed = asyncio.Event()

    async def next_change(self) -> None:
        await self._changed.wait()


class Downloads:
    """At most one download a file and a few in all; the last outcome of each stays readable."""

    def __init__(self, locations: WeightsLocations, concurrent: int) -> None:
        self._locations = locations
        self._concurrent = concurrent
        self._executor = ThreadPoolExecutor(concurrent, thread_name_prefix="download")
        self._jobs: dict[str, _Job] = {}

    def progress(self, entry: ModelEntry) -> DownloadProgress | None:
        """The running download of the entry's file, or how the last one ended, or None."""
        job = self._jobs.get(entry.id)
        return job.progress if job else None

    def start(self, entry: ModelEntry, weights: PublishedWeights) -> None:
        """Start downloading, unless it is under way.

        Raises:
            BusyError: as many downloads are running as may.
        """
        job = self._jobs.get(entry.id)
        if job and job.progress.state == "running":
            return
        running = sum(job.progress.state == "running" for job in self._jobs.values())
        if running >= self._concurrent:
            raise BusyError(f"{running} downloads are running, as many as may.", retry_after_s=10)
        job = self._jobs[entry.id] = _Job(weights.size_bytes)
        loop = asyncio.get_running_loop()
        self._executor.submit(self._run, entry, job, loop)

    def _run(self, entry: ModelEntry, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        def report(progress: DownloadProgress) -> None:
            tell(loop, job.report, progress)

        latest = job.progress
        reported_at = 0.0

        def advance(received_bytes: int, total_bytes: int | None) -> None:
            nonlocal latest, reported_at
            latest = DownloadProgress("running", received_bytes, total_bytes)
            if time.monotonic() - reported_at >= _REPORT_INTERVAL_S:
                reported_at = time.monotonic()
                report(latest)

        try:
            fetch(entry, self._locations, advance, job.cancelled)
        except DownloadCancelledError as error:
            report(replace(latest, state="cancelled", detail=str(error)))
        except ConvscopeError as error:
            report(replace(latest, state="failed", detail=str(error)))
        except Exception:
            report(replace(latest, state="failed", detail="The server failed; its log says why."))
            raise
        else:
            report(replace(latest, state="done"))

    def cancel(self, entry: ModelEntry) -> None:
        """Stop the download, if one is running; what has arrived is kept for the next."""
        if job := self._jobs.get(entry.id):
            job.cancelled.set()

    async def changes(self, entry: ModelEntry) -> AsyncGenerator[DownloadProgress | None, None]:
        """The progress now and after each change, until the download has ended."""
        job = self._jobs.get(entry.id)
        if job is None:
            yield None
            return
        while True:
            progress = job.progress
            yield progress
            if progress.state != "running":
                return
            if job.progress is progress:
                await job.next_change()

    async def close(self) -> None:
        """Stop every download and wait until the last has let go of its file."""
        for job in self._jobs.values():
            job.cancelled.set()
        await asyncio.to_thread(self._executor.shutdown)
