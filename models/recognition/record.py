"""What is known of a design that can be recognised, apart from its tensors. Needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Library = Literal["torchvision", "convscope", "timm"]

# The order of ties: what most people have comes first.
LIBRARIES: tuple[Library, ...] = ("torchvision", "convscope", "timm")


@dataclass(frozen=True)
class Preparation:
    """How the library itself prepares pictures for the design's published weights.

    Attributes:
        resize: length of the shorter side before the crop, px; None where the whole picture is
            stretched to the input.
        crop: side of the square that the network sees, px.
        mean, std: of each channel, in units of [0, 1].
    """

    resize: int | None
    crop: int
    interpolation: Literal["bilinear", "bicubic"]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def as_card(self) -> dict[str, object]:
        """As a bundle's `card.json` has it under `preprocessing`."""
        return {
            "resize": self.resize,
            "interpolation": self.interpolation,
            "mean": list(self.mean),
            "std": list(self.std),
            "channel_order": "rgb",
        }


@dataclass(frozen=True)
class DesignRecord:
    """A design whose classes and input channels are left open.

    Attributes:
        name: unlike every other; torchvision's and ours by their names in the catalogue, timm's by
            timm's, with `timm_` before it where another design has that.
        library: whose code makes it.
        made_as: its name there.
        title: for people; timm's own name where there is no better.
        family: the heading it stands under.
        input_size: usual side of its input, px.
        preparation: None where the library publishes none.
        channels: the only number of input channels it takes; None where any will do.
        options: arguments for the library's function beside classes and channels.
        left_aside: how names of tensors begin that its files may hold and that it does not have:
            auxiliary heads.
        notes: what its tensors do not tell; may be empty.
    """

    name: str
    library: Library
    made_as: str
    title: str
    family: str
    input_size: int
    preparation: Preparation | None = None
    channels: int | None = None
    options: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    left_aside: tuple[str, ...] = ()
    notes: str = ""
