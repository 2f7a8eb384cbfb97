"""The training runs that people start at the command line of the server's machine.

Each writes its events into a file of its directory (`models.training_reports`). Here they are read
as they come, so that such a run is watched, scrubbed and opened like one of the server's own.
"""

import asyncio
import hashlib
import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.training_choices import TrainingChoice
from app.training_run import UNDER_WAY, TrainingRun
from app.training_store import is_held
from models.catalogue import catalogue
from models.errors import UnknownModelError
from models.training_reports import EVENTS_NAME

_INTERVAL_S = 0.5
# An hour of events is a tenth of this; more at once is left for the next look.
_MOST_BYTES = 2**26
_LONGEST_LINE_BYTES = 2**20

_logger = logging.getLogger(__name__)


@dataclass
class _Log:
    """The events of one directory.

    Attributes:
        first: the first line; another one belongs to another run.
        position: bytes that were read.
        is_held: a process trained there at the last look.
        is_damaged: it holds what is no event, and is read no further.
    """

    first: bytes
    position: int = 0
    run: TrainingRun | None = None
    is_held: bool = False
    is_damaged: bool = False


@dataclass(frozen=True)
class _News:
    """What a look at one directory found; `is_held` was asked before the events were read."""

    first: bytes = b""
    events: tuple[bytes, ...] = ()
    position: int = 0
    is_held: bool = False
    trouble: str = ""


class CommandLineRuns:
    """Looks into the directories of runs again and again, as long as it is open.

    Args:
        directory: one directory a run; it need not exist.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._logs: dict[Path, _Log] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def runs(self) -> dict[str, TrainingRun]:
        """By id."""
        return {log.run.id: log.run for log in self._logs.values() if log.run is not None}

    async def open(self) -> None:
        """Take a first look, and begin to look for what changes."""
        await self._look()
        self._task = asyncio.create_task(self._keep_looking())

    async def close(self) -> None:
        """Look no more; whoever watches is told."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for run in self.runs.values():
            run.is_going_on = False
            run.announce()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL_S)
            await self._look()

    async def _look(self) -> None:
        known = {path: replace(log) for path, log in self._logs.items()}
        found = await asyncio.to_thread(_look_into, self._directory, known)
        for path in set(self._logs) - set(found):
            self._forget(path)
        for path, news in found.items():
            log = self._logs.get(path)
            if log is None or log.first != news.first:
                self._forget(path)
                log = self._logs[path] = _Log(news.first)
            self._take(path, log, news)

    def _forget(self, path: Path) -> None:
        log = self._logs.pop(path, None)
        if log and log.run:
            log.run.is_going_on = False
            log.run.announce()

    def _take(self, path: Path, log: _Log, news: _News) -> None:
        log.position = news.position
        if log.is_damaged:
            return
        try:
            _follow(path, log, news)
        except (ValueError, KeyError, TypeError) as error:
            log.is_damaged = True
            _logger.warning("%s is not followed: %s", path / EVENTS_NAME, error)
        was_held, log.is_held = log.is_held, news.is_held
        run = log.run
        if run is None:
            return
        # A process that lets go of its directory has one thing left to say: until the next look.
        was_going_on, run.is_going_on = run.is_going_on, log.is_held or was_held
        if run.state in UNDER_WAY and not run.is_going_on:
            run.state = "interrupted"
            run.detail = "The process that trained it has ended; --resume goes on."
        if news.events or was_going_on != run.is_going_on:
            run.announce()


def _look_into(directory: Path, known: dict[Path, _Log]) -> dict[Path, _News]:
    """What is new in each run's directory. Blocks."""
    found = {}
    for path in sorted(directory.glob(f"*/{EVENTS_NAME}")):
        try:
            found[path.parent] = _read(path, known.get(path.parent))
        except FileNotFoundError:
            continue
        except OSError as error:
            found[path.parent] = _News(trouble=str(error))
    return found


def _read(path: Path, log: _Log | None) -> _News:
    with path.open("rb") as file:
        first = file.readline(_LONGEST_LINE_BYTES)
        position = log.position if log and log.first == first else 0
        # Asking takes the lock for a moment: not where nothing goes on.
        grew = os.fstat(file.fileno()).st_size > position
        held = (log is None or log.is_held or grew) and is_held(path.parent)
        file.seek(position)
        # A line that is still being written is left for the next time.
        whole = file.read(_MOST_BYTES).rpartition(b"\n")[0]
    lines = tuple(whole.split(b"\n")) if whole else ()
    return _News(first, lines, position + len(whole) + 1 if whole else position, held)


def _follow(path: Path, log: _Log, news: _News) -> None:
    """Give a log's run what is new.

    Raises:
        ValueError, KeyError, TypeError: it is no event, or the file cannot be read.
    """
    if news.trouble:
        raise ValueError(news.trouble)
    for line in news.events:
        event = _placed(json.loads(line), path)
        if log.run is None:
            log.run = _begun(event, path)
        log.run.take(event)


def _placed(event: Any, directory: Path) -> dict[str, Any]:
    """With the checkpoint where it lies, wherever the program that wrote it was started.

    Raises:
        TypeError: it is no object.
    """
    if not isinstance(event, dict):
        raise TypeError(f"{event!r:.80}")
    if event.get("checkpoint"):
        return {**event, "checkpoint": str(directory / Path(event["checkpoint"]).name)}
    return event


def _begun(event: dict[str, Any], directory: Path) -> TrainingRun:
    """The run of an event `started`.

    Raises:
        KeyError, ValueError: it is another event, or of a design that is not known here.
    """
    try:
        catalogue().resolve(event["architecture"])
    except UnknownModelError as error:
        raise ValueError(str(error)) from error
    names = TrainingChoice.__dataclass_fields__
    started_at = float(event["started_at"])
    name = f"{directory.name} {started_at}"
    return TrainingRun(
        id=hashlib.sha256(name.encode()).hexdigest()[:8],
        choice=TrainingChoice(**{each: event[each] for each in names}),
        directory=directory,
        origin="command_line",
        created_at=started_at,
    )
