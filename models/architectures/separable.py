"""A small depthwise-separable network for digits, after MobileNet: Howard et al., 2017.

A dense k x k convolution from M to N channels filters and mixes at once, with k*k*M*N weights.
A separable one first filters every channel by itself (depthwise, k*k*M), then mixes the channels
at each pixel (pointwise, M*N). Its share of the dense weights, and of the multiply-adds, is

    (k*k*M + M*N) / (k*k*M*N) = 1/N + 1/(k*k)

which for 3x3 kernels is little more than one ninth. For the five blocks of this network, weights
and multiply-adds on 32x32:

    block    M -> N      separable          dense 3x3          share
    block1   16 -> 32       656   671,744     4,608  4,718,592   0.142
    block2   32 -> 64     2,336   598,016    18,432  4,718,592   0.127
    block3   64 -> 64     4,672 1,196,032    36,864  9,437,184   0.127
    block4   64 -> 128    8,768   561,152    73,728  4,718,592   0.119
    block5  128 -> 128   17,536 1,122,304   147,456  9,437,184   0.119
    all                  33,968 4,149,248   281,088 33,030,144   0.121 and 0.126
"""

from collections import OrderedDict

from torch import nn

from models.architectures.initial_weights import start_by_he


class SeparableBlock(nn.Sequential):
    """Depthwise 3x3, then pointwise 1x1, each with normalisation and ReLU.

    (in, h, w) to (out, h / stride, w / stride).

    Source: Howard et al. 2017, figure 3, right.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        layers: dict[str, nn.Module] = {
            # As many groups as channels: none sees another.
            "depthwise": nn.Conv2d(
                in_channels,
                in_channels,
                3,
                stride=stride,
                padding=1,
                groups=in_channels,
                bias=False,
            ),  # (in, h / stride, w / stride)
            "depthwise_norm": nn.BatchNorm2d(in_channels),
            "depthwise_relu": nn.ReLU(),
            "pointwise": nn.Conv2d(in_channels, out_channels, 1, bias=False),
            # (out, h / stride, w / stride)
            "pointwise_norm": nn.BatchNorm2d(out_channels),
            "pointwise_relu": nn.ReLU(),
        }
        super().__init__(OrderedDict(layers))


class SeparableNet(nn.Sequential):
    """One dense convolution, five separable blocks, the mean of each map, one dense layer.

    Takes (batch, 1, height, width), drawn for 32x32. Like the paper's, the first convolution is
    dense: with one input channel there is nothing to separate. Weights start by He's rule.

    Source: Howard et al.: MobileNets, 2017 (arXiv 1704.04861), sections 3.1 and 3.2.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        layers: dict[str, nn.Module] = {
            # (1, 32, 32)
            "conv1": nn.Conv2d(in_channels, 16, 3, padding=1, bias=False),  # (16, 32, 32)
            "norm1": nn.BatchNorm2d(16),
            "relu1": nn.ReLU(),
            "block1": SeparableBlock(16, 32, stride=1),  # (32, 32, 32)
            "block2": SeparableBlock(32, 64, stride=2),  # (64, 16, 16)
            "block3": SeparableBlock(64, 64, stride=1),  # (64, 16, 16)
            "block4": SeparableBlock(64, 128, stride=2),  # (128, 8, 8)
            "block5": SeparableBlock(128, 128, stride=1),  # (128, 8, 8)
            "pool": nn.AdaptiveAvgPool2d(1),  # (128, 1, 1)
            "flatten": nn.Flatten(),  # (128,)
            "fc": nn.Linear(128, classes),  # (classes,)
        }
        super().__init__(OrderedDict(layers))
        start_by_he(self)
