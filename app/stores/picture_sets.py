"""Pictures that people send to train on: a zip comes in, small pictures with classes are kept.

In the directory of own data sets, besides what `models.data.picture_set` describes:

    ID.zip     what was sent, until all of it was read
    ID.json    its title, and when it came

So a server that is ended in the middle of reading begins anew with what it has.
"""

import asyncio
import json
import logging
import os
import secrets
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from PIL import Image

from app.compute.decoders import Decoders
from app.errors import BusyError, StorageFullError, UnknownDataError
from app.settings import Settings
from app.stores.incoming import IncomingFile, incoming_file
from models.checkpoints.bounded_file import BoundedFile
from models.data.dataset import SkippedPicture, UnusableDataError
from models.data.datasets import OWN_NAME
from models.data.picture_archive import (
    ArchivedPicture,
    ArchivedPictures,
    list_pictures,
    read_entry,
)
from models.data.picture_folder import shrunk
from models.data.picture_set import (
    ENDING,
    MOST_LISTED,
    SET_ID,
    PictureSet,
    check_counts,
    list_picture_sets,
    write_picture_set,
)
from models.disk.checked_fields import DamagedRecordError, read_record, warn_once
from models.disk.whole_files import write_atomically
from models.errors import BadImageError, ImageTooLargeError
from models.own.folder import remove_abandoned
from models.pictures import PictureLimits

SetState = Literal["reading", "ready", "failed"]

_ARCHIVE, _RECORD = ".zip", ".json"
_LONGEST_TITLE = 80
# Of data sets: kept, or being read.
_MOST_SETS = 100
_ANNOUNCED_EVERY_S = 0.1
_BUSY_S = 0.2
_LATEST_S = 253_402_300_799.0

_logger = logging.getLogger(__name__)


@dataclass(eq=False)
class KeptPictures:
    """A data set of somebody's own, while it is read and afterwards. Changed on the event loop.

    Attributes:
        title: the name of the file or the folder that it came from.
        created_at: seconds since 1970.
        read: how many of `total` files were looked at.
        detail: why it failed; None unless it did.
        counts: pictures of each class so far.
        skipped: what was left out, the first of them.
    """

    id: str
    title: str
    created_at: float
    state: SetState = "reading"
    detail: str | None = None
    total: int = 0
    read: int = 0
    class_names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    skipped: list[SkippedPicture] = field(default_factory=list)
    skipped_pictures: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def announce(self) -> None:
        """Wake whoever watches."""
        self.changed.set()
        self.changed = asyncio.Event()


