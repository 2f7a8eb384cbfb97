"""What a file makes its decoder do, counted in its headers before any decoder runs.

Every limit is far above what programs write, and keeps what its decoder does with the largest file
that passes to about a second. WebP has none: two million empty chunks or half a million frames in
20 MB take its decoder 0.3 s.
"""

import re
import struct
from collections.abc import Callable, Iterator

import numpy as np

from models.errors import ImageTooLargeError
from models.pictures.content.picture import PictureLimits

# Progressive files have about ten scans. Each takes a nanosecond for every pixel, however few
# bytes it has: a picture of the largest size may have thirty.
_JPEG_SCANS = 100
_JPEG_SCANS_OF_LARGEST = 30
# A profile of 16 MB, the largest there can be, fills 256 segments.
_JPEG_SEGMENTS = 10_000
# One behind every block of 8 x 8 of the largest picture are 781,250.
_JPEG_RESTARTS = 1_000_000
_JPEG_FILL_BYTES = 1_000_000
# What may lie between segments or blocks that belongs to none; decoders step over it one by one.
_STRAY_BYTES = 65_536
# 20 MB in the 8 kB chunks of common encoders are 2,500.
_PNG_CHUNKS = 65_536
# Before the first frame, the only one that is decoded. XMP of a megabyte fills some 12,000.
_GIF_BLOCKS = 65_536
# Run lengths are read one by one, in Python.
_BMP_RUN_BYTES = 4 * 2**20
# What lists the items and frames of an AVIF; its decoder goes through all items for each of them.
# A picture of 400 tiles has 18 kB of it.
_AVIF_DIRECTORY_BYTES = 256 * 2**10
_AVIF_BOXES = 10_000

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff]")
# Within a scan, restart markers are part of the pixels.
_JPEG_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
_JPEG_START_OF_SCAN, _JPEG_END = 0xDA, 0xD9
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xDA)})
_GIF_BLOCK = re.compile(rb"[!,;]")


def check_structure(data: bytes, format_name: str, limits: PictureLimits) -> None:
    """Refuse a file whose decoding takes much longer than its bytes and pixels say.

    Damage is left for the decoder to find: what cannot be followed is not counted.

    Raises:
        ImageTooLargeError: too many of something; the message names it.
    """
    check = _CHECKS.get(format_name)
    if check is not None:
        check(data, limits)


def _refuse_above(limit: int, count: int, format_name: str, what: str) -> None:
    if count > limit:
        raise ImageTooLargeError(
            f"The {format_name} has more than {limit:,} {what}; no more are accepted."
        )


def _check_jpeg(data: bytes, limits: PictureLimits) -> None:
    read = np.frombuffer(data, np.uint8, _end_of_jpeg(data, limits))
    behind_ff = read[1:][read[:-1] == 0xFF]
    restarts = int(np.count_nonzero(behind_ff & 0xF8 == 0xD0))
    _refuse_above(_JPEG_RESTARTS, restarts, "JPEG", "restart markers")
    # Any number of them may stand before a marker.
    fills = int(np.count_nonzero(behind_ff == 0xFF))
    _refuse_above(_JPEG_FILL_BYTES, fills, "JPEG", "fill bytes")


