"""ZF Net: Zeiler and Fergus, 2013.

AlexNet, changed after looking at what its first layers had learned: its 11x11 kernels at stride 4
held dead filters and aliasing, so here they are 7x7 at stride 2, and no layer is split in towers.

Where the paper leaves a choice:
    - It gives map sizes (110, 55, 26, 13, 6), not padding. One pixel around the picture gives
      110; pooling that also keeps a last, cut window (`ceil_mode`) gives 55 and 13.
    - "Contrast normalised across feature maps" comes without constants; these are AlexNet's.
    - Its weights start "at 0.01"; equal weights would never part, so that is read as AlexNet's
      deviation.
"""

from collections import OrderedDict

from torch import nn

from models.architectures.alexnet import WEIGHT_STANDARD_DEVIATION, ResponseNormalisation


class ZFNet(nn.Sequential):
    """Five convolutions and three dense layers; the network that the deconvnet was shown on.

    Takes (batch, 3, 224, 224); fc6 fixes the size. Weights start Gaussian with deviation 0.01,
    biases at 0.

    Source: Zeiler, Fergus: Visualizing and Understanding Convolutional Networks, 2013
    (arXiv 1311.2901), section 3 and figure 3.
    """

    def __init__(self, classes: int = 1000) -> None:
        layers: dict[str, nn.Module] = {
            # (3, 224, 224)
            "conv1": nn.Conv2d(3, 96, 7, stride=2, padding=1),  # (96, 110, 110)
            "relu1": nn.ReLU(),
            # Pooled first, then normalised: the other way round than AlexNet.
            "pool1": nn.MaxPool2d(3, stride=2, ceil_mode=True),  # (96, 55, 55)
            "norm1": ResponseNormalisation(),
            "conv2": nn.Conv2d(96, 256, 5, stride=2),  # (256, 26, 26)
            "relu2": nn.ReLU(),
            "pool2": nn.MaxPool2d(3, stride=2, ceil_mode=True),  # (256, 13, 13)
            "norm2": ResponseNormalisation(),
            "conv3": nn.Conv2d(256, 384, 3, padding=1),  # (384, 13, 13)
            "relu3": nn.ReLU(),
            "conv4": nn.Conv2d(384, 384, 3, padding=1),  # (384, 13, 13)
            "relu4": nn.ReLU(),
            "conv5": nn.Conv2d(384, 256, 3, padding=1),  # (256, 13, 13)
            "relu5": nn.ReLU(),
            "pool5": nn.MaxPool2d(3, stride=2),  # (256, 6, 6)
            "flatten": nn.Flatten(),  # (9216,)
            "fc6": nn.Linear(256 * 6 * 6, 4096),  # (4096,)
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
                nn.init.normal_(layer.weight, std=WEIGHT_STANDARD_DEVIATION)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
