"""ResNet: He, Zhang, Ren and Sun, 2015.

A block learns what to add to its input, not what to make of it: the input goes round the block on
a shortcut and is added at its end, so depth costs no gradient.

As published: a bottleneck halves the map in its first 1x1 convolution (torchvision's "v1.5" moves
the stride into the 3x3, which changes no parameter but every receptive field), batch
normalisation follows every convolution and precedes the ReLU, convolutions have no bias, and the
shortcut is the identity except where the shape changes, where a 1x1 convolution projects (option
B of the paper).
"""

from collections import OrderedDict

import torch
from torch import nn

from models.architectures.initial_weights import start_by_he


def _projection(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """The identity, or option B where the shape changes."""
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    layers: dict[str, nn.Module] = {
        "conv": nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
        "norm": nn.BatchNorm2d(out_channels),
    }
    return nn.Sequential(OrderedDict(layers))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut; figure 5, left.

    (in, h, w) to (width, h / stride, w / stride).
    """

    expansion = 1

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut = _projection(in_channels, width, stride)
        self.relu2 = nn.ReLU()

    def forward(self, activations: torch.Tensor) -> torch.Tensor:
        """Equation 1: the residual, plus the input; the last ReLU comes after the addition."""
        residual = self.relu1(self.norm1(self.conv1(activations)))  # (width, h/s, w/s)
        residual = self.norm2(self.conv2(residual))  # (width, h/s, w/s)
        output: torch.Tensor = self.relu2(residual + self.shortcut(activations))
        return output


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1 that narrow and widen; figure 5, right.

    (in, h, w) to (4 * width, h / stride, w / stride).
    """

    expansion = 4

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        out_channels = self.expansion * width
        self.conv1 = nn.Conv2d(in_channels, width, 1, stride=stride, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(out_channels)
        self.shortcut = _projection(in_channels, out_channels, stride)
        self.relu3 = nn.ReLU()

    def forward(self, activations: torch.Tensor) -> torch.Tensor:
        """Equation 1: the residual, plus the input; the last ReLU comes after the addition."""
        residual = self.relu1(self.norm1(self.conv1(activations)))  # (width, h/s, w/s)
        residual = self.relu2(self.norm2(self.conv2(residual)))  # (width, h/s, w/s)
        residual = self.norm3(self.conv3(residual))  # (4 * width, h/s, w/s)
        output: torch.Tensor = self.relu3(residual + self.shortcut(activations))
        return output


# Table 1: the kind of block, and how many in each of the four stages.
DESIGNS: dict[int, tuple[type[BasicBlock | Bottleneck], tuple[int, int, int, int]]] = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
    152: (Bottleneck, (3, 8, 36, 3)),
}


def _stage(
    block: type[BasicBlock | Bottleneck], in_channels: int, width: int, count: int, stride: int
) -> nn.Sequential:
    """Blocks in a row, of which the first changes the shape."""
    first = block(in_channels, width, stride)
    others = [block(block.expansion * width, width, 1) for _ in range(count - 1)]
    return nn.Sequential(first, *others)


class ResNet(nn.Module):
    """Residual blocks in four stages behind one convolution.

    Takes (batch, 3, height, width) of any size: the pooling at the end is over the whole map.
    Weights start by He's rule, biases at 0, normalisation as the identity. With such weights and
    no statistics from training every block adds to the scale of its input, so an untrained deep
    ResNet has very large logits in evaluation mode.

    Raises:
        ValueError: the depth is none of 18, 34, 50, 101 and 152.

    Source: He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015
    (arXiv 1512.03385), sections 3.3 and 3.4 and table 1.
    """

    def __init__(self, depth: int, classes: int = 1000) -> None:
        super().__init__()
        if depth not in DESIGNS:
            raise ValueError(f"No ResNet has depth {depth!r}; there are {sorted(DESIGNS)}.")
        block, counts = DESIGNS[depth]
        widened = block.expansion
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.norm1 = nn.BatchNorm2d(64)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(3, stride=2, padding=1)
        # The pooling has already halved the map that the first stage sees.
        self.layer1 = _stage(block, 64, 64, counts[0], stride=1)
        self.layer2 = _stage(block, 64 * widened, 128, counts[1], stride=2)
        self.layer3 = _stage(block, 128 * widened, 256, counts[2], stride=2)
        self.layer4 = _stage(block, 256 * widened, 512, counts[3], stride=2)
        self.pool5 = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(512 * widened, classes)
        start_by_he(self)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(batch, 3, height, width) to logits (batch, classes)."""
        # Shapes for 224x224; e is 1 with basic blocks and 4 with bottlenecks.
        x = self.relu1(self.norm1(self.conv1(pictures)))  # (64, 112, 112)
        x = self.pool1(x)  # (64, 56, 56)
        x = self.layer1(x)  # (64e, 56, 56)
        x = self.layer2(x)  # (128e, 28, 28)
        x = self.layer3(x)  # (256e, 14, 14)
        x = self.layer4(x)  # (512e, 7, 7)
        x = self.flatten(self.pool5(x))  # (512e,)
        logits: torch.Tensor = self.fc(x)  # (classes,)
        return logits
