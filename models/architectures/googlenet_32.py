"""GoogLeNet for 32x32 pictures: three Inception modules, after Szegedy et al., 2014.

The stem, the modules with their four branches, poolings that keep a last, cut window, and the mean
of each map instead of wide dense layers are the paper's. There are three modules instead of nine,
an eighth of the channels, a first kernel of 5x5 at stride 1 instead of 7x7 at stride 2, and neither
response normalisation nor auxiliary heads: a gradient finds its way through eleven layers alone.
"""

from collections import OrderedDict

from torch import nn

from models.architectures.googlenet import Inception
from models.architectures.initial_weights import start_by_he


def _halving_pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


class GoogLeNet32(nn.Sequential):
    """A stem of three convolutions, three Inception modules, the mean of each map, a dense layer.

    Takes (batch, in_channels, 32, 32); the last pooling is 4x4. Weights start by He's rule.

    Source: Szegedy et al.: Going Deeper with Convolutions, 2014 (arXiv 1409.4842), table 1 and
    figure 2b, in miniature.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        layers: dict[str, nn.Module] = {
            "conv1": nn.Conv2d(in_channels, 16, 5, padding=2),  # (16, 32, 32)
            "relu1": nn.ReLU(),
            "pool1": _halving_pool(),  # (16, 16, 16)
            "conv2_reduce": nn.Conv2d(16, 16, 1),
            "relu2_reduce": nn.ReLU(),
            "conv2": nn.Conv2d(16, 32, 3, padding=1),  # (32, 16, 16)
            "relu2": nn.ReLU(),
            "pool2": _halving_pool(),  # (32, 8, 8)
            "inception3a": Inception(32, 16, (16, 24), (4, 8), 8),  # (56, 8, 8)
            "inception3b": Inception(56, 24, (24, 48), (8, 16), 16),  # (104, 8, 8)
            "pool3": _halving_pool(),  # (104, 4, 4)
            "inception4a": Inception(104, 32, (32, 64), (8, 16), 16),  # (128, 4, 4)
            "pool4": nn.AvgPool2d(4, stride=1),
            "flatten": nn.Flatten(),  # (128,)
            "fc": nn.Linear(128, classes),  # (classes,)
        }
        super().__init__(OrderedDict(layers))
        start_by_he(self)
