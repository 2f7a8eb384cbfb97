"""PNG files put together by the specification, for what other programs do not write."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# PNG, third edition, section 8.1: first column, first row, steps of the seven passes.
PASSES = [
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
]


def chunk(kind: bytes, body: bytes = b"", *, wrong_checksum: bool = False) -> bytes:
    check = zlib.crc32(kind + body) ^ wrong_checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def header(height: int, width: int, depth: int, colour_type: int, *, interlaced: bool) -> bytes:
    return chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlaced)
    )


def packed_rows(samples: np.ndarray, depth: int) -> list[bytes]:
    """Rows of (height, width, channels) as bytes, the first sample in the highest bits."""
    rows = samples.reshape(len(samples), -1).astype(np.uint16)
    bits = (rows[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    return [np.packbits(row.reshape(-1).astype(np.uint8)).tobytes() for row in bits]


def filtered(rows: list[bytes], pixel_bytes: int, random: np.random.Generator) -> bytes:
    """Every row behind the number of a filter drawn for it; sections 9.2 to 9.4."""
    out = b""
    above = bytes(len(rows[0])) if rows else b""
    for row in rows:
        kind = int(random.integers(0, 5))
        left = bytes(pixel_bytes) + row[:-pixel_bytes]
        corner = bytes(pixel_bytes) + above[:-pixel_bytes]
        out += bytes([kind])
        for x, a, b, c in zip(row, left, above, corner, strict=False):
            guess = a + b - c
            nearest = min((abs(guess - a), 0, a), (abs(guess - b), 1, b), (abs(guess - c), 2, c))
            out += bytes([(x - (0, a, b, (a + b) // 2, nearest[2])[kind]) % 256])
        above = row
    return out


def composed(
    samples: np.ndarray,
    depth: int,
    colour_type: int,
    *,
    interlaced: bool,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A file of (height, width, channels); `before` and `after` are chunks around the pixels."""
    random = np.random.default_rng(1)
    height, width = samples.shape[:2]
    pixel_bytes = max(1, depth * CHANNELS[colour_type] // 8)
    body = b""
    for column, row, across, down in PASSES if interlaced else [(0, 0, 1, 1)]:
        part = samples[row::down, column::across]
        if part.size:
            body += filtered(packed_rows(part, depth), pixel_bytes, random)
    return (
        SIGNATURE
        + header(height, width, depth, colour_type, interlaced=interlaced)
        + before
        + chunk(b"IDAT", zlib.compress(body))
        + after
        + chunk(b"IEND")
    )
