"""What can be trained on a server, and what somebody chose of it."""

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import cast, get_args

from app.errors import InvalidParameterError
from app.settings import Settings
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import Architecture
from models.data.datasets import DATASETS, FOLDER_PREFIX, OWN_NAME
from models.data.packaged_digits import DIRECTORY
from models.data.picture_set import list_picture_sets
from models.data.published_datasets import FASHION_MD5
from models.disk.checked_fields import Fields, can_be_written
from models.disk.file_kinds import is_directory
from models.errors import UnknownModelError
from models.preprocessing.preprocessing import InputKind
from models.training.engines import ENGINES, EngineName
from models.training.numpy_engine import has_every_part
from models.training.optimisers import RULES, Optimiser, Schedule
from models.training.places import CHECKPOINTS_NAME, OUTPUT_NAME
from models.training.recipes import RECIPES, Recipe
from models.weights.construction import build_random


@dataclass(frozen=True)
class TrainingChoice:
    """One run, as it was asked for.

    Attributes:
        data: a name of `DataOffer`s.
        learning_rate: at the first step. This, the schedule, the batch size and the scale are None
            where the optimiser does not use them.
    """

    architecture: str
    data: str
    engine: EngineName
    optimiser: Optimiser
    learning_rate: float | None
    schedule: Schedule | None
    batch_size: int | None
    scale: float | None
    epochs: int
    seed: int

    def arguments(self, settings: Settings, directory: Path) -> list[str]:
        """The command line of `models.training` for it; every file goes under `directory`."""
        data = self.data
        if data.startswith(FOLDER_PREFIX) and settings.training_data_dir:
            folder = settings.training_data_dir / data.removeprefix(FOLDER_PREFIX)
            data = f"{FOLDER_PREFIX}{folder}"
        options = {**asdict(self), "data": data}
        options["output"] = output_directory(directory)
        options["checkpoints"] = checkpoint_directory(directory)
        del options["architecture"]
        named = [
            f"--{name.replace('_', '-')}={value}"
            for name, value in options.items()
            if value is not None
        ]
        return [self.architecture, *named]


def recorded_choice(fields: Fields) -> TrainingChoice:
    """What was chosen, as a record has it.

    Raises:
        DamagedRecordError: it is no choice, or of a design that is not known here.
    """
    known = [each.architecture.name for each in trainables()]
    optimiser = cast("Optimiser", fields.text("optimiser", get_args(Optimiser)))
    used = RULES[optimiser].settings
    return TrainingChoice(
        architecture=fields.text("architecture", known),
        data=fields.text("data"),
        engine=cast("EngineName", fields.text("engine", ENGINES)),
        optimiser=optimiser,
        learning_rate=fields.number("learning_rate", 0) if "learning_rate" in used else None,
        schedule=_recorded_schedule(fields) if "schedule" in used else None,
        batch_size=fields.whole("batch_size", 1) if "batch_size" in used else None,
        scale=fields.number("scale", 0) if "scale" in used else None,
        epochs=fields.whole("epochs", 1),
        seed=fields.whole("seed"),
    )


def _recorded_schedule(fields: Fields) -> Schedule:
    # There was no other before it was told.
    if not fields.has("schedule"):
        return "cosine"
    return cast("Schedule", fields.text("schedule", get_args(Schedule)))


def output_directory(directory: Path) -> Path:
    """Where a run leaves its result."""
    return directory / OUTPUT_NAME


def checkpoint_directory(directory: Path) -> Path:
    """Where a run leaves its state and its checkpoints."""
    return directory / CHECKPOINTS_NAME


@dataclass(frozen=True)
class DataOffer:
    """A data set.

    Attributes:
        detail: why it cannot be trained on here, None if it can.
        is_here: False for what would have to be downloaded first.
    """

    name: str
    title: str
    kind: InputKind
    detail: str | None = None
    is_here: bool = True


@dataclass(frozen=True)
class Trainable:
    """A design that there is a recipe for."""

    architecture: Architecture
    recipe: Recipe


# What they are, in a line: those that ship in `models/data/`,
_SHIPPED = {
    "mnist5k": "MNIST, 5,000 handwritten digits",
    "digits": "1,797 handwritten digits of 8 x 8 px",
}
# and the module and the package that carry the others.
_PACKAGED: dict[str, tuple[str, InputKind, str, str]] = {
    "photographs": (
        "32 x 32 px patches of eight photographs",
        "photograph",
        "skimage",
        "scikit-image",
    ),
}
# And the files of which one set must be there where nothing may be downloaded.
_PUBLISHED: dict[str, tuple[str, InputKind, tuple[tuple[str, ...], ...]]] = {
    "cifar10": (
        "CIFAR-10, 60,000 small photographs",
        "photograph",
        (("cifar-10-batches-bin",), ("cifar-10-binary.tar.gz",)),
    ),
    "fashion-mnist": (
        "Fashion-MNIST, 70,000 pictures of clothes",
        "photograph",
        (tuple(FASHION_MD5),),
    ),
}


