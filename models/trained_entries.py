"""Models made of the records that `models.training` writes: the shipped colour network, and others.

The entries for digits stand in `models/digit_entries.py`, because their designs do not depend on
what they were trained on. A design that was built for other classes or for colour is one of its
own, and its record says all that is needed to open it.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from models import digit_entries
from models.entry import ModelEntry, Origin, RandomWeights, TrainedWeights
from models.preprocessing import DigitPreprocessing, PhotographPreprocessing
from models.recipes import RECIPES

COLOUR_RECORD = digit_entries.TRAINED_DIRECTORY / "alexnet_32_colour.photographs.json"

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
    if not COLOUR_RECORD.exists():
        return
    trained = entry_from_record(
        COLOUR_RECORD, name=_COLOUR.name, tag="photographs", origin="trained_here"
    )
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
        OSError: the record cannot be read.
        ValueError: it is none, or names a design that there is no recipe for.
    """
    record = json.loads(record_path.read_text())
    try:
        return _entry(record, record_path, name, tag, origin)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{record_path} is not the record of a training run ({error}).") from error


def _entry(
    record: Mapping[str, Any], record_path: Path, name: str, tag: str, origin: Origin
) -> ModelEntry:
    designs = {**digit_entries.designs(), _COLOUR.name: _COLOUR}
    design = designs[record["architecture"]]
    preprocessing = preprocessing_of(record["input"])
    channels = preprocessing.input_shape[0]
    data = record["data"]
    return ModelEntry(
        architecture=dataclasses.replace(
            design,
            name=name,
            title=f"{design.title} on {data['name']}",
            build=partial(
                RECIPES[record["architecture"]].build,
                classes=len(record["class_names"]),
                in_channels=channels,
            ),
            classes=len(record["class_names"]),
            input_shape=preprocessing.input_shape,
            parameters=record["parameters"],
        ),
        tag=tag,
        origin=origin,
        weights=TrainedWeights(
            path=record_path.with_suffix(".safetensors"),
            source=f"trained by models.training on {data['training_pictures']:,} pictures: "
            f"{data['source']}",
        ),
        preprocessing=preprocessing,
        labels=tuple(record["class_names"]),
        metrics=f"{record['held_out_accuracy']:.1%} of {data['held_out_pictures']:,} held-out "
        "pictures",
    )


def preprocessing_of(recorded: Mapping[str, Any]) -> DigitPreprocessing | PhotographPreprocessing:
    """The preprocessing that a record's "input" describes.

    Raises:
        KeyError: a parameter is missing.
    """
    if recorded.get("kind", "digit") == "digit":
        return DigitPreprocessing(size=recorded["size"], mean=recorded["mean"], std=recorded["std"])
    return PhotographPreprocessing(
        resize=recorded["resize"],
        crop=recorded["crop"],
        interpolation=recorded["interpolation"],
        mean=tuple(recorded["mean"]),
        std=tuple(recorded["std"]),
    )
