"""Networks as hypothesis draws them: stacks of layers, some of which read two of those before."""

import torch
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional


class Drawn(nn.Module):
    """A stack of steps for pictures of two channels.

    Raises what torch raises for a step that does not fit: a map too small, a padding too large.
    """

    def __init__(self, steps, size):
        super().__init__()
        self.steps = steps
        self.layers = nn.ModuleList()
        x = torch.zeros(2, 2, *size)
        with torch.no_grad():
            for step in steps:
                make = LAYERS.get(step["kind"], lambda _, __: nn.Identity())
                self.layers.append(make(x.shape[1], step).eval())
                x = STEPS[step["kind"]](x, step, self.layers[-1])
                if not 0 < x.numel() < MOST_NUMBERS:
                    raise ValueError("Too small or too large.")

    def forward(self, x):
        for step, layer in zip(self.steps, self.layers, strict=True):
            x = STEPS[step["kind"]](x, step, layer)
        return x.flatten(1)


MOST_NUMBERS = 2**17


def drawn(steps, size):
    """The network, None if the steps do not fit."""
    torch.manual_seed(len(steps))
    try:
        module = Drawn(steps, size).eval().requires_grad_(requires_grad=False)
        # torch itself refuses own statistics of a single value.
        module(torch.zeros(1, 2, *size))
    except (RuntimeError, AssertionError, ValueError):
        return None
    return module


def convolution(channels, step):
    return nn.Conv2d(
        channels, channels * 2 if step["groups"] > 1 else 3, step["kernel"], step["stride"],
        step["padding"], step["dilation"], groups=channels if step["groups"] > 1 else 1,
        padding_mode=step["padding_mode"],
    )  # fmt: skip


def transposed(channels, step):
    reach = [max(pair) for pair in zip(step["stride"], step["dilation"], strict=True)]
    groups = 2 if step["groups"] > 1 and channels % 2 == 0 else 1
    more = tuple(min(int(step["ceil"]), each - 1) for each in reach)
    padding = tuple(min(each, 1) for each in step["padding"])
    return nn.ConvTranspose2d(
        channels, 2, step["kernel"], step["stride"], padding, more, groups,
        dilation=step["dilation"],
    )  # fmt: skip


def normalisation(channels, step):
    kinds = [
        nn.BatchNorm2d(channels),
        nn.BatchNorm2d(channels, track_running_stats=False),
        nn.InstanceNorm2d(channels, affine=True),
        nn.GroupNorm(2 if channels % 2 == 0 else 1, channels),
        nn.LocalResponseNorm(3, alpha=0.5),
    ]
    made = kinds[step["number"] % len(kinds)]
    if getattr(made, "running_mean", None) is not None:
        made.running_mean.uniform_(-1, 1)
        made.running_var.uniform_(0.5, 2)
    return made


LAYERS = {"convolution": convolution, "transposed": transposed, "normalisation": normalisation}


