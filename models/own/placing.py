"""Networks in a folder of a person's: checkpoints, bundles, folders of timm, which is only read.

What has to be rewritten to be opened (weights under other names, out of a zip) is made once and
kept in a directory of ours, under a hash of everything that it depends on.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.catalogue.entry import ModelEntry
from models.checkpoints.labels import read_labels
from models.disk.checked_fields import DamagedRecordError, Fields, read_record
from models.errors import CheckpointRefusedError, ConvscopeError
from models.own.card import Card, changed
from models.own.entries import entry_of
from models.own.folder import (
    CARD,
    WEIGHTS,
    checked_bundle,
    forget_folder,
    new_folder,
    read_card,
    take_place,
    write_card,
)
from models.own.names import slug
from models.own.offers import examine
from models.own.opening import Wanted, make, put_card
from models.recognition.timm_config import from_timm_config

_CHECKPOINTS = {".pt", ".pth", ".ckpt", ".bin", ".safetensors"}
_ARCHIVES = {".zip"}
_CONFIG = "config.json"
_FOLDER_WEIGHTS = ("model.safetensors", "pytorch_model.safetensors", "pytorch_model.bin")
_LABELS = (".labels.txt", ".labels.json", ".labels.csv")
_CARD = ".card.json"
_LARGEST_LABELS_BYTES = 2**20
# Changes with what is made of a file.
_MAKING = 1


@dataclass(frozen=True)
class Placed:
    """Something in the folder, and either the network that it is or why it is none.

    Attributes:
        path: in the folder.
        network: where its weights lie.
        said: where its card lies once a person has said more of it; ours to write.
    """

    path: Path
    entry: ModelEntry | None = None
    network: Path = Path()
    said: Path = Path()
    refusal: str = ""


def placed_in(
    directory: Path, made: Path, largest_bytes: int, besides: str | None = None
) -> Iterator[Placed]:
    """The networks of a folder, one after the other, as they are opened. Blocks.

    Args:
        directory: of the person's.
        made: where what has to be made is kept.
        largest_bytes: that one's weights may have.
        besides: the name of what is left out.

    Raises:
        OSError: the folder cannot be read.
    """
    for path in sorted(directory.iterdir()):
        if path.name.startswith(".") or path.name == besides or not _is_network(path):
            continue
        yield placed_at(path, made, largest_bytes)


def placed_at(path: Path, made: Path, largest_bytes: int) -> Placed:
    """What a file or folder of the folder is. Blocks; for the others see `placed_in`."""
    if not path.exists():
        return Placed(path, refusal="There is no such file or folder.")
    if not _is_network(path):
        return Placed(path, refusal="It is no checkpoint, no bundle, and no folder of timm.")
    try:
        return _opened(path, made, largest_bytes)
    except (ConvscopeError, OSError, ValueError) as error:
        return Placed(path, refusal=str(error))


def _is_network(path: Path) -> bool:
    if path.is_dir():
        return (path / CARD).is_file() or (path / _CONFIG).is_file()
    return path.suffix.lower() in _CHECKPOINTS | _ARCHIVES


def said_more(placed: Placed, changes: Mapping[str, Any]) -> Placed:
    """The network after a person said more of it, which is kept beside the folder. Blocks.

    Raises:
        ValueError: what was said does not suit it.
        OSError: the disk failed.
    """
    where = placed.said if (placed.said / CARD).is_file() else placed.network
    card = changed(read_card(where), changes)
    placed.said.mkdir(parents=True, exist_ok=True)
    write_card(placed.said, card)
    return replace(placed, entry=entry_of(placed.network, card))


def _opened(path: Path, made: Path, largest_bytes: int) -> Placed:
    if path.is_dir() and (path / CARD).is_file():
        card = _bundle(path)
        kept = made / hashlib.sha256(card.to_json()).hexdigest()[:32]
        # What was said of it and cannot be read any more is said anew; the bundle itself is whole.
        if (kept / CARD).is_file():
            with suppress(DamagedRecordError):
                card = read_card(kept)
        return Placed(path, entry_of(path, card), path, kept)
    if path.is_dir():
        weights, said = _library_folder(path)
    else:
        weights, said = path, _beside(path)
    key = json.dumps([_MAKING, _fingerprint(weights), said], sort_keys=True)
    place = made / hashlib.sha256(key.encode()).hexdigest()[:32]
    try:
        return Placed(path, entry_of(place, read_card(place)), place, place)
    except DamagedRecordError:
        if place.exists():
            forget_folder(place)
    with new_folder(made) as folder:
        wanted = _wanted(said, slug(path.stem if path.is_file() else path.name), weights.name)
        card = make(weights, examine(weights), wanted, folder, largest_bytes)
        if "title" in said:
            card = put_card(folder, replace(card, title=str(said["title"])[:100]))
        # Another server may just have made it.
        with suppress(FileExistsError):
            take_place(folder, place)
    return Placed(path, entry_of(place, card), place, place)


def _bundle(path: Path) -> Card:
    card = checked_bundle(path, path.name)
    with (path / WEIGHTS).open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != card.weights_sha256:
            raise CheckpointRefusedError(
                f"{path.name}: its weights are not those that its card was written for."
            )
    return card


def _beside(path: Path) -> dict[str, Any]:
    """What other files say of a checkpoint."""
    said: dict[str, Any] = {}
    card = path.with_name(path.stem + _CARD)
    if card.is_file():
        said |= read_record(card).values
    for ending in _LABELS:
        labels = path.with_name(path.stem + ending)
        if labels.is_file():
            with labels.open("rb") as file:
                said["labels"] = list(
                    read_labels(file.read(_LARGEST_LABELS_BYTES + 1), labels.name)
                )
            break
    return said


def _library_folder(path: Path) -> tuple[Path, dict[str, Any]]:
    """The weights of a folder of timm, and what its configuration says."""
    weights = next((path / name for name in _FOLDER_WEIGHTS if (path / name).is_file()), None)
    if weights is None:
        raise CheckpointRefusedError(
            f"{path.name} has a {_CONFIG}, and none of {', '.join(_FOLDER_WEIGHTS)} beside it."
        )
    config = read_record(path / _CONFIG)
    found = from_timm_config(config.values)
    if found is None:
        return weights, {}
    side = found.preparation.crop
    return weights, {
        "architecture": found.design,
        "labels": None if found.labels is None else list(found.labels),
        "preprocessing": found.preparation.as_card(),
        "input_shape": [found.input_channels, side, side],
    }


def _wanted(said: dict[str, Any], name: str, source: str) -> Wanted:
    fields = Fields(said, "the card")
    return Wanted(
        name=slug(fields.text("name")) if fields.has("name") else name,
        architecture=fields.text("architecture") if fields.has("architecture") else None,
        labels=fields.texts("labels") if fields.has("labels") else None,
        preprocessing=(
            fields.inner("preprocessing").values if fields.has("preprocessing") else None
        ),
        input_shape=_shape(fields),
        source=source,
    )


def _shape(fields: Fields) -> tuple[int, int, int] | None:
    if not fields.has("input_shape"):
        return None
    channels, height, width = fields.wholes("input_shape", 1, 2**16)
    return channels, height, width


def _fingerprint(path: Path) -> list[Any]:
    """Of a file's content, by what changes with it."""
    status = path.resolve().stat()
    return [str(path.resolve()), status.st_size, status.st_mtime_ns]
