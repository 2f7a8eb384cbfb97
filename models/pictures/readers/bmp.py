"""BMP, by what its header says: palettes, bit masks, run lengths.

Sources: Microsoft's documentation of BITMAPFILEHEADER and of BITMAPCOREHEADER to BITMAPV5HEADER;
IBM's of OS/2's headers of 16 and 64 bytes.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.errors import BadImageError, UnsupportedImageError
from models.pictures.content.picture import (
    PictureLimits,
    PictureNote,
    StoredPixels,
    palette_too_short,
)
from models.pictures.content.profiles import usable_profile
from models.pictures.readers.bmp_runs import unpack_runs

_FILE_HEADER_BYTES = 14
_CORE_BYTES, _INFO_BYTES = 12, 40
_V5_BYTES = 124
_WINDOWS_HEADERS = {_INFO_BYTES, 52, 56, 108, _V5_BYTES}
# Letters of a number, the lowest byte first.
_EMBEDDED, _LINKED = b"DEBM", b"KNIL"
_OS2_HEADERS = {16, 64}
_MASKS_OFFSET = 54
_PLAIN, _RUNS_OF_BYTES, _RUNS_OF_HALF_BYTES, _MASKS, _MASKS_WITH_ALPHA = 0, 1, 2, 3, 6
_REFUSED_PACKINGS = {
    4: "an embedded JPEG",
    5: "an embedded PNG",
    11: "CMYK",
    12: "CMYK in run lengths",
    13: "CMYK in run lengths",
}
_REFUSED_OS2_PACKINGS = {3: "Huffman codes of OS/2", 4: "24-bit run lengths of OS/2"}
_RUN_BITS = {_RUNS_OF_BYTES: 8, _RUNS_OF_HALF_BYTES: 4}
_PALETTE_BITS = (1, 2, 4, 8)
# Rows of true colour are taken apart in blocks of about this many pixels.
_PIXELS_PER_BLOCK = 1_000_000

Levels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Header:
    """What the file says of its pixels.

    Attributes:
        masks: the bits of red, green, blue and transparency in a pixel; None for a palette.
        palette: offset, entries and bytes an entry.
    """

    width: int
    height: int
    top_down: bool
    bits: int
    packing: int
    pixels_offset: int
    masks: tuple[int, int, int, int] | None
    palette: tuple[int, int, int]

    @property
    def row_bytes(self) -> int:
        return -(-self.width * self.bits // 32) * 4


def read_bmp(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The picture of a file.

    Raises:
        BadImageError: the file is damaged or cut short.
        UnsupportedImageError: the file is of a kind that is not read.
        ImageTooLargeError: more pixels than the limit.
    """
    try:
        header = _read_header(data, limits)
    except struct.error as error:
        raise BadImageError(
            "The BMP file is damaged or cut short: it ends within its header."
        ) from error
    notes: tuple[PictureNote, ...] = ()
    if header.masks is None:
        numbers, missing = _palette_numbers(data, header)
        levels, odd = _coloured(numbers, data, header)
        notes = _palette_notes(missing, odd)
        mode = "P"
    else:
        levels, notes = _true_colours(_stored_rows(data, header), header)
        mode = "RGBA" if header.masks[3] else "RGB"
    if not header.top_down:
        levels = levels[::-1]
    image = Image.fromarray(np.ascontiguousarray(levels))
    profile, profile_notes = usable_profile(_embedded_profile(data), image)
    return StoredPixels(
        image=image, orientation=1, mode=mode, notes=notes + profile_notes, profile=profile
    )


def _refused(what: str) -> UnsupportedImageError:
    return UnsupportedImageError(
        f"The BMP file holds {what}, which is not read here; save it as 24-bit BMP or PNG."
    )


