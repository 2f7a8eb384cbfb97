"""Operations that no design of the catalogue has: every number right, or said to be unexplained.

Oracles are torch's own: a module's forward for values, ablations and occlusions, the gradient of
a unit's value for what it reads. Where a field is claimed to be exact, `test_reach` looks closer.
"""

import numpy as np
import pytest
import torch
from channels_last_networks import CHANNELS_LAST
from field_oracle import spread_units
from torch import nn
from torch.nn import functional

from app.inspection.activations.capture import capture
from app.inspection.activations.observation import Observation
from app.inspection.activations.prediction import Prediction
from app.inspection.arithmetic.unit import explain
from app.inspection.attribution.decomposition import affine_head, decompose
from app.inspection.fields.reach import Reach
from app.inspection.fields.receptive_field import field_table
from app.inspection.occlusion.occlusion import occlusion
from app.inspection.tracing.tracing import trace
from app.inspection.what_if.channel_ablation import ablate_channels
from app.inspection.what_if.intervention import ValueEdit, intervene

# torch.export says so of every LSTM.
pytestmark = pytest.mark.filterwarnings("ignore:The tensor attributes")


class Applied(nn.Module):
    """A function as a network; what it is given as keywords are its modules."""

    def __init__(self, function, **modules):
        super().__init__()
        self.function = function
        self.inner = nn.ModuleDict(modules)

    def forward(self, x):
        return self.function(x, **self.inner)


class Tokens(nn.Module):
    """Patches as tokens with a class token and positions, attention over them, one vector."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(4, 6, 2, 2)
        self.token = nn.Parameter(torch.randn(1, 1, 6))
        self.positions = nn.Parameter(torch.randn(1, 10, 6))
        self.norm = nn.LayerNorm(6)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(x.shape[0], -1, -1), tokens], 1) + self.positions
        normed = self.norm(tokens)
        tokens = tokens + self.attention(normed, normed, normed, need_weights=False)[0]
        return self.head(tokens.mean(1))


class Coordinates(nn.Module):
    """CoordConv (Liu et al. 2018): each position is told where it stands."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(6, 4, 3)

    def forward(self, x):
        batch, _, height, width = x.shape
        rows = torch.linspace(-1, 1, height).view(1, 1, height, 1).expand(batch, 1, height, width)
        columns = torch.linspace(-1, 1, width).view(1, 1, 1, width).expand(batch, 1, height, width)
        return self.conv(torch.cat([rows, x, columns], 1)).flatten(1)


class Windows(nn.Module):
    """Windows of a map beside the pictures in one axis, as in Swin."""

    def __init__(self, between):
        super().__init__()
        self.between = between
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        x = self.conv(x)
        cut = x.view(-1, 4, 2, 3, 2, 3).permute(0, 2, 4, 1, 3, 5).reshape(-1, 4, 3, 3)
        cut = self.between(cut)
        back = cut.view(-1, 2, 2, 4, 3, 3).permute(0, 3, 1, 4, 2, 5).reshape(-1, 4, 6, 6)
        return (back + x).flatten(1)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(36, 5, batch_first=True)

    def forward(self, x):
        return self.lstm(x.flatten(2))[0][:, -1]


class Padded(nn.Module):
    """A window that pads, behind a pad of another kind, in one module."""

    def __init__(self, pad, window, mode="constant", value=None):
        super().__init__()
        self.pad, self.window, self.mode, self.value = pad, window, mode, value
        self.weight = nn.Parameter(torch.randn(4, 4, 3, 3))

    def forward(self, x):
        return self.window(functional.pad(x, self.pad, self.mode, self.value), self.weight)


def convolved(x, weight):
    return functional.conv2d(x, weight, padding=2)


def resized(**settings):
    return Applied(lambda x: functional.interpolate(x, **settings) * 1.0)


def norm_of(kind, **settings):
    return nn.Sequential(nn.Conv2d(4, 4, 3), kind(4, **settings), nn.ReLU())


