"""Blocks that weigh what they see: gates, attention, tokens, windows."""

import math

import torch
from torch import nn
from torch.nn import functional


class _Around(nn.Module):
    """A block between a convolution and a classifier."""

    def __init__(self, block: nn.Module, width: int = 8) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 2, 1), nn.BatchNorm2d(width), nn.ReLU())
        self.block = block
        self.head = nn.Linear(width, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.block(self.stem(x)).mean((2, 3)))


class Excitation(nn.Module):
    """Hu, Shen and Sun 2018."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Linear(8, 2), nn.ReLU(), nn.Linear(2, 8), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels = x.size()[:2]
        gate = self.fc(self.pool(x).view(batch, channels)).view(batch, channels, 1, 1)
        return x * gate.expand_as(x)


class Efficient(nn.Module):
    """ECA, Wang et al. 2020."""

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.conv = nn.AdaptiveAvgPool2d(1), nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate = self.conv(self.pool(x).squeeze(-1).transpose(-1, -2)).transpose(-1, -2).unsqueeze(-1)
        return x * gate.sigmoid().expand_as(x)


class Cbam(nn.Module):
    """Woo et al. 2018."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Sequential(nn.Conv2d(8, 2, 1), nn.ReLU(), nn.Conv2d(2, 8, 1))
        self.places = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean, most = functional.adaptive_avg_pool2d(x, 1), functional.adaptive_max_pool2d(x, 1)
        x = x * (self.fc(mean) + self.fc(most)).sigmoid()
        both = torch.cat([torch.mean(x, 1, keepdim=True), torch.max(x, 1, keepdim=True)[0]], 1)
        return x * self.places(both).sigmoid()


