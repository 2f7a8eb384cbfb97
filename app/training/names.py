"""The names that people give to runs: a file in each run's directory, whoever started it."""

import json
from pathlib import Path

from models.disk.checked_fields import DamagedRecordError, read_record
from models.disk.whole_files import write_atomically

_NAME = "name.json"
LONGEST_NAME = 80


def given_name(directory: Path) -> str:
    """What somebody called the run of a directory; empty if nobody did. Blocks."""
    try:
        return checked_name(read_record(directory / _NAME).text("name"))
    except DamagedRecordError:
        return ""


def give_name(directory: Path, name: str) -> None:
    """Call a run something; an empty name takes it away. Blocks.

    Raises:
        OSError: the disk failed.
    """
    path = directory / _NAME
    if name:
        write_atomically({path: json.dumps({"name": name}).encode()})
    else:
        path.unlink(missing_ok=True)


def checked_name(name: str) -> str:
    """A name in one line of letters that can be shown, cut to a length that fits a list."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(plain.split())[:LONGEST_NAME].strip()
