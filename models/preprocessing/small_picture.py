"""A picture as so few numbers that each of them can be looked at."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.preprocessing.pixel_map import Size
from models.preprocessing.resampling import resize_and_crop_centre

SIDE_PX = 64


def small_picture(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """The central square of a picture, made small.

    Args:
        picture: upright, RGB.

    Returns:
        Levels 0 to 255 of red, green and blue, (3, 64, 64).
    """
    square = Size(height=SIDE_PX, width=SIDE_PX)
    kept, _ = resize_and_crop_centre(picture, SIDE_PX, square, Image.Resampling.BILINEAR)
    levels: npt.NDArray[np.uint8] = np.array(kept.convert("RGB")).transpose(2, 0, 1)
    return np.ascontiguousarray(levels)
