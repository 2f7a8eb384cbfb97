"""From a file that a person brought to the folder of a network: looked at first, then made."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from models.catalogue.catalogue import catalogue
from models.checkpoints.child import survey_in_child
from models.checkpoints.survey import Survey
from models.checkpoints.tensors import mapped_tensors
from models.disk.checked_fields import DamagedRecordError, Fields, fields_of
from models.errors import CheckpointRefusedError, UnknownModelError
from models.own.card import (
    Card,
    OwnPreparation,
    card_of,
    input_shape_of,
    preparation_of,
    usual_preparation,
)
from models.own.folder import CARD, GRAPH, WEIGHTS, card_in, is_bundle_zip, tensors_in, unpack
from models.preprocessing.preprocessing import DigitPreprocessing
from models.recognition.designs import OpenDesign, open_design
from models.recognition.recognition import Candidate, recognise, renamed
from models.recognition.telling import difference
from models.weights.construction import build_unfilled

_COUNTER = "num_batches_tracked"
_MOST_NEAREST = 3
_WITH_CODE = (
    "A network of your own code can be opened with its code: convscope export, or "
    "convscope.show(model)."
)


@dataclass(frozen=True, eq=False)
class Offer:
    """A network that a file can become, or nearly.

    Attributes:
        candidate: the recognised design; None for a bundle, which says itself what it is.
        library: whose code makes it; "module" where only the bundle's graph tells what it does.
        summary: what it is, or what differs, in a sentence.
        is_complete: the file has all that the network needs, and nothing that it has no place for.
        preparation: of pictures, assumed unless its owner says something else.
        notes: what its tensors do not tell; may be empty.
    """

    design: str
    library: str
    title: str
    classes: int
    input_channels: int
    matched: int
    preparation: OwnPreparation
    summary: str
    is_complete: bool = True
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    notes: str = ""
    candidate: Candidate | None = None


@dataclass(frozen=True, eq=False)
class Examined:
    """What a file from outside is, as far as it can be told without opening it.

    Attributes:
        format: "safetensors", "torch", "torch_legacy" or "bundle".
        tensors: how many.
        offers: what it can become, the best first; of a bundle one.
        survey: where the tensors lie in a file of weights; None of a bundle.
        class_names: that the file names.
        left_aside: what the file holds besides the weights.
    """

    format: str
    tensors: int
    offers: tuple[Offer, ...]
    survey: Survey | None = None
    class_names: tuple[str, ...] = ()
    left_aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What a person says of the network that a file is to become.

    Attributes:
        name: the id's second half.
        architecture: one of the candidates; the best one unless said.
        labels: of the classes; those that the file names, or numbers, unless said.
        preprocessing: as a card has it; the design's usual one, assumed, unless said.
        input_shape: (channels, height, width); the design's usual one unless said.
        source: the file's name, for people.
    """

    name: str
    architecture: str | None = None
    labels: tuple[str, ...] | None = None
    preprocessing: Mapping[str, Any] | None = None
    input_shape: tuple[int, int, int] | None = None
    source: str = ""


def examine(path: Path) -> Examined:
    """Tell what a file is and which designs have its tensors. Blocks; runs nothing of the file.

    Raises:
        CheckpointRefusedError: it is nothing that can be opened; the message says what it is.
    """
    if is_bundle_zip(path):
        return _examined_bundle(path)
    survey = survey_in_child(path)
    shapes = {name: tensor.shape for name, tensor in survey.tensors.items()}
    offers = tuple(_offer(candidate) for candidate in recognise(shapes))
    if not offers:
        raise CheckpointRefusedError(
            f"Its {len(shapes):,} tensors are like those of no design of torchvision, timm or "
            f"Convscope ({', '.join(list(shapes)[:3])}). {_WITH_CODE}"
        )
    return Examined(
        format=survey.format,
        tensors=len(shapes),
        offers=offers,
        survey=survey,
        class_names=survey.class_names,
        left_aside=survey.left_aside,
    )


