"""How strongly a channel fires: its strongest values in pictures, counted between fixed edges.

Edges are the same for every layer, so that counts of parts add up: 0, and upwards and downwards
two to every octave from 1/8 to 64, at 1, 1.5, 2, 3, 4, 6 and so on.
"""

import numpy as np
import numpy.typing as npt

_FIRST_OCTAVE, _LAST_OCTAVE = -3, 6
_POSITIVE = tuple(
    base * 2.0**octave
    for octave in range(_FIRST_OCTAVE, _LAST_OCTAVE + 1)
    for base in (1.0, 1.5)
    if base * 2.0**octave <= 2.0**_LAST_OCTAVE
)
# Between -infinity and infinity; bins are half open, [low, high), apart from 0, which has its own.
EDGES = (*(-edge for edge in reversed(_POSITIVE)), 0.0, *_POSITIVE)
ZERO_BIN = len(_POSITIVE) + 1
BINS = 2 * ZERO_BIN + 1

# The sign, the exponent and one bit of the mantissa tell the half octave.
_HALF_OCTAVE_SHIFT = 22
_MAGNITUDE_BITS = np.int32(0x7FFFFFFF)


def _half_octaves() -> npt.NDArray[np.int64]:
    codes = np.arange(512, dtype=np.int32) << _HALF_OCTAVE_SHIFT
    # Of infinity and of what is no number too: they are as large as anything.
    lowest = np.nan_to_num(codes.view(np.float32), nan=np.inf)
    return np.searchsorted(np.array(_POSITIVE, np.float32), lowest, side="right") + 1


_STEPS = _half_octaves()


def bins_of(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """The bin of every value, of any shape; what is no number falls into the last.

    A negative value on an edge belongs to the bin that ends there: bins are mirrored at 0.
    """
    bits = values.view(np.int32)
    steps = _STEPS[(bits & _MAGNITUDE_BITS) >> _HALF_OCTAVE_SHIFT]
    steps[values == 0] = 0
    signed: npt.NDArray[np.int64] = np.where((bits < 0) & ~np.isnan(values), -steps, steps)
    return ZERO_BIN + signed


def counts_of(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """How many of the values of each channel are in each bin.

    Args:
        values: (pictures, channels).

    Returns:
        (channels, `BINS`).
    """
    channels = values.shape[1]
    flat = bins_of(values) + BINS * np.arange(channels)
    counts = np.bincount(flat.ravel(), minlength=channels * BINS)
    return counts.reshape(channels, BINS).astype(np.int32)
