"""Small networks, each with one habit that breaks tools which look inside networks."""

import torch
from torch import nn
from torch.nn import functional


class ReusedReLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3)
        self.conv2 = nn.Conv2d(4, 5, 3)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.conv2(self.relu(self.conv1(x)))).mean((2, 3))


class FunctionalReLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4 * 14 * 14, 5)

    def forward(self, x):
        x = functional.relu(self.conv(x))
        return functional.relu(self.fc(torch.flatten(x, 1)))


class InPlace(nn.Module):
    """conv's output is overwritten by a ReLU, norm's by an addition and another ReLU."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x):
        identity = self.relu(self.conv(x))
        x = self.norm(self.conv2(identity))
        x += identity
        return self.relu(x).flatten(1)


class WritesThroughViews(nn.Module):
    """Changes parts of a map and then goes on with the whole."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.conv2 = nn.Conv2d(6, 2, 3)

    def forward(self, x):
        x = self.conv(x)
        first, second = x.chunk(2, dim=1)
        first.mul_(2.0)
        second.relu_()
        x[:, 0, 2:4] = 1.5
        return self.conv2(x).flatten(1)


class WritesLast(nn.Module):
    """Nothing reads the map after a part of it was written over."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        y = self.conv(x)
        y[:, :2].sigmoid_()
        return y


class ReturnsWhatItFilled(nn.Module):
    """Its output was zeros before parts of it were written."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        y = self.conv(x)
        result = torch.zeros(x.shape[0], 6, 14, 14)
        result[:, 1:3] = y[:, :2]
        result[:, 4, 2:5] = y[:, 3, 1:4]
        return result


class WritesThroughEveryView(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)

    def forward(self, x):
        y = self.conv(x)
        batch, channels, height, width = y.shape
        last = y.permute(0, 2, 3, 1)
        turned = y.transpose(2, 3)
        rows = y.view(batch, channels, height * width)
        parts = y.unbind(1)
        last[..., 1] += 1.0
        turned[:, 2:4, ::3].mul_(-2.0)
        rows[:, :, 5] = rows[:, :, 6]
        parts[3].copy_(parts[0])
        y.diagonal(dim1=2, dim2=3).zero_()
        y[y > 1] = 0.5
        y[:, [0, 4]] = y[:, [4, 0]]
        y.masked_fill_(y < -1, -0.25)
        torch.add(y[:, :1], 2.0, out=y[:, 5:])
        y.unflatten(1, (2, 3))[:, 1, 0].clamp_(min=0)
        return last.flatten(1) + rows.relu_().sum((1, 2))[:, None] + turned.mean()


class WritesUnderModes(nn.Module):
    """With gradients switched off and on."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x = self.conv(x)
        with torch.no_grad():
            x[:, :2].relu_()
        with torch.enable_grad():
            x = x * 2
        return x.flatten(1)


class RunsUnderModes(nn.Module):
    """Regions one after the other and within each other, with numbers of their own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        y = self.conv(x)
        with torch.no_grad():
            y[:, :2] = 0.5
        with torch.enable_grad():
            y[:, 2:] *= 2
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.conv(x) + y
            with torch.enable_grad():
                y[:, 1] = 0.25
        return y.float().flatten(1)


class CountsItsCalls(nn.Module):
    """Writes into a buffer in evaluation mode, but returns nothing of it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))
        self.register_buffer("newest", torch.zeros(4))

    def forward(self, x):
        self.calls += 1
        x = self.conv(x)
        self.newest.copy_(x.mean((0, 2, 3)))
        return x.flatten(1)


class Squeezes(nn.Module):
    """For one picture the axis for pictures goes too."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.conv(x).mean((2, 3), keepdim=True).squeeze()


