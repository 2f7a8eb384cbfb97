"""The strongest unit of every channel in each picture, and the pictures of the strongest of them.

All of it in one number: a unit's value, then its picture, then its place, so that ordering whole
numbers orders units, ties and all.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.inspection.atlas.manifest import SHARD_PICTURES

# Stands where there are fewer pictures than places in the list.
NOBODY = np.int32(2**31 - 1)

# Of 32: who the picture is in its part, and where in it the unit is.
_PICTURE_BITS = (SHARD_PICTURES - 1).bit_length()
_PLACE_BITS = 32 - _PICTURE_BITS
MOST_PLACES = 2**_PLACE_BITS
MOST_PICTURES = 2**_PICTURE_BITS
_NOTHING = np.iinfo(np.int64).min

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Strongest:
    """The strongest units, one a picture, the strongest first; equal ones by picture.

    Attributes:
        values: float32 (channels, top); minus infinity where there is nobody.
        pictures: int32 (channels, top), indices into the manifest; `NOBODY` behind the last.
        places: int32 (channels, top), row times width plus column of the first unit, in reading
            order, that has the value; 0 where there is nobody.
    """

    values: npt.NDArray[np.float32]
    pictures: npt.NDArray[np.int32]
    places: npt.NDArray[np.int32]

    @property
    def top(self) -> int:
        """How many are kept."""
        return int(self.values.shape[1])


def merged(one: Strongest, other: Strongest) -> Strongest:
    """The strongest of both, the same in either order."""
    values = np.concatenate((one.values, other.values), axis=1)
    pictures = np.concatenate((one.pictures, other.pictures), axis=1)
    places = np.concatenate((one.places, other.places), axis=1)
    # By value, the larger first; of equal ones by picture, and nobody has the last.
    order = np.lexsort((pictures, -values), axis=1)[:, : one.top]
    return Strongest(
        np.take_along_axis(values, order, axis=1),
        np.take_along_axis(pictures, order, axis=1),
        np.take_along_axis(places, order, axis=1),
    )


class StrongestSoFar:
    """Takes in the pictures of a part one after the other, in the order of their indices.

    Args:
        channels: of the layer.
        top: how many units of a channel are kept.
    """

    def __init__(self, channels: int, top: int) -> None:
        self._top = top
        self._keys: Keys = np.full((channels, top), _NOTHING)

    def add(
        self,
        values: npt.NDArray[np.float32],
        places: npt.NDArray[np.int64],
        first: int,
    ) -> None:
        """Take in some pictures.

        Args:
            values: (pictures, channels), the largest of each map.
            places: (pictures, channels), where it is first.
            first: how manieth picture of the part the first of them is.
        """
        keys = keys_of(values, places, np.arange(first, first + len(values))[:, None]).T
        # Mostly nobody of a picture is among the strongest.
        weakest = self._keys.min(axis=1)
        changed = np.flatnonzero((keys > weakest[:, None]).any(axis=1))
        if not len(changed):
            return
        both = np.concatenate((self._keys[changed], keys[changed]), axis=1)
        self._keys[changed] = np.partition(both, both.shape[1] - self._top, axis=1)[:, -self._top :]

    def found(self, pictures: npt.NDArray[np.int32]) -> Strongest:
        """The strongest of all.

        Args:
            pictures: index in the manifest of every picture of the part, rising.
        """
        keys = np.sort(self._keys, axis=1)[:, ::-1]
        is_nobody = keys == _NOTHING
        numbers = (MOST_PICTURES - 1) - ((keys >> _PLACE_BITS) & (MOST_PICTURES - 1))
        return Strongest(
            values=np.where(is_nobody, np.float32(-np.inf), _as_floats(keys >> 32)),
            pictures=np.append(pictures, NOBODY)[np.where(is_nobody, len(pictures), numbers)],
            places=np.where(is_nobody, 0, keys & (MOST_PLACES - 1)).astype(np.int32),
        )


def keys_of(
    values: npt.NDArray[np.float32], places: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]
) -> Keys:
    """A whole number for each unit, larger for stronger ones, of equal ones for earlier pictures.

    Source: that floats are ordered as their bits are, negative ones the other way round, is IEEE
    754-2019, 5.10 and 3.4.

    Args:
        values: float32; what is no number gets the smallest key of all.
        places: less than `MOST_PLACES`.
        numbers: of the pictures in their part, less than `MOST_PICTURES`.
    """
    # Minus zero is zero.
    bits = (values + np.float32(0)).view(np.int32)
    ordered = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)
    low = ((MOST_PICTURES - 1 - numbers) << _PLACE_BITS) | places
    return np.where(np.isnan(values), _NOTHING, (ordered << 32) | low)


def _as_floats(ordered: Keys) -> npt.NDArray[np.float32]:
    bits = ordered.astype(np.int32)
    result: npt.NDArray[np.float32] = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).view(
        np.float32
    )
    return result
