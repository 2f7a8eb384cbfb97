"""Colours for maps: tables of 256, the same numbers as in static/js/shared/colours.js.

Viridis (van der Walt and Smith, 2015) for values that only grow; a diverging scale, neutral at
zero, for signed ones; grey. Both of the first can be read by the colour-blind.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

ColourName = Literal["viridis", "grey", "diverging"]
COLOUR_NAMES: tuple[ColourName, ...] = ("viridis", "grey", "diverging")

# Every 15th of viridis' 256 colours; between them it is straight to within 5 of 256 levels.
_VIRIDIS = [
    (68, 1, 84), (72, 23, 105), (71, 42, 122), (67, 61, 132), (61, 78, 138), (53, 94, 141),
    (46, 109, 142), (41, 123, 142), (35, 137, 142), (31, 151, 139), (33, 165, 133), (46, 179, 124),
    (70, 192, 111), (101, 203, 94), (137, 213, 72), (176, 221, 47), (216, 226, 25), (253, 231, 37),
]  # fmt: skip
_GREY = [(0, 0, 0), (255, 255, 255)]
_NEUTRAL = (244, 244, 242)
_NEGATIVE = [_NEUTRAL, (126, 178, 214), (34, 94, 168), (10, 40, 90)]
_POSITIVE = [_NEUTRAL, (238, 150, 110), (192, 48, 48), (96, 8, 30)]

# Where zero lies in the diverging table; 127 steps to either side.
_ZERO = 128
_STEPS = 127


def colour_table(name: ColourName) -> npt.NDArray[np.uint8]:
    """RGB of 256 entries, (256, 3)."""
    if name == "diverging":
        negative, positive = _ramp(_NEGATIVE, _STEPS + 1), _ramp(_POSITIVE, _STEPS + 1)
        # Entry 0 is spare: it repeats the end.
        return np.concatenate([negative[-1:], negative[:0:-1], positive])
    return _ramp(_VIRIDIS if name == "viridis" else _GREY, 256)


def _ramp(anchors: list[tuple[int, int, int]], length: int) -> npt.NDArray[np.uint8]:
    places = np.arange(length) * (len(anchors) - 1) / (length - 1)
    channels = np.array(anchors, dtype=np.float64).T
    between = [np.interp(places, np.arange(len(anchors)), channel) for channel in channels]
    return np.floor(np.stack(between, axis=1) + 0.5).astype(np.uint8)


def entries_of_codes(name: ColourName, minimum: float, maximum: float) -> npt.NDArray[np.intp]:
    """Which entry of the table each of the 256 codes of a quantised channel takes, (256,).

    Code q stands for minimum + q * (maximum - minimum) / 255, see `app.inspection.rendering.maps`.
    Viridis and grey span the channel's range; the diverging scale spans equally far to both sides
    of zero.
    """
    codes = np.arange(256)
    if name != "diverging":
        return codes
    largest = max(abs(minimum), abs(maximum))
    if largest == 0:
        return np.full(256, _ZERO)
    values = minimum + codes * (maximum - minimum) / 255
    return (_ZERO + np.floor(values / largest * _STEPS + 0.5)).astype(np.intp)
