"""A flat picture seen from the side, and one that is bent."""

import math

import numpy as np
from PIL import Image

# Of the eye from the picture, in its widths.
EYE_DISTANCE = 2.0
# Over the width and over the height. With at most a tenth of the shorter side, nothing folds: the
# map's determinant stays above 1 - (0.1 * 2 pi * 1.5)^2 > 0.
WAVES = 1.5
MOST_DEFORMATION = 0.1
MOST_VIEWPOINT_DEGREES = 70.0


def view_from_side(degrees: float, width: int, height: int) -> tuple[float, ...]:
    """Where each place of the picture comes from, once it is turned about its upright middle line.

    A place u to the right of the middle and v below it is seen at
    x = D u cos t / (D + u sin t), y = D v / (D + u sin t), where D is the distance of the eye:
    `EYE_DISTANCE` widths. Its right side goes away where t is positive.

    Args:
        degrees: t, from -70 to 70.
        width: px.
        height: px.

    Returns:
        (a, b, c, d, e, f, g, h) for x = (a x' + b y' + c) / (g x' + h y' + 1) and
        y = (d x' + e y' + f) / (g x' + h y' + 1), x' and y' being of the result, as Pillow takes
        it.
    """
    angle = math.radians(degrees)
    lean = math.tan(angle) / (EYE_DISTANCE * width)
    across, down = width / 2, height / 2
    # With x' and y' from the middle: u = x' / cos t / (1 - x' lean), v = y' / (1 - x' lean).
    stretch = 1 / math.cos(angle)
    matrix = np.array(
        [
            [stretch - across * lean, 0.0, across],
            [-down * lean, 1.0, down],
            [-lean, 0.0, 1.0],
        ]
    ) @ np.array([[1.0, 0.0, -across], [0.0, 1.0, -down], [0.0, 0.0, 1.0]])
    return tuple((matrix / matrix[2, 2]).ravel()[:8].tolist())


def deformed(picture: Image.Image, amplitude: float, beyond: tuple[int, ...]) -> Image.Image:
    """Bent in waves.

    What is seen at (x, y) was at (x + A sin(2 pi 1.5 y / height), y + A sin(2 pi 1.5 x / width)),
    and is read there bilinearly.

    Args:
        picture: mode RGB.
        amplitude: A, share of the shorter side.
        beyond: colour of what comes into sight from beyond the border.
    """
    pixels = np.asarray(picture)
    height, width = pixels.shape[:2]
    reach_px = amplitude * min(width, height)
    rows, columns = np.arange(height)[:, None] + 0.5, np.arange(width)[None] + 0.5
    from_x = columns + reach_px * np.sin(2 * np.pi * WAVES * rows / height)
    from_y = rows + reach_px * np.sin(2 * np.pi * WAVES * columns / width)
    is_there = (from_x >= 0) & (from_x < width) & (from_y >= 0) & (from_y < height)
    read = _bilinear(pixels, from_y - 0.5, from_x - 0.5)
    read[~is_there] = beyond
    return Image.fromarray(read)


def _bilinear(pixels: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(height, width, channels) at places between the middles of pixels; border pixels go on."""
    height, width = pixels.shape[:2]
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    bottom, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down = (rows - top)[..., None].astype(np.float32)
    across = (columns - left)[..., None].astype(np.float32)
    upper = pixels[top, left] * (1 - across) + pixels[top, right] * across
    lower = pixels[bottom, left] * (1 - across) + pixels[bottom, right] * across
    levels: np.ndarray = np.rint(upper * (1 - down) + lower * down).astype(np.uint8)
    return levels
