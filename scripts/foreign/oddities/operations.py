"""Functions between convolutions that designs use here and there."""

import torch
from torch import nn
from torch.nn import functional

SHAPE = (4, 12, 12)


class _Applied(nn.Module):
    """A function on what a convolution made, and a convolution after it where it left maps."""

    def __init__(self, function: object, *, last: int | None = None) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.function = function
        self.last = None if last is None else nn.Conv2d(last, 3, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.function(self.conv(x))
        return x if self.last is None else self.last(x)


def _octave(x: torch.Tensor) -> torch.Tensor:
    high, low = x[:, :2], functional.avg_pool2d(x[:, 2:], 2)
    return torch.cat([high, functional.interpolate(low, scale_factor=2)], 1)


def _haar(x: torch.Tensor) -> torch.Tensor:
    a, b = x[:, :, 0::2, 0::2] / 2, x[:, :, 1::2, 0::2] / 2
    c, d = x[:, :, 0::2, 1::2] / 2, x[:, :, 1::2, 1::2] / 2
    return torch.cat([a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d], 1)


def _shift(x: torch.Tensor) -> torch.Tensor:
    found = torch.zeros_like(x)
    found[:, 0, :, 1:] = x[:, 0, :, :-1]
    found[:, 1, :, :-1] = x[:, 1, :, 1:]
    found[:, 2:, 1:] = x[:, 2:, :-1]
    return found


def _whitened(x: torch.Tensor) -> torch.Tensor:
    flat = x.flatten(2) - x.flatten(2).mean(-1, keepdim=True)
    return (flat @ flat.transpose(1, 2) / flat.shape[-1]).flatten(1)


def _response(x: torch.Tensor) -> torch.Tensor:
    """GRN, Woo et al. 2023."""
    size = torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True)
    return x * (size / (size.mean(1, keepdim=True) + 1e-6)) + x


def _soft_pool(x: torch.Tensor) -> torch.Tensor:
    weight = x.exp()
    return functional.avg_pool2d(x * weight, 2) / functional.avg_pool2d(weight, 2)