CONV = {"conv": nn.Conv2d(4, 4, 3, padding=1)}
NETWORKS = {
    "shuffle": nn.Sequential(nn.Conv2d(4, 6, 3, stride=2), nn.ChannelShuffle(3), nn.ReLU()),
    "upsample nearest": resized(scale_factor=1.3),
    "upsample nearest, one axis": resized(scale_factor=(2.0, 0.7)),
    "upsample nearest by size": resized(size=(7, 11)),
    "upsample bilinear": resized(scale_factor=1.3, mode="bilinear"),
    "upsample corners": resized(scale_factor=1.7, mode="bilinear", align_corners=True),
    "upsample bicubic": resized(scale_factor=1.3, mode="bicubic"),
    "upsample smooth": resized(size=(4, 4), mode="bilinear", antialias=True),
    "upsample exact": resized(scale_factor=1.3, mode="nearest-exact"),
    "area up": resized(size=(8, 9), mode="area"),
    "area down": resized(scale_factor=0.7, mode="area"),
    "adaptive": nn.Sequential(nn.AdaptiveAvgPool2d((4, 5)), nn.Conv2d(4, 2, 2)),
    "adaptive maximum": nn.Sequential(nn.AdaptiveMaxPool2d((4, 5)), nn.Conv2d(4, 2, 2)),
    "wrapped": nn.Conv2d(4, 3, 3, padding=2, padding_mode="circular"),
    "mirrored": nn.Sequential(nn.ReflectionPad2d(4), nn.Conv2d(4, 3, 3)),
    "replicated": nn.Sequential(nn.ReplicationPad2d((5, 0, 1, 2)), nn.MaxPool2d(2)),
    "cut, then padded": Padded((-2, 0, -2, 0), convolved),
    "mirrored, then padded": Padded((1, 1, 1, 1), convolved, "reflect"),
    "wrapped, then padded": Padded((1, 0, 2, 1), convolved, "circular"),
    "padded twice": Padded((1, 2, 0, 1), convolved),
    "padded twice, not with zeros": Padded((1, 2, 0, 1), convolved, value=0.5),
    "padded twice, the same size": Padded(
        (1, 2, 0, 1), lambda x, weight: functional.conv2d(x, weight, padding="same")
    ),
    "cut, then pooled": Padded(
        (-1, 0, -2, 0), lambda x, _: functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    ),
    "mirrored, then pooled": Padded(
        (2, 1, 1, 0), lambda x, _: functional.avg_pool2d(x, 3, 2, 1), "reflect"
    ),
    "padded, then pooled": Padded((1, 1, 1, 1), lambda x, _: functional.max_pool2d(x, 3, 2, 1)),
    "cut, then the largest": Padded(
        (-2, 0, -1, -1), lambda x, _: functional.max_pool2d(x, 3, 1, 1)
    ),
    "padded, then transposed": Padded(
        (1, 0, 2, 1), lambda x, weight: functional.conv_transpose2d(x, weight, stride=2)
    ),
    "padded channels": Applied(lambda x: functional.pad(x, (0, 0, 0, 0, 1, 2)) * 2.0),
    "constant first": Applied(lambda x: torch.cat([torch.ones(x.shape[0], 2, 6, 6), x], 1).relu()),
    "constant between": Applied(
        lambda x: torch.cat([x, torch.full((x.shape[0], 4, 2, 6), 7.0), x.sin()], 2) + 1
    ),
    "stack": Applied(lambda x: torch.stack([x, torch.ones_like(x) * 3, x * 2], 1).flatten(1)),
    "stack in front": Applied(lambda x: torch.stack([x, x * 2]).mean(0)),
    "transposed": Applied(lambda x: x.transpose(1, 2).relu().flatten(2).transpose(1, 2).tanh()),
    "transposed twice": Applied(lambda x: x.flatten(2).mT.mT.relu().permute(0, 2, 1).sin()),
    "pictures last": Applied(lambda x: x.permute(1, 2, 3, 0).relu().permute(3, 0, 1, 2) + x),
    "pooled with indices": Applied(
        lambda x: torch.cat(functional.max_pool2d(x, 2, return_indices=True), 1)
    ),
    "unpooled": Applied(
        lambda x: functional.max_unpool2d(*functional.max_pool2d(x, 2, return_indices=True), 2)
    ),
    "added row": Applied(lambda x: x + x.mean((1, 2))[:, None, None] + torch.arange(6.0)),
    "added vector": Applied(lambda x: x.mean((2, 3))[:, :, None] * x.flatten(2)),
    "batch statistics": norm_of(nn.BatchNorm2d, track_running_stats=False),
    "kept statistics": norm_of(nn.InstanceNorm2d, track_running_stats=True),
    "own statistics": norm_of(nn.InstanceNorm2d),
    "groups": Applied(
        lambda x: functional.group_norm(torch.cat([x, x[:, :, :1].expand_as(x)], 1), 2)
    ),
    "tokens": Tokens(),
    "coordinates": Coordinates(),
    "recurrent": Recurrent(),
    "unbind": Applied(lambda x: x.unbind(2)[1] + x.unbind(2)[2]),
    "maximum of an axis": Applied(lambda x: x.max(1)[0].amax(1, True) * x.max(2).values),
    "top": Applied(lambda x: x.flatten(1).topk(3)[0]),
    "split of tokens": Applied(lambda x: x.flatten(2).split(12, 2)[1].relu()),
    "split of a vector": Applied(lambda x: x.mean((2, 3)).split(2, 1)[1] * 3),
    "chunk of rows": Applied(lambda x: x.chunk(2, -2)[1].relu()),
    "softmax of tokens": Applied(lambda x: x.flatten(2).softmax(-1)),
    "softmax of rows": Applied(lambda x: x.softmax(2)),
    "softmax over a reshaped map": Applied(
        lambda x: x.view(-1, 2, 2, 6, 6).softmax(1).reshape(-1, 4, 6, 6)
    ),
    "linear over columns": Applied(lambda x, line: line(x), line=nn.Linear(6, 3)),
    "features last": Applied(
        lambda x, line: line(x.permute(0, 2, 3, 1))[:, 1:].flatten(1), line=nn.Linear(4, 4)
    ),
    "constants last": Applied(
        lambda x: torch.cat(
            [torch.ones(x.shape[0], 6, 6, 2), x.permute(0, 2, 3, 1)], -1
        ).tanh().flatten(1)
    ),
    **CHANNELS_LAST,
    "gate of a vector": nn.Sequential(
        Applied(lambda x, fc: x * fc(x.mean((2, 3)))[:, :, None, None], fc=nn.Linear(4, 4)),
        nn.Conv2d(4, 4, 3, padding=1),
    ),
    "gate of neighbouring channels": Applied(
        lambda x, conv: x * conv(x.mean((2, 3))[:, None])[:, 0, :, None, None].sigmoid(),
        conv=nn.Conv1d(1, 1, 3, padding=1),
    ),
    "gate of lengths": Applied(
        lambda x: x * (norm := x.norm(dim=(2, 3), keepdim=True)) / norm.mean(1, keepdim=True) + x
    ),
    "gate of one number": Applied(lambda x: x * x.sum((1, 2, 3)).view(-1, 1, 1, 1)),
    "gate of a feature": Applied(
        lambda x, fc: x * fc(x.flatten(1))[:, 0][:, None, None, None], fc=nn.Linear(144, 2)
    ),
    "gate of a corner": Applied(lambda x, conv: x * conv(x)[:, :, :1, :1], **CONV),
    "shift by a position": Applied(lambda x: x + x[:, :, 2:3, 2:3]),
    "gate of windows": Applied(
        lambda x, conv: x * conv(functional.avg_pool2d(x, 2)), conv=nn.Conv2d(4, 4, 3)
    ),
    "product and a row": Applied(
        lambda x: torch.addmm(torch.arange(5.0)[None], x.flatten(1), torch.ones(144, 5))
    ),
    "product and a number": Applied(
        lambda x: torch.addmm(torch.ones(1), x.flatten(1), torch.ones(144, 5))
    ),
    "product and a layer": Applied(
        lambda x: torch.addmm(x.mean((2, 3)), x.flatten(1), torch.ones(144, 4))
    ),
    "square": Applied(lambda x, conv: conv(x) * conv(x), **CONV),
    "every other channel": Applied(lambda x: x[:, 1::2] + x[:, ::2]),
    "one row": Applied(lambda x: x[:, :, 2] * 2.0),
    "windows": Windows(lambda cut: cut.relu() + 1),
    "windows mixed": Windows(
        lambda cut: cut.flatten(2).softmax(-1).view_as(cut) + cut.mean(1, keepdim=True)
    ),
    "windows convolved": Windows(nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4))),
    "windows in channels": Windows(lambda cut: cut.transpose(0, 1).sigmoid().transpose(0, 1)),
    "pictures together": Applied(lambda x, conv: conv(x) / (x.std() + x.mean(0).abs()), **CONV),
    "soft pictures": Applied(lambda x, conv: conv(x).softmax(0) + x, **CONV),
    "coarse": Applied(lambda x, conv: (conv(x).bfloat16() * 1.1).float() + x, **CONV),
    "double": Applied(lambda x, conv: (conv(x).double() * x).float() + 1, **CONV),
    "complex": Applied(lambda x, conv: torch.fft.fft2(conv(x)).abs() + x, **CONV),
    "turned": Applied(lambda x, conv: conv(x.roll(2, 3)).flip(2), **CONV),
    "pixels shuffled": Applied(
        lambda x, conv: functional.pixel_unshuffle(functional.pixel_shuffle(conv(x), 2), 3), **CONV
    ),
    "gated": Applied(lambda x, conv: functional.glu(conv(x), 1), **CONV),
    "larger and smaller": Applied(lambda x, conv: x.maximum(conv(x)) - x.minimum(conv(x)), **CONV),
    "transposed convolution": nn.ConvTranspose2d(4, 4, 3, 2, 1, 1, groups=2, dilation=2),
    "slope of its own": nn.Sequential(nn.PReLU(4), nn.Conv2d(4, 2, 1), nn.Hardtanh(-0.3, 0.2)),
    "number of all": Applied(lambda x: x.flatten(1) / x.flatten(1).norm(dim=1, keepdim=True)),
}  # fmt: skip
NETWORKS |= {
    "maximum of two": Applied(lambda x: torch.max(x, x.flip(3)) - torch.min(x, x.roll(1, 2))),
    "rolled and flipped": Applied(
        lambda x, conv: conv(x.roll((1, -2), (2, 3))).flip((1, 3)).roll(1, 1).roll(3), **CONV
    ),
    "rolled with channels last": Applied(
        lambda x, line: line(x.permute(0, 2, 3, 1)).roll((2, 1), (1, 2)).permute(0, 3, 1, 2) + x,
        line=nn.Linear(4, 4),
    ),
    "by index": Applied(
        lambda x, conv: (
            conv(x[:, [2, 0, 3, 0]]) * x.index_select(3, torch.tensor([3, 1, 0, 2, 5, 4]))
        ),
        **CONV,
    ),
    "repeated": Applied(
        lambda x: (
            x.repeat(1, 2, 1, 1) * x.repeat_interleave(2, 1) + x.mean(1, True).tile(1, 8, 1, 1)
        )
    ),
    "gate as wide as a map": Applied(
        lambda x, fc: x * fc(x.mean((2, 3))).view(-1, 4, 1, 1).expand_as(x), fc=nn.Linear(4, 4)
    ),
    "constant as wide as a map": Applied(
        lambda x: torch.arange(4.0).view(1, 4, 1, 1).expand_as(x) * 2 + x.new_full(x.shape, 3)
    ),
    "zeros of its shape": Applied(
        lambda x: torch.cat([torch.zeros_like(x), x + torch.ones_like(x)], 1)
    ),
    "spread": Applied(
        lambda x: (
            x.var(1, keepdim=True)
            + x.std((2, 3), keepdim=True, correction=0)
            + sum(torch.var_mean(x, (1, 2), keepdim=True))
        )
    ),
    "lengths": Applied(
        lambda x: (
            torch.linalg.vector_norm(x, dim=1, keepdim=True)
            + x.norm(p=3, dim=(2, 3), keepdim=True)
            + x.logsumexp((1, 2, 3), keepdim=True)
        )
    ),
    "smallest": Applied(lambda x: x.min(2, keepdim=True)[0] - x.amin(1, keepdim=True)),
    "masks": Applied(lambda x, conv: torch.where(x > 0.2, conv(x), x * 0.5) * (x != 0), **CONV),
    "fused": Applied(
        lambda x, conv: (
            torch.addcmul(x, conv(x), x, value=0.5).addcmul(x, x) + torch.lerp(x, conv(x), 0.3)
        ),
        **CONV,
    ),
    "halves of a gate": Applied(
        lambda x, conv: (
            functional.glu(conv(x), 1).repeat(1, 2, 1, 1) + functional.glu(x, 3).sum(3, True)
        ),
        **CONV,
    ),
    "matrices": Applied(
        lambda x: x @ x.transpose(2, 3) @ torch.arange(36.0).view(6, 6) + torch.ones(6, 6) @ x
    ),
    "attention of maps": Applied(
        lambda x, conv: functional.scaled_dot_product_attention(x, conv(x), x), **CONV
    ),
    "masked attention": Applied(
        lambda x: functional.scaled_dot_product_attention(x, x, x, is_causal=True) + x
    ),
    "unfolded": Applied(
        lambda x: functional.fold(functional.unfold(x, 3, 1, 1, 2).cos(), (6, 6), 3, 1, 1, 2)
    ),
    "lines": Applied(
        lambda x: (
            functional.conv1d(x.flatten(2), torch.ones(3, 4, 3)).max(2)[0]
            + functional.adaptive_avg_pool1d(x.flatten(2), 1).squeeze(2)[:, 1:]
        )
    ),
    "volumes": Applied(
        lambda x: functional.avg_pool3d(functional.conv3d(x[:, None], torch.ones(2, 1, 2, 3, 3)), 2)
    ),
    "rare functions": Applied(
        lambda x: (
            functional.softshrink(x, 0.2)
            + functional.hardshrink(x, 0.3)
            + torch.erf(x)
            + functional.threshold(x, 0.1, -0.5)
            + x.sin() * x.cos()
            + functional.logsigmoid(x)
        )
    ),
    "rare functions of positives": Applied(
        lambda x: (
            torch.rsqrt(x.square() + 0.5)
            + (x.abs() + 1).reciprocal()
            + x.abs().log1p()
            + x.expm1()
            + x.sign()
            + x.clamp_min(0.1) * x.clamp_max(0.4)
            + (x * 3).round()
            + x.ceil()
        )
    ),
    "axes by name": Applied(
        lambda x, conv: conv(x.movedim(1, 3).swapaxes(3, 1)).movedim((2, 3), (3, 2)), **CONV
    ),
    "sampled": Applied(
        lambda x: functional.grid_sample(
            x,
            functional.affine_grid(
                torch.eye(2, 3).repeat(x.shape[0], 1, 1) * 0.7, list(x.shape), align_corners=True
            ),
            align_corners=True,
        )
    ),
    "parts of a vector": Applied(lambda x: torch.stack(x.mean((2, 3)).unbind(1)[:2], 1)),
    "parts of one": Applied(
        lambda x: (
            torch.stack(x.unbind(1)[::-1], 1)
            + x.unflatten(1, (2, 2)).unbind(1)[1].repeat(1, 2, 1, 1)
        )
    ),
}
SAID_WRONG = "computes something else"


