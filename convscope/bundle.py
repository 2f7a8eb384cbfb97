"""A bundle on the disk, a folder or a zip: whole, or not there."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from convscope.errors import ExportError

CARD = "card.json"
WEIGHTS = "weights.safetensors"
GRAPH = "graph.json.gz"


def sha256_of(data: bytes) -> str:
    """Hexadecimal digits of the SHA-256 of these bytes."""
    return hashlib.sha256(data).hexdigest()


def write_bundle(files: Mapping[str, bytes], place: Path) -> None:
    """Write a bundle beside its place and give it its name when it is whole.

    A bundle that is there already is replaced; anything else of that name stays.

    Args:
        files: contents by name.
        place: ends in `.zip` for a zip; a folder otherwise.

    Raises:
        ExportError: the place is taken, or cannot be written to.
    """
    place = place.absolute()
    _refuse_what_is_taken(place)
    partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if is_zip(place):
            _write_zip(files, partial)
            partial.replace(place)
        else:
            _write_folder(files, partial)
            _take_the_place(partial, place)
    except OSError as error:
        raise ExportError(f"{place} cannot be written: {error.strerror or error}.") from error
    finally:
        _remove(partial)


def is_zip(place: Path) -> bool:
    """True if a bundle of this name is a zip."""
    return place.suffix.lower() == ".zip"


def _refuse_what_is_taken(place: Path) -> None:
    if is_zip(place):
        if place.is_dir():
            raise ExportError(f"{place} is a folder. Give another name, or take it away first.")
        return
    if place.is_dir():
        names = {entry.name for entry in place.iterdir()}
        if names and not (CARD in names and names <= {CARD, WEIGHTS, GRAPH}):
            raise ExportError(
                f"{place} is a folder with other files in it. Give the name of a new folder."
            )
    elif place.exists():
        raise ExportError(
            f"{place} is a file. Give the name of a folder, or one that ends in .zip."
        )


def _write_zip(files: Mapping[str, bytes], partial: Path) -> None:
    with partial.open("wb") as file:
        # As they are: weights hardly shrink, and can be read where they lie.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        file.flush()
        os.fsync(file.fileno())


def _write_folder(files: Mapping[str, bytes], partial: Path) -> None:
    partial.mkdir()
    for name, data in files.items():
        with (partial / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _take_the_place(partial: Path, place: Path) -> None:
    former = place.with_name(f".{place.name}.{os.getpid()}.former")
    is_there = place.is_dir()
    if is_there:
        place.replace(former)
    try:
        partial.replace(place)
    except OSError:
        if is_there:
            former.replace(place)
        raise
    _remove(former)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
