"""JPEG: whole, or refused; libjpeg would fill what is missing with grey and not tell."""

from io import BytesIO

from PIL import Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile

from models.errors import BadImageError
from models.pictures.exif import read_orientation
from models.pictures.jpeg_segments import check_scans, take_apart
from models.pictures.picture import PictureLimits, PictureNote, StoredPixels, missing_end
from models.pictures.profiles import usable_profile
from models.pictures.transparency import over_white

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
    if not segments.ended:
        check_scans(segments)
        _check_whole(coded)
    pixels.load()
    if segments.ended and not segments.progressive and _seems_filled(pixels):
        check_scans(segments)
        _check_whole(coded)
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


def _check_whole(coded: bytes) -> None:
    """See that every bit of the pixels is there: then they are the same whatever follows.

    Raises:
        BadImageError: they depend on what follows.
    """
    first: Image.Image | None = None
    for filling in _FILLINGS:
        reader = JpegImageFile(BytesIO(coded + filling + _END_OF_IMAGE))
        # As it is coded: what is missing could hide where conversion cuts a colour off at 0 or 255.
        reader.draft("YCbCr", None)
        reader.load()
        if first is None:
            first = reader
        elif ImageChops.difference(first, reader).getbbox(alpha_only=False) is not None:
            raise BadImageError("The JPEG file is cut short: a part of its pixels is missing.")


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
