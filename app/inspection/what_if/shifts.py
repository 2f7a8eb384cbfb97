"""The input of a network moved by whole pixels, and how often it is still right."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.progress import Progress, no_progress
from models.data.dataset import LabelledPictures
from models.preprocessing.preprocessing import DigitPreprocessing, Preprocessing

# Of digits computed together: few enough that giving up is quick, and that all layers fit.
_BATCH = 100


@dataclass(frozen=True)
class Shift:
    """By how many pixels of the input; negative ones go to the left and up."""

    right: int
    down: int


def shifted(inputs: Tensor, shift: Shift, background: Sequence[float]) -> Tensor:
    """Every picture moved; what leaves the input is gone.

    Args:
        inputs: prepared pictures, (count, channels, height, width).
        shift: how far; less than the input is wide and high.
        background: of each channel, what comes into sight.
    """
    height, width = inputs.shape[2:]
    moved = torch.empty_like(inputs)
    moved[:] = torch.tensor(background, dtype=inputs.dtype)[:, None, None]
    top, left = max(shift.down, 0), max(shift.right, 0)
    rows = slice(max(-shift.down, 0), height - top)
    columns = slice(max(-shift.right, 0), width - left)
    kept = inputs[:, :, rows, columns]
    moved[:, :, top : top + kept.shape[2], left : left + kept.shape[3]] = kept
    return moved


def background_of(preprocessing: Preprocessing) -> tuple[float, ...]:
    """What comes into sight where an input was moved: for each channel, its prepared value.

    Of digits black; of photographs 0, the mean colour, which stands out least.
    """
    is_digit = preprocessing.input_kind == "digit"
    return preprocessing.black if is_digit else (0.0,) * preprocessing.input_shape[0]


def digit_inputs(preprocessing: DigitPreprocessing, ink: Tensor) -> Tensor:
    """Digits as they are with the network's margin around them, prepared as in training.

    Args:
        preprocessing: of a network that reads digits.
        ink: in [0, 1], (count, 1, 28, 28).

    Returns:
        (count, 1, size, size).
    """
    margin = (preprocessing.size - ink.shape[3]) // 2
    padded = functional.pad(ink, [margin] * 4)
    return (padded - preprocessing.mean) / preprocessing.std


def steps_of(digits: int, shifts: int) -> int:
    """How many steps `shift_accuracies` tells."""
    return shifts * -(-digits // _BATCH)


@dataclass(frozen=True)
class ShiftAccuracies:
    """How many digits a network reads right, at each shift.

    Attributes:
        correct: of `digits`, one number a shift.
    """

    shifts: tuple[Shift, ...]
    correct: tuple[int, ...]
    digits: int

    @property
    def size_bytes(self) -> int:
        """About what the numbers take."""
        return 200 * len(self.shifts)


@dataclass(frozen=True)
class MeasuredAccuracies:
    """What a network reads right of new digits that were moved, and of those to learn from.

    Attributes:
        training: at no shift.
    """

    held_out: ShiftAccuracies
    training: ShiftAccuracies

    @property
    def size_bytes(self) -> int:
        """About what the numbers take."""
        return self.held_out.size_bytes + self.training.size_bytes


def shift_accuracies(
    graph: LayerGraph,
    preprocessing: DigitPreprocessing,
    digits: LabelledPictures,
    shifts: Sequence[Shift],
    progress: Progress = no_progress,
) -> ShiftAccuracies:
    """Move the input of a network for every digit, and count what it still reads right.

    The input is the digit with the network's margin, so that ink is lost only where it leaves that.
    The digits are taken as they are, as in training: they are centred already.

    Args:
        graph: of a network with one score a digit.
        preprocessing: of the network.
        digits: ink in [0, 1], (count, 1, 28, 28).
        shifts: how far.
        progress: told after every batch; its preview is the counts of the shifts that are done.

    Raises:
        WorkCancelledError: raised by `progress`.
    """
    correct: list[int] = []
    batches = list(zip(digits.pictures.split(_BATCH), digits.labels.split(_BATCH), strict=True))
    for shift in shifts:
        right = 0
        for number, (pictures, labels) in enumerate(batches, start=1):
            inputs = digit_inputs(preprocessing, pictures)
            moved = shifted(inputs, shift, background_of(preprocessing))
            with torch.inference_mode():
                logits = graph.compute(moved, ()).output
            if logits is None:
                raise RuntimeError("A run to the end returns an output.")
            right += int((logits.argmax(dim=1) == labels).sum())
            done = len(correct) * len(batches) + number
            found = [*correct, right] if number == len(batches) else [*correct]
            progress(done, len(shifts) * len(batches), found)
        correct.append(right)
    return ShiftAccuracies(tuple(shifts), tuple(correct), len(digits))
