"""One training run as the server knows it: what was chosen, how far it is, what it left behind."""

import asyncio
import json
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from app.training.choices import TrainingChoice
from app.training.events import Epoch, Loading, Outcome, Point, Started
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import Architecture, ModelEntry, TrainedWeights
from models.disk.checked_fields import Fields
from models.disk.file_kinds import is_file
from models.disk.whole_files import write_atomically
from models.training.checkpoints import LAST_STEP
from models.training.places import RECORD_NAME
from models.training.recipes import RECIPES
from models.training.record import CHANCE_WORDS

RunState = Literal[
    "starting",
    "running",
    "paused",
    "measuring",
    "finished",
    "learned_nothing",
    "stopped",
    "diverged",
    "failed",
    "crashed",
    "interrupted",
]
RunOrigin = Literal["server", "command_line"]
# While the child runs; the others say how it ended.
UNDER_WAY: frozenset[RunState] = frozenset({"starting", "running", "paused", "measuring"})

RUN_STATES: tuple[RunState, ...] = get_args(RunState)

# Of the curves; beyond it every second one goes.
_MOST_POINTS = 4000
# An epoch may be a step.
_MOST_EPOCHS = 4000


@dataclass(frozen=True)
class Version:
    """The network after some step; loss and accuracy are None before the first."""

    step: int
    epoch: int
    loss: float | None
    accuracy: float | None
    path: Path


