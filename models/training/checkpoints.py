"""What a run leaves on the disk while it goes on: its state, and the weights at chosen steps.

In the run's directory:

    state.safetensors         everything needed to go on; replaced as a whole, so a kill leaves the
                              last complete one
    step-00000128.safetensors the network after so many steps, named as in its state dict

The steps of the second kind grow geometrically, because early steps change a network most.
"""

import errno
import fcntl
import json
import logging
import math
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from models.disk.checked_fields import DamagedRecordError, warn_once
from models.disk.metadata import metadata_of
from models.disk.whole_files import write_atomically
from models.errors import ConvscopeError
from models.training.optimisers import RULES
from models.training.run import Training, TrainingStep

RATIO = 1.5
SAVE_INTERVAL_S = 5.0

# In the cache: where every run has a directory of its own, by its id,
RUNS_NAME = "training-runs"
# and where those of the command line were once, one for each design, data set and engine.
FORMER_RUNS_NAME = "training"
STATE_NAME = "state.safetensors"
LOCK_NAME = "run.lock"
_NAME = re.compile(r"step-(\d{8})\.safetensors")
# The last that a name of that form can hold.
LAST_STEP = 10**8 - 1

_logger = logging.getLogger(__name__)


class NothingToResumeError(ConvscopeError):
    """The directory holds no state that this run can go on from."""


class DirectoryBusyError(ConvscopeError):
    """Another process is training into the same directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"Another training writes into {directory}; stop it, or name another directory with "
            "--checkpoints."
        )


@dataclass(frozen=True)
class Checkpoint:
    """Weights kept on the way.

    Attributes:
        step: how many steps were done; 0 is the network before it learned anything.
        epoch: 0 for step 0.
        loss: of the batch of the last step, nats; None for step 0.
        accuracy: of the epoch until then; None for step 0.
        path: a safetensors file with the network's state dict.
    """

    step: int
    epoch: int
    loss: float | None
    accuracy: float | None
    path: Path


def kept_steps(steps: int) -> list[int]:
    """0, 1, 2, 3, 4, 6, 9, ... and the last: each about one and a half times the one before."""
    chosen = {0, steps}
    position = 1.0
    while position < steps:
        chosen.add(round(position))
        position *= RATIO
    return sorted(chosen)


def list_checkpoints(directory: Path) -> list[Checkpoint]:
    """The checkpoints in a run's directory by step; empty if there are none.

    What is damaged is left out, with a warning that names it.
    """
    found = []
    for path in sorted(directory.glob("step-*.safetensors")):
        if not _NAME.fullmatch(path.name):
            continue
        try:
            found.append(_checkpoint(path))
        except DamagedRecordError as error:
            warn_once(_logger, f"A checkpoint is left out: {error}")
    return found


def _checkpoint(path: Path) -> Checkpoint:
    known = metadata_of(path, "checkpoint")
    step = known.whole("step", 0, LAST_STEP)
    if path.name != checkpoint_name(step):
        raise DamagedRecordError(f"{path} says that it is of step {step}.")
    return Checkpoint(
        step=step,
        epoch=known.whole("epoch"),
        loss=known.number("loss") if known.has("loss") else None,
        accuracy=known.share("accuracy") if known.has("accuracy") else None,
        path=path,
    )


def checkpoint_name(step: int) -> str:
    """Of the file that holds the network after a step."""
    return f"step-{step:08d}.safetensors"


class RunDirectory:
    """The files of one run; `opened` makes one."""

    def __init__(self, directory: Path, settings: Mapping[str, Any]) -> None:
        self.directory = directory
        self._settings = dict(settings)
        self._kept: frozenset[int] = frozenset()
        self._paused_at: int | None = None
        self._saved_at = time.monotonic()

    def begin(self, run: Training) -> Path:
        """Forget an earlier run and keep the untrained network; returns its path."""
        for path in self.directory.glob("*.safetensors"):
            if path.name == STATE_NAME or _NAME.fullmatch(path.name):
                path.unlink()
        self._kept = frozenset(kept_steps(run.steps))
        return self._keep(run, None)

    def resume(self, run: Training) -> None:
        """Bring a new run to where the last saved state stands.

        Raises:
            NothingToResumeError: there is none, or it belongs to other settings or other data.
        """
        tensors, known = read_state(self.directory)
        different = {
            name: (value, self._settings.get(name))
            for name, value in known["settings"].items()
            # What the optimiser does not use makes no other run.
            if value != self._settings.get(name) and self._settings.get(name) is not None
        }
        if different:
            listed = "; ".join(
                f"{name} was {old!r} and is {new!r}" for name, (old, new) in different.items()
            )
            raise NothingToResumeError(
                f"The run in {self.directory} was another one: {listed}. Repeat its settings, or "
                "leave out --resume to begin anew."
            )
        try:
            run.restore(tensors, known["run"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise NothingToResumeError(
                f"{self.directory / STATE_NAME} is not the state of such a run ({error})."
            ) from error
        self._kept = frozenset(kept_steps(run.steps))
        # What a killed run kept after its last state will be made again, the same.
        for checkpoint in list_checkpoints(self.directory):
            if checkpoint.step > run.steps_done:
                checkpoint.path.unlink()

    def after(self, run: Training, step: TrainingStep) -> Path | None:
        """Keep this step if it is one of those to keep, and now and then the state.

        Returns:
            The checkpoint that was written, if one was.
        """
        path = self._keep(run, step) if step.number in self._kept else None
        if path or time.monotonic() - self._saved_at >= SAVE_INTERVAL_S:
            self.save(run)
        return path

    def keep_current(
        self, run: Training, step: TrainingStep | None
    ) -> tuple[Path, int | None] | None:
        """Keep the network where it pauses, so that it can be looked at as it is.

        The one of the pause before makes room, unless it is one of those to keep.

        Args:
            run: that pauses.
            step: the last one; None where this process has done none.

        Returns:
            The checkpoint, and the step whose checkpoint is gone for it; None if it is kept
            already.
        """
        path = self.directory / checkpoint_name(run.steps_done)
        if path.exists():
            return None
        self._keep(run, step)
        former, self._paused_at = self._paused_at, run.steps_done
        if former is not None:
            (self.directory / checkpoint_name(former)).unlink(missing_ok=True)
        return path, former

    def save(self, run: Training) -> None:
        """Write the run's state, so that it can go on from here."""
        tensors, numbers = run.state()
        known = {"settings": self._settings, "run": numbers}
        _write(self.directory / STATE_NAME, tensors, {"state": json.dumps(known)})
        self._saved_at = time.monotonic()

    def _keep(self, run: Training, step: TrainingStep | None) -> Path:
        number = run.steps_done
        path = self.directory / checkpoint_name(number)
        known = asdict(
            Checkpoint(
                step=number,
                epoch=step.epoch if step else math.ceil(number / run.batches_per_epoch),
                loss=step.loss if step else None,
                accuracy=step.accuracy if step else None,
                path=path,
            )
        )
        del known["path"]
        _write(path, run.engine.weights(), {"checkpoint": json.dumps(known)})
        return path


