"""Networks that move the channels last and work there, as ConvNeXt, Swin and their kin do.

Rows, columns and channels have sizes of their own where that is possible, so that no two of them
can be taken for each other unseen; most have more rows than channels, or fewer.
"""

import torch
from torch import nn
from torch.nn import functional


class ChannelsLast(nn.Module):
    """A function of (batch, height, width, channels); keywords are its modules.

    Its result goes back to channels first and through a convolution, if it has channels at all.
    """

    def __init__(self, function, after=None, **modules):
        super().__init__()
        self.function = function
        self.after = after
        self.inner = nn.ModuleDict(modules)

    def forward(self, x):
        x = self.function(x.permute(0, 2, 3, 1), **self.inner)
        x = x.permute(0, 3, 1, 2) if x.dim() == 4 else x
        return x if self.after is None else self.after(x)


def merged(x, norm, line):
    """Patch merging (Liu et al., Swin Transformer, 2021, section 3.1)."""
    corners = [x[:, row::2, column::2, :] for column in (0, 1) for row in (0, 1)]
    return line(norm(torch.cat(corners, -1)))


def gated(x, line):
    """Half of the channels scale the others."""
    first, second = line(x).chunk(2, -1)
    return first * second.sigmoid()


def kept_statistics(kind, **settings):
    norm = kind(6, track_running_stats=True, **settings)
    return ChannelsLast(lambda x, norm: norm(x.relu()), norm=norm)


CHANNELS_LAST = {
    "last, gate": ChannelsLast(
        lambda x, line: x * line(x.mean((1, 2), keepdim=True)).sigmoid(),
        nn.Conv2d(4, 4, 3, padding=1),
        line=nn.Linear(4, 4),
    ),
    "last, gate of a vector": ChannelsLast(
        lambda x, line: x * line(x.mean((1, 2))).sigmoid()[:, None, None, :],
        nn.Conv2d(4, 4, 3, padding=1),
        line=nn.Linear(4, 4),
    ),
    "last, merged": ChannelsLast(
        merged, nn.Conv2d(8, 2, 2), norm=nn.LayerNorm(16), line=nn.Linear(16, 8)
    ),
    "last, halves": ChannelsLast(gated, nn.Conv2d(4, 2, 2), line=nn.Linear(4, 8)),
    "last, slices": ChannelsLast(lambda x: x.relu()[:, 1:, ::2, 1:3].tanh()),
    "last, slice of rows": ChannelsLast(lambda x: x.relu()[:, 1:5] * 2.0, nn.Conv2d(4, 2, 2)),
    "last, every other channel": ChannelsLast(lambda x: x[..., ::2] + x[..., 1::2]),
    "last, one row": ChannelsLast(lambda x: x.relu()[:, 2].unsqueeze(1) * x),
    "last, one channel": ChannelsLast(lambda x: x.relu()[..., 2:3] * x, nn.Conv2d(4, 2, 2)),
    "last, first pictures": ChannelsLast(lambda x: x.relu()[: x.shape[0]].softmax(0) + x),
    "last, mirrored slice": ChannelsLast(
        lambda x: torch.cat([x[:, :, 3:], x[:, :, :3]], 2), nn.Conv2d(4, 2, 2)
    ),
    "last, parts of rows": ChannelsLast(lambda x: x.relu().split([1, 5], 1)[1].tanh()),
    "last, parts of columns": ChannelsLast(lambda x: x.relu().chunk(3, 2)[1].tanh()),
    "last, softmax": ChannelsLast(lambda x: x.relu().softmax(-1), nn.Conv2d(4, 2, 2)),
    "last, softmax of rows": ChannelsLast(lambda x: x.log_softmax(1)),
    "last, mean of channels": ChannelsLast(
        lambda x: x.relu() / (x.relu().mean(-1, keepdim=True) + 1), nn.Conv2d(4, 2, 2)
    ),
    "last, mean of rows": ChannelsLast(
        lambda x: x.amax(2, keepdim=True) + x.sum(1, keepdim=True) * x
    ),
    "last, means without an axis": ChannelsLast(
        lambda x: x.relu().mean(-1) + x.mean((1, 3))[:, None]
    ),
    "last, mean of pictures": ChannelsLast(lambda x: x.mean(0) * x + x.norm(dim=0)),
    "last, rows beneath": ChannelsLast(lambda x: torch.cat([x.relu(), x.tanh()[:, :2]], 1)),
    "last, both ways": ChannelsLast(
        lambda x, line: line(x) * x.permute(0, 3, 1, 2).mean(1)[..., None], line=nn.Linear(4, 4)
    ),
    "last, pool": ChannelsLast(lambda x: functional.max_pool2d(x.relu(), 2)),
    "last, adaptive": ChannelsLast(lambda x: functional.adaptive_avg_pool2d(x.relu(), (3, 1))),
    "last, to one": ChannelsLast(lambda x: functional.adaptive_avg_pool2d(x.relu(), 1)),
    "last, upsample": ChannelsLast(lambda x: functional.interpolate(x.relu(), scale_factor=2)),
    "last, pad": ChannelsLast(lambda x: functional.pad(x.relu(), (1, 0, 0, 2)).tanh()),
    "last, pixels": ChannelsLast(
        lambda x, line: functional.pixel_shuffle(line(x)[:, :4], 2).tanh(), line=nn.Linear(4, 3)
    ),
    "last, convolution": ChannelsLast(lambda x, conv: conv(x.relu()), conv=nn.Conv2d(6, 3, 3)),
    "last, own padding": ChannelsLast(
        lambda x, conv: conv(x), conv=nn.Conv2d(6, 3, 3, padding=1, padding_mode="reflect")
    ),
    "last, neighbours": ChannelsLast(lambda x, n: n(x.relu()), n=nn.LocalResponseNorm(3, alpha=2)),
    "last, shuffle": ChannelsLast(lambda x, n: n(x.relu()).tanh(), n=nn.ChannelShuffle(3)),
    "last, shuffled by hand": ChannelsLast(
        lambda x: x.relu().view(-1, 2, 3, 6, 4).transpose(1, 2).reshape(-1, 6, 6, 4).tanh()
    ),
    "last, groups": ChannelsLast(lambda x, norm: norm(x.relu()), norm=nn.GroupNorm(2, 6)),
    "last, slopes": ChannelsLast(lambda x, slope: slope(x), slope=nn.PReLU(6)),
    "last, batch norm": kept_statistics(nn.BatchNorm2d),
    "last, instance norm": kept_statistics(nn.InstanceNorm2d),
    "last, own statistics": ChannelsLast(lambda x, n: n(x.relu()), n=nn.InstanceNorm2d(6)),
    "last, more rows than channels": nn.Sequential(
        nn.Conv2d(4, 8, 1), kept_statistics(nn.BatchNorm2d)
    ),
    "last, more channels": nn.Sequential(
        nn.Conv2d(4, 8, 1), ChannelsLast(lambda x: functional.interpolate(x.softmax(-1), size=9))
    ),
}  # fmt: skip
