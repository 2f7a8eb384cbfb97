"""What a layer is called: by the call that made it.

An id that equals a module's path is that module's output. A module that runs twice gives `relu`
and `relu_1`; an operation that a module does in its own forward gets the module's path and its own
name, `layer1.0.add`. At the top level the name stands alone: `flatten`.
"""

from collections.abc import Collection
from itertools import count

INPUT = "input"


class LayerNames:
    """Hands out the ids of one network, in execution order; never the same twice.

    Args:
        module_paths: of every module; no operation takes one of these names.
    """

    def __init__(self, module_paths: Collection[str]) -> None:
        self._module_paths = frozenset(module_paths)
        self._taken = {INPUT}

    def of_module(self, path: str) -> str:
        """The id of the one layer that makes a module's output."""
        if path not in self._taken:
            self._taken.add(path)
            return path
        return self._numbered(path)

    def of_operation(self, path: str, name: str) -> str:
        """The id of one operation in the forward of the module at `path`, "" for the top."""
        plain = f"{path}.{name}" if path else name
        if plain not in self._taken and plain not in self._module_paths:
            self._taken.add(plain)
            return plain
        return self._numbered(plain)

    def _numbered(self, name: str) -> str:
        candidates = (f"{name}_{number}" for number in count(1))
        free = next(
            candidate
            for candidate in candidates
            if candidate not in self._taken and candidate not in self._module_paths
        )
        self._taken.add(free)
        return free
