"""The networks in the folder that CONVSCOPE_MODELS_DIR names."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any

from app.compute.pool import ComputePool
from app.settings import Settings
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry
from models.errors import CheckpointRefusedError
from models.own.folder import INCOMPLETE, remove_abandoned
from models.own.placing import Placed, placed_at, placed_in, said_more

# Of what had to be made of the folders' files: so many networks are kept, the latest.
_MOST_MADE = 64
# That a number is put behind, as names have 64 characters at most.
_LONGEST_TAG = 56

_logger = logging.getLogger(__name__)


class PlacedModels:
    """Opens what lies in the folder when the server starts; the folder itself is only read.

    Attributes:
        entries: by id, as far as the folder has been read.
    """

    def __init__(self, settings: Settings) -> None:
        self._directory = settings.models_dir
        self._default_file = settings.default_file
        self._made = settings.cache_dir / "placed-models"
        self._largest_bytes = settings.max_checkpoint_bytes
        self.entries: dict[str, ModelEntry] = {}
        self._placed: dict[str, Placed] = {}

    async def open_default(self, pool: ComputePool) -> str | None:
        """Read what CONVSCOPE_DEFAULT_FILE names, before the rest of the folder.

        Returns:
            the id of its network; None where none is named.

        Raises:
            CheckpointRefusedError: it cannot be opened; says why.
        """
        if self._directory is None or not self._default_file:
            return None
        path = self._directory.absolute() / self._default_file
        return await pool.run(self._read_default, path)

    def _read_default(self, path: Path) -> str:
        placed = placed_at(path, self._made, self._largest_bytes)
        entry = self._take(placed)
        if entry is None:
            raise CheckpointRefusedError(placed.refusal)
        return entry.id

    async def open(self, pool: ComputePool) -> None:
        """Read the folder; what cannot be opened is told in the log."""
        if self._directory is None:
            return
        directory = self._directory.absolute()
        await pool.run(self._read, directory)

    def _read(self, directory: Path) -> None:
        remove_abandoned(self._made)
        try:
            for placed in placed_in(
                directory, self._made, self._largest_bytes, besides=self._default_file
            ):
                self._take(placed)
        except OSError as error:
            _logger.warning("The networks in %s cannot be read: %s", directory, error)
        self._forget_oldest()

    def _take(self, placed: Placed) -> ModelEntry | None:
        if placed.entry is None:
            _logger.warning("%s is left out: %s", placed.path, placed.refusal)
            return None
        entry = self._with_free_id(placed.entry)
        if entry.id != placed.entry.id:
            _logger.warning(
                "%s is listed as %s: another is called %s.", placed.path, entry.id, placed.entry.id
            )
        self._set(entry, placed)
        return entry

    def _with_free_id(self, entry: ModelEntry) -> ModelEntry:
        """The entry under its own name or, where that is another's, under one with a number."""
        # Not `resolve`: networks that were kept earlier give way to those of the folder.
        taken = {each.id for each in catalogue()} | self.entries.keys()
        tags = (f"{entry.tag[:_LONGEST_TAG]}-{number}" for number in count(2))
        free = chain((entry,), (replace(entry, tag=tag) for tag in tags))
        return next(each for each in free if each.id not in taken)

    def change(self, entry: ModelEntry, changes: Mapping[str, Any]) -> ModelEntry:
        """Say more of one of these. Blocks; raises as `models.own.placing.said_more`."""
        placed = said_more(self._placed[entry.id], changes)
        if placed.entry is None:
            raise TypeError("A network stays one when more is said of it.")
        changed = replace(placed.entry, tag=entry.tag)
        self._set(changed, placed)
        return changed

    def _set(self, entry: ModelEntry, placed: Placed) -> None:
        self._placed[entry.id] = placed
        # Replaced as a whole: others iterate over it.
        self.entries = {**self.entries, entry.id: entry}

    def _forget_oldest(self) -> None:
        used = {placed.said for placed in self._placed.values()}
        try:
            made = [path for path in self._made.iterdir() if not path.name.startswith(INCOMPLETE)]
        except OSError:
            return
        unused = [path for path in made if path not in used]
        unused.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in unused[max(0, _MOST_MADE - len(used)) :]:
            shutil.rmtree(path, ignore_errors=True)
