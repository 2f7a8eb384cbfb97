"""What a data set is: labelled pictures, split into a training and a held-out part."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from models.errors import ConvscopeError
from models.preprocessing.preprocessing import InputKind


@dataclass(frozen=True)
class Loading:
    """How far a data set is on its way into memory.

    Attributes:
        doing: fetching a file from its publisher, or reading what is here.
        what: the file or the folder.
        done: of `total`, which is None until it is known.
        unit: of both.
    """

    doing: Literal["downloading", "reading"]
    what: str
    done: int
    total: int | None
    unit: Literal["bytes", "files"]


LoadingProgress = Callable[[Loading], None]
"""Is told how far loading is; what it raises ends it."""


def nobody(progress: Loading) -> None:
    """Tell nobody how far it is."""
    del progress


class UnknownDatasetError(ConvscopeError):
    """No data set has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(
            f"There is no data set {name!r}; there is {', '.join(known)}, and folder:PATH for "
            "a folder that holds one folder of pictures for each class."
        )


class DatasetUnavailableError(ConvscopeError):
    """The package that carries a data set is not installed."""

    def __init__(self, name: str, package: str) -> None:
        self.name = name
        self.package = package
        super().__init__(
            f"The data set {name} comes with the package {package}, which is not installed. "
            f"It is a development dependency: pip install {package}, or pip install -e '.[dev]'."
        )


class UnusableDataError(ConvscopeError):
    """The data is there, but no network can be trained on it as it is."""


@dataclass(frozen=True)
class LabelledPictures:
    """Pictures and what they show.

    Attributes:
        pictures: float32 (count, channels, height, width) in [0, 1].
        labels: int64 (count,), indices into the data set's `class_names`.
    """

    pictures: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class SkippedPicture:
    """A file that could not be read as a picture.

    Attributes:
        file: its path inside the data set.
        reason: why, one sentence.
    """

    file: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """A data set and its one fixed split.

    Attributes:
        held_out: never trained on and never used to choose anything; it only measures.
        held_out_positions: int64, where the held-out pictures stood in the source, rising.
        split_seed: the split is a function of the source and of this seed; None where the source
            comes split.
        kind: whether the pictures are single digits laid out as in MNIST, or photographs.
        skipped: what was left out because it could not be read.
    """

    name: str
    source: str
    class_names: tuple[str, ...]
    training: LabelledPictures
    held_out: LabelledPictures
    held_out_positions: Tensor
    split_seed: int | None
    kind: InputKind = "digit"
    skipped: tuple[SkippedPicture, ...] = ()

    def fingerprint(self) -> str:
        """SHA-256 over every picture and label of both parts, in order."""
        digest = hashlib.sha256()
        for part in (self.training, self.held_out):
            for tensor in (part.pictures, part.labels):
                digest.update(str(tuple(tensor.shape)).encode())
                digest.update(tensor.contiguous().numpy().tobytes())
        return digest.hexdigest()


def held_out_mask(labels: Tensor, per_class: int, seed: int) -> Tensor:
    """Choose `per_class` pictures of every class, the same ones every time.

    Args:
        labels: int64 (count,).
        per_class: how many of each class to hold out.
        seed: of a generator of its own; the global one is not touched.

    Returns:
        bool (count,), True where a picture is held out.
    """
    generator = torch.Generator().manual_seed(seed)
    mask = torch.zeros(len(labels), dtype=torch.bool)
    for label in sorted(set(labels.tolist())):
        positions = (labels == label).nonzero().flatten()
        shuffled = positions[torch.randperm(len(positions), generator=generator)]
        mask[shuffled[:per_class]] = True
    return mask