@contextmanager
def opened(directory: Path, settings: Mapping[str, Any]) -> Iterator[RunDirectory]:
    """Make the directory of a run and hold it while the run goes on.

    Args:
        directory: made if it does not exist.
        settings: what makes two runs the same one, ready for JSON.

    Raises:
        DirectoryBusyError: another process holds it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / LOCK_NAME).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise DirectoryBusyError(directory) from error
            raise
        # Nobody else writes here now: what a kill left half written is worth nothing.
        for leftover in directory.glob(".*.partial"):
            leftover.unlink(missing_ok=True)
        # Closing the file gives the lock back, and so does the death of the process.
        yield RunDirectory(directory, settings)


def is_held(directory: Path) -> bool:
    """True if a process trains into a directory of checkpoints now. Blocks."""
    path = directory / LOCK_NAME
    with suppress(OSError):
        # Asked first: to open a pipe would wait for somebody to write into it.
        if not path.is_file():
            return False
        with path.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def read_state(directory: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The saved tensors, and a dictionary with "settings" and "run".

    Raises:
        NothingToResumeError: there is no state, or it cannot be read.
    """
    path = directory / STATE_NAME
    if not path.exists():
        raise NothingToResumeError(
            f"There is nothing to resume in {directory}: no training was begun there."
        )
    try:
        known = state_of(directory)
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping
    except DamagedRecordError as error:
        raise NothingToResumeError(str(error)) from error
    except (SafetensorError, OSError) as error:
        raise NothingToResumeError(f"{path} is damaged ({error}).") from error
    return tensors, known


def state_of(directory: Path) -> dict[str, Any]:
    """What the saved state says of its run: a dictionary with "settings" and "run".

    Raises:
        DamagedRecordError: there is no state, or it cannot be read.
    """
    known = metadata_of(directory / STATE_NAME, "state")
    numbers = known.inner("run")
    numbers.whole("steps_done", 0, LAST_STEP)
    settings = known.inner("settings")
    if settings.has("optimiser"):
        settings.text("optimiser", RULES)
    # Runs of earlier versions do not name their schedule: there was no other.
    return {"settings": {"schedule": "cosine", **settings.values}, "run": numbers.values}


def _write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    write_atomically({path: save(tensors, metadata)})
