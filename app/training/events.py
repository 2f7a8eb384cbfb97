"""What a run says of itself, checked: the events of `models.training.reports`, and what is kept.

The same readers take what a child process writes, what a run of the command line left in its file,
and the records of earlier servers, for any of them may be of another version, cut off or foreign.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

from models.catalogue.trained_entries import class_names_of, recorded_preprocessing
from models.disk.checked_fields import DamagedRecordError, Fields
from models.preprocessing.preprocessing import DigitPreprocessing, PhotographPreprocessing
from models.training.checkpoints import LAST_STEP
from models.training.record import is_at_chance

EndState = Literal["finished", "stopped", "diverged", "failed", "interrupted"]
_END_STATES: tuple[EndState, ...] = ("finished", "stopped", "diverged", "failed", "interrupted")
# More than a machine holds, and few enough to compute with.
_MOST_PICTURES = 10**8
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Point:
    """What the child reported after a step; `number` counts the reports of the run.

    A search has no learning rate.
    """

    number: int
    step: int
    epoch: int
    loss: float
    accuracy: float
    batch_accuracy: float
    learning_rate: float | None
    examples_per_second: float

    @classmethod
    def of(cls, fields: Fields, number: int | None = None) -> "Point":
        """From an event `progress`, or from a record that has the number too."""
        return cls(
            number=fields.whole("number", 1) if number is None else number,
            step=fields.whole("step", 0, LAST_STEP),
            epoch=fields.whole("epoch"),
            loss=fields.number("loss"),
            accuracy=fields.share("accuracy"),
            batch_accuracy=fields.share("batch_accuracy"),
            learning_rate=fields.number("learning_rate") if fields.has("learning_rate") else None,
            examples_per_second=fields.number("examples_per_second", 0),
        )


@dataclass(frozen=True)
class Loading:
    """How far the data of a run is on its way; `total` is None until it is known."""

    doing: Literal["downloading", "reading"]
    what: str
    done: int
    total: int | None
    unit: Literal["bytes", "files"]

    @classmethod
    def of(cls, fields: Fields) -> "Loading":
        """From an event `loading`."""
        is_download = fields.text("doing", ("downloading", "reading")) == "downloading"
        is_bytes = fields.text("unit", ("bytes", "files")) == "bytes"
        return cls(
            doing="downloading" if is_download else "reading",
            what=fields.text("what")[:_LONGEST_NAME],
            done=fields.whole("done"),
            total=fields.whole("total") if fields.has("total") else None,
            unit="bytes" if is_bytes else "files",
        )


@dataclass(frozen=True)
class Epoch:
    """How the network did on the held-out pictures after an epoch; 0 before the first step.

    Attributes:
        loss: mean cross-entropy, nats; None where it is no finite number.
        is_at_chance: naming one class for all of them would do as well.
    """

    epoch: int
    step: int
    loss: float | None
    accuracy: float
    is_at_chance: bool

    @classmethod
    def of(cls, fields: Fields) -> "Epoch":
        """From an event `epoch`, or from a record."""
        return cls(
            epoch=fields.whole("epoch"),
            step=fields.whole("step", 0, LAST_STEP),
            loss=fields.number("loss") if fields.has("loss") else None,
            accuracy=fields.share("accuracy"),
            is_at_chance=fields.flag("is_at_chance"),
        )


@dataclass(frozen=True)
class Chance:
    """What is reached without looking at the pictures.

    Attributes:
        accuracy: of naming the most frequent class for every held-out picture.
        loss: of giving every class its share of them for its probability, nats: their entropy.
        is_balanced: there are as many of every class; then these are 1/classes and ln(classes).
    """

    accuracy: float
    loss: float
    is_balanced: bool


@dataclass(frozen=True)
class Started:
    """What a run began with."""

    steps_total: int
    resumed_from_step: int
    parameters: int
    training_pictures: int
    held_out_pictures: int
    skipped_pictures: int
    class_names: tuple[str, ...]
    preprocessing: DigitPreprocessing | PhotographPreprocessing
    held_out_per_class: tuple[int, ...] = ()

    @property
    def chance(self) -> Chance | None:
        """What the held-out pictures make of guessing; None of runs that did not tell of them."""
        counts, total = self.held_out_per_class, sum(self.held_out_per_class)
        if not total:
            return None
        shares = [count / total for count in counts if count]
        return Chance(
            accuracy=max(shares),
            loss=-sum(share * math.log(share) for share in shares),
            is_balanced=len(set(counts)) == 1,
        )

    @classmethod
    def of(cls, fields: Fields, architecture: str) -> "Started":
        """From an event `started`, or what a record keeps of it."""
        return cls(
            steps_total=fields.whole("steps_total", 1, LAST_STEP),
            resumed_from_step=fields.whole("resumed_from_step", 0, LAST_STEP),
            parameters=fields.whole("parameters"),
            training_pictures=fields.whole("training_pictures", 0, _MOST_PICTURES),
            held_out_pictures=fields.whole("held_out_pictures", 0, _MOST_PICTURES),
            skipped_pictures=fields.whole("skipped_pictures", 0, _MOST_PICTURES),
            class_names=class_names_of(fields),
            preprocessing=recorded_preprocessing(fields.inner("input"), architecture),
            held_out_per_class=fields.wholes("held_out_per_class", 0, _MOST_PICTURES)
            if fields.has("held_out_per_class")
            else (),
        )

    def record(self) -> dict[str, Any]:
        """Ready for JSON; `of` reads it."""
        fields = asdict(self)
        return {**fields, "input": fields.pop("preprocessing")}


@dataclass(frozen=True)
class Outcome:
    """How a run ended that said so itself.

    Attributes:
        weights: what it wrote, if it finished; the next three are None unless it did.
        largest_class: how many of the held-out pictures are of the most frequent class; None in
            reports from before it was told.
    """

    state: EndState
    detail: str
    weights: Path | None = None
    held_out_accuracy: float | None = None
    held_out_loss: float | None = None
    largest_class: int | None = None

    @classmethod
    def of(cls, fields: Fields) -> "Outcome":
        """From an event `ended`, or what a record keeps of it."""
        state = cast("EndState", fields.text("state", _END_STATES))
        if state != "finished":
            return cls(state, fields.text("detail"))
        return cls(
            state,
            fields.text("detail"),
            weights=_weights(fields),
            held_out_accuracy=fields.share("held_out_accuracy"),
            held_out_loss=fields.number("held_out_loss"),
            largest_class=fields.whole("held_out_largest_class")
            if fields.has("held_out_largest_class")
            else None,
        )

    def record(self) -> dict[str, Any]:
        """Ready for JSON; `of` reads it."""
        return {
            "state": self.state,
            "detail": self.detail,
            "weights": str(self.weights) if self.weights else None,
            "held_out_accuracy": self.held_out_accuracy,
            "held_out_loss": self.held_out_loss,
            "held_out_largest_class": self.largest_class,
        }

    def learned_nothing(self, started: Started) -> bool:
        """True if the held-out pictures are read no better than one answer for all would be."""
        held_out = started.held_out_pictures
        # The most frequent of so many classes has at least its share.
        largest = self.largest_class or -(-held_out // len(started.class_names))
        correct = round((self.held_out_accuracy or 0.0) * held_out)
        return is_at_chance(correct, held_out, min(largest, held_out))


def _weights(fields: Fields) -> Path:
    """The result of a run; torch would unpickle a file of another kind.

    Raises:
        DamagedRecordError: it is no safetensors file.
    """
    path = Path(fields.text("weights"))
    if path.suffix != ".safetensors":
        raise DamagedRecordError(
            f"weights must be a .safetensors file; they are {path.name!r:.60}."
        )
    return path
