"""How a run says what it does; `models/training/control.py` is how it is told what to do.

For a person: a progress bar on standard error. For a program (`--events`): one JSON object a line
on standard output, each with an "event":

    started     the run's settings and sizes: architecture, data, engine, optimiser, learning_rate,
                schedule, momentum, weight_decay, batch_size, scale (of these six null what the
                optimiser does not use), epochs, seed, steps_total, resumed_from_step,
                training_pictures, held_out_pictures, held_out_per_class (how many of each),
                class_names, parameters, input, samples (a file with some held-out pictures), run
                (its id,
                null where its files are not in the cache), output and checkpoints (directories),
                started_at (seconds since 1970), skipped_pictures (how many) and skipped (the first
                20, as objects of "file" and "reason"), checkpoint (its first file, or null)
    progress    step, steps_total, epoch, epochs, loss (of the batch, nats; of a search, that of the
                weights it keeps), accuracy (of the epoch so far), batch_accuracy, learning_rate
                (null for a search), examples_per_second (while it computed: without pauses and
                files), checkpoint (the file that was written at this step, or null). At most one
                in 50 ms, but always one for the first and the last step, for a checkpoint, and
                before a pause
    loading     before "started", where that takes long: doing ("downloading", "reading"), what (a
                file, a folder), done and total (null until it is known) in unit ("bytes", "files").
                At most one in 100 ms
    epoch       between two epochs, before the first and after the last step: epoch, step, and of
                the held-out pictures loss (nats, null where it is no number), correct (how many
                are read rightly), accuracy, is_at_chance (naming one class for all of them would
                do as well, by a binomial test on one side at 5 %)
    kept        where it pauses: step, epoch, loss and accuracy as in progress or null, checkpoint
                (the file with the network as it stands), replaces (the step of an earlier pause
                whose file is gone for it, or null)
    state       state: "running" or "paused", and step
    measuring   the last step is done; the held-out pictures are being answered
    ended       state: "finished" (weights, record, held_out_accuracy, held_out_loss, step,
                held_out_largest_class: how many of those pictures are of the most frequent class,
                model: the id under which a server opens it, or null), "stopped" (step),
                "diverged", "failed" or "interrupted"; detail: a sentence. Always the last line

The same lines go into `events.jsonl` in the directory of a run that a person started, where a
server finds them and shows the run while it goes on. A run that is resumed adds to the file.
"""

import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TextIO

from tqdm import tqdm

from models.data.dataset import Loading
from models.training.run import EpochMeasure, TrainingStep

EVENTS_NAME = "events.jsonl"
INTERVAL_S = 0.05
LOADING_INTERVAL_S = 0.1
LISTED_SKIPS = 20
# Where `make run` listens.
_SERVER = "http://127.0.0.1:8000"


class Reporter(Protocol):
    """Is told what happens."""

    def note(self, text: str) -> None:
        """Something that a person should know before the run begins."""

    def started(self, settings: dict[str, Any]) -> None:
        """The run begins."""

    def progress(self, step: TrainingStep, rate: float | None, checkpoint: Path | None) -> None:
        """A step is done; `rate` is the learning rate of the next, None for a search."""

    def loading(self, progress: Loading) -> None:
        """The data is on its way."""

    def epoch(self, measure: EpochMeasure) -> None:
        """The held-out pictures were answered."""

    def kept(
        self, step: int, last: TrainingStep | None, checkpoint: Path, replaces: int | None
    ) -> None:
        """The network was kept where it pauses, in place of that of another step."""

    def state(self, state: str, step: int) -> None:
        """The run pauses or goes on."""

    def measuring(self) -> None:
        """The last step is done."""

    def ended(self, state: str, detail: str, **outcome: Any) -> None:
        """The run is over."""

    def unknown(self, line: str) -> None:
        """A command was not understood."""