def _read_header(data: bytes, limits: PictureLimits) -> _Header:
    pixels_offset, header_bytes = struct.unpack_from("<II", data, 10)
    packing = _PLAIN
    entries = 0
    if header_bytes == _CORE_BYTES:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    elif header_bytes in _WINDOWS_HEADERS or header_bytes in _OS2_HEADERS:
        width, height, _, bits = struct.unpack_from("<iiHH", data, 18)
        if header_bytes >= _INFO_BYTES:
            (packing,) = struct.unpack_from("<I", data, 30)
            (entries,) = struct.unpack_from("<I", data, 46)
    else:
        raise _refused(f"a header of {header_bytes} bytes")
    limits.check_pixels(width, abs(height))
    _check_packing(packing, bits, os2=header_bytes in _OS2_HEADERS)
    palette_offset = _FILE_HEADER_BYTES + header_bytes
    masks = _read_masks(data, header_bytes, bits, packing)
    if packing in (_MASKS, _MASKS_WITH_ALPHA) and header_bytes == _INFO_BYTES:
        palette_offset += 16 if packing == _MASKS_WITH_ALPHA else 12
    if not palette_offset <= pixels_offset < len(data):
        raise BadImageError(
            f"The BMP file is damaged or cut short: its pixels should begin at byte "
            f"{pixels_offset:,} of {len(data):,}."
        )
    entry_bytes = 3 if header_bytes == _CORE_BYTES else 4
    room = (pixels_offset - palette_offset) // entry_bytes
    wanted = 0 if masks else min(entries or 2**bits, 2**bits)
    return _Header(
        width=width,
        height=abs(height),
        top_down=height < 0,
        bits=bits,
        packing=packing,
        pixels_offset=pixels_offset,
        masks=masks,
        palette=(palette_offset, min(wanted, room), entry_bytes),
    )


def _check_packing(packing: int, bits: int, *, os2: bool) -> None:
    if os2 and packing in _REFUSED_OS2_PACKINGS:
        raise _refused(_REFUSED_OS2_PACKINGS[packing])
    if packing in _REFUSED_PACKINGS:
        raise _refused(_REFUSED_PACKINGS[packing])
    allowed = {
        _PLAIN: (*_PALETTE_BITS, 16, 24, 32),
        _RUNS_OF_BYTES: (8,),
        _RUNS_OF_HALF_BYTES: (4,),
        _MASKS: (16, 32),
        _MASKS_WITH_ALPHA: (16, 32),
    }
    if packing not in allowed:
        raise _refused(f"an unknown compression ({packing})")
    if bits not in allowed[packing]:
        raise _refused(f"{bits} bits a pixel with compression {packing}")


