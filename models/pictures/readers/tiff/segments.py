"""The tiles or strips of a TIFF file, unpacked into one array of its numbers.

Sources: TIFF 6.0 (Adobe, 1992), sections 3, 9 to 11, 13 to 15; Adobe Photoshop TIFF Technical Note
3 for the floating point predictor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import BadImageError
from models.pictures.content.picture import PictureNote
from models.pictures.readers.tiff.compression import SegmentDecoder
from models.pictures.readers.tiff.directory import TiffDirectory
from models.pictures.readers.tiff.kinds import (
    FLOATING_POINT,
    HORIZONTAL,
    PICTURE_PACKINGS,
)
from models.pictures.readers.tiff.layout import TiffLayout

# Rows are worked on in blocks of about this many samples, a multiple of eight.
_SAMPLES_PER_BLOCK = 1_000_000
_BITS_OF_BYTES_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

Samples = NDArray[Any]


@dataclass(frozen=True)
class _Segment:
    """One tile or strip: where its numbers go, in pixels of the whole picture.

    Attributes:
        rows: how many its bytes hold, which may be more than the picture has left.
        sample: of which plane; None where pixels lie together.
    """

    index: int
    left: int
    top: int
    rows: int
    sample: int | None


def read_samples(
    directory: TiffDirectory, layout: TiffLayout, blank: float
) -> tuple[Samples, tuple[PictureNote, ...]]:
    """The samples that are shown, shape (height, width, samples), in the machine's byte order.

    Args:
        directory: for the tables that stand beside the picture.
        layout: what the tags say.
        blank: the number where the file leaves tiles out, as GDAL's sparse files do.

    Raises:
        BadImageError: a segment is damaged, or not whole in the file.
        UnsupportedImageError: a segment is packed in a way that is not read.
    """
    shown = layout.samples_shown
    # Zeros take no memory until something is written.
    samples = np.zeros((layout.height, layout.width, len(shown)), dtype=layout.dtype)
    decoder = SegmentDecoder(directory, layout)
    missing = 0
    for segment in _segments(layout):
        if segment.sample is not None and segment.sample not in shown:
            continue
        below, right = segment.top + layout.segment_height, segment.left + layout.segment_width
        target = samples[segment.top : below, segment.left : right]
        if segment.sample is not None:
            place = shown.index(segment.sample)
            target = target[:, :, place : place + 1]
        packed = _packed_bytes(directory.data, layout, segment)
        if packed is None:
            missing += 1
            target[...] = blank
            continue
        for top, pixels in _blocks(decoder, layout, segment.rows, packed):
            rows = target[top : top + len(pixels)]
            # Colours come first: where every sample is shown this copies nothing.
            kept = pixels if pixels.shape[2] == rows.shape[2] else pixels[:, :, shown]
            kept = kept[: len(rows), : rows.shape[1]]
            if kept.shape != rows.shape:
                raise BadImageError("The TIFF file is damaged: a part of its picture is too small.")
            rows[...] = kept
    if not missing:
        return samples, ()
    name = "tiles" if layout.tiled else "strips"
    text = (
        f"{missing} of {len(layout.offsets)} {name} are not in the file; they are shown as blank."
    )
    return samples, (PictureNote(code="blank-parts", text=text),)


def _segments(layout: TiffLayout) -> Iterator[_Segment]:
    index = 0
    for sample in range(layout.samples) if layout.apart else (None,):
        for top in range(0, layout.height, layout.segment_height):
            # The last strip ends with the picture; tiles are always whole.
            rows_left = layout.height - top
            rows = layout.segment_height if layout.tiled else min(layout.segment_height, rows_left)
            for left in range(0, layout.width, layout.segment_width):
                yield _Segment(index=index, left=left, top=top, rows=rows, sample=sample)
                index += 1


def _packed_bytes(data: bytes, layout: TiffLayout, segment: _Segment) -> bytes | None:
    """The bytes of a segment; None where the file leaves it out."""
    offset, count = int(layout.offsets[segment.index]), int(layout.byte_counts[segment.index])
    if offset == 0 and count == 0:
        return None
    end = len(data) if count == -1 else offset + count
    if offset >= len(data) or end > len(data) or end == offset:
        raise BadImageError(
            f"The TIFF file is damaged or cut short: a part of its picture should end at byte "
            f"{end:,}, and the file has {len(data):,}."
        )
    packed = data[offset:end]
    reverse = layout.bits_reversed and layout.packing not in PICTURE_PACKINGS
    return packed.translate(_BITS_OF_BYTES_REVERSED) if reverse else packed


def _blocks(
    decoder: SegmentDecoder, layout: TiffLayout, rows: int, packed: bytes
) -> Iterator[tuple[int, Samples]]:
    """Rows of a segment with the first one's place; shape (rows, segment width, samples)."""
    samples = 1 if layout.apart else layout.samples
    row_samples = layout.segment_width * samples
    if layout.packing in PICTURE_PACKINGS:
        yield 0, decoder.decode_pixels(packed, (rows, layout.segment_width, samples))
        return
    row_bytes = -(-row_samples * layout.bits // 8)
    unpacked = decoder.decode_bytes(packed, row_bytes, rows)
    stored = np.frombuffer(unpacked, np.uint8, row_bytes * rows).reshape(rows, row_bytes)
    step = max(1, _SAMPLES_PER_BLOCK // row_samples)
    for top in range(0, rows, step):
        block = stored[top : top + step]
        if layout.bits % 8:
            values = _small_numbers(block, layout, row_samples)
        elif layout.predictor == FLOATING_POINT:
            values = _floats_predicted(block, layout, samples)
        else:
            values = _whole_bytes(block, layout, samples)
        yield top, values.reshape(len(block), layout.segment_width, samples)


def _whole_bytes(stored: NDArray[np.uint8], layout: TiffLayout, samples: int) -> Samples:
    values = stored.view(layout.dtype.newbyteorder(layout.byte_order))
    values = values.astype(layout.dtype, copy=False)
    if layout.predictor != HORIZONTAL:
        return values
    # Differences of the bare bits, whatever number they make; sums wrap around.
    unsigned = np.dtype(f"u{layout.dtype.itemsize}")
    differences = values.view(unsigned).reshape(len(values), -1, samples)
    return np.add.accumulate(differences, axis=1, dtype=unsigned).view(layout.dtype)


def _small_numbers(stored: NDArray[np.uint8], layout: TiffLayout, row_samples: int) -> Samples:
    """Numbers that do not fill bytes: the highest bit first, rows begin at a byte."""
    bits, whole_bits = layout.bits, layout.dtype.itemsize * 8
    values = np.empty((len(stored), row_samples), dtype=layout.dtype)
    for left in range(0, row_samples, _SAMPLES_PER_BLOCK):
        # Eight samples fill whole bytes, so that every block begins at one.
        count = min(_SAMPLES_PER_BLOCK, row_samples - left)
        block = stored[:, left * bits // 8 :][:, : -(-count * bits // 8)]
        single_bits = np.unpackbits(block, axis=1, count=count * bits)
        padded = np.zeros((len(stored), count, whole_bits), dtype=np.uint8)
        padded[:, :, whole_bits - bits :] = single_bits.reshape(-1, count, bits)
        numbers = np.packbits(padded, axis=2).view(layout.dtype.newbyteorder(">"))
        values[:, left : left + count] = numbers[:, :, 0]
    return values


def _floats_predicted(stored: NDArray[np.uint8], layout: TiffLayout, samples: int) -> Samples:
    """Bytes of a row are sorted from the highest of every number to the lowest, then differenced.

    Sorted so in files of either byte order.
    """
    differences = stored.reshape(len(stored), -1, samples)
    sorted_bytes = np.add.accumulate(differences, axis=1, dtype=np.uint8)
    by_number = sorted_bytes.reshape(len(stored), layout.dtype.itemsize, -1).transpose(0, 2, 1)
    numbers = np.ascontiguousarray(by_number).view(layout.dtype.newbyteorder(">"))
    return numbers.astype(layout.dtype, copy=False)
