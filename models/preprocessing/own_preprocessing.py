"""How a person's own network wants its pictures: what only its author knows, said in numbers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from models.preprocessing.pixel_map import PixelMap, Size
from models.preprocessing.preprocessing import (
    RESAMPLING,
    ChannelOrder,
    InputKind,
    Interpolation,
    PreparedInput,
    denormalise,
    normalise,
)
from models.preprocessing.resampling import resize_and_crop_centre, stretch


@dataclass(frozen=True)
class OwnPreprocessing:
    """Resize, keep the centre, scale to [0, 1], order the colours, normalise each channel.

    The resizing is torchvision's `Resize(resize)` and `CenterCrop((height, width))`, or
    `Resize((height, width))` where `resize` is None.

    Attributes:
        height: of the input, px.
        width: of the input, px.
        resize: length of the picture's shorter side before the crop, px; None stretches the whole
            picture to the input's size.
        mean: of each channel as the network sees them, in units of [0, 1]; a single one makes the
            picture grey.
        std: of each channel, in units of [0, 1].
        channel_order: of the three colours.
    """

    height: int
    width: int
    resize: int | None
    interpolation: Interpolation
    mean: tuple[float, ...]
    std: tuple[float, ...]
    channel_order: ChannelOrder = "rgb"

    @property
    def input_kind(self) -> InputKind:
        return "photograph"

    @property
    def input_shape(self) -> tuple[int, int, int]:
        return len(self.mean), self.height, self.width

    def prepare(self, picture: Image.Image, orientation: int = 1) -> PreparedInput:
        size = Size(height=self.height, width=self.width)
        resample = RESAMPLING[self.interpolation]
        if self.resize is None:
            kept, image_box = stretch(picture, size, resample)
        else:
            kept, image_box = resize_and_crop_centre(picture, self.resize, size, resample)
        pixel_map = PixelMap(
            image_size=Size(height=picture.height, width=picture.width),
            input_size=size,
            image_box=image_box,
            orientation=orientation,
        )
        if len(self.mean) == 1:
            levels = np.array(kept.convert("L"))[None]
        else:
            levels = np.array(kept).transpose(2, 0, 1)
        unit = torch.from_numpy(self._ordered(levels).copy()).to(torch.float32) / 255
        return PreparedInput(normalise(unit, self.mean, self.std), pixel_map)

    def display(self, tensor: torch.Tensor) -> npt.NDArray[np.uint8]:
        pixels = denormalise(tensor, self.mean, self.std)
        return pixels[..., ::-1] if self.channel_order == "bgr" else pixels

    def normalisation(self, channel: int) -> tuple[float, float]:
        return self.mean[channel], self.std[channel]

    @property
    def black(self) -> tuple[float, ...]:
        return tuple(-mean / std for mean, std in zip(self.mean, self.std, strict=True))

    def describe(self) -> dict[str, object]:
        size = f"{self.height} x {self.width} px"
        if self.resize is None:
            sized = f"The picture is stretched ({self.interpolation}) to {size}"
        else:
            sized = (
                f"The picture is resized ({self.interpolation}) until its shorter side is "
                f"{self.resize} px, the central {size} are kept"
            )
        colours = {
            (1, "rgb"): "it is made grey",
            (3, "rgb"): "its colours are taken as red, green, blue",
            (3, "bgr"): "its colours are taken as blue, green, red",
        }[len(self.mean), self.channel_order]
        return {
            "description": (
                f"{sized}, {colours}, and each channel is scaled to [0, 1], less its mean, divided "
                "by its standard deviation."
            ),
            "input_kind": self.input_kind,
            "resize": self.resize,
            "crop": [self.height, self.width],
            "interpolation": self.interpolation,
            "mean": list(self.mean),
            "std": list(self.std),
            "channel_order": self.channel_order,
        }

    def _ordered(self, levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """(channels, height, width), the colours as the network wants them, or back."""
        return levels[::-1] if self.channel_order == "bgr" else levels
