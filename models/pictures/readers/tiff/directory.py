"""The tags of a TIFF file's first picture, read strictly within the bytes of the file.

Source: TIFF 6.0 (Adobe, 1992), section 2, and the BigTIFF layout of libtiff (8-byte offsets).
"""

import struct
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import BadImageError

ByteOrder = Literal["<", ">"]

_MOST_TAGS = 65_535
_BYTE_ORDERS: dict[bytes, ByteOrder] = {b"II": "<", b"MM": ">"}
_UNSIGNED_TYPES = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
_SIGNED_TYPES = {6: "i1", 8: "i2", 9: "i4", 17: "i8"}
_FLOAT_TYPES = {11: "f4", 12: "f8"}
_TEXT_TYPE, _RATIONAL_TYPE, _UNDEFINED_TYPE = 2, 5, 7
# No offset or size of a file reaches this, and sums of many stay within 64 bits.
_LARGEST_INTEGER = 2**40


@dataclass(frozen=True)
class _Entry:
    type: int
    count: int
    position: int


class TiffDirectory:
    """One image file directory: tag numbers and where their values lie."""

    def __init__(self, data: bytes, byte_order: ByteOrder, entries: dict[int, _Entry]) -> None:
        self.data = data
        self.byte_order = byte_order
        self._entries = entries

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def integers(self, tag: int) -> NDArray[np.int64] | None:
        """Every value of a whole-number tag; None where the tag is missing.

        Raises:
            BadImageError: the tag holds something else, nothing, or lies outside the file.
        """
        entry = self._entries.get(tag)
        if entry is None:
            return None
        code = _UNSIGNED_TYPES.get(entry.type) or _SIGNED_TYPES.get(entry.type)
        if code is None or entry.count < 1:
            raise BadImageError(f"The TIFF file is damaged: its tag {tag} holds no whole number.")
        values = np.frombuffer(self._bytes_of(tag, entry, int(code[1])), self.byte_order + code)
        if int(values.max()) > _LARGEST_INTEGER:
            raise BadImageError(
                f"The TIFF file is damaged: its tag {tag} holds {int(values.max())}."
            )
        return values.astype(np.int64)

    def integer(self, tag: int, default: int) -> int:
        """The first value of a whole-number tag.

        Raises:
            BadImageError: as `integers`.
        """
        values = self.integers(tag)
        return default if values is None else int(values[0])

    def fractions(self, tag: int) -> list[float] | None:
        """Every value of a tag of rationals or floats; None where the tag is missing.

        Raises:
            BadImageError: the tag holds something else, or lies outside the file.
        """
        entry = self._entries.get(tag)
        if entry is None:
            return None
        if entry.type in _FLOAT_TYPES:
            code = _FLOAT_TYPES[entry.type]
            values = self._bytes_of(tag, entry, int(code[1]))
            return [float(value) for value in np.frombuffer(values, self.byte_order + code)]
        if entry.type != _RATIONAL_TYPE:
            raise BadImageError(f"The TIFF file is damaged: its tag {tag} holds no fractions.")
        pairs = np.frombuffer(self._bytes_of(tag, entry, 8), f"{self.byte_order}u4").reshape(-1, 2)
        if np.any(pairs[:, 1] == 0):
            raise BadImageError(f"The TIFF file is damaged: its tag {tag} divides by zero.")
        return [float(above) / float(below) for above, below in pairs]

    def raw(self, tag: int) -> bytes | None:
        """The bytes of a tag of bytes or text; None where the tag is missing.

        Raises:
            BadImageError: the tag holds something else, or lies outside the file.
        """
        entry = self._entries.get(tag)
        if entry is None:
            return None
        if entry.type not in (1, _TEXT_TYPE, _UNDEFINED_TYPE):
            raise BadImageError(f"The TIFF file is damaged: its tag {tag} holds no bytes.")
        return self._bytes_of(tag, entry, 1)

    def _bytes_of(self, tag: int, entry: _Entry, item_bytes: int) -> bytes:
        end = entry.position + entry.count * item_bytes
        if end > len(self.data):
            raise BadImageError(
                f"The TIFF file is damaged or cut short: its tag {tag} ends at byte {end:,} of "
                f"{len(self.data):,}."
            )
        return self.data[entry.position : end]


@dataclass(frozen=True)
class _Structure:
    """How a file counts and points: the classic 32 bits, or BigTIFF's 64."""

    first_offset: int
    offset: str
    entry_count: str
    entry: str


_CLASSIC = _Structure(first_offset=4, offset="I", entry_count="H", entry="HHI")
_BIG = _Structure(first_offset=8, offset="Q", entry_count="Q", entry="HHQ")
_STRUCTURES = {42: _CLASSIC, 43: _BIG}


def read_directory(data: bytes) -> TiffDirectory:
    """The first image file directory; a tag that stands there twice counts once, the first time.

    Raises:
        BadImageError: the file has none, or ends within it.
    """
    order = _BYTE_ORDERS.get(data[:2])
    try:
        if order is None:
            raise BadImageError("The TIFF file is damaged: it names no byte order.")
        (version,) = struct.unpack_from(f"{order}H", data, 2)
        structure = _STRUCTURES.get(version)
        if structure is None:
            raise BadImageError(f"The TIFF file is damaged: its version is {version}.")
        if structure is _BIG and struct.unpack_from(f"{order}HH", data, 4) != (8, 0):
            raise BadImageError("The TIFF file is damaged: its offsets are not 8 bytes long.")
        (start,) = struct.unpack_from(f"{order}{structure.offset}", data, structure.first_offset)
        return TiffDirectory(data, order, _read_entries(data, order, structure, start))
    except (struct.error, OverflowError) as error:
        raise BadImageError(
            "The TIFF file is damaged or cut short: it ends before its list of tags does."
        ) from error


def _read_entries(data: bytes, order: str, structure: _Structure, start: int) -> dict[int, _Entry]:
    (count,) = struct.unpack_from(f"{order}{structure.entry_count}", data, start)
    if not 0 < count <= _MOST_TAGS:
        raise BadImageError(f"The TIFF file is damaged: its list of tags has {count:,} entries.")
    offset_bytes = struct.calcsize(structure.offset)
    head_bytes = struct.calcsize(f"={structure.entry}")
    first = start + struct.calcsize(structure.entry_count)
    entries: dict[int, _Entry] = {}
    for index in range(count):
        place = first + index * (head_bytes + offset_bytes)
        tag, kind, values = struct.unpack_from(f"{order}{structure.entry}", data, place)
        position = place + head_bytes
        (pointer,) = struct.unpack_from(f"{order}{structure.offset}", data, position)
        if _type_bytes(kind) * values > offset_bytes:
            position = pointer
        entries.setdefault(tag, _Entry(type=kind, count=values, position=position))
    return entries


def _type_bytes(kind: int) -> int:
    if kind == _RATIONAL_TYPE:
        return 8
    code = _UNSIGNED_TYPES.get(kind) or _SIGNED_TYPES.get(kind) or _FLOAT_TYPES.get(kind)
    return 1 if code is None else int(code[1])
