"""Pictures to tensors, with the geometry kept so that every answer can be drawn on the picture."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from models.preprocessing.ink import FRAME_PX, keep_as_drawn, lay_out_digit
from models.preprocessing.pixel_map import Box, PixelMap, Size
from models.preprocessing.resampling import resize_and_crop_centre

InputKind = Literal["photograph", "digit"]
Interpolation = Literal["bilinear", "bicubic"]
ChannelOrder = Literal["rgb", "bgr"]
# Of digits: with their ink in the middle, or where it stands.
Preparation = Literal["centred", "as-drawn"]


@dataclass(frozen=True, eq=False)
class PreparedInput:
    """What a network is given for one picture.

    Attributes:
        tensor: float32, (1, channels, height, width), normalised.
        pixel_map: where its pixels came from.
    """

    tensor: torch.Tensor
    pixel_map: PixelMap


class Preprocessing(Protocol):
    """How one model wants its pictures."""

    @property
    def input_kind(self) -> InputKind:
        """What a person should give it: any photograph, or one handwritten digit."""

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of the prepared tensor."""

    def prepare(self, picture: Image.Image, orientation: int = 1) -> PreparedInput:
        """Turn a picture into the network's input.

        Args:
            picture: upright, mode RGB.
            orientation: EXIF orientation (1 to 8) of the file it was decoded from; only recorded
                in the pixel map.
        """

    def display(self, tensor: torch.Tensor) -> npt.NDArray[np.uint8]:
        """Undo the normalisation of (1, C, H, W): (H, W, 3) for C = 3, (H, W) for C = 1."""

    def normalisation(self, channel: int) -> tuple[float, float]:
        """(mean, standard deviation) that a channel is normalised with, in units of [0, 1]."""

    @property
    def channel_order(self) -> ChannelOrder:
        """Of three channels, which colours they are."""

    @property
    def black(self) -> tuple[float, ...]:
        """What black is in the prepared tensor, for each channel."""

    def describe(self) -> dict[str, object]:
        """Every parameter, ready for JSON, with a sentence under "description"."""


