"""Receptive fields by differentiation: which input pixels have a gradient at all.

All weights are positive, the largest of a window becomes its mean and saturating activations the
identity, so that no gradient is zero by chance. Nothing here knows how fields are computed.
"""

import numpy as np
import torch
from torch.nn import functional

from app.inspection.operations import arguments_of, name_of
from models.pixel_map import Box

SATURATING = {
    "relu", "relu6", "hardtanh", "sigmoid", "hardsigmoid", "hardswish", "silu", "gelu", "tanh",
    "leaky_relu", "elu", "selu", "celu", "softplus", "mish", "clamp", "pow", "batch_norm", "square",
}  # fmt: skip


def mean_pool(x, kernel_size, stride, padding, dilation, *, ceil_mode):
    """The mean over the windows of a max pooling, by a convolution of ones."""

    def pair(value):
        values = value if isinstance(value, list | tuple) else [value]
        return values[0], values[-1]

    (kh, kw), (sh, sw) = pair(kernel_size), pair(stride or kernel_size)
    (ph, pw), (dh, dw) = pair(padding), pair(dilation)
    shape = functional.max_pool2d(
        torch.zeros(1, 1, *x.shape[2:]), (kh, kw), (sh, sw), (ph, pw), (dh, dw), ceil_mode
    ).shape[2:]
    # Far enough to the right for windows that hang over; cut to as many as there are.
    x = functional.pad(x, (pw, pw + kw * dw + sw, ph, ph + kh * dh + sh))
    ones = torch.full((x.shape[1], 1, kh, kw), 1 / (kh * kw), dtype=x.dtype)
    found = functional.conv2d(x, ones, None, (sh, sw), 0, (dh, dw), x.shape[1])
    return found[:, :, : shape[0], : shape[1]]


def weighted(name, given):
    """A convolution or a linear layer with positive weights and no bias.

    The weights are the same for all channels of a group, so one channel stands for them: as many
    as the group has are averaged before, and the result is repeated after.
    """
    x, weight = given["input"], given["weight"]
    if name == "linear":
        return x.mean(-1, keepdim=True).expand(*x.shape[:-1], weight.shape[0])
    groups = given["groups"]
    transposed = name == "conv_transpose2d"
    outputs = weight.shape[1] if transposed else weight.shape[0] // groups
    batch, channels, *area = x.shape
    mean = x.reshape(batch, groups, channels // groups, *area).mean(2)
    kernel = 0.5 + torch.rand(
        groups, 1, *weight.shape[2:], generator=torch.Generator(), dtype=x.dtype
    )
    kernel = kernel / kernel[0].numel()
    function = functional.conv_transpose2d if transposed else functional.conv2d
    names = ["stride", "padding", "output_padding", "groups", "dilation"]
    settings = {key: given[key] for key in names if key in given}
    return function(mean, kernel, None, **settings).repeat_interleave(outputs, 1)


def positive(function, args, kwargs):
    """Carries out an operation with positive weights and without saturation, in float64."""
    name = name_of(function)
    given = arguments_of(function, args, kwargs)
    if name in {"conv2d", "conv_transpose2d", "linear"}:
        return weighted(name, given)
    if name in SATURATING:
        return args[0] * 1.0
    tensors = [value for value in args if isinstance(value, torch.Tensor)]
    if name == "mul" and any(value.is_meta for value in tensors):
        return next(value for value in tensors if not value.is_meta) * 1.0  # a learned scale
    if name == "mul" and len(tensors) == 2:
        return tensors[0] + tensors[1]  # the same pixels; products of products would leave float64
    replaced = {
        "max_pool2d": lambda: mean_pool(
            args[0],
            *(given[key] for key in ("kernel_size", "stride", "padding", "dilation")),
            ceil_mode=given["ceil_mode"],
        ),
        "adaptive_max_pool2d": lambda: functional.adaptive_avg_pool2d(args[0], args[1]),
        "amax": lambda: args[0].mean(args[1], given.get("keepdim", False)),
        "layer_norm": lambda: args[0] + args[0].mean(-1, keepdim=True),
    }
    return replaced[name]() if name in replaced else function(*args, **kwargs)


def supports(graph, layer_ids, units_of):
    """{(layer, channel or None, row, column): bool mask (height, width) of the input}.

    Args:
        units_of: gives the units (channel or None, row, column) to look at, by layer.
    """
    chosen = {layer_id: list(units_of(graph.layer(layer_id))) for layer_id in layer_ids}
    batch = max(len(units) for units in chosen.values())
    x = torch.full((1, *graph.input_shape), 0.5, dtype=torch.float64).requires_grad_()
    tensor = x.expand(batch, *graph.input_shape).clone()
    tensor.retain_grad()
    computed = graph.compute(tensor, tuple(layer_ids), to_the_end=False, evaluate=positive).layers
    found = {}
    for layer_id, units in chosen.items():
        value = computed[layer_id]
        total = 0
        for item, (channel, row, column) in enumerate(units):
            area = value[item] if channel is None else value[item, channel : channel + 1]
            total = total + (area[:, row, column] if area.dim() == 3 else area).sum()
        (gradient,) = torch.autograd.grad(total, tensor, retain_graph=True)
        for item, unit in enumerate(units):
            mask = (gradient[item] != 0).any(0).numpy()
            found[(layer_id, *unit)] = mask
    return found


def box_of(mask):
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) == 0:
        return None
    return Box(top=rows[0], left=columns[0], bottom=rows[-1] + 1, right=columns[-1] + 1)


def spread_units(layer, count, seed=0):
    """Corners, borders and places inside, each with a channel or with all of them."""
    if len(layer.output_shape) != 3:
        return [(None, 0, 0), (layer.output_shape[0] - 1, 0, 0)]
    channels, height, width = layer.output_shape
    random = np.random.default_rng(seed)
    places = [(0, 0), (height - 1, width - 1), (0, width - 1), (height // 2, 0)]
    places += [(height - 1, width // 2), (height // 2, width // 2)]
    while len(places) < count:
        places.append((int(random.integers(height)), int(random.integers(width))))
    return [
        (None if place % 2 else int(random.integers(channels)), row, column)
        for place, (row, column) in enumerate(places)
    ]
