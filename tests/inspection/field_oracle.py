"""Receptive fields by differentiation: which input pixels have a gradient at all.

All weights are positive, the largest of a window becomes its mean and saturating activations the
identity, so that no gradient is zero by chance. Nothing here knows how fields are computed.

A convolution with the same positive weights for every output makes all its channels alike. Such a
map is computed as one channel and expanded, which is what lets whole networks run at the size that
they were made for.
"""

from functools import partial

import numpy as np
import torch
from torch.nn import functional

from app.inspection.graph.operations import arguments_of, name_of
from models.preprocessing.pixel_map import Box

SATURATING = {
    "relu", "relu6", "hardtanh", "sigmoid", "hardsigmoid", "hardswish", "silu", "gelu", "tanh",
    "leaky_relu", "elu", "selu", "celu", "softplus", "mish", "clamp", "pow", "batch_norm", "square",
}  # fmt: skip
# These do to every channel what they do to one.
CHANNEL_BY_CHANNEL = SATURATING | {
    "add", "sub", "mul", "div", "dropout", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d",
    "upsample_nearest2d", "upsample_bilinear2d", "upsample_bicubic2d",
}  # fmt: skip


def alike(one, channels, axis=1):
    """Expand a map of one channel to many; `alike_from` keeps the one."""
    sizes = [channels if place == axis else size for place, size in enumerate(one.shape)]
    expanded = one.expand(sizes)
    expanded.alike_from = (one, axis)
    return expanded


def alike_from(value, axis=1):
    """The one channel that a map repeats; None if its channels may differ."""
    one, found = getattr(value, "alike_from", (None, None))
    return one if found == axis else None


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


