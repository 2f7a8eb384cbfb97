"""`static/` under names that change with its content, so that a browser never asks twice.

The whole tree has one version, a directory in its addresses: modules import each other by relative
paths, which stay within it. A page thereby gets files that belong together, also while they are
being edited.
"""

import hashlib
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_VERSION_DIGITS = 12
_VERSIONED = re.compile(rf"([0-9a-f]{{{_VERSION_DIGITS}}})/(.+)")
_FOR_EVER = "public, max-age=31536000, immutable"
# What a module needs before it runs; `import()` is for later.
_IMPORT = re.compile(r'^(?:import|export)\s(?:[^;"]*\sfrom\s)?"(\.[^"]+)";', re.MULTILINE)
# Stands between the names of style sheets that are sent as one.
_AND = "+"

# When it was last written, and its bytes.
_Fingerprint = tuple[int, int] | None


@dataclass(frozen=True)
class _Snapshot:
    """The tree at one moment.

    Attributes:
        files: of every one its path below the root, and what shows that it has changed.
        modules: see `StaticTree.modules`, as far as somebody asked.
    """

    version: str
    files: dict[str, _Fingerprint]
    modules: dict[str, tuple[str, ...]] = field(default_factory=dict)


class StaticTree:
    """The files below a directory: their version, and how they hang together."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._now = _Snapshot("", {})

    def refresh(self) -> None:
        """Look for what has changed; reads nothing where nothing has."""
        files = {
            path.relative_to(self.root).as_posix(): _fingerprint(path)
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }
        if files == self._now.files:
            return
        digest = hashlib.sha256()
        for name in files:
            content = hashlib.sha256((self.root / name).read_bytes()).digest()
            digest.update(name.encode() + b"\0" + content)
        self._now = _Snapshot(digest.hexdigest()[:_VERSION_DIGITS], files)

    @property
    def version(self) -> str:
        """12 hexadecimal digits of a SHA-256 over all names and contents at the last `refresh`."""
        return self._now.version

    def modules(self, entry: str) -> tuple[str, ...]:
        """The modules that run before this one, each before those that import it, and this one.

        Args:
            entry: its path below the root, `js/main.js`.
        """
        known = self._now.modules
        if entry not in known:
            found: dict[str, None] = {}
            self._collect(entry, found)
            known[entry] = tuple(found)
        return known[entry]

    def _collect(self, module: str, found: dict[str, None]) -> None:
        if module in found:
            return
        source = (self.root / module).read_text(encoding="utf-8")
        for target in _IMPORT.findall(source):
            self._collect(posixpath.normpath(f"{posixpath.dirname(module)}/{target}"), found)
        found[module] = None

    def holds(self, version: str, names: Sequence[str]) -> bool:
        """True if these files are still as they were in that version of the tree."""
        now = self._now
        return version == now.version and all(
            name in now.files and _fingerprint(self.root / name) == now.files[name]
            for name in names
        )


def _fingerprint(path: Path) -> _Fingerprint:
    """None if the file has just gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


class VersionedFiles(StaticFiles):
    """Serves a tree, with and without its version before the path.

    With it a browser keeps what it got; of a former version there is nothing any more. Without, it
    asks again each time, and mostly gets a 304. `css/a+b.css` is two style sheets in one.
    """

    def __init__(self, tree: StaticTree) -> None:
        super().__init__(directory=tree.root)
        self._tree = tree

    async def get_response(self, path: str, scope: Scope) -> Response:
        versioned = _VERSIONED.fullmatch(path)
        names = _names(versioned[2] if versioned else path)
        if versioned and not self._tree.holds(versioned[1], names):
            raise HTTPException(404)
        response = await self._found(names, scope)
        response.headers["Cache-Control"] = _FOR_EVER if versioned else "no-cache"
        return response

    async def _found(self, names: Sequence[str], scope: Scope) -> Response:
        if len(names) == 1:
            return await super().get_response(names[0], scope)
        # One many times would be an answer without end.
        is_repeated = len(set(names)) < len(names)
        if is_repeated or not self._tree.holds(self._tree.version, names):
            raise HTTPException(404)
        sheets = [(self._tree.root / name).read_text(encoding="utf-8") for name in names]
        return Response("\n".join(sheets), media_type="text/css")


def _names(path: str) -> tuple[str, ...]:
    if _AND not in path or not (path.startswith("css/") and path.endswith(".css")):
        return (path,)
    sheets = path.removeprefix("css/").removesuffix(".css").split(_AND)
    return tuple(f"css/{sheet}.css" for sheet in sheets)
