"""Decode a JPEG of several scans once, and learn which of them lack a part of their data.

libjpeg fills what a scan lacks with zeros and does not tell. But it takes data piece by piece, and
shows how much of a piece it leaves for later. Behind a whole scan it looks for the next marker and
takes everything that is none; within a scan it leaves what does not yet make a block.
"""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

_END_OF_IMAGE = b"\xff\xd9"
# Eight bits that are ones, as they are coded. No code is all ones, so that two bytes never make a
# symbol, and behind a whole scan they are no marker.
_ONES = b"\xff\0"
# libjpeg fills 57 to 64 bits before it reads the last codes of a scan, whole or not.
_LOOKED_AHEAD = 7
# A scan that lacks more than a few blocks leaves some of so many.
_PROBES = 16


def load_scans(data: bytes, ends: Sequence[int]) -> tuple[JpegImageFile, tuple[int, ...]]:
    """The picture, and the ends of the scans that are short by more than their last few blocks.

    Where a scan is short the pixels are not those that libjpeg makes of the file alone.

    Args:
        data: a file of several scans, or a progressive one.
        ends: where the coded data of every scan end.

    Raises:
        OSError: the decoder gives up.
    """
    pixels = JpegImageFile(BytesIO(data))
    pixels.load_prepare()
    feeder = _Feeder(pixels)
    try:
        short = [
            end
            for start, end in pairwise((0, *ends))
            if not feeder.takes_whole_scan(data[start:end])
        ]
        feeder.feed(_END_OF_IMAGE)
    finally:
        feeder.close()
    pixels.tile = []
    return pixels, tuple(short)


class _Feeder:
    """Pillow's decoder of JPEG, given its data in pieces of our choice."""

    def __init__(self, pixels: JpegImageFile) -> None:
        codec, extents, _, options = pixels.tile[0]
        # Nothing public tells how much is left.
        decoder = Image._getdecoder(pixels.mode, codec, options, pixels.decoderconfig)  # noqa: SLF001
        decoder.setimage(pixels.im, extents)
        self._decoder = decoder
        self._left = b""

    def takes_whole_scan(self, piece: bytes) -> bool:
        """Hand over all up to the end of a scan, and see whether that is all it wants."""
        self.feed(piece)
        for _ in range(_LOOKED_AHEAD):
            self.feed(_ONES)
        return not self._left and not any(self.feed(_ONES) for _ in range(_PROBES))

    def feed(self, piece: bytes) -> bytes:
        """Hand over a piece behind what was left; gives what is left now."""
        self._left += piece
        taken, error = self._decoder.decode(self._left)
        if error < 0:
            raise OSError("The decoder cannot go on.")
        # Less than nothing is taken when the picture is done.
        self._left = self._left[taken:] if taken >= 0 else b""
        return self._left

    def close(self) -> None:
        """Give back what the decoder holds."""
        self._decoder.cleanup()
