"""The training runs of a server: one at a time, in a process of its own, within limits."""

import asyncio
import logging
import re
import secrets
import shutil
import time
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Any

from app.errors import (
    RunElsewhereError,
    RunEndedError,
    RunGoesOnError,
    StorageFullError,
    TrainingBusyError,
    TrainingOffError,
    UnknownRunError,
)
from app.settings import Settings
from app.training.choices import TrainingChoice, check_choice
from app.training.command_line import CommandLineRuns, run_folder
from app.training.events import Epoch, Point, Started
from app.training.kept import load_runs, size_bytes
from app.training.names import checked_name, give_name
from app.training.process import GarbledOutputError, TrainingProcess, cause_of_end
from app.training.run import RunState, TrainingRun
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry
from models.disk.checked_fields import DamagedRecordError, Fields
from models.training.checkpoints import FORMER_RUNS_NAME, RUNS_NAME, kept_steps

_MODEL_ID = re.compile(r"(?P<architecture>\w+)\.run-(?P<run>[0-9a-f]{8})(@(?P<step>\d{1,9}))?")
_STOP_GRACE_S = 10.0
_FINISH_GRACE_S = 60.0
_CLOSE_GRACE_S = 3.0
# Copies of the weights beside the checkpoints: the result, and in the state the weights, the
# velocities, and the file that is being written in its place; where it pauses, this and the last.
_FURTHER_COPIES = 7

_logger = logging.getLogger(__name__)

# A run, and its points and epochs since the last time, oldest first.
RunNews = tuple[TrainingRun, list[Point], list[Epoch]]


