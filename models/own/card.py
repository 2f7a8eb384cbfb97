"""The card of a person's own network: what its weights do not say."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from models.disk.checked_fields import DamagedRecordError, Fields
from models.own.names import NAME
from models.own.preparation import (
    LARGEST_SIDE,
    OwnPreparation,
    described,
    input_shape_of,
    preparation_of,
)

Library = Literal["torchvision", "timm", "convscope", "module"]
FORMAT, VERSION = "convscope-model", 1
# Of ids and of what people read; labels of 22,000 classes have been seen.
LONGEST_TEXT = 300
MOST_CLASSES = 100_000
_MOST_NOTES = 32
_LATEST_S = 253_402_300_799.0
_ARCHITECTURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Card:
    """What is known of a person's own network besides its tensors; see docs/bundle.md.

    Attributes:
        name: the id's second half.
        architecture: the id's first half: a design's name, or a module's.
        library: that makes the design; "module" where only the bundle's graph tells what it does.
        title: for people.
        classes: how many scores it returns; 0 for maps and features.
        labels: of the classes; None where nobody said any.
        assumed: what nobody has confirmed.
        source: the file or the class that it came from.
        weights_sha256: of `weights.safetensors`.
        created_at: seconds since 1970.
        shown_output: which of several returned tensors is shown, None where there is one.
        other_outputs: those that are not.
        notes: sentences that whoever reads its numbers should know.
    """

    name: str
    architecture: str
    library: Library
    title: str
    classes: int
    preprocessing: OwnPreparation
    parameters: int
    labels: tuple[str, ...] | None = None
    assumed: frozenset[Literal["labels", "preprocessing"]] = frozenset()
    source: str = ""
    weights_sha256: str = ""
    created_at: float = 0.0
    shown_output: str | None = None
    other_outputs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def all_labels(self) -> tuple[str, ...]:
        """Of every class: its number where nobody named it."""
        return self.labels or tuple(f"class {index}" for index in range(self.classes))

    def labelled(self, labels: Sequence[str] | None) -> "Card":
        """With these labels, which are confirmed; None for numbers.

        Raises:
            ValueError: they are not one for each class, or cannot be written.
        """
        if labels is None:
            unnamed: frozenset[Literal["labels"]] = frozenset({"labels"} if self.classes else ())
            return replace(self, labels=None, assumed=self.assumed - {"labels"} | unnamed)
        checked = checked_labels(labels, self.classes)
        return replace(self, labels=checked, assumed=self.assumed - {"labels"})

    def prepared(self, preprocessing: OwnPreparation) -> "Card":
        """With this preparation, which is confirmed."""
        return replace(self, preprocessing=preprocessing, assumed=self.assumed - {"preprocessing"})

    def to_json(self) -> bytes:
        """As `card.json` holds it."""
        document = {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "architecture": self.architecture,
            "library": self.library,
            "title": self.title,
            "classes": self.classes,
            "input_shape": list(self.preprocessing.input_shape),
            "parameters": self.parameters,
            "labels": None if self.labels is None else list(self.labels),
            "labels_assumed": "labels" in self.assumed,
            "preprocessing": described(self.preprocessing),
            "preprocessing_assumed": "preprocessing" in self.assumed,
            "source": self.source,
            "weights_sha256": self.weights_sha256,
            "created_at": self.created_at,
            "output": {"of": self.shown_output, "others": list(self.other_outputs)},
            "notes": list(self.notes),
        }
        return json.dumps(document, indent=2, ensure_ascii=False).encode()


def card_of(fields: Fields) -> Card:
    """The card that a JSON object describes.

    Raises:
        DamagedRecordError: it is none, or says what cannot be.
    """
    fields.text("format", (FORMAT,))
    if (version := fields.whole("version")) != VERSION:
        raise DamagedRecordError(
            f"The card is of version {version}; this program reads version {VERSION}."
        )
    classes = fields.whole("classes", 0, MOST_CLASSES)
    shape = fields.wholes("input_shape", 1, LARGEST_SIDE)
    preprocessing = preparation_of(fields.inner("preprocessing"), input_shape_of(shape))
    output = fields.inner("output") if fields.has("output") else Fields({}, "output")
    libraries: tuple[Library, ...] = get_args(Library)
    try:
        labels = checked_labels(fields.texts("labels"), classes) if fields.has("labels") else None
    except ValueError as error:
        raise DamagedRecordError(str(error)) from error
    assumed: set[Literal["labels", "preprocessing"]] = set()
    said = labels is not None or not classes
    if not said or (fields.has("labels_assumed") and fields.flag("labels_assumed")):
        assumed.add("labels")
    if fields.has("preprocessing_assumed") and fields.flag("preprocessing_assumed"):
        assumed.add("preprocessing")
    return Card(
        name=_matching(fields, "name", NAME),
        architecture=_matching(fields, "architecture", _ARCHITECTURE),
        library=next(each for each in libraries if each == fields.text("library", libraries)),
        title=_short(fields, "title"),
        classes=classes,
        preprocessing=preprocessing,
        parameters=fields.whole("parameters"),
        labels=labels,
        assumed=frozenset(assumed),
        source=_short(fields, "source") if fields.has("source") else "",
        weights_sha256=_matching(fields, "weights_sha256", _SHA256),
        created_at=fields.number("created_at", 0, _LATEST_S),
        shown_output=_short(output, "of") if output.has("of") else None,
        other_outputs=output.texts("others")[:_MOST_NOTES] if output.has("others") else (),
        notes=fields.texts("notes")[:_MOST_NOTES] if fields.has("notes") else (),
    )


def checked_labels(labels: Sequence[str], classes: int) -> tuple[str, ...]:
    """Labels that are one for each class, of a length that can be shown.

    Raises:
        ValueError: they are not; the message says how many there are.
    """
    if len(labels) != classes:
        raise ValueError(
            f"There are {len(labels):,} labels, and the network has {classes:,} classes."
        )
    cleaned = tuple(" ".join(label.split()) for label in labels)
    for index, label in enumerate(cleaned):
        if not label or len(label) > LONGEST_TEXT or not _is_plain(label):
            raise ValueError(
                f"Label {index} is empty, longer than {LONGEST_TEXT} characters, or holds control "
                "characters."
            )
    return cleaned


def _matching(fields: Fields, name: str, pattern: re.Pattern[str]) -> str:
    text = fields.text(name)
    if not pattern.fullmatch(text):
        raise DamagedRecordError(f"{name} of the card is {text[:80]!r}.")
    return text


def _short(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if len(text) > LONGEST_TEXT or not _is_plain(text):
        raise DamagedRecordError(f"{name} of the card is too long or holds control characters.")
    return text


def _is_plain(text: str) -> bool:
    """False for control characters and halves of surrogate pairs."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def changed(card: Card, changes: Mapping[str, Any]) -> Card:
    """The card after a person said more: labels (None takes them away), preprocessing.

    Raises:
        ValueError, DamagedRecordError: what was said does not suit the network.
    """
    if "labels" in changes:
        card = card.labelled(changes["labels"])
    if "preprocessing" in changes:
        told = Fields(dict(changes["preprocessing"]), "preprocessing")
        card = card.prepared(preparation_of(told, card.preprocessing.input_shape))
    return card
