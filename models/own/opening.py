"""From a file that a person brought, once it was examined, to the folder of a network."""

import hashlib
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from models.checkpoints.child import survey_in_child
from models.checkpoints.tensors import mapped_tensors
from models.disk.checked_fields import Fields, fields_of
from models.errors import CheckpointRefusedError
from models.own.card import LONGEST_TEXT, Card, card_of
from models.own.folder import CARD, GRAPH, WEIGHTS, unpack
from models.own.offers import Examined, chosen, usual_of
from models.own.preparation import (
    OwnPreparation,
    input_shape_of,
    preparation_of,
    usual_preparation,
)
from models.preprocessing.own_preprocessing import OwnPreprocessing
from models.recognition.designs import open_design
from models.recognition.recognition import renamed
from models.weights.construction import build_unfilled
from models.weights.names import BATCH_COUNTER


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


def make(path: Path, examined: Examined, wanted: Wanted, folder: Path, largest_bytes: int) -> Card:
    """Fill a folder of `models.own.folder.new_folder` with a network. Blocks.

    Args:
        path: of the file that was examined.
        examined: what it is.
        wanted: what it shall become.
        folder: empty.
        largest_bytes: that its weights may have, as the disk will hold them.

    Raises:
        CheckpointRefusedError: it cannot become one; the message says what differs.
        DamagedRecordError, ValueError: what is wanted does not suit it.
        OSError: the disk failed.
    """
    if examined.survey is None:
        card = _from_bundle(path, wanted, folder, largest_bytes)
    else:
        card = _from_checkpoint(path, examined, wanted, folder, largest_bytes)
    source = "".join(letter for letter in wanted.source if letter.isprintable())[:LONGEST_TEXT]
    card = replace(card, name=wanted.name, source=source or card.source, created_at=time.time())
    return put_card(folder, card)


def put_card(folder: Path, card: Card) -> Card:
    """Write the card of a folder that is being filled; returns it as it will be read. Blocks.

    Raises:
        DamagedRecordError: it says what no card may say, such as too many classes.
    """
    said = card.to_json()
    read = card_of(fields_of(said, CARD))
    (folder / CARD).write_bytes(said)
    return read


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
        card = _for_input(card, wanted.input_shape)
    return _told(card, wanted)


def _for_input(card: Card, shape: tuple[int, int, int]) -> Card:
    """The card for an input of another size: the same numbers, and as much of the picture.

    Raises:
        ValueError: it has another number of channels.
    """
    told = card.preprocessing
    if shape[0] != told.input_shape[0]:
        raise ValueError(
            f"input_shape: the weights are of {told.input_shape[0]} channels, not {shape[0]}."
        )
    if isinstance(told, OwnPreprocessing):
        _, height, width = shape
        resize = told.resize
        if resize is not None:
            resize = round(resize * min(height, width) / min(told.height, told.width))
        prepared: OwnPreparation = replace(told, height=height, width=width, resize=resize)
    else:
        prepared = usual_preparation(shape)
    return replace(card, preprocessing=prepared, assumed=card.assumed | {"preprocessing"})


def _from_checkpoint(
    path: Path, examined: Examined, wanted: Wanted, folder: Path, largest_bytes: int
) -> Card:
    candidate = chosen(examined, wanted.architecture).candidate
    if examined.survey is None or candidate is None:
        raise TypeError("A checkpoint is examined with its survey.")
    design = open_design(candidate.design)
    tensors = renamed(mapped_tensors(path, examined.survey), candidate)
    built = build_unfilled(design.build(candidate.classes, candidate.input_channels))
    expected = built.state_dict()
    # A file may hold one place many times, and in fewer bits than it is computed with.
    size = sum(slot.numel() * slot.element_size() for slot in expected.values())
    if size > largest_bytes:
        raise CheckpointRefusedError(
            f"Its weights would be {size:,} bytes, and {largest_bytes:,} is the limit."
        )
    filled, notes = _filled(expected, tensors)
    _save(filled, folder / WEIGHTS)
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
        preprocessing=usual_of(design, input_shape_of(shape)),
        parameters=sum(parameter.numel() for parameter in built.parameters()),
        weights_sha256=_sha256(folder / WEIGHTS),
        assumed=frozenset({"preprocessing"}),
        notes=(*notes, *([design.notes] if design.notes else [])),
    )
    named = candidate.classes > 0 and len(examined.class_names) == candidate.classes
    return _told(card.labelled(examined.class_names if named else None), wanted)


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
            if not name.endswith(BATCH_COUNTER):
                raise CheckpointRefusedError(f"The file lacks {name}.")
            filled[name] = torch.zeros(slot.shape, dtype=slot.dtype)
            continue
        tensor = tensors[name]
        place = tensor.data_ptr()
        if tensor.dtype != slot.dtype:
            if slot.is_floating_point():
                stored_as.add(str(tensor.dtype).removeprefix("torch."))
            tensor = tensor.to(slot.dtype)
        if tensor.is_floating_point():
            damaged += int((~torch.isfinite(tensor)).sum())
        # safetensors takes neither two names for one place in memory nor axes in another order.
        if place in seen:
            tensor = tensor.clone(memory_format=torch.contiguous_format)
        filled[name] = tensor.contiguous()
        seen.add(place)
    notes = []
    if stored_as:
        notes.append(f"Stored as {', '.join(sorted(stored_as))}, computed as float32.")
    if damaged:
        notes.append(f"{damaged:,} of its weights are no finite numbers.")
    return filled, notes


def _save(tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Write a safetensors file.

    Raises:
        OSError: the disk failed; safetensors itself has an error of its own for all that does.
    """
    try:
        save_file(tensors, path)
    except SafetensorError as error:
        found = re.search(r"os error (\d+)", str(error))
        if found is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1]))) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
