"""Records read from the disk without trusting them: JSON whose fields are checked one by one.

What lies in a cache may be from another version, cut off by a full disk, or put there by somebody.
Every reader of such a file goes through here, and leaves out with a warning what is refused.
"""

import json
import logging
import math
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from models.errors import ConvscopeError

# The longest record that is written here has 4,000 points of a curve, half a megabyte.
LARGEST_RECORD_BYTES = 2**24

_told: set[str] = set()


class DamagedRecordError(ConvscopeError, ValueError):
    """A record is not what its place says: it cannot be read, or a field is of another kind."""


class Fields:
    """The fields of a JSON object; each is asked for by name and as what it must be.

    Args:
        value: what JSON held.
        where: what it is, for the message of an error.

    Raises:
        DamagedRecordError: it is no object.
    """

    def __init__(self, value: object, where: str) -> None:
        self._where = where
        if not isinstance(value, dict):
            raise DamagedRecordError(f"{where} is no JSON object.")
        self._values: dict[str, object] = value

    @property
    def values(self) -> dict[str, object]:
        """All of them, unchecked."""
        return self._values

    def has(self, name: str) -> bool:
        """True if there is such a field and it is not null."""
        return self._values.get(name) is not None

    def text(self, name: str, choices: Iterable[str] | None = None) -> str:
        """A string, one of `choices` if they are given."""
        value = self._values.get(name)
        if not isinstance(value, str) or not can_be_written(value):
            self._refuse(name, "a text")
        known = None if choices is None else tuple(choices)
        if known is not None and value not in known:
            self._refuse(name, f"one of {', '.join(known)}")
        return value

    def whole(self, name: str, least: int = 0, most: int = 2**63 - 1) -> int:
        """A whole number within bounds."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._refuse(name, f"a whole number from {least} to {most}")
        return value

    def number(self, name: str, least: float = -math.inf, most: float = math.inf) -> float:
        """A finite number within bounds."""
        value = self._values.get(name)
        # A whole number of thousands of digits is no float.
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e308:
            self._refuse(name, "a finite number")
        if not (math.isfinite(value) and least <= value <= most):
            self._refuse(name, f"a finite number from {least:g} to {most:g}")
        return float(value)

    def share(self, name: str) -> float:
        """A number from 0 to 1."""
        return self.number(name, 0, 1)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._values.get(name)
        if not isinstance(value, bool):
            self._refuse(name, "true or false")
        return value

    def wholes(self, name: str, least: int = 0, most: int = 2**63 - 1) -> tuple[int, ...]:
        """A list of whole numbers within bounds."""
        return tuple(
            Fields({name: value}, self._where).whole(name, least, most)
            for value in self.items(name)
        )

    def inner(self, name: str) -> "Fields":
        """An object."""
        return Fields(self._values.get(name), f"{name} of {self._where}")

    def each(self, name: str) -> list["Fields"]:
        """A list of objects."""
        where = f"an item of {name} of {self._where}"
        return [Fields(value, where) for value in self.items(name)]

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        values = self.items(name)
        return tuple(Fields({name: value}, self._where).text(name) for value in values)

    def numbers(self, name: str) -> tuple[float, ...]:
        """A list of finite numbers."""
        return tuple(Fields({name: value}, self._where).number(name) for value in self.items(name))

    def items(self, name: str) -> list[object]:
        """A list of anything, unchecked."""
        value = self._values.get(name)
        if not isinstance(value, list):
            self._refuse(name, "a list")
        return value

    def _refuse(self, name: str, expected: str) -> NoReturn:
        found = "missing" if name not in self._values else f"{self._values[name]!r:.60}"
        raise DamagedRecordError(f"{name} of {self._where} must be {expected}; it is {found}.")


def fields_of(text: str | bytes, where: str) -> Fields:
    """The fields of a JSON object that was written down.

    Raises:
        DamagedRecordError: it is none, or holds NaN or infinity, which JSON has not.
    """
    try:
        return Fields(json.loads(text, parse_constant=_no_number), where)
    except DamagedRecordError:
        raise
    except (ValueError, RecursionError) as error:
        raise DamagedRecordError(f"{where} is no JSON ({error}).") from error


def can_be_written(text: str) -> bool:
    """False for half of a pair of surrogates, which JSON can hold and no answer can.

    Python puts them into the names of files that are not UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def read_record(path: Path) -> Fields:
    """The fields of the JSON object in a file. Blocks.

    Raises:
        DamagedRecordError: the file cannot be read, is too large or holds something else.
    """
    try:
        # Asked first: to open a pipe would wait for somebody to write into it.
        if not path.is_file():
            raise DamagedRecordError(f"{path} is no file.")
        with path.open("rb") as file:
            content = file.read(LARGEST_RECORD_BYTES + 1)
    except OSError as error:
        raise DamagedRecordError(f"{path} cannot be read ({error.strerror or error}).") from error
    if len(content) > LARGEST_RECORD_BYTES:
        raise DamagedRecordError(f"{path} is larger than {LARGEST_RECORD_BYTES:,} bytes.")
    return fields_of(content, str(path))


def warn_once(logger: logging.Logger, message: str) -> None:
    """Log a warning, unless the same was logged before: files are looked at again and again."""
    if message not in _told:
        _told.add(message)
        logger.warning("%s", message)
