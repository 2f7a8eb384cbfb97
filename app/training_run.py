"""One training run as the server knows it: what was chosen, how far it is, what it left behind."""

import asyncio
import json
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from app.training_choices import TrainingChoice
from models.catalogue import catalogue
from models.entry import Architecture, ModelEntry, TrainedWeights
from models.preprocessing import DigitPreprocessing, PhotographPreprocessing
from models.recipes import RECIPES
from models.training_checkpoints import write_atomically

RunState = Literal[
    "starting",
    "running",
    "paused",
    "measuring",
    "finished",
    "stopped",
    "diverged",
    "failed",
    "crashed",
    "interrupted",
]
RunOrigin = Literal["server", "command_line"]
# While the child runs; the others say how it ended.
UNDER_WAY: frozenset[RunState] = frozenset({"starting", "running", "paused", "measuring"})

RECORD_NAME = "run.json"
# Of the curves; beyond it every second one goes.
_MOST_POINTS = 4000
_POINT_NAMES = (
    *("step", "epoch", "loss", "accuracy", "batch_accuracy", "learning_rate"),
    "examples_per_second",
)


@dataclass(frozen=True)
class Point:
    """What the child reported after a step; `number` counts the reports of the run."""

    number: int
    step: int
    epoch: int
    loss: float
    accuracy: float
    batch_accuracy: float
    learning_rate: float
    examples_per_second: float


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
        started: the child's first event, None until it comes.
        is_going_on: until its process has ended and its record is written.
        outcome: the child's last event, if it ended by itself.
        versions: by step.
    """

    id: str
    choice: TrainingChoice
    directory: Path
    origin: RunOrigin = "server"
    state: RunState = "starting"
    is_going_on: bool = True
    detail: str | None = None
    created_at: float = 0.0
    started: dict[str, Any] | None = None
    outcome: dict[str, Any] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    versions: dict[int, Version] = field(default_factory=dict)
    reports: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _entries: dict[int, ModelEntry] = field(default_factory=dict)

    @property
    def model_id(self) -> str:
        """Under which its newest version can be opened; `@` and a step name another."""
        return f"{self.choice.architecture}.run-{self.id}"

    @property
    def step(self) -> int:
        """How many are done."""
        return self.points[-1].step if self.points else 0

    def announce(self) -> None:
        """Wake whoever watches."""
        self.changed.set()
        self.changed = asyncio.Event()

    def take(self, event: dict[str, Any]) -> None:
        """Take an event of `models.training_reports`.

        Raises:
            KeyError, TypeError: it is none.
        """
        match event["event"]:
            case "started":
                self._begin(event)
            case "progress":
                self._advance(event)
            case "state":
                self.state = "paused" if event["state"] == "paused" else "running"
            case "measuring":
                self.state = "measuring"
            case "ended":
                self._finish(event)

    def _begin(self, event: dict[str, Any]) -> None:
        self.started = {name: value for name, value in event.items() if name != "event"}
        self.state, self.detail = "running", None
        # What a killed run did after its last state is done again.
        done = event["resumed_from_step"]
        self.points = [point for point in self.points if point.step <= done]
        self.versions = {step: each for step, each in self.versions.items() if step <= done}
        if event["checkpoint"]:
            self.versions[0] = Version(0, 0, None, None, Path(event["checkpoint"]))

    def _advance(self, event: dict[str, Any]) -> None:
        self.reports += 1
        self.points.append(Point(self.reports, **{name: event[name] for name in _POINT_NAMES}))
        if event["checkpoint"]:
            self.versions[event["step"]] = Version(
                event["step"],
                event["epoch"],
                event["loss"],
                event["accuracy"],
                Path(event["checkpoint"]),
            )
        if len(self.points) > _MOST_POINTS:
            # The newest stays, so that `step` never falls back.
            self.points = self.points[::-1][::2][::-1]

    def _finish(self, event: dict[str, Any]) -> None:
        self.state = event["state"]
        self.outcome = event
        if self.state == "finished":
            held_out = self.started["held_out_pictures"] if self.started else 0
            self.detail = (
                f"{event['held_out_accuracy']:.1%} of {held_out:,} held-out pictures are read "
                "rightly."
            )
            self.add_result()
            # What is said of the newest has changed.
            self._entries.clear()
        else:
            self.detail = event["detail"].replace(" --resume goes on from there.", "")

    def add_result(self) -> None:
        """Make what the run ended with a version: ended early, it stands between checkpoints."""
        last = self.points[-1] if self.points else None
        result = Path(self.outcome["weights"])
        if last and last.step not in self.versions and result.is_file():
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

    def _made_entry(self, version: Version, started: dict[str, Any]) -> ModelEntry:
        labels = tuple(started["class_names"])
        preprocessing = preprocessing_from(started["input"])
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
                parameters=started["parameters"],
                notes=known.notes,
            ),
            tag=f"run-{self.id}@{version.step}",
            origin="trained_here",
            weights=TrainedWeights(
                version.path,
                source=f"trained on this machine with {self.choice.data}, run {self.id}, "
                f"after {version.step:,} of {started['steps_total']:,} steps",
                licence="that of the pictures",
            ),
            preprocessing=preprocessing,
            labels=labels,
            metrics=self._metrics(version, started),
        )

    def _metrics(self, version: Version, started: dict[str, Any]) -> str:
        if version.accuracy is None:
            return "before it learned anything"
        if self.state == "finished" and version.step == max(self.versions):
            accuracy, held_out = self.outcome["held_out_accuracy"], started["held_out_pictures"]
            return f"{accuracy:.1%} of {held_out:,} held-out pictures"
        return (
            f"{version.accuracy:.1%} of the pictures of epoch {version.epoch} so far, after "
            f"{version.step:,} of {started['steps_total']:,} steps"
        )

    def save(self) -> None:
        """Write the record from which `app.training_store` makes the run again. Blocks."""
        record = {
            "choice": asdict(self.choice),
            "state": self.state,
            "detail": self.detail,
            "created_at": self.created_at,
            "started": self.started,
            "outcome": self.outcome,
            "reports": self.reports,
            "points": [asdict(point) for point in self.points],
        }
        write_atomically({self.directory / RECORD_NAME: json.dumps(record).encode()})


def preprocessing_from(fields: dict[str, Any]) -> DigitPreprocessing | PhotographPreprocessing:
    """What the child described with `dataclasses.asdict`."""
    if "crop" not in fields:
        return DigitPreprocessing(**fields)
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    return PhotographPreprocessing(**given)
