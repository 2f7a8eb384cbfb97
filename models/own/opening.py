"""From a file that a person brought to the folder of a network: looked at first, then made."""

import hashlib
import time
import zipfile
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
from models.errors import CheckpointRefusedError, UnknownDesignError, UnknownModelError
from models.own.card import (
    Card,
    OwnPreparation,
    card_of,
    checked_labels,
    input_shape_of,
    preparation_of,
    usual_preparation,
)
from models.own.folder import CARD, GRAPH, WEIGHTS, is_bundle_zip, unpack
from models.preprocessing.preprocessing import DigitPreprocessing
from models.recognition.designs import OpenDesign, open_design
from models.recognition.recognition import Candidate, difference, recognise, renamed
from models.weights.construction import build_unfilled

_MOST_CARD_BYTES = 2**24
_COUNTER = "num_batches_tracked"


@dataclass(frozen=True, eq=False)
class Examined:
    """What a file from outside is, as far as it can be told without opening it.

    Attributes:
        format: "safetensors", "torch", "torch_legacy" or "bundle".
        tensors: how many.
        candidates: designs that have such tensors, the best first; of a bundle one.
        survey: where the tensors lie in a file of weights.
        card: of a bundle.
        class_names: that the file names.
        left_aside: what the file holds besides the weights.
    """

    format: str
    tensors: int
    candidates: tuple[Candidate, ...]
    survey: Survey | None = None
    card: Card | None = None
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
    return Examined(
        format=survey.format,
        tensors=len(shapes),
        candidates=recognise(shapes),
        survey=survey,
        class_names=survey.class_names,
        left_aside=survey.left_aside,
    )


def preparation_for(examined: Examined, candidate: Candidate) -> OwnPreparation:
    """What is assumed of a candidate unless its owner says something else."""
    if examined.card is not None:
        return examined.card.preprocessing
    design = open_design(candidate.design)
    side = design.input_size
    return _usual_of(design, (candidate.input_channels, side, side))


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
    if examined.card is not None:
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
        with zipfile.ZipFile(path) as archive:
            info = next(each for each in archive.infolist() if each.filename.endswith(CARD))
            with archive.open(info) as file:
                card = card_of(fields_of(file.read(_MOST_CARD_BYTES), CARD))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise CheckpointRefusedError(f"It is a damaged zip archive ({error}).") from error
    except DamagedRecordError as error:
        raise CheckpointRefusedError(f"It is no bundle of Convscope: {error}") from error
    candidate = Candidate(
        design=card.architecture,
        library=card.library,
        title=card.title,
        classes=card.classes,
        input_channels=card.preprocessing.input_shape[0],
        matched=0,
        missing=(),
        unexpected=(),
        prefix="",
        is_complete=True,
    )
    return Examined("bundle", 0, (candidate,), card=card, class_names=card.labels or ())


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
    candidate = chosen(examined, wanted.architecture)
    design = open_design(candidate.design)
    if examined.survey is None:
        raise TypeError("A checkpoint is examined with its survey.")
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
        assumed=frozenset({"labels", "preprocessing"}),
        notes=tuple(notes),
    )
    if len(examined.class_names) == candidate.classes:
        card = replace(card, labels=checked_labels(examined.class_names, candidate.classes))
    return _told(card, wanted)


def chosen(examined: Examined, architecture: str | None) -> Candidate:
    """The candidate that was chosen, or the best one.

    Raises:
        CheckpointRefusedError: it does not have these tensors; the message says what differs.
    """
    if not examined.candidates:
        raise CheckpointRefusedError(
            "No design of torchvision, timm or Convscope has tensors like these. A network of your "
            "own code can be opened with its code: convscope export, or convscope.show(model)."
        )
    best = examined.candidates[0]
    if architecture is not None:
        named = [each for each in examined.candidates if each.design == architecture]
        if not named:
            known = ", ".join(each.design for each in examined.candidates)
            raise CheckpointRefusedError(
                f"architecture: these tensors are not like those of {architecture[:80]!r}; nearest "
                f"are {known}."
            )
        best = named[0]
    if not best.is_complete:
        nearest = " ".join(difference(each) for each in (best, *examined.candidates[:2]))
        raise CheckpointRefusedError(
            f"The tensors are not those of a whole {best.title}. {nearest} A changed network can "
            "be opened with its code: convscope export, or convscope.show(model)."
            if architecture is None
            else f"The tensors are not those of a whole {best.title}. {difference(best)}"
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
        place = tensor.untyped_storage().data_ptr() + tensor.storage_offset()
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
    hints = design.preprocessing
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


__all__ = ["Examined", "UnknownDesignError", "Wanted", "chosen", "examine", "make"]