def normalisation_of(preprocessing: Preprocessing) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of every channel, (channels,) each, in units of [0, 1]."""
    channels = range(preprocessing.input_shape[0])
    mean, std = zip(*map(preprocessing.normalisation, channels), strict=True)
    return torch.tensor(mean), torch.tensor(std)


@dataclass(frozen=True)
class PhotographPreprocessing:
    """Resize the shorter side, keep the centre, scale to [0, 1], normalise each channel.

    The same numbers as torchvision's `ImageClassification` preset and timm's evaluation transform.

    Attributes:
        resize: length of the shorter side before the crop, px.
        crop: side of the square that the network sees, px.
        mean: of each channel, in units of [0, 1]; a single one makes the picture grey.
        std: of each channel, in units of [0, 1].
    """

    resize: int
    crop: int
    interpolation: Interpolation
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def input_kind(self) -> InputKind:
        return "photograph"

    @property
    def input_shape(self) -> tuple[int, int, int]:
        return len(self.mean), self.crop, self.crop

    def prepare(self, picture: Image.Image, orientation: int = 1) -> PreparedInput:
        resample = RESAMPLING[self.interpolation]
        square = Size(height=self.crop, width=self.crop)
        kept, image_box = resize_and_crop_centre(picture, self.resize, square, resample)
        pixel_map = PixelMap(
            image_size=Size(height=picture.height, width=picture.width),
            input_size=square,
            image_box=image_box,
            orientation=orientation,
        )
        if len(self.mean) == 1:
            channels = torch.from_numpy(np.array(kept.convert("L"))).unsqueeze(0)
        else:
            channels = torch.from_numpy(np.array(kept)).permute(2, 0, 1).contiguous()
        unit = channels.to(torch.float32) / 255
        return PreparedInput(normalise(unit, self.mean, self.std), pixel_map)

    def display(self, tensor: torch.Tensor) -> npt.NDArray[np.uint8]:
        return denormalise(tensor, self.mean, self.std)

    def normalisation(self, channel: int) -> tuple[float, float]:
        return self.mean[channel], self.std[channel]

    @property
    def channel_order(self) -> ChannelOrder:
        return "rgb"

    @property
    def black(self) -> tuple[float, ...]:
        return tuple(-mean / std for mean, std in zip(self.mean, self.std, strict=True))

    def describe(self) -> dict[str, object]:
        return {
            "description": (
                f"The picture is resized ({self.interpolation}) until its shorter side is "
                f"{self.resize} px, the central {self.crop} x {self.crop} px are kept, and each "
                "colour is scaled to [0, 1], less its mean, divided by its standard deviation."
            ),
            "input_kind": self.input_kind,
            "resize": self.resize,
            "crop": self.crop,
            "interpolation": self.interpolation,
            "mean": list(self.mean),
            "std": list(self.std),
        }


@dataclass(frozen=True)
class DigitPreprocessing:
    """Lay the ink of any picture out like an MNIST digit, light on dark.

    Attributes:
        size: side of the input, px: MNIST's 28, or more with an even margin of background.
        mean: subtracted from ink in [0, 1], where 0 is background.
        std: divides what is left.
        preparation: centred cuts the ink out, scales it and puts its centre of mass into the
            middle, so that neither place nor size of a digit matter; as-drawn takes the picture as
            it stands.

    Raises:
        ValueError: a size that cannot hold the frame in its middle.
    """

    size: int = FRAME_PX
    mean: float = 0.0
    std: float = 1.0
    preparation: Preparation = "centred"

    def __post_init__(self) -> None:
        if self.size < FRAME_PX or self.size % 2:
            raise ValueError(f"size {self.size} is not an even number from {FRAME_PX} up")

    @property
    def input_kind(self) -> InputKind:
        return "digit"

    @property
    def input_shape(self) -> tuple[int, int, int]:
        return 1, self.size, self.size

    def prepare(self, picture: Image.Image, orientation: int = 1) -> PreparedInput:
        lay_out = lay_out_digit if self.preparation == "centred" else keep_as_drawn
        frame, frame_box = lay_out(picture)
        margin = (self.size - FRAME_PX) // 2
        margin_y = margin * frame_box.height / FRAME_PX
        margin_x = margin * frame_box.width / FRAME_PX
        pixel_map = PixelMap(
            image_size=Size(height=picture.height, width=picture.width),
            input_size=Size(height=self.size, width=self.size),
            image_box=Box(
                top=frame_box.top - margin_y,
                left=frame_box.left - margin_x,
                bottom=frame_box.bottom + margin_y,
                right=frame_box.right + margin_x,
            ),
            orientation=orientation,
        )
        unit = torch.from_numpy(np.pad(frame, margin)).unsqueeze(0)
        return PreparedInput(normalise(unit, (self.mean,), (self.std,)), pixel_map)

    def display(self, tensor: torch.Tensor) -> npt.NDArray[np.uint8]:
        return denormalise(tensor, (self.mean,), (self.std,))

    def normalisation(self, channel: int) -> tuple[float, float]:
        if channel != 0:
            raise IndexError(f"channel {channel}: a digit has one, 0")
        return self.mean, self.std

    @property
    def channel_order(self) -> ChannelOrder:
        return "rgb"

    @property
    def black(self) -> tuple[float, ...]:
        return (-self.mean / self.std,)

    def describe(self) -> dict[str, object]:
        found = "The ink is found (dark on light or light on dark)"
        laid_out = (
            "scaled until its longer side is 20 px, and laid light on dark into 28 x 28 px with "
            "its centre of mass in the middle, as in MNIST"
            if self.preparation == "centred"
            else "and the whole picture is laid light on dark into 28 x 28 px as it stands"
        )
        return {
            "description": (
                f"{found}, {laid_out}; with its margin the input is {self.size} x {self.size} px."
            ),
            "input_kind": self.input_kind,
            "size": self.size,
            "mean": [self.mean],
            "std": [self.std],
        }


RESAMPLING: dict[Interpolation, Image.Resampling] = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def normalise(unit: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> torch.Tensor:
    """From (C, H, W) in [0, 1] to (1, C, H, W)."""
    return ((unit - _per_channel(mean)) / _per_channel(std)).unsqueeze(0)


def denormalise(
    tensor: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]
) -> npt.NDArray[np.uint8]:
    unit = tensor.detach()[0] * _per_channel(std) + _per_channel(mean)
    levels = (unit * 255).round().clamp(0, 255).to(torch.uint8)
    pixels: npt.NDArray[np.uint8] = levels.permute(1, 2, 0).squeeze(-1).numpy()
    return pixels


def _per_channel(values: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)[:, None, None]
