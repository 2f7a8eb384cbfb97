"""The training runs that people start at the command line of the server's machine.

Each writes its events into a file of its directory (`models.training.reports`). Here they are read
as they come, so that such a run is watched, scrubbed and opened like one of the server's own.
"""

import asyncio
import hashlib
import logging
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from app.training.choices import recorded_choice
from app.training.kept import RUN_ID, recorded_time
from app.training.names import given_name
from app.training.run import TrainingRun
from models.disk.checked_fields import DamagedRecordError, Fields, fields_of, warn_once
from models.training.checkpoints import LAST_STEP, checkpoint_name, is_held
from models.training.places import CHECKPOINTS_NAME
from models.training.reports import EVENTS_NAME

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
    """What a look at one directory found; `is_held` was asked before the events were read.

    Attributes:
        is_whole: there was no more to read.
    """

    first: bytes = b""
    events: tuple[bytes, ...] = ()
    position: int = 0
    is_held: bool = False
    is_whole: bool = True
    trouble: str = ""


class CommandLineRuns:
    """Looks into the directories of runs again and again, as long as it is open.

    Args:
        directory: one directory a run, by its id; it need not exist.
        former: where runs had their directories once, one for each design, data set and engine.
    """

    def __init__(self, directory: Path, former: Path) -> None:
        self._directory = directory
        self._former = former
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
            run.is_unfollowed = True
            run.announce()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL_S)
            await self._look()

    async def _look(self) -> None:
        known = {path: replace(log) for path, log in self._logs.items()}
        try:
            found = await asyncio.to_thread(_look_into, self._directory, self._former, known)
        except OSError as error:
            # The runs are no less there for it: the next look may see them.
            warn_once(_logger, f"Runs of the command line cannot be looked for: {error}")
            return
        for path in set(self._logs) - set(found):
            self._forget(path)
        for path, news in found.items():
            log = self._logs.get(path)
            if log is None or log.first != news.first:
                self._forget(path)
                log = self._logs[path] = _Log(news.first)
            self._take(path, log, news)

    def forget(self, run: TrainingRun) -> None:
        """A run whose files were deleted; nothing happens to others."""
        for path in [path for path, log in self._logs.items() if log.run is run]:
            self._forget(path)

    def _forget(self, path: Path) -> None:
        log = self._logs.pop(path, None)
        if log and log.run:
            if log.run.is_going_on:
                log.run.end("interrupted", "Its files are gone.")
            log.run.announce()

    def _take(self, path: Path, log: _Log, news: _News) -> None:
        log.position = news.position
        try:
            # Nothing more is read where something was no event; that it ends is still told.
            if not log.is_damaged:
                _follow(path, log, news)
        except DamagedRecordError as error:
            log.is_damaged = True
            warn_once(_logger, f"{path / EVENTS_NAME} is not followed: {error}")
        log.is_held = news.is_held
        run = log.run
        if run is None:
            return
        # A process lets go of its directory after its last word, which is among the events then.
        if run.is_going_on and not log.is_held and (news.is_whole or log.is_damaged):
            detail = "The process that trained it has ended; --resume goes on."
            run.end(*(run.verdict() or ("interrupted", detail)))
            run.announce()
        elif news.events:
            run.announce()


def _look_into(directory: Path, former: Path, known: dict[Path, _Log]) -> dict[Path, _News]:
    """What is new in each run's directory. Blocks.

    Raises:
        OSError: the directories that hold them cannot be listed; of one run it is its trouble.
    """
    found = {}
    places = [each / CHECKPOINTS_NAME for each in _children(directory)]
    for place in sorted((*places, *_children(former))):
        try:
            found[place] = _read(place / EVENTS_NAME, known.get(place))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            found[place] = _News(trouble=str(error))
    return found


def _children(directory: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return list(directory.iterdir())
    return []


def _read(path: Path, log: _Log | None) -> _News:
    # Asked first: to open a pipe would wait for somebody to write into it.
    if not stat.S_ISREG(path.stat().st_mode):
        return _News(trouble="it is no file")
    with path.open("rb") as file:
        first = file.readline(_LONGEST_LINE_BYTES)
        position = log.position if log and log.first == first else 0
        # Asking takes the lock for a moment: not where nothing goes on.
        grew = os.fstat(file.fileno()).st_size > position
        held = (log is None or log.is_held or grew) and is_held(path.parent)
        file.seek(position)
        # A line that is still being written is left for the next time.
        read = file.read(_MOST_BYTES)
    whole = read.rpartition(b"\n")[0]
    lines = tuple(whole.split(b"\n")) if whole else ()
    end = position + len(whole) + 1 if whole else position
    return _News(first, lines, end, held, is_whole=len(read) < _MOST_BYTES)


def _follow(path: Path, log: _Log, news: _News) -> None:
    """Give a log's run what is new.

    Raises:
        DamagedRecordError: it is no event, or the file cannot be read.
    """
    if news.trouble:
        raise DamagedRecordError(news.trouble)
    for line in news.events:
        event = _placed(fields_of(line, "a line"), path)
        if log.run is None:
            log.run = _begun(event, path)
        log.run.take(event)


def _placed(event: Fields, directory: Path) -> Fields:
    """With the checkpoint where it lies, wherever the program that wrote it was started.

    Raises:
        DamagedRecordError: it has another name than the checkpoint of that step.
    """
    if not event.has("checkpoint"):
        return event
    # A run begins with the network before the first step.
    step = event.whole("step", 0, LAST_STEP) if event.has("step") else 0
    place = directory / Path(event.text("checkpoint")).name
    if place.name != checkpoint_name(step):
        raise DamagedRecordError(
            f"checkpoint of a line must be {checkpoint_name(step)}; it is {place.name!r:.60}."
        )
    return Fields({**event.values, "checkpoint": str(place)}, "a line")


def _begun(event: Fields, directory: Path) -> TrainingRun:
    """The run of an event `started`.

    Raises:
        DamagedRecordError: it is another event, or of a design that is not known here.
    """
    event.text("event", ("started",))
    started_at = recorded_time(event, "started_at")
    name = f"{directory.name} {started_at}"
    own = directory.parent.name
    return TrainingRun(
        id=own if RUN_ID.fullmatch(own) else hashlib.sha256(name.encode()).hexdigest()[:8],
        choice=recorded_choice(event),
        directory=directory,
        origin="command_line",
        created_at=started_at,
        name=given_name(run_folder(directory)),
    )


def run_folder(checkpoints: Path) -> Path:
    """All files of a run whose checkpoints lie there: runs of the cache have more than those."""
    own = checkpoints.parent
    is_own = checkpoints.name == CHECKPOINTS_NAME and RUN_ID.fullmatch(own.name)
    return own if is_own else checkpoints
