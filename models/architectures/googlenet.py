"""GoogLeNet, Inception v1: Szegedy et al., 2014.

An Inception module looks at its input through 1x1, 3x3 and 5x5 kernels and a pooling at once and
stacks the results as channels; 1x1 convolutions narrow the input of the wide kernels first.

Often rebuilt otherwise, here as published: the 5x5 branch has 5x5 kernels (torchvision's has 3x3),
convolutions have biases and no batch normalisation, the pooling before inception5a is 3x3.

Where the paper leaves a choice:
    - Map sizes 112, 56, 28, 14, 7 come from poolings without padding that keep a last, cut
      window (`ceil_mode`). The field of the first unit of inception5b then starts 327 pixels
      outside the picture; a padding of one would give the same sizes, but start it at 357.
    - It names response normalisation without constants; these are AlexNet's.
    - How weights begin is not said. He's rule (2015) keeps the scale of signals through 22 layers.
"""

from collections import OrderedDict
from typing import NamedTuple

import torch
from torch import nn

from models.architectures.alexnet import ResponseNormalisation
from models.architectures.initial_weights import start_by_he


class GoogLeNetOutput(NamedTuple):
    """What the network returns while it trains: logits, each (batch, classes).

    The paper adds the auxiliary losses with weight 0.3 each.
    """

    logits: torch.Tensor
    auxiliary1: torch.Tensor
    auxiliary2: torch.Tensor


class Inception(nn.Module):
    """Four views of one input, side by side; height and width stay.

    The numbers of channels stand in the order of the paper's table 1: of the 1x1 branch, of the
    3x3 and 5x5 branches as (reduced to, out), and of the projection behind the pooling.

    Source: figure 2b.
    """

    def __init__(
        self,
        in_channels: int,
        ones: int,
        threes: tuple[int, int],
        fives: tuple[int, int],
        project: int,
    ) -> None:
        super().__init__()
        reduce3, out3 = threes
        reduce5, out5 = fives
        branch1: dict[str, nn.Module] = {
            "conv": nn.Conv2d(in_channels, ones, 1),
            "relu": nn.ReLU(),
        }
        branch2: dict[str, nn.Module] = {
            "reduce": nn.Conv2d(in_channels, reduce3, 1),
            "reduce_relu": nn.ReLU(),
            "conv": nn.Conv2d(reduce3, out3, 3, padding=1),
            "relu": nn.ReLU(),
        }
        branch3: dict[str, nn.Module] = {
            "reduce": nn.Conv2d(in_channels, reduce5, 1),
            "reduce_relu": nn.ReLU(),
            "conv": nn.Conv2d(reduce5, out5, 5, padding=2),
            "relu": nn.ReLU(),
        }
        branch4: dict[str, nn.Module] = {
            "pool": nn.MaxPool2d(3, stride=1, padding=1),
            "project": nn.Conv2d(in_channels, project, 1),
            "relu": nn.ReLU(),
        }
        self.branch1 = nn.Sequential(OrderedDict(branch1))
        self.branch2 = nn.Sequential(OrderedDict(branch2))
        self.branch3 = nn.Sequential(OrderedDict(branch3))
        self.branch4 = nn.Sequential(OrderedDict(branch4))

    def forward(self, activations: torch.Tensor) -> torch.Tensor:
        """(batch, in, h, w) to (batch, out, h, w)."""
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(activations) for branch in branches], dim=1)


class AuxiliaryHead(nn.Sequential):
    """A small classifier half way up, so that the gradient also starts there.

    Takes (batch, in_channels, 14, 14).

    Source: section 5, the list before the table's end.
    """

    def __init__(self, in_channels: int, classes: int) -> None:
        layers: dict[str, nn.Module] = {
            "pool": nn.AvgPool2d(5, stride=3),  # (in, 4, 4)
            "conv": nn.Conv2d(in_channels, 128, 1),  # (128, 4, 4)
            "conv_relu": nn.ReLU(),
            "flatten": nn.Flatten(),  # (2048,)
            "fc1": nn.Linear(128 * 4 * 4, 1024),  # (1024,)
            "fc1_relu": nn.ReLU(),
            "dropout": nn.Dropout(0.7),
            "fc2": nn.Linear(1024, classes),  # (classes,)
        }
        super().__init__(OrderedDict(layers))