def group_means(x, groups):
    """The mean of its group for every channel, (batch, channels, 1, 1)."""
    batch, channels, *area = x.shape
    means = x.reshape(batch, groups, -1).mean(2).repeat_interleave(channels // groups, 1)
    return means.reshape(batch, channels, *(1 for _ in area))


def weighted(name, given):
    """A convolution or a linear layer with positive weights and no bias.

    The weights are the same for all channels, so one channel stands for those of a group: as many
    as the group has are averaged before, and the result is repeated after.
    """
    x, weight = given["input"], given["weight"]
    if name == "linear":
        one = alike_from(x, x.dim() - 1)
        one = x.mean(-1, keepdim=True) if one is None else one * 1.0
        return alike(one, weight.shape[0], x.dim() - 1)
    groups = given["groups"]
    transposed = name == "conv_transpose2d"
    outputs = weight.shape[1] if transposed else weight.shape[0] // groups
    batch, channels, *area = x.shape
    # What all channels share, no grouping of them tells apart.
    one = alike_from(x)
    apart = groups if one is None else 1
    mean = x.reshape(batch, groups, channels // groups, *area).mean(2) if one is None else one
    shape = weight.shape[2:]
    kernel = 0.5 + torch.rand(1, 1, *shape, generator=torch.Generator(), dtype=x.dtype)
    kernel = (kernel / kernel.numel()).expand(apart, 1, *shape)
    function = functional.conv_transpose2d if transposed else functional.conv2d
    names = ["stride", "padding", "output_padding", "dilation"]
    settings = {key: given[key] for key in names if key in given}
    found = function(mean, kernel, None, groups=apart, **settings)
    if apart == 1:
        return alike(found, outputs * groups)
    return found.repeat_interleave(outputs, 1)


def positive(function, args, kwargs, *, through_gates=True):
    """Carries out an operation with positive weights and without saturation, in float64.

    Args:
        through_gates: False lets no gradient through what only scales whole maps.
    """
    if not through_gates and name_of(function) in {"mul", "add"}:
        args = _without_gates(args)
    for axis in (1, -1):
        one = _one_channel(function, args, kwargs, axis)
        if one is not None:
            return one
    return carried_out(function, args, kwargs)


def carried_out(function, args, kwargs):
    """One operation on maps whose channels may differ."""
    name = name_of(function)
    given = arguments_of(function, args, kwargs)
    if name in {"conv2d", "conv_transpose2d", "linear"}:
        return weighted(name, given)
    own_statistics = name == "batch_norm" and (given["training"] or given["running_mean"] is None)
    if name in SATURATING and not own_statistics:
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
        "adaptive_max_pool2d": lambda: (functional.adaptive_avg_pool2d(args[0], args[1]), None),
        "amax": lambda: args[0].mean(args[1], given.get("keepdim", False)),
        "layer_norm": lambda: args[0] + args[0].mean(-1, keepdim=True),
        # Which weights are zero hangs on the rounding of float32, in which networks compute.
        **dict.fromkeys(
            ("upsample_nearest2d", "upsample_bilinear2d", "upsample_bicubic2d"),
            lambda: function(args[0].float(), *args[1:], **kwargs).double(),
        ),
        "batch_norm": lambda: args[0] + args[0].mean((2, 3), keepdim=True),
        "instance_norm": lambda: args[0] + args[0].mean((2, 3), keepdim=True),
        "group_norm": lambda: args[0] + group_means(args[0], given["num_groups"]),
        "softmax": lambda: args[0] + args[0].mean(given["dim"], keepdim=True),
        "glu": lambda: sum(args[0].chunk(2, given["dim"])),
        "maximum": lambda: args[0] + args[1],
        "minimum": lambda: args[0] + args[1],
    }
    return replaced[name]() if name in replaced else function(*args, **kwargs)


def _maps(args):
    # Buffers hold numbers even where parameters have shapes only; they have one axis.
    tensors = [value for value in args if isinstance(value, torch.Tensor)]
    return [value for value in tensors if not value.is_meta and value.dim() > 1]


def _without_gates(args):
    """The same arguments, what scales whole maps cut off from the input."""
    maps = _maps(args)

    def is_gate(value):
        return value.shape[2:] == (1, 1) and any(other.shape[2:] != (1, 1) for other in maps)

    return [
        torch.ones_like(value) if any(value is map_ for map_ in maps) and is_gate(value) else value
        for value in args
    ]


def _one_channel(function, args, kwargs, axis):
    """The operation on the one channel that all maps repeat; None where that is not all it does."""
    maps = _maps(args)
    ones = [alike_from(value, axis % value.dim()) for value in maps]
    if not maps or any(one is None for one in ones):
        return None
    name = name_of(function)
    count, axis = maps[0].shape[axis], axis % maps[0].dim()
    if name == "permute":
        order = [place % len(args[1]) for place in args[1]]
        return alike(ones[0].permute(order), count, order.index(axis))
    if axis == 1 and name not in CHANNEL_BY_CHANNEL:
        return None
    if axis != 1 and name not in SATURATING | {"mul", "layer_norm"}:
        return None
    left = iter(ones)
    narrowed = [next(left) if any(value is map_ for map_ in maps) else value for value in args]
    return alike(carried_out(function, narrowed, kwargs), count, axis)


def supports(graph, layer_ids, units_of, *, through_gates=True):
    """{(layer, channel or None, row, column): bool mask (height, width) of the input}.

    Args:
        units_of: gives the units (channel or None, row, column) to look at, by layer.
        through_gates: as in `positive`.
    """
    chosen = {layer_id: list(units_of(graph.layer(layer_id))) for layer_id in layer_ids}
    batch = max(len(units) for units in chosen.values())
    x = torch.full((1, *graph.input_shape), 0.5, dtype=torch.float64).requires_grad_()
    tensor = x.expand(batch, *graph.input_shape).clone()
    tensor.retain_grad()
    rule = partial(positive, through_gates=through_gates)
    computed = graph.compute(tensor, tuple(layer_ids), to_the_end=False, evaluate=rule).layers
    found = {}
    for layer_id, units in chosen.items():
        value = computed[layer_id]
        one = alike_from(value)
        total = 0
        for item, (channel, row, column) in enumerate(units):
            if one is not None:
                area = one[item]
            else:
                area = value[item] if channel is None else value[item, channel : channel + 1]
            total = total + (area[:, row, column] if area.dim() == 3 else area).sum()
        if not total.requires_grad:  # `ones_like` reads a shape alone
            found |= {(layer_id, *unit): np.zeros(tensor.shape[2:], bool) for unit in units}
            continue
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
    random = np.random.default_rng(seed)
    if len(layer.output_shape) != 3:
        features = layer.output_shape[0]
        drawn = random.integers(features, size=count - 3).tolist()
        return [(None, 0, 0), (0, 0, 0), (features - 1, 0, 0), *((each, 0, 0) for each in drawn)]
    channels, height, width = layer.output_shape
    places = [(0, 0), (height - 1, width - 1), (0, width - 1), (height - 1, 0)]
    places += [
        (height // 2, 0),
        (0, width // 2),
        (height - 1, width // 2),
        (height // 2, width // 2),
    ]
    while len(places) < count:
        places.append((int(random.integers(height)), int(random.integers(width))))
    return [
        (None if place % 2 else int(random.integers(channels)), row, column)
        for place, (row, column) in enumerate(places[:count])
    ]
