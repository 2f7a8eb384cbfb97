"""People's own networks: what they sent, what became of it, and what lies in their folder.

All of it is on the disk, so that it is there tomorrow. What takes a while happens on one thread.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.compute.pool import ComputePool
from app.errors import (
    InvalidParameterError,
    ModelUploadsOffError,
    NameTakenError,
    NotYourModelError,
    StorageFullError,
)
from app.settings import OWN_MODELS, Settings
from app.stores.checkpoints import Checkpoint, Checkpoints
from app.stores.incoming import IncomingFile
from app.stores.placed_models import PlacedModels
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry, OwnWeights
from models.disk.checked_fields import DamagedRecordError, warn_once
from models.errors import ConvscopeError, UnknownModelError
from models.own.card import Card, changed
from models.own.entries import entry_of
from models.own.folder import (
    INCOMPLETE,
    forget_folder,
    new_folder,
    read_card,
    remove_abandoned,
    size_bytes,
    take_place,
    write_card,
)
from models.own.names import NAME
from models.own.offers import chosen
from models.own.opening import Wanted, make

_QUEUE = 16

_logger = logging.getLogger(__name__)


class OwnModels:
    """Opens, changes and forgets people's own networks; on the catalogue's shelf.

    Args:
        settings: of the server.
        uploads_allowed: True where people may send networks.
    """

    def __init__(self, settings: Settings, *, uploads_allowed: bool) -> None:
        self.uploads_allowed = uploads_allowed
        self._directory = settings.cache_dir / OWN_MODELS
        self._budget_bytes = settings.own_models_bytes
        self._largest_bytes = settings.max_checkpoint_bytes
        self._pool = ComputePool(1, _QUEUE, name="opening")
        self._entries: dict[str, ModelEntry] = {}
        self._placed = PlacedModels(settings)
        self._placing: asyncio.Task[None] | None = None
        self.checkpoints = Checkpoints(settings, self._pool)

    async def open(self, default_model: str) -> str:
        """Find the networks of earlier servers; those in the folder of models meanwhile.

        Args:
            default_model: waits for the folder if this is nowhere else.

        Returns:
            the id of the default model: that of CONVSCOPE_DEFAULT_FILE, or the one that was given.

        Raises:
            UnknownModelError: the default model is nowhere.
            CheckpointRefusedError: CONVSCOPE_DEFAULT_FILE cannot be opened; all the rest is open.
        """
        self._entries = await asyncio.to_thread(self._read_all)
        await self.checkpoints.open()
        catalogue().add_shelf(self)
        try:
            default_of_folder = await self._placed.open_default(self._pool)
        finally:
            self._placing = asyncio.create_task(self._placed.open(self._pool))
        if default_of_folder is not None:
            return default_of_folder
        try:
            return catalogue().resolve(default_model).id
        except UnknownModelError:
            await asyncio.shield(self._placing)
            return catalogue().resolve(default_model).id

    async def close(self) -> None:
        """Leave the shelf, and wait for what is being written."""
        catalogue().remove_shelf(self)
        if self._placing is not None:
            self._placing.cancel()
            await asyncio.gather(self._placing, return_exceptions=True)
        await asyncio.to_thread(self._pool.close)

    def find(self, model_id: str) -> ModelEntry | None:
        """For the catalogue: in the folder before what was kept earlier."""
        return self._placed.entries.get(model_id) or self._entries.get(model_id)

    def entries(self) -> Iterable[ModelEntry]:
        """For the catalogue: the newest first, then those of the folder."""
        placed = self._placed.entries
        kept = [each for each in reversed(self._entries.values()) if each.id not in placed]
        return [*kept, *placed.values()]

    def check_allowed(self) -> None:
        """Refuse to take or to change anything where nobody said that people may.

        Raises:
            ModelUploadsOffError: nobody did.
        """
        if not self.uploads_allowed:
            raise ModelUploadsOffError(
                "This server takes no networks, because others than this machine can reach it. "
                "CONVSCOPE_MODEL_UPLOADS=true lets people send theirs; CONVSCOPE_MODELS_DIR names "
                "a folder whose networks it shows."
            )

    @asynccontextmanager
    async def incoming(self) -> AsyncGenerator[IncomingFile, None]:
        """A file on the disk for an upload; gone again unless it was kept."""
        self.check_allowed()
        async with self.checkpoints.incoming() as file:
            yield file

    async def add(self, checkpoint: Checkpoint, wanted: Wanted) -> ModelEntry:
        """Make a network of an uploaded file.

        Raises:
            CheckpointRefusedError, InvalidParameterError: it cannot become that.
            NameTakenError: there is one of this id.
            StorageFullError: there is no room.
            BusyError: too many are being opened.
        """
        self.check_allowed()
        if not NAME.fullmatch(wanted.name):
            raise InvalidParameterError(
                f"name: {wanted.name[:80]!r} is not of small letters, digits, - and _, 64 at most, "
                "beginning with a letter or digit."
            )
        architecture = chosen(checkpoint.examined, wanted.architecture).design
        model_id = f"{architecture}.{wanted.name}"
        self._check_free(model_id)
        return await self._pool.run(self._made, checkpoint, wanted, model_id)

    async def change(self, entry: ModelEntry, changes: Mapping[str, Any]) -> ModelEntry:
        """Say more of a network: its labels, its preparation.

        Raises:
            NotYourModelError: it is none that can be changed.
            UnknownModelError: it was forgotten meanwhile.
            InvalidParameterError: what was said does not suit it.
        """
        self.check_allowed()
        self._check_own(entry, or_placed=True)
        return await self._pool.run(self._changed, entry, changes)

    async def forget(self, entry: ModelEntry) -> None:
        """Delete a network from the disk.

        Raises:
            NotYourModelError: it is none that can be forgotten.
            UnknownModelError: it was forgotten meanwhile.
            BusyError: too many are being opened; it stays.
            OSError: the disk does not let it go; it stays.
        """
        self.check_allowed()
        self._check_own(entry)
        await self._pool.run(self._forgotten, entry)

    def _check_free(self, model_id: str) -> None:
        try:
            catalogue().resolve(model_id)
        except UnknownModelError:
            return
        raise _taken(model_id)

    def _check_own(self, entry: ModelEntry, *, or_placed: bool = False) -> None:
        if _holds(self._entries, entry):
            return
        if _holds(self._placed.entries, entry):
            if or_placed:
                return
            raise NotYourModelError(
                f"{entry.id} lies in the folder of CONVSCOPE_MODELS_DIR, which is only read: "
                "take it out of there, and start the server again."
            )
        if isinstance(entry.weights, OwnWeights):
            raise UnknownModelError(entry.id, ())
        raise NotYourModelError(
            f"{entry.id} is no network that was opened here; only such can be changed or forgotten."
        )

    # What follows runs on the one thread of opening, one job at a time, to its end even when nobody
    # waits for it any more. So the list of networks is changed there, together with the disk.

    def _set(self, entry: ModelEntry) -> None:
        # Replaced as a whole: others iterate over it.
        self._entries = {**self._entries, entry.id: entry}

    def _made(self, checkpoint: Checkpoint, wanted: Wanted, model_id: str) -> ModelEntry:
        # Another of this name may have been made, or found, since it was asked for.
        if model_id in self._entries or model_id in self._placed.entries:
            raise _taken(model_id)
        self._check_room(checkpoint.size_bytes)
        place = self._directory / model_id
        try:
            with new_folder(self._directory) as folder:
                card = make(
                    checkpoint.path, checkpoint.examined, wanted, folder, self._largest_bytes
                )
                entry = entry_of(place, card)
                # The file may have been smaller than what became of it.
                self._check_room(size_bytes(folder))
                take_place(folder, place)
        except FileExistsError as error:
            raise _taken(model_id) from error
        except OSError as error:
            raise StorageFullError(
                f"The network cannot be kept: {error.strerror or error} ({self._directory})."
            ) from error
        except ConvscopeError as error:
            if isinstance(error, DamagedRecordError):
                raise InvalidParameterError(str(error)) from error
            raise
        except ValueError as error:
            raise InvalidParameterError(str(error)) from error
        self._set(entry)
        return entry

    def _changed(self, entry: ModelEntry, changes: Mapping[str, Any]) -> ModelEntry:
        self._check_own(entry, or_placed=True)
        folder = self._directory / entry.id
        try:
            if not _holds(self._entries, entry):
                return self._placed.change(entry, changes)
            card = changed(read_card(folder), changes)
            changed_entry = entry_of(folder, card)
            write_card(folder, card)
        except OSError as error:
            raise StorageFullError(
                f"The change cannot be kept: {error.strerror or error}."
            ) from error
        except ValueError as error:
            raise InvalidParameterError(str(error)) from error
        self._set(changed_entry)
        return changed_entry

    def _forgotten(self, entry: ModelEntry) -> None:
        self._check_own(entry)
        listed = self._entries
        # First from the list, because the disk takes a while with large files.
        self._entries = {key: each for key, each in listed.items() if key != entry.id}
        try:
            forget_folder(self._directory / entry.id)
        except FileNotFoundError:
            _logger.info("The folder of %s had gone before it was forgotten.", entry.id)
        except OSError:
            self._entries = listed
            raise

    def _check_room(self, further_bytes: int) -> None:
        used = sum(size_bytes(self._directory / model_id) for model_id in tuple(self._entries))
        if used + further_bytes > self._budget_bytes:
            raise StorageFullError(
                f"Networks opened here take {used:,} bytes, this one would take about "
                f"{further_bytes:,} more, and {self._budget_bytes:,} are set aside "
                "(CONVSCOPE_OWN_MODELS_BYTES). Forget some."
            )

    def _read_all(self) -> dict[str, ModelEntry]:
        remove_abandoned(self._directory)
        return kept_models(self._directory)


def kept_models(directory: Path) -> dict[str, ModelEntry]:
    """The networks that servers keep in a directory, by id, the oldest first. Blocks."""
    found: list[tuple[float, ModelEntry]] = []
    try:
        folders = list(directory.iterdir())
    except FileNotFoundError:
        return {}
    except OSError as error:
        _logger.warning("Networks in %s cannot be read: %s", directory, error)
        return {}
    for folder in folders:
        if folder.name.startswith(INCOMPLETE) or not folder.is_dir():
            continue
        try:
            card = _own_card(folder)
            found.append((card.created_at, entry_of(folder, card)))
        except (ConvscopeError, OSError) as error:
            warn_once(_logger, f"The network in {folder} is left out: {error}")
    return {entry.id: entry for _, entry in sorted(found, key=lambda each: each[0])}


def _taken(model_id: str) -> NameTakenError:
    return NameTakenError(f"There is a model {model_id} already; choose another name.")


def _holds(entries: Mapping[str, ModelEntry], entry: ModelEntry) -> bool:
    """True if this very network is there, whatever was said of it since; not one of its name."""
    there = entries.get(entry.id)
    return there is not None and there.weights == entry.weights


def _own_card(folder: Path) -> Card:
    """The card of a folder, which is named by it."""
    card = read_card(folder)
    if f"{card.architecture}.{card.name}" != folder.name:
        # Somebody renamed or copied the folder: its name is what people see.
        architecture, _, name = folder.name.partition(".")
        if architecture != card.architecture or not NAME.fullmatch(name):
            raise DamagedRecordError(f"its card is of {card.architecture}.{card.name}")
        card = replace(card, name=name)
    return card
