"""Layers stacked one upon the other: what a unit sees, how much it counts, and what it all costs.

Sources: Araujo, Norris, Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill
2019 (the recurrence); Luo, Li, Urtasun, Zemel, Understanding the Effective Receptive Field in Deep
Convolutional Neural Networks, NeurIPS 2016, section 2 (how much each pixel counts); Howard et al.,
MobileNets, 2017, section 3.1 (the cost of a separable convolution).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.scratch.layer import Array

Kind = Literal["convolution", "separable", "pool"]
# How a field is reached: by one large window, or by windows of 3 x 3, by themselves, separable,
# with stride 2, two and then a pool, or dilated 1, 2, 4, 8 and so on.
Way = Literal["window", "plain", "separable", "strided", "pooled", "dilated"]
# Of a normal distribution, within two standard deviations.
TWO_SIGMA = 0.9545


class StackError(ValueError):
    """A layer cannot stand where it stands; the message says which, and why."""


@dataclass(frozen=True)
class StackLayer:
    """One layer; all its numbers hold for rows and columns alike.

    Attributes:
        kind: `separable` is a window over each channel by itself, then a 1 x 1 over all of them.
        kernel: of the window, places a side.
        stride: places of its input from one unit to the next.
        padding: places around its input.
        dilation: places of its input from one of the window's to the next.
        channels: that it makes; a pool makes as many as come in.
        groups: of channels that do not see each other; of a convolution alone.
    """

    kind: Kind
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    channels: int = 1
    groups: int = 1


@dataclass(frozen=True)
class StackRow:
    """After one layer; lengths in pixels of the picture.

    Attributes:
        output: units a side.
        channels: maps.
        size: of the field, a side.
        jump: from one unit to its neighbour.
        start: where the field of unit 0 begins; below 0 in the padding.
        centre: of that field, in the coordinates of pixels' edges.
        read: pixels of the field, along one axis, that are read at all.
        parameters: weights and biases.
        multiply_adds: for one picture; a pool has none.
    """

    output: int
    channels: int
    size: int
    jump: int
    start: int
    centre: float
    read: int
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, eq=False)
class Profile:
    """How much the pixels of a field count, where all weights are alike.

    Attributes:
        share: of each pixel along one axis, (size,), together 1: the gradient of the unit by it.
        sigma: the standard deviation of these shares, px.
        normal: the normal distribution of the same sigma at the same pixels, (size,); all 0 where
            sigma is.
        central_px: how many pixels around the middle hold `TWO_SIGMA` of it all.
    """

    share: Array
    sigma: float
    normal: Array
    central_px: int


def computed(layers: Sequence[StackLayer], input_px: int, channels: int) -> list[StackRow]:
    """Every layer's row: r = r + (k - 1) d j, j = j s, from r = j = 1 on.

    Args:
        layers: from the picture on.
        input_px: a side of the picture.
        channels: of the picture.

    Raises:
        StackError: a window is larger than what it slides over, or channels make no such groups.
    """
    rows: list[StackRow] = []
    output, size, jump, start = input_px, 1, 1, 0
    read: Array = np.ones(1)
    for place, layer in enumerate(layers, 1):
        reach = layer.dilation * (layer.kernel - 1) + 1
        padded = output + 2 * layer.padding
        if reach > padded:
            raise StackError(
                f"layer {place}: its window reaches over {reach}, and {padded} come in, "
                "padding included."
            )
        made = channels if layer.kind == "pool" else layer.channels
        if layer.kind == "convolution" and (channels % layer.groups or made % layer.groups):
            raise StackError(
                f"layer {place}: {channels} channels in and {made} out make no "
                f"{layer.groups} equal groups."
            )
        output = (padded - reach) // layer.stride + 1
        read = np.minimum(_spread(read, layer, jump), 1)
        size += (reach - 1) * jump
        start -= layer.padding * jump
        jump *= layer.stride
        parameters, products = _costs(layer, channels, made)
        channels = made
        rows.append(
            StackRow(
                output=output,
                channels=channels,
                size=size,
                jump=jump,
                start=start,
                centre=start + size / 2,
                read=int(read.sum()),
                parameters=parameters,
                multiply_adds=products * output**2,
            )
        )
    return rows


def profile(layers: Sequence[StackLayer]) -> Profile:
    """How much each pixel counts for a unit of the last layer, where all weights are alike.

    As many ways lead from a pixel to the unit as there are choices of a place in every window:
    the windows are convolved with each other.
    """
    share: Array = np.ones(1)
    jump = 1
    for layer in layers:
        share = _spread(share, layer, jump) / layer.kernel
        jump *= layer.stride
    from_middle: Array = np.arange(len(share)) - (len(share) - 1) / 2
    sigma = math.sqrt(float(share @ from_middle**2))
    normal: Array = np.zeros_like(share)
    if sigma > 0:
        normal = np.exp(-((from_middle / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))
    cut = next(
        cut
        for cut in range((len(share) - 1) // 2, -1, -1)
        if share[cut : len(share) - cut].sum() >= TWO_SIGMA
    )
    return Profile(share, sigma, normal, len(share) - 2 * cut)


def reaching(target_px: int, channels: int) -> list[tuple[Way, list[StackLayer]]]:
    """Stacks of few layers whose field is at least so large, by name, in ways that are in use.

    Args:
        target_px: a side of the field.
        channels: of every layer.
    """

    def three(**other: int) -> StackLayer:
        dilation = other.get("dilation", 1)
        return StackLayer("convolution", 3, padding=dilation, channels=channels, **other)

    kernel = target_px + (target_px + 1) % 2
    plain = [three()] * max(1, math.ceil((target_px - 1) / 2))
    separable = [StackLayer("separable", 3, padding=1, channels=channels)] * len(plain)
    doubling = max(1, math.ceil(math.log2(target_px + 1)) - 1)
    pool = StackLayer("pool", 2, stride=2)
    with_pools: list[StackLayer] = []
    size, jump = 1, 1
    while size < target_px:
        if len(with_pools) % 3 == 2:  # two convolutions, then a pool
            with_pools.append(pool)
            size += jump
            jump *= 2
        else:
            with_pools.append(three())
            size += 2 * jump
    window = StackLayer("convolution", kernel, padding=kernel // 2, channels=channels)
    return [
        ("window", [window]),
        ("plain", plain),
        ("separable", separable),
        ("strided", [three(stride=2)] * doubling),
        ("pooled", with_pools or [three()]),
        ("dilated", [three(dilation=2**each) for each in range(doubling)]),
    ]


def _spread(values: Array, layer: StackLayer, jump: int) -> Array:
    """Each value laid to all places of the window; their sums, along one axis."""
    step = layer.dilation * jump
    spread: Array = np.zeros(len(values) + step * (layer.kernel - 1))
    for tap in range(layer.kernel):
        spread[tap * step : tap * step + len(values)] += values
    return spread


def _costs(layer: StackLayer, channels: int, made: int) -> tuple[int, int]:
    """Parameters, and multiply-adds for each place of the output."""
    window = layer.kernel**2
    match layer.kind:
        case "pool":
            return 0, 0
        case "separable":
            products = window * channels + channels * made
            return products + channels + made, products
        case _:
            products = window * (channels // layer.groups) * made
            return products + made, products
