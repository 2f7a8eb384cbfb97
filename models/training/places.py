"""Where the runs of the command line keep their files, and which of them can be gone on with.

Each has a directory of its own in the cache, `training-runs/ID/`, like those that a server starts:

    checkpoints/   its state, its events, and the network on the way
    output/        the weights and their record

A server of the same cache shows the run under its id, which is the name of that directory.
"""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.disk.checked_fields import DamagedRecordError, fields_of
from models.disk.trained import TRAINED_DIRECTORY
from models.errors import ConvscopeError
from models.training.checkpoints import (
    RUNS_NAME,
    STATE_NAME,
    NothingToResumeError,
    is_held,
    state_of,
)
from models.training.reports import EVENTS_NAME

CHECKPOINTS_NAME = "checkpoints"
OUTPUT_NAME = "output"
# What a server writes beside them about a run of its own.
RECORD_NAME = "run.json"
_RUN_ID = re.compile(r"[0-9a-f]{8}")
# The last line of a run's events is a sentence and some numbers.
_LAST_LINE_BYTES = 2**16


class ShippedDirectoryError(ConvscopeError):
    """A training was to write among the networks that ship."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} holds the networks that ship, and a training writes none of those: leave "
            "out --output, and ship the result with python -m models.release RUN."
        )


@dataclass(frozen=True)
class RunPlaces:
    """Where one run keeps its files.

    Attributes:
        run_id: under which a server shows it; None where its files lie elsewhere.
    """

    run_id: str | None
    checkpoints: Path
    output: Path


@dataclass(frozen=True)
class ResumableRun:
    """A run that stands still before its end.

    Attributes:
        step: of its last saved state.
        saved_at: when that was written, seconds since 1970.
    """

    run_id: str
    settings: Mapping[str, Any]
    step: int
    saved_at: float


def runs_directory() -> Path:
    """The directory of all runs: CONVSCOPE_TRAINING_DIR, else `training-runs` in the cache."""
    if own := os.environ.get("CONVSCOPE_TRAINING_DIR"):
        return Path(own).absolute()
    cache = os.environ.get("CONVSCOPE_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache or Path(base) / "convscope").absolute() / RUNS_NAME


def places_of(run_id: str) -> RunPlaces:
    """The places of a run in the cache."""
    directory = runs_directory() / run_id
    return RunPlaces(run_id, directory / CHECKPOINTS_NAME, directory / OUTPUT_NAME)


def chosen_places(run_id: str | None, checkpoints: Path | None, output: Path | None) -> RunPlaces:
    """The places of a run, as far as somebody chose them.

    Args:
        run_id: of a run to be gone on with; None for a new one, which gets an id of its own.
        checkpoints: its directory, if it is not one of the cache.
        output: where its result goes, if not beside its checkpoints.
    """
    if checkpoints is not None:
        return RunPlaces(None, checkpoints, output or checkpoints / OUTPUT_NAME)
    own = places_of(run_id or secrets.token_hex(4))
    return RunPlaces(own.run_id, own.checkpoints, output or own.output)


def check_output(output: Path | None) -> None:
    """A directory that cannot be made is better known before the training than after it.

    Raises:
        ShippedDirectoryError: it is not for trainings.
        OSError: it cannot be made.
    """
    if output is not None:
        if output.resolve() == TRAINED_DIRECTORY.resolve():
            raise ShippedDirectoryError(output)
        output.mkdir(parents=True, exist_ok=True)


def resumable_runs(wanted: Mapping[str, Any]) -> list[ResumableRun]:
    """The unfinished runs of the cache with these settings that nobody trains now, newest first.

    Those that a server started are its own.
    """
    found = []
    with suppress(OSError):
        for directory in runs_directory().iterdir():
            run = _resumable(directory) if _RUN_ID.fullmatch(directory.name) else None
            if run and all(run.settings.get(name) == value for name, value in wanted.items()):
                found.append(run)
    return sorted(found, key=lambda run: run.saved_at, reverse=True)


def run_to_resume(run_id: str | None, wanted: Mapping[str, Any]) -> tuple[ResumableRun, str]:
    """The run that somebody wants to go on with, and a sentence that says which it is.

    Args:
        run_id: its id; None for the newest.
        wanted: settings that it must have.

    Raises:
        NothingToResumeError: there is none; the message names those that there are.
    """
    runs = resumable_runs(wanted)
    found = next((run for run in runs if run_id in {None, run.run_id}), None)
    if found is None:
        what = ", ".join(f"{name} {value}" for name, value in wanted.items())
        others = f" There is {_listed(runs)}." if runs else ""
        named = f"no run {run_id}" if run_id else "no unfinished run"
        raise NothingToResumeError(
            f"There is {named} with {what} to resume in {runs_directory()}.{others}"
        )
    words = f"Resuming run {found.run_id} after step {found.step:,}."
    further = [run for run in runs if run is not found]
    if further and run_id is None:
        words += f" It is the newest; --resume with its id takes {_listed(further)}."
    return found, words


def _listed(runs: list[ResumableRun]) -> str:
    return ", ".join(f"{run.run_id} (after step {run.step:,})" for run in runs)


def _resumable(directory: Path) -> ResumableRun | None:
    checkpoints = directory / CHECKPOINTS_NAME
    try:
        if (directory / RECORD_NAME).exists() or _is_over(checkpoints) or is_held(checkpoints):
            return None
        state = state_of(checkpoints)
        saved_at = (checkpoints / STATE_NAME).stat().st_mtime
    except (DamagedRecordError, OSError):
        return None
    return ResumableRun(directory.name, state["settings"], state["run"]["steps_done"], saved_at)


def _is_over(checkpoints: Path) -> bool:
    """True if the last event says that going on would change nothing."""
    path = checkpoints / EVENTS_NAME
    try:
        # Asked first: to open a pipe would wait for somebody to write into it.
        if not path.is_file():
            return False
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_LINE_BYTES))
            last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
        event = fields_of(last, "the last event")
        return event.text("event") == "ended" and event.text("state") in {"finished", "diverged"}
    except (DamagedRecordError, OSError):
        return False
