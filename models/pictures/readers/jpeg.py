"""JPEG: whole, or refused; libjpeg would fill what is missing with grey and not tell."""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile

from models.pictures.content.exif import read_orientation
from models.pictures.content.picture import PictureLimits, PictureNote, StoredPixels, missing_end
from models.pictures.content.profiles import usable_profile
from models.pictures.content.transparency import over_white
from models.pictures.readers.jpeg_scans import load_scans
from models.pictures.readers.jpeg_segments import (
    JpegSegments,
    check_beginnings,
    check_scans,
    cut_short,
    take_apart,
)

_END_OF_IMAGE = b"\xff\xd9"
# What could follow where a file breaks off: nothing, which makes the rest grey, or bits that mean
# something else in each. Longer than the blocks of a picture's edge that nobody sees.
_FILLINGS = (b"", *(bytes([byte]) * 4096 for byte in (0x00, 0xAA, 0x55, 0xFE, 0x33, 0xD2)))
# What libjpeg puts where nothing was coded; CMYK is stored inverted.
_FILLED_GREYS = (128, 127)


def read_jpeg(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The picture of a file; the first, if there are several."""
    segments = take_apart(data)
    # An FF at the end is half of a marker, or half of a coded FF: then the rest depends on it.
    coded = data[: segments.coded_end].rstrip(b"\xff")
    pixels = JpegImageFile(BytesIO(data if segments.ended else coded + _END_OF_IMAGE))
    limits.check_pixels(pixels.width, pixels.height)
    mode = pixels.mode
    check_beginnings(segments)
    if not segments.ended:
        check_scans(segments)
        _check_whole(coded, (len(coded),))
    if segments.progressive or len(segments.scan_ends) > 1:
        pixels = _load_scans(data if segments.ended else coded, segments) or pixels
    pixels.load()
    if segments.ended and not segments.progressive and _seems_filled(pixels):
        check_scans(segments)
        _check_whole(coded, (len(coded),))
    orientation, notes = read_orientation(segments.exif)
    profile, profile_notes = usable_profile(segments.icc, pixels)
    notes += profile_notes
    if not segments.ended:
        notes += (missing_end("JPEG"),)
    elif not segments.has_every_scan:
        notes += (_coarse(),)
    return StoredPixels(
        image=over_white(pixels),
        orientation=orientation,
        mode=mode,
        notes=notes,
        shown_alike=mode in ("RGB", "L") and profile is None and not segments.has_odd_exif,
        profile=profile,
    )


def _load_scans(data: bytes, segments: JpegSegments) -> JpegImageFile | None:
    """The picture of a file with several scans; None where it is to be read without this.

    Raises:
        BadImageError: a scan lacks data that would change pixels.
    """
    pixels, short = load_scans(data, [min(end, len(data)) for end in segments.scan_ends])
    if not short:
        return pixels
    _check_whole(data, short)
    return None


def _check_whole(data: bytes, ends: Sequence[int]) -> None:
    """See that every bit of the pixels is there: then they are the same whatever follows.

    Args:
        data: the file.
        ends: where coded data end that may be short.

    Raises:
        BadImageError: the pixels depend on what follows there.
    """
    parts = [data[start:end] for start, end in pairwise((0, *ends, len(data)))]
    first: Image.Image | None = None
    for filling in _FILLINGS:
        reader = JpegImageFile(BytesIO(filling.join(parts) + _END_OF_IMAGE))
        # As it is coded: what is missing could hide where conversion cuts a colour off at 0 or 255.
        reader.draft("YCbCr", None)
        reader.load()
        if first is None:
            first = reader
        elif ImageChops.difference(first, reader).getbbox(alpha_only=False) is not None:
            raise cut_short()


def _seems_filled(pixels: Image.Image) -> bool:
    """Whether the last pixel is as libjpeg leaves it where coded data are missing."""
    last = pixels.getpixel((pixels.width - 1, pixels.height - 1))
    levels = last if isinstance(last, tuple) else (last,)
    return all(level in _FILLED_GREYS for level in levels)


def _coarse() -> PictureNote:
    return PictureNote(
        "scans-missing",
        "The JPEG file ends before its finest scans; the picture is coarser than it was.",
    )