def prepared(network):
    torch.manual_seed(5)
    for child in network.modules():
        if isinstance(getattr(child, "running_mean", None), torch.Tensor):
            child.running_mean.uniform_(-0.5, 0.5)
            child.running_var.uniform_(0.5, 2)
        elif hasattr(child, "reset_parameters"):
            child.reset_parameters()
    module = nn.Sequential(network, nn.Flatten()).eval().requires_grad_(requires_grad=False)
    graph = trace(module, (4, 6, 6))
    tensor = torch.randn(1, 4, 6, 6)
    return module, graph, tensor, capture(graph, tensor)


@pytest.fixture(scope="module", params=NETWORKS)
def case(request):
    return prepared(NETWORKS[request.param])


def places_of(layer, count=6):
    """Some units of a layer of any rank."""
    random = np.random.default_rng(0)
    last = tuple(size - 1 for size in layer.output_shape)
    drawn = (tuple(int(random.integers(size)) for size in layer.output_shape) for _ in range(count))
    return dict.fromkeys([(0,) * len(last), last, *drawn])


def test_values_are_explained_rightly_or_not_at_all(case):
    _, graph, _, activations = case
    for layer in graph.layers[1:]:
        for place in places_of(layer):
            found = explain(graph, activations, layer.id, place)
            assert SAID_WRONG not in found.note, (layer, found)
            assert found.unit.value == pytest.approx(
                float(activations[layer.id][place]), nan_ok=True
            )
            if found.explained is None:
                continue
            tolerance = 0.02 if layer.number_type == "bfloat16" else 1e-5
            expected = pytest.approx(found.unit.value, rel=tolerance, abs=tolerance)
            assert found.explained == expected, (layer.id, place, found)


