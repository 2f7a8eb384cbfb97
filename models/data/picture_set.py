"""One's own pictures as they are kept: small, with their classes, in one file.

`ID.safetensors` holds `pictures`, uint8 (count, 3, 32, 32), and `labels`, int64 (count,); its
header holds under `set` what people should know of them. Of the files that they came from nothing
is left.
"""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from models.data.dataset import (
    Dataset,
    LabelledPictures,
    SkippedPicture,
    UnusableDataError,
)
from models.data.picture_folder import PICTURE_SIZE_PX, SPLIT_SEED, held_out_share
from models.disk.checked_fields import DamagedRecordError, Fields, warn_once
from models.disk.metadata import metadata_of
from models.disk.whole_files import write_atomically

OWN_PREFIX = "own:"
ENDING = ".safetensors"
SET_ID = re.compile(r"[0-9a-f]{8}")
# Of what was left out: more than anybody reads, and few enough for a header.
MOST_LISTED = 1_000
_LATEST_S = 253_402_300_799.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PictureSet:
    """What is known of a kept data set without reading its pictures.

    Attributes:
        title: that its owner has for it.
        created_at: seconds since 1970.
        counts: how many pictures of each class.
        skipped: what was left out, the first of them.
        skipped_pictures: how many that were.
    """

    id: str
    title: str
    created_at: float
    class_names: tuple[str, ...]
    counts: tuple[int, ...]
    skipped: tuple[SkippedPicture, ...]
    skipped_pictures: int

    @property
    def name(self) -> str:
        """By which a training is told to take it."""
        return f"{OWN_PREFIX}{self.id}"


def check_counts(
    class_names: Sequence[str], counts: Sequence[int], skipped: Sequence[SkippedPicture]
) -> None:
    """Refuse pictures of which a class has too few.

    Raises:
        UnusableDataError: one has fewer than two, one to train on and one to hold out.
    """
    scarce = [
        f"{name} has {count}" for name, count in zip(class_names, counts, strict=True) if count < 2
    ]
    if scarce:
        more = f" and {len(scarce) - 5} more" if len(scarce) > 5 else ""
        hint = (
            f" {len(skipped):,} files could not be used, {skipped[0].file} first."
            if skipped
            else ""
        )
        raise UnusableDataError(
            "Every class needs at least two pictures that can be read, one to train on and one to "
            f"hold out; {', '.join(scarce[:5])}{more}.{hint}"
        )


def write_picture_set(directory: Path, kept: PictureSet, pictures: Tensor, labels: Tensor) -> None:
    """Write a data set, whole or not at all. Blocks.

    Args:
        directory: that holds data sets; made if need be.
        kept: what is known of it.
        pictures: uint8 (count, 3, 32, 32).
        labels: int64 (count,).

    Raises:
        OSError: the disk failed.
    """
    known = {
        "title": kept.title,
        "created_at": kept.created_at,
        "class_names": list(kept.class_names),
        "counts": list(kept.counts),
        "skipped": [vars(each) for each in kept.skipped[:MOST_LISTED]],
        "skipped_pictures": kept.skipped_pictures,
    }
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {"pictures": pictures, "labels": labels}
    write_atomically({directory / f"{kept.id}{ENDING}": save(tensors, {"set": json.dumps(known)})})


def list_picture_sets(directory: Path) -> list[PictureSet]:
    """The data sets of a directory, the newest first; damaged ones are left out. Blocks."""
    found = []
    try:
        paths = [path for path in directory.iterdir() if path.suffix == ENDING]
    except OSError:
        return []
    for path in paths:
        if not SET_ID.fullmatch(path.stem):
            continue
        try:
            found.append(read_picture_set(path))
        except DamagedRecordError as error:
            warn_once(_logger, f"A data set is left out: {error}")
    return sorted(found, key=lambda each: each.created_at, reverse=True)


def read_picture_set(path: Path) -> PictureSet:
    """What is known of the data set in a file. Blocks.

    Raises:
        DamagedRecordError: it is none.
    """
    return _described(path.stem, metadata_of(path, "set"))


def _described(set_id: str, known: Fields) -> PictureSet:
    kept = PictureSet(
        id=set_id,
        title=known.text("title"),
        created_at=known.number("created_at", 0, _LATEST_S),
        class_names=known.texts("class_names"),
        counts=known.wholes("counts"),
        skipped=tuple(
            SkippedPicture(each.text("file"), each.text("reason")) for each in known.each("skipped")
        ),
        skipped_pictures=known.whole("skipped_pictures"),
    )
    if len(kept.class_names) != len(kept.counts) or len(kept.counts) < 2:
        raise DamagedRecordError(f"The data set {set_id} names no count for each class.")
    return kept


def own_pictures(directory: Path, set_id: str) -> Dataset:
    """Read a kept data set; a fifth of each class, at least one picture, is held out. Blocks.

    Raises:
        UnusableDataError: it is not there, or damaged.
    """
    path = directory / f"{set_id}{ENDING}"
    if not SET_ID.fullmatch(set_id) or not path.is_file():
        raise UnusableDataError(
            f"The pictures {set_id[:40]!r} are not kept in {directory}, or not any more: send them "
            "again."
        )
    try:
        kept = read_picture_set(path)
        pictures, labels = _tensors(path, kept)
    except DamagedRecordError as error:
        raise UnusableDataError(f"{error} Send the pictures again.") from error
    held_out = held_out_share(labels)
    return Dataset(
        name=f"own_{set_id}",
        source=f"own pictures, {kept.title}",
        class_names=kept.class_names,
        training=LabelledPictures(pictures[~held_out], labels[~held_out]),
        held_out=LabelledPictures(pictures[held_out], labels[held_out]),
        held_out_positions=held_out.nonzero().flatten(),
        split_seed=SPLIT_SEED,
        kind="photograph",
        skipped=kept.skipped,
    )


def _tensors(path: Path, kept: PictureSet) -> tuple[Tensor, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            tensors: dict[str, Any] = {
                name: file.get_tensor(name) for name in ("pictures", "labels")
            }
    except (OSError, SafetensorError) as error:
        raise DamagedRecordError(f"{path} is damaged ({error}).") from error
    pictures, labels = tensors["pictures"], tensors["labels"]
    shape = (sum(kept.counts), 3, PICTURE_SIZE_PX, PICTURE_SIZE_PX)
    fits = pictures.shape == shape and pictures.dtype == torch.uint8
    fits = fits and labels.dtype == torch.int64 and labels.shape == shape[:1]
    if not fits or labels.bincount(minlength=len(kept.counts)).tolist() != list(kept.counts):
        raise DamagedRecordError(f"{path} does not hold the pictures that it says.")
    return pictures.float() / 255, labels
