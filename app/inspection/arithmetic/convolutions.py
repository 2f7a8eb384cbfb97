"""Convolutions and linear layers: products of a patch and a kernel, and a bias."""

from dataclasses import replace

import numpy as np
import torch

from app.inspection.arithmetic.site import Site, UnexplainedError, numbers_of
from app.inspection.arithmetic.terms import Explanation, Float32, MatrixPlace, Patch
from app.inspection.arithmetic.windows import patch_at, window_sources


def convolution(site: Site) -> Explanation:
    """Sum over channels and window of value x weight, plus the bias of the kernel."""
    source, weight = _source_and_weight(site, "input")
    channel = site.place[0]
    kernels, terms = len(weight), weight.shape[1]
    groups = site.layer.groups
    group = channel * groups // kernels
    channels = range(group * terms, (group + 1) * terms)
    window = site.layer.window
    padding = 0.0 if window is None else window.padding_value
    patch = patch_at(site, source, channels, window_sources(site, source), padding)
    weighed = replace(patch, weights=weight[channel])
    _, rows, columns = site.layer.output_shape
    positions = rows * columns
    matrix = MatrixPlace(
        positions=positions,
        terms=weighed.size,
        kernels=kernels // groups,
        groups=groups,
        group=group,
        row=site.place[1] * columns + site.place[2],
        column=channel - group * (kernels // groups),
        repetition=positions * weighed.size * groups / np.prod(site.shape(source)).item(),
    )
    return _weighted_sum(site, weighed, _bias(site, channel), matrix)


def transposed_convolution(site: Site) -> Explanation:
    """Each input unit lays its value times the kernel over the output; this adds what meets here.

    Output row y collects kernel row k of input row (y + padding - k * dilation) / stride, where
    that is whole.
    """
    source, weight = _source_and_weight(site, "input")
    window = site.layer.window
    if window is None:
        raise UnexplainedError("What this transposed convolution reads is not known.")
    channel, *place = site.place
    groups = site.layer.groups
    kernels = weight.shape[1]
    group = channel // kernels
    terms = len(weight) // groups
    channels = range(group * terms, (group + 1) * terms)
    sources: list[tuple[int | None, ...]] = []
    for axis, (index, size) in enumerate(zip(place, site.shape(source)[1:], strict=True)):
        reached: list[int | None] = []
        for step in range(window.kernel[axis]):
            numerator = index + window.padding[axis][0] - step * window.dilation[axis]
            row, rest = divmod(numerator, window.stride[axis])
            reached.append(row if rest == 0 and 0 <= row < size else None)
        sources.append(tuple(reached))
    patch = patch_at(site, source, channels, (sources[0], sources[1]))
    weights = weight[channels.start : channels.stop, channel - group * kernels]
    return _weighted_sum(site, replace(patch, weights=weights), _bias(site, channel), None)


def linear(site: Site) -> Explanation:
    """Sum over the features of value x weight, plus the bias."""
    if "mat2" in site.operands:  # addmm(bias, values, weights)
        source, transposed = site.operands["mat1"], site.operands["mat2"]
        weight = transposed.T if isinstance(transposed, torch.Tensor) else transposed
        bias = site.operands["self"]
        scales = site.operands.get("alpha", 1), site.operands.get("beta", 1)
        if scales != (1, 1):
            raise UnexplainedError("A linear layer with factors of its own has no explanation.")
    else:
        source, weight = site.operands["input"], site.operands["weight"]
        bias = site.operands["bias"]
    if not isinstance(source, str) or not isinstance(weight, torch.Tensor):
        raise UnexplainedError("The weights of this product are computed from the picture.")
    own = site.own_place(site.layer.id, site.place)
    feature = own[-1]
    axis = site.shown_axis(source, len(own) - 1)
    shown = site.shown_place(source, own)
    patch = site.block(source, shown, [axis])
    weights = numbers_of(weight, 0, 0.0)[feature].reshape(patch.values.shape)
    offset = _offset(bias, feature, site.own_shape(site.layer.id)[-1])
    return _weighted_sum(site, replace(patch, weights=weights), offset, None)


def _offset(bias: object, feature: int, features: int) -> float | None:
    """What a linear layer adds to a feature: `addmm` broadcasts a bias of any shape."""
    if isinstance(bias, str):
        raise UnexplainedError("What this product adds is computed from the picture.")
    if not isinstance(bias, torch.Tensor):
        return None
    if bias.dim() > 1 and bias.shape[0] > 1:
        raise UnexplainedError("What this product adds is another number for each row.")
    return float(bias.expand(1, features)[0, feature])


def _source_and_weight(site: Site, name: str) -> tuple[str, Float32]:
    source, weight = site.operands[name], site.operands["weight"]
    if not isinstance(source, str) or not isinstance(weight, torch.Tensor):
        raise UnexplainedError("The kernel of this convolution is computed from the picture.")
    return source, numbers_of(weight, 0, 0.0)


def _bias(site: Site, channel: int) -> float | None:
    bias = site.operands["bias"]
    return float(bias[channel]) if isinstance(bias, torch.Tensor) else None


def _weighted_sum(
    site: Site, patch: Patch, bias: float | None, matrix: MatrixPlace | None
) -> Explanation:
    total = patch.total
    skipped = sum(row is None for row in patch.rows), sum(col is None for col in patch.columns)
    unread = patch.size - len(patch.channels) * (len(patch.rows) - skipped[0]) * (
        len(patch.columns) - skipped[1]
    )
    return site.explain(
        "weighted_sum",
        total + (bias or 0.0),
        "{sum}" if bias is None else "{sum} + {bias}",
        sum=total,
        **({} if bias is None else {"bias": bias}),
        note=_note(site, unread, patch.size),
        patch=patch,
        matrix=matrix,
    )


def _note(site: Site, unread: int, terms: int) -> str:
    if not unread:
        return ""
    if site.layer.operation == "transposed_convolution":
        return (
            f"{unread} of the {terms} weights meet no input here: it lies between the strides, or "
            "outside."
        )
    return f"{unread} of the {terms} terms lie in the padding."
