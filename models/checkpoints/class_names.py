"""The names of classes, where a checkpoint has them under a usual key."""

from collections.abc import Callable
from typing import Any, Final

_KEYS: Final = ("classes", "class_names", "CLASSES", "names", "labels", "class_to_idx")
# Dictionaries beside the weights in which settings stand.
_INNER: Final = ("meta", "hyper_parameters", "config", "args")

MOST_NAMES: Final = 100_000
LONGEST_NAME: Final = 300
MOST_CHARACTERS: Final = 2**22

Mapping = Callable[[Any], dict[Any, Any] | None]


def class_names_in(level: dict[Any, Any], mapping: Mapping) -> tuple[str, ...]:
    """The names, in the order of the classes; () where the level has none that can be read."""
    places = [level, *(mapping(level[key]) for key in _INNER if key in level)]
    for place in places:
        for key in _KEYS:
            if place is not None and key in place:
                names = ordered_names(place[key], mapping)
                if names:
                    return names
    return ()


def ordered_names(value: Any, mapping: Mapping) -> tuple[str, ...]:
    """A list of names, or a dictionary from place to name or from name to place; else ()."""
    if isinstance(value, list | tuple):
        return _checked(list(value))
    items = mapping(value)
    if not items or len(items) > MOST_NAMES:
        return ()
    pairs = list(items.items())
    if all(isinstance(place, int) for _, place in pairs):
        pairs = [(place, name) for name, place in pairs]
    by_place = {_place(key): name for key, name in pairs}
    if by_place.keys() != set(range(len(pairs))):
        return ()
    return _checked([by_place[place] for place in range(len(pairs))])


def is_name(value: Any) -> bool:
    """True for what a class can be called."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def _place(key: Any) -> int | None:
    if isinstance(key, bool):
        return None
    if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) <= 6:
        return int(key)
    return key if isinstance(key, int) else None


def _checked(names: list[Any]) -> tuple[str, ...]:
    known = len(names) <= MOST_NAMES and all(map(is_name, names))
    return tuple(names) if known and sum(map(len, names)) <= MOST_CHARACTERS else ()
