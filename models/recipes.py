"""How each digit network is trained: its settings, as data."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.architectures.lenet5 import LeNet5
from models.architectures.mlp import MLP
from models.architectures.softmax import SoftmaxClassifier
from models.preprocessing import DigitPreprocessing


@dataclass(frozen=True)
class Jitter:
    """How far each training picture may be moved, anew every epoch; all zero moves nothing.

    Attributes:
        shift_px: greatest shift along each axis.
        rotation_degrees: greatest rotation, either way.
        scale: greatest change of size, as a fraction; 0.1 draws from 0.9 to 1.1.
    """

    shift_px: float = 0.0
    rotation_degrees: float = 0.0
    scale: float = 0.0

    def apply(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """Move every picture (batch, channels, height, width) its own way; what enters is 0."""
        if self == Jitter():
            return pictures
        count, _, height, width = pictures.shape
        shift_y, shift_x, turn, growth = torch.rand(4, count, generator=generator) * 2 - 1
        angle = turn * math.radians(self.rotation_degrees)
        scale = 1 + growth * self.scale
        # The grid runs from -1 to 1 over the picture, so a pixel is 2 / width of it.
        rows = (
            angle.cos() / scale,
            -angle.sin() / scale,
            shift_x * self.shift_px * 2 / width,
            angle.sin() / scale,
            angle.cos() / scale,
            shift_y * self.shift_px * 2 / height,
        )
        output_to_input = torch.stack(rows, dim=1).reshape(count, 2, 3)
        grid = functional.affine_grid(output_to_input, list(pictures.shape), align_corners=False)
        return functional.grid_sample(pictures, grid, align_corners=False)


@dataclass(frozen=True)
class Recipe:
    """How a design is trained.

    The optimiser is stochastic gradient descent with Nesterov momentum, its learning rate falling
    to 0 along half a cosine.

    Attributes:
        preprocessing: what the trained network will see in use; its border and its scale are
            applied to the training pictures too.
    """

    build: Callable[[], nn.Module]
    preprocessing: DigitPreprocessing
    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    jitter: Jitter

    def prepare(self, pictures: Tensor) -> Tensor:
        """Network inputs (batch, 1, size, size) from pictures (batch, 1, 28, 28) in [0, 1]."""
        border = (self.preprocessing.size - pictures.shape[-1]) // 2
        bordered = functional.pad(pictures, [border] * 4)
        return (bordered - self.preprocessing.mean) / self.preprocessing.std


RECIPES = {
    "softmax": Recipe(
        build=SoftmaxClassifier,
        preprocessing=DigitPreprocessing(size=28, mean=0.0, std=1.0),
        epochs=40,
        batch_size=50,
        learning_rate=0.05,
        momentum=0.9,
        weight_decay=1e-3,
        jitter=Jitter(shift_px=1.0, rotation_degrees=5.0, scale=0.05),
    ),
    "mlp": Recipe(
        build=MLP,
        preprocessing=DigitPreprocessing(size=28, mean=0.0, std=1.0),
        epochs=60,
        batch_size=50,
        learning_rate=0.05,
        momentum=0.9,
        weight_decay=5e-4,
        jitter=Jitter(shift_px=2.0, rotation_degrees=10.0, scale=0.1),
    ),
    "lenet5": Recipe(
        build=LeNet5,
        # Background -0.1 and ink 1.175, as in the paper's section II-B.
        preprocessing=DigitPreprocessing(size=32, mean=0.1 / 1.275, std=1 / 1.275),
        epochs=60,
        batch_size=50,
        learning_rate=0.05,
        momentum=0.9,
        weight_decay=1e-4,
        jitter=Jitter(shift_px=2.0, rotation_degrees=15.0, scale=0.15),
    ),
}