class Coordinate(nn.Module):
    """Hou, Zhou and Feng 2021."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.columns = nn.AdaptiveAvgPool2d((None, 1)), nn.AdaptiveAvgPool2d((1, None))
        self.both, self.norm, self.act = nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8), nn.Hardswish()
        self.down, self.across = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[2:]
        both = torch.cat([self.rows(x), self.columns(x).permute(0, 1, 3, 2)], 2)
        rows, columns = torch.split(self.act(self.norm(self.both(both))), [height, width], 2)
        return x * self.down(rows).sigmoid() * self.across(columns.permute(0, 1, 3, 2)).sigmoid()


class Kernels(nn.Module):
    """Selective kernels, Li et al. 2019."""

    def __init__(self) -> None:
        super().__init__()
        self.small, self.large = (
            nn.Conv2d(8, 8, 3, padding=1),
            nn.Conv2d(8, 8, 3, padding=2, dilation=2),
        )
        self.fc, self.choose = nn.Linear(8, 4), nn.Linear(4, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        both = torch.stack([self.small(x), self.large(x)], 1)
        share = (
            self.choose(self.fc(both.sum(1).mean((2, 3))).relu()).view(-1, 2, 8, 1, 1).softmax(1)
        )
        return (both * share).sum(1)


class Context(nn.Module):
    """GCNet, Cao et al. 2019."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = nn.Conv2d(8, 1, 1)
        self.add = nn.Sequential(
            nn.Conv2d(8, 2, 1), nn.LayerNorm([2, 1, 1]), nn.ReLU(), nn.Conv2d(2, 8, 1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        share = self.mask(x).view(batch, 1, height * width).softmax(2).unsqueeze(-1)
        context = torch.matmul(x.view(batch, 1, channels, height * width), share)
        return x + self.add(context.view(batch, channels, 1, 1))


class NonLocal(nn.Module):
    """Wang et al. 2018."""

    def __init__(self) -> None:
        super().__init__()
        self.ask, self.key, self.say = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 1), nn.Conv2d(8, 8, 1)
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        ask = self.ask(x).view(batch, -1, height * width).permute(0, 2, 1)
        share = torch.bmm(ask, self.key(x).view(batch, -1, height * width)).softmax(-1)
        found = torch.bmm(self.say(x).view(batch, -1, height * width), share.permute(0, 2, 1))
        return self.weight * found.view(batch, channels, height, width) + x


class Axial(nn.Module):
    """Attention along rows and along columns (Ho et al. 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.MultiheadAttention(8, 2, batch_first=True)
        self.columns = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        rows = x.permute(0, 2, 3, 1).reshape(batch * height, width, channels)
        x = self.rows(rows, rows, rows)[0].view(batch, height, width, channels)
        columns = x.permute(0, 2, 1, 3).reshape(batch * width, height, channels)
        x = self.columns(columns, columns, columns)[0].view(batch, width, height, channels)
        return x.permute(0, 3, 2, 1)


class Transformer(nn.Module):
    """ViT's block (Dosovitskiy et al. 2021), heads written out."""

    def __init__(self, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(8), nn.LayerNorm(8)
        self.qkv, self.proj = nn.Linear(8, 24), nn.Linear(8, 8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def _attend(self, x: torch.Tensor) -> torch.Tensor:
        batch, count, width = x.shape
        qkv = self.qkv(x).reshape(batch, count, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        share = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
        return self.proj((share @ v).transpose(1, 2).reshape(batch, count, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        x = x.flatten(2).transpose(1, 2)
        x = x + self._attend(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return x.transpose(1, 2).reshape(batch, channels, height, width)


class Encoder(nn.Module):
    """torch's own encoder over tokens with a class token."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
        self.encode = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.token = nn.Parameter(torch.randn(1, 1, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(x.shape[0], -1, -1), tokens], 1)
        return self.encode(tokens)[:, 0][:, :, None, None]


class Windows(nn.Module):
    """Shifted windows, Liu et al. 2021."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.attend = nn.LayerNorm(8), nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(x.permute(0, 2, 3, 1))
        x = torch.roll(x, (-2, -2), (1, 2))
        batch, height, width, channels = x.shape
        cut = x.view(batch, height // 4, 4, width // 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
        cut = cut.reshape(-1, 16, channels)
        cut = self.attend(cut, cut, cut, need_weights=False)[0]
        x = cut.view(batch, height // 4, width // 4, 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
        x = torch.roll(x.reshape(batch, height, width, channels), (2, 2), (1, 2))
        return x.permute(0, 3, 1, 2)


class Mobile(nn.Module):
    """MobileViT's unfolding, Mehta and Rastegari 2022."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.TransformerEncoderLayer(8, 2, 8, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        rows, columns = height // 2, width // 2
        x = x.reshape(batch * channels * rows, 2, columns, 2).transpose(1, 2)
        x = x.reshape(batch, channels, rows * columns, 4).transpose(1, 3)
        x = x.reshape(batch * 4, rows * columns, channels)
        x = self.block(x).contiguous().view(batch, 4, rows * columns, channels).transpose(1, 3)
        x = x.reshape(batch * channels * rows, columns, 2, 2).transpose(1, 2)
        return x.reshape(batch, channels, height, width)


class Linear(nn.Module):
    """Attention without a softmax (Katharopoulos et al. 2020), as in EfficientViT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Conv2d(8, 24, 1), nn.Conv2d(8, 8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, _, height, width = x.shape
        q, k, v = self.qkv(x).flatten(2).unflatten(1, (3, 8)).unbind(1)
        q, k = q.relu(), k.relu()
        v = functional.pad(v, (0, 0, 0, 1), value=1.0)
        found = torch.matmul(torch.matmul(v, k.transpose(-1, -2)), q)
        found = found[:, :-1] / (found[:, -1:] + 1e-6)
        return self.proj(found.reshape(batch, 8, height, width))


class Mixer(nn.Module):
    """Tolstikhin et al. 2021."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.tokens, self.channels = nn.LayerNorm(8), nn.Linear(64, 64), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        y = x.flatten(2).transpose(1, 2)
        y = y + self.tokens(self.norm(y).transpose(1, 2)).transpose(1, 2)
        y = y + functional.gelu(self.channels(y))
        return y.transpose(1, 2).view(batch, channels, height, width)


class Involution(nn.Module):
    """Li et al. 2021: kernels made at each place."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel, self.unfold = nn.Conv2d(8, 2 * 9, 1), nn.Unfold(3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        kernel = self.kernel(x).view(batch, 2, 9, height, width).unsqueeze(2)
        patches = self.unfold(x).view(batch, 2, channels // 2, 9, height, width)
        return (kernel * patches).sum(3).view(batch, channels, height, width)


class Dynamic(nn.Module):
    """Kernels mixed for each picture (CondConv, Yang et al. 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels = nn.Parameter(torch.randn(3, 8, 8, 3, 3) * 0.1)
        self.route = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        share = self.route(x.mean((2, 3))).sigmoid()
        kernels = (share @ self.kernels.flatten(1)).view(batch * 8, 8, 3, 3)
        y = functional.conv2d(x.reshape(1, -1, height, width), kernels, padding=1, groups=batch)
        return y.view(batch, channels, height, width)


class Fourier(nn.Module):
    """GFNet's filter, Rao et al. 2021."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 8, 5, 2) * 0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = x.shape[-2:]
        x = torch.fft.rfft2(x, norm="ortho") * torch.view_as_complex(self.weight)
        return torch.fft.irfft2(x, s=size, norm="ortho")


SHAPE = (3, 16, 16)
ATTENDING = {
    name: ((lambda block=block: _Around(block())), SHAPE)
    for name, block in {
        "squeeze and excitation": Excitation,
        "efficient channel attention": Efficient,
        "CBAM": Cbam,
        "coordinate attention": Coordinate,
        "selective kernels": Kernels,
        "global context": Context,
        "non-local": NonLocal,
        "axial attention": Axial,
        "transformer block": Transformer,
        "torch's encoder": Encoder,
        "shifted windows": Windows,
        "MobileViT's unfolding": Mobile,
        "linear attention": Linear,
        "mixer": Mixer,
        "involution": Involution,
        "dynamic convolution": Dynamic,
        "Fourier filter": Fourier,
    }.items()
}
