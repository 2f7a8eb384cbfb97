"""What a pickle says, as values that do nothing.

Beside these there are None, bool, int, float, str, bytes, `list`, `tuple` and `dict`. They may hold
one another in circles, so nobody may walk through them without counting.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A class or a function that a pickle names; it is never looked for."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Call:
    """What would come of calling `function`, had it been called.

    Attributes:
        elements: what was appended or added to it.
        items: what was set in it.
        state: what it was told to be.
    """

    function: Name
    arguments: tuple[Any, ...]
    elements: list[Any] | None = None
    items: dict[Any, Any] | None = None
    state: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Persistent:
    """What stands outside of the pickle, under this id: a storage."""

    identity: Any


@dataclass(slots=True, eq=False)
class Gathered:
    """A set, whose elements need not be hashed."""

    elements: list[Any] = field(default_factory=list)


class OddKey:
    """Stands for a key that is neither a text nor a plain number, and that nobody asks for."""

    __slots__ = ()
