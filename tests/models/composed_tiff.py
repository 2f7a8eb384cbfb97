"""TIFF files put together by hand, byte by byte, from the tables of TIFF 6.0.

For kinds that no library at hand writes, and for files that are wrong on purpose.
"""

import struct

BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, DOUBLE, LONG8 = 1, 2, 3, 4, 5, 6, 7, 12, 16

_CODES = {
    BYTE: "B",
    ASCII: "B",
    SHORT: "H",
    LONG: "I",
    RATIONAL: "II",
    SBYTE: "b",
    UNDEFINED: "B",
    DOUBLE: "d",
    LONG8: "Q",
}

Tags = dict[int, tuple[int, list]]


def compose(
    size: tuple[int, int],
    parts: list[bytes],
    *,
    bits: list[int] | int = 8,
    meaning: int | None = 1,
    compression: int = 1,
    tile: tuple[int, int] | None = None,
    order: str = "<",
    big: bool = False,
    tags: Tags | None = None,
) -> bytes:
    """One picture.

    Args:
        size: width and height.
        parts: what every strip or tile holds, as it is stored.
        bits: of every sample.
        meaning: the photometric interpretation.
        compression: its number.
        tile: width and height of a tile.
        order: < or >.
        big: BigTIFF.
        tags: further ones, or others in place of those that follow from the rest.
    """
    width, height = size
    bits = [bits] if isinstance(bits, int) else bits
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}H", 43 if big else 42)
    start += struct.pack(f"{order}HH", 8, 0) if big else b""
    body = b""
    pointer, counter = ("Q", "Q") if big else ("I", "H")
    body_at = len(start) + struct.calcsize(pointer)
    offsets = []
    for part in parts:
        offsets.append(body_at + len(body))
        body += part
    every: Tags = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, bits),
        259: (SHORT, [compression]),
        277: (SHORT, [len(bits)]),
        324 if tile else 273: (LONG, offsets),
        325 if tile else 279: (LONG, [len(part) for part in parts]),
    }
    if meaning is not None:
        every[262] = (SHORT, [meaning])
    if tile:
        every |= {322: (SHORT, [tile[0]]), 323: (SHORT, [tile[1]])}
    every |= tags or {}
    entries = b""
    for tag, (kind, values) in sorted(every.items()):
        code = _CODES[kind]
        count = len(values) // len(code)
        packed = struct.pack(f"{order}{code * count}", *values)
        if len(packed) > struct.calcsize(pointer):
            place = body_at + len(body)
            body += packed
            packed = struct.pack(f"{order}{pointer}", place)
        entries += struct.pack(f"{order}HH{pointer}", tag, kind, count)
        entries += packed.ljust(struct.calcsize(pointer), b"\0")
    directory = struct.pack(f"{order}{counter}", len(every)) + entries
    directory += struct.pack(f"{order}{pointer}", 0)
    return start + struct.pack(f"{order}{pointer}", body_at + len(body)) + body + directory
