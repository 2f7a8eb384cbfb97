"""The 1,000 digits that no network of ours has learned from, and the 4,000 for training."""

import io
from functools import cache

from PIL import Image

from models.data.dataset import LabelledPictures
from models.data.packaged_digits import mnist5k

DIGITS = 10
OF_EACH = 100
OF_EACH_FOR_TRAINING = 400


@cache
def held_out_digits() -> LabelledPictures:
    """All of them, ink in [0, 1], (1000, 1, 28, 28); read once, never changed.

    Raises:
        UnusableDataError: the file that ships is damaged.
    """
    return mnist5k().held_out


@cache
def training_digits() -> LabelledPictures:
    """The others, ink in [0, 1], (4000, 1, 28, 28); read once, never changed.

    Raises:
        UnusableDataError: the file that ships is damaged.
    """
    return mnist5k().training


def digit_png(digit: int, number: int) -> bytes:
    """One of them as a picture, light on dark.

    Args:
        digit: 0 to 9.
        number: which of the held-out ones of this digit, 0 to 99.
    """
    digits = held_out_digits()
    position = int((digits.labels == digit).nonzero()[number])
    levels = (digits.pictures[position, 0] * 255).round().byte().numpy()
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG")
    return file.getvalue()