@dataclass(eq=False)
class TrainingRun:
    """What is known of one run. Changed on the event loop alone.

    Attributes:
        origin: who started it: this server, or somebody at the command line of its machine.
        state: how far it is; it says how the run ended only once its process is gone.
        started: what it began with, None until the child has said so.
        loading: how far its data is, until it has begun.
        epochs: what was measured on the held-out pictures, in order.
        name: that somebody gave it; empty if nobody did.
        outcome: how the child said that it ended, None if it has not.
        versions: by step.
        is_unfollowed: nobody reads its events any more, for the server ends.
    """

    id: str
    choice: TrainingChoice
    directory: Path
    origin: RunOrigin = "server"
    state: RunState = "starting"
    detail: str | None = None
    created_at: float = 0.0
    started: Started | None = None
    outcome: Outcome | None = None
    loading: Loading | None = None
    name: str = ""
    points: list[Point] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    versions: dict[int, Version] = field(default_factory=dict)
    reports: int = 0
    is_unfollowed: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _entries: dict[int, ModelEntry] = field(default_factory=dict)

    @property
    def model_id(self) -> str:
        """Under which its newest version can be opened; `@` and a step name another."""
        return f"{self.choice.architecture}.run-{self.id}"

    @property
    def is_going_on(self) -> bool:
        """Until its process has ended."""
        return self.state in UNDER_WAY

    @property
    def step(self) -> int:
        """How many are done."""
        return self.points[-1].step if self.points else 0

    def announce(self) -> None:
        """Wake whoever watches."""
        self.changed.set()
        self.changed = asyncio.Event()

    def take(self, event: Fields) -> None:
        """Take an event of `models.training.reports`.

        Raises:
            DamagedRecordError: it is none.
        """
        match event.text("event"):
            case "loading":
                self.loading = Loading.of(event)
            case "started":
                self._begin(event)
            case "epoch":
                self._measured(Epoch.of(event))
            case "kept":
                self._kept(event)
            case "progress":
                self._advance(event)
            case "state":
                paused = event.text("state", ("paused", "running")) == "paused"
                self.state = "paused" if paused else "running"
            case "measuring":
                self.state = "measuring"
            case "ended":
                self.outcome = Outcome.of(event)

    def _begin(self, event: Fields) -> None:
        self.started = Started.of(event, self.choice.architecture)
        self.state, self.detail, self.outcome, self.loading = "running", None, None, None
        # What a killed run did after its last state is done again.
        done = self.started.resumed_from_step
        self.points = [point for point in self.points if point.step <= done]
        self.epochs = [epoch for epoch in self.epochs if epoch.step <= done]
        self.versions = {step: each for step, each in self.versions.items() if step <= done}
        self._entries.clear()
        if event.has("checkpoint"):
            self.versions[0] = Version(0, 0, None, None, Path(event.text("checkpoint")))

    def _measured(self, epoch: Epoch) -> None:
        # Measured once more where it ends: the same, or a step that is no end of an epoch.
        if len(self.epochs) < _MOST_EPOCHS and (
            not self.epochs or self.epochs[-1].step < epoch.step
        ):
            self.epochs.append(epoch)

    def _kept(self, event: Fields) -> None:
        """It pauses: what it is now can be looked at, in place of what the last pause kept."""
        step = event.whole("step", 0, LAST_STEP)
        if event.has("replaces"):
            replaced = event.whole("replaces", 0, LAST_STEP)
            self.versions.pop(replaced, None)
            self._entries.pop(replaced, None)
        last = self.points[-1] if self.points else None
        self.versions[step] = Version(
            step,
            event.whole("epoch") if event.has("epoch") else (last.epoch if last else 0),
            event.number("loss") if event.has("loss") else None,
            event.share("accuracy") if event.has("accuracy") else None,
            Path(event.text("checkpoint")),
        )

    def _advance(self, event: Fields) -> None:
        point = Point.of(event, self.reports + 1)
        self.reports += 1
        self.points.append(point)
        if event.has("checkpoint"):
            self.versions[point.step] = Version(
                point.step, point.epoch, point.loss, point.accuracy, Path(event.text("checkpoint"))
            )
        if len(self.points) > _MOST_POINTS:
            # The newest stays, so that `step` never falls back.
            self.points = self.points[::-1][::2][::-1]

    def verdict(self) -> tuple[RunState, str] | None:
        """How it ended, with a sentence, as far as the child said so itself."""
        if self.outcome is None:
            return None
        if self.outcome.state != "finished" or self.started is None:
            return self.outcome.state, self.outcome.detail.replace(
                " --resume goes on from there.", ""
            )
        held_out = self.started.held_out_pictures
        share = f"{self.outcome.held_out_accuracy:.1%} of {held_out:,} held-out pictures are read"
        if self.outcome.learned_nothing(self.started):
            other = "scale" if self.choice.learning_rate is None else "learning rate"
            return "learned_nothing", (
                f"{share} rightly. {CHANCE_WORDS} Try another {other}, or more epochs."
            )
        return "finished", f"{share} rightly."

    def end(self, state: RunState, detail: str | None) -> None:
        """Its process has ended: nothing more will come."""
        self.state, self.detail = state, detail
        self.add_result()
        # What is said of the newest has changed.
        self._entries.clear()

    def add_result(self) -> None:
        """Make what the run ended with a version: ended early, it stands between checkpoints."""
        last = self.points[-1] if self.points else None
        result = self.outcome.weights if self.outcome else None
        if last and result and last.step not in self.versions and is_file(result):
            self.versions[last.step] = Version(
                last.step, last.epoch, last.loss, last.accuracy, result
            )

    def entry(self, step: int | None = None) -> ModelEntry | None:
        """The catalogue's form of a version, the newest unless told; None if there is none."""
        if step is None:
            step = max(self.versions, default=None)
        version = self.versions.get(step) if step is not None else None
        if version is None or self.started is None:
            return None
        if version.step not in self._entries:
            self._entries[version.step] = self._made_entry(version, self.started)
        return self._entries[version.step]

    def _made_entry(self, version: Version, started: Started) -> ModelEntry:
        labels, preprocessing = started.class_names, started.preprocessing
        known = catalogue().resolve(self.choice.architecture).architecture
        build = partial(
            RECIPES[known.name].build,
            classes=len(labels),
            in_channels=preprocessing.input_shape[0],
        )
        return ModelEntry(
            architecture=Architecture(
                name=known.name,
                title=known.title,
                family=known.family,
                paper=known.paper,
                build=build,
                classes=len(labels),
                input_shape=preprocessing.input_shape,
                parameters=started.parameters,
                notes=known.notes,
            ),
            tag=f"run-{self.id}@{version.step}",
            origin="trained_here",
            weights=TrainedWeights(
                version.path,
                source=f"trained on this machine with {self.choice.data}, run {self.id}, "
                f"after {version.step:,} of {started.steps_total:,} steps",
                licence="that of the pictures",
            ),
            preprocessing=preprocessing,
            labels=labels,
            metrics=self._metrics(version, started),
        )

    def _metrics(self, version: Version, started: Started) -> str:
        if version.accuracy is None:
            return "before it learned anything"
        accuracy = self.outcome.held_out_accuracy if self.outcome else None
        if accuracy is not None and version.step == max(self.versions):
            return f"{accuracy:.1%} of {started.held_out_pictures:,} held-out pictures"
        pictures = (
            "training pictures"
            if self.choice.batch_size is None
            else f"pictures of epoch {version.epoch} so far"
        )
        return (
            f"{version.accuracy:.1%} of the {pictures}, after "
            f"{version.step:,} of {started.steps_total:,} steps"
        )

    def save(self, ending: tuple[RunState, str | None] | None = None) -> None:
        """Write the record from which `app.training.kept` makes the run again. Blocks.

        Args:
            ending: the state that it is about to have, and the sentence that goes with it.

        Raises:
            OSError: it cannot be written; the error names the file.
        """
        state, detail = ending or (self.state, self.detail)
        record = {
            "choice": asdict(self.choice),
            "state": state,
            "detail": detail,
            "created_at": self.created_at,
            "started": self.started.record() if self.started else None,
            "outcome": self.outcome.record() if self.outcome else None,
            "reports": self.reports,
            "points": [asdict(point) for point in self.points],
            "epochs": [asdict(epoch) for epoch in self.epochs],
        }
        write_atomically({self.directory / RECORD_NAME: json.dumps(record).encode()})