def _offer(candidate: Candidate) -> Offer:
    design = open_design(candidate.design)
    side = design.input_size
    return Offer(
        design=candidate.design,
        library=candidate.library,
        title=candidate.title,
        classes=candidate.classes,
        input_channels=candidate.input_channels,
        matched=candidate.matched,
        preparation=_usual_of(design, (candidate.input_channels, side, side)),
        missing=candidate.missing,
        unexpected=candidate.unexpected,
        summary=difference(candidate),
        is_complete=candidate.is_complete,
        notes=design.notes,
        candidate=candidate,
    )


def make(path: Path, examined: Examined, wanted: Wanted, folder: Path, largest_bytes: int) -> Card:
    """Fill a folder of `models.own.folder.new_folder` with a network. Blocks.

    Args:
        path: of the file that was examined.
        examined: what it is.
        wanted: what it shall become.
        folder: empty.
        largest_bytes: that weights out of a bundle may have.

    Raises:
        CheckpointRefusedError: it cannot become one; the message says what differs.
        DamagedRecordError, ValueError: what is wanted does not suit it.
        OSError: the disk failed.
    """
    if examined.survey is None:
        card = _from_bundle(path, wanted, folder, largest_bytes)
    else:
        card = _from_checkpoint(path, examined, wanted, folder)
    card = replace(
        card,
        name=wanted.name,
        source=wanted.source or card.source,
        weights_sha256=_sha256(folder / WEIGHTS),
        created_at=time.time(),
    )
    (folder / CARD).write_bytes(card.to_json())
    return card


def _examined_bundle(path: Path) -> Examined:
    try:
        card = card_of(fields_of(card_in(path), CARD))
    except DamagedRecordError as error:
        raise CheckpointRefusedError(f"It is no bundle of Convscope: {error}") from error
    tensors = tensors_in(path)
    offer = Offer(
        design=card.architecture,
        library=card.library,
        title=card.title,
        classes=card.classes,
        input_channels=card.preprocessing.input_shape[0],
        matched=tensors,
        preparation=card.preprocessing,
        summary=f"{card.title}, {_classes(card.classes)}: a bundle with its graph, made of "
        f"{card.source or 'a module'}.",
        notes=" ".join(card.notes),
    )
    return Examined("bundle", tensors, (offer,), class_names=card.labels or ())


def _from_bundle(path: Path, wanted: Wanted, folder: Path, largest_bytes: int) -> Card:
    card = unpack(path, folder, largest_bytes)
    if _sha256(folder / WEIGHTS) != card.weights_sha256:
        raise CheckpointRefusedError(
            "The bundle's weights are not those that its card was written for: their SHA-256 is "
            "another. Export it again."
        )
    # The header of a safetensors file is not believed either.
    survey_in_child(folder / WEIGHTS)
    if wanted.input_shape and wanted.input_shape != card.preprocessing.input_shape:
        if card.library == "module":
            raise ValueError(
                f"input_shape: the bundle holds its graph for {card.preprocessing.input_shape}; "
                "export it again for another."
            )
        (folder / GRAPH).unlink(missing_ok=True)
        card = replace(card, preprocessing=usual_preparation(wanted.input_shape))
    return _told(card, wanted)


def _from_checkpoint(path: Path, examined: Examined, wanted: Wanted, folder: Path) -> Card:
    candidate = chosen(examined, wanted.architecture).candidate
    if examined.survey is None or candidate is None:
        raise TypeError("A checkpoint is examined with its survey.")
    design = open_design(candidate.design)
    tensors = renamed(mapped_tensors(path, examined.survey), candidate)
    built = build_unfilled(design.build(candidate.classes, candidate.input_channels))
    filled, notes = _filled(built.state_dict(), tensors)
    save_file(filled, folder / WEIGHTS)
    shape = wanted.input_shape or (candidate.input_channels, design.input_size, design.input_size)
    if shape[0] != candidate.input_channels:
        raise ValueError(
            f"input_shape: the weights are of {candidate.input_channels} channels, not {shape[0]}."
        )
    card = Card(
        name=wanted.name,
        architecture=design.name,
        library=design.library,
        title=design.title,
        classes=candidate.classes,
        preprocessing=_usual_of(design, input_shape_of(shape)),
        parameters=sum(parameter.numel() for parameter in built.parameters()),
        assumed=frozenset({"preprocessing"}),
        notes=(*notes, *([design.notes] if design.notes else [])),
    )
    named = candidate.classes > 0 and len(examined.class_names) == candidate.classes
    return _told(card.labelled(examined.class_names if named else None), wanted)


