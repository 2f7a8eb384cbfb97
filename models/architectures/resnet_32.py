"""ResNet for 32x32 pictures: the small design that He, Zhang, Ren and Sun, 2015, give for CIFAR-10.

A 3x3 convolution, three stages of n blocks at 32x32, 16x16 and 8x8 with 16, 32 and 64 channels, the
mean of each map and one dense layer: 6n + 2 layers with weights. The paper has n = 3, 5, 7, 9 and
18; n = 1, which makes eight layers, is enough for digits.

Where this departs: where the shape changes the shortcut is a 1x1 convolution (option B), as in the
paper's large networks; its small ones fill up with zeros (option A).
"""

from collections import OrderedDict

from torch import nn

from models.architectures.initial_weights import start_by_he
from models.architectures.resnet import BasicBlock

CHANNELS = (16, 32, 64)


class ResNet32(nn.Sequential):
    """One convolution, three stages of residual blocks, the mean of each map, one dense layer.

    Takes (batch, in_channels, height, width), drawn for 32x32. Weights start by He's rule,
    normalisation as the identity.

    Source: He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015
    (arXiv 1512.03385), section 4.2.
    """

    def __init__(self, blocks: int = 1, classes: int = 10, in_channels: int = 1) -> None:
        first, second, third = CHANNELS
        layers: dict[str, nn.Module] = {
            "conv1": nn.Conv2d(in_channels, first, 3, padding=1, bias=False),  # (16, 32, 32)
            "norm1": nn.BatchNorm2d(first),
            "relu1": nn.ReLU(),
            "layer1": _stage(first, first, blocks, stride=1),  # (16, 32, 32)
            "layer2": _stage(first, second, blocks, stride=2),  # (32, 16, 16)
            "layer3": _stage(second, third, blocks, stride=2),  # (64, 8, 8)
            "pool": nn.AdaptiveAvgPool2d(1),
            "flatten": nn.Flatten(),  # (64,)
            "fc": nn.Linear(third, classes),  # (classes,)
        }
        super().__init__(OrderedDict(layers))
        start_by_he(self)


def _stage(in_channels: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    """Blocks in a row, of which the first changes the shape."""
    first = BasicBlock(in_channels, width, stride)
    return nn.Sequential(first, *(BasicBlock(width, width, 1) for _ in range(blocks - 1)))
