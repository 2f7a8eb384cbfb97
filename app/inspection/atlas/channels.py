"""What there is to say of the channels of a layer, once every part is in.

Selectivity is that of Morcos, Barrett, Rabinowitz, Botvinick, On the importance of single
directions for generalization, ICLR 2018, section 2.3, for the largest value of each picture: how
far the mean over the class that the channel likes best stands out of that over all others. Means
may be negative here, so it is taken of their sizes: |best - others| / (|best| + |others|).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.inspection.atlas.strongest import Strongest
from app.inspection.atlas.summary import LayerSummary
from app.inspection.atlas.sums import folded

NO_CLASS = -1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LayerChannels:
    """Every channel of a layer, over all pictures.

    Attributes:
        strongest: the units that were excited most, one a picture.
        mean: float64 (channels,), of all values.
        deviation: float64 (channels,), their standard deviation.
        active: float64 (channels,), the share of units above zero.
        histogram: int32 (channels, bins), pictures by their largest value.
        class_means: float32 (classes, channels), mean of the largest value over the pictures of a
            class; no number where it has none.
        preferred: int32 (channels,), the class with the largest of these; `NO_CLASS` where there
            are fewer than two classes.
        selectivity: float64 (channels,), see above; 0 where there are fewer than two classes.
    """

    strongest: Strongest
    mean: Floats
    deviation: Floats
    active: Floats
    histogram: npt.NDArray[np.int32]
    class_means: npt.NDArray[np.float32]
    preferred: npt.NDArray[np.int32]
    selectivity: Floats


def describe_channels(
    layer: LayerSummary, places: int, pictures: int, class_counts: npt.NDArray[np.int64]
) -> LayerChannels:
    """What a layer comes to.

    Args:
        layer: over all parts.
        places: of a map.
        pictures: that were looked at, at least one.
        class_counts: (classes,), how many of them each class has.
    """
    sums = folded(layer.sums)
    units = places * pictures
    mean = sums.total / units
    # Rounding may leave a constant channel a little below nothing.
    variance = np.maximum(sums.squares / units - np.square(mean), 0)
    totals = np.zeros((len(class_counts), len(mean)))
    totals[sums.classes] = sums.maxima
    preferred, selectivity = _preference(totals, class_counts)
    with np.errstate(invalid="ignore"):
        class_means = totals / class_counts[:, None]
    return LayerChannels(
        strongest=layer.strongest,
        mean=mean,
        deviation=np.sqrt(variance),
        active=layer.active / units,
        histogram=layer.histogram,
        class_means=class_means.astype(np.float32),
        preferred=preferred,
        selectivity=selectivity,
    )


def _preference(
    totals: Floats, counts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int32], Floats]:
    channels = totals.shape[1]
    present = np.flatnonzero(counts)
    if len(present) < 2:
        return np.full(channels, NO_CLASS, np.int32), np.zeros(channels)
    totals, counts = totals[present], counts[present]
    means = totals / counts[:, None]
    best = means.argmax(axis=0)
    columns = np.arange(channels)
    own = means[best, columns]
    others = (totals.sum(axis=0) - totals[best, columns]) / (counts.sum() - counts[best])
    size = np.abs(own) + np.abs(others)
    selectivity = np.divide(np.abs(own - others), size, out=np.zeros(channels), where=size > 0)
    return present[best].astype(np.int32), selectivity
