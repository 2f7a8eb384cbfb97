"""Pictures seen otherwise: moved, turned, nearer, darker, blurred, partly covered.

The challenges that a course lists for image classification: viewpoint, scale, deformation,
occlusion, illumination, background clutter.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from models.preprocessing.clutter import cluttered
from models.preprocessing.warps import deformed, view_from_side

# Longer sides are reduced first: networks see a few hundred pixels of it.
LONGEST_SIDE_PX = 1600


@dataclass(frozen=True)
class PictureEdit:
    """What is done to a picture: clutter, bend, viewpoint, move, scale, turn, light, blur, cover.

    It is done in this order: first what is in the scene, then where it is seen from, the light, and
    what stands before it. As it stands here, nothing is done.

    Attributes:
        shift_x: to the right, share of the width.
        shift_y: downwards, share of the height.
        scale: 2 shows things twice as large.
        rotation_degrees: anticlockwise.
        brightness: every value is multiplied by it and cut at white.
        blur: standard deviation of a Gaussian, share of the shorter side.
        cover_left, cover_top, cover_size: a grey square; its corner as shares of width and height,
            its side as share of the shorter side; 0 covers nothing.
        viewpoint_degrees: the flat picture turned about its upright middle line, its right side
            away; see `view_from_side`. A picture has no back: from -70 to 70.
        deformation: amplitude of waves that bend it, share of the shorter side; see `deformed`.
        clutter: of the squares about the middle, the share that gives way to pieces of other
            pictures; see `cluttered`.
    """

    shift_x: float = 0.0
    shift_y: float = 0.0
    scale: float = 1.0
    rotation_degrees: float = 0.0
    brightness: float = 1.0
    blur: float = 0.0
    cover_left: float = 0.25
    cover_top: float = 0.25
    cover_size: float = 0.0
    viewpoint_degrees: float = 0.0
    deformation: float = 0.0
    clutter: float = 0.0


def reduced(picture: Image.Image) -> Image.Image:
    """What of a picture is edited: itself, or a smaller one where it is beyond the limit.

    Reducing it first changes no edit. Many edits of one large picture then cost a fraction.
    """
    longest = max(picture.size)
    if longest <= LONGEST_SIDE_PX:
        return picture
    factor = LONGEST_SIDE_PX / longest
    width, height = (max(1, round(side * factor)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


def edit_picture(
    picture: Image.Image, edit: PictureEdit, others: Sequence[Image.Image] = ()
) -> Image.Image:
    """The edited picture, as large as it was unless its longer side was beyond the limit.

    What comes into sight from beyond the border is of the colour that nearly all of the border
    has, as of the paper of a drawing; where there is none, it is grey.

    Args:
        picture: upright, mode RGB.
        edit: what to do.
        others: mode RGB, of which clutter is made; at least one where there is to be any.
    """
    edited = reduced(picture)
    width, height = edited.size
    beyond = _beyond(edited) if _brings_into_sight(edit) else _GREY
    if edit.clutter > 0:
        edited = cluttered(edited, edit.clutter, others)
    if edit.deformation > 0:
        edited = deformed(edited, edit.deformation, beyond)
    if edit.viewpoint_degrees != 0.0:
        edited = edited.transform(
            edited.size,
            Image.Transform.PERSPECTIVE,
            view_from_side(edit.viewpoint_degrees, width, height),
            resample=Image.Resampling.BICUBIC,
            fillcolor=beyond,
        )
    if (edit.shift_x, edit.shift_y, edit.scale, edit.rotation_degrees) != (0.0, 0.0, 1.0, 0.0):
        edited = edited.transform(
            edited.size,
            Image.Transform.AFFINE,
            _inverse(edit, width, height),
            resample=Image.Resampling.BICUBIC,
            fillcolor=beyond,
        )
    if edit.brightness != 1.0:
        levels = [min(255, round(level * edit.brightness)) for level in range(256)]
        edited = edited.point(levels * 3)
    if edit.blur > 0:
        edited = edited.filter(ImageFilter.GaussianBlur(edit.blur * min(width, height)))
    if edit.cover_size > 0:
        edited = edited.copy()
        side = edit.cover_size * min(width, height)
        left, top = edit.cover_left * width, edit.cover_top * height
        box = (round(left), round(top), round(left + side) - 1, round(top + side) - 1)
        if box[2] >= box[0] and box[3] >= box[1]:
            ImageDraw.Draw(edited).rectangle(box, fill=_GREY)
    return edited


_GREY = (128, 128, 128)
# Of the border's pixels that a colour must have to go on beyond it.
_PAPER_SHARE = 0.9


def _brings_into_sight(edit: PictureEdit) -> bool:
    """Whether something from beyond the border may be seen."""
    moved = (edit.shift_x, edit.shift_y, edit.rotation_degrees, edit.viewpoint_degrees)
    return moved != (0.0,) * 4 or edit.scale != 1.0 or edit.deformation > 0


def paper_of(picture: Image.Image) -> tuple[int, ...] | None:
    """The colour that nearly all of the border has, (3,), 0 to 255; None where there is none.

    Args:
        picture: mode RGB.
    """
    width, height = picture.size
    # Its four sides alone, so that a large picture is not copied.
    sides = [
        *[(0, row, width, row + 1) for row in (0, height - 1)],
        *[(column, 0, column + 1, height) for column in (0, width - 1)],
    ]
    border = np.concatenate([np.asarray(picture.crop(side)).reshape(-1, 3) for side in sides])
    colours, counts = np.unique(border, axis=0, return_counts=True)
    usual = int(counts.argmax())
    is_paper = counts[usual] >= _PAPER_SHARE * len(border)
    return tuple(colours[usual].tolist()) if is_paper else None


def _beyond(picture: Image.Image) -> tuple[int, ...]:
    """The colour of what lies beyond the border."""
    return paper_of(picture) or _GREY


def _inverse(
    edit: PictureEdit, width: int, height: int
) -> tuple[float, float, float, float, float, float]:
    """Where each place of the result comes from: x = a x' + b y' + c, y = d x' + e y' + f."""
    angle = math.radians(edit.rotation_degrees)
    # Rows count downwards, so an anticlockwise turn has its sine the other way round.
    cosine, sine = math.cos(angle) / edit.scale, math.sin(angle) / edit.scale
    middle_x, middle_y = width / 2, height / 2
    target_x, target_y = middle_x + edit.shift_x * width, middle_y + edit.shift_y * height
    return (
        cosine,
        -sine,
        middle_x - cosine * target_x + sine * target_y,
        sine,
        cosine,
        middle_y - sine * target_x - cosine * target_y,
    )