class PictureSets:
    """Keeps people's own data sets in the cache until they delete them; bounded in bytes."""

    def __init__(self, settings: Settings, decoders: Decoders) -> None:
        self._settings = settings
        self._decoders = decoders
        self._directory = settings.cache_dir / "datasets" / OWN_NAME
        self._limits = PictureLimits(settings.max_upload_bytes, settings.max_image_pixels)
        self._sets: dict[str, KeptPictures] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(1)

    async def open(self) -> None:
        """Find what is kept; go on with what an earlier server had not read to its end."""
        kept, unread = await asyncio.to_thread(self._found)
        for each in kept:
            self._sets[each.id] = _ready(each)
        for begun in unread:
            self._begin(begun)

    def _found(self) -> tuple[list[PictureSet], list[KeptPictures]]:
        remove_abandoned(self._directory)
        kept = list_picture_sets(self._directory)
        unread = []
        with suppress(OSError):
            for path in sorted(self._directory.glob(f"*{_ARCHIVE}")):
                if not SET_ID.fullmatch(path.stem):
                    continue
                if any(each.id == path.stem for each in kept):
                    # It ended between keeping what it had read and dropping what that came from.
                    self._drop_archive(path.stem)
                    continue
                try:
                    record = read_record(path.with_suffix(_RECORD))
                    title = record.text("title")
                    created_at = record.number("created_at", 0, _LATEST_S)
                except DamagedRecordError as error:
                    warn_once(_logger, f"Pictures that were sent are left out: {error}")
                    continue
                unread.append(KeptPictures(path.stem, title, created_at))
        return kept, unread

    async def close(self) -> None:
        """Stop reading; the next server goes on."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def all(self) -> list[KeptPictures]:
        """Every one, the newest first."""
        return sorted(self._sets.values(), key=lambda each: each.created_at, reverse=True)

    def get(self, set_id: str) -> KeptPictures:
        """The data set of an id.

        Raises:
            UnknownDataError: there is none.
        """
        found = self._sets.get(set_id)
        if found is None:
            raise UnknownDataError(set_id)
        return found

    @asynccontextmanager
    async def incoming(self) -> AsyncGenerator[IncomingFile, None]:
        """A file to write an upload into; gone afterwards unless it was taken.

        Raises:
            StorageFullError: the disk takes none, or there is no room left for another.
        """
        async with incoming_file(
            self._directory, lambda file: asyncio.to_thread(self._open, file), "The pictures"
        ) as file:
            yield file

    def _open(self, file: IncomingFile) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        used = sum(path.stat().st_size for path in self._directory.iterdir() if path.is_file())
        budget = self._settings.training_data_bytes
        if used >= budget or len(self._sets) >= _MOST_SETS:
            raise StorageFullError(
                f"The pictures kept here are {len(self._sets):,} data sets of {used:,} bytes; at "
                f"most {_MOST_SETS:,} of {budget:,} are (CONVSCOPE_TRAINING_DATA_BYTES). Delete "
                "one that is not needed."
            )
        file.open()

    async def take(self, file: IncomingFile, name: str) -> KeptPictures:
        """Look into a zip that came, and begin to read its pictures.

        Args:
            file: of `incoming`.
            name: of the file or folder, as its owner has it.

        Raises:
            UnusableDataError: it is no zip with two classes of pictures; nothing is kept.
            OSError: the disk failed.
        """
        begun = KeptPictures(secrets.token_hex(4), _title(name), time.time())
        listed = await asyncio.to_thread(self._take, file, begun)
        begun.total = len(listed.pictures)
        begun.class_names = listed.class_names
        self._begin(begun)
        return begun

    def _take(self, file: IncomingFile, begun: KeptPictures) -> ArchivedPictures:
        with file.lock:
            file.finish()
            with file.path.open("rb") as opened:
                listed = list_pictures(BoundedFile(opened.fileno()))
            check_counts(
                listed.class_names,
                _counted(Counter(each.label for each in listed.pictures), listed.class_names),
                listed.skipped,
            )
            record = {"title": begun.title, "created_at": begun.created_at}
            write_atomically({self._path(begun.id, _RECORD): json.dumps(record).encode()})
            file.path.replace(self._path(begun.id, _ARCHIVE))
        return listed

    def _path(self, set_id: str, ending: str) -> Path:
        return self._directory / f"{set_id}{ending}"

    def _begin(self, begun: KeptPictures) -> None:
        self._sets[begun.id] = begun
        task = asyncio.create_task(self._followed(begun))
        self._tasks[begun.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(begun.id, None))

    async def _followed(self, begun: KeptPictures) -> None:
        """Read a data set; whatever goes wrong is told of it."""
        try:
            async with self._turn, asyncio.timeout(self._settings.training_data_time_s):
                await self._read(begun)
        except UnusableDataError as error:
            self._fail(begun, str(error))
        except TimeoutError:
            limit = self._settings.training_data_time_s
            self._fail(
                begun,
                f"Reading the pictures took more than {limit:g} s "
                "(CONVSCOPE_TRAINING_DATA_TIME_S). Make them smaller, or send fewer.",
            )
        except OSError as error:
            self._fail(begun, f"The disk failed: {error.strerror or error}.")
        except Exception:
            _logger.exception("Reading the pictures %s failed.", begun.id)
            self._fail(begun, "Something went wrong in the server. Its log says what.")
        if begun.state == "failed":
            with suppress(OSError):
                await asyncio.to_thread(self._drop_archive, begun.id)

    @staticmethod
    def _fail(begun: KeptPictures, detail: str) -> None:
        begun.state, begun.detail = "failed", detail
        begun.announce()

    def _drop_archive(self, set_id: str) -> None:
        for ending in (_ARCHIVE, _RECORD):
            self._path(set_id, ending).unlink(missing_ok=True)

    async def _read(self, begun: KeptPictures) -> None:
        path = self._path(begun.id, _ARCHIVE)
        descriptor = await asyncio.to_thread(os.open, path, os.O_RDONLY)
        try:
            file = BoundedFile(descriptor)
            listed = await asyncio.to_thread(list_pictures, file)
            begun.total, begun.class_names = len(listed.pictures), listed.class_names
            begun.skipped = list(listed.skipped[:MOST_LISTED])
            begun.skipped_pictures = len(listed.skipped)
            pictures, labels = await self._decoded(begun, file, listed)
        finally:
            os.close(descriptor)
        check_counts(begun.class_names, begun.counts, begun.skipped)
        kept = PictureSet(
            begun.id,
            begun.title,
            begun.created_at,
            begun.class_names,
            begun.counts,
            tuple(begun.skipped),
            begun.skipped_pictures,
        )

        def write() -> None:
            stacked = torch.stack(pictures)
            write_picture_set(self._directory, kept, stacked, torch.tensor(labels))
            self._drop_archive(begun.id)

        await asyncio.to_thread(write)
        begun.state = "ready"
        begun.announce()

    async def _decoded(
        self, begun: KeptPictures, file: BoundedFile, listed: ArchivedPictures
    ) -> tuple[list[torch.Tensor], list[int]]:
        """Every picture that can be decoded, uint8 (3, 32, 32), and its class."""
        pictures: list[torch.Tensor] = []
        labels: list[int] = []
        counts: Counter[int] = Counter()
        told_at = 0.0
        for picture in listed.pictures:
            try:
                pictures.append(await self._small(file, picture))
            except (BadImageError, ImageTooLargeError) as error:
                begun.skipped_pictures += 1
                if len(begun.skipped) < MOST_LISTED:
                    begun.skipped.append(SkippedPicture(picture.name, str(error)))
            else:
                labels.append(picture.label)
                counts[picture.label] += 1
            begun.read += 1
            begun.counts = _counted(counts, begun.class_names)
            if time.monotonic() - told_at >= _ANNOUNCED_EVERY_S:
                told_at = time.monotonic()
                begun.announce()
        return pictures, labels

    async def _small(self, file: BoundedFile, picture: ArchivedPicture) -> torch.Tensor:
        data = await asyncio.to_thread(read_entry, file, picture.entry)
        while True:
            try:
                decoded = await self._decoders.decode(data, self._limits)
            except BusyError:
                # Who looks at one picture goes before who brings thousands.
                await asyncio.sleep(_BUSY_S)
            else:
                return await asyncio.to_thread(_levels, decoded.image)

    async def forget(self, set_id: str) -> None:
        """Stop reading a data set, or delete it; runs that learned from it stay.

        Raises:
            UnknownDataError: there is none.
            OSError: the disk failed.
        """
        found = self.get(set_id)
        task = self._tasks.get(set_id)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(self._remove, set_id)
        self._sets.pop(set_id, None)
        if found.state == "reading":
            found.state, found.detail = "failed", "Stopped."
        found.announce()

    def _remove(self, set_id: str) -> None:
        self._path(set_id, ENDING).unlink(missing_ok=True)
        self._drop_archive(set_id)

    async def watch(self, set_id: str) -> AsyncGenerator[KeptPictures, None]:
        """The data set now and after each change, until it is read.

        Raises:
            UnknownDataError: there is none.
        """
        found = self.get(set_id)
        while True:
            changed = found.changed
            yield found
            if found.state != "reading":
                return
            if found.changed is changed:
                await changed.wait()


def _ready(kept: PictureSet) -> KeptPictures:
    pictures = sum(kept.counts)
    return KeptPictures(
        kept.id,
        kept.title,
        kept.created_at,
        state="ready",
        total=pictures,
        read=pictures,
        class_names=kept.class_names,
        counts=kept.counts,
        skipped=list(kept.skipped),
        skipped_pictures=kept.skipped_pictures,
    )


def _counted(counts: Counter[int], class_names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(counts[label] for label in range(len(class_names)))


def _levels(picture: Image.Image) -> torch.Tensor:
    return (shrunk(picture) * 255).round().to(torch.uint8)


def _title(name: str) -> str:
    """The last part of a name without its ending, in letters that can be shown."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown.removesuffix(_ARCHIVE)[:_LONGEST_TITLE].strip() or "pictures"
