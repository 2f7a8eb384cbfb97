"""A small dilated network for digits, after Yu and Koltun, 2016.

A dilated 3x3 kernel reads nine pixels that lie `dilation` apart. Stacked with growing dilation,
the receptive field grows like a network that pools, while the map keeps every pixel.

The paper's context module dilates by 1, 1, 2, 4, 8: each kernel's gaps are filled by the field
below, so every pixel of the box is read. This network leaves out the ones at the start. All its
steps are then even, and a unit of the first four layers reads only pixels at even distances: the
box of conv4 is 33x33, of which it touches 17x17, about one in four. This is gridding (Wang et al.
2018, "Understanding Convolution for Semantic Segmentation"). conv5, undilated, joins the four
interleaved grids again, as the degridding layers of Yu, Koltun and Funkhouser (2017) do.
"""

from collections import OrderedDict

from torch import nn

from models.architectures.initial_weights import start_by_he

CHANNELS = 24


def _dilated(in_channels: int, dilation: int) -> nn.Conv2d:
    # Padding by the dilation keeps height and width; the normalisation behind it has the bias.
    return nn.Conv2d(in_channels, CHANNELS, 3, padding=dilation, dilation=dilation, bias=False)


class DilatedNet(nn.Sequential):
    """Five dilated convolutions at full resolution, a 1x1 to classes, and the mean of each map.

    Takes (batch, 1, height, width), drawn for 32x32. Weights start by He's rule.

    Source: Yu, Koltun: Multi-Scale Context Aggregation by Dilated Convolutions, ICLR 2016
    (arXiv 1511.07122), section 3 and table 1.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        layers: dict[str, nn.Module] = {
            # (1, 32, 32). Every map below is as large; behind it, how far one unit sees and how
            # many pixels of that box it reads.
            "conv1": _dilated(in_channels, dilation=2),  # (24, 32, 32), 5x5, reads 3x3
            "norm1": nn.BatchNorm2d(CHANNELS),
            "relu1": nn.ReLU(),
            "conv2": _dilated(CHANNELS, dilation=2),  # (24, 32, 32), 9x9, reads 5x5
            "norm2": nn.BatchNorm2d(CHANNELS),
            "relu2": nn.ReLU(),
            "conv3": _dilated(CHANNELS, dilation=4),  # (24, 32, 32), 17x17, reads 9x9
            "norm3": nn.BatchNorm2d(CHANNELS),
            "relu3": nn.ReLU(),
            "conv4": _dilated(CHANNELS, dilation=8),  # (24, 32, 32), 33x33, reads 17x17
            "norm4": nn.BatchNorm2d(CHANNELS),
            "relu4": nn.ReLU(),
            "conv5": _dilated(CHANNELS, dilation=1),  # (24, 32, 32), 35x35, reads 35x35
            "norm5": nn.BatchNorm2d(CHANNELS),
            "relu5": nn.ReLU(),
            # One map of evidence a class; its mean is the logit.
            "score": nn.Conv2d(CHANNELS, classes, 1),  # (classes, 32, 32)
            "pool": nn.AdaptiveAvgPool2d(1),  # (classes, 1, 1)
            "flatten": nn.Flatten(),  # (classes,)
        }
        super().__init__(OrderedDict(layers))
        start_by_he(self)
