"""ZF Net for 32x32 pictures: what Zeiler and Fergus, 2013, changed in AlexNet, in miniature.

The first kernels are smaller and skip no pixel (5x5 at stride 1, where `alexnet_32` has 7x7 at
stride 2), the second layer takes the stride instead, pooling comes before normalisation and keeps
a last, cut window, no layer is split in towers, and the middle layers are wide.
"""

from collections import OrderedDict

from torch import nn

from models.architectures.alexnet import WEIGHT_STANDARD_DEVIATION, ResponseNormalisation
from models.architectures.initial_weights import start_by_he


class ZFNet32(nn.Sequential):
    """Five convolutions and three dense layers.

    Takes (batch, in_channels, 32, 32); fc6 fixes the size. The first layer starts with a
    deviation of 0.01, so small that what its kernels show in the end is what they learned; the
    others start by He's rule.

    Source: Zeiler, Fergus: Visualizing and Understanding Convolutional Networks, 2013
    (arXiv 1311.2901), section 3 and figure 3, in miniature.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        conv1 = nn.Conv2d(in_channels, 24, 5, padding=1)
        layers: dict[str, nn.Module] = {
            # (in_channels, 32, 32)
            "conv1": conv1,  # (24, 30, 30)
            "relu1": nn.ReLU(),
            "pool1": nn.MaxPool2d(3, stride=2, ceil_mode=True),  # (24, 15, 15)
            "norm1": ResponseNormalisation(),
            "conv2": nn.Conv2d(24, 64, 5, stride=2),  # (64, 6, 6)
            "relu2": nn.ReLU(),
            "pool2": nn.MaxPool2d(3, stride=2, ceil_mode=True),  # (64, 3, 3)
            "norm2": ResponseNormalisation(),
            "conv3": nn.Conv2d(64, 96, 3, padding=1),  # (96, 3, 3)
            "relu3": nn.ReLU(),
            "conv4": nn.Conv2d(96, 96, 3, padding=1),  # (96, 3, 3)
            "relu4": nn.ReLU(),
            "conv5": nn.Conv2d(96, 64, 3, padding=1),  # (64, 3, 3)
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
