"""The data sets that a network can be trained on, by name."""

import os
from collections.abc import Callable
from pathlib import Path

from models.data.dataset import (
    Dataset,
    DatasetUnavailableError,
    LabelledPictures,
    LoadingProgress,
    UnknownDatasetError,
    held_out_mask,
    nobody,
)
from models.data.packaged_digits import mnist5k, small_digits
from models.data.photograph_patches import photographs
from models.data.picture_folder import picture_folder
from models.data.picture_set import OWN_PREFIX, own_pictures
from models.data.published_datasets import cifar10, fashion_mnist

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
# In the directory of published data sets: the pictures that people sent from the page.
OWN_NAME = "own"


def data_directory() -> Path:
    """Where published data sets are looked for and kept: `datasets` in the cache."""
    cache = os.environ.get("CONVSCOPE_CACHE_DIR")
    if cache:
        return Path(cache) / "datasets"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "convscope" / "datasets"


# To add a data set: a function like `mnist5k`, and its name here.
DATASETS: dict[str, Callable[[], Dataset]] = {
    "mnist5k": mnist5k,
    "digits": small_digits,
    "cifar10": lambda: cifar10(data_directory()),
    "fashion-mnist": lambda: fashion_mnist(data_directory()),
    "photographs": photographs,
}
# Those that take long enough to tell how far they are.
_TELLING: dict[str, Callable[[Path, LoadingProgress], Dataset]] = {
    "cifar10": cifar10,
    "fashion-mnist": fashion_mnist,
}


def is_known(name: str) -> bool:
    """True if `load_dataset` has a data set of this name, whether or not it can be read."""
    return name in DATASETS or name.startswith((FOLDER_PREFIX, OWN_PREFIX))


def load_dataset(name: str, progress: LoadingProgress = nobody) -> Dataset:
    """Read the data set of this name, or `folder:PATH`, a folder of class folders of pictures.

    `own:ID` are pictures that somebody sent to a server with this cache.

    Args:
        name: of the data set.
        progress: is told how far what takes long is; what it raises ends it.

    Raises:
        UnknownDatasetError: there is none of this name.
        DatasetUnavailableError: what carries it is not installed, not here, or cannot be fetched.
        UnusableDataError: a folder holds no two classes of pictures, or a file is damaged.
    """
    if name.startswith(FOLDER_PREFIX):
        return picture_folder(Path(name.removeprefix(FOLDER_PREFIX)), progress)
    if name.startswith(OWN_PREFIX):
        return own_pictures(data_directory() / OWN_NAME, name.removeprefix(OWN_PREFIX))
    if name not in DATASETS:
        raise UnknownDatasetError(name, sorted(DATASETS))
    if name in _TELLING:
        return _TELLING[name](data_directory(), progress)
    return DATASETS[name]()
