"""Numbers of 16 bits as 8-bit levels."""

import numpy as np

Levels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

_ROWS_AT_ONCE = 256


def in_eight_bits(high: Levels, low: Levels) -> Levels:
    """The nearest 8-bit level of 16-bit numbers, given as their two bytes.

    65535 = 255 * 257 becomes 255. As 256 h + l = 257 h + (l - h), the nearest level is h, or its
    neighbour where l is more than half of 257 away from h.
    """
    nearest = high.copy()
    # A few rows at a time: the differences take four times the room of the bytes.
    for start in range(0, len(high), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        away = low[rows].astype(np.int16) - high[rows]
        nearest[rows] += away > 128
        nearest[rows] -= away < -128
    return nearest
