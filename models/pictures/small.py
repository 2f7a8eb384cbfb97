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


def small_picture(image: Image.Image, size: int, is_grey: bool) -> SmallPicture:
    """The middle square of a picture, every number the mean of the area that it stands for.

    Args:
        image: upright, of any mode.
        size: rows, and columns.
        is_grey: one channel, by ITU-R 601-2 luma; so it is too where there is no colour.
    """
    fitted = ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.BOX)
    pixels: npt.NDArray[np.uint8] = np.asarray(fitted, dtype=np.uint8).transpose(2, 0, 1)
    if is_grey:
        return SmallPicture(("grey",), np.asarray(fitted.convert("L"), dtype=np.uint8)[None])
    if (pixels == pixels[0]).all():
        return SmallPicture(("grey",), pixels[:1])
    return SmallPicture(_RGB, pixels)
