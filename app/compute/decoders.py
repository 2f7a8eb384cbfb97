"""Pictures are decoded in child processes, which can be ended: no picture can hold the server."""

import asyncio
import dataclasses
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import models
from app.compute.admission import Admission, share_of
from app.compute.precedence import FairSemaphore
from app.errors import BusyError
from app.settings import Settings
from app.web.clients import current_client
from models.errors import BadImageError, ImageTooLargeError, UnsupportedImageError
from models.pictures import Picture, PictureLimits, PictureNote
from models.pictures.child import (
    read_message,
    write_exactly,
    write_message,
)
from models.pictures.shared_rows import SharedRows, create_memory

_PROGRAM = (sys.executable, "-m", "models.pictures.child")
# The directory that `models` is imported from, in which a child finds it too.
_ROOT = Path(models.__file__).parent.parent
# A child whose server is gone ends itself so long after a picture should have been decoded.
_MARGIN_S = 5.0
_START_S = 30.0
# Between the end of its answers and its own.
_LAST_BREATH_S = 1.0

_ERRORS: dict[str, type[Exception]] = {
    kind.__name__: kind for kind in (BadImageError, UnsupportedImageError, ImageTooLargeError)
}

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_logger = logging.getLogger(__name__)


class _ChildEndedError(Exception):
    """A child ended, by itself or not, before it had answered."""


