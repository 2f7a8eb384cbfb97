"""A picture made so small that its numbers can be read one by one."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

ChannelName = Literal["red", "green", "blue", "grey"]

_RGB: tuple[ChannelName, ...] = ("red", "green", "blue")


@dataclass(frozen=True, eq=False)
class SmallPicture:
    """A square of numbers from 0, black, to 255.

    Attributes:
        channels: what they are called.
        pixels: (channels, size, size).
    """

    channels: tuple[ChannelName, ...]
    pixels: npt.NDArray[np.uint8]


def small_levels(image: Image.Image, size: int) -> npt.NDArray[np.uint8]:
    """The middle square of a picture, every number the mean of the area that it stands for.

    Args:
        image: upright, of any mode.
        size: rows, and columns.

    Returns:
        Red, green and blue from 0, black, to 255, (3, size, size).
    """
    return np.ascontiguousarray(np.asarray(_fitted(image, size), dtype=np.uint8).transpose(2, 0, 1))


def small_picture(image: Image.Image, size: int, is_grey: bool) -> SmallPicture:
    """The same, with one channel where there is no colour.

    Args:
        image: upright, of any mode.
        size: rows, and columns.
        is_grey: one channel whatever there is, by ITU-R 601-2 luma.
    """
    if is_grey:
        luma = _fitted(image, size).convert("L")
        return SmallPicture(("grey",), np.asarray(luma, dtype=np.uint8)[None])
    levels = small_levels(image, size)
    if (levels == levels[0]).all():
        return SmallPicture(("grey",), levels[:1])
    return SmallPicture(_RGB, levels)


def _fitted(image: Image.Image, size: int) -> Image.Image:
    return ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.BOX)
