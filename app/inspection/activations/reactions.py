"""Which channels of a layer react to one place of a picture."""

from dataclasses import dataclass
from typing import Literal

import torch

ReactionOrder = Literal["deviation", "value"]


@dataclass(frozen=True)
class Reaction:
    """What a channel says at a place.

    Attributes:
        deviation: of the value from the mean of its map, in standard deviations of that map (the
            population's); None where the map is flat, of one unit, or not finite everywhere.
    """

    channel: int
    value: float
    deviation: float | None


@dataclass(frozen=True)
class ReactionsForm:
    """At which place of a layer, by what, and how many at most."""

    row: int
    column: int
    order: ReactionOrder = "deviation"
    count: int = 8


def reactions(layer: torch.Tensor, wanted: ReactionsForm) -> list[Reaction]:
    """The channels that react most at a place, most first; equals by channel.

    By `value` channels are compared by what they say; by `deviation` by how far that stands out of
    what they say elsewhere in the same picture, so that a channel that is high everywhere does not
    come first. What has no deviation, or is not a number, comes last.

    Args:
        layer: (channels, height, width).
        wanted: the place is one of the layer.
    """
    maps = layer.double().flatten(1)
    values = layer[:, wanted.row, wanted.column].double()
    spread = maps.std(dim=1, correction=0)
    deviations = (values - maps.mean(dim=1)) / torch.where(spread > 0, spread, torch.nan)
    ranked = values if wanted.order == "value" else deviations
    keys = torch.where(ranked.isnan(), -torch.inf, ranked)
    best = torch.sort(keys, descending=True, stable=True).indices[: wanted.count].tolist()
    return [
        Reaction(channel, float(values[channel]), _known(float(deviations[channel])))
        for channel in best
    ]


def _known(number: float) -> float | None:
    return number if abs(number) < float("inf") else None