class BarReporter:
    """Shows a progress bar with loss and accuracy on standard error."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._loading: tqdm[Any] | None = None
        self._epochs = 0
        self._held_out: dict[str, str] = {}

    def note(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")

    def loading(self, progress: Loading) -> None:
        if self._loading is None or self._loading.desc != f"{progress.what}: ":
            self._end_loading()
            self._loading = tqdm(
                total=progress.total,
                unit="B" if progress.unit == "bytes" else "file",
                unit_scale=progress.unit == "bytes",
                desc=progress.what,
            )
        self._loading.update(progress.done - self._loading.n)

    def _end_loading(self) -> None:
        if self._loading is not None:
            self._loading.close()
            self._loading = None

    def started(self, settings: dict[str, Any]) -> None:
        self._end_loading()
        for skip in settings["skipped"]:
            sys.stderr.write(f"Skipped {skip['file']}: {skip['reason']}\n")
        further = settings["skipped_pictures"] - len(settings["skipped"])
        if further:
            sys.stderr.write(f"Skipped {further} more.\n")
        if settings["run"]:
            sys.stderr.write(
                f"Run {settings['run']}; watch it at {_SERVER}/train?run={settings['run']} "
                "while a server runs (make run).\n"
            )
        self._epochs = settings["epochs"]
        self._bar = tqdm(
            total=settings["steps_total"],
            initial=settings["resumed_from_step"],
            unit="batch" if settings["batch_size"] else "step",
        )

    def progress(self, step: TrainingStep, rate: float | None, checkpoint: Path | None) -> None:
        del rate, checkpoint
        if self._bar is None:
            return
        self._bar.set_description(f"epoch {step.epoch}/{self._epochs}", refresh=False)
        numbers = {"loss": f"{step.loss:.3f}", "accuracy": f"{step.accuracy:.3f}"}
        self._bar.set_postfix(numbers | self._held_out, refresh=False)
        self._bar.update(step.number - self._bar.n)

    def epoch(self, measure: EpochMeasure) -> None:
        chance = " (chance)" if measure.is_at_chance else ""
        self._held_out = {"held_out": f"{measure.accuracy:.3f}{chance}"}

    def kept(
        self, step: int, last: TrainingStep | None, checkpoint: Path, replaces: int | None
    ) -> None:
        del step, last, checkpoint, replaces

    def state(self, state: str, step: int) -> None:
        del state, step

    def measuring(self) -> None:
        self._close()

    def ended(self, state: str, detail: str, **outcome: Any) -> None:
        self._close()
        stream = sys.stdout if state == "finished" else sys.stderr
        stream.write(f"{detail}\n")
        if model := outcome.get("model"):
            stream.write(f"Open it as {model}: {_SERVER}/?model={model} (make run)\n")

    def unknown(self, line: str) -> None:
        del line

    def _close(self) -> None:
        self._end_loading()
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class EventReporter:
    """Writes the lines that the top of this file describes.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._settings: dict[str, Any] = {}
        self._held_back: tuple[TrainingStep, float | None] | None = None
        self._last_s = -INTERVAL_S
        self._loading_at = -LOADING_INTERVAL_S
        self._pictures = 0
        self._seconds = 0.0

    def note(self, text: str) -> None:
        del text

    def started(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._write("started", **settings)

    def progress(self, step: TrainingStep, rate: float | None, checkpoint: Path | None) -> None:
        self._pictures += step.pictures
        self._seconds += step.seconds
        is_due = time.monotonic() - self._last_s >= INTERVAL_S
        if is_due or checkpoint or step.number in {1, self._settings["steps_total"]}:
            self._report(step, rate, checkpoint)
        else:
            self._held_back = step, rate

    def loading(self, progress: Loading) -> None:
        if time.monotonic() - self._loading_at >= LOADING_INTERVAL_S:
            self._loading_at = time.monotonic()
            self._write("loading", **asdict(progress))

    def epoch(self, measure: EpochMeasure) -> None:
        self._flush()
        self._write("epoch", **asdict(measure))

    def kept(
        self, step: int, last: TrainingStep | None, checkpoint: Path, replaces: int | None
    ) -> None:
        self._flush()
        self._write(
            "kept",
            step=step,
            epoch=last.epoch if last else None,
            loss=last.loss if last else None,
            accuracy=last.accuracy if last else None,
            checkpoint=str(checkpoint),
            replaces=replaces,
        )

    def state(self, state: str, step: int) -> None:
        self._flush()
        self._write("state", state=state, step=step)

    def measuring(self) -> None:
        self._flush()
        self._write("measuring")

    def ended(self, state: str, detail: str, **outcome: Any) -> None:
        self._flush()
        self._write("ended", state=state, detail=detail, **outcome)

    def unknown(self, line: str) -> None:
        self._write("unknown-command", line=line[:200])

    def _flush(self) -> None:
        if self._held_back is not None:
            self._report(*self._held_back, None)

    def _report(self, step: TrainingStep, rate: float | None, checkpoint: Path | None) -> None:
        speed = self._pictures / max(self._seconds, 1e-6)
        self._write(
            "progress",
            step=step.number,
            steps_total=self._settings["steps_total"],
            epoch=step.epoch,
            epochs=self._settings["epochs"],
            loss=step.loss,
            accuracy=step.accuracy,
            batch_accuracy=step.batch_accuracy,
            learning_rate=rate,
            examples_per_second=round(speed, 1),
            checkpoint=str(checkpoint) if checkpoint else None,
        )
        self._held_back = None
        self._last_s = time.monotonic()
        self._pictures, self._seconds = 0, 0.0

    def _write(self, event: str, **content: Any) -> None:
        self._stream.write(json.dumps({"event": event, **content}, allow_nan=False) + "\n")
        self._stream.flush()


class LoggingReporter:
    """Tells another reporter, and writes events into the run's directory as well.

    Args:
        other: is told first.
    """

    def __init__(self, other: Reporter) -> None:
        self._other = other
        self._path = Path(EVENTS_NAME)
        self._file: TextIO | None = None
        self._log: EventReporter | None = None

    def note(self, text: str) -> None:
        self._other.note(text)

    def started(self, settings: dict[str, Any]) -> None:
        self._other.started(settings)
        path = self._path = Path(settings["checkpoints"]) / EVENTS_NAME
        try:
            if settings["resumed_from_step"]:
                _cut_to_whole_lines(path)
                self._file = path.open("a")
            else:
                self._file = path.open("w")
        except OSError as error:
            self._give_up(error)
            return
        self._log = EventReporter(self._file)
        self._note("started", settings)

    def progress(self, step: TrainingStep, rate: float | None, checkpoint: Path | None) -> None:
        self._other.progress(step, rate, checkpoint)
        self._note("progress", step, rate, checkpoint)

    def loading(self, progress: Loading) -> None:
        # Its directory is not held yet.
        self._other.loading(progress)

    def epoch(self, measure: EpochMeasure) -> None:
        self._other.epoch(measure)
        self._note("epoch", measure)

    def kept(
        self, step: int, last: TrainingStep | None, checkpoint: Path, replaces: int | None
    ) -> None:
        self._other.kept(step, last, checkpoint, replaces)
        self._note("kept", step, last, checkpoint, replaces)

    def state(self, state: str, step: int) -> None:
        self._other.state(state, step)
        self._note("state", state, step)

    def measuring(self) -> None:
        self._other.measuring()
        self._note("measuring")

    def ended(self, state: str, detail: str, **outcome: Any) -> None:
        self._other.ended(state, detail, **outcome)
        self._note("ended", state, detail, **outcome)
        if self._file:
            self._file.close()
            self._file = None

    def unknown(self, line: str) -> None:
        self._other.unknown(line)

    def _note(self, what: str, *arguments: Any, **more: Any) -> None:
        if self._log is None:
            return
        try:
            getattr(self._log, what)(*arguments, **more)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """The training goes on without a log, whose last line is a whole one."""
        self._log = None
        sys.stderr.write(f"{self._path} cannot be written: {error.strerror or error}\n")
        with suppress(OSError):
            if self._file:
                self._file.close()  # which tries once more to write what is left
        self._file = None
        with suppress(OSError):
            _cut_to_whole_lines(self._path)


def _cut_to_whole_lines(path: Path) -> None:
    """Take away what a kill left half written."""
    if path.is_file():
        whole, end, _ = path.read_bytes().rpartition(b"\n")
        os.truncate(path, len(whole) + len(end))
