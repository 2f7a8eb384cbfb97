"""The steps of a run, one after the other, as somebody wishes."""

from contextlib import suppress

from models.data.dataset import LabelledPictures
from models.training.checkpoints import RunDirectory
from models.training.control import UNKNOWN, Command, Control
from models.training.record import measure_epoch
from models.training.reports import Reporter
from models.training.run import StepUndoneError, Training, TrainingStep


def drive(
    training: Training,
    files: RunDirectory,
    reporter: Reporter,
    control: Control,
    held_out: LabelledPictures | None = None,
) -> bool:
    """Take the steps that are left, as `control` wishes.

    Args:
        training: that goes on.
        files: where its states and checkpoints go.
        reporter: is told what happens.
        control: says what is wished.
        held_out: answered between two epochs, and before the first.

    Returns:
        True to measure and write what was learned, False to leave it for another time.

    Raises:
        TrainingDivergedError: the loss became infinite or NaN.
    """
    return _Drive(training, files, reporter, control, held_out).to_its_end()


class _Drive:
    def __init__(
        self,
        training: Training,
        files: RunDirectory,
        reporter: Reporter,
        control: Control,
        held_out: LabelledPictures | None,
    ) -> None:
        self._training = training
        self._files = files
        self._reporter = reporter
        self._control = control
        self._held_out = held_out
        self._paused_at: int | None = None
        self._step: TrainingStep | None = None

    def to_its_end(self) -> bool:
        training = self._training
        while not training.is_finished:
            is_due = self._held_out is not None and training.is_to_be_measured
            command = self._control.next(waiting=self._is_paused and not is_due)
            if command is None:
                # What is undone is done anew, once what interrupted it was followed.
                with suppress(StepUndoneError):
                    if is_due:
                        self._measure()
                    else:
                        self._advance()
            elif command.name == "stop":
                self._files.save(training)
                self._keep_current()
                return False
            elif command.name == "finish":
                break
            else:
                self._follow(command)
        self._files.save(training)
        return True

    @property
    def _is_paused(self) -> bool:
        return self._training.steps_done == self._paused_at

    def _measure(self) -> None:
        if self._held_out is not None:
            interrupted = self._control.is_interrupting
            measured = measure_epoch(self._training, self._held_out, interrupted)
            self._training.measures.append(measured)
            self._reporter.epoch(measured)

    def _advance(self) -> None:
        training = self._training
        self._step = training.advance(self._control.is_interrupting)
        rate = training.rate
        self._reporter.progress(self._step, rate, self._files.after(training, self._step))
        if self._is_paused:
            self._pause()

    def _pause(self) -> None:
        self._keep_current()
        self._reporter.state("paused", self._training.steps_done)

    def _keep_current(self) -> None:
        kept = self._files.keep_current(self._training, self._step)
        if kept is not None:
            self._reporter.kept(self._training.steps_done, self._step, *kept)

    def _follow(self, command: Command) -> None:
        training = self._training
        match command.name:
            case "pause":
                if not self._is_paused:
                    self._paused_at = training.steps_done
                    self._pause()
            case "resume":
                self._paused_at = None
                self._reporter.state("running", training.steps_done)
            case "step":
                self._paused_at = min(training.steps_done + command.steps, training.steps)
            case line:
                self._reporter.unknown(line.removeprefix(UNKNOWN))
