"""A small multilayer perceptron for digits."""

from torch import Tensor, nn


class MLP(nn.Module):
    """Two hidden layers of rectified units between the pixels and the class scores.

    Without the two ReLUs the three matrices would multiply into one, and this would be the linear
    classifier again.

    109,386 parameters: 784 x 128 + 128, 128 x 64 + 64, 64 x 10 + 10.

    Source: D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by
    back-propagating errors" (1986). Their units are sigmoids; these are the rectified linear units
    of X. Glorot, A. Bordes and Y. Bengio, "Deep Sparse Rectifier Neural Networks" (2011). The
    widths are ours.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.hidden1 = nn.Linear(in_channels * 28 * 28, 128)
        self.relu1 = nn.ReLU()
        self.hidden2 = nn.Linear(128, 64)
        self.relu2 = nn.ReLU()
        self.output = nn.Linear(64, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (batch, classes) of pictures (batch, 1, 28, 28)."""
        values = self.flatten(pictures)  # (batch, 784)
        values = self.relu1(self.hidden1(values))  # (batch, 128)
        values = self.relu2(self.hidden2(values))  # (batch, 64)
        logits: Tensor = self.output(values)  # (batch, 10)
        return logits