def data_offers(settings: Settings) -> list[DataOffer]:
    """Every data set, whether or not it can be had here."""
    return [
        *(
            _offer(name, settings)
            for name in DATASETS
            if name in {*_SHIPPED, *_PACKAGED, *_PUBLISHED}
        ),
        *_folders(settings),
        *_own(settings),
    ]


def _offer(name: str, settings: Settings) -> DataOffer:
    if name in _SHIPPED:
        path = DIRECTORY / f"{name}.npz"
        detail = f"{path}, which comes with Convscope, is missing."
        is_here = os.access(path, os.R_OK)
        return DataOffer(name, _SHIPPED[name], "digit", None if is_here else detail, is_here)
    if name in _PACKAGED:
        title, kind, module, package = _PACKAGED[name]
        is_here = importlib.util.find_spec(module) is not None
        detail = (
            f"It comes with the Python package {package}, which is not installed: "
            f"pip install {package}."
        )
        return DataOffer(name, title, kind, None if is_here else detail, is_here)
    title, kind, choices = _PUBLISHED[name]
    directory = settings.cache_dir / "datasets"
    # In a directory that may not be searched there is nothing for us.
    is_here = any(all(os.access(directory / part, os.R_OK) for part in parts) for parts in choices)
    if is_here or settings.downloads_allowed:
        return DataOffer(
            name, title if is_here else f"{title} (downloaded first)", kind, is_here=is_here
        )
    detail = f"It is not in {directory}, and this server does not download."
    return DataOffer(name, title, kind, detail, is_here=False)


def _folders(settings: Settings) -> Iterator[DataOffer]:
    """The directories that whoever runs the server lets people train on, and no other."""
    root = settings.training_data_dir
    if root is None or not os.access(root, os.R_OK | os.X_OK) or not root.is_dir():
        return
    for folder in sorted(root.iterdir()):
        if not folder.name.startswith(".") and can_be_written(folder.name) and is_directory(folder):
            title = f"Pictures in the folder {folder.name}"
            yield DataOffer(f"{FOLDER_PREFIX}{folder.name}", title, "photograph")


def _own(settings: Settings) -> Iterator[DataOffer]:
    """The pictures that people sent from the page."""
    for kept in list_picture_sets(settings.cache_dir / "datasets" / OWN_NAME):
        pictures, classes = sum(kept.counts), len(kept.counts)
        title = f"{kept.title}: {pictures:,} own pictures, {classes:,} classes"
        yield DataOffer(kept.name, title, "photograph")


def trainables() -> list[Trainable]:
    """The designs of the catalogue that there is a recipe for."""
    found = []
    for name, recipe in RECIPES.items():
        try:
            found.append(Trainable(catalogue().resolve(name).architecture, recipe))
        except UnknownModelError:
            continue
    return found


@cache
def engines_for(architecture: str) -> tuple[EngineName, ...]:
    """The engines that can train a design: numpy where its library has every part. Blocks."""
    network = build_random(RECIPES[architecture].build, seed=0)
    return ENGINES if has_every_part(network) else ("torch",)


def check_choice(choice: TrainingChoice, settings: Settings) -> None:
    """Refuse what cannot be trained here. Blocks.

    Raises:
        InvalidParameterError: names the valid choices.
    """
    architectures = [each.architecture.name for each in trainables()]
    if choice.architecture not in architectures:
        raise InvalidParameterError(
            f"architecture: {choice.architecture!r} is none of {', '.join(architectures)}."
        )
    engines = engines_for(choice.architecture)
    if choice.engine not in engines:
        raise InvalidParameterError(
            f"engine: {choice.engine} cannot train {choice.architecture}, of which it lacks a "
            f"part; {' and '.join(engines)} can."
        )
    offers = {offer.name: offer for offer in data_offers(settings)}
    offer = offers.get(choice.data)
    if offer is None:
        known = ", ".join(offers)
        hint = (
            ""
            if settings.training_data_dir
            else " Folders of pictures can be trained on where the server has a directory for "
            "them (CONVSCOPE_TRAINING_DATA_DIR)."
        )
        raise InvalidParameterError(f"data: {choice.data[:80]!r} is none of {known}.{hint}")
    if offer.detail:
        raise InvalidParameterError(f"data: {offer.name} cannot be had here. {offer.detail}")
