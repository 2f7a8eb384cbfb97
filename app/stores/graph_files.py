"""Graphs that need no tracing: those that ship, and those that were traced here before."""

import functools
import hashlib
import json
import logging
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import app.inspection.graph
import app.inspection.tracing
import models.architectures
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.stored.files import LARGEST_PACKED_BYTES, pack_graph, unpack_graph
from models.disk.checked_fields import DamagedRecordError, warn_once
from models.disk.graphs import GRAPH_DIRECTORY
from models.disk.whole_files import write_atomically
from models.own.folder import BUNDLE_KEY, GRAPH

_LIBRARIES = ("torch", "torchvision", "timm")
_SUFFIX = ".json.gz"
# Of all that was traced here; a graph takes 1 to 20 kB.
_CACHE_BYTES = 64 * 2**20

_logger = logging.getLogger(__name__)

Shape = tuple[int, int, int]


class GraphFiles:
    """Stored graphs by design, input and number of classes. Everything blocks, on any thread.

    Args:
        cache: directory of those that were traced here; made when the first is kept.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def find(self, name: str, shape: Shape, classes: int) -> LayerGraph | None:
        """A stored graph of just this, None if there is none."""
        found = read_shipped(name, shape, classes)
        return found or _read(*self._place(name, shape, classes), discard_damaged=True)

    def keep(self, name: str, shape: Shape, classes: int, graph: LayerGraph) -> None:
        """Keep a graph that had to be traced, for the next server.

        A cache that cannot be written costs a warning, and the next server another tracing.
        """
        path, key = self._place(name, shape, classes)
        try:
            data = pack_graph(graph, key)
        except ValueError as error:
            _logger.info("The graph of %s is not kept: %s", name, error)
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically({path: data})
            self._forget_oldest()
        except OSError as error:
            warn_once(_logger, f"Traced graphs are not kept: {error}.")

    def _place(self, name: str, shape: Shape, classes: int) -> tuple[Path, dict[str, Any]]:
        key = {**shipped_key(name, shape, classes), "tracing": _tracing_digest()}
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        return self._cache / f"{digest[:32]}{_SUFFIX}", key

    def _forget_oldest(self) -> None:
        found = []
        for path in self._cache.glob(f"*{_SUFFIX}"):
            # Another server may have forgotten it meanwhile.
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append((status.st_mtime, status.st_size, path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if left <= _CACHE_BYTES:
                return
            path.unlink(missing_ok=True)
            left -= size


def read_shipped(name: str, shape: Shape, classes: int) -> LayerGraph | None:
    """The graph that ships, None if there is none of just this or if it is no longer current."""
    return _read(shipped_path(name, shape, classes), shipped_key(name, shape, classes))


def shipped_path(name: str, shape: Shape, classes: int) -> Path:
    """Where the graph of a design lies if it ships."""
    size = "x".join(str(length) for length in shape)
    return GRAPH_DIRECTORY / f"{name}-{size}-{classes}{_SUFFIX}"


def read_bundle(folder: Path) -> LayerGraph | None:
    """The graph of a network that came as data, None with a warning if it is damaged. Blocks."""
    return _read(folder / GRAPH, BUNDLE_KEY)


def shipped_key(name: str, shape: Shape, classes: int) -> dict[str, Any]:
    """What a graph that ships depends on, ready for JSON."""
    return {
        "design": name,
        "input_shape": list(shape),
        "classes": classes,
        **_versions(),
        "architectures": _digest_of(models.architectures),
    }


def _read(path: Path, key: dict[str, Any], *, discard_damaged: bool = False) -> LayerGraph | None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_PACKED_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        warn_once(_logger, f"A stored graph cannot be read: {error}.")
        return None
    try:
        return unpack_graph(data, key, str(path))
    except DamagedRecordError as error:
        warn_once(_logger, f"A stored graph is damaged, and the network traced again: {error}")
    if discard_damaged:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            warn_once(_logger, f"A damaged graph cannot be thrown away: {error}.")
    return None


@functools.cache
def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            # Builds of one version differ in their kernels alone: 2.13.0+cpu is 2.13.0.
            found[library] = version(library).partition("+")[0]
        except PackageNotFoundError:
            found[library] = "none"
    return found


@functools.cache
def _digest_of(package: Any) -> str:
    """Of the source of a package's modules."""
    digest = hashlib.sha256()
    for path in sorted(Path(package.__path__[0]).glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


@functools.cache
def _tracing_digest() -> str:
    return _digest_of(app.inspection.graph)[:16] + _digest_of(app.inspection.tracing)[:16]
