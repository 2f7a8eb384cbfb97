"""The folder of a person's own network: `card.json`, `weights.safetensors`, maybe a graph.

Also as a zip of one, which is what a program hands on. A folder is made beside its place and takes
its name when it is whole; so whatever ends the program leaves a whole network or none.
"""

import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from models.checkpoints.bounded_file import BoundedFile
from models.checkpoints.zip_directory import read_directory
from models.disk.checked_fields import DamagedRecordError, fields_of, read_record
from models.errors import CheckpointRefusedError
from models.own.card import Card, card_of

CARD, WEIGHTS, GRAPH = "card.json", "weights.safetensors", "graph.json.gz"
# Read by the reader of graphs, which has limits of its own.
_LARGEST_BYTES = {CARD: 2**24, GRAPH: 64 * 2**20}
_COPIED_AT_ONCE = 2**20
_MOST_ENTRIES = 64
# What the graph of a bundle depends on: nothing but itself.
BUNDLE_KEY: dict[str, Any] = {"bundle": 1}
INCOMPLETE = ".incomplete-"
# What zipfile raises of an archive that is damaged, encrypted or of a method that it does not know.
_DAMAGED_ZIP = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error),
    *(NotImplementedError, EOFError, RuntimeError, ValueError),
)
# In a container every server has the same number: this tells one from its predecessor.
_THIS_RUN = uuid4().hex
# Of another machine that shares the directory nobody can tell whether it still writes.
_ABANDONED_AFTER_S = 86_400.0


def abandoned_name() -> str:
    """A name for what is being written, by which a later server tells that nobody does any more."""
    return f"{INCOMPLETE}{os.getpid()}-{_THIS_RUN}-{uuid4().hex}"


def remove_abandoned(directory: Path) -> None:
    """Remove what programs that are gone left unfinished. Blocks; fails for nothing."""
    try:
        unfinished = [path for path in directory.iterdir() if path.name.startswith(INCOMPLETE)]
    except OSError:
        return
    for path in unfinished:
        if not _is_being_written(path):
            forget_folder(path)


def forget_folder(path: Path) -> None:
    """Remove a folder, or a file, so that at no time half of it is found. Blocks."""
    going = path
    if not path.name.startswith(INCOMPLETE):
        going = path.with_name(abandoned_name())
        path.rename(going)
    if going.is_dir():
        shutil.rmtree(going, ignore_errors=True)
    else:
        with suppress(OSError):
            going.unlink()


def _is_being_written(path: Path) -> bool:
    owner, _, more = path.name.removeprefix(INCOMPLETE).partition("-")
    try:
        age_s = time.time() - path.stat().st_mtime
    except OSError:
        return False
    if not owner.isdigit() or age_s > _ABANDONED_AFTER_S:
        return False
    if int(owner) == os.getpid():
        return more.startswith(_THIS_RUN)
    try:
        os.kill(int(owner), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        # It is there, and of another user.
        return True
    return True


@contextmanager
def new_folder(parent: Path) -> Iterator[Path]:
    """A folder beside those that are whole; removed unless `take_place` was called on it.

    Raises:
        OSError: it cannot be made.
    """
    parent.mkdir(parents=True, exist_ok=True)
    made = parent / abandoned_name()
    made.mkdir()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def take_place(made: Path, place: Path) -> None:
    """Give a folder of `new_folder` its name, once its files are on the disk.

    Raises:
        OSError: there is something of this name already, or the disk failed.
    """
    for path in (*made.iterdir(), made):
        _flush(path)
    if place.exists():
        raise FileExistsError(f"{place} exists.")
    made.rename(place)
    _flush(place.parent)


def write_card(folder: Path, card: Card) -> None:
    """Replace the card of a folder, whole or not at all.

    Raises:
        OSError: the disk failed.
    """
    partial = folder / f".{CARD}.{uuid4().hex}"
    try:
        with partial.open("wb") as file:
            file.write(card.to_json())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / CARD)
    finally:
        partial.unlink(missing_ok=True)


def read_card(folder: Path) -> Card:
    """The card of a folder. Blocks.

    Raises:
        DamagedRecordError: there is none, or it is none.
    """
    return card_of(read_record(folder / CARD))


def is_bundle_zip(path: Path) -> bool:
    """True for a zip archive that has a card at its top, or in its one folder."""
    try:
        with _bundle_zip(path):
            return True
    except (CheckpointRefusedError, OSError):
        return False


