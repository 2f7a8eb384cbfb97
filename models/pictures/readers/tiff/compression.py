"""Unpack one tile or strip of a TIFF file, never into more bytes than it has pixels for.

`imagecodecs` does the work that neither Python nor numpy does. It is imported with the first file
that needs it, and is handed the size of the result: a stream that says another is refused before
memory is taken for it.
"""

import lzma
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import BadImageError, ConvscopeError, ImageTooLargeError
from models.pictures.readers.tiff.directory import TiffDirectory
from models.pictures.readers.tiff.jpeg_stream import JpegStream, read_jpeg_stream
from models.pictures.readers.tiff.kinds import (
    Meaning,
    Numbers,
    Packing,
    Tag,
    refused,
)
from models.pictures.readers.tiff.layout import TiffLayout

# No writer goes over a picture so often; every scan costs as much time as the whole picture.
_MOST_JPEG_SCANS = 100
# What libjpeg puts where nothing was coded, and what means something else in each place there.
_FILLED_GREYS = (127, 128)
_JPEG_FILLINGS = (bytes(4096), b"\xaa" * 4096, b"\x55" * 4096)
_JPEG_PROCESSES = (0, 1, 2)
# The dictionary of `xz -9` takes 65 MB.
_LZMA_MEMORY_BYTES = 200_000_000
# PackBits may write a little past the end of a strip, as libtiff lets it.
_PACKBITS_RUN_BYTES = 128
_FAX_ENDINGS = (bytes(64), b"\xff" * 64)
# No code has eleven zeros but this.
_FAX3_MARK = bytes(11) + b"\1"
_LERC_PLAIN, _LERC_DEFLATE, _LERC_ZSTD = 0, 1, 2
# Damage that reads as codes of a bit each makes eight bytes of one. What makes more is not unpacked
# to its end: bombs make a thousand, of as many strips as a file names.
_SURPLUS_FOR_EACH_BYTE = 8
_PIECE_BYTES = 1 << 20
# imagecodecs' own errors are kinds of RuntimeError.
_CODEC_ERRORS = (
    RuntimeError,
    ValueError,
    EOFError,
    IndexError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)

Samples = NDArray[Any]