def gradient_by(graph, tensor, layer_id, unit):
    """Of a unit's value by the picture; of all that a channel has, where there are no rows."""
    channel, row, column = unit
    leaf = tensor.clone().requires_grad_()
    layer = graph.layer(layer_id)
    value = graph.compute(leaf, (layer_id,), to_the_end=False).layers[layer_id]
    value = value.reshape(layer.output_shape)
    chosen = value if channel is None else value[channel : channel + 1]
    chosen = chosen[:, row, column] if layer.is_map else chosen
    total = chosen.real.sum() if chosen.is_complex() else chosen.sum()
    if not total.requires_grad:
        return torch.zeros_like(tensor)
    (gradient,) = torch.autograd.grad(total, leaf, allow_unused=True)
    return torch.zeros_like(tensor) if gradient is None else gradient


def test_fields_hold_every_pixel_with_a_gradient(case):
    _, graph, tensor, _ = case
    reach, table = Reach(graph), field_table(graph)
    for layer in graph.layers[1:]:
        units = spread_units(layer, 6) if layer.is_map else [(None, 0, 0), (0, 0, 0)]
        for channel, row, column in units:
            moved = (gradient_by(graph, tensor, layer.id, (channel, row, column)) != 0)[0].any(0)
            region = reach.unit(layer.id, row, column, channel)
            assert not (moved.numpy() & ~region.mask).any(), (layer.id, channel, row, column)
            field = table[layer.id]
            if field.local is not None and field.extent == "local" and layer.is_map:
                box = field.local.box(row, column)
                where = torch.nonzero(moved)
                assert all(box.top <= r < box.bottom for r, _ in where), (layer.id, box)
                assert all(box.left <= c < box.right for _, c in where), (layer.id, box)