class _Child:
    """One process that decodes pictures.

    `start` and `decode` wait, and belong on a thread; whoever waits there reaps a child that
    ends. `kill` may be called from anywhere.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._shared: SharedRows | None = None
        self._starting = threading.Lock()
        self.is_killed = False

    def start(self) -> None:
        """Start the process and wait until it takes requests."""
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))),
            # Threads that no decoder uses would only take memory.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            # Pillow keeps 4 blocks of 16 MB for its next picture: fresh pages of 12 megapixels
            # cost a third of the time in which a JPEG is decoded.
            "PILLOW_BLOCKS_MAX": "4",
        }
        with self._starting:
            if self.is_killed:
                raise _ChildEndedError
            memory = create_memory()
            self._shared = SharedRows(memory)
            self._process = subprocess.Popen(  # noqa: S603  a program of our own
                (*self._command, str(memory)),
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(memory,),
                bufsize=0,
                # Ctrl-C in a terminal is for the server, which then ends its children.
                start_new_session=True,
            )
        try:
            read_message(self._pipes[1])
        except EOFError as error:
            raise _ChildEndedError(self.reap()) from error

    @property
    def _pipes(self) -> tuple[FileIO, FileIO]:
        process = self._process
        if process is None:
            raise RuntimeError("The child has not been started.")
        requests, answers = process.stdin, process.stdout
        if not isinstance(requests, FileIO) or not isinstance(answers, FileIO):
            raise TypeError("The child was started with pipes that keep nothing back.")
        return requests, answers

    def decode(self, data: bytes, limits: PictureLimits, options: dict[str, Any]) -> Picture:
        """Have a picture decoded; raises what decoding it raised."""
        requests, answers = self._pipes
        request = {"bytes": len(data), "limits": dataclasses.asdict(limits), "options": options}
        try:
            write_message(requests, request)
            write_exactly(requests, data)
            answer = read_message(answers)
            if "error" not in answer:
                return self._picture(answer, limits)
        except (EOFError, OSError, ValueError) as error:
            raise _ChildEndedError(self.reap()) from error
        except BaseException:
            self._end()
            raise
        if answer["error"] == "MemoryError":
            # What it holds now nobody knows.
            self._end()
            raise MemoryError
        raise _ERRORS[answer["error"]](answer["message"])

    def _picture(self, answer: dict[str, Any], limits: PictureLimits) -> Picture:
        width, height, facts = answer["width"], answer["height"], answer["facts"]
        if self._shared is None or width * height > limits.max_pixels:
            raise EOFError  # no answer that a decoder gives
        notes = tuple(PictureNote(**note) for note in facts.pop("notes"))
        return Picture(image=self._shared.take(width, height), notes=notes, **facts)

    @property
    def is_usable(self) -> bool:
        """The process runs, and nobody has told it to end."""
        return not self.is_killed and self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it, whatever it does; it is still to be reaped."""
        with self._starting:
            self.is_killed = True
            if self._process is not None:
                self._process.kill()

    def _end(self) -> None:
        self.kill()
        self.reap()

    def reap(self) -> str:
        """Wait for its end, and how that came; nothing may be waiting for its answer any more."""
        self.is_killed = True
        if self._shared is not None:
            self._shared.close()
            self._shared = None
        process = self._process
        if process is None:
            return ""
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()
        try:
            code = process.wait(_LAST_BREATH_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


class Decoders:
    """A few children, started when they are first needed, and those who wait for one.

    Whatever ends a child, the next picture gets a new one. Use from one event loop.
    """

    def __init__(self, settings: Settings, program: Sequence[str] = _PROGRAM) -> None:
        self._time_s = settings.decode_time_s
        self._memory_bytes = settings.decode_memory_bytes
        self._command = (*program, str(self._memory_bytes), str(self._time_s + _MARGIN_S))
        places = settings.decode_workers + settings.decode_queue
        self._admission = Admission("pictures", places, per_address=share_of(places))
        self._is_closed = False
        self._places = FairSemaphore(settings.decode_workers)
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._executor = ThreadPoolExecutor(settings.decode_workers, thread_name_prefix="decoding")

    async def decode(self, data: bytes, limits: PictureLimits, **options: Any) -> Picture:
        """`models.pictures.decode_picture`, within bounds. Who stops waiting ends the work.

        Raises:
            BusyError: too many pictures are waiting.
            ImageTooLargeError: beyond the limits, or it takes more time or memory than it may.
            BadImageError: not a picture, a damaged one, or one that its decoder falls over.
        """
        if self._is_closed:
            raise BusyError("The server is ending.")
        client = current_client()
        self._admission.enter(client)
        try:
            async with self._places.place(client):
                if self._is_closed:
                    raise BusyError("The server is ending.")
                child = self._rested() or _Child(self._command)
                try:
                    if not child.is_usable:
                        await self._start(child)
                    return await self._decoded(child, data, limits, options)
                finally:
                    if child.is_usable:
                        self._idle.append(child)
        finally:
            self._admission.leave(client)

    def _rested(self) -> _Child | None:
        while self._idle:
            child = self._idle.pop()
            if child.is_usable:
                return child
            child.reap()
        return None

    async def _start(self, child: _Child) -> None:
        try:
            await self._on_thread(child, _START_S, child.start)
        except OSError as error:
            raise BusyError(
                f"No process can be started to decode in ({error.strerror})."
            ) from error
        except _ChildEndedError as error:
            raise RuntimeError(
                f"The program that decodes pictures does not run: {error}"
            ) from error

    async def _decoded(
        self, child: _Child, data: bytes, limits: PictureLimits, options: dict[str, Any]
    ) -> Picture:
        try:
            return await self._on_thread(child, self._time_s, child.decode, data, limits, options)
        except TimeoutError as error:
            raise ImageTooLargeError(
                f"The picture takes more than {self._time_s:g} s to decode; send a smaller one, or "
                "save it anew with another program."
            ) from error
        except MemoryError as error:
            raise ImageTooLargeError(
                f"The picture takes more than {self._memory_bytes:,} bytes of memory to decode; "
                "send a smaller one."
            ) from error
        except _ChildEndedError as error:
            _logger.warning("A decoder ended with %s on a file of %d bytes.", error, len(data))
            raise BadImageError(
                f"The file makes its decoder fail ({error}); save it anew with another program."
            ) from error

    async def _on_thread(
        self,
        child: _Child,
        time_s: float,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Wait for what a child does; kill it when that takes too long or nobody waits."""
        call = partial(function, *args, **kwargs)
        future = asyncio.get_running_loop().run_in_executor(self._executor, call)
        future.add_done_callback(partial(self._let_go, child))
        self._busy.add(child)
        try:
            # Unlike `wait_for` this leaves the thread its future: it has a child to reap.
            done, _ = await asyncio.wait({future}, timeout=time_s)
            if not done:
                raise TimeoutError
            return future.result()
        except _ChildEndedError as error:
            if self._is_closed:
                raise BusyError("The server is ending.") from error
            raise
        finally:
            self._busy.discard(child)
            if future.done():
                self._let_go(child, future)
            else:
                child.kill()

    @staticmethod
    def _let_go(child: _Child, done: asyncio.Future[Any]) -> None:
        """Reap a child that was killed as it answered, or never began; nobody else does.

        Nor asks anybody what came of work for which none waits any more.
        """
        if not done.cancelled():
            done.exception()
        if not child.is_usable:
            child.reap()

    async def close(self) -> None:
        """End every child."""
        self._is_closed = True
        for child in (*self._busy, *self._idle):
            child.kill()
        await asyncio.to_thread(self._reap)

    def _reap(self) -> None:
        while self._idle:
            self._idle.pop().reap()
        self._executor.shutdown()
