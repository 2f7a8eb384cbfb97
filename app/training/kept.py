"""The training runs that earlier servers left on the disk."""

import logging
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app.training.choices import checkpoint_directory, output_directory, recorded_choice
from app.training.events import Epoch, Outcome, Point, Started
from app.training.names import given_name
from app.training.run import RUN_STATES, TrainingRun, Version
from models.disk.checked_fields import DamagedRecordError, Fields, read_record, warn_once
from models.training.checkpoints import is_held, list_checkpoints
from models.training.places import RECORD_NAME

RUN_ID = re.compile(r"[0-9a-f]{8}")
# The last second of the year 9999.
_LATEST_S = 253_402_300_799.0

_logger = logging.getLogger(__name__)


def load_runs(directory: Path) -> list[TrainingRun]:
    """The runs below a directory, apart from those that another server trains. Blocks."""
    found = []
    try:
        candidates = list(directory.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        # Training is not all there is: the server starts without.
        _logger.warning("Training runs in %s cannot be read: %s", directory, error)
        return []
    for candidate in candidates:
        if not RUN_ID.fullmatch(candidate.name) or is_held(checkpoint_directory(candidate)):
            continue
        try:
            run = _load_run(candidate)
        except (DamagedRecordError, OSError) as error:
            warn_once(_logger, f"The training run in {candidate} is left out: {error}")
            continue
        if run is not None:
            found.append(run)
    return found


def size_bytes(directory: Path) -> int:
    """Of all files below a directory. Blocks."""
    total = 0
    with suppress(OSError):
        for path in directory.rglob("*"):
            with suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
    return total


def _load_run(directory: Path) -> TrainingRun | None:
    """The run whose files are in a directory, None if it holds none. Blocks.

    Raises:
        DamagedRecordError, OSError: its files are damaged, or cannot be read.
    """
    path = directory / RECORD_NAME
    if not (path.is_symlink() or path.exists()):
        return None
    record = read_record(path)
    choice = recorded_choice(record.inner("choice"))
    run = TrainingRun(
        id=directory.name,
        choice=choice,
        directory=directory,
        detail=record.text("detail") if record.has("detail") else None,
        created_at=recorded_time(record, "created_at"),
        started=Started.of(record.inner("started"), choice.architecture)
        if record.has("started")
        else None,
        outcome=_outcome(record, directory),
        points=[Point.of(point) for point in record.each("points")],
        epochs=[Epoch.of(epoch) for epoch in record.each("epochs")] if record.has("epochs") else [],
        name=given_name(directory),
        reports=record.whole("reports"),
    )
    run.state = next(state for state in RUN_STATES if state == record.text("state", RUN_STATES))
    for kept in list_checkpoints(checkpoint_directory(directory)):
        version = Version(kept.step, kept.epoch, kept.loss, kept.accuracy, kept.path)
        run.versions[kept.step] = version
    run.add_result()
    if run.is_going_on:
        run.state = "interrupted"
        run.detail = "The server ended while it was being trained."
    elif run.state == "finished":
        # Servers before this one did not look whether a run had learned anything. Of one that had
        # they told more than the verdict does: which limit ended it.
        verdict = run.verdict()
        if verdict is not None and verdict[0] != run.state:
            run.state, run.detail = verdict
    return run


def _outcome(record: Fields, directory: Path) -> Outcome | None:
    """How the run ended, its weights where they lie now; older records have an empty one."""
    if not record.has("outcome") or not record.inner("outcome").values:
        return None
    outcome = Outcome.of(record.inner("outcome"))
    if outcome.weights is None:
        return outcome
    return replace(outcome, weights=output_directory(directory) / outcome.weights.name)


def recorded_time(fields: Fields, name: str) -> float:
    """Seconds since 1970, of a time that a calendar has.

    Raises:
        DamagedRecordError: it is none.
    """
    return fields.number(name, 0, _LATEST_S)
