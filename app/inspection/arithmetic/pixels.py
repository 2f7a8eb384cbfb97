"""The last step back: how a number of the network's input came out of the picture."""

from dataclasses import dataclass

import torch
from PIL import Image

from app.inspection.arithmetic.terms import Explanation, Operand, formula, rule_of
from app.inspection.graph.layer_names import INPUT
from models.preprocessing.pixel_map import Box, PixelMap, Point
from models.preprocessing.preprocessing import Preprocessing

_TEMPLATE = "({pixel} / 255 - {mean}) / {std}"
_INK_TEMPLATE = "({ink} - {mean}) / {std}"


@dataclass(frozen=True)
class PixelOrigin:
    """Where a pixel of the input lies in the upright picture.

    Attributes:
        image_box: that it covers, not clipped.
        image_row: of the picture's pixel in the middle of the box, None if it lies outside.
        image_column: the same.
        rgb: of that pixel.
    """

    image_box: Box
    image_row: int | None
    image_column: int | None
    rgb: tuple[int, int, int] | None


def explain_pixel(
    preprocessing: Preprocessing, tensor: torch.Tensor, place: tuple[int, int, int]
) -> Explanation:
    """A number of the network's input, by the 8-bit level (or the ink) that it was made from.

    Args:
        preprocessing: of the model.
        tensor: the prepared picture, (1, channels, height, width) or without the first axis.
        place: (channel, row, column).
    """
    channel, row, column = place
    value = float(tensor.reshape(preprocessing.input_shape)[channel, row, column])
    mean, std = preprocessing.normalisation(channel)
    unit = Operand(INPUT, place, value)
    share = value * std + mean
    if preprocessing.input_kind == "digit":
        return Explanation(
            unit=unit,
            kind="pixel",
            explained=(share - mean) / std,
            rule=rule_of(_INK_TEMPLATE),
            tokens=formula(_INK_TEMPLATE, ink=share, mean=mean, std=std),
            note="ink is 0 for the background and 1 where the pen was.",
        )
    # Exactly a whole number: the picture was scaled and cut in 8 bits.
    level = float(round(share * 255))
    return Explanation(
        unit=unit,
        kind="pixel",
        explained=(level / 255 - mean) / std,
        rule=rule_of(_TEMPLATE),
        tokens=formula(_TEMPLATE, pixel=level, mean=mean, std=std),
        note="pixel is the level, 0 to 255, after the picture was scaled and cut.",
    )


def origin_of(
    pixel_map: PixelMap, picture: Image.Image, place: tuple[int, int, int]
) -> PixelOrigin:
    """Where a pixel of the input came from.

    Args:
        pixel_map: of this picture's way into the network.
        picture: upright, mode RGB.
        place: (channel, row, column) of the input.
    """
    _, row, column = place
    box = pixel_map.input_box_to_image_box(Box(row, column, row + 1, column + 1))
    middle = pixel_map.input_point_to_image_point(Point(y=row + 0.5, x=column + 0.5))
    image_row, image_column = int(middle.y // 1), int(middle.x // 1)
    if not (0 <= image_row < picture.height and 0 <= image_column < picture.width):
        return PixelOrigin(box, None, None, None)
    red, green, blue = picture.getpixel((image_column, image_row))  # type: ignore[misc]  # RGB
    return PixelOrigin(box, image_row, image_column, (int(red), int(green), int(blue)))