@contextmanager
def _bundle_zip(path: Path) -> Iterator[tuple[zipfile.ZipFile, str]]:
    """The archive of a bundle, and what stands before the names of its files.

    Its directory is read strictly and bounded before zipfile sees it, which believes any.

    Raises:
        CheckpointRefusedError: it is none, damaged, or packed in a way that pack does not use.
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            prefix = _prefix(read_directory(BoundedFile(file.fileno()), _MOST_ENTRIES))
            if prefix is None:
                raise CheckpointRefusedError(f"{path.name} is a zip archive without a {CARD}.")
            with zipfile.ZipFile(file) as archive:
                yield archive, prefix
    except _DAMAGED_ZIP as error:
        raise CheckpointRefusedError(f"{path.name} is a damaged zip archive ({error}).") from error


def _entry(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """One of a bundle's files in its archive.

    Raises:
        CheckpointRefusedError: it is not there, or packed otherwise than zipfile unpacks piece by
            piece: of bzip2 and LZMA it unpacks a whole piece at once, whatever comes of it.
    """
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise CheckpointRefusedError(f"The bundle has no {name.rpartition('/')[2]}.") from None
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise CheckpointRefusedError(
            f"{name[:80]} of the bundle is packed in a way that is not read here; bundles are "
            "stored, or deflated."
        )
    return info


def card_in(archive_path: Path) -> bytes:
    """The card of a bundle in a zip, as bytes. Blocks.

    Raises:
        CheckpointRefusedError: the archive is damaged, or has none.
    """
    return _start_of(archive_path, CARD, 0, _LARGEST_BYTES[CARD])


def tensors_in(archive_path: Path) -> int:
    """How many tensors the weights of a bundle in a zip are said to be. Blocks.

    Raises:
        CheckpointRefusedError: the archive is damaged, or has none.
    """
    length = int.from_bytes(_start_of(archive_path, WEIGHTS, 0, 8), "little")
    if length > _LARGEST_BYTES[CARD]:
        raise CheckpointRefusedError(f"{WEIGHTS} of the bundle is no safetensors file.")
    header = fields_of(_start_of(archive_path, WEIGHTS, 8, length), WEIGHTS)
    return len(header.values.keys() - {"__metadata__"})


def _start_of(archive_path: Path, name: str, skipped: int, most: int) -> bytes:
    """Bytes from the start of one of a bundle's files in a zip."""
    with (
        _bundle_zip(archive_path) as (archive, prefix),
        archive.open(_entry(archive, prefix + name)) as file,
    ):
        return file.read(skipped + most)[skipped:]


def unpack(archive_path: Path, folder: Path, largest_bytes: int) -> Card:
    """Take the three files of a bundle out of a zip, and nothing else. Blocks.

    Args:
        archive_path: of the zip.
        folder: that they are put into; names in the archive are compared, never used as paths.
        largest_bytes: that its weights may have, as the disk will hold them.

    Raises:
        CheckpointRefusedError: it is no bundle, is damaged, or holds too much.
        OSError: the disk failed.
    """
    with _bundle_zip(archive_path) as (archive, prefix):
        held = set(archive.namelist())
        for name in (CARD, WEIGHTS, GRAPH):
            if prefix + name in held:
                limit = _LARGEST_BYTES.get(name, largest_bytes)
                _take_out(archive, _entry(archive, prefix + name), folder / name, limit)
    return checked_bundle(folder, archive_path.name)


def checked_bundle(folder: Path, where: str) -> Card:
    """The card of a folder that came from outside, if its files go with it. Blocks.

    Raises:
        CheckpointRefusedError: a file is missing, or the card is damaged.
    """
    try:
        card = read_card(folder)
    except DamagedRecordError as error:
        raise CheckpointRefusedError(
            f"{where} is no bundle of Convscope: {str(error).replace(str(folder), where)}"
        ) from error
    if not (folder / WEIGHTS).is_file():
        raise CheckpointRefusedError(f"{where} is a bundle without {WEIGHTS}.")
    if card.library == "module" and not (folder / GRAPH).is_file():
        raise CheckpointRefusedError(
            f"{where} is a bundle without {GRAPH}, and nothing else says what {card.title} "
            "computes: export it again."
        )
    return card


def pack(folder: Path, archive_path: Path) -> None:
    """A folder as a zip, whole or not at all; nothing is compressed, so that it can be mapped.

    Raises:
        OSError: the disk failed.
    """
    partial = archive_path.with_name(f".{archive_path.name}.{uuid4().hex}")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            for name in (CARD, GRAPH, WEIGHTS):
                if (folder / name).is_file():
                    archive.write(folder / name, name)
        _flush(partial)
        partial.replace(archive_path)
    finally:
        partial.unlink(missing_ok=True)


def size_bytes(folder: Path) -> int:
    """Of the files of a folder, 0 for those that are gone. Blocks."""
    total = 0
    for name in (CARD, WEIGHTS, GRAPH):
        try:
            total += (folder / name).stat().st_size
        except OSError:
            continue
    return total


def _prefix(names: Iterable[str]) -> str | None:
    """What stands before the names of a bundle's files in an archive; None if it is none."""
    for name in names:
        if name == CARD or (name.endswith(f"/{CARD}") and name.count("/") == 1):
            return name.removesuffix(CARD)
    return None


def _take_out(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, limit: int) -> None:
    too_large = CheckpointRefusedError(
        f"{info.filename[:80]} of the bundle has more than {limit:,} bytes, which is the limit."
    )
    if info.file_size > limit:
        raise too_large
    left = limit
    # What an archive says of its sizes need not be true: it is counted.
    with archive.open(info) as source, path.open("wb") as file:
        while data := source.read(_COPIED_AT_ONCE):
            left -= len(data)
            if left < 0:
                raise too_large
            file.write(data)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
