"""What the tags of a TIFF file say of its numbers: their kind, their meaning, where they lie.

Source: TIFF 6.0 (Adobe, 1992), sections 3, 8, 15 (tiles) and 18 (further samples).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import BadImageError, ImageTooLargeError
from models.pictures.content.picture import PictureLimits
from models.pictures.readers.tiff.directory import ByteOrder, TiffDirectory
from models.pictures.readers.tiff.kinds import (
    BITS_READ,
    COLOUR_CHANNELS,
    NO_PREDICTOR,
    NUMBERS,
    PACKINGS,
    PLAIN_ALPHA,
    PREMULTIPLIED_ALPHA,
    REFUSED_MEANINGS,
    REFUSED_PACKINGS,
    Meaning,
    Numbers,
    Packing,
    Tag,
    refused,
)

# Room for RGB with transparency at the limit of pixels; for wider numbers, fewer of them.
_BYTES_PER_PIXEL_OF_LIMIT = 4
_MOST_SEGMENTS = 250_000
# Equal tiles may share their bytes; a file that points at one long strip over and over is made to
# waste time.
_READINGS_OF_EVERY_BYTE = 4


@dataclass(frozen=True, eq=False)
class TiffLayout:
    """The first picture of a TIFF file.

    Attributes:
        bits: of one sample; all samples have the same.
        samples: of one pixel, colours and extra ones.
        extra_samples: what the samples behind the colours are, by the numbers of the tag.
        apart: True if every sample has a plane of its own.
        segment_width: of a tile or strip, in pixels; `segment_height` alike.
        offsets: of every tile or strip, plane by plane, row by row.
        bits_reversed: True if the first pixel lies in the lowest bit of a byte.
    """

    width: int
    height: int
    bits: int
    numbers: Numbers
    samples: int
    extra_samples: tuple[int, ...]
    meaning: Meaning
    packing: Packing
    predictor: int
    apart: bool
    byte_order: ByteOrder
    bits_reversed: bool
    tiled: bool
    segment_width: int
    segment_height: int
    offsets: NDArray[np.int64]
    byte_counts: NDArray[np.int64]

    @property
    def colours(self) -> int:
        return COLOUR_CHANNELS[self.meaning]

    @property
    def alpha_sample(self) -> int | None:
        """Where the transparency of a pixel stands among its samples."""
        for place, kind in enumerate(self.extra_samples):
            if kind in (PREMULTIPLIED_ALPHA, PLAIN_ALPHA):
                return self.colours + place
        return None

    @property
    def samples_shown(self) -> tuple[int, ...]:
        """The samples that make the picture: its colours, then its transparency."""
        alpha = () if self.alpha_sample is None else (self.alpha_sample,)
        return (*range(self.colours), *alpha)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of a sample in memory, in the byte order of the machine."""
        stored_bits = next(size for size in (8, 16, 32, 64) if size >= self.bits)
        return np.dtype(f"{self.numbers}{stored_bits // 8}")

    @property
    def segments_across(self) -> int:
        return -(-self.width // self.segment_width)

    @property
    def segments_down(self) -> int:
        return -(-self.height // self.segment_height)


def read_layout(directory: TiffDirectory, limits: PictureLimits) -> TiffLayout:
    """Read the tags, and check them against each other, the file and the limits.

    Raises:
        BadImageError: a tag that is needed is missing or contradicts another.
        UnsupportedImageError: a kind that is not read.
        ImageTooLargeError: more pixels, segments or unpacked bytes than the limits.
    """
    width, height = (directory.integer(tag, 0) for tag in (Tag.WIDTH, Tag.HEIGHT))
    limits.check_pixels(width, height)
    if directory.integer(Tag.DEPTH, 1) > 1:
        raise refused(f"a stack of {directory.integer(Tag.DEPTH, 1)} slices")
    packing = _read_packing(directory)
    meaning = _read_meaning(directory)
    samples = directory.integer(Tag.SAMPLES, 1)
    colours = COLOUR_CHANNELS[meaning]
    if not colours <= samples <= 65_535:
        raise BadImageError(
            f"The TIFF file is damaged: it has {samples} samples a pixel, and its colours are "
            f"{colours}."
        )
    bits, numbers = _read_sample_kind(directory)
    planes = directory.integer(Tag.PLANES, 1)
    if planes not in (1, 2):
        raise BadImageError(f"The TIFF file is damaged: its planar configuration is {planes}.")
    tiled = Tag.TILE_WIDTH in directory or Tag.TILE_OFFSETS in directory
    if tiled:
        segment_width = directory.integer(Tag.TILE_WIDTH, 0)
        segment_height = directory.integer(Tag.TILE_HEIGHT, 0)
    else:
        segment_width = width
        segment_height = min(directory.integer(Tag.ROWS_PER_STRIP, height), height)
    if segment_width < 1 or segment_height < 1:
        raise BadImageError(
            f"The TIFF file is damaged: its {'tiles' if tiled else 'strips'} have no pixels."
        )
    apart = planes == 2 and samples > 1
    segments = -(-width // segment_width) * -(-height // segment_height) * (samples if apart else 1)
    offsets, byte_counts = _read_places(directory, segments, packing, limits, tiled=tiled)
    layout = TiffLayout(
        width=width,
        height=height,
        bits=bits,
        numbers=numbers,
        samples=samples,
        extra_samples=_read_extra_samples(directory, samples - colours),
        meaning=meaning,
        packing=packing,
        predictor=directory.integer(Tag.PREDICTOR, NO_PREDICTOR),
        apart=apart,
        byte_order=directory.byte_order,
        bits_reversed=directory.integer(Tag.FILL_ORDER, 1) == 2,
        tiled=tiled,
        segment_width=segment_width,
        segment_height=segment_height,
        offsets=offsets,
        byte_counts=byte_counts,
    )
    _check_unpacked_bytes(layout, limits)
    return layout


def _read_packing(directory: TiffDirectory) -> Packing:
    number = directory.integer(Tag.COMPRESSION, 1)
    if number not in PACKINGS:
        raise refused(f"{REFUSED_PACKINGS.get(number, 'an unknown')} compression ({number})")
    return PACKINGS[number]


def _read_meaning(directory: TiffDirectory) -> Meaning:
    number = directory.integer(Tag.PHOTOMETRIC, -1)
    if number == -1:
        raise refused("numbers whose meaning it does not say (no photometric interpretation)")
    if number not in set(Meaning):
        raise refused(
            REFUSED_MEANINGS.get(number, f"an unknown photometric interpretation ({number})")
        )
    return Meaning(number)


def _read_sample_kind(directory: TiffDirectory) -> tuple[int, Numbers]:
    bits = directory.integers(Tag.BITS)
    formats = directory.integers(Tag.SAMPLE_FORMAT)
    samples = directory.integer(Tag.SAMPLES, 1)
    sizes = {1} if bits is None else {int(value) for value in bits[:samples]}
    kinds = {1} if formats is None else {int(value) for value in formats[:samples]}
    if len(sizes) > 1 or len(kinds) > 1:
        raise refused("samples of different kinds within one pixel")
    size, kind = sizes.pop(), kinds.pop()
    if kind in (5, 6):
        raise refused("complex numbers")
    if kind not in NUMBERS:
        raise refused(f"an unknown sample format ({kind})")
    numbers = NUMBERS[kind]
    if size not in BITS_READ[numbers]:
        name = {"u": "whole numbers", "i": "signed whole numbers", "f": "floating point numbers"}
        raise refused(f"{name[numbers]} of {size} bits")
    return size, numbers


def _read_extra_samples(directory: TiffDirectory, count: int) -> tuple[int, ...]:
    kinds = directory.integers(Tag.EXTRA_SAMPLES)
    listed = [] if kinds is None else [int(kind) for kind in kinds[:count]]
    return (*listed, *[0] * (count - len(listed)))


def _read_places(
    directory: TiffDirectory, segments: int, packing: Packing, limits: PictureLimits, *, tiled: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets and byte counts; a count of -1 is not in the file and means up to its end."""
    name = "tiles" if tiled else "strips"
    if segments > _MOST_SEGMENTS:
        raise ImageTooLargeError(
            f"The TIFF file is cut into {segments:,} {name}; at most {_MOST_SEGMENTS:,} are "
            "accepted."
        )
    offsets = directory.integers(Tag.TILE_OFFSETS if tiled else Tag.STRIP_OFFSETS)
    counts = directory.integers(Tag.TILE_BYTE_COUNTS if tiled else Tag.STRIP_BYTE_COUNTS)
    if counts is None and (segments == 1 or packing is Packing.NONE):
        counts = np.full(segments, -1, dtype=np.int64)
    if offsets is None or counts is None or min(len(offsets), len(counts)) < segments:
        raise BadImageError(
            f"The TIFF file is damaged: it does not say where each of its {segments:,} {name} lies."
        )
    offsets, counts = offsets[:segments], counts[:segments]
    if offsets.min() < 0 or counts.min() < -1:
        raise BadImageError(f"The TIFF file is damaged: some of its {name} lie before its start.")
    packed_bytes, most_bytes = int(counts.sum()), _READINGS_OF_EVERY_BYTE * limits.max_bytes
    if packed_bytes > most_bytes:
        raise ImageTooLargeError(
            f"The {name} of the TIFF file have {packed_bytes:,} bytes together; at most "
            f"{most_bytes:,} are accepted."
        )
    return offsets, counts


def _check_unpacked_bytes(layout: TiffLayout, limits: PictureLimits) -> None:
    pixels = layout.segments_across * layout.segment_width
    pixels *= layout.segments_down * layout.segment_height
    samples = len(layout.samples_shown) if layout.apart else layout.samples
    unpacked_bytes = pixels * samples * layout.dtype.itemsize
    most = limits.max_pixels * _BYTES_PER_PIXEL_OF_LIMIT
    if unpacked_bytes > most:
        raise ImageTooLargeError(
            f"The TIFF file unpacks into {unpacked_bytes:,} bytes; at most {most:,} are accepted."
        )
