"""How each small network is trained: its settings, as data."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.architectures.alexnet_32 import AlexNet32
from models.architectures.dilated import DilatedNet
from models.architectures.googlenet_32 import GoogLeNet32
from models.architectures.lenet5 import LeNet5
from models.architectures.mlp import MLP
from models.architectures.resnet_32 import ResNet32
from models.architectures.separable import SeparableNet
from models.architectures.softmax import SoftmaxClassifier
from models.architectures.vgg_32 import VGG32
from models.architectures.zfnet_32 import ZFNet32
from models.data.dataset import Dataset
from models.preprocessing.preprocessing import DigitPreprocessing, PhotographPreprocessing
from models.training.optimisers import RULES, SETTINGS, Optimiser, Rule, Schedule, check_settings


@dataclass(frozen=True)
class Jitter:
    """How far each training picture may be moved, anew every epoch; all zero moves nothing.

    Attributes:
        shift_px: greatest shift along each axis.
        rotation_degrees: greatest rotation, either way.
        scale: greatest change of size, as a fraction; 0.1 draws from 0.9 to 1.1.
        edge: what enters from outside: black, which is a digit's background, or the outermost
            pixels again.
    """

    shift_px: float = 0.0
    rotation_degrees: float = 0.0
    scale: float = 0.0
    edge: Literal["zeros", "border"] = "zeros"

    def apply(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """Move every picture (batch, channels, height, width) its own way."""
        if not (self.shift_px or self.rotation_degrees or self.scale):
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
        return functional.grid_sample(pictures, grid, padding_mode=self.edge, align_corners=False)


# What photographs allow: they keep their upright side, and nothing black grows into them.
PHOTOGRAPH_JITTER = Jitter(shift_px=3.0, rotation_degrees=5.0, scale=0.1, edge="border")


@dataclass(frozen=True)
class Recipe:
    """How a design is trained.

    What its optimiser does not use means nothing; `models/training/optimisers.py` says what each
    uses.

    Attributes:
        build: makes a new network; takes `classes` and `in_channels`, ten and one by default.
        preprocessing: what the trained network will see in use; its border and its scale are
            applied to the training pictures too.
        schedule: the learning rate falls to 0 along half a cosine, or stays as it is.
        scale: of a search, the standard deviation of what it draws.
    """

    build: Callable[..., nn.Module]
    preprocessing: DigitPreprocessing | PhotographPreprocessing
    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    jitter: Jitter
    optimiser: Optimiser = "nesterov"
    schedule: Schedule = "cosine"
    scale: float = 0.0

    @property
    def rule(self) -> Rule:
        """What its optimiser does."""
        return RULES[self.optimiser]

    @property
    def settings(self) -> dict[str, Any]:
        """What was chosen, by name; None for what its optimiser does not use."""
        used = {
            name: getattr(self, name) if name in self.rule.settings else None for name in SETTINGS
        }
        return {"optimiser": self.optimiser, "epochs": self.epochs, **used}

    def choosing(self, chosen: Mapping[str, Any]) -> "Recipe":
        """This recipe with some of its settings chosen, and the rest as the optimiser needs them.

        Where a step looks at the whole training set the pictures are not moved: but for what
        dropout draws in full-batch descent, the loss is a function of the weights alone.

        Raises:
            UnusedSettingError: one of them is not used by the optimiser.
        """
        optimiser: Optimiser = chosen.get("optimiser", self.optimiser)
        check_settings(optimiser, chosen)
        rule = RULES[optimiser]
        jitter = Jitter() if rule.sees_whole_set else self.jitter
        return replace(self, jitter=jitter, **{**rule.defaults, **chosen})

    def rate_after(self, steps_done: int, steps: int) -> float:
        """The learning rate once so many of all steps are done."""
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * (1 + math.cos(math.pi * steps_done / steps)) / 2

    @property
    def input_size(self) -> int:
        """Side of the network's input, px."""
        return self.preprocessing.input_shape[1]

    def prepare(self, pictures: Tensor) -> Tensor:
        """Network inputs (batch, channels, size, size) from pictures in [0, 1].

        Smaller pictures get a border of background.
        """
        border = (self.input_size - pictures.shape[-1]) // 2
        bordered = functional.pad(pictures, [border] * 4) if border else pictures
        match self.preprocessing:
            case DigitPreprocessing(mean=mean, std=std):
                return (bordered - mean) / std
            case PhotographPreprocessing(mean=means, std=stds):
                return (bordered - _per_channel(means)) / _per_channel(stds)

    def for_data(self, data: Dataset) -> "Recipe":
        """This recipe with a network that suits the classes and the channels of `data`.

        Photographs are scaled by the mean and deviation of each channel over the training part,
        and moved less than digits are.
        """
        channels = data.training.pictures.shape[1]
        build = partial(self.build, classes=len(data.class_names), in_channels=channels)
        if data.kind == "digit":
            return replace(self, build=build)
        pixels = data.training.pictures.transpose(0, 1).flatten(1)
        preprocessing = PhotographPreprocessing(
            resize=self.input_size,
            crop=self.input_size,
            interpolation="bilinear",
            mean=tuple(round(value, 4) for value in pixels.mean(1).tolist()),
            std=tuple(max(round(value, 4), 1e-3) for value in pixels.std(1).tolist()),
        )
        return replace(self, build=build, preprocessing=preprocessing, jitter=PHOTOGRAPH_JITTER)


