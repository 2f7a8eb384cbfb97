"""What a bundle says of its network: labels, preparation, a name. No torch in here."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from convscope.errors import ExportError

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
_GREY_MEAN, _GREY_STD = (sum(_MEAN) / 3,), (sum(_STD) / 3,)
# Of a picture's shorter side, how much is usually kept.
_USUAL_CROP = 0.875
_LARGEST_SIDE_PX = 4096
_LONGEST_NAME = 60

Labels = Sequence[str] | Mapping[Any, Any] | str | Path | None


def slug_of(name: str) -> str:
    """A name as it stands in a model's id: `[a-z0-9][a-z0-9_-]*`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")
    return text[:_LONGEST_NAME].strip("-_") or "own"


def shape_of(input_shape: Any) -> tuple[int, int, int]:
    """A checked (channels, height, width).

    Raises:
        ExportError: it is none, or of channels that no picture has.
    """
    try:
        shape = tuple(int(length) for length in input_shape)
    except (TypeError, ValueError):
        shape = ()
    if len(shape) != 3 or min(shape) < 1 or max(shape) > _LARGEST_SIDE_PX:
        raise ExportError(
            f"input_shape is {input_shape!r}, not (channels, height, width) such as (3, 224, 224), "
            f"of sides up to {_LARGEST_SIDE_PX} px."
        )
    channels, height, width = shape
    if channels not in (1, 3):
        raise ExportError(
            f"input_shape has {channels} channels. A picture has 3 (colour) or 1 (grey): networks "
            "that read anything else cannot be given one."
        )
    return channels, height, width


def labels_of(labels: Labels, classes: int | None = None) -> list[str] | None:
    """The classes' names in order.

    Args:
        labels: a list; a mapping of numbers to names or of names to numbers (`class_to_idx`); a
            file of one name a line, or of JSON.
        classes: how many there must be; None where any number does.

    Raises:
        ExportError: they are none, or not as many.
    """
    if labels is None:
        return None
    given: Any = _read_labels(Path(labels)) if isinstance(labels, str | Path) else labels
    names = _in_order(given) if isinstance(given, Mapping) else [str(name) for name in given]
    if not names:
        raise ExportError("There are no labels in what was given as labels.")
    if classes is not None and len(names) != classes:
        raise ExportError(
            f"There are {len(names)} labels for the {classes} scores that the network returns. "
            "They must be as many, in the order of the scores."
        )
    return names


def _in_order(labels: Mapping[Any, Any]) -> list[str]:
    if all(isinstance(place, int) for place in labels.values()):
        labels = {place: name for name, place in labels.items()}
    try:
        by_place = {int(place): str(name) for place, name in labels.items()}
    except (TypeError, ValueError) as error:
        raise ExportError(
            "A mapping of labels goes from numbers to names, or from names to numbers."
        ) from error
    if sorted(by_place) != list(range(len(labels))):
        raise ExportError(f"The labels' numbers do not count from 0 to {len(labels) - 1}.")
    return [by_place[place] for place in sorted(by_place)]