class SegmentDecoder:
    """Unpacks the segments of one picture."""

    def __init__(self, directory: TiffDirectory, layout: TiffLayout) -> None:
        self._layout = layout
        self._fax3_options = directory.integer(Tag.FAX3_OPTIONS, 0)
        self._jpeg_tables = b""
        self._lerc_wrapping = _LERC_PLAIN
        if layout.packing is Packing.JPEG:
            self._jpeg_tables = directory.raw(Tag.JPEG_TABLES) or b""
            if self._jpeg_tables and read_jpeg_stream(self._jpeg_tables, "TIFF file").components:
                raise BadImageError("The TIFF file is damaged: its JPEG tables hold a picture.")
        if layout.packing is Packing.LERC:
            options = directory.integers(Tag.LERC_OPTIONS)
            self._lerc_wrapping = 0 if options is None or len(options) < 2 else int(options[1])

    def decode_bytes(self, packed: bytes, row_bytes: int, rows: int) -> bytes | bytearray:
        """At least `rows` rows of bytes, as they were before they were compressed.

        Raises:
            BadImageError: the stream is damaged or too short.
        """
        size = row_bytes * rows
        try:
            unpacked = self._unpacked(packed, size, rows)
        except ConvscopeError:
            raise
        except _CODEC_ERRORS as error:
            raise self._damaged() from error
        if len(unpacked) < size:
            raise self._damaged()
        return unpacked

    def decode_pixels(self, packed: bytes, shape: tuple[int, int, int]) -> Samples:
        """The pixels of a stream that holds a picture; shape (rows, columns, samples).

        Raises:
            BadImageError: the stream is damaged, or its picture is of another size or kind.
            UnsupportedImageError: a kind of stream that is not read.
        """
        decode = {
            Packing.JPEG: self._jpeg,
            Packing.WEBP: self._webp,
            Packing.JPEG2000: self._jpeg2000,
            Packing.LERC: self._lerc,
        }[self._layout.packing]
        try:
            return decode(packed, shape)
        except ConvscopeError:
            raise
        except _CODEC_ERRORS as error:
            raise self._damaged() from error

    def _damaged(self) -> BadImageError:
        return BadImageError(
            f"The TIFF file is damaged or cut short: a part of its picture "
            f"({self._layout.packing} compression) cannot be unpacked in full."
        )

    def _unpacked(self, packed: bytes, size: int, rows: int) -> bytes | bytearray:
        import imagecodecs  # noqa: PLC0415 - see the module

        unpacked: bytes | bytearray = packed
        match self._layout.packing:
            case Packing.DEFLATE:
                unpacked = _inflated(packed, size)
            case Packing.LZMA:
                reader = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY_BYTES)
                unpacked = reader.decompress(packed, max_length=size)
            case Packing.ZSTD:
                unpacked = imagecodecs.zstd_decode(packed, out=size)
            case Packing.PACKBITS:
                unpacked = imagecodecs.packbits_decode(packed, out=size + _PACKBITS_RUN_BYTES)
            case Packing.LZW:
                if packed[0] == 0 and packed[1] & 1:
                    raise refused("LZW compression of the kind before TIFF 6.0")
                unpacked = imagecodecs.lzw_decode(packed, out=size)
            case Packing.FAX_RLE | Packing.FAX3 | Packing.FAX4:
                unpacked = self._fax(packed, rows)
        return unpacked

    def _fax(self, packed: bytes, rows: int) -> bytes:
        """The decoder stops where codes end and says nothing of it.

        So they are read with several endings, among them the rows that are there once more: a
        picture that is whole needs none of them.
        """
        endings = (*_FAX_ENDINGS, packed)
        bits, *others = (self._fax_bits(packed + ending, rows) for ending in endings)
        if not all(np.array_equal(bits, other) for other in others):
            raise self._damaged()
        if self._layout.packing is Packing.FAX3:
            # A mark stands before every row; some writers leave out the first.
            marks = np.unpackbits(np.frombuffer(packed, np.uint8)).tobytes().count(_FAX3_MARK)
            if 0 < marks < rows - 1:
                raise self._damaged()
        return np.packbits(bits, axis=1).tobytes()

    def _fax_bits(self, packed: bytes, rows: int) -> NDArray[np.uint8]:
        import imagecodecs  # noqa: PLC0415 - see the module

        size = (rows, self._layout.segment_width)
        if self._layout.packing is Packing.FAX3:
            return imagecodecs.ccittfax3_decode(packed, *size, t4options=self._fax3_options)
        if self._layout.packing is Packing.FAX4:
            return imagecodecs.ccittfax4_decode(packed, *size)
        return imagecodecs.ccittrle_decode(packed, *size)

    def _jpeg(self, packed: bytes, shape: tuple[int, int, int]) -> Samples:
        stream = read_jpeg_stream(packed, "TIFF file")
        self._check_jpeg(stream, shape)
        pixels = self._jpeg_pixels(packed, shape[2])
        # libjpeg fills what is missing with grey, of all scans but the last with what it has.
        if stream.scans > 1 or np.all(np.isin(pixels[-1, -1], _FILLED_GREYS)):
            coded, rest = packed[: stream.end], packed[stream.end :]
            for filling in _JPEG_FILLINGS:
                if not np.array_equal(pixels, self._jpeg_pixels(coded + filling + rest, shape[2])):
                    raise self._damaged()
        return pixels.reshape(stream.height, stream.width, shape[2])

    def _jpeg_pixels(self, packed: bytes, samples: int) -> Samples:
        import imagecodecs  # noqa: PLC0415 - see the module

        # Only YCbCr is turned into RGB; everything else is what the tags say, as libtiff reads it.
        turned = self._layout.meaning is Meaning.YCBCR
        colours = ("YCbCr", "RGB") if turned else ("UNKNOWN", "UNKNOWN")
        if samples == 1:
            colours = ("GRAYSCALE", "GRAYSCALE")
        space = imagecodecs.JPEG8.CS
        pixels: Samples = imagecodecs.jpeg8_decode(
            packed,
            tables=self._jpeg_tables or None,
            colorspace=space[colours[0]],
            outcolorspace=space[colours[1]],
        )
        return pixels

    def _check_jpeg(self, stream: JpegStream, shape: tuple[int, int, int]) -> None:
        if stream.process is None:
            raise self._damaged()
        if stream.process not in _JPEG_PROCESSES or stream.bits != 8:
            raise refused(f"JPEG compression of {stream.bits} bits or a rare kind")
        # A last tile may end with the picture; a last strip may be as high as the others.
        layout = self._layout
        widths = {layout.segment_width, layout.width % layout.segment_width}
        heights = {shape[0], layout.segment_height, layout.height % layout.segment_height}
        if (
            stream.components != shape[2]
            or stream.width not in widths
            or stream.height not in heights
            or stream.end is None
        ):
            raise self._damaged()
        if stream.scans > _MOST_JPEG_SCANS:
            raise ImageTooLargeError(
                f"A JPEG part of the TIFF file has {stream.scans:,} scans; at most "
                f"{_MOST_JPEG_SCANS} are accepted."
            )
        says_ycbcr = stream.jfif or stream.transform
        if layout.meaning is Meaning.RGB and not layout.apart and says_ycbcr:
            raise refused("JPEG parts that are YCbCr by their header and RGB by the file's tags")

    def _webp(self, packed: bytes, shape: tuple[int, int, int]) -> Samples:
        import imagecodecs  # noqa: PLC0415 - see the module

        pixels = np.empty(shape, dtype=np.uint8)
        imagecodecs.webp_decode(packed, hasalpha=shape[2] == 4, out=pixels)
        return pixels

    def _jpeg2000(self, packed: bytes, shape: tuple[int, int, int]) -> Samples:
        """Source: ITU-T T.800, annex A.5.1, for the size in the codestream's SIZ marker."""
        import imagecodecs  # noqa: PLC0415 - see the module

        if not packed.startswith(b"\xff\x4f\xff\x51"):
            raise refused("JPEG 2000 compression in boxes")
        right, below, left, top = struct.unpack_from(">4I", packed, 8)
        (components,) = struct.unpack_from(">H", packed, 40)
        if (below - top, right - left, components) != shape:
            raise self._damaged()
        sign_bit = 128 if self._layout.numbers is Numbers.SIGNED else 0
        for depth, across, down in struct.iter_unpack(">3B", packed[42 : 42 + 3 * components]):
            if (depth, across, down) != (self._layout.bits - 1 | sign_bit, 1, 1):
                raise refused("JPEG 2000 compression of other numbers than the file's tags say")
        return self._of_kind(imagecodecs.jpeg2k_decode(packed), shape)

    def _lerc(self, packed: bytes, shape: tuple[int, int, int]) -> Samples:
        """Source: LERC in TIFF (Esri and libtiff): a blob that may be compressed once more."""
        import imagecodecs  # noqa: PLC0415 - see the module

        # What cannot be made smaller is stored with a header and a mask.
        most_bytes = shape[0] * shape[1] * (shape[2] * self._layout.dtype.itemsize + 1) + 4096
        if self._lerc_wrapping == _LERC_DEFLATE:
            packed = _inflated(packed, most_bytes)
        elif self._lerc_wrapping == _LERC_ZSTD:
            packed = bytes(imagecodecs.zstd_decode(packed, out=most_bytes))
        elif self._lerc_wrapping != _LERC_PLAIN:
            raise refused(f"LERC compression within another ({self._lerc_wrapping})")
        out = np.empty(shape if shape[2] > 1 else shape[:2], dtype=self._layout.dtype)
        pixels, masks = imagecodecs.lerc_decode(packed, masks=True, out=out)
        if masks is not None and not np.all(masks):
            if self._layout.dtype.kind != "f":
                raise refused("LERC compression that leaves pixels out")
            # One mask for every sample, or one for all of them.
            pixels[~masks.astype(bool)] = np.nan
        return self._of_kind(pixels, shape)

    def _of_kind(self, pixels: Samples, shape: tuple[int, int, int]) -> Samples:
        if pixels.dtype != self._layout.dtype or pixels.size != int(np.prod(shape)):
            raise self._damaged()
        return pixels.reshape(shape)


def _inflated(packed: bytes, size: int) -> bytes:
    """A part and what its writer put behind it, up to the stream's end, where its checksum stands.

    Some strips hold more rows than the picture; what comes after the part is let go piece by piece.

    Raises:
        zlib.error: the stream is damaged, or goes on behind the part and then breaks off.
    """
    reader = zlib.decompressobj()
    unpacked = reader.decompress(packed, max_length=size + 1)
    surplus, room = len(unpacked) > size, (size + len(packed)) * _SURPLUS_FOR_EACH_BYTE
    while surplus and not reader.eof:
        if room <= 0:
            # A bomb: the picture needs nothing of it.
            return unpacked
        rest = reader.unconsumed_tail
        piece = reader.decompress(rest, max_length=min(room, _PIECE_BYTES))
        room -= len(piece)
        if not reader.eof and not piece and len(reader.unconsumed_tail) == len(rest):
            raise zlib.error("The stream has no end.")
    return unpacked