def fitted(pictures: Tensor, size: int) -> Tensor:
    """Pictures no larger than `size`: what does not fit is reduced, what does is left as it is."""
    if pictures.shape[-1] <= size:
        return pictures
    return functional.interpolate(pictures, size=size, mode="bilinear", antialias=True)


def _per_channel(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values)[:, None, None]


_RAW_28 = DigitPreprocessing(size=28, mean=0.0, std=1.0)
# Background -0.1 and ink 1.175, as in LeCun et al. 1998, section II-B.
_LENET_32 = DigitPreprocessing(size=32, mean=0.1 / 1.275, std=1 / 1.275)
_JITTER = Jitter(shift_px=2.0, rotation_degrees=15.0, scale=0.15)


def _compact(
    build: Callable[..., nn.Module],
    epochs: int,
    learning_rate: float,
    weight_decay: float = 5e-4,
) -> Recipe:
    """For the designs in miniature: what they share."""
    return Recipe(
        build=build,
        preprocessing=_LENET_32,
        epochs=epochs,
        batch_size=50,
        learning_rate=learning_rate,
        momentum=0.9,
        weight_decay=weight_decay,
        jitter=_JITTER,
    )


RECIPES = {
    "softmax": Recipe(
        build=SoftmaxClassifier,
        preprocessing=_RAW_28,
        epochs=40,
        batch_size=50,
        learning_rate=0.05,
        momentum=0.9,
        weight_decay=1e-3,
        jitter=Jitter(shift_px=1.0, rotation_degrees=5.0, scale=0.05),
    ),
    "mlp": Recipe(
        build=MLP,
        preprocessing=_RAW_28,
        epochs=60,
        batch_size=50,
        learning_rate=0.05,
        momentum=0.9,
        weight_decay=5e-4,
        jitter=Jitter(shift_px=2.0, rotation_degrees=10.0, scale=0.1),
    ),
    "lenet5": Recipe(
        build=LeNet5,
        preprocessing=_LENET_32,
        epochs=60,
        batch_size=50,
        learning_rate=0.05,
        momentum=0.9,
        weight_decay=1e-4,
        jitter=_JITTER,
    ),
    "alexnet_32": _compact(AlexNet32, epochs=25, learning_rate=0.02, weight_decay=1e-3),
    # For `--data photographs`. More decay leaves smoother kernels.
    "alexnet_32_colour": _compact(AlexNet32, epochs=40, learning_rate=0.03, weight_decay=3e-3),
    "zfnet_32": _compact(ZFNet32, epochs=25, learning_rate=0.02, weight_decay=1e-3),
    "vgg_32": _compact(VGG32, epochs=25, learning_rate=0.01),
    "googlenet_32": _compact(GoogLeNet32, epochs=25, learning_rate=0.02),
    "resnet8_32": _compact(partial(ResNet32, 1), epochs=10, learning_rate=0.05),
    "dilated_net": _compact(DilatedNet, epochs=8, learning_rate=0.05),
    "separable_net": _compact(SeparableNet, epochs=12, learning_rate=0.05),
}
