"""PNG: only the chunks that make the picture reach the decoder."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from models.pictures.content.exif import read_orientation
from models.pictures.content.levels import Levels, in_eight_bits
from models.pictures.content.picture import (
    PictureLimits,
    PictureNote,
    StoredPixels,
    missing_end,
    palette_too_short,
)
from models.pictures.content.transparency import over_white
from models.pictures.readers.png_chunks import PngChunks, PngHeader, check_rows, take_apart
from models.pictures.readers.png_colours import read_colours

_GREY, _COLOUR, _PALETTE, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 3, 4, 6
_MOST_NAMED = 5
_ALPHA_MODES = {"L": "LA", "1": "LA", "RGB": "RGBA"}


def read_png(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The picture of a file; of an animation the one that is shown where none is played."""
    chunks = take_apart(data)
    header = chunks.header
    limits.check_pixels(header.width, header.height)
    check_rows(chunks)
    pixels, mode = _pixels(chunks)
    orientation, notes = read_orientation(chunks.side.get("eXIf", b""))
    colours = read_colours(chunks.side, pixels)
    if not chunks.ended:
        notes += (missing_end("PNG"),)
    notes += _palette_notes(chunks, pixels)
    if chunks.damaged:
        notes += (_damaged_side_data(chunks.damaged),)
    return StoredPixels(
        image=over_white(pixels),
        orientation=orientation,
        mode=mode,
        frames=_frames(chunks.side),
        notes=notes + colours.notes,
        shown_alike=(
            header.colour_type in (_GREY, _COLOUR)
            and header.depth <= 8
            and orientation == 1
            and colours.shown_alike
            and not {"tRNS", "acTL"} & chunks.side.keys()
        ),
        profile=colours.profile,
    )


def _palette_notes(chunks: PngChunks, pixels: Image.Image) -> tuple[PictureNote, ...]:
    entries = len(chunks.palette) // 3
    counts = pixels.histogram() if pixels.mode == "P" else []
    odd = sum(counts[entries:])
    return (palette_too_short(odd),) if odd else ()


def _damaged_side_data(kinds: set[str]) -> PictureNote:
    named = ", ".join(sorted(kinds)[:_MOST_NAMED]) + (", ..." if len(kinds) > _MOST_NAMED else "")
    return PictureNote(
        "side-data-damaged",
        f"Side data of the file are damaged and left aside ({named}); the pixels are whole.",
    )


def _frames(side: dict[str, bytes]) -> int:
    control = side.get("acTL", b"")
    return max(1, int.from_bytes(control[:4], "big")) if len(control) == 8 else 1


def _pixels(chunks: PngChunks) -> tuple[Image.Image, str]:
    """The pixels in 8 bits a channel, and the name of the mode that the file has."""
    header = chunks.header
    if header.depth == 16:
        return _sixteen_bit_pixels(chunks)
    if header.colour_type == _PALETTE:
        # Without sound transparency every entry is opaque.
        stored = _decoded(header, chunks.pixels, chunks.palette, chunks.side.get("tRNS", b""))
        return stored, "P"
    stored = _decoded(header, chunks.pixels)
    mode = stored.mode
    stored = stored.convert("L") if mode == "1" else stored
    key = _key(chunks)
    if key is None:
        return stored, mode
    # Pillow spreads low grey over 0 to 255, so the key goes with it.
    spread = 255 // (2**header.depth - 1)
    levels = np.asarray(stored).reshape(header.height, header.width, -1)
    return _with_key(stored, np.all(levels == np.array(key) * spread, axis=2)), mode


def _key(chunks: PngChunks) -> tuple[int, ...] | None:
    """The one colour that is transparent, in the file's own numbers."""
    body = chunks.side.get("tRNS", b"")
    channels = {_GREY: 1, _COLOUR: 3}.get(chunks.header.colour_type, 0)
    if not channels or len(body) < 2 * channels:
        return None
    # Only the bits that the depth has count (PNG, third edition, 11.3.2.1).
    mask = 2**chunks.header.depth - 1
    return tuple(level & mask for level in struct.unpack_from(f">{channels}H", body))


def _with_key(
    stored: Image.Image, transparent: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> Image.Image:
    with_alpha = stored.convert(_ALPHA_MODES[stored.mode])
    with_alpha.putalpha(Image.fromarray(np.where(transparent, 0, 255).astype(np.uint8)))
    return with_alpha


def _sixteen_bit_pixels(chunks: PngChunks) -> tuple[Image.Image, str]:
    """Pillow keeps one byte of two, so the rows are read as those of twice the channels."""
    header = chunks.header
    high, low = _bytes_of_levels(chunks)
    levels = in_eight_bits(high, low)
    if header.colour_type == _GREY:
        mode, stored = "I;16", Image.fromarray(levels[:, :, 0])
    else:
        mode = {_COLOUR: "RGB", _GREY_ALPHA: "LA", _COLOUR_ALPHA: "RGBA"}[header.colour_type]
        stored = Image.fromarray(levels, mode)
    key = _key(chunks)
    if key is None:
        return stored, mode
    wanted = np.array(key)
    return _with_key(stored, np.all((high == wanted >> 8) & (low == wanted & 255), axis=2)), mode


def _bytes_of_levels(chunks: PngChunks) -> tuple[Levels, Levels]:
    """The high and the low byte of every level, (height, width, channels) each."""
    header = chunks.header
    if header.colour_type in (_GREY, _GREY_ALPHA):
        # A pixel of 2 or 4 bytes is filtered alike whatever the bytes stand for.
        twice = _GREY_ALPHA if header.colour_type == _GREY else _COLOUR_ALPHA
        relabelled = PngHeader(header.width, header.height, 8, twice, header.interlaced)
        levels = np.asarray(_decoded(relabelled, chunks.pixels))
        return levels[:, :, 0::2], levels[:, :, 1::2]
    raw = "RGB;16" if header.colour_type == _COLOUR else "RGBA;16"
    high, low = (
        np.asarray(_decoded(header, chunks.pixels, raw_mode=raw + order)) for order in "BL"
    )
    return high, low


def _decoded(
    header: PngHeader,
    packed: bytes,
    palette: bytes = b"",
    alpha: bytes = b"",
    raw_mode: str | None = None,
) -> Image.Image:
    """What Pillow makes of a file that holds nothing but these."""
    kind = struct.pack(
        ">IIBBBBB",
        *(header.width, header.height, header.depth, header.colour_type),
        *(0, 0, int(header.interlaced)),
    )
    parts = [
        (b"IHDR", kind),
        (b"PLTE", palette),
        (b"tRNS", alpha),
        (b"IDAT", packed),
        (b"IEND", b""),
    ]
    needed = [_chunk(name, body) for name, body in parts if body or name == b"IEND"]
    reader = PngImageFile(BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(needed)))
    if raw_mode is not None:
        reader.tile = [tile._replace(args=raw_mode) for tile in reader.tile]
    reader.load()
    return reader


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)))
