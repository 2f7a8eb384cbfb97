"""GoogLeNet for 32x32 pictures: three Inception modules, after Szegedy et al., 2014.

The stem, the modules with their four branches, poolings that keep a last, cut window, and the mean
of each map instead of wide dense layers are the paper's. There are three modules instead of nine,
an eighth of the channels, a first kernel of 5x5 at stride 1 instead of 7x7 at stride 2, and neither
response normalisation nor auxiliary heads: a gradient finds its way through eleven layers alone.
"""

import torch
from torch import nn

from models.architectures.googlenet import Inception


def _halving_pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


class GoogLeNet32(nn.Module):
    """A stem of three convolutions, three Inception modules, the mean of each map, a dense layer.

    Takes (batch, in_channels, 32, 32); the last pooling is 4x4. Weights start by He's rule.

    Source: Szegedy et al.: Going Deeper with Convolutions, 2014 (arXiv 1409.4842), table 1 and
    figure 2b, in miniature.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, 5, padding=2)
        self.relu1 = nn.ReLU()
        self.pool1 = _halving_pool()
        self.conv2_reduce = nn.Conv2d(16, 16, 1)
        self.relu2_reduce = nn.ReLU()
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.pool2 = _halving_pool()
        self.inception3a = Inception(32, 16, (16, 24), (4, 8), 8)
        self.inception3b = Inception(56, 24, (24, 48), (8, 16), 16)
        self.pool3 = _halving_pool()
        self.inception4a = Inception(104, 32, (32, 64), (8, 16), 16)
        self.pool4 = nn.AvgPool2d(4, stride=1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(128, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(batch, in_channels, 32, 32) to logits (batch, classes)."""
        x = self.relu1(self.conv1(pictures))  # (16, 32, 32)
        x = self.pool1(x)  # (16, 16, 16)
        x = self.relu2_reduce(self.conv2_reduce(x))  # (16, 16, 16)
        x = self.relu2(self.conv2(x))  # (32, 16, 16)
        x = self.pool2(x)  # (32, 8, 8)
        x = self.inception3a(x)  # (56, 8, 8)
        x = self.inception3b(x)  # (104, 8, 8)
        x = self.pool3(x)  # (104, 4, 4)
        x = self.inception4a(x)  # (128, 4, 4)
        x = self.flatten(self.pool4(x))  # (128,)
        logits: torch.Tensor = self.fc(x)  # (classes,)
        return logits
