"""`python -m models.training` as a child process: events come out, commands go in."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import models
from app.settings import Settings
from models.disk.checked_fields import DamagedRecordError, Fields, fields_of

# The directory that `models` is imported from, in which the child finds it too.
_ROOT = Path(models.__file__).parent.parent
_LONGEST_LINE_BYTES = 2**20
_LAST_WORDS_BYTES = 8192
# Answering requests comes first.
_NICENESS = 10


class GarbledOutputError(Exception):
    """The child wrote something that is no event."""


class TrainingProcess:
    """A child in a process group of its own, which ends when its standard input is closed.

    The operating system closes it with the server, however the server ends; see
    `models.training.reports` for the events, `models.training.control` for the commands.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last_words = b""
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, arguments: Sequence[str], settings: Settings) -> "TrainingProcess":
        """Start training.

        Args:
            arguments: of the command line, after the module's name.
            settings: the cache in which data sets are looked for, and the limit on memory.
        """
        environment = {
            **os.environ,
            "CONVSCOPE_CACHE_DIR": str(settings.cache_dir.absolute()),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))),
            # One core is for answering requests.
            "OMP_NUM_THREADS": "1",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "models.training", *arguments, "--events"),
            cwd=_ROOT,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE_BYTES,
            start_new_session=True,
        )
        _restrain(process.pid, settings)
        return cls(process)

    @property
    def pid(self) -> int:
        """Of the child, and of its group."""
        return self._process.pid

    async def events(self) -> AsyncIterator[Fields]:
        """What the child writes, line by line, until it closes its standard output.

        Raises:
            GarbledOutputError: a line is no JSON object with an event.
        """
        output = self._process.stdout
        if output is None:
            raise RuntimeError("The child was started with pipes.")
        while line := await self._line(output):
            try:
                event = fields_of(line, "an event")
                event.text("event")
            except DamagedRecordError as error:
                raise GarbledOutputError(line[:200]) from error
            yield event

    async def _line(self, output: asyncio.StreamReader) -> bytes:
        try:
            return await output.readline()
        except ValueError as error:
            raise GarbledOutputError("a line of more than a megabyte") from error

    def tell(self, command: str) -> None:
        """Send a command; nothing happens if the child has ended."""
        if self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(f"{command}\n".encode())

    def hang_up(self) -> None:
        """Close the child's standard input, at which it stops."""
        if self._process.stdin:
            self._process.stdin.close()

    def kill(self) -> None:
        """End the whole group at once."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """The child's exit code, negative for the signal that killed it."""
        code = await self._process.wait()
        await self._listening
        return code

    @property
    def last_words(self) -> str:
        """The end of what the child wrote on standard error."""
        return self._last_words.decode(errors="replace").strip()

    async def _listen(self) -> None:
        errors = self._process.stderr
        while errors and (words := await errors.read(_LAST_WORDS_BYTES)):
            self._last_words = (self._last_words + words)[-_LAST_WORDS_BYTES:]


def _restrain(pid: int, settings: Settings) -> None:
    """Limit a process that has just been started.

    From outside: code between fork and exec may deadlock where there are threads. What the child
    does until then needs no limit.
    """
    limits = {
        resource.RLIMIT_DATA: settings.training_memory_bytes,
        resource.RLIMIT_FSIZE: settings.training_store_bytes,
    }
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)
        # Linux alone can limit another process.
        if hasattr(resource, "prlimit"):
            for what, limit in limits.items():
                resource.prlimit(pid, what, (limit, limit))


def cause_of_end(code: int, words: str) -> str:
    """How a process ended that did not say so itself."""
    how = f"ended with code {code}"
    if code < 0:
        how = f"was killed by {signal.Signals(-code).name}"
    # Only the last line of a traceback is for everybody; the log has the rest.
    last = words.splitlines()[-1].strip()[:300] if words else ""
    said = f" Its last line: {last}" if last else ""
    return f"Its process {how}.{said} The server goes on; what it kept until then can be opened."
