"""What is known of every channel over some pictures, and how two such summaries become one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.inspection.atlas.manifest import LeftOut
from app.inspection.atlas.strongest import Strongest
from app.inspection.atlas.strongest import merged as merged_strongest
from app.inspection.atlas.sums import Block, ChannelSums, joined


@dataclass(frozen=True, eq=False)
class LayerSummary:
    """Of one layer.

    Attributes:
        strongest: the units that were excited most.
        active: int64 (channels,), how many units had a value above zero.
        histogram: int32 (channels, bins), pictures by their largest value, see
            `app.inspection.atlas.histogram`.
        sums: by block of parts, see `app.inspection.atlas.sums`.
    """

    strongest: Strongest
    active: npt.NDArray[np.int64]
    histogram: npt.NDArray[np.int32]
    sums: Mapping[Block, ChannelSums]


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network said of each picture, by rising index.

    Attributes:
        pictures: int32 (pictures,), indices into the manifest.
        predicted: int32 (pictures,), the class of the largest logit; -1 where there is none.
        probability: float32 (pictures,), its share by softmax.
        own: float32 (pictures,), the share of the picture's own class; no number where the network
            has no class of its name.
        boxes: float64 (pictures, 4), the part of the upright picture that the input covers: top,
            left, bottom, right, in its pixels.
        sizes: int32 (pictures, 2), height and width of the upright picture.
    """

    pictures: npt.NDArray[np.int32]
    predicted: npt.NDArray[np.int32]
    probability: npt.NDArray[np.float32]
    own: npt.NDArray[np.float32]
    boxes: npt.NDArray[np.float64]
    sizes: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Summary:
    """Of some parts of a manifest.

    Attributes:
        answers: of the pictures that could be read.
        left_out: those that could not, by path.
        layers: by id, in execution order.
    """

    answers: Answers
    left_out: tuple[LeftOut, ...]
    layers: Mapping[str, LayerSummary]


def merge(one: Summary, other: Summary) -> Summary:
    """Both together. In any order and grouping the same parts give the same bits.

    Raises:
        OverlappingPartsError: they have parts in common.
        ValueError: they are of different layers.
    """
    if one.layers.keys() != other.layers.keys():
        raise ValueError("These summaries are of different layers.")
    return Summary(
        answers=merge_answers(one.answers, other.answers),
        left_out=tuple(sorted({*one.left_out, *other.left_out}, key=lambda each: each.path)),
        layers={
            layer_id: merge_layers(layer, other.layers[layer_id])
            for layer_id, layer in one.layers.items()
        },
    )


def merge_layers(one: LayerSummary, other: LayerSummary) -> LayerSummary:
    """The same layer over the pictures of both."""
    return LayerSummary(
        strongest=merged_strongest(one.strongest, other.strongest),
        active=one.active + other.active,
        histogram=one.histogram + other.histogram,
        sums=joined(one.sums, other.sums),
    )


def merge_answers(one: Answers, other: Answers) -> Answers:
    """What was said of the pictures of both."""
    both = {
        name: np.concatenate((value, getattr(other, name))) for name, value in vars(one).items()
    }
    order = np.argsort(both["pictures"], kind="stable")
    return Answers(**{name: value[order] for name, value in both.items()})
