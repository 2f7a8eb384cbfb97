"""The networks in the folder that CONVSCOPE_MODELS_DIR names."""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.compute.pool import ComputePool
from app.settings import Settings
from models.catalogue.entry import ModelEntry
from models.own.folder import INCOMPLETE, remove_abandoned
from models.own.placing import Placed, placed_in, said_more

# Of what had to be made of the folders' files: so many networks are kept, the latest.
_MOST_MADE = 64

_logger = logging.getLogger(__name__)


class PlacedModels:
    """Opens what lies in the folder when the server starts; the folder itself is only read.

    Attributes:
        entries: by id, as far as the folder has been read.
    """

    def __init__(self, settings: Settings) -> None:
        self._directory = settings.models_dir
        self._made = settings.cache_dir / "placed-models"
        self._largest_bytes = settings.max_checkpoint_bytes
        self.entries: dict[str, ModelEntry] = {}
        self._placed: dict[str, Placed] = {}

    async def open(self, pool: ComputePool) -> None:
        """Read the folder; what cannot be opened is told in the log."""
        if self._directory is None:
            return
        directory = self._directory.absolute()
        await pool.run(self._read, directory)

    def _read(self, directory: Path) -> None:
        remove_abandoned(self._made)
        try:
            for placed in placed_in(directory, self._made, self._largest_bytes):
                self._take(placed)
        except OSError as error:
            _logger.warning("The networks in %s cannot be read: %s", directory, error)
        self._forget_oldest()

    def _take(self, placed: Placed) -> None:
        entry = placed.entry
        if entry is None:
            _logger.warning("%s is left out: %s", placed.path, placed.refusal)
        elif entry.id in self.entries:
            _logger.warning("%s is left out: another is called %s.", placed.path, entry.id)
        else:
            self._set(entry, placed)

    def change(self, entry: ModelEntry, changes: Mapping[str, Any]) -> ModelEntry:
        """Say more of one of these. Blocks; raises as `models.own.placing.said_more`."""
        placed = said_more(self._placed[entry.id], changes)
        if placed.entry is None:
            raise TypeError("A network stays one when more is said of it.")
        self._set(placed.entry, placed)
        return placed.entry

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