class TrainingRuns:
    """Starts runs, listens to them, tells them what to do, and keeps what they left.

    On the catalogue's shelf, so that every version of every run opens like any other model.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.directory = (settings.training_dir or settings.cache_dir / RUNS_NAME).absolute()
        self._runs: dict[str, TrainingRun] = {}
        self._current: TrainingRun | None = None
        self._process: TrainingProcess | None = None
        self._task: asyncio.Task[None] | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._verdict: tuple[RunState, str] | None = None
        self._elsewhere = CommandLineRuns(
            self.directory, settings.cache_dir.absolute() / FORMER_RUNS_NAME
        )

    async def open(self) -> None:
        """Find the runs of earlier servers and those of the command line."""
        for run in await asyncio.to_thread(load_runs, self.directory):
            self._runs[run.id] = run
        await self._elsewhere.open()
        catalogue().add_shelf(self)

    async def close(self) -> None:
        """End what is being trained and wait for it; what others train goes on."""
        catalogue().remove_shelf(self)
        await self._elsewhere.close()
        if self._process is None or self._task is None:
            return
        self._verdict = "interrupted", "The server ended while it was being trained."
        self._process.hang_up()
        _, late = await asyncio.wait({self._task}, timeout=_CLOSE_GRACE_S)
        if late:
            self._process.kill()
            await self._task

    def find(self, model_id: str) -> ModelEntry | None:
        """For the catalogue: a version, or the newest one of a run."""
        match = _MODEL_ID.fullmatch(model_id)
        run = self._known().get(match["run"]) if match else None
        if match is None or run is None or run.choice.architecture != match["architecture"]:
            return None
        return run.entry(int(match["step"]) if match["step"] else None)

    def entries(self) -> Iterable[ModelEntry]:
        """For the catalogue: the newest version of every run, the newest run first."""
        return [entry for run in self.all() if (entry := run.entry()) is not None]

    def all(self) -> list[TrainingRun]:
        """Every run that is kept, the newest first."""
        return _newest_first(self._known().values())

    def _known(self) -> dict[str, TrainingRun]:
        return self._elsewhere.runs | self._runs

    def get(self, run_id: str) -> TrainingRun:
        """The run of an id.

        Raises:
            UnknownRunError: there is none.
        """
        run = self._known().get(run_id)
        if run is None:
            raise UnknownRunError(run_id[:80])
        return run

    @property
    def current(self) -> TrainingRun | None:
        """The run that is being trained, by this server rather than at the command line."""
        going_on = (run for run in self.all() if run.is_going_on)
        return self._current or next(going_on, None)

    @property
    def process(self) -> TrainingProcess | None:
        """Its process."""
        return self._process

    async def start(self, choice: TrainingChoice) -> TrainingRun:
        """Begin to train.

        Raises:
            TrainingOffError: this server does not train, or has nowhere to.
            InvalidParameterError: what was chosen is not on offer.
            TrainingBusyError: another run goes on.
        """
        if not self._settings.training_allowed:
            raise TrainingOffError("This server does not train (CONVSCOPE_TRAINING_ALLOWED).")
        await asyncio.to_thread(check_choice, choice, self._settings)
        if (current := self._current) is not None:
            raise TrainingBusyError(
                current.id,
                f"One network is trained at a time, and run {current.id} "
                f"({current.choice.architecture} on {current.choice.data}) is not over yet.",
            )
        run_id = secrets.token_hex(4)
        run = TrainingRun(run_id, choice, self.directory / run_id, created_at=time.time())
        # Before anything is awaited, so that nobody else begins meanwhile.
        self._current, self._verdict = run, None
        try:
            await asyncio.to_thread(self._prepare, run)
            self._process = await TrainingProcess.start(
                choice.arguments(self._settings, run.directory), self._settings
            )
        except BaseException:
            self._current = None
            raise
        self._runs[run_id] = run
        self._task = asyncio.create_task(self._follow(run, self._process))
        self._later(self._settings.training_time_limit_s, self._time_is_up, run)
        return run

    def _prepare(self, run: TrainingRun) -> None:
        try:
            run.directory.mkdir(parents=True)
            run.save()
        except OSError as error:
            raise TrainingOffError(
                f"Nothing can be written into {self.directory} ({error.strerror}): make room, "
                "or set CONVSCOPE_TRAINING_DIR to a directory that this server may write to."
            ) from error

    def tell(self, run_id: str, command: str) -> TrainingRun:
        """Send a command of `models.training.control` to a run that goes on.

        Raises:
            UnknownRunError: there is none of this id.
            RunEndedError: it is over.
            RunElsewhereError: this server has not started it.
        """
        run = self._of_this_server(run_id)
        if run is not self._current or self._process is None:
            raise RunEndedError(f"Run {run.id} is over: {run.state}.")
        self._process.tell(command)
        return run

    def finish(self, run_id: str) -> TrainingRun:
        """Measure and write the network as it is. Raises as `tell`."""
        return self.tell(run_id, "finish")

    def stop(self, run_id: str) -> TrainingRun:
        """End a run, by force if it does not end by itself; one that is over stays as it is.

        Raises:
            UnknownRunError: there is none of this id.
            RunElsewhereError: this server has not started it.
        """
        run = self._of_this_server(run_id)
        if run is self._current and self._process is not None:
            self._end(run, "stopped", f"Stopped after {run.step:,} steps.", "stop", _STOP_GRACE_S)
        return run

    async def rename(self, run_id: str, name: str) -> TrainingRun:
        """Call a run something, or nothing.

        Raises:
            UnknownRunError: there is none of this id.
            StorageFullError: it cannot be written down.
        """
        run = self.get(run_id)
        name = checked_name(name)
        try:
            await asyncio.to_thread(give_name, run_folder(run.directory), name)
        except OSError as error:
            raise StorageFullError(
                f"The name cannot be kept: {error.strerror or error} ({run.directory})."
            ) from error
        run.name = name
        run.announce()
        return run

    async def forget(self, run_id: str) -> None:
        """Delete everything that a run which is over left, also one of the command line.

        Raises:
            UnknownRunError: there is none of this id.
            RunGoesOnError: it is not over.
            StorageFullError: its files cannot be removed.
        """
        run = self.get(run_id)
        if run is self._current or run.is_going_on:
            raise RunGoesOnError(f"Run {run.id} goes on: stop it first, then delete it.")
        try:
            await asyncio.to_thread(_remove, run_folder(run.directory))
        except OSError as error:
            raise StorageFullError(
                f"The files of run {run.id} cannot be removed: {error.strerror or error} "
                f"({run.directory})."
            ) from error
        self._runs.pop(run_id, None)
        self._elsewhere.forget(run)

    def _of_this_server(self, run_id: str) -> TrainingRun:
        run = self.get(run_id)
        if run.origin == "command_line" and run.is_going_on:
            raise RunElsewhereError(
                f"Run {run.id} was started at the command line of this machine: stop it there "
                "with Ctrl-C; --resume goes on."
            )
        return run

    async def watch(self, run_id: str) -> AsyncGenerator[RunNews, None]:
        """The run with all its points so far, then with the new ones after each change.

        Ends with the run, or with the server.

        Raises:
            UnknownRunError: there is none of this id.
        """
        run = self.get(run_id)
        seen, seen_step = 0, -1
        while True:
            changed, is_going_on = run.changed, run.is_going_on
            news = [point for point in run.points if point.number > seen]
            measured = [epoch for epoch in run.epochs if epoch.step > seen_step]
            seen = run.reports
            seen_step = measured[-1].step if measured else seen_step
            yield run, news, measured
            if not is_going_on or run.is_unfollowed:
                return
            # What came while the last was sent is told at once.
            if run.changed is changed:
                await changed.wait()

    async def _follow(self, run: TrainingRun, process: TrainingProcess) -> None:
        """Listen to a child until it has ended, whatever it does."""
        try:
            async for event in process.events():
                await self._take(run, process, event)
        except (GarbledOutputError, DamagedRecordError) as error:
            _logger.error("Training run %s wrote what is no event: %s", run.id, error)  # noqa: TRY400  no defect here
            self._verdict = "crashed", "Its process wrote something that is no event."
            process.kill()
        code = await process.wait()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        state, detail = self._ending(run, process, code)
        trouble = await self._saved(run, (state, detail))
        # Its state and that another may begin are told at once.
        self._current = self._process = None
        run.end(state, f"{detail} {trouble}" if trouble else detail)
        run.announce()

    async def _saved(
        self, run: TrainingRun, ending: tuple[RunState, str] | None = None
    ) -> str | None:
        """Write a run's record; what is wrong where that cannot be done."""
        try:
            await asyncio.to_thread(run.save, ending)
        except OSError as error:
            _logger.error("The record of run %s cannot be written: %s", run.id, error)  # noqa: TRY400  no defect here
            return (
                f"Its record cannot be written ({error.filename}: {error.strerror}): the next "
                "server will know less of it."
            )
        return None

    def _ending(
        self, run: TrainingRun, process: TrainingProcess, code: int
    ) -> tuple[RunState, str]:
        """How a run ended whose process is gone, and a sentence about it."""
        told = run.verdict()
        if self._verdict and not (told and run.outcome and run.outcome.state == "finished"):
            return self._verdict
        if told:
            state, detail = told
            return state, f"{self._verdict[1]} {detail}" if self._verdict else detail
        words = process.last_words
        _logger.error("Training run %s ended unexpectedly (%d). %s", run.id, code, words)
        return "crashed", cause_of_end(code, words)

    async def _take(self, run: TrainingRun, process: TrainingProcess, event: Fields) -> None:
        run.take(event)
        if event.text("event") == "started" and run.started is not None:
            await self._fit(run, process, run.started)
        run.announce()

    async def _fit(self, run: TrainingRun, process: TrainingProcess, started: Started) -> None:
        """Refuse a run that is too long or too large; make room for the others."""
        steps = started.steps_total
        needed = started.parameters * 4 * (len(kept_steps(steps)) + _FURTHER_COPIES)
        objection = self._objection(run.choice, steps, needed)
        if objection is not None:
            self._verdict = "failed", objection
            process.kill()
            return
        await self._make_room(needed)
        await self._saved(run)

    def _objection(self, choice: TrainingChoice, steps: int, needed_bytes: int) -> str | None:
        most = self._settings.training_max_steps
        if steps > most:
            batches = " or larger batches" if choice.batch_size else ""
            return (
                f"It would take {steps:,} steps and this server allows {most:,} "
                f"(CONVSCOPE_TRAINING_MAX_STEPS): choose fewer epochs{batches}."
            )
        budget = self._settings.training_store_bytes
        if needed_bytes > budget:
            return (
                f"Its checkpoints would take about {needed_bytes:,} bytes and this server sets "
                f"aside {budget:,} (CONVSCOPE_TRAINING_STORE_BYTES): choose a smaller network."
            )
        return None

    async def _make_room(self, needed_bytes: int) -> None:
        """Drop the oldest runs until `needed_bytes` more fit."""
        budget = self._settings.training_store_bytes
        ended = [run for run in _newest_first(self._runs.values()) if run is not self._current]
        used = await asyncio.to_thread(lambda: {run.id: size_bytes(run.directory) for run in ended})
        total = sum(used.values())
        while ended and (
            total + needed_bytes > budget or len(ended) >= self._settings.training_kept_runs
        ):
            oldest = ended.pop()
            total -= used[oldest.id]
            del self._runs[oldest.id]
            await asyncio.to_thread(shutil.rmtree, oldest.directory, ignore_errors=True)

    def _time_is_up(self, run: TrainingRun) -> None:
        limit = self._settings.training_time_limit_s
        detail = f"Ended after {limit:g} s, the longest that this server lets a run take."
        self._end(run, "stopped", detail, "finish", _FINISH_GRACE_S)

    def _end(
        self, run: TrainingRun, state: RunState, detail: str, command: str, grace_s: float
    ) -> None:
        if self._process is None or run is not self._current:
            return
        self._verdict = state, detail
        self._process.tell(command)
        self._later(grace_s, self._process.kill)

    def _later(self, delay_s: float, what: Any, *arguments: Any) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(delay_s, what, *arguments))


def _remove(directory: Path) -> None:
    """Take a run away, so that at no time half of it is found. Blocks."""
    if directory.exists():
        going = directory.with_name(f".{directory.name}.{secrets.token_hex(4)}.gone")
        directory.rename(going)
        shutil.rmtree(going, ignore_errors=True)


def _newest_first(runs: Iterable[TrainingRun]) -> list[TrainingRun]:
    return sorted(runs, key=lambda run: run.created_at, reverse=True)
