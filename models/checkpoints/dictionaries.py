"""The dictionaries that a pickle makes, each looked at once however often it is mentioned."""

from typing import Any, Final

from models.checkpoints.pickles.values import Call
from models.checkpoints.tensor_values import is_tensor

_OPTIMISER: Final = frozenset(("state", "param_groups"))


class Dictionaries:
    """What is known of the dictionaries of one pickle.

    One may be mentioned a million times, and in itself: what took its length each time would take
    hours.
    """

    def __init__(self) -> None:
        self._found: dict[int, dict[Any, Any] | None] = {}
        self._has_tensors: dict[int, bool] = {}
        self._searched: set[int] = set()

    def of(self, value: Any) -> dict[Any, Any] | None:
        """The items of a dictionary, or of what a pickle makes one; None of anything else."""
        if isinstance(value, dict):
            return value
        if not isinstance(value, Call):
            return None
        if id(value) not in self._found:
            self._found[id(value)] = _items(value)
        return self._found[id(value)]

    def has_tensors(self, level: dict[Any, Any]) -> bool:
        """True if tensors lie in it under names."""
        if id(level) not in self._has_tensors:
            self._has_tensors[id(level)] = any(
                isinstance(key, str) and is_tensor(value) for key, value in level.items()
            )
        return self._has_tensors[id(level)]

    def is_new(self, level: dict[Any, Any]) -> bool:
        """False from the second time on that this is asked of it."""
        if id(level) in self._searched:
            return False
        self._searched.add(id(level))
        return True


def is_optimiser(level: dict[Any, Any]) -> bool:
    """True for the state dict of an optimiser of torch."""
    return level.keys() >= _OPTIMISER


def _items(value: Call) -> dict[Any, Any] | None:
    if value.items is not None:
        return value.items
    match value.arguments:
        # As Python 2 wrote an OrderedDict.
        case (list() as pairs,) if value.function.name == "OrderedDict":
            return {
                pair[0]: pair[1]
                for pair in pairs
                if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str)
            }
    # argparse.Namespace and the like: settings, told as what they are.
    return value.state if isinstance(value.state, dict) else None
