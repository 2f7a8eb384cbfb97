"""The chunks of a PNG file, checked one by one: side data never cost a picture."""

import struct
import zlib
from dataclasses import dataclass, field

from models.errors import BadImageError, UnsupportedImageError

_SIGNATURE_BYTES = 8
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Side data that say how the pixels look; all others are skipped unread.
_MEANINGFUL = (b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP", b"eXIf", b"acTL")
# These come before the pixels (PNG, third edition, 5.6); elsewhere nobody follows them.
_COLOUR_SPACES = (b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP")
# First column, first row, step across, step down of the seven passes (PNG, third edition, 8.1).
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class PngHeader:
    """What the chunk IHDR says; `depth` in bits a channel."""

    width: int
    height: int
    depth: int
    colour_type: int
    interlaced: bool

    @property
    def row_bytes_in_all(self) -> int:
        """Bytes of all unpacked rows with their filter bytes."""
        passes = _PASSES if self.interlaced else ((0, 0, 1, 1),)
        bits = self.depth * _CHANNELS[self.colour_type]
        total = 0
        for column, row, across, down in passes:
            width = max(0, -((column - self.width) // across))
            height = max(0, -((row - self.height) // down))
            total += height * (1 + (width * bits + 7) // 8) if width else 0
        return total


@dataclass
class PngChunks:
    """A file taken apart.

    Attributes:
        pixels: the packed rows, as far as they are there.
        palette: the body of PLTE, empty if there is none.
        side: bodies of the side data that matter, the first of each kind.
        damaged: kinds of side data that were left aside because their checksum is wrong.
        ended: the end marker is there.
    """

    header: PngHeader
    pixels: bytes = b""
    palette: bytes = b""
    side: dict[str, bytes] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    ended: bool = False


def take_apart(data: bytes) -> PngChunks:
    """Check every chunk up to the end marker.

    Raises:
        BadImageError: a chunk that the pixels need is damaged or missing.
        UnsupportedImageError: a chunk that is needed and not known here.
    """
    found: PngChunks | None = None
    packed: list[bytes] = []
    view = memoryview(data)
    at = _SIGNATURE_BYTES
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = view[at + 8 : at + 8 + length]
        whole = at + 12 + length <= len(data)
        if found is None:
            found = PngChunks(_header(kind, body, whole=whole, sound=_is_sound(view, at, length)))
        elif kind == b"IEND":
            found.ended = whole
            break
        elif kind == b"IDAT" and not whole:
            # The file is cut here; it may still have every row.
            packed.append(bytes(body))
        elif not whole:
            break
        else:
            _sort_in(found, packed, kind, bytes(body), sound=_is_sound(view, at, length))
        at += 12 + length
    if found is None:
        raise BadImageError("The PNG file is cut short within its header.")
    found.pixels = b"".join(packed)
    return found


def _is_sound(view: memoryview, at: int, length: int) -> bool:
    """Whether the checksum of kind and body is right."""
    stored = bytes(view[at + 8 + length : at + 12 + length])
    return zlib.crc32(view[at + 4 : at + 8 + length]).to_bytes(4, "big") == stored


def _sort_in(
    found: PngChunks, packed: list[bytes], kind: bytes, body: bytes, *, sound: bool
) -> None:
    name = kind.decode("ascii", "replace")
    if kind == b"IDAT":
        if not sound:
            raise BadImageError("The PNG file is damaged: the checksum of its pixels is wrong.")
        packed.append(body)
    elif kind == b"PLTE":
        # In a file of colours it is only a hint for old screens.
        if not sound and found.header.colour_type == 3:
            raise BadImageError("The PNG file is damaged: the checksum of its palette is wrong.")
        found.palette = body if found.header.colour_type == 3 else b""
    elif not (name.isascii() and name.isalpha()):
        raise BadImageError("The PNG file is damaged: between its chunks are other bytes.")
    elif name[0].isupper():
        raise UnsupportedImageError(
            f"The PNG file needs its chunk {name}, which is not read here; save it as plain PNG."
        )
    elif not sound:
        found.damaged.add(name)
    elif kind in _MEANINGFUL and not (packed and kind in _COLOUR_SPACES):
        found.side.setdefault(name, body)


def _header(kind: bytes, body: memoryview, *, whole: bool, sound: bool) -> PngHeader:
    if kind == b"CgBI":
        raise UnsupportedImageError(
            "The file is a PNG in the private form of iOS apps (CgBI); save it as plain PNG."
        )
    if not whole:
        raise BadImageError("The PNG file is cut short within its header.")
    if kind != b"IHDR" or len(body) != 13 or not sound:
        raise BadImageError("The PNG file is damaged: its header is wrong.")
    width, height, depth, colour_type, packing, filters, interlace = struct.unpack(">IIBBBBB", body)
    known = depth in _DEPTHS.get(colour_type, ()) and (packing, filters) == (0, 0)
    if not known or interlace > 1:
        raise BadImageError(
            f"The PNG file is damaged: its header names a kind of pixels that does not exist "
            f"({depth} bits, colour type {colour_type}, interlace {interlace})."
        )
    return PngHeader(width, height, depth, colour_type, interlaced=interlace == 1)


def check_rows(found: PngChunks) -> None:
    """Unpack the rows, keep nothing, and see that none is missing: Pillow would leave it black.

    Raises:
        BadImageError: they are damaged or too few.
    """
    missing = found.header.row_bytes_in_all
    unpacker = zlib.decompressobj()
    piece = found.pixels
    try:
        while missing > 0 and not unpacker.eof:
            rows = unpacker.decompress(piece, min(missing, _PIECE_BYTES))
            piece = unpacker.unconsumed_tail
            missing -= len(rows)
            if not rows and not piece:
                break
    except zlib.error as error:
        raise BadImageError(
            "The PNG file is damaged: its pixels cannot be unpacked in full."
        ) from error
    if missing > 0:
        raise BadImageError("The PNG file is damaged or cut short: rows of pixels are missing.")