def _end_of_jpeg(data: bytes, limits: PictureLimits) -> int:
    """Where decoders stop reading, once the segments up to there have been counted.

    Source: ITU-T T.81, annex B.
    """
    position, segments, scans, pixels, stray_bytes = 2, 0, 0, 0, 0
    while True:
        marker = (_JPEG_MARKER_AFTER_SCAN if scans else _JPEG_MARKER).search(data, position)
        if not scans:
            stray_bytes += (marker.start() if marker else len(data)) - position
            _refuse_above(_STRAY_BYTES, stray_bytes, "JPEG", "bytes that belong to no segment")
        if marker is None:
            return len(data)
        code, position = data[marker.end() - 1], marker.end()
        segments += 1
        _refuse_above(_JPEG_SEGMENTS, segments, "JPEG", "segments")
        if code == _JPEG_END and scans:
            return position
        if code in _JPEG_WITHOUT_LENGTH:
            continue
        if code in _JPEG_FRAMES and position + 7 <= len(data):
            height, width = struct.unpack_from(">HH", data, position + 3)
            pixels = max(pixels, height * width)
        if code == _JPEG_START_OF_SCAN:
            scans += 1
            _refuse_above(_JPEG_SCANS, scans, "JPEG", "scans")
            most = _JPEG_SCANS_OF_LARGEST * limits.max_pixels // max(pixels, 1)
            _refuse_above(most, scans, "JPEG", f"scans of {pixels:,} pixels each")
        position += int.from_bytes(data[position : position + 2], "big")


def _check_png(data: bytes, _: PictureLimits) -> None:
    """Source: PNG specification (third edition), section 5.3."""
    position, chunks = 8, 0
    while position + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        if name == b"IEND":
            return
        chunks += 1
        _refuse_above(_PNG_CHUNKS, chunks, "PNG", "chunks")
        position += 12 + length


def _check_gif(data: bytes, _: PictureLimits) -> None:
    """Source: GIF89a specification, sections 15 to 26."""
    position, blocks, stray_bytes = 13, 0, 0
    if len(data) > 10 and data[10] & 0x80:
        # The palette of the whole file.
        position += 3 << (data[10] & 7) + 1
    while found := _GIF_BLOCK.search(data, position):
        stray_bytes += found.start() - position
        _refuse_above(_STRAY_BYTES, stray_bytes, "GIF", "bytes that belong to no block")
        if found.group() != b"!":
            return
        # The label, then blocks that each start with their length; the last has none.
        position, length = found.end() + 1, 1
        while length and position < len(data):
            length = data[position]
            position += 1 + length
            blocks += 1
            _refuse_above(_GIF_BLOCKS, blocks, "GIF", "blocks before its first frame")


def _check_bmp(data: bytes, _: PictureLimits) -> None:
    """Source: Windows' BITMAPINFOHEADER, biCompression: BI_RLE8 is 1, BI_RLE4 is 2."""
    if len(data) >= 34 and struct.unpack_from("<I", data, 30)[0] in (1, 2):
        run_bytes = len(data) - struct.unpack_from("<I", data, 10)[0]
        _refuse_above(_BMP_RUN_BYTES, run_bytes, "BMP", "bytes of run lengths")


def _check_avif(data: bytes, _: PictureLimits) -> None:
    """Source: ISO/IEC 14496-12, sections 4.2 (boxes), 8.2 (`moov`) and 8.11 (`meta`, `idat`)."""
    directory_bytes = 0
    for name, start, end in _boxes(data, 0, len(data)):
        if name in (b"meta", b"moov"):
            directory_bytes += end - start
        if name == b"meta":
            # Pixels may lie among what describes them.
            directory_bytes -= sum(
                last - first
                for name, first, last in _boxes(data, start + 4, end)
                if name == b"idat"
            )
    _refuse_above(
        _AVIF_DIRECTORY_BYTES, directory_bytes, "AVIF", "bytes that list its items and frames"
    )


def _boxes(data: bytes, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the content of every box between two places."""
    count = 0
    while position + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if size == 1:
            size = int.from_bytes(data[start : start + 8], "big")
            start += 8
        # Size 0: to the end of the file. A size that leads nowhere is for the decoder to refuse.
        last = end if size == 0 else min(position + size, end)
        if last < start:
            return
        count += 1
        _refuse_above(_AVIF_BOXES, count, "AVIF", "boxes")
        yield name, start, last
        position = last


_CHECKS: dict[str, Callable[[bytes, PictureLimits], None]] = {
    "JPEG": _check_jpeg,
    "PNG": _check_png,
    "GIF": _check_gif,
    "BMP": _check_bmp,
    "AVIF": _check_avif,
}
