"""What lies about a thing in a picture gives way to pieces of other pictures."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

# To the shorter side.
SQUARES = 7
# Of the circle about the middle that is kept, by the shorter side.
KEPT_RADIUS = 0.36
_SEED = 12
# Where in the other pictures a piece has its middle: mostly there is something.
_PIECES_FROM, _PIECES_TO = 0.2, 0.8

Box = tuple[int, int, int, int]


def clutter_squares(width: int, height: int) -> list[Box]:
    """The squares that give way, in the order in which they do.

    Squares of a seventh of the shorter side, one of them in the middle, cover the picture; those
    whose own middle lies in the circle are kept.

    Args:
        width: px.
        height: px.

    Returns:
        (left, top, right, bottom) in px, cut at the border, none of them empty.
    """
    shorter = min(width, height)
    side = shorter / SQUARES
    across = math.ceil(width / 2 / side - 0.5)
    down = math.ceil(height / 2 / side - 0.5)
    boxes = []
    for row in range(-down, down + 1):
        for column in range(-across, across + 1):
            if math.hypot(row, column) * side <= KEPT_RADIUS * shorter:
                continue
            edges = [
                round(min(size, max(0.0, size / 2 + (place + half) * side)))
                for half in (-0.5, 0.5)
                for size, place in ((width, column), (height, row))
            ]
            left, top, right, bottom = edges
            if right > left and bottom > top:
                boxes.append((left, top, right, bottom))
    order = np.random.default_rng(_SEED).permutation(len(boxes))
    return [boxes[place] for place in order]


def cluttered(picture: Image.Image, share: float, others: Sequence[Image.Image]) -> Image.Image:
    """A share of the squares about the middle, each with a piece of one of the other pictures.

    A piece is as large a part of the shorter side of its picture as it will be of this one's. More
    of them leave those that there were already where they are.

    Args:
        picture: mode RGB.
        share: of the squares, rounded to whole ones.
        others: mode RGB, at least one.
    """
    result = picture.copy()
    boxes = clutter_squares(*picture.size)
    draws = np.random.default_rng(_SEED + 1)
    for left, top, right, bottom in boxes[: round(share * len(boxes))]:
        other = others[int(draws.integers(len(others)))]
        side = min(other.size) / SQUARES
        middle = draws.uniform(_PIECES_FROM, _PIECES_TO, 2) * other.size
        x, y = np.clip(middle - side / 2, 0, np.array(other.size) - side).tolist()
        size = right - left, bottom - top
        piece = other.resize(size, Image.Resampling.BILINEAR, (x, y, x + side, y + side))
        result.paste(piece, (left, top))
    return result