def _read_labels(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"The labels in {path} cannot be read: {error}.") from error
    if text.lstrip().startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError as error:
            raise ExportError(f"The labels in {path} are no JSON: {error}.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def assumed_preprocessing(shape: tuple[int, int, int]) -> dict[str, Any]:
    """ImageNet's preparation for inputs of this shape: what most networks were fine-tuned with."""
    channels, height, width = shape
    return {
        "resize": round(height / _USUAL_CROP) if height == width else None,
        "interpolation": "bilinear",
        "mean": list(_MEAN if channels == 3 else _GREY_MEAN),
        "std": list(_STD if channels == 3 else _GREY_STD),
        "channel_order": "rgb",
    }


def preprocessing_of(given: Any, shape: tuple[int, int, int]) -> dict[str, Any]:
    """A person's preparation as a bundle says it; what they leave out is assumed.

    Args:
        given: a mapping with any of `resize`, `interpolation`, `mean`, `std`, `channel_order`; or
            transforms of torchvision, read by their attributes.
        shape: of the input.

    Raises:
        ExportError: it says something that cannot be.
    """
    found = assumed_preprocessing(shape)
    said = dict(given) if isinstance(given, Mapping) else _of_transforms(given)
    unknown = set(said) - set(found)
    if unknown:
        raise ExportError(
            f"The preparation has no {', '.join(map(repr, sorted(map(str, unknown))))}; it has "
            f"{', '.join(found)}."
        )
    found |= said
    channels = shape[0]
    for name in ("mean", "std"):
        found[name] = _numbers(name, found[name], channels)
    if min(found["std"]) <= 0:
        raise ExportError(f"std is {found['std']}, and nothing can be divided by it.")
    if found["resize"] is not None:
        found["resize"] = _resize(found["resize"], shape)
    for name, choices in (("interpolation", ("bilinear", "bicubic")), ("channel_order", _ORDERS)):
        if found[name] not in choices:
            raise ExportError(f"{name} is {found[name]!r}, not {' or '.join(choices)}.")
    return found


_ORDERS = ("rgb", "bgr")


def _numbers(name: str, value: Any, channels: int) -> list[float]:
    try:
        numbers = [float(one) for one in (value if isinstance(value, Sequence) else [value])]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) not in (1, channels) or not all(map(math.isfinite, numbers)):
        raise ExportError(f"{name} is {value!r}, not {channels} numbers, one a channel.")
    return numbers * channels if len(numbers) == 1 else numbers


def _resize(value: Any, shape: tuple[int, int, int]) -> int:
    smallest = max(shape[1:])
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 2**14:
        raise ExportError(
            f"resize is {value!r}, not the length of the shorter side in pixels, nor None for a "
            "picture that is stretched to the input's size."
        )
    if value < smallest:
        raise ExportError(
            f"resize is {value}, and {shape[1]} x {shape[2]} px cannot be cut out of a picture "
            f"whose shorter side that is. At least {smallest}."
        )
    return value


def _of_transforms(given: Any) -> dict[str, Any]:
    """What torchvision's transforms say of themselves, a preset or a list of steps."""
    if not callable(given):
        raise ExportError(_NEITHER.format(type(given).__name__))
    steps = list(getattr(given, "transforms", None) or [given])
    said: dict[str, Any] = {}
    known = False
    for step in steps:
        kind = type(step).__name__
        if kind == "ImageClassification":
            known = True
            said |= {
                "resize": _length(step.resize_size),
                "interpolation": _interpolation(step.interpolation),
                "mean": list(step.mean),
                "std": list(step.std),
            }
        elif kind == "Resize":
            known = True
            # Of a pair, both sides are set: the picture is stretched.
            said["resize"] = _length(step.size)
            said["interpolation"] = _interpolation(step.interpolation)
        elif kind == "Normalize":
            known = True
            said |= {"mean": list(step.mean), "std": list(step.std)}
        elif kind not in _WITHOUT_NUMBERS:
            raise ExportError(
                f"The preparation has a step {kind} that cannot be read. Say it as a dict with any "
                "of resize, interpolation, mean, std, channel_order."
            )
    if not known:
        raise ExportError(_NEITHER.format(type(given).__name__))
    return said


_NEITHER = (
    "The preparation is {}, and neither a dict (resize, interpolation, mean, std, channel_order) "
    "nor transforms of torchvision."
)
_WITHOUT_NUMBERS = frozenset(
    {"CenterCrop", "ToTensor", "PILToTensor", "ConvertImageDtype", "ToDtype", "ToImage"}
    | {"MaybeToTensor", "Grayscale", "ToPureTensor"}
)


def _length(size: Any) -> int | None:
    lengths = [size] if isinstance(size, int) else [int(one) for one in size]
    return lengths[0] if len(lengths) == 1 else None


def _interpolation(mode: Any) -> str:
    name = str(getattr(mode, "value", mode)).lower()
    return name if name in {"bilinear", "bicubic"} else "bilinear"
