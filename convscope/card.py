"""What a bundle says of its network: labels, preparation, a name. No torch in here."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from convscope.errors import ExportError
from convscope.packages import own_packages

_LARGEST_SIDE_PX = 4096

Labels = Sequence[str] | Mapping[Any, Any] | str | Path | None


def slug_of(name: str) -> str:
    """A name as it stands in a model's id: `[a-z0-9][a-z0-9_-]*`."""
    with own_packages():
        from models.own.names import slug

    return slug(name)


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
            file of one name a line, of JSON or of CSV.
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


def _read_labels(path: Path) -> Sequence[str]:
    with own_packages():
        from models.checkpoints.labels import MOST_BYTES, read_labels
        from models.errors import LabelsRefusedError

    try:
        with path.open("rb") as file:
            return read_labels(file.read(MOST_BYTES + 1), str(path))
    except OSError as error:
        raise ExportError(f"The labels in {path} cannot be read: {error}.") from error
    except LabelsRefusedError as error:
        raise ExportError(str(error)) from error


def assumed_preprocessing(shape: tuple[int, int, int]) -> dict[str, Any]:
    """ImageNet's preparation for inputs of this shape: what most networks were fine-tuned with."""
    with own_packages():
        from models.own.preparation import described, usual_preparation

    return {
        name: value for name, value in described(usual_preparation(shape)).items() if name != "kind"
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
    said = dict(given) if isinstance(given, Mapping) else _of_transforms(given, shape)
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


def _of_transforms(given: Any, shape: tuple[int, int, int]) -> dict[str, Any]:
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
            _check_crop(step.crop_size, shape)
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
        elif kind == "CenterCrop":
            _check_crop(step.size, shape)
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
    {"ToTensor", "PILToTensor", "ConvertImageDtype", "ToDtype", "ToImage"}
    | {"MaybeToTensor", "Grayscale", "ToPureTensor"}
)


def _length(size: Any) -> int | None:
    lengths = [size] if isinstance(size, int) else [int(one) for one in size]
    return lengths[0] if len(lengths) == 1 else None


def _check_crop(size: Any, shape: tuple[int, int, int]) -> None:
    lengths = [size] if isinstance(size, int) else [int(one) for one in size]
    if (lengths[0], lengths[-1]) != shape[1:]:
        raise ExportError(
            f"The preparation cuts {lengths[0]} x {lengths[-1]} px out, and input_shape is "
            f"{list(shape)}: they must be of one size."
        )


def _interpolation(mode: Any) -> str:
    return str(getattr(mode, "value", mode)).lower()
