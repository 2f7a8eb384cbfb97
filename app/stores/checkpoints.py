"""Files of weights that people sent: kept by their content until others need the room."""

import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.compute.pool import ComputePool
from app.errors import UnknownCheckpointError
from app.settings import Settings
from app.stores.incoming import IncomingFile, incoming_file
from models.disk.checked_fields import DamagedRecordError, read_record, warn_once
from models.disk.whole_files import write_atomically
from models.errors import CheckpointRefusedError
from models.own.folder import remove_abandoned
from models.own.offers import Examined, examine

_DIRECTORY = "checkpoints"
_RECORD = ".json"
_ID_LENGTH = 32
_LONGEST_NAME = 200

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """An uploaded file and what it is.

    Attributes:
        id: of its content.
        name: that its sender has for it.
        path: where it lies.
    """

    id: str
    name: str
    path: Path
    size_bytes: int
    examined: Examined


class Checkpoints:
    """Keeps uploads in a directory of the cache, bounded in bytes: the oldest leave first."""

    def __init__(self, settings: Settings, pool: ComputePool) -> None:
        self._directory = settings.cache_dir / _DIRECTORY
        self._budget_bytes = settings.checkpoint_store_bytes
        self._pool = pool
        # Written on the pool's one thread alone, together with the disk.
        self._examined: dict[str, Checkpoint] = {}

    async def open(self) -> None:
        """Remove what an earlier server left unfinished."""
        await self._pool.run(remove_abandoned, self._directory)

    @asynccontextmanager
    async def incoming(self) -> AsyncGenerator[IncomingFile, None]:
        """A file to write an upload into; gone afterwards unless it was kept.

        Raises:
            StorageFullError: the disk takes none.
        """
        async with incoming_file(
            self._directory, lambda file: self._pool.run(self._begin, file), "The file"
        ) as file:
            yield file

    def _begin(self, file: IncomingFile) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        file.open()

    async def keep(self, file: IncomingFile, name: str) -> Checkpoint:
        """Examine what came, and keep it if it can be opened or is like something that can.

        Raises:
            CheckpointRefusedError: it is nothing of the kind; it is not kept.
            OSError: the disk failed.
        """
        return await self._pool.run(self._kept, file, name)

    def _kept(self, file: IncomingFile, name: str) -> Checkpoint:
        with file.lock:
            checkpoint = self._taken_over(file, name)
        self._examined[checkpoint.id] = checkpoint
        self._forget_oldest(checkpoint.path)
        return checkpoint

    def _taken_over(self, file: IncomingFile, name: str) -> Checkpoint:
        checkpoint_id = file.finish()
        name = "".join(letter for letter in name if letter.isprintable())[-_LONGEST_NAME:]
        examined = examine(file.path)
        path = self._directory / checkpoint_id
        size = file.path.stat().st_size
        record: dict[str, Any] = {"name": name or "checkpoint", "bytes": size}
        write_atomically({path.with_name(checkpoint_id + _RECORD): json.dumps(record).encode()})
        file.path.replace(path)
        return Checkpoint(checkpoint_id, record["name"], path, size, examined)

    async def get(self, checkpoint_id: str) -> Checkpoint:
        """A kept upload, of this server or an earlier one.

        Raises:
            UnknownCheckpointError: it is not kept, or not any more.
            CheckpointRefusedError: the file has changed on the disk.
        """
        known = self._examined.get(checkpoint_id)
        if known is not None and known.path.is_file():
            return known
        if not _is_id(checkpoint_id):
            raise UnknownCheckpointError(checkpoint_id)
        return await self._pool.run(self._read, checkpoint_id)

    def _read(self, checkpoint_id: str) -> Checkpoint:
        path = self._directory / checkpoint_id
        try:
            name = read_record(path.with_name(checkpoint_id + _RECORD)).text("name")
            size = path.stat().st_size
        except (DamagedRecordError, OSError) as error:
            raise UnknownCheckpointError(checkpoint_id) from error
        found = Checkpoint(checkpoint_id, name, path, size, examine(path))
        self._examined[checkpoint_id] = found
        return found

    async def all(self) -> list[Checkpoint]:
        """Those that are kept, the newest first; what has gone or changed meanwhile is left out."""
        found = []
        for checkpoint_id in await self._pool.run(self._ids):
            with suppress(UnknownCheckpointError, CheckpointRefusedError):
                found.append(await self.get(checkpoint_id))
        return found

    def _ids(self) -> list[str]:
        try:
            paths = [path for path in self._directory.iterdir() if _is_id(path.name)]
            return [path.name for path in sorted(paths, key=_age, reverse=True)]
        except FileNotFoundError:
            return []

    async def forget(self, checkpoint_id: str) -> None:
        """Delete an upload; networks made of it stay.

        Raises:
            UnknownCheckpointError: there is none.
        """
        if not _is_id(checkpoint_id) or not await self._pool.run(self._remove, checkpoint_id):
            raise UnknownCheckpointError(checkpoint_id)

    def _remove(self, checkpoint_id: str) -> bool:
        path = self._directory / checkpoint_id
        existed = path.is_file()
        path.unlink(missing_ok=True)
        path.with_name(checkpoint_id + _RECORD).unlink(missing_ok=True)
        self._examined.pop(checkpoint_id, None)
        return existed

    def _forget_oldest(self, newest: Path) -> None:
        found = []
        for path in self._directory.iterdir():
            # Another server may have forgotten it meanwhile.
            with suppress(FileNotFoundError):
                if _is_id(path.name) and path != newest:
                    found.append((path.stat().st_mtime, path.stat().st_size, path.name))
        left = newest.stat().st_size + sum(size for _, size, _ in found)
        for _, size, name in sorted(found):
            if left <= self._budget_bytes:
                return
            try:
                self._remove(name)
            except OSError as error:
                warn_once(_logger, f"A checkpoint cannot be removed: {error}.")
            left -= size


def _is_id(text: str) -> bool:
    return len(text) == _ID_LENGTH and all(letter in "0123456789abcdef" for letter in text)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
