"""What the `config.json` beside weights on the Hugging Face hub says: data alone, all checked.

timm writes `architecture`, `num_classes`, `label_names` and how pictures are prepared
(`pretrained_cfg`). Arguments for a constructor (`model_args`) are never passed on.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.catalogue.torchvision_registry import registry
from models.disk.checked_fields import DamagedRecordError, Fields
from models.errors import ConfigurationRefusedError
from models.recognition.index import index
from models.recognition.record import DesignRecord, Preparation

_WHERE = "config.json"
# The library transformers' own name for timm's networks, which it leaves as they are.
_WRAPPER = "timm_wrapper"
# Arguments of a constructor that change neither tensors nor what is computed in use.
_HARMLESS = {"drop_rate", "drop_path_rate", "pretrained"}
_MOST_CLASSES = 2**20
_LARGEST_SIDE = 4096
_IMAGENET = re.compile(r"(.*_)?in1k(_.*)?")


@dataclass(frozen=True)
class TimmModel:
    """A model as timm's configuration describes it.

    Attributes:
        design: see `models.recognition.designs.open_design`.
        classes: 0 for a network without classifier.
        labels: in the order of the scores; None where they are not said.
        preparation: of pictures, as its weights need it.
    """

    design: str
    classes: int
    input_channels: int
    labels: tuple[str, ...] | None
    preparation: Preparation


def from_timm_config(config: Mapping[str, object]) -> TimmModel | None:
    """The model that a configuration describes.

    Returns:
        None where it is no configuration of timm's.

    Raises:
        ConfigurationRefusedError: it is one, but damaged, or names a design that is not known, or
            arguments for its constructor; or it is one of the library transformers, whose tensors
            have other names.
    """
    if "model_type" in config and config["model_type"] != _WRAPPER:
        raise ConfigurationRefusedError(
            f"{_WHERE} is of the library transformers ({config['model_type']!s:.60}), whose "
            "networks are not known here. Give the module itself: `convscope export`."
        )
    if "architecture" not in config:
        return None
    try:
        return _model(Fields(dict(config), _WHERE))
    except DamagedRecordError as error:
        raise ConfigurationRefusedError(str(error)) from error


def timm_design(architecture: str) -> DesignRecord | None:
    """The design of timm's name, with or without the tag of its weights; None if unknown."""
    name = architecture.partition(".")[0]
    for known in (f"timm_{name}", name):
        record = index().designs.get(known)
        if record is not None and record.library == "timm":
            return record
    return None


def _model(fields: Fields) -> TimmModel:
    architecture = fields.text("architecture")
    design = timm_design(architecture)
    if design is None:
        raise ConfigurationRefusedError(f"timm has no design {architecture!r:.80}.")
    if design.preparation is None:
        raise ConfigurationRefusedError(f"How timm prepares for {design.name} is not known.")
    arguments = fields.inner("model_args").values.keys() if fields.has("model_args") else ()
    if changing := set(arguments) - _HARMLESS:
        names = ", ".join(sorted(changing))
        raise ConfigurationRefusedError(
            f"{_WHERE} builds {architecture!r:.80} with arguments of its own ({names:.120}), which "
            "are not passed on. Give the module itself: `convscope export`."
        )
    # Older files say everything at the top.
    prepared = fields.inner("pretrained_cfg") if fields.has("pretrained_cfg") else fields
    holder = fields if fields.has("num_classes") else prepared
    classes = holder.whole("num_classes", most=_MOST_CLASSES) if holder.has("num_classes") else 1000
    channels, preparation = _preparation(prepared, design.preparation)
    return TimmModel(
        design=design.name,
        classes=classes,
        input_channels=channels,
        labels=_labels(fields, prepared, classes),
        preparation=preparation,
    )


def _preparation(fields: Fields, usual: Preparation) -> tuple[int, Preparation]:
    """Input channels, and the preparation with what is not said as it is usual for the design."""
    channels, crop = 3, usual.crop
    if fields.has("input_size"):
        shape = fields.wholes("input_size", least=1, most=_LARGEST_SIDE)
        if len(shape) != 3 or shape[1] != shape[2]:
            raise ConfigurationRefusedError(
                f"input_size of {_WHERE} must be channels and a square; it is {list(shape)}."
            )
        channels, crop = shape[0], shape[1]
    crop_share = fields.number("crop_pct", 0.05, 1) if fields.has("crop_pct") else None
    mode = fields.text("crop_mode") if fields.has("crop_mode") else None
    resize = usual.resize
    if mode == "squash" or (mode is None and usual.resize is None):
        resize = None
    elif crop_share is not None:
        resize = math.floor(crop / crop_share)
    elif usual.resize is None:
        resize = crop
    elif crop != usual.crop:
        resize = math.floor(crop * usual.resize / usual.crop)
    prepared = replace(usual, crop=crop, resize=resize)
    if fields.has("interpolation"):
        interpolation: Any = fields.text("interpolation", ("bilinear", "bicubic"))
        prepared = replace(prepared, interpolation=interpolation)
    return channels, replace(
        prepared,
        mean=_each_channel(fields, "mean", channels, prepared.mean),
        std=_each_channel(fields, "std", channels, prepared.std),
    )


def _each_channel(
    fields: Fields, name: str, channels: int, usual: tuple[float, ...]
) -> tuple[float, ...]:
    values = fields.numbers(name) if fields.has(name) else usual
    if len(values) != channels and channels == 1:
        # What is said of three colours, said of grey.
        values = (sum(values) / len(values),) if values else ()
    if len(values) != channels or (name == "std" and min(values) <= 0):
        raise ConfigurationRefusedError(
            f"{name} of {_WHERE} must be {channels} numbers, of deviations greater than 0; it is "
            f"{list(values)!s:.60}."
        )
    return values


def _labels(fields: Fields, prepared: Fields, classes: int) -> tuple[str, ...] | None:
    holder = fields if fields.has("label_names") else prepared
    if fields.has("id2label") and not holder.has("label_names"):
        named = fields.inner("id2label")
        return tuple(named.text(str(number)) for number in range(classes))
    if not holder.has("label_names"):
        tag = prepared.text("tag") if prepared.has("tag") else ""
        known = registry().labels
        return known if classes == len(known) and _IMAGENET.fullmatch(tag) else None
    names = holder.texts("label_names")
    if len(names) != classes:
        raise ConfigurationRefusedError(
            f"{_WHERE} has {len(names)} label_names for {classes} classes."
        )
    if not isinstance(holder.values.get("label_descriptions"), dict):
        return names
    described = holder.inner("label_descriptions")
    return tuple(described.text(name) if described.has(name) else name for name in names)