def _halving_pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


class GoogLeNet(nn.Module):
    """Twenty-two layers with weights, nine of them pairs inside Inception modules.

    Takes (batch, 3, 224, 224); the last pooling is 7x7. In training mode it returns a
    `GoogLeNetOutput`, in evaluation mode the logits alone. Without `auxiliary_heads` it returns
    the logits in both modes.

    Source: Szegedy et al.: Going Deeper with Convolutions, 2014 (arXiv 1409.4842), table 1 and
    figure 3.
    """

    def __init__(self, classes: int = 1000, auxiliary_heads: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.relu1 = nn.ReLU()
        self.pool1 = _halving_pool()
        self.norm1 = ResponseNormalisation()
        self.conv2_reduce = nn.Conv2d(64, 64, 1)
        self.relu2_reduce = nn.ReLU()
        self.conv2 = nn.Conv2d(64, 192, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.norm2 = ResponseNormalisation()
        self.pool2 = _halving_pool()
        self.inception3a = Inception(192, 64, (96, 128), (16, 32), 32)
        self.inception3b = Inception(256, 128, (128, 192), (32, 96), 64)
        self.pool3 = _halving_pool()
        self.inception4a = Inception(480, 192, (96, 208), (16, 48), 64)
        self.inception4b = Inception(512, 160, (112, 224), (24, 64), 64)
        self.inception4c = Inception(512, 128, (128, 256), (24, 64), 64)
        self.inception4d = Inception(512, 112, (144, 288), (32, 64), 64)
        self.inception4e = Inception(528, 256, (160, 320), (32, 128), 128)
        self.pool4 = _halving_pool()
        self.inception5a = Inception(832, 256, (160, 320), (32, 128), 128)
        self.inception5b = Inception(832, 384, (192, 384), (48, 128), 128)
        self.pool5 = nn.AvgPool2d(7, stride=1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(1024, classes)
        self.auxiliary1 = AuxiliaryHead(512, classes) if auxiliary_heads else None
        self.auxiliary2 = AuxiliaryHead(528, classes) if auxiliary_heads else None
        start_by_he(self)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor | GoogLeNetOutput:
        """(batch, 3, 224, 224) to logits (batch, classes), with the auxiliary ones in training."""
        x = self.relu1(self.conv1(pictures))  # (64, 112, 112)
        x = self.norm1(self.pool1(x))  # (64, 56, 56)
        x = self.relu2_reduce(self.conv2_reduce(x))  # (64, 56, 56)
        x = self.norm2(self.relu2(self.conv2(x)))  # (192, 56, 56)
        x = self.pool2(x)  # (192, 28, 28)
        x = self.inception3a(x)  # (256, 28, 28)
        x = self.inception3b(x)  # (480, 28, 28)
        x = self.pool3(x)  # (480, 14, 14)
        x = below_first_head = self.inception4a(x)  # (512, 14, 14)
        x = self.inception4b(x)  # (512, 14, 14)
        x = self.inception4c(x)  # (512, 14, 14)
        x = below_second_head = self.inception4d(x)  # (528, 14, 14)
        x = self.inception4e(x)  # (832, 14, 14)
        x = self.pool4(x)  # (832, 7, 7)
        x = self.inception5a(x)  # (832, 7, 7)
        x = self.inception5b(x)  # (1024, 7, 7)
        x = self.flatten(self.pool5(x))  # (1024,)
        logits: torch.Tensor = self.fc(self.dropout(x))  # (classes,)
        if self.training and self.auxiliary1 is not None and self.auxiliary2 is not None:
            return GoogLeNetOutput(
                logits, self.auxiliary1(below_first_head), self.auxiliary2(below_second_head)
            )
        return logits