def _read_masks(
    data: bytes, header_bytes: int, bits: int, packing: int
) -> tuple[int, int, int, int] | None:
    if bits in _PALETTE_BITS:
        return None
    if packing == _PLAIN:
        # The fourth byte of 32 bits, and the sixteenth bit of 16, say nothing.
        return (0x7C00, 0x03E0, 0x001F, 0) if bits == 16 else (0xFF0000, 0xFF00, 0xFF, 0)
    red, green, blue = struct.unpack_from("<III", data, _MASKS_OFFSET)
    alpha = 0
    if packing == _MASKS_WITH_ALPHA or header_bytes >= 56:
        (alpha,) = struct.unpack_from("<I", data, _MASKS_OFFSET + 12)
    masks = (red, green, blue, alpha)
    taken = 0
    for mask in masks:
        lowest = mask & -mask
        if mask & taken or mask >= 2**bits or (mask and (mask // lowest + 1) & (mask // lowest)):
            raise _refused(f"bit masks with gaps or overlaps ({', '.join(map(hex, masks))})")
        taken |= mask
    if not red | green | blue:
        raise _refused("bit masks without a colour")
    return masks


def _embedded_profile(data: bytes) -> bytes | None:
    """The ICC profile; a link to one elsewhere is not followed, and counts as damaged."""
    (header_bytes,) = struct.unpack_from("<I", data, _FILE_HEADER_BYTES)
    kind = data[_FILE_HEADER_BYTES + 56 : _FILE_HEADER_BYTES + 60]
    if header_bytes != _V5_BYTES or kind not in (_EMBEDDED, _LINKED):
        return None
    offset, size = struct.unpack_from("<II", data, _FILE_HEADER_BYTES + 112)
    start = _FILE_HEADER_BYTES + offset
    return data[start : start + size] if kind == _EMBEDDED else b""


def _stored_rows(data: bytes, header: _Header) -> Levels:
    """Shape (height, bytes a row), as the file orders its rows."""
    size = header.row_bytes * header.height
    stored = data[header.pixels_offset : header.pixels_offset + size]
    needed = size - header.row_bytes + -(-header.width * header.bits // 8)
    if len(stored) < needed:
        raise BadImageError(
            f"The BMP file is damaged or cut short: its pixels take {needed:,} bytes, and "
            f"{len(stored):,} are there."
        )
    # Only the filling of the last row may be missing.
    return np.frombuffer(stored.ljust(size, b"\0"), np.uint8).reshape(header.height, -1)


def _palette_numbers(data: bytes, header: _Header) -> tuple[Levels, int]:
    """The palette's number of every pixel, and how many pixels the run lengths skip."""
    if header.packing in _RUN_BITS:
        return unpack_runs(
            data[header.pixels_offset :], header.width, header.height, _RUN_BITS[header.packing]
        )
    rows = _stored_rows(data, header)
    if header.bits == 8:
        return rows[:, : header.width], 0
    per_byte = 8 // header.bits
    shifts = np.arange(per_byte - 1, -1, -1, dtype=np.uint8) * header.bits
    numbers = rows[:, :, None] >> shifts.astype(np.uint8) & (2**header.bits - 1)
    return numbers.reshape(header.height, -1)[:, : header.width].astype(np.uint8), 0


def _coloured(numbers: Levels, data: bytes, header: _Header) -> tuple[Levels, int]:
    """Colours of every pixel, and how many pixels have a number that the palette lacks."""
    offset, entries, entry_bytes = header.palette
    stored = np.frombuffer(data, np.uint8, entries * entry_bytes, offset)
    colours = np.zeros((256, 3), dtype=np.uint8)
    # Blue comes first.
    colours[:entries] = stored.reshape(entries, entry_bytes)[:, 2::-1]
    return colours[numbers], int((numbers >= entries).sum())


def _palette_notes(missing: int, odd: int) -> tuple[PictureNote, ...]:
    notes = []
    if missing:
        text = f"{missing:,} pixels are left out by the file's run lengths; they have its colour 0."
        notes.append(PictureNote(code="blank-parts", text=text))
    if odd:
        notes.append(palette_too_short(odd))
    return tuple(notes)


def _true_colours(rows: Levels, header: _Header) -> tuple[Levels, tuple[PictureNote, ...]]:
    levels = np.empty((header.height, header.width, 3), dtype=np.uint8)
    masks = header.masks or (0, 0, 0, 0)
    step = max(1, _PIXELS_PER_BLOCK // header.width)
    notes: tuple[PictureNote, ...] = ()
    use_alpha = bool(masks[3])
    if use_alpha and not any(
        np.any(_pixel_numbers(rows[top : top + step], header) & np.uint32(masks[3]))
        for top in range(0, header.height, step)
    ):
        # Programs that know no transparency leave its bits empty; browsers show such files whole.
        use_alpha = False
        text = "By its numbers the picture is wholly transparent; its transparency is left aside."
        notes = (PictureNote(code="transparency-left-aside", text=text),)
    for top in range(0, header.height, step):
        pixels = _pixel_numbers(rows[top : top + step], header)
        colours = np.stack([_channel(pixels, mask) for mask in masks[:3]], axis=2)
        if use_alpha:
            alpha = _channel(pixels, masks[3])[:, :, None]
            colours = colours * alpha + (1 - alpha)
        levels[top : top + step] = np.rint(colours * 255)
    return levels, notes


def _pixel_numbers(rows: Levels, header: _Header) -> NDArray[np.uint32]:
    """Every pixel as one number, the first byte the lowest."""
    pixel_bytes = header.bits // 8
    stored = rows[:, : header.width * pixel_bytes].reshape(len(rows), header.width, pixel_bytes)
    shifts = np.arange(pixel_bytes, dtype=np.uint32) * 8
    return np.asarray((stored.astype(np.uint32) << shifts).sum(axis=2), dtype=np.uint32)


def _channel(pixels: NDArray[np.uint32], mask: int) -> NDArray[np.float64]:
    """The bits of a mask as a share of all of them."""
    if not mask:
        return np.zeros(pixels.shape)
    lowest = mask & -mask
    return (pixels & np.uint32(mask)) / np.uint32(lowest) / (mask // lowest)
