"""How a person's own network is given its pictures: said, or assumed to be as usual."""

from collections.abc import Sequence
from typing import Any, get_args

from models.disk.checked_fields import DamagedRecordError, Fields
from models.preprocessing.own_preprocessing import OwnPreprocessing
from models.preprocessing.preprocessing import ChannelOrder, DigitPreprocessing, Interpolation

OwnPreparation = OwnPreprocessing | DigitPreprocessing

LARGEST_SIDE = 4096
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Of a picture's shorter side, how much torchvision's and timm's evaluation usually keeps.
USUAL_CROP = 0.875


def described(preprocessing: OwnPreparation) -> dict[str, Any]:
    """The preparation as a card holds it."""
    if isinstance(preprocessing, DigitPreprocessing):
        return {"kind": "digit", "mean": [preprocessing.mean], "std": [preprocessing.std]}
    return {
        "kind": "photograph",
        "resize": preprocessing.resize,
        "interpolation": preprocessing.interpolation,
        "mean": list(preprocessing.mean),
        "std": list(preprocessing.std),
        "channel_order": preprocessing.channel_order,
    }


def preparation_of(fields: Fields, input_shape: tuple[int, int, int]) -> OwnPreparation:
    """The preparation that a JSON object describes, for this input; what it leaves out is usual.

    Raises:
        DamagedRecordError: it does not suit the input, or a number is impossible.
    """
    channels, height, width = input_shape
    usual = usual_preparation(input_shape)
    kind = fields.text("kind", ("photograph", "digit")) if fields.has("kind") else "photograph"
    mean = fields.numbers("mean") if fields.has("mean") else usual.mean
    std = fields.numbers("std") if fields.has("std") else usual.std
    if len(mean) != channels or len(std) != channels or min(std) <= 0:
        raise DamagedRecordError(
            f"mean and std must be of {channels} channels each, as the input, and std positive; "
            f"they are {list(mean)} and {list(std)}."
        )
    if max(map(abs, (*mean, *std))) > 1e6 or min(std) < 1e-6:
        raise DamagedRecordError("mean and std are in units of [0, 1]: ImageNet's are about 0.5.")
    if kind == "digit":
        if channels != 1 or height != width:
            raise DamagedRecordError("digits are prepared for one channel and a square.")
        try:
            return DigitPreprocessing(size=height, mean=mean[0], std=std[0])
        except ValueError as error:
            raise DamagedRecordError(f"digits: {error}.") from error
    interpolations: tuple[Interpolation, ...] = get_args(Interpolation)
    orders: tuple[ChannelOrder, ...] = get_args(ChannelOrder)
    interpolation = _choice(fields, "interpolation", interpolations, usual.interpolation)
    order = _choice(fields, "channel_order", orders, "rgb")
    if order == "bgr" and channels != 3:
        raise DamagedRecordError("channel_order is of three channels.")
    resize = usual.resize
    if "resize" in fields.values:
        resize = fields.whole("resize", 1, 2 * LARGEST_SIDE) if fields.has("resize") else None
    return OwnPreprocessing(
        height=height,
        width=width,
        resize=resize,
        interpolation=interpolation,
        mean=mean,
        std=std,
        channel_order=order,
    )


def usual_preparation(input_shape: tuple[int, int, int]) -> OwnPreprocessing:
    """What most networks of this input were trained with: ImageNet's, grey for one channel.

    The centre is kept; for an input that is no square, whose centre would have borders of black in
    most pictures, all of the picture is stretched.
    """
    channels, height, width = input_shape
    grey = (sum(_IMAGENET_MEAN) / 3,), (sum(_IMAGENET_STD) / 3,)
    mean, std = (_IMAGENET_MEAN, _IMAGENET_STD) if channels == 3 else grey
    return OwnPreprocessing(
        height=height,
        width=width,
        resize=round(height / USUAL_CROP) if height == width else None,
        interpolation="bilinear",
        mean=mean,
        std=std,
    )


def input_shape_of(shape: Sequence[int]) -> tuple[int, int, int]:
    """(channels, height, width), if pictures can be made into such an input.

    Raises:
        DamagedRecordError: they cannot.
    """
    if len(shape) != 3 or shape[0] not in {1, 3}:
        raise DamagedRecordError(
            f"input_shape is {list(shape)}; it must be [channels, height, width] with 1 channel or "
            "3: a picture has no other."
        )
    channels, height, width = shape
    if not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE):
        raise DamagedRecordError(f"input_shape: sides are from 1 to {LARGEST_SIDE:,} px.")
    return channels, height, width


def _choice(fields: Fields, name: str, choices: Sequence[Any], usual: Any) -> Any:
    if not fields.has(name):
        return usual
    text = fields.text(name, choices)
    return next(each for each in choices if each == text)