class AsksHowMany(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x = self.conv(x)
        if x.shape[0] == 1:
            x = -x
        return x[: x.size(0)].flatten(1)


class GroupsAreThePictures(nn.Module):
    """Each picture has kernels of its own (dynamic convolution, Chen et al. 2020)."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3, generator=torch.Generator()))

    def forward(self, x):
        batch, _, height, width = x.shape
        kernels = (self.weight * x.mean((1, 2, 3)).view(-1, 1, 1, 1, 1)).flatten(0, 1)
        y = functional.conv2d(x.reshape(1, -1, height, width), kernels, groups=batch)
        return y.reshape(batch, -1)


class SharesMemoryAlone(nn.Module):
    """For one picture the copy is no copy."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x = self.conv(x)
        x.permute(1, 0, 2, 3).contiguous().relu_()
        return x.flatten(1)


class ComparesPictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x = self.conv(x).flatten(1)
        return (x @ x.t()).softmax(0) @ x


class LeavesItsNormalisationInTraining(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)

    def train(self, mode=True):
        super().train(mode)
        self.norm.train()
        return self

    def forward(self, x):
        return self.norm(self.conv(x)).flatten(1)


class OverwritesAfterDropout(nn.Module):
    """In evaluation mode dropout returns its very input, which is then written over."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        x = self.conv(x)
        y = self.dropout(x)
        y.add_(1.0)
        return (x * 3).flatten(1)


class OverwritesItsInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x[:, 0] = 0.0
        x.relu_()
        return self.conv(x).flatten(1)


class ChunkAndSplit(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 1)

    def forward(self, x):
        first, second = self.conv(x).chunk(2, dim=1)
        top, bottom = torch.split(first + second, [5, 11], dim=2)
        return torch.cat([bottom, top], dim=2).flatten(1)


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(7, 4, 3, padding=1)
        self.conv3 = nn.Conv2d(11, 4, 3, padding=1)

    def forward(self, x):
        features = [x]
        for conv in (self.conv1, self.conv2, self.conv3):
            features.append(functional.relu(conv(torch.cat(features, 1)), inplace=True))
        return torch.cat(features, 1).mean((2, 3))


class SqueezeAndExcitation(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(8, 2, 1)
        self.expand = nn.Conv2d(2, 8, 1)

    def forward(self, x):
        x = self.conv(x)
        gate = torch.sigmoid(self.expand(functional.silu(self.reduce(self.squeeze(x)))))
        return (gate * x).flatten(1)


class GatesAlongAxes(nn.Module):
    """Coordinate attention (Hou et al. 2021) and a gate of places (CBAM, Woo et al. 2018)."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.rows = nn.Conv2d(4, 4, 1)
        self.columns = nn.Conv2d(4, 4, 1)
        self.places = nn.Conv2d(2, 1, 3, padding=1)
        self.last = nn.Conv2d(4, 3, 3)

    def forward(self, x):
        x = self.conv(x)
        rows = self.rows(x.mean(3, keepdim=True)).sigmoid()
        columns = self.columns(functional.adaptive_avg_pool2d(x, (1, x.shape[3]))).sigmoid()
        x = x * rows * columns
        both = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return self.last(x * self.places(both).sigmoid()).flatten(1)


class OnePositionPadded(nn.Module):
    """A map of one position gets a border again: no broadcasting, though the sizes look so."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 16)
        self.point = nn.Conv2d(4, 4, 1, padding=(1, 2))
        self.last = nn.Conv2d(4, 2, (1, 2))

    def forward(self, x):
        return self.last(functional.relu(self.point(self.conv(x)))).flatten(1)


class ChannelShuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 1)
        self.grouped = nn.Conv2d(6, 6, 3, groups=3)

    def forward(self, x):
        x = self.conv(x)
        batch, channels, height, width = x.shape
        x = x.view(batch, 3, channels // 3, height, width).transpose(1, 2).contiguous()
        return self.grouped(x.view(batch, channels, height, width)).flatten(1)


class AsymmetricPadding(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.same = nn.Conv2d(4, 4, (2, 4), padding="same")
        self.reflected = nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect")

    def forward(self, x):
        x = functional.pad(x, (0, 1, 2, 3))
        return self.reflected(self.same(self.conv(x))).flatten(1)


class Windows(nn.Module):
    """One of each kind of sliding window, with odd settings."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 6, (3, 5), (2, 1), (1, 0), (1, 2), groups=2)
        self.maximum = nn.MaxPool2d(3, 2, 1, ceil_mode=True)
        self.average = nn.AvgPool2d(2)
        self.up = nn.ConvTranspose2d(6, 4, 4, 2, 1)
        self.norm = nn.LocalResponseNorm(3)

    def forward(self, x):
        x = torch.cat([x, x[:, :1]], 1)
        x = self.average(self.maximum(self.conv(x)))
        return self.norm(self.up(x))[:, :, 1:, ::2].flatten(1)


class ChannelsLast(nn.Module):
    """ConvNeXt's habit: linear layers over the channels, which it moves to the end."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(3)
        self.expand = nn.Linear(3, 5)
        self.scale = nn.Parameter(torch.full((5, 1, 1), 0.5))

    def forward(self, x):
        y = self.expand(self.norm(x.permute(0, 2, 3, 1)))
        return (functional.gelu(y).permute(0, 3, 1, 2) * self.scale).mean((2, 3))


class OnePictureOnly(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4 * 14 * 14, 5)

    def forward(self, x):
        return self.fc(self.conv(x).view(1, -1))


class StandardisedWeights(nn.Module):
    """Computes its kernels from its parameters on every run."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3, generator=torch.Generator()))

    def forward(self, x):
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return functional.conv2d(x, weight).flatten(1)


class Unknown(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return torch.cumprod(self.conv(x), dim=2).flatten(1)


class LosesTheBatchAxis(nn.Module):
    """Scales by a single number, and cuts a map into windows that it counts as pictures."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        x = self.conv(x)
        x = x / x.std()
        windows = x.reshape(x.shape[0] * 2, 2, 16, 16).softmax(1)
        return windows.reshape(x.shape[0], -1)


class KeepsItsDropout(nn.Module):
    """As Monte Carlo dropout wants it (Gal and Ghahramani 2016)."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.drop = nn.Dropout(0.5)

    def train(self, mode=True):
        super().train(mode)
        self.drop.train()
        return self

    def forward(self, x):
        return self.drop(self.conv(x)).flatten(1)


class ForgetsToStopItsDropout(nn.Module):
    def forward(self, x):
        return functional.dropout(x, 0.5).flatten(1)


class AddsNoise(nn.Module):
    def forward(self, x):
        return (x + torch.randn_like(x)).flatten(1)


class TakesWhatIsPositive(nn.Module):
    def forward(self, x):
        return x[x > 0]


class TimeFirst(nn.Module):
    """(time, batch, classes), as recurrent networks and their losses have it."""

    def forward(self, x):
        return x.mean(2).permute(2, 0, 1)


class FlipsAsWell(nn.Module):
    def forward(self, x):
        return torch.cat([x, x.flip(-1)]).mean((2, 3))


class FailsForOne(nn.Module):
    def forward(self, x):
        return x.mean((2, 3)).squeeze().softmax(1)


class DecidesByValue(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x.flatten(1)
        return -x.flatten(1)


class CountsAndTells(CountsItsCalls):
    def forward(self, x):
        return super().forward(x) * self.calls


class ChangesItsWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        row = self.fc.weight[0]
        row.mul_(0.5)
        return self.fc(x.mean((2, 3)))


COMPUTABLE = (
    ReusedReLU,
    FunctionalReLU,
    InPlace,
    WritesThroughViews,
    OverwritesAfterDropout,
    OverwritesItsInput,
    ChunkAndSplit,
    Dense,
    SqueezeAndExcitation,
    GatesAlongAxes,
    OnePositionPadded,
    ChannelShuffle,
    AsymmetricPadding,
    Windows,
    ChannelsLast,
    OnePictureOnly,
    StandardisedWeights,
    Unknown,
    LosesTheBatchAxis,
    WritesLast,
    ReturnsWhatItFilled,
    WritesUnderModes,
    CountsItsCalls,
    Squeezes,
    AsksHowMany,
    GroupsAreThePictures,
    SharesMemoryAlone,
    ComparesPictures,
    LeavesItsNormalisationInTraining,
)


def prepared(network):
    """An instance with reproducible weights, in evaluation mode."""
    torch.manual_seed(0)
    return network().eval().requires_grad_(False)
