"""ResNet for 32x32 pictures: the small design that He, Zhang, Ren and Sun, 2015, give for CIFAR-10.

A 3x3 convolution, three stages of n blocks at 32x32, 16x16 and 8x8 with 16, 32 and 64 channels, the
mean of each map and one dense layer: 6n + 2 layers with weights. The paper has n = 3, 5, 7, 9 and
18; n = 1, which makes eight layers, is enough for digits.

Where this departs: where the shape changes the shortcut is a 1x1 convolution (option B), as in the
paper's large networks; its small ones fill up with zeros (option A).
"""

import torch
from torch import nn

from models.architectures.resnet import BasicBlock

CHANNELS = (16, 32, 64)


class ResNet32(nn.Module):
    """One convolution, three stages of residual blocks, the mean of each map, one dense layer.

    Takes (batch, in_channels, height, width), drawn for 32x32. Weights start by He's rule,
    normalisation as the identity.

    Source: He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015
    (arXiv 1512.03385), section 4.2.
    """

    def __init__(self, blocks: int = 1, classes: int = 10, in_channels: int = 1) -> None:
        super().__init__()
        first, second, third = CHANNELS
        self.conv1 = nn.Conv2d(in_channels, first, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(first)
        self.relu1 = nn.ReLU()
        self.layer1 = _stage(first, first, blocks, stride=1)
        self.layer2 = _stage(first, second, blocks, stride=2)
        self.layer3 = _stage(second, third, blocks, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(third, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(batch, in_channels, height, width) to logits (batch, classes)."""
        x = self.relu1(self.norm1(self.conv1(pictures)))  # (16, 32, 32)
        x = self.layer1(x)  # (16, 32, 32)
        x = self.layer2(x)  # (32, 16, 16)
        x = self.layer3(x)  # (64, 8, 8)
        x = self.flatten(self.pool(x))  # (64,)
        logits: torch.Tensor = self.fc(x)  # (classes,)
        return logits


def _stage(in_channels: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    """Blocks in a row, of which the first changes the shape."""
    first = BasicBlock(in_channels, width, stride)
    return nn.Sequential(first, *(BasicBlock(width, width, 1) for _ in range(blocks - 1)))
