"""TIFF, by what its tags say: numbers of any kind become the 8-bit RGB that they mean.

Source: TIFF 6.0 (Adobe, 1992).
"""

import math
from typing import Any

import numpy as np
from PIL import Image

from models.errors import BadImageError
from models.pictures.content.picture import PictureLimits, PictureNote, StoredPixels
from models.pictures.content.profiles import unusable, usable_profile
from models.pictures.content.shown_range import measure_range
from models.pictures.readers.tiff.colours import TiffColours
from models.pictures.readers.tiff.directory import TiffDirectory, read_directory
from models.pictures.readers.tiff.kinds import (
    Meaning,
    Numbers,
    Tag,
)
from models.pictures.readers.tiff.layout import TiffLayout, read_layout
from models.pictures.readers.tiff.segments import read_samples
from models.pictures.readers.tiff.support import check_supported

_LARGEST_AGREED_BITS = 16
_REDUCED_COPY_BIT = 1


def read_tiff(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The first picture of a TIFF or BigTIFF file.

    Unsigned numbers of up to 16 bits are scaled by all that their bits can say; other numbers are
    shown from the smallest to the largest of them, and a note says so.

    Raises:
        BadImageError: the file is damaged or cut short.
        UnsupportedImageError: the file is of a kind that is not read.
        ImageTooLargeError: more pixels, parts or unpacked bytes than the limits.
    """
    directory = read_directory(data)
    # Numbers that are none overflow where they are left out anyway.
    with np.errstate(all="ignore"):
        layout = read_layout(directory, limits)
        check_supported(layout, directory)
        side_tags = _SideTags(directory, layout)
        samples, notes = read_samples(directory, layout, side_tags.no_data or 0)
        shown_range = None
        if not _has_agreed_range(layout):
            shown_range = measure_range(samples[:, :, : layout.colours], side_tags.no_data)
            notes += (shown_range.note(inverted=layout.meaning is Meaning.WHITE_IS_ZERO),)
        colours = TiffColours(directory, layout, shown_range)
        image = Image.fromarray(colours.in_rgb(samples))
        under_profile = colours.under_profile(samples) if side_tags.icc else None
    profile = None
    if under_profile is not None:
        profile, profile_notes = usable_profile(side_tags.icc, under_profile)
        notes += profile_notes
    elif side_tags.icc:
        notes += (unusable(),)
    return StoredPixels(
        image=image,
        orientation=side_tags.orientation,
        mode=_mode(layout),
        frames=None,
        notes=(*side_tags.notes, *notes),
        profile=profile,
    )


def _has_agreed_range(layout: TiffLayout) -> bool:
    return layout.numbers is Numbers.UNSIGNED and layout.bits <= _LARGEST_AGREED_BITS


class _SideTags:
    """Tags that do not change the numbers: where one is odd, the picture is shown without it."""

    def __init__(self, directory: TiffDirectory, layout: TiffLayout) -> None:
        self._notes: list[PictureNote] = []
        self.orientation = self._read_orientation(directory)
        self.no_data = self._read_no_data(directory, layout.dtype)
        self.icc = self._side_bytes(directory, Tag.ICC_PROFILE)
        unspecified = layout.samples - len(layout.samples_shown)
        if unspecified:
            self._say(
                "samples-left-aside",
                f"{unspecified} of {layout.samples} samples a pixel are left aside: the file does "
                "not say that they are colour or transparency.",
            )
        if self._side_integer(directory, Tag.SUBFILE_TYPE) & _REDUCED_COPY_BIT:
            self._say(
                "reduced-copy",
                "The file calls its first picture, which is shown, a smaller copy of another.",
            )

    @property
    def notes(self) -> tuple[PictureNote, ...]:
        return tuple(self._notes)

    def _say(self, code: str, text: str) -> None:
        self._notes.append(PictureNote(code=code, text=text))

    def _side_integer(self, directory: TiffDirectory, tag: Tag) -> int:
        try:
            return directory.integer(tag, 0)
        except BadImageError:
            self._say("tag-left-aside", f"The file's tag {int(tag)} cannot be read.")
            return 0

    def _side_bytes(self, directory: TiffDirectory, tag: Tag) -> bytes | None:
        try:
            return directory.raw(tag)
        except BadImageError:
            self._say("tag-left-aside", f"The file's tag {int(tag)} cannot be read.")
            return None

    def _read_orientation(self, directory: TiffDirectory) -> int:
        value = self._side_integer(directory, Tag.ORIENTATION)
        if 1 <= value <= 8:
            return value
        if Tag.ORIENTATION in directory:
            self._say(
                "tag-left-aside",
                "The file's orientation is none of the eight that there are; the picture is shown "
                "as it is stored.",
            )
        return 1

    def _read_no_data(self, directory: TiffDirectory, dtype: np.dtype[Any]) -> float | None:
        """The number in GDAL's tag, if samples can hold it."""
        try:
            mark = self._side_bytes(directory, Tag.GDAL_NO_DATA) or b""
            text = mark.decode("ascii").strip("\0 ")
            number = float(text) if text else math.nan
        except ValueError:
            self._say("tag-left-aside", "The file's mark for no data is no number.")
            return None
        if dtype.kind == "f" and not math.isnan(number):
            return float(dtype.type(number))
        if not number.is_integer():
            return None
        # A float would round large whole numbers.
        whole = int(text) if text.lstrip("+-").isdigit() else int(number)
        bounds = np.iinfo(dtype.str)
        return whole if bounds.min <= whole <= bounds.max else None


_MODES = {
    Meaning.RGB: "RGB",
    Meaning.PALETTE: "P",
    Meaning.CMYK: "CMYK",
    Meaning.YCBCR: "YCbCr",
}
_GREY_MODES = {
    (Numbers.UNSIGNED, 1): "1",
    (Numbers.UNSIGNED, 8): "L",
    (Numbers.SIGNED, 32): "I",
    (Numbers.FLOAT, 32): "F",
}


def _mode(layout: TiffLayout) -> str:
    """A name as Pillow gives it, with the bits where it has none."""
    kind = (layout.numbers, layout.bits)
    letter = {Numbers.UNSIGNED: "", Numbers.SIGNED: "S", Numbers.FLOAT: "F"}[layout.numbers]
    if layout.meaning not in _MODES and layout.alpha_sample is None:
        name = "F" if layout.numbers is Numbers.FLOAT else "I"
        return _GREY_MODES.get(kind, f"{name};{layout.bits}{letter.strip('F')}")
    name = _MODES.get(layout.meaning, "L") + ("" if layout.alpha_sample is None else "A")
    return name if kind == (Numbers.UNSIGNED, 8) else f"{name};{layout.bits}{letter}"
