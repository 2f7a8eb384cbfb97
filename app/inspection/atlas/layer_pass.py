"""What one layer's values over a batch come to, added up as they come."""

import functools

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.atlas.histogram import BINS, counts_of
from app.inspection.atlas.strongest import StrongestSoFar
from app.inspection.atlas.summary import LayerSummary
from app.inspection.atlas.sums import Block, ChannelSums

# Of maps that are gone through four times before the next come: they stay in the cache meanwhile.
_PIECE_VALUES = 2**20
# Values whose squares are added in float32.
_STRETCH = 512


class LayerPass:
    """Takes in one layer's values, batch by batch, in the order of the pictures.

    Args:
        channels: of the layer; a vector has as many as it has features, of one place each.
        top: how many units of each channel are kept.
        classes: that occur in this part, rising.
    """

    def __init__(self, channels: int, top: int, classes: npt.NDArray[np.int32]) -> None:
        self._strongest = StrongestSoFar(channels, top)
        self._active = np.zeros(channels, np.int64)
        self._histogram = np.zeros((channels, BINS), np.int32)
        self._total = np.zeros(channels)
        self._squares = np.zeros(channels)
        self._classes = classes
        self._maxima = np.zeros((len(classes), channels))

    def add(self, value: torch.Tensor, first: int, classes: npt.NDArray[np.int64]) -> None:
        """Take in a batch.

        Args:
            value: float32 (pictures, channels, height, width) or (pictures, features).
            first: how manieth picture of the part the first of them is.
            classes: (pictures,), place of each picture's class among those of the part, -1: none.
        """
        shape = value.shape[:2]
        seen = _MapPass(value.reshape(shape.numel(), -1).contiguous())
        maxima = seen.maxima.reshape(shape)
        self._strongest.add(maxima, seen.places.reshape(shape), first)
        self._histogram += counts_of(maxima)
        self._total += seen.sums.reshape(shape).sum(0, np.float64)
        self._squares += seen.squares.reshape(shape).sum(0)
        self._active += seen.active.reshape(shape).sum(0, np.int64)
        for number, place in enumerate(classes):
            if place >= 0:
                self._maxima[place] += maxima[number]

    def found(self, pictures: npt.NDArray[np.int32], block: Block) -> LayerSummary:
        """What all of it comes to.

        Args:
            pictures: index in the manifest of every picture of the part, rising.
            block: which part it is.
        """
        sums = ChannelSums(self._total, self._squares, self._classes, self._maxima)
        return LayerSummary(
            self._strongest.found(pictures), self._active, self._histogram, {block: sums}
        )


class _MapPass:
    """Looks at maps, (maps, places), each once; what it finds has one entry for each of them.

    Sums of torch are added in a cascade, whose error does not grow with the size of a map; its
    norms are not, so they are those of short stretches.
    """

    def __init__(self, maps: torch.Tensor) -> None:
        count, size = maps.shape
        self.places = np.empty(count, np.int64)
        stretch = _divisor(size, _STRETCH)
        sums, active = torch.empty(count), torch.empty(count)
        norms = torch.empty(count, size // stretch)
        step = max(1, _PIECE_VALUES // size)
        # One place of memory for all: the system hands out new memory more slowly.
        positive = torch.empty(min(step, count), size)
        for start in range(0, count, step):
            piece = maps[start : start + step]
            part = slice(start, start + len(piece))
            np.argmax(piece.numpy(), axis=1, out=self.places[part])
            torch.sum(piece, 1, out=sums[part])
            stretches = piece.unflatten(1, (-1, stretch))
            torch.linalg.vector_norm(stretches, dim=2, out=norms[part])
            # As floats, because adding those is what processors are good at; exact up to 2**24.
            ones = torch.gt(piece, 0, out=positive[: len(piece)])
            torch.sum(ones, 1, out=active[part])
        self.sums, self.active = sums.numpy(), active.numpy()
        self.squares = np.square(norms.numpy(), dtype=np.float64).sum(1)
        self.maxima = maps.numpy()[np.arange(count), self.places]


@functools.cache
def _divisor(number: int, most: int) -> int:
    """The largest divisor that is not above `most`; the number itself if that is 1."""
    found = max(each for each in range(1, min(number, most) + 1) if number % each == 0)
    return found if found > 1 else number
