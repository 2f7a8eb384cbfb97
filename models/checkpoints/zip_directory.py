"""The directory of a zip archive, read strictly: where each entry's bytes lie in the file.

After APPNOTE.TXT 6.3.10, sections 4.3.6 to 4.3.16. Nothing is ever taken out of an archive to the
disk, so that its names are names and no paths.
"""

import stat
import struct
from dataclasses import dataclass, replace
from typing import Final

from models.checkpoints.bounded_file import BoundedFile
from models.errors import CheckpointRefusedError

MOST_ENTRIES: Final = 200_000
_MOST_DIRECTORY_BYTES: Final = 64 * 2**20

_END: Final = struct.Struct("<4s4H2IH")
_END_64_PLACE: Final = struct.Struct("<4sIQI")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_LONGEST_COMMENT: Final = 2**16 - 1
_IN_64: Final = 2**32 - 1
_FLAG_ENCRYPTED: Final = 1
_MADE_BY_UNIX: Final = 3

_DAMAGED: Final = "The zip archive is damaged ({}); copy or download it again."


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an archive.

    Attributes:
        offset: of its bytes, from the start of the file.
        size: how many bytes it is, as they lie there.
        is_stored: they are its content, neither compressed nor encrypted.
        method: of compression: 0 for none, 8 for deflate, others as in section 4.4.5.
        content_bytes: how many it is said to unpack to.
        checksum: CRC-32 of those.
        is_encrypted: only a password would tell them.
        is_link: it is said to be a symbolic link.
    """

    offset: int
    size: int
    is_stored: bool
    method: int = 0
    content_bytes: int = 0
    checksum: int = 0
    is_encrypted: bool = False
    is_link: bool = False


def read_directory(file: BoundedFile, most_entries: int = MOST_ENTRIES) -> dict[str, Entry]:
    """The entries of an archive by name, in the order of its directory.

    Args:
        file: the archive.
        most_entries: that it may have; of more, nothing is read.

    Raises:
        CheckpointRefusedError: it is cut short or damaged, its entries lie over one another, have
            the same name, or are too many.
    """
    count, size, offset = _find_directory(file)
    if count > most_entries or size > _MOST_DIRECTORY_BYTES:
        raise CheckpointRefusedError(
            f"The zip archive has {count:,} entries; up to {most_entries:,} are read."
        )
    directory = file.read_at(offset, size, "the directory of the zip archive")
    headers: list[tuple[int, str, Entry]] = []
    at = 0
    for _ in range(count):
        at, name, header, entry = _read_entry(directory, at)
        headers.append((header, name, _placed(file, header, entry)))
    if at != size:
        raise CheckpointRefusedError(_DAMAGED.format("its directory has another length"))
    _check_apart(headers, offset)
    entries = {name: entry for _, name, entry in headers}
    if len(entries) != count:
        raise CheckpointRefusedError(
            "The zip archive has two entries of one name, so that it says two things at once."
        )
    return entries


def _find_directory(file: BoundedFile) -> tuple[int, int, int]:
    """How many entries it has, its length and its place."""
    tail_bytes = min(file.size, _END.size + _LONGEST_COMMENT)
    tail = file.read_at(file.size - tail_bytes, tail_bytes, "the zip archive")
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise CheckpointRefusedError(
            f"The zip archive is cut short: it has {file.size:,} bytes, and the directory that "
            "should stand at its end is missing. Copy or download it again."
        )
    _, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(tail, at)
    end = file.size - tail_bytes + at
    if disk or first_disk or here != count or at + _END.size + comment != len(tail):
        raise CheckpointRefusedError(_DAMAGED.format("its end is not where it should be"))
    place = end - _END_64_PLACE.size
    if place >= 0:
        found = file.read_at(place, _END_64_PLACE.size, "the zip archive")
        signature, _, end_64, _ = _END_64_PLACE.unpack(found)
        if signature == b"PK\6\7":
            record = file.read_at(end_64, _END_64.size, "the end of the zip archive")
            signature, _, _, _, _, _, _, count, size, offset = _END_64.unpack(record)
            if signature != b"PK\6\6":
                raise CheckpointRefusedError(_DAMAGED.format("its end is not where it should be"))
            end = end_64
    if offset + size != end:
        raise CheckpointRefusedError(_DAMAGED.format("its directory is not where it should be"))
    return count, size, offset


def _read_entry(directory: bytes, at: int) -> tuple[int, str, int, Entry]:
    """Where the next record begins, and of this one name, place of the header and entry."""
    if at + _ENTRY.size > len(directory):
        raise CheckpointRefusedError(_DAMAGED.format("its directory ends too soon"))
    fields = _ENTRY.unpack_from(directory, at)
    signature, flags, method = fields[0], fields[3], fields[4]
    packed, size, name_bytes, extra_bytes, comment_bytes = fields[8:13]
    header = fields[16]
    name_at = at + _ENTRY.size
    extra_at = name_at + name_bytes
    following = extra_at + extra_bytes + comment_bytes
    if signature != b"PK\1\2" or following > len(directory):
        raise CheckpointRefusedError(_DAMAGED.format("its directory is not readable"))
    wide = _wide_numbers(directory[extra_at : extra_at + extra_bytes])
    numbers = []
    for number in (size, packed, header):
        if number == _IN_64:
            if not wide:
                raise CheckpointRefusedError(_DAMAGED.format("a length is missing"))
            numbers.append(wide.pop(0))
        else:
            numbers.append(number)
    size, packed, header = numbers
    # Bytes that are no UTF-8 are the old names of MS-DOS, in which every byte is a letter.
    raw = directory[name_at:extra_at]
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = raw.decode("latin-1")
    is_encrypted = bool(flags & _FLAG_ENCRYPTED)
    return (
        following,
        name,
        header,
        Entry(
            offset=0,
            size=packed,
            is_stored=method == 0 and packed == size and not is_encrypted,
            method=method,
            content_bytes=size,
            checksum=fields[7],
            is_encrypted=is_encrypted,
            # What Unix says of a file stands in the upper half of its attributes.
            is_link=fields[1] >> 8 == _MADE_BY_UNIX and stat.S_ISLNK(fields[15] >> 16),
        ),
    )


def _wide_numbers(extra: bytes) -> list[int]:
    """The 64-bit numbers of the extra field of zip64."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            data = extra[at + 4 : at + 4 + length]
            return list(struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8]))
        at += 4 + length
    return []


def _placed(file: BoundedFile, header: int, entry: Entry) -> Entry:
    local = file.read_at(header, _LOCAL.size, "an entry of the zip archive")
    fields = _LOCAL.unpack(local)
    if fields[0] != b"PK\3\4":
        raise CheckpointRefusedError(_DAMAGED.format("an entry is not where it should be"))
    return replace(entry, offset=header + _LOCAL.size + fields[9] + fields[10])


def _check_apart(headers: list[tuple[int, str, Entry]], directory: int) -> None:
    """Each entry ends before the next begins, and the last before the directory."""
    ordered = sorted(headers, key=lambda header: header[0])
    starts = [header for header, _, _ in ordered]
    for (_, _, entry), following in zip(ordered, [*starts[1:], directory], strict=False):
        if entry.offset + entry.size > following:
            raise CheckpointRefusedError(
                "The entries of the zip archive lie over one another, as in a zip bomb; refused."
            )
