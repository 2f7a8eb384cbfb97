"""VGG: Simonyan and Zisserman, 2014.

One idea: 3x3 convolutions only. Two of them see 5x5 and three see 7x7, with fewer weights than
one large kernel and with a ReLU between.

Where this departs: the paper trains configuration A from Gaussian weights of variance 0.01 and
starts the deeper ones from it. It adds that the rule of Glorot and Bengio (2010) later made this
unnecessary; that rule is used here for every depth.
"""

from collections import OrderedDict

from torch import nn

# Convolutions in each of the five blocks: configurations A, B, D and E of table 1. A layer
# counts towards the depth if it has weights, so the three dense ones do.
CONVOLUTIONS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
CHANNELS = (64, 128, 256, 512, 512)


def _convolutional_layers(depth: int) -> dict[str, nn.Module]:
    layers: dict[str, nn.Module] = {}
    in_channels = 3
    # Block by block, (channels, height, width) before and after its pooling:
    #   1  (64, 224, 224)  -> (64, 112, 112)
    #   2  (128, 112, 112) -> (128, 56, 56)
    #   3  (256, 56, 56)   -> (256, 28, 28)
    #   4  (512, 28, 28)   -> (512, 14, 14)
    #   5  (512, 14, 14)   -> (512, 7, 7)
    for block, (count, channels) in enumerate(
        zip(CONVOLUTIONS[depth], CHANNELS, strict=True), start=1
    ):
        for index in range(1, count + 1):
            layers[f"conv{block}_{index}"] = nn.Conv2d(in_channels, channels, 3, padding=1)
            layers[f"relu{block}_{index}"] = nn.ReLU()
            in_channels = channels
        layers[f"pool{block}"] = nn.MaxPool2d(2, stride=2)
    return layers


class VGG(nn.Sequential):
    """Five blocks of 3x3 convolutions, each halved by pooling, and three dense layers.

    Takes (batch, 3, 224, 224); fc6 fixes the size. Weights start by Glorot's uniform rule, biases
    at 0.

    Raises:
        ValueError: the depth is none of 11, 13, 16 and 19.

    Source: Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image
    Recognition, 2014 (arXiv 1409.1556), section 2 and table 1.
    """

    def __init__(self, depth: int, classes: int = 1000) -> None:
        if depth not in CONVOLUTIONS:
            raise ValueError(f"No VGG has depth {depth!r}; there are {sorted(CONVOLUTIONS)}.")
        layers = _convolutional_layers(depth)  # (512, 7, 7)
        layers |= {
            "flatten": nn.Flatten(),  # (25088,)
            "fc6": nn.Linear(512 * 7 * 7, 4096),  # (4096,)
            "relu6": nn.ReLU(),
            "dropout6": nn.Dropout(0.5),
            "fc7": nn.Linear(4096, 4096),  # (4096,)
            "relu7": nn.ReLU(),
            "dropout7": nn.Dropout(0.5),
            "fc8": nn.Linear(4096, classes),  # (classes,)
        }
        super().__init__(OrderedDict(layers))
        for layer in layers.values():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
