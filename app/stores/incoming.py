"""A file that is being sent: written aside, and gone again unless somebody keeps it."""

import asyncio
import hashlib
import logging
import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from app.errors import StorageFullError
from models.disk.checked_fields import warn_once
from models.own.folder import abandoned_name

_ID_LENGTH = 32

_logger = logging.getLogger(__name__)


class IncomingFile:
    """A file that is being sent; counts its hash on the way.

    Attributes:
        lock: held by whoever opens, keeps or gives it up, each on a thread of its own: a request
            may end while its file is still being looked at.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._is_given_up = False
        self._digest = hashlib.sha256()

    def open(self) -> None:
        """Make the file, unless it was given up already. Blocks.

        Raises:
            OSError: the disk takes none.
        """
        with self.lock:
            if not self._is_given_up:
                self._file = self.path.open("wb")

    @property
    def writable(self) -> BinaryIO:
        """What an upload writes into."""
        return cast("BinaryIO", self)

    def write(self, data: bytes) -> int:
        """As of any file."""
        self._digest.update(data)
        return self._opened.write(data)

    def seek(self, offset: int) -> int:
        """An upload rewinds what it has written, to be read; nobody reads it here."""
        return offset

    def close(self) -> None:
        """Let go of the file."""
        self._opened.close()

    def finish(self) -> str:
        """Have it on the disk; returns the id of its content. Blocks."""
        self._opened.flush()
        os.fsync(self._opened.fileno())
        self._opened.close()
        return self._digest.hexdigest()[:_ID_LENGTH]

    def give_up(self) -> None:
        """Remove what has not been kept. Blocks; fails for nothing, as it follows a failure."""
        with self.lock:
            self._is_given_up = True
            if self._file is None:
                return
            try:
                # A full disk refuses the last bytes once more. They are not wanted any more.
                with suppress(OSError):
                    self._file.close()
            finally:
                try:
                    self.path.unlink(missing_ok=True)
                except OSError as error:
                    warn_once(_logger, f"What was left of an upload cannot be removed: {error}.")

    @property
    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("The file is not open.")
        return self._file


@asynccontextmanager
async def incoming_file(
    directory: Path, begin: Callable[[IncomingFile], Awaitable[None]], what: str
) -> AsyncGenerator[IncomingFile, None]:
    """A file to write an upload into; gone afterwards unless it was kept.

    Args:
        directory: where it is written.
        begin: opens it, on a thread.
        what: is being kept, as the error begins.

    Raises:
        StorageFullError: the disk takes none.
    """
    file = IncomingFile(directory / abandoned_name())
    try:
        try:
            await begin(file)
            yield file
        finally:
            # On no thread that others queue for, and to its end also when this is cancelled.
            loop = asyncio.get_running_loop()
            await asyncio.shield(loop.run_in_executor(None, file.give_up))
    except OSError as error:
        raise StorageFullError(
            f"{what} cannot be kept: {error.strerror or error} ({directory})."
        ) from error
