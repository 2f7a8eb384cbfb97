"""Parts of an atlas, looked at by processes on this machine."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import app
from app.stores.atlases.place import AtlasPlace
from models.errors import ConvscopeError

# The directory that `app` is imported from, in which the children find it too.
_ROOT = Path(app.__file__).parent.parent
# A picture at which two processes ended is left out; what else ends them is told.
_MOST_ENDS = 2
_LAST_WORDS_LINES = 4
WORKER = (sys.executable, "-m", "app.atlas.worker")

Told = Callable[[int], None]
"""Is told how many more pictures were looked at; fewer than none where a part begins anew."""


class LookingFailedError(ConvscopeError):
    """A process could not go on; what was written is kept."""


class _Child:
    """A process that looks at one part at a time; what it says goes into a queue."""

    def __init__(
        self,
        command: Sequence[str],
        place: AtlasPlace,
        events: "queue.Queue[tuple[_Child, Any]]",
    ) -> None:
        paths = (str(_ROOT), os.environ.get("PYTHONPATH"))
        self.shard: int | None = None
        self.opening: int | None = None
        self.pictures = 0
        self._process = subprocess.Popen(  # noqa: S603  this Python, and our own module
            [*command, str(place.directory.absolute())],
            cwd=_ROOT,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                "OMP_NUM_THREADS": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._words: deque[str] = deque(maxlen=_LAST_WORDS_LINES)
        self._threads = [
            threading.Thread(target=self._pass_on, args=(events,), daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _pass_on(self, events: "queue.Queue[tuple[_Child, Any]]") -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            events.put((self, json.loads(line)))
        self._process.wait()
        events.put((self, None))

    def _listen(self) -> None:
        assert self._process.stderr is not None
        self._words.extend(line.rstrip() for line in self._process.stderr)

    def order(self, shard: int, without: Sequence[int]) -> None:
        """Have it look at a part."""
        assert self._process.stdin is not None
        self.shard, self.opening, self.pictures = shard, None, 0
        # If it has ended, that is told in its turn.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"shard": shard, "without": list(without)}) + "\n")
            self._process.stdin.flush()

    def last_words(self) -> str:
        """What it said of its end, if anything."""
        self._threads[1].join(1)
        how = self._process.returncode
        words = " ".join(self._words)
        return words or (f"ended by signal {-how}" if how and how < 0 else f"ended with {how}")

    def end(self) -> None:
        """End it now; what it has not finished is nothing that anybody needs."""
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


class _Run:
    """Hands out parts until all are done."""

    def __init__(
        self, place: AtlasPlace, shards: Sequence[int], told: Told, command: Sequence[str]
    ) -> None:
        self._place, self._told, self._command = place, told, command
        self._waiting = deque(shards)
        self._left = len(shards)
        self._events: queue.Queue[tuple[_Child, Any]] = queue.Queue()
        self._children: set[_Child] = set()
        # By part: how often a process ended in it, at which picture, and what is left out of it.
        self._ends: Counter[tuple[int, int | None]] = Counter()
        self._without: dict[int, list[int]] = {}

    def go(self, workers: int) -> None:
        """Until all parts are done.

        Raises:
            LookingFailedError: one cannot be.
        """
        try:
            for _ in range(min(workers, len(self._waiting))):
                self._children.add(_Child(self._command, self._place, self._events))
            while self._left:
                child, event = self._events.get()
                if child in self._children:
                    self._take(child, event)
        finally:
            for child in self._children:
                child.end()

    def _take(self, child: _Child, event: Any) -> None:
        match event:
            case {"ready": _}:
                self._order(child)
            case {"finished": _}:
                self._left -= 1
                child.shard = None
                self._order(child)
            case {"opening": int(picture)}:
                child.opening = picture
            case {"opened": _}:
                child.opening = None
                child.pictures += 1
                self._told(1)
            case {"failed": str(reason)}:
                raise LookingFailedError(reason)
            case None:
                self._replace(child)

    def _order(self, child: _Child) -> None:
        if self._waiting:
            shard = self._waiting.popleft()
            child.order(shard, self._without.get(shard, ()))

    def _replace(self, child: _Child) -> None:
        """Start another process for one that ended: first at the same part."""
        self._children.remove(child)
        child.end()
        if child.shard is None and not self._waiting:
            return
        if child.shard is None:
            raise LookingFailedError(f"A process could not begin: {child.last_words()}")
        where = (child.shard, child.opening)
        self._ends[where] += 1
        self._told(-child.pictures)
        if self._ends[where] >= _MOST_ENDS:
            if child.opening is None:
                raise LookingFailedError(
                    f"A process ended twice in part {child.shard}: {child.last_words()}"
                )
            self._without.setdefault(child.shard, []).append(child.opening)
        self._waiting.appendleft(child.shard)
        self._children.add(_Child(self._command, self._place, self._events))


def run_locally(
    place: AtlasPlace,
    shards: Sequence[int],
    workers: int,
    told: Told,
    command: Sequence[str] = WORKER,
) -> None:
    """Look at parts in so many processes, each with one thread.

    A picture at whose decoding two processes ended is left out with that reason.

    Args:
        place: with the job and the manifest in it.
        shards: that are missing.
        workers: how many processes.
        told: of progress.
        command: what a process runs, before the directory.

    Raises:
        LookingFailedError: the disk is full, the network cannot be loaded, or a process ended twice
            at something else than a picture. What was finished stays.
    """
    _Run(place, shards, told, command).go(workers)