def chosen(examined: Examined, architecture: str | None) -> Offer:
    """What the file becomes: what was chosen, or the best.

    Raises:
        CheckpointRefusedError: the file does not have all that it needs, or is nothing like it; the
            message says what differs.
    """
    offers = examined.offers
    if architecture is not None:
        offers = tuple(each for each in offers if each.design == architecture)
        if not offers:
            known = ", ".join(each.design for each in examined.offers)
            raise CheckpointRefusedError(
                f"architecture: these tensors are not like those of {architecture[:80]!r}; nearest "
                f"are {known}."
            )
    best = offers[0]
    if not best.is_complete:
        nearest = " ".join(each.summary for each in offers[:_MOST_NEAREST])
        raise CheckpointRefusedError(
            f"The tensors are those of no whole network that is known here. {nearest} {_WITH_CODE}"
        )
    return best


def _told(card: Card, wanted: Wanted) -> Card:
    """The card after what a person said, which is no assumption any more."""
    if wanted.labels is not None:
        card = card.labelled(wanted.labels)
    if wanted.preprocessing is not None:
        told = Fields(dict(wanted.preprocessing), "preprocessing")
        card = card.prepared(preparation_of(told, card.preprocessing.input_shape))
    return card


def _filled(
    expected: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor]
) -> tuple[dict[str, torch.Tensor], list[str]]:
    """The tensors of a state dict as safetensors wants them, and what was done to them."""
    filled: dict[str, torch.Tensor] = {}
    stored_as: set[str] = set()
    seen: set[int] = set()
    damaged = 0
    for name, slot in expected.items():
        if name not in tensors:
            # torch counts batches while it trains; older files lack the count.
            if not name.endswith(_COUNTER):
                raise CheckpointRefusedError(f"The file lacks {name}.")
            filled[name] = torch.zeros(slot.shape, dtype=slot.dtype)
            continue
        tensor = tensors[name]
        if tensor.dtype != slot.dtype:
            if slot.is_floating_point():
                stored_as.add(str(tensor.dtype).removeprefix("torch."))
            tensor = tensor.to(slot.dtype)
        if tensor.is_floating_point():
            damaged += int((~torch.isfinite(tensor)).sum())
        # safetensors takes no two names for one place in memory.
        place = tensor.data_ptr()
        filled[name] = tensor.clone() if place in seen else tensor.contiguous()
        seen.add(place)
    notes = []
    if stored_as:
        notes.append(f"Stored as {', '.join(sorted(stored_as))}, computed as float32.")
    if damaged:
        notes.append(f"{damaged:,} of its weights are no finite numbers.")
    return filled, notes


def _usual_of(design: OpenDesign, input_shape: tuple[int, int, int]) -> OwnPreparation:
    """What the design's library prepares for it, for this input."""
    usual = usual_preparation(input_shape)
    if design.library == "convscope":
        try:
            known = catalogue().resolve(design.name).preprocessing
        except UnknownModelError:
            return usual
        if isinstance(known, DigitPreprocessing) and known.input_shape == input_shape:
            return known
        return usual
    hints = design.preparation
    if hints is None:
        return usual
    channels, height, width = input_shape
    mean, std = tuple(hints.mean), tuple(hints.std)
    if channels == 1:
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    resize = hints.resize
    if resize is not None and (height, width) != (hints.crop, hints.crop):
        resize = round(min(height, width) * resize / hints.crop)
    return replace(usual, resize=resize, interpolation=hints.interpolation, mean=mean, std=std)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _classes(count: int) -> str:
    return f"{count:,} {'class' if count == 1 else 'classes'}" if count else "without scores"
