"""The training runs that earlier servers left on the disk."""

import fcntl
import json
import logging
import re
from contextlib import suppress
from pathlib import Path

from app.training_choices import TrainingChoice, checkpoint_directory, output_directory
from app.training_run import RECORD_NAME, UNDER_WAY, Point, TrainingRun, Version
from models.training_checkpoints import LOCK_NAME, list_checkpoints

_RUN_ID = re.compile(r"[0-9a-f]{8}")

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
        if not _RUN_ID.fullmatch(candidate.name) or is_held(checkpoint_directory(candidate)):
            continue
        try:
            run = _load_run(candidate)
        except (OSError, ValueError, TypeError, KeyError) as error:
            _logger.warning("The training run in %s cannot be read: %s", candidate, error)
            continue
        if run is not None:
            found.append(run)
    return found


def is_held(checkpoints: Path) -> bool:
    """True if a process trains into a directory of checkpoints now. Blocks."""
    with suppress(OSError), (checkpoints / LOCK_NAME).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def size_bytes(directory: Path) -> int:
    """Of all files below a directory. Blocks."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _load_run(directory: Path) -> TrainingRun | None:
    """The run whose files are in a directory, None if it holds none. Blocks.

    Raises:
        OSError, ValueError, TypeError, KeyError: its files are damaged.
    """
    if not (directory / RECORD_NAME).is_file():
        return None
    record = json.loads((directory / RECORD_NAME).read_text())
    run = TrainingRun(
        id=directory.name,
        choice=TrainingChoice(**record["choice"]),
        directory=directory,
        state=record["state"],
        detail=record["detail"],
        created_at=record["created_at"],
        started=record["started"],
        outcome=record["outcome"],
        points=[Point(**point) for point in record["points"]],
        reports=record["reports"],
    )
    for kept in list_checkpoints(checkpoint_directory(directory)):
        version = Version(kept.step, kept.epoch, kept.loss, kept.accuracy, kept.path)
        run.versions[kept.step] = version
    if run.state == "finished":
        weights = Path(run.outcome["weights"]).name
        run.outcome["weights"] = str(output_directory(directory) / weights)
        run.add_result()
    run.is_going_on = False
    if run.state in UNDER_WAY:
        run.state = "interrupted"
        run.detail = "The server ended while it was being trained."
    return run
