"""Every design that can be recognised, found by asking its library.

Only `make index` and the tests ask: timm and torchvision take seconds to import.
"""

import math
from collections.abc import Iterator
from typing import Any, cast

from models import torchvision_operators as _operators  # noqa: F401  must precede timm
from models.catalogue import digit_entries, photograph_entries, torchvision_entries
from models.catalogue.entry import ModelEntry
from models.catalogue.torchvision_registry import registry
from models.preprocessing.preprocessing import DigitPreprocessing, PhotographPreprocessing
from models.recognition.record import DesignRecord, Library, Preparation

import timm  # isort: skip  (after the operators above)
import torchvision.models  # isort: skip

# torchvision's names of what serves training only.
_AUXILIARY = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}
_TIMM_AUXILIARY = {"inception": ("AuxLogits.",)}

# Turns red, green and blue into brightness and colour first, however many channels it is told.
_THREE_CHANNELS = "csatv2"

_TRANSFORMED = (
    "Takes inputs on ImageNet's scale and changes them to the one it was trained on, as a network "
    "does that started from torchvision's published weights."
)
_UNTRANSFORMED = (
    "Takes its input as it is, as a network does that did not start from torchvision's published "
    "weights."
)


def every_design() -> Iterator[DesignRecord]:
    """All, without their tensors; those that tie stand in the order in which they are told."""
    names: set[str] = set()
    for record in (*_of_torchvision(), *_of_torchvision_alone(), *_of_ours()):
        names.add(record.name)
        yield record
    yield from _of_timm(names)


def _of_torchvision() -> Iterator[DesignRecord]:
    for entry in _architectures(torchvision_entries.entries()):
        name, title = entry.architecture.name, entry.architecture.title
        options = getattr(entry.architecture.build, "options", {})
        if not options.get("transform_input"):
            yield _record(entry, "torchvision", name, title)
            continue
        aside = _AUXILIARY[name]
        yield _record(
            entry, "torchvision", name, title, channels=3, left_aside=aside, notes=_TRANSFORMED
        )
        yield _record(
            entry,
            "torchvision",
            f"{name}_untransformed",
            f"{title}, input as it is",
            options={"transform_input": False},
            left_aside=aside,
            notes=_UNTRANSFORMED,
        )


def _of_torchvision_alone() -> Iterator[DesignRecord]:
    """The classifiers that the catalogue leaves out: attention alone, or with convolutions."""
    for name in torchvision.models.list_models(module=torchvision.models):
        if name in registry().networks:
            continue
        preset = torchvision.models.get_model_weights(name).DEFAULT.transforms()
        yield DesignRecord(
            name=name,
            library="torchvision",
            made_as=name,
            title=name,
            family=name.partition("_")[0],
            input_size=preset.crop_size[0],
            preparation=Preparation(
                resize=preset.resize_size[0],
                crop=preset.crop_size[0],
                interpolation=preset.interpolation.value,
                mean=tuple(preset.mean),
                std=tuple(preset.std),
            ),
        )


def _of_ours() -> Iterator[DesignRecord]:
    for module in (photograph_entries, digit_entries):
        for entry in _architectures(module.entries()):
            yield _record(entry, "convscope", entry.architecture.name, entry.architecture.title)


def _architectures(entries: Iterator[ModelEntry]) -> Iterator[ModelEntry]:
    """The first entry of each architecture: the one with its best weights."""
    seen = set()
    for entry in entries:
        if entry.architecture.name not in seen:
            seen.add(entry.architecture.name)
            yield entry


def _record(
    entry: ModelEntry, library: Library, name: str, title: str, **more: Any
) -> DesignRecord:
    return DesignRecord(
        name=name,
        library=library,
        made_as=entry.architecture.name,
        title=title,
        family=entry.architecture.family,
        input_size=entry.architecture.input_shape[1],
        preparation=_preparation(entry),
        **more,
    )


def _preparation(entry: ModelEntry) -> Preparation | None:
    match entry.preprocessing:
        case PhotographPreprocessing() as photograph:
            return Preparation(
                resize=photograph.resize,
                crop=photograph.crop,
                interpolation=photograph.interpolation,
                mean=tuple(photograph.mean),
                std=tuple(photograph.std),
            )
        case DigitPreprocessing() as digit:
            return Preparation(
                resize=digit.size,
                crop=digit.size,
                interpolation="bilinear",
                mean=(digit.mean,),
                std=(digit.std,),
            )
    return None


def _of_timm(taken: set[str]) -> Iterator[DesignRecord]:
    # Of namesakes with the same tensors, those with published weights are the likelier ones.
    for name in sorted(timm.list_models(), key=lambda name: (not _published(name), len(name))):
        config = timm.get_pretrained_cfg(name)
        family = timm.models.model_entrypoint(name).__module__.rpartition(".")[2]
        yield DesignRecord(
            name=f"timm_{name}" if name in taken else name,
            library="timm",
            made_as=name,
            title=name,
            family=family,
            input_size=config.input_size[-1],
            preparation=_timm_preparation(config),
            channels=3 if name.startswith(_THREE_CHANNELS) else None,
            left_aside=_TIMM_AUXILIARY.get(family.removesuffix("_v3"), ()),
        )


def _published(name: str) -> bool:
    config = timm.get_pretrained_cfg(name)
    return bool(config.url or config.hf_hub_id)


def _timm_preparation(config: Any) -> Preparation:
    crop = config.input_size[-1]
    return Preparation(
        resize=None if config.crop_mode == "squash" else math.floor(crop / config.crop_pct),
        crop=crop,
        interpolation=cast("Any", config.interpolation),
        mean=tuple(config.mean),
        std=tuple(config.std),
    )
