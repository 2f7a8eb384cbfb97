"""Resizing and keeping the centre, to the same pixels as torchvision."""

import math

from PIL import Image

from models.preprocessing.pixel_map import Box, Size

# A long thin picture grows without bound when its shorter side is enlarged: 20,000 x 1 px would
# become 5,120,000 x 256. Above this many pixels only the part that is kept is computed.
_MAXIMUM_RESIZED_PIXELS = 2**23

# How far Pillow's filters reach, in output pixels when shrinking and input pixels when enlarging.
_FILTER_RADIUS = {Image.Resampling.BILINEAR: 1.0, Image.Resampling.BICUBIC: 2.0}


def resize_and_crop_centre(
    picture: Image.Image, resize: int, crop: Size, resample: Image.Resampling
) -> tuple[Image.Image, Box]:
    """Resize until the shorter side is `resize` px, then keep the centre of the size `crop`.

    The pixels are those of torchvision's `resize` and `center_crop`, except where resizing the
    whole picture would take more than `_MAXIMUM_RESIZED_PIXELS`: there Pillow computes only the
    kept part, from 32-bit coordinates, and a few values differ by one grey level in 255, seldom
    by two.

    Returns:
        The kept part (black where it is larger than the resized picture), and the box of the
        original picture that it shows.
    """
    size = Size(height=picture.height, width=picture.width)
    resized = _shorter_side_resized(size, resize)
    top = _centre_start(resized.height, crop.height)
    left = _centre_start(resized.width, crop.width)
    part = left, top, left + crop.width, top + crop.height
    if resized.height * resized.width <= _MAXIMUM_RESIZED_PIXELS:
        whole = picture.resize((resized.width, resized.height), resample)
        kept = whole.crop(part)
    else:
        kept = _resize_part(picture, resized, part, resample)
    scale_y = size.height / resized.height
    scale_x = size.width / resized.width
    image_box = Box(
        top=top * scale_y,
        left=left * scale_x,
        bottom=(top + crop.height) * scale_y,
        right=(left + crop.width) * scale_x,
    )
    return kept, image_box


def stretch(
    picture: Image.Image, size: Size, resample: Image.Resampling
) -> tuple[Image.Image, Box]:
    """Resize the whole picture to this size, whatever becomes of its proportions.

    Returns:
        The resized picture, and the box of the original that it shows: all of it.
    """
    kept = picture.resize((size.width, size.height), resample)
    return kept, Box(top=0, left=0, bottom=picture.height, right=picture.width)


def _shorter_side_resized(size: Size, shorter_px: int) -> Size:
    """The longer side is rounded down, as torchvision does."""
    if size.width <= size.height:
        return Size(height=int(shorter_px * size.height / size.width), width=shorter_px)
    return Size(height=shorter_px, width=int(shorter_px * size.width / size.height))


def _centre_start(length: int, kept: int) -> int:
    """First kept pixel; negative where black is added.

    torchvision rounds half to even when it cuts, and adds the smaller half on the near side.
    """
    if length < kept:
        return -((kept - length) // 2)
    return round((length - kept) / 2)


def _resize_part(
    picture: Image.Image,
    resized: Size,
    part: tuple[int, int, int, int],
    resample: Image.Resampling,
) -> Image.Image:
    """A part (left, top, right, bottom) of the resized picture, without making the rest."""
    left, top, right, bottom = part
    inner_left, inner_right = max(left, 0), min(right, resized.width)
    inner_top, inner_bottom = max(top, 0), min(bottom, resized.height)
    first_column, last_column, box_left, box_right = _source_span(
        picture.width, resized.width, inner_left, inner_right, resample
    )
    first_row, last_row, box_top, box_bottom = _source_span(
        picture.height, resized.height, inner_top, inner_bottom, resample
    )
    source = picture.crop((first_column, first_row, last_column, last_row))
    columns, rows = inner_right - inner_left, inner_bottom - inner_top
    # Pillow rounds to whole grey levels between its two passes, so their order shows in the
    # result. It works on rows first, unless a tall picture is to shrink.
    if resized.width < resized.height < picture.height:
        vertical_box = (0, box_top, source.width, box_bottom)
        strip = source.resize((source.width, rows), resample, vertical_box)
        inner = strip.resize((columns, rows), resample, (box_left, 0, box_right, rows))
    else:
        horizontal_box = (box_left, 0, box_right, source.height)
        strip = source.resize((columns, source.height), resample, horizontal_box)
        inner = strip.resize((columns, rows), resample, (0, box_top, columns, box_bottom))
    return inner.crop((left - inner_left, top - inner_top, right - inner_left, bottom - inner_top))


def _source_span(
    length: int, resized_length: int, start: int, stop: int, resample: Image.Resampling
) -> tuple[int, int, float, float]:
    """The pixels that make resized pixels [start, stop) along one axis.

    Returns:
        First and last (exclusive) source pixel that the filter reaches, and the edges of the
        wanted span counted from the first.
    """
    scale = length / resized_length
    reach = math.ceil(_FILTER_RADIUS[resample] * max(scale, 1.0)) + 1
    first = max(0, math.floor(start * scale) - reach)
    last = min(length, math.ceil(stop * scale) + reach)
    return first, last, start * scale - first, min(stop * scale, last) - first