def pooled(x, step, _):
    padding = tuple(size // 2 for size in step["kernel"])
    return functional.max_pool2d(
        x, step["kernel"], step["stride"], padding, step["dilation"], ceil_mode=step["ceil"]
    )


def branched(x, _, __):
    wide = functional.max_pool2d(x, 3, 1, 1, 1)
    return torch.cat([x, functional.avg_pool2d(wide, (5, 1), 1, (2, 0))], 1)


def shuffled(x, _, __):
    batch, channels, height, width = x.shape
    if channels % 2:
        return x
    x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2)
    x = x.reshape(batch, channels, height, width)
    return torch.cat([x[:, : channels // 2] * 2.0, x[:, channels // 2 :]], 1)


def resized(x, step, _):
    mode = step["mode"]
    kwargs = {"align_corners": step["ceil"]} if mode in ("bilinear", "bicubic") else {}
    size = tuple(max(1, int(each * step["scale"])) for each in x.shape[2:])
    # torch differentiates a bicubic one between maps of one size as a copy, which by a scale it is
    # not: `test_interpolation` holds what that one reads.
    if step["groups"] > 1 and (mode != "bicubic" or size != x.shape[2:]):
        return functional.interpolate(x, scale_factor=step["scale"], mode=mode, **kwargs)
    return functional.interpolate(x, size=size, mode=mode, **kwargs)


def mirrored(x, step, _):
    pad = tuple(max(each, 0) for each in step["pad"])
    mode = step["padding_mode"]
    return functional.pad(x, pad, mode="circular" if mode == "zeros" else mode)


def pixels(x, step, _):
    if x.shape[1] % 4 == 0 and step["ceil"]:
        return functional.pixel_shuffle(x, 2)
    even = x.shape[2] % 2 == x.shape[3] % 2 == 0
    return functional.pixel_unshuffle(x, 2) if even else x * 2


def turned(x, step, _):
    axis = 1 + step["number"] % 3
    return x.flip(axis) if step["ceil"] else torch.roll(x, step["number"], axis)


def split(x, step, _):
    """Something that takes channels apart, or puts some between."""
    channels = x.shape[1]
    match step["number"] % 6:
        case 0:
            return torch.cat([torch.ones(x.shape[0], 1, *x.shape[2:]), x], 1)
        case 1:
            return functional.glu(x, 1) if channels % 2 == 0 else x.square()
        case 2:
            return functional.channel_shuffle(x, next(n for n in (3, 2, 1) if channels % n == 0))
        case 3:  # of one channel, the second part would be empty
            return torch.cat([x[:, ::2], x[:, 1:] * 2], 1) if channels > 1 else x.square()
        case 4:
            return x.unbind(1)[0].unsqueeze(1) + x
        case _:
            return torch.cat([x.amax(1, keepdim=True), x.mean(3, keepdim=True).expand_as(x)], 1)


def combined(x, step, _):
    other = functional.avg_pool2d(x, (3, 1), 1, (1, 0))
    match step["number"] % 6:
        case 0:
            return torch.maximum(x, other)
        case 1:
            return torch.minimum(x, other)
        case 2:
            return x * x
        case 3:
            return x + other.mean((2, 3))[:, :, None, None]
        case 4:
            return torch.stack([x, other, torch.ones_like(x)], 1).sum(1)
        case _:
            return x.softmax(1 + step["number"] // 6 % 3)


def reshaped(x, step, _):
    match step["number"] % 4:
        case 0:
            return x.transpose(1, 2)
        case 1:
            return x.flatten(2).transpose(1, 2).relu().mT.reshape(x.shape)
        case 2:
            return x.permute(0, 2, 3, 1).mul(2).permute(0, 3, 1, 2)
        case _:
            tokens = x.flatten(2)
            return tokens.softmax(2).view_as(x) + tokens.mean(1)[:, None].view(
                x.shape[0], 1, *x.shape[2:]
            )


def channels_last(x, step, _):
    """Something between a permutation that moves the channels last, and the one back."""
    x = x.permute(0, 2, 3, 1)
    match step["number"] % 9:
        case 0:
            x = x[:, ::2, 1:, :] if x.shape[2] > 1 else x * 2
        case 1:
            x = x * x.mean((1, 2), keepdim=True).sigmoid()
        case 2:
            first, *_ = x.relu().chunk(2, 3 if step["ceil"] else 1)
            x = first * 2
        case 3:
            x = x.softmax(1 + step["groups"])
        case 4:
            x = x / (x.square().sum(3, keepdim=True) + 1)
        case 5:
            x = torch.cat([x, x[..., :1] * 3], 1 + step["groups"]) if x.shape[3] == 1 else x.relu()
        case 6:
            x = functional.adaptive_avg_pool2d(x, (3, x.shape[3]))
        case 7:
            x = functional.interpolate(x, scale_factor=2)
        case _:
            x = functional.layer_norm(x, x.shape[3:])
    return x.permute(0, 3, 1, 2)


def cuts(step):
    """Whether something of a map may be left out, whose border then lies inside the picture.

    Of a transposed convolution by its padding, which is 1 at most (`transposed`), where its kernel
    adds nothing at the ends.
    """
    match step["kind"]:
        case "pad":
            return min(step["pad"]) < 0
        case "channels_last":
            return step["number"] % 9 in {0, 2}
        case "transposed":
            axes = zip(step["kernel"], step["padding"], strict=True)
            return any(kernel == 1 and padding > 0 for kernel, padding in axes)
        case kind:
            return kind == "slice"


# Those whose fields are known to the pixel, and those that are at most bounded.
EXACT = {
    "convolution": lambda x, _, layer: layer(x),
    "transposed": lambda x, _, layer: layer(x),
    "pool": pooled,
    "pad": lambda x, step, _: functional.pad(x, step["pad"]),
    "mirrored": mirrored,
    "slice": lambda x, _, __: x[:, :, 1::2, 1:],
    "upsample": resized,
    "adaptive": lambda x, _, __: functional.adaptive_avg_pool2d(x, (3, 5)),
    "largest": lambda x, _, __: functional.adaptive_max_pool2d(x, (5, 3)),
    "branches": branched,
    "residual": lambda x, _, __: x + functional.avg_pool2d(x, (1, 3), 1, (0, 1)),
    "shuffle": shuffled,
    "normalisation": lambda x, _, layer: layer(x),
}
STEPS = EXACT | {
    "pixels": pixels,
    "turned": turned,
    "split": split,
    "combined": combined,
    "reshaped": reshaped,
    "channels_last": channels_last,
}

PAIR = st.tuples(st.integers(1, 3), st.integers(1, 3))
SETTINGS = {
    "kernel": PAIR,
    "stride": PAIR,
    "padding": st.tuples(st.integers(0, 3), st.integers(0, 3)),
    "dilation": PAIR,
    "groups": st.integers(1, 2),
    "padding_mode": st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"]),
    "ceil": st.booleans(),
    "pad": st.tuples(*(st.integers(-1, 2) for _ in range(4))),
    "mode": st.sampled_from(["nearest", "bilinear", "bicubic", "area"]),
    "scale": st.sampled_from([0.5, 0.7, 1.1, 1.3, 1.5, 2.0, 2.1]),
    "number": st.integers(0, 17),
}
EXACT_STEP = st.fixed_dictionaries({"kind": st.sampled_from(sorted(EXACT)), **SETTINGS})
STEP = st.fixed_dictionaries({"kind": st.sampled_from(sorted(STEPS)), **SETTINGS})
