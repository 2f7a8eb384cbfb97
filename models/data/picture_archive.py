"""One's own pictures in a zip archive: which of its entries are pictures, and of which class.

Nothing is ever taken out of it to the disk, so that its names are words for people and no paths.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from models.checkpoints.bounded_file import BoundedFile
from models.checkpoints.zip_directory import Entry, read_directory
from models.data.dataset import SkippedPicture, UnusableDataError
from models.errors import BadImageError, CheckpointRefusedError

MOST_FILES = 10_000
MOST_CLASSES = 1_000
# Of one picture, and of all: what they are said to unpack to.
MOST_BYTES_OF_ONE = 20 * 2**20
MOST_BYTES_OF_ALL = 2 * 2**30
# Pictures that are worth learning from hardly shrink; a plain area in BMP does, and so do bombs.
LARGEST_RATIO = 100
_SMALL_BYTES = 2**20
_LONGEST_NAME = 200
_STORED, _DEFLATED = 0, 8
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_NOT_OURS = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class ArchivedPicture:
    """An entry that may be a picture.

    Attributes:
        name: what people call it, its class first.
        label: index of its class.
        entry: where it lies.
    """

    name: str
    label: int
    entry: Entry


@dataclass(frozen=True)
class ArchivedPictures:
    """What an archive holds, before any of it was unpacked.

    Attributes:
        class_names: its class folders, in the order of their names.
        pictures: in the order of their names.
        skipped: what is left out, and why.
    """

    class_names: tuple[str, ...]
    pictures: tuple[ArchivedPicture, ...]
    skipped: tuple[SkippedPicture, ...]


def list_pictures(file: BoundedFile) -> ArchivedPictures:
    """The pictures of an archive by its directory alone. Blocks.

    Classes are its folders; folders that hold all others are passed over, and so are hidden files
    and what systems add.

    Raises:
        UnusableDataError: it is no zip archive, damaged, encrypted, made to unpack to too much, or
            has fewer than two classes.
    """
    entries = _files(file)
    skipped: list[SkippedPicture] = []
    found: list[tuple[tuple[str, ...], Entry]] = []
    for name, entry in entries.items():
        parts = _parts(name)
        if any((part.startswith(".") and part != "..") or part in _NOT_OURS for part in parts):
            continue
        leads_out = not parts or ".." in parts or _ABSOLUTE.match(name) is not None
        reason = "Its name leads out of the archive." if leads_out else _objection(entry)
        if reason:
            skipped.append(SkippedPicture(_shown(parts), reason))
        else:
            found.append((parts, entry))
    depth = _depth(parts for parts, _ in found)
    placed: list[tuple[str, str, Entry]] = []
    for parts, entry in found:
        inner = parts[depth:]
        if len(inner) < 2:
            skipped.append(SkippedPicture(_shown(inner), "It lies in no class folder."))
        else:
            placed.append((_plain(inner[0]), _shown(inner), entry))
    class_names = tuple(sorted({label for label, _, _ in placed}))
    _check_classes(class_names, len(skipped))
    pictures = [
        ArchivedPicture(shown, class_names.index(label), entry) for label, shown, entry in placed
    ]
    return ArchivedPictures(
        class_names,
        tuple(sorted(pictures, key=lambda picture: (picture.label, picture.name))),
        tuple(sorted(skipped, key=lambda each: each.file)),
    )


def _files(file: BoundedFile) -> dict[str, Entry]:
    """Its entries apart from folders, which have a name that ends with a slash."""
    if not file.size:
        raise UnusableDataError("The file is empty.")
    if file.read_at(0, min(4, file.size), "the file") not in (b"PK\3\4", b"PK\5\6"):
        raise UnusableDataError(
            "The file is no zip archive. Send a zip that holds one folder of pictures for each "
            "class."
        )
    try:
        # As many folders as files at most: of more nothing is read.
        entries = read_directory(file, 2 * MOST_FILES)
    except CheckpointRefusedError as error:
        raise UnusableDataError(str(error)) from error
    files = {name: entry for name, entry in entries.items() if not name.endswith(("/", "\\"))}
    if len(files) > MOST_FILES:
        raise UnusableDataError(
            f"The zip archive holds {len(files):,} files; at most {MOST_FILES:,} are read. Send a "
            "part of them."
        )
    if any(entry.is_encrypted for entry in files.values()):
        raise UnusableDataError("The zip archive is encrypted; make one without a password.")
    total = sum(entry.content_bytes for entry in files.values())
    if total > MOST_BYTES_OF_ALL:
        raise UnusableDataError(
            f"The zip archive says that it unpacks to {total:,} bytes; at most "
            f"{MOST_BYTES_OF_ALL:,} are read. Make the pictures smaller, or send a part of them."
        )
    return files


def _parts(name: str) -> tuple[str, ...]:
    # Some programs of Windows write its own slashes.
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in {"", "."})


def _objection(entry: Entry) -> str:
    """Why an entry is left out before it is looked at; empty if it is not."""
    if entry.is_link:
        return "It is a link and no picture."
    if entry.method not in {_STORED, _DEFLATED}:
        return f"It is packed in a way that is not read here (method {entry.method})."
    if entry.content_bytes > MOST_BYTES_OF_ONE:
        return (
            f"It has {entry.content_bytes:,} bytes; at most {MOST_BYTES_OF_ONE:,} are read of one "
            "picture."
        )
    if entry.content_bytes > max(_SMALL_BYTES, LARGEST_RATIO * entry.size):
        times = entry.content_bytes // max(1, entry.size)
        return (
            f"It unpacks to {times:,} times its size, as bombs do; at most {LARGEST_RATIO} are "
            "followed. Save the picture as PNG or JPEG."
        )
    return ""


def _depth(names: Iterable[tuple[str, ...]]) -> int:
    """How many folders hold everything, and are no classes."""
    depth = 0
    below = list(names)
    while len({parts[:1] for parts in below}) == 1 and max(map(len, below)) > 2:
        below = [parts[1:] for parts in below]
        depth += 1
        below = [parts for parts in below if parts]
    return depth


def _check_classes(class_names: tuple[str, ...], skipped: int) -> None:
    if len(class_names) > MOST_CLASSES:
        raise UnusableDataError(
            f"The zip archive has {len(class_names):,} class folders; at most {MOST_CLASSES:,} "
            "are taken."
        )
    if len(class_names) < 2:
        found = f"only {class_names[0]!r}" if class_names else "none"
        left = f" {skipped:,} files were left out." if skipped else ""
        raise UnusableDataError(
            "The zip archive must hold at least two folders, one for each class, with pictures in "
            f"them; there is {found}.{left}"
        )


def _plain(text: str) -> str:
    """Without what cannot be shown."""
    kept = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return kept[:_LONGEST_NAME]


def _shown(parts: tuple[str, ...]) -> str:
    return _plain("/".join(parts))


def read_entry(file: BoundedFile, entry: Entry) -> bytes:
    """The content of an entry, of at most the bytes that its directory says. Blocks.

    Raises:
        BadImageError: it is cut short, or its bytes are not those that were put in.
    """
    try:
        packed = file.read_at(entry.offset, entry.size, "an entry")
    except CheckpointRefusedError as error:
        raise BadImageError("The zip archive is cut short within it.") from error
    content = packed
    if entry.method == _DEFLATED:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            # One more than there should be tells that there is more.
            content = unpacking.decompress(packed, entry.content_bytes + 1)
        except zlib.error as error:
            raise BadImageError("It is damaged within the zip archive.") from error
    if len(content) != entry.content_bytes or zlib.crc32(content) != entry.checksum:
        raise BadImageError("It is damaged within the zip archive: its checksum is another.")
    return content