def test_statistics_of_the_picture_end_the_affine_part():
    """Divided by its own spread, a map is no affine function of what came before."""
    head = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4, track_running_stats=False))
    graph = prepared(nn.Sequential(head, nn.Flatten(), nn.Linear(64, 3)))[1]
    assert affine_head(graph) == "0.0.1"


@pytest.mark.parametrize(
    "rounded",
    [lambda x: x.int().float(), lambda x: x.to(torch.int64).float(), lambda x: (x > 0).float()],
)
def test_rounding_to_whole_numbers_ends_the_affine_part(rounded):
    network = nn.Sequential(nn.Conv2d(4, 3, 1), Applied(rounded), nn.AdaptiveAvgPool2d(1))
    _, graph, tensor, activations = prepared(network)
    head = affine_head(graph)
    assert head != "0.0"
    assert graph.layer(head).number_type == "float32"
    observation = Observation(Prediction(activations.logits.numpy(), None), tensor, activations)
    assert decompose(graph, observation, head, 0).residual == 0


class Copied(nn.Module):
    """What is copied over a part of a map is broadcast."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        y = self.conv(x)
        y[:, 3:].copy_(x.mean((1, 2, 3), keepdim=True))
        return y


def test_broadcast_copies_are_differentiated():
    module, graph, tensor, _ = prepared(Copied())
    leaf = tensor.clone().requires_grad_()
    (expected,) = torch.autograd.grad(module(leaf).sum(), leaf)
    output = graph.compute(leaf, ()).output
    (found,) = torch.autograd.grad(output.sum(), leaf)
    assert torch.allclose(found, expected)


def assert_near(found, expected, label):
    """Infinities and what is no number stand where they should, all else up to rounding."""
    largest = np.abs(expected[np.isfinite(expected)]).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * largest, err_msg=str(label))


def test_ablations_and_interventions_are_whole_runs(case):
    module, graph, tensor, activations = case
    with torch.inference_mode():
        logits = module(tensor)[0]
    prediction = Prediction(activations.logits.numpy(), None)
    observation = Observation(prediction, tensor, activations)
    for layer in graph.layers[1:]:
        if layer.number_type.startswith("complex"):
            continue
        found = ablate_channels(graph, activations, layer.id, activations.logits)
        for channel in {0, layer.output_shape[0] - 1}:
            changed = activations[layer.id].clone()[None]
            changed[:, channel] = 0
            with torch.inference_mode():
                output = graph.compute(tensor, (), given={layer.id: changed}).output
            expected = output.flatten().numpy()
            assert_near(found.logits[channel], expected, (layer.id, channel))
            edit = ValueEdit(layer.id, channel, "scale", 0.0)
            after = intervene(graph, observation, [edit], (layer.id,))
            assert_near(after.logits.flatten(), expected, (layer.id, channel))
            assert not after.layers[layer.id][channel].any()
        untouched = graph.compute(tensor, (), given={layer.id: activations[layer.id][None]}).output
        assert torch.allclose(untouched.flatten(), logits, rtol=1e-4, atol=1e-5), layer.id


def test_occlusion_is_covering_and_running_anew(case):
    module, graph, tensor, activations = case
    index = activations.logits.numel() // 2
    found = occlusion(graph, tensor, activations, index, patch=2, stride=2, fill=0.7)
    for row, (top, bottom) in enumerate(found.patches.rows):
        for column, (left, right) in enumerate(found.patches.columns):
            covered = tensor.clone()
            covered[:, :, top:bottom, left:right] = 0.7
            with torch.inference_mode():
                expected = float(module(covered)[0, index])
            assert found.scores[row, column] == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_pictures_meet_where_the_graph_says_so_and_nowhere_else(case):
    """Run beside another picture, a picture gets other scores only if `any_batch` is False."""
    module, graph, tensor, _ = case
    with torch.inference_mode():
        alone = module(tensor)
        beside = module(torch.cat([tensor, 3 * torch.randn_like(tensor) + 1]))[:1]
    stays = torch.allclose(alone, beside, rtol=1e-3, atol=1e-4, equal_nan=True)
    assert graph.any_batch == stays


def test_a_network_of_half_precision_is_covered_and_ablated_as_it_runs():
    network = nn.Sequential(
        *(nn.Conv2d(4, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 4, 3), nn.Flatten(), nn.Linear(4, 5)),
    )
    torch.manual_seed(5)
    network = network.half().eval().requires_grad_(requires_grad=False)
    graph = trace(network, (4, 6, 6))
    tensor = torch.randn(1, 4, 6, 6)
    activations = capture(graph, tensor)
    assert torch.equal(activations.logits, network(tensor.half())[0].float())
    found = occlusion(graph, tensor, activations, 2, patch=2, stride=2, fill=0.7)
    covered = tensor.clone()
    covered[:, :, 2:4, 4:6] = 0.7
    assert found.scores[1, 2] == float(network(covered.half())[0, 2])
    ablated = ablate_channels(graph, activations, "2", activations.logits)
    changed = network[:3](tensor.half())
    changed[:, 1] = 0
    assert ablated.logits[1].tolist() == network[3:](changed)[0].float().tolist()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.clamp(min=0),
        lambda x: x.clamp(max=0),
        lambda x: x.clamp(-1, 0),
        lambda x: functional.hardtanh(x, 0, 1),
        lambda x: x.amax(1, keepdim=True),
        lambda x: x.amax((2, 3)),
    ],
)
def test_slopes_at_corners_are_those_of_backpropagation(function):
    graph = trace(nn.Sequential(Applied(function), nn.Flatten()).eval(), (4, 6, 6))
    tensor = torch.zeros(1, 4, 6, 6)
    layer = graph.layers[1]
    found = explain(graph, capture(graph, tensor), layer.id, (0,) * len(layer.output_shape))
    leaf = tensor.clone().requires_grad_()
    value = graph.compute(leaf, (layer.id,), to_the_end=False).layers[layer.id]
    (gradient,) = torch.autograd.grad(value.flatten()[0], leaf)
    assert found.derivatives
    for operand, slope in found.derivatives:
        assert slope == pytest.approx(float(gradient[0][operand.place]))
