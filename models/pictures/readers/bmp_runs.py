"""Run lengths of BMP files: one Python loop over codes, whole runs at a time.

Source: Microsoft's "Bitmap Compression": a count and a value, or a zero and an escape. The escape
ends the line or the bitmap, jumps, or gives that many values as they are, filled up to whole words.
"""

import numpy as np
from numpy.typing import NDArray

from models.errors import BadImageError

_END_OF_LINE, _END_OF_BITMAP, _JUMP = 0, 1, 2


def unpack_runs(codes: bytes, width: int, height: int, bits: int) -> tuple[NDArray[np.uint8], int]:
    """Palette numbers of shape (height, width), first row first, and how many were skipped.

    Args:
        codes: from the first code on; what lies behind the end of the bitmap is not read.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        bits: of one number, 8 or 4.

    Raises:
        BadImageError: the codes end early, or leave the picture.
    """
    numbers = bytearray(width * height)
    pairs = [_pair(byte, bits) for byte in range(256)]
    column = row = place = written = 0
    try:
        while row < height:
            count, value = codes[place], codes[place + 1]
            place += 2
            if count:
                run = pairs[value] * (count // 2 + 1)
            elif value == _END_OF_LINE:
                column, row = 0, row + 1
                continue
            elif value == _END_OF_BITMAP:
                break
            elif value == _JUMP:
                column, row = column + codes[place], row + codes[place + 1]
                place += 2
                continue
            else:
                count = value
                length = -(-count * bits // 8)
                run = codes[place : place + length]
                if len(run) < length:
                    raise _damaged("end within a run")
                run = run if bits == 8 else b"".join(pairs[byte] for byte in run)
                place += length + length % 2
            # Half-byte runs may pass the end of a row by their filling.
            count = min(count, width - column)
            if count < 0:
                raise _damaged("leave the picture")
            start = row * width + column
            numbers[start : start + count] = run[:count]
            # Places only go forward: nothing is written twice.
            written += count
            column += count
    except IndexError as error:
        # The mark at the end is all that may be missing.
        if row < height - 1 or column < width:
            raise _damaged("end early") from error
    shape = (height, width)
    return np.frombuffer(numbers, np.uint8).reshape(shape), len(numbers) - written


def _pair(byte: int, bits: int) -> bytes:
    return bytes((byte, byte)) if bits == 8 else bytes((byte >> 4, byte & 15))


def _damaged(what: str) -> BadImageError:
    return BadImageError(f"The BMP file is damaged or cut short: its run lengths {what}.")
