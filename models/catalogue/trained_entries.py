"""Models made of the records that `models.training` writes: the shipped colour network, and others.

The entries for digits stand in `models/catalogue/digit_entries.py`, because their designs do not
depend on what they were trained on. A design that was built for other classes or for colour is one
of its own, and its record says all that is needed to open it.
"""

import dataclasses
import logging
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import get_args

from models.catalogue import digit_entries
from models.catalogue.entry import ModelEntry, Origin, RandomWeights, TrainedWeights
from models.disk.checked_fields import DamagedRecordError, Fields, read_record, warn_once
from models.disk.trained import TRAINED_DIRECTORY
from models.preprocessing.preprocessing import (
    DigitPreprocessing,
    Interpolation,
    PhotographPreprocessing,
)
from models.training.recipes import RECIPES

_logger = logging.getLogger(__name__)

COLOUR_RECORD = TRAINED_DIRECTORY / "alexnet_32_colour.photographs.json"

_COLOUR = dataclasses.replace(
    digit_entries.designs()["alexnet_32"],
    name="alexnet_32_colour",
    title="AlexNet for 32x32 in colour",
    notes="The miniature AlexNet with three input channels, trained to tell from which of eight "
    "photographs a patch of 32x32 pixels was cut. It is here for its first layer: templates of "
    "edges and colours, few beside those of a network that saw a million pictures, but learned in "
    "minutes.",
)


def entries() -> Iterator[ModelEntry]:
    """The colour network trained here, then its design with random weights."""
    try:
        if not COLOUR_RECORD.exists():
            return
        trained = entry_from_record(
            COLOUR_RECORD, name=_COLOUR.name, tag="photographs", origin="trained_here"
        )
    except (DamagedRecordError, OSError) as error:
        warn_once(_logger, f"{_COLOUR.name} is left out: {error}")
        return
    trained = dataclasses.replace(
        trained, architecture=dataclasses.replace(trained.architecture, title=_COLOUR.title)
    )
    yield trained
    yield dataclasses.replace(
        trained, tag="random", origin="random", weights=RandomWeights(), metrics=""
    )


def entry_from_record(record_path: Path, *, name: str, tag: str, origin: Origin) -> ModelEntry:
    """The network of a training run, ready to be opened.

    Args:
        record_path: the JSON file; the weights lie beside it, as `.safetensors`.
        name: the first half of the id, unlike that of every other design.
        tag: the second half.
        origin: "custom" for what a person has trained.

    Raises:
        DamagedRecordError: the record cannot be read, is none, or names a design that there is no
            recipe for.
    """
    record = read_record(record_path)
    try:
        return _entry(record, record_path, name, tag, origin)
    except DamagedRecordError as error:
        raise DamagedRecordError(
            f"{record_path} is not the record of a training run ({error})"
        ) from error


def _entry(record: Fields, record_path: Path, name: str, tag: str, origin: Origin) -> ModelEntry:
    designs = {**digit_entries.designs(), _COLOUR.name: _COLOUR}
    design = designs[record.text("architecture", designs)]
    preprocessing = recorded_preprocessing(record.inner("input"), design.name)
    data = record.inner("data")
    labels = class_names_of(record)
    return ModelEntry(
        architecture=dataclasses.replace(
            design,
            name=name,
            title=f"{design.title} on {data.text('name')}",
            build=partial(
                RECIPES[design.name].build,
                classes=len(labels),
                in_channels=preprocessing.input_shape[0],
            ),
            classes=len(labels),
            input_shape=preprocessing.input_shape,
            parameters=record.whole("parameters"),
        ),
        tag=tag,
        origin=origin,
        weights=TrainedWeights(
            path=record_path.with_suffix(".safetensors"),
            source=f"trained by models.training on {data.whole('training_pictures'):,} pictures: "
            f"{data.text('source')}",
            sha256=record.text("weights_sha256"),
        ),
        preprocessing=preprocessing,
        labels=labels,
        metrics=f"{record.share('held_out_accuracy'):.1%} of "
        f"{data.whole('held_out_pictures'):,} held-out pictures",
    )


def class_names_of(record: Fields) -> tuple[str, ...]:
    """The classes that a record names.

    Raises:
        DamagedRecordError: there are fewer than two.
    """
    names = record.texts("class_names")
    if len(names) < 2:
        raise DamagedRecordError(f"class_names must be at least two; they are {list(names)}.")
    return names


def recorded_preprocessing(
    recorded: Fields, architecture: str
) -> DigitPreprocessing | PhotographPreprocessing:
    """The preprocessing that a record's "input" describes, if it suits the recipe's network.

    Raises:
        DamagedRecordError: it does not, or a parameter is missing or impossible.
    """
    found = _preprocessing(recorded)
    size = RECIPES[architecture].input_size
    if found.input_shape[1] != size:
        raise DamagedRecordError(
            f"{architecture} takes {size} x {size} px; the record says {found.input_shape[1]}."
        )
    return found


def preprocessing_of(
    recorded: Mapping[str, object],
) -> DigitPreprocessing | PhotographPreprocessing:
    """The preprocessing that a record's "input" describes.

    Raises:
        DamagedRecordError: a parameter is missing or impossible.
    """
    return _preprocessing(Fields(dict(recorded), "the input"))


def _preprocessing(recorded: Fields) -> DigitPreprocessing | PhotographPreprocessing:
    # Records from before there were photographs say nothing of the kind, nor do reports of runs.
    if not recorded.has("crop"):
        try:
            return DigitPreprocessing(
                size=recorded.whole("size", 1, 4096),
                mean=recorded.number("mean"),
                std=recorded.number("std", 1e-6),
            )
        except DamagedRecordError:
            raise
        except ValueError as error:
            raise DamagedRecordError(f"The input's {error}.") from error
    interpolations: tuple[Interpolation, ...] = get_args(Interpolation)
    interpolation = recorded.text("interpolation", interpolations)
    mean, std = recorded.numbers("mean"), recorded.numbers("std")
    if len(mean) not in {1, 3} or len(std) != len(mean) or min(std) <= 0:
        raise DamagedRecordError(
            f"mean and std must be of one or three channels, and std positive: {mean}, {std}."
        )
    return PhotographPreprocessing(
        resize=recorded.whole("resize", 1, 4096),
        crop=recorded.whole("crop", 1, 4096),
        interpolation="bilinear" if interpolation == "bilinear" else "bicubic",
        mean=mean,
        std=std,
    )
