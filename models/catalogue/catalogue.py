"""Every model that can be opened, by id.

`architecture.tag` names one entry; the bare architecture means its default tag, which is the first
one registered. What comes and goes while a program runs stands on a shelf of its own; what is
registered is never changed.
"""

import difflib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Protocol

from models.catalogue import digit_entries, photograph_entries, torchvision_entries, trained_entries
from models.catalogue.entry import ModelEntry
from models.errors import UnknownModelError

DEFAULT_MODEL = "efficientnet_lite0.imagenet1k"


class Shelf(Protocol):
    """Entries that come and go, such as networks that are being trained.

    Their ids must be unlike every registered one.
    """

    def find(self, model_id: str) -> ModelEntry | None:
        """The entry that an id means now, or None."""

    def entries(self) -> Iterable[ModelEntry]:
        """Those to be listed."""


class Catalogue:
    """Entries by id; refuses two entries of one id and two designs of one name."""

    def __init__(self, entries: Iterable[ModelEntry]) -> None:
        self._entries: dict[str, ModelEntry] = {}
        self._defaults: dict[str, ModelEntry] = {}
        # Replaced as a whole, so that whoever reads it meanwhile has the old one or the new one.
        self._shelves: tuple[Shelf, ...] = ()
        for entry in entries:
            self._register(entry)

    def _register(self, entry: ModelEntry) -> None:
        if entry.id in self._entries:
            raise ValueError(f"{entry.id} is registered twice.")
        default = self._defaults.setdefault(entry.architecture.name, entry)
        if default.architecture is not entry.architecture:
            raise ValueError(f"Two different designs are called {entry.architecture.name!r}.")
        if len(entry.labels) != entry.architecture.classes:
            raise ValueError(f"{entry.id} has {len(entry.labels)} labels for its classes.")
        self._entries[entry.id] = entry

    def __iter__(self) -> Iterator[ModelEntry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def add_shelf(self, shelf: Shelf) -> None:
        """Let `resolve` find what stands on this shelf, too."""
        self._shelves = (*self._shelves, shelf)

    def remove_shelf(self, shelf: Shelf) -> None:
        """Undo `add_shelf`."""
        self._shelves = tuple(other for other in self._shelves if other is not shelf)

    def shelved(self) -> Iterator[ModelEntry]:
        """What stands on the shelves now, apart from what iterating over the catalogue gives."""
        for shelf in self._shelves:
            yield from shelf.entries()

    def resolve(self, model_id: str) -> ModelEntry:
        """The entry of an id, or of a bare architecture name its default one.

        Raises:
            UnknownModelError: there is none; the message names the closest ids.
        """
        entry = self._entries.get(model_id) or self._defaults.get(model_id)
        for shelf in self._shelves if entry is None else ():
            entry = entry or shelf.find(model_id)
        if entry is None:
            known = [*self._entries, *self._defaults, *(each.id for each in self.shelved())]
            raise UnknownModelError(model_id, difflib.get_close_matches(model_id, known, n=3))
        return entry

    def is_default(self, entry: ModelEntry) -> bool:
        """True if the bare architecture name means this entry."""
        return self._defaults.get(entry.architecture.name) is entry

    def random_entry(self, entry: ModelEntry) -> ModelEntry:
        """The entry of the same architecture with random weights."""
        return self._entries[f"{entry.architecture.name}.random"]


@cache
def catalogue() -> Catalogue:
    """The catalogue of this installation; read once."""
    sources = (photograph_entries, digit_entries, trained_entries, torchvision_entries)
    return Catalogue(entry for source in sources for entry in source.entries())


def check_known(entry: ModelEntry) -> None:
    """See that a network was not forgotten since somebody asked for it: then its files have gone.

    Raises:
        UnknownModelError: it was.
    """
    catalogue().resolve(entry.id)
