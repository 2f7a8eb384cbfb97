"""AlexNet for 32x32 pictures: the layers of Krizhevsky et al., 2012, in the same order, smaller.

What makes it AlexNet is kept: a first layer of large kernels that skip pixels, response
normalisation after the first two layers, overlapping pooling, two towers that meet in conv3 and in
the dense layers, and dropout. What 32 pixels do not allow is smaller: the first kernel is 7x7 at
stride 2 instead of 11x11 at stride 4, and there are 32, 64, 96, 96 and 64 kernels instead of 96,
256, 384, 384 and 256.
"""

from collections import OrderedDict

from torch import nn

from models.architectures.alexnet import WEIGHT_STANDARD_DEVIATION, ResponseNormalisation
from models.architectures.initial_weights import start_by_he


class AlexNet32(nn.Sequential):
    """Five convolutions and three dense layers.

    Takes (batch, in_channels, 32, 32); fc6 fixes the size. The first layer starts with the
    paper's deviation of 0.01, so small that what its kernels show in the end is what they learned;
    the others start by He's rule, because with 0.01 so narrow a network hardly begins to learn.

    Source: Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural
    Networks, NIPS 2012, sections 3.5 and figure 2, in miniature.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        conv1 = nn.Conv2d(in_channels, 32, 7, stride=2, padding=3)
        layers: dict[str, nn.Module] = {
            # (in_channels, 32, 32)
            "conv1": conv1,  # (32, 16, 16)
            "relu1": nn.ReLU(),
            "norm1": ResponseNormalisation(),
            "pool1": nn.MaxPool2d(3, stride=2),  # (32, 7, 7)
            "conv2": nn.Conv2d(32, 64, 5, padding=2, groups=2),  # (64, 7, 7)
            "relu2": nn.ReLU(),
            "norm2": ResponseNormalisation(),
            "pool2": nn.MaxPool2d(3, stride=2),  # (64, 3, 3)
            # The only convolution in which the two towers meet.
            "conv3": nn.Conv2d(64, 96, 3, padding=1),  # (96, 3, 3)
            "relu3": nn.ReLU(),
            "conv4": nn.Conv2d(96, 96, 3, padding=1, groups=2),  # (96, 3, 3)
            "relu4": nn.ReLU(),
            "conv5": nn.Conv2d(96, 64, 3, padding=1, groups=2),  # (64, 3, 3)
            "relu5": nn.ReLU(),
            "pool5": nn.MaxPool2d(3, stride=2),  # (64, 1, 1)
            "flatten": nn.Flatten(),  # (64,)
            "fc6": nn.Linear(64, 128),  # (128,)
            "relu6": nn.ReLU(),
            "dropout6": nn.Dropout(0.5),
            "fc7": nn.Linear(128, 128),  # (128,)
            "relu7": nn.ReLU(),
            "dropout7": nn.Dropout(0.5),
            "fc8": nn.Linear(128, classes),  # (classes,)
        }
        super().__init__(OrderedDict(layers))
        nn.init.normal_(conv1.weight, std=WEIGHT_STANDARD_DEVIATION)
        if conv1.bias is not None:
            nn.init.zeros_(conv1.bias)
        start_by_he(*[layer for layer in self if layer is not conv1])
