"""TIFF, by what its tags say: numbers of any kind become the 8-bit RGB that they mean.

Source: TIFF 6.0 (Adobe, 1992), sections 8 (what numbers mean), 16 (CMYK), 18 (transparency) and 21
(YCbCr).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.errors import BadImageError
from models.pictures.picture import PictureLimits, PictureNote, StoredPixels
from models.pictures.shown_range import ShownRange, blocks_of_rows, measure_range
from models.pictures.tiff_directory import TiffDirectory, read_directory
from models.pictures.tiff_kinds import (
    PREMULTIPLIED_ALPHA,
    Meaning,
    Numbers,
    Packing,
    Tag,
    refused,
)
from models.pictures.tiff_layout import TiffLayout, read_layout
from models.pictures.tiff_segments import read_samples
from models.pictures.tiff_support import check_supported

_LARGEST_AGREED_BITS = 16
_REDUCED_COPY_BIT = 1
# ITU-R BT.601, the default of the tag.
_LUMA_WEIGHTS = (0.299, 0.587, 0.114)
_YCBCR_BLACK_WHITE = (0.0, 255.0, 128.0, 255.0, 128.0, 255.0)

Samples = NDArray[Any]
Levels = NDArray[np.uint8]


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
        levels = _Colours(directory, layout, shown_range).in_rgb(samples)
    return StoredPixels(
        image=Image.fromarray(levels),
        orientation=side_tags.orientation,
        mode=_mode(layout),
        frames=None,
        notes=(*side_tags.notes, *notes),
    )


def _has_agreed_range(layout: TiffLayout) -> bool:
    return layout.numbers is Numbers.UNSIGNED and layout.bits <= _LARGEST_AGREED_BITS


class _SideTags:
    """Tags that do not change the numbers: where one is odd, the picture is shown without it."""

    def __init__(self, directory: TiffDirectory, layout: TiffLayout) -> None:
        self._notes: list[PictureNote] = []
        self.orientation = self._read_orientation(directory)
        self.no_data = self._read_no_data(directory, layout.dtype)
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
            text = (directory.raw(Tag.GDAL_NO_DATA) or b"").strip(b"\0 ").decode("ascii")
            number = float(text) if text else math.nan
        except (BadImageError, ValueError):
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


class _Colours:
    """Turns samples into 8-bit RGB."""

    def __init__(
        self, directory: TiffDirectory, layout: TiffLayout, shown_range: ShownRange | None
    ) -> None:
        self._layout = layout
        self._shown_range = shown_range
        self._largest = 2**layout.bits - 1
        self._palette = _read_palette(directory, layout)
        self._luma_weights: list[float] = []
        self._black_white: list[float] = []
        # A JPEG part has been turned into RGB by its decoder.
        self._ycbcr = layout.meaning is Meaning.YCBCR and layout.packing is not Packing.JPEG
        if self._ycbcr:
            self._luma_weights = directory.fractions(Tag.LUMA_WEIGHTS) or [*_LUMA_WEIGHTS]
            self._black_white = directory.fractions(Tag.REFERENCE_BLACK_WHITE) or [
                *_YCBCR_BLACK_WHITE
            ]
            if len(self._luma_weights) != 3 or len(self._black_white) != 6:
                raise BadImageError("The TIFF file is damaged: its YCbCr tags are too short.")

    def in_rgb(self, samples: Samples) -> Levels:
        """Shape (height, width, 3), from samples of shape (height, width, samples)."""
        one_by_one = (
            self._shown_range is None
            and self._layout.alpha_sample is None
            and self._layout.meaning is not Meaning.CMYK
            and not self._ycbcr
        )
        convert = self._by_table if one_by_one else self._by_formula
        levels = np.empty((*samples.shape[:2], 3), dtype=np.uint8)
        top = 0
        for block in blocks_of_rows(samples):
            # Grey has one channel here, which fills all three.
            levels[top : top + len(block)] = convert(block)
            top += len(block)
        return levels

    def _by_table(self, block: Samples) -> Levels:
        """Every number has its level, or in a palette its colour."""
        if self._palette is not None:
            colours: Levels = self._palette[block[:, :, 0]]
            return colours
        numbers = np.arange(self._largest + 1)
        # No number lies halfway between two levels: both ranges are odd.
        levels = (numbers * 255 + self._largest // 2) // self._largest
        if self._layout.meaning is Meaning.WHITE_IS_ZERO:
            levels = levels[::-1]
        table: Levels = levels.astype(np.uint8)
        return np.take(table, block)

    def _by_formula(self, block: Samples) -> Levels:
        """Through shares of white, 0 to 1, rounded once."""
        colours = self._colour_shares(block[:, :, : self._layout.colours])
        if self._layout.alpha_sample is not None:
            alpha = self._alpha_shares(block[:, :, -1:])
            place = self._layout.alpha_sample - self._layout.colours
            if self._layout.extra_samples[place] != PREMULTIPLIED_ALPHA:
                colours = colours * alpha
            colours = colours + (1 - alpha)
        return np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8)

    def _colour_shares(self, block: Samples) -> NDArray[np.float64]:
        if self._palette is not None:
            return np.divide(self._palette[block[:, :, 0]], 255)
        if self._ycbcr:
            return self._rgb_of_ycbcr(block)
        if self._shown_range is not None:
            shares = self._shown_range.shares(block)
        else:
            shares = block.astype(np.float64) / self._largest
        if self._layout.meaning is Meaning.WHITE_IS_ZERO:
            return 1 - shares
        if self._layout.meaning is Meaning.CMYK:
            return (1 - shares[:, :, :3]) * (1 - shares[:, :, 3:])
        return shares

    def _alpha_shares(self, block: Samples) -> NDArray[np.float64]:
        largest = self._largest if self._layout.numbers is Numbers.UNSIGNED else 1
        shares: NDArray[np.float64] = block.astype(np.float64) / largest
        if not bool(np.all((shares >= 0) & (shares <= 1))):
            raise refused("transparency outside 0 to 1 in floating point numbers")
        return shares

    def _rgb_of_ycbcr(self, block: Samples) -> NDArray[np.float64]:
        """TIFF 6.0, section 21: full-range numbers first, then the luma equation solved for RGB."""
        black, white = np.array(self._black_white[0::2]), np.array(self._black_white[1::2])
        if np.any(black == white):
            raise BadImageError("The TIFF file is damaged: its YCbCr black is white.")
        luma, blue_chroma, red_chroma = np.moveaxis(
            (block - black) * (255.0, 127.0, 127.0) / (white - black), 2, 0
        )
        red_weight, green_weight, blue_weight = self._luma_weights
        if not green_weight:
            raise BadImageError("The TIFF file is damaged: its YCbCr has no weight for green.")
        red = luma + red_chroma * (2 - 2 * red_weight)
        blue = luma + blue_chroma * (2 - 2 * blue_weight)
        green = (luma - blue_weight * blue - red_weight * red) / green_weight
        return np.stack([red, green, blue], axis=2) / 255


def _read_palette(directory: TiffDirectory, layout: TiffLayout) -> Levels | None:
    """Colours by number, shape (2 to the bits, 3)."""
    if layout.meaning is not Meaning.PALETTE:
        return None
    values = directory.integers(Tag.COLOR_MAP)
    if values is None or len(values) < 3 * 2**layout.bits:
        raise BadImageError("The TIFF file is damaged: its palette is missing or too short.")
    levels = values[: 3 * 2**layout.bits]
    # Some writers fill 16 bits with 8 by 256, others by 257: the high byte is right for both. Some
    # leave the high bytes empty.
    levels = levels if levels.max() < 256 else levels >> 8
    return levels.reshape(3, -1).T.astype(np.uint8)


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