def _generalised_mean(x: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(x.clamp(min=1e-6).pow(3), x.shape[2:]).pow(1 / 3)


def _under_autocast(x: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = functional.conv2d(x, torch.ones(4, 4, 3, 3) / 36, padding=1)
        first, second = y.chunk(2, 1)
        return torch.cat([first, second.sigmoid()], 1).float()


_FUNCTIONS = {
    "octave convolution": (_octave, 4),
    "Haar wavelets": (_haar, 16),
    "shifts written in place": (_shift, 4),
    "second order pooling": (_whitened, None),
    "global response normalisation": (_response, 4),
    "softened pooling": (_soft_pool, 4),
    "generalised mean": (_generalised_mean, None),
    "unbind": (lambda x: torch.stack(x.unbind(1)[::-1], 1), 4),
    "maximum of an axis": (
        lambda x: x.max(dim=1, keepdim=True)[0] + x.max(2, keepdim=True).values,
        4,
    ),
    "maxout": (lambda x: x.view(x.shape[0], 2, 2, *x.shape[2:]).max(dim=2)[0], 2),
    "light max feature map": (lambda x: torch.max(*x.chunk(2, 1)), 2),
    "largest few": (lambda x: x.flatten(2).topk(5, dim=2)[0].mean(2), None),
    "sorted": (lambda x: x.flatten(2).sort(-1)[0], None),
    "convolution along rows": (
        lambda x: functional.conv1d(x.flatten(2), torch.ones(4, 4, 3), padding=1),
        None,
    ),
    "clamp of one side": (
        lambda x: x.clamp_min(0.1) - x.clamp_max(0.5) + torch.clamp(x, max=1.0),
        4,
    ),
    "channels by index": (lambda x: x[:, [2, 0, 3]], 3),
    "rows by index": (lambda x: x.index_select(2, torch.tensor([3, 1, 8])), 4),
    "rolled": (lambda x: x.roll(3, 2).roll((1, -2), (2, 3)), 4),
    "flipped": (lambda x: x.flip(3) + x.flip((2, 3)), 4),
    "unfold and fold": (
        lambda x: functional.fold(functional.unfold(x, 3, stride=3) * 2, (12, 12), 3, stride=3),
        4,
    ),
    "autocast": (_under_autocast, 4),
    "convolution of volumes": (
        lambda x: functional.conv3d(x[:, None], torch.ones(2, 1, 3, 3, 3), padding=1).mean(2),
        2,
    ),
    "pooling of volumes": (lambda x: functional.avg_pool3d(x[:, None], (2, 1, 1))[:, 0], 2),
    "unpooled": (
        lambda x: functional.max_unpool2d(*functional.max_pool2d(x, 2, return_indices=True), 2),
        4,
    ),
    "fused sums": (lambda x: torch.addcmul(x, x.sigmoid(), x.tanh(), value=0.5), 4),
    "interpolated sum": (lambda x: torch.lerp(x, x.relu(), 0.3), 4),
    "variance": (lambda x: x.var(1, keepdim=True) + x.std((2, 3), keepdim=True), 4),
    "mean and variance": (lambda x: sum(torch.var_mean(x, dim=(2, 3), keepdim=True)) + x, 4),
    "masks": (lambda x: x * (x > 0) + (x == x.amax((2, 3), keepdim=True)).float(), 4),
    "where": (lambda x: torch.where(x > 0, x, 0.1 * x), 4),
    "signs": (lambda x: x.sign() * x.abs().sqrt(), 4),
    "einsum": (lambda x: torch.einsum("bchw,bdhw->bcd", x, x).flatten(1), None),
    "sampled on a grid": (
        lambda x: functional.grid_sample(
            x,
            functional.affine_grid(
                torch.eye(2, 3).repeat(x.shape[0], 1, 1) * 0.7, list(x.shape), align_corners=True
            ),
            align_corners=True,
        ),
        4,
    ),
    "real Fourier transform": (lambda x: torch.fft.rfft2(x).abs(), 4),
    "new tensors": (
        lambda x: torch.cat([x, x.new_zeros(x.shape), x.new_full((x.shape[0], 1, 12, 12), 2)], 1),
        9,
    ),
    "repeated": (lambda x: x.repeat(1, 2, 1, 1) + x.repeat_interleave(2, 1), 8),
    "tiled positions": (lambda x: x.mean((2, 3), keepdim=True).expand(-1, -1, 6, 6), 4),
    "cumulative sums": (lambda x: x.cumsum(2), 4),
    "running products": (lambda x: x.sigmoid().prod(1, keepdim=True), 1),
    "log of a sum of exponentials": (lambda x: x.logsumexp((2, 3)), None),
    "smallest": (lambda x: x.min(1, keepdim=True)[0] + x.amin(1, keepdim=True), 1),
    "axes moved": (lambda x: x.movedim(1, -1).swapaxes(1, 2).movedim(-1, 1), 4),
    "triangle": (lambda x: x.triu() + x.tril(-1), 4),
    "diagonal": (lambda x: x.diagonal(dim1=2, dim2=3), None),
    "cosine of channels": (lambda x: functional.cosine_similarity(x[:, :2], x[:, 2:], 1), None),
    "gated": (lambda x: functional.glu(x, 1), 2),
    "local response": (lambda x: functional.local_response_norm(x, 3), 4),
    "root mean square norm": (lambda x: functional.rms_norm(x, (12,)), 4),
    "rare activations": (
        lambda x: (
            functional.softsign(x)
            + functional.tanhshrink(x)
            + functional.hardshrink(x)
            + functional.logsigmoid(x)
        ),
        4,
    ),
    "soft thresholds": (
        lambda x: functional.softshrink(x, 0.2) + functional.threshold(x, 0.1, -1.0) + torch.erf(x),
        4,
    ),
    "periodic": (
        lambda x: x.sin() + x.cos() + torch.rsqrt(x.square() + 1) + x.reciprocal().clamp(-1, 1),
        4,
    ),
    "rounded": (lambda x: (x * 8).round() / 8 + x.floor() % 2, 4),
    "powers of both": (lambda x: x.abs().add(0.1).pow(x.sigmoid()), 4),
    "largest and smallest of two": (lambda x: x.maximum(x.flip(3)) - x.minimum(x.flip(2)), 4),
    "length of all": (lambda x: x / x.flatten(1).norm(dim=1)[:, None, None, None], 4),
    "distances": (lambda x: torch.cdist(x.flatten(2), x.flatten(2)), None),
    "strided view": (lambda x: x.unfold(2, 3, 3).mean(-1), 4),
    "batched linear": (lambda x: torch.baddbmm(x[:, 0], x[:, 1], x[:, 2]), None),
    "attention of many queries to one key": (
        lambda x: functional.scaled_dot_product_attention(x, x[:, :1] * 2, x[:, 1:2]),
        4,
    ),
    "attention in groups": (
        lambda x: functional.scaled_dot_product_attention(
            x, x[:, :2] * 2, x[:, 2:], enable_gqa=True
        ),
        4,
    ),
    "attention of torch": (lambda x: functional.scaled_dot_product_attention(x, x, x), 4),
    "bilinear without corners": (
        lambda x: functional.interpolate(x, scale_factor=1.7, mode="bilinear"),
        4,
    ),
    "trilinear": (
        lambda x: functional.interpolate(x[:, None], scale_factor=(1, 2, 2), mode="trilinear")[
            :, 0
        ],
        4,
    ),
    "linear interpolation": (
        lambda x: functional.interpolate(x.flatten(2), scale_factor=0.5, mode="linear"),
        None,
    ),
    "largest of lines": (lambda x: functional.max_pool1d(x.flatten(2), 4), None),
    "mean of lines": (lambda x: functional.adaptive_avg_pool1d(x.flatten(2), 5), None),
    "power average": (lambda x: functional.lp_pool2d(x.abs() + 0.1, 2.0, 2), 4),
    "transposed line": (
        lambda x: functional.conv_transpose1d(x.flatten(2), torch.ones(4, 2, 3), stride=2),
        None,
    ),
    "scattered": (lambda x: torch.zeros_like(x).scatter(1, x.argmax(1, keepdim=True), 1.0) * x, 4),
    "gathered": (lambda x: x.gather(2, x.argmax(2, keepdim=True)), None),
    "number for all": (lambda x: x / (x.std() + 1e-5) + x.max(), 4),
    "masked scores": (
        lambda x: (
            (x @ x.transpose(2, 3))
            .masked_fill(torch.ones(12, 12).triu(1).bool(), float("-inf"))
            .softmax(-1)
        ),
        4,
    ),
}


OPERATIONS = {
    name: ((lambda function=function, last=last: _Applied(function, last=last)), SHAPE)
    for name, (function, last) in _FUNCTIONS.items()
}
