"""Convscope's own `app` and `models` in a process whose owner may have packages of these names.

`app` and `models` are what half of all projects call a file or a folder of theirs. So ours are
imported out of sight: found by their place and not by the path, and taken out of the table of
modules again at once. What was imported from them goes on working, since it holds on to what it
needs itself.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

# The directory in which `app`, `models` and this package lie beside each other.
ROOT = Path(__file__).resolve().parents[1]
OWN_NAMES = ("app", "models")

# A folder without an `__init__.py` has no file: where another of its name had one, `inspect` takes
# that for a module that was built in, and refuses to look at anything at all.
_FILES_BY_NAME: dict[str, str] = getattr(inspect, "_filesbymodname", {})

_lock = RLock()
_hidden: dict[str, ModuleType] = {}


@contextmanager
def own_packages() -> Iterator[None]:
    """While it lasts, `import app` and `import models` give Convscope's; afterwards what they did.

    Import everything in it, and compute outside: what is imported late would find the others.
    """
    with _lock:
        if _are_in_the_open():
            yield
            return
        theirs = _take_out()
        finder = _OwnFinder()
        sys.meta_path.insert(0, finder)
        sys.modules.update(_hidden)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            _hidden.update(_take_out())
            sys.modules.update(theirs)


def keep_own_packages_away() -> None:
    """Let this process find no `app` and no `models` of ours, wherever they are installed.

    For a process that runs a person's code: a folder `models` without an `__init__.py` would
    otherwise be passed over for ours, which has one, wherever on the path that is.
    """
    sys.meta_path.insert(0, _OthersFinder())


def _are_in_the_open() -> bool:
    """True where the program has imported ours by their names, as the server does."""
    return any(
        str(getattr(sys.modules.get(name), "__file__", "")).startswith(str(ROOT / name))
        for name in OWN_NAMES
    )


def _take_out() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in OWN_NAMES]
    for name in names:
        # What `inspect` remembers of a name is of the module that had it.
        _FILES_BY_NAME.pop(name, None)
    return {name: sys.modules.pop(name) for name in names}


class _OwnFinder(MetaPathFinder):
    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> ModuleSpec | None:
        return PathFinder.find_spec(fullname, [str(ROOT)]) if fullname in OWN_NAMES else None


class _OthersFinder(MetaPathFinder):
    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> ModuleSpec | None:
        if fullname not in OWN_NAMES:
            return None
        elsewhere = [place for place in sys.path if Path(place or ".").resolve() != ROOT]
        spec = PathFinder.find_spec(fullname, elsewhere)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return spec
