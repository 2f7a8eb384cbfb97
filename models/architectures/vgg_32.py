"""VGG for 32x32 pictures: 3x3 convolutions only, after Simonyan and Zisserman, 2014.

The blocks of the paper's configuration A without the fifth, for which five halvings of 32 pixels
leave nothing to see, with 16, 32, 64 and 64 channels instead of 64, 128, 256 and 512. Six
convolutions and three dense layers: it would be called VGG-9.
"""

from collections import OrderedDict

from torch import nn

from models.architectures.initial_weights import start_by_he

CONVOLUTIONS = (1, 1, 2, 2)
CHANNELS = (16, 32, 64, 64)


class VGG32(nn.Sequential):
    """Four blocks of 3x3 convolutions, each halved by pooling, and three dense layers.

    Takes (batch, in_channels, 32, 32); fc5 fixes the size. Weights start by He's rule.

    Source: Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image
    Recognition, 2014 (arXiv 1409.1556), table 1, in miniature.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        layers: dict[str, nn.Module] = {}
        # Block by block, (channels, height, width) before and after its pooling:
        #   1  (16, 32, 32) -> (16, 16, 16)
        #   2  (32, 16, 16) -> (32, 8, 8)
        #   3  (64, 8, 8)   -> (64, 4, 4)
        #   4  (64, 4, 4)   -> (64, 2, 2)
        for block, (count, channels) in enumerate(
            zip(CONVOLUTIONS, CHANNELS, strict=True), start=1
        ):
            for index in range(1, count + 1):
                layers[f"conv{block}_{index}"] = nn.Conv2d(in_channels, channels, 3, padding=1)
                layers[f"relu{block}_{index}"] = nn.ReLU()
                in_channels = channels
            layers[f"pool{block}"] = nn.MaxPool2d(2, stride=2)
        layers |= {
            "flatten": nn.Flatten(),  # (256,)
            "fc5": nn.Linear(64 * 2 * 2, 128),  # (128,)
            "relu5": nn.ReLU(),
            "fc6": nn.Linear(128, 128),  # (128,)
            "relu6": nn.ReLU(),
            "fc7": nn.Linear(128, classes),  # (classes,)
        }
        super().__init__(OrderedDict(layers))
        start_by_he(self)
