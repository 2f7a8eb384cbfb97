"""AlexNet: Krizhevsky, Sutskever and Hinton, 2012.

The paper trains on two GPUs, half of the kernels of every layer on each. Three layers see only
the half on their own GPU; they are convolutions in two groups here, so one device holds both
towers and the arithmetic is theirs.

Where the paper leaves a choice:
    - It says 224x224 and 55x55 maps after 11x11 kernels at stride 4, which do not fit without
      padding. Two pixels on every side give 55; one row and one column stay unread.
    - Response normalisation sums over "all kernels of the layer" in the formula, but would stop
      at the tower's border on two GPUs. This follows the formula.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

WEIGHT_STANDARD_DEVIATION = 0.01
BIASED_TO_ONE = frozenset({"conv2", "conv4", "conv5", "fc6", "fc7"})


class ResponseNormalisation(nn.Module):
    """Divides an activation by a power of the energy of its neighbours along the channels.

    With a the activations at one position, i and j channels, r = size // 2, out of C channels:

        b[i] = a[i] / (k + alpha * sum(a[j]**2 for j in max(0, i - r) .. min(C - 1, i + r))) ** beta

    `torch.nn.LocalResponseNorm` divides its alpha by the size, so that its alpha for the same
    result is five times the paper's. This one takes the paper's numbers as they stand.

    Source: Krizhevsky et al. 2012, section 3.3, and its constants.
    """

    def __init__(
        self, size: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75
    ) -> None:
        super().__init__()
        self.size = size
        self.k = k
        self.alpha = alpha
        self.beta = beta

    def forward(self, activations: torch.Tensor) -> torch.Tensor:
        """Keep the shape, (batch, channels, height, width)."""
        channels = activations.shape[1]
        reach = self.size // 2
        # Zero channels at both ends add no energy, which is the formula's max and min.
        squares = functional.pad(activations.square(), (0, 0, 0, 0, reach, reach))
        energy = squares[:, :channels]
        # A sum of shifted slices, not a pooling over a reshaped tensor: a trace of the network
        # then says plainly that no pixel meets another one here.
        for shift in range(1, 2 * reach + 1):
            energy = energy + squares[:, shift : shift + channels]
        return activations / (self.k + self.alpha * energy) ** self.beta

    def extra_repr(self) -> str:
        return f"size={self.size}, k={self.k}, alpha={self.alpha}, beta={self.beta}"


class AlexNet(nn.Sequential):
    """Five convolutions and three dense layers; the first network of this kind to win ImageNet.

    Takes (batch, 3, 224, 224); fc6 fixes the size. Weights start Gaussian with deviation 0.01;
    the biases of `BIASED_TO_ONE` start at 1, so that their ReLUs begin on the slope, others at 0.

    Source: Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural
    Networks, NIPS 2012, sections 3.5 and 5 and figure 2.
    """

    def __init__(self, classes: int = 1000) -> None:
        layers: dict[str, nn.Module] = {
            # (3, 224, 224)
            "conv1": nn.Conv2d(3, 96, 11, stride=4, padding=2),  # (96, 55, 55)
            "relu1": nn.ReLU(),
            "norm1": ResponseNormalisation(),
            # Windows of 3 at stride 2 overlap; the paper finds that this overfits less.
            "pool1": nn.MaxPool2d(3, stride=2),  # (96, 27, 27)
            "conv2": nn.Conv2d(96, 256, 5, padding=2, groups=2),  # (256, 27, 27)
            "relu2": nn.ReLU(),
            "norm2": ResponseNormalisation(),
            "pool2": nn.MaxPool2d(3, stride=2),  # (256, 13, 13)
            # The only convolution in which the two towers meet.
            "conv3": nn.Conv2d(256, 384, 3, padding=1),  # (384, 13, 13)
            "relu3": nn.ReLU(),
            "conv4": nn.Conv2d(384, 384, 3, padding=1, groups=2),  # (384, 13, 13)
            "relu4": nn.ReLU(),
            "conv5": nn.Conv2d(384, 256, 3, padding=1, groups=2),  # (256, 13, 13)
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
        for name, layer in layers.items():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.normal_(layer.weight, std=WEIGHT_STANDARD_DEVIATION)
                if layer.bias is not None:
                    nn.init.constant_(layer.bias, 1.0 if name in BIASED_TO_ONE else 0.0)
