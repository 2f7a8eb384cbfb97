"""A filter as a template: laid over every place of its input, how well does it match?

The dot product is what the layer computes, before its bias; the cosine is the same with the
lengths of patch and template divided out, so that a bright patch is not taken for a fitting one.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn import functional

from app.inspection.filters.bank import FilterBank
from app.inspection.graph.window import Window


@dataclass(frozen=True, eq=False)
class Match:
    """One template against all places.

    Attributes:
        dot: of template and patch, (rows, columns) of the layer's output, float32.
        cosine: between them, in [-1, 1]; 0 where the patch is zero.
        bias: what the layer adds to the dot product.
    """

    dot: torch.Tensor
    cosine: torch.Tensor
    bias: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """A template beside one patch.

    Attributes:
        patch: (inputs, height, width), zero where the padding is.
        template: of the same shape.
        dot: their product, summed in float64; cosine, l1, l2 and linf (of the patch) likewise.
        bias: what the layer adds.
    """

    patch: torch.Tensor
    template: torch.Tensor
    dot: float
    cosine: float
    l1: float
    l2: float
    linf: float
    bias: float


def match(bank: FilterBank, index: int, source: torch.Tensor) -> Match:
    """The maps of dot product and cosine of one filter.

    Args:
        bank: the layer's filters.
        index: of the filter.
        source: what it is laid over, (channels, height, width) or the same laid out as a vector.
    """
    with torch.inference_mode():
        channels = bank.channels_of(index)
        maps = _maps(bank, source)[channels.start : channels.stop]
        template = bank.weight[index][None]
        window = bank.window or Window(kernel=(1, 1))
        padded = _padded(maps, window)[None]
        dot = _slid(padded, template, window)
        ones = torch.ones(1, 1, *template.shape[2:], dtype=torch.float64)
        energy = (padded.double() ** 2).sum(1, keepdim=True)
        lengths = _slid(energy, ones, window).clamp(min=0).sqrt()
        both = lengths * template.double().norm()
        cosine = torch.where(both > 0, dot.double() / both.clamp(min=1e-300), 0.0).clamp(-1, 1)
        return Match(dot, cosine.to(torch.float32), _bias(bank, index))


def compare(
    bank: FilterBank, index: int, source: torch.Tensor, row: int, column: int
) -> Comparison:
    """A filter beside the patch that it is laid over at one place of the layer's output."""
    with torch.inference_mode():
        patch = patch_at(bank, index, source, row, column)
        template = bank.weight[index]
        flat, other = patch.double().flatten(), template.double().flatten()
        dot = float(flat @ other)
        both = float(flat.norm() * other.norm())
        return Comparison(
            patch=patch,
            template=template,
            dot=dot,
            cosine=dot / both if both > 0 else 0.0,
            l1=float(flat.abs().sum()),
            l2=float(flat.norm()),
            linf=float(flat.abs().max()),
            bias=_bias(bank, index),
        )


def patch_at(
    bank: FilterBank, index: int, source: torch.Tensor, row: int, column: int
) -> torch.Tensor:
    """What a filter reads at one place of the layer's output, (inputs, height, width)."""
    channels = bank.channels_of(index)
    maps = _maps(bank, source)[channels.start : channels.stop]
    if bank.window is None:
        return maps.contiguous()
    window = bank.window
    padded = _padded(maps, window)
    height, width = bank.weight.shape[2:]
    top, left = row * window.stride[0], column * window.stride[1]
    rows = slice(top, top + window.dilation[0] * (height - 1) + 1, window.dilation[0])
    columns = slice(left, left + window.dilation[1] * (width - 1) + 1, window.dilation[1])
    return padded[:, rows, columns].contiguous()


def _slid(maps: torch.Tensor, template: torch.Tensor, window: Window) -> torch.Tensor:
    """One template over one picture, (rows, columns)."""
    found = functional.conv2d(maps, template, stride=window.stride, dilation=window.dilation)
    return found[0, 0]


def _maps(bank: FilterBank, source: torch.Tensor) -> torch.Tensor:
    if source.numel() != math.prod(bank.source_shape):
        raise ValueError(f"{bank.source} is {bank.source_shape}, not {tuple(source.shape)}")
    return source.reshape(bank.source_shape)


def _padded(maps: torch.Tensor, window: Window) -> torch.Tensor:
    (top, bottom), (left, right) = window.padding
    if not any((top, bottom, left, right)):
        return maps
    padded = functional.pad(maps[None], (left, right, top, bottom), mode=window.padding_mode)
    return padded[0]


def _bias(bank: FilterBank, index: int) -> float:
    return 0.0 if bank.bias is None else float(bank.bias[index])
