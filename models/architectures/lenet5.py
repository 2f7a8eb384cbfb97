"""LeNet-5, the convolutional network that read the digits on cheques."""

from torch import Tensor, nn


class LeNet5(nn.Module):
    """Convolutions and subsampling that turn a 32x32 digit into ten scores.

    Layers carry the paper's names: C convolves, S subsamples, F is fully connected. Along
    C1, S2, C3, S4, C5 a unit's receptive field grows as 5, 6, 14, 16, 32 pixels: a unit of C5 sees
    the whole picture.

    61,706 parameters. Departures from the paper, which counts about 60,000:

    - C3 reads all six maps of S2; the paper's Table I connects each of its maps to a subset of
      them, to save multiplications and to break the symmetry.
    - S2 and S4 are plain averages; the paper multiplies each average by a trainable coefficient,
      adds a trainable bias, and squashes the result.
    - The output is linear, trained with softmax cross-entropy; the paper ends in Euclidean radial
      basis function units around fixed 7x12 bitmaps (Equation 7).
    - The squashing function is tanh(a); the paper's is 1.7159 tanh(2a/3) (Equation 6). Averaging
      is linear, so the neighbouring weights can absorb both constants: the networks that can be
      written down are the same, and only where training starts and how fast it goes differs.

    Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-Based Learning Applied to
    Document Recognition", Proceedings of the IEEE 86 (11), 1998, section II-B and Figure 2.
    """

    def __init__(self, classes: int = 10, in_channels: int = 1) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(in_channels, 6, kernel_size=5)
        self.c1_tanh = nn.Tanh()
        self.s2 = nn.AvgPool2d(kernel_size=2)
        self.c3 = nn.Conv2d(6, 16, kernel_size=5)
        self.c3_tanh = nn.Tanh()
        self.s4 = nn.AvgPool2d(kernel_size=2)
        self.c5 = nn.Conv2d(16, 120, kernel_size=5)
        self.c5_tanh = nn.Tanh()
        self.flatten = nn.Flatten()
        self.f6 = nn.Linear(120, 84)
        self.f6_tanh = nn.Tanh()
        self.output = nn.Linear(84, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (batch, classes) of pictures (batch, 1, 32, 32)."""
        maps = self.c1_tanh(self.c1(pictures))  # (batch, 6, 28, 28)
        maps = self.s2(maps)  # (batch, 6, 14, 14)
        maps = self.c3_tanh(self.c3(maps))  # (batch, 16, 10, 10)
        maps = self.s4(maps)  # (batch, 16, 5, 5)
        maps = self.c5_tanh(self.c5(maps))  # (batch, 120, 1, 1)
        values = self.flatten(maps)  # (batch, 120)
        values = self.f6_tanh(self.f6(values))  # (batch, 84)
        logits: Tensor = self.output(values)  # (batch, 10)
        return logits
