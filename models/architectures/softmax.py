"""The linear softmax classifier: ten templates, one dot product each."""

from torch import Tensor, nn


class SoftmaxClassifier(nn.Module):
    """One score a class: the dot product of the picture with that class's template, plus a bias.

    The ten rows of `linear.weight`, reshaped to 28x28, are the templates. The module returns
    logits; the softmax that gives it its name is part of the loss and of the display.

    7,850 parameters: 784 x 10 weights and 10 biases.

    Source: multinomial logistic regression, D. R. Cox, "The Regression Analysis of Binary
    Sequences" (1958), and its extension to many classes; the softmax form and name are J. S.
    Bridle's, "Probabilistic Interpretation of Feedforward Classification Network Outputs, with
    Relationships to Statistical Pattern Recognition" (1990).
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear = nn.Linear(in_channels * 28 * 28, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (batch, classes) of pictures (batch, 1, 28, 28)."""
        pixels = self.flatten(pictures)  # (batch, 784)
        logits: Tensor = self.linear(pixels)  # (batch, 10)
        return logits
