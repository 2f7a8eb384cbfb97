"""What the numbers of a TIFF file mean, in 8-bit RGB.

Source: TIFF 6.0 (Adobe, 1992), sections 8 (grey, RGB, palettes), 16 (CMYK), 18 (transparency) and
21 (YCbCr).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.errors import BadImageError
from models.pictures.content.shown_range import ShownRange, blocks_of_rows
from models.pictures.readers.tiff.directory import TiffDirectory
from models.pictures.readers.tiff.kinds import (
    PREMULTIPLIED_ALPHA,
    Meaning,
    Numbers,
    Packing,
    Tag,
    refused,
)
from models.pictures.readers.tiff.layout import TiffLayout

# ITU-R BT.601, the default of the tag.
_LUMA_WEIGHTS = (0.299, 0.587, 0.114)
_YCBCR_BLACK_WHITE = (0.0, 255.0, 128.0, 255.0, 128.0, 255.0)

Samples = NDArray[Any]
Levels = NDArray[np.uint8]


class TiffColours:
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

    def under_profile(self, samples: Samples) -> Image.Image | None:
        """What a colour profile speaks of: grey, RGB over white or CMYK, 8 bits a channel.

        None where it can speak of nothing: of numbers without an agreed range, of ink over white.
        """
        inks = self._layout.meaning is Meaning.CMYK
        if self._shown_range is not None or (inks and self._layout.alpha_sample is not None):
            return None
        if inks:
            return Image.fromarray(np.take(self._levels(), samples), "CMYK")
        colours = Image.fromarray(self.in_rgb(samples))
        grey = self._layout.colours == 1 and self._palette is None
        return colours.getchannel(0) if grey else colours

    def _levels(self) -> Levels:
        """Of every number, to the nearest; none lies halfway, since both ranges are odd."""
        numbers = np.arange(self._largest + 1)
        levels: Levels = ((numbers * 255 + self._largest // 2) // self._largest).astype(np.uint8)
        return levels[::-1] if self._layout.meaning is Meaning.WHITE_IS_ZERO else levels

    def _by_table(self, block: Samples) -> Levels:
        """Every number has its level, or in a palette its colour."""
        if self._palette is not None:
            colours: Levels = self._palette[block[:, :, 0]]
            return colours
        return np.take(self._levels(), block)

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
