"""The directory of an atlas: what lies where, and who may write in it.

job.json                what it is of, from the first moment on
manifest.json           its pictures
shards/00000.safetensors    what was found in a part; gone once the atlas is finished
layers/000.safetensors  what is known of a layer
answers.safetensors     what the network said of each picture
atlas.json              what there is to know of it at once; the last to come
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from app.inspection.atlas.manifest import AtlasPicture, LeftOut, Manifest
from app.stores.atlases.job import Job, job_of
from models.disk.checked_fields import DamagedRecordError, Fields
from models.disk.whole_files import write_atomically
from models.errors import ConvscopeError

# A picture takes some two hundred bytes of it.
_LARGEST_MANIFEST_BYTES = 2**30


class AtlasInUseError(ConvscopeError):
    """Another process is writing in the directory."""


class OtherAtlasError(ConvscopeError):
    """The directory holds something else."""


class AtlasPlace:
    """The directory of one atlas; made when it is first written to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.facts = directory / "atlas.json"
        self.answers = directory / "answers.safetensors"
        self._job = directory / "job.json"
        self._manifest = directory / "manifest.json"
        self._shards = directory / "shards"
        self._layers = directory / "layers"

    def shard(self, number: int) -> Path:
        """The file of a part."""
        return self._shards / f"{number:05}.safetensors"

    def layer(self, number: int) -> Path:
        """The file of a layer, by its place among those of the atlas."""
        return self._layers / f"{number:03}.safetensors"

    @property
    def is_finished(self) -> bool:
        """True once there is nothing more to do."""
        return self.facts.is_file()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep everybody else from writing here; what was cut short by a kill is swept away.

        Raises:
            AtlasInUseError: somebody else does.
            OtherAtlasError: it is no directory, or holds what is no atlas.
            OSError: it cannot be written to.
        """
        self._check_is_ours()
        for folder in (self.directory, self._shards, self._layers):
            folder.mkdir(parents=True, exist_ok=True)
        # Held by the open file: whatever ends this process lets go of it.
        with (self.directory / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise AtlasInUseError(
                    f"Another run is writing in {self.directory}. Wait for it, or name another "
                    "directory."
                ) from error
            for folder in (self.directory, self._shards, self._layers):
                for leftover in folder.glob(".*.partial"):
                    leftover.unlink(missing_ok=True)
            yield

    def _check_is_ours(self) -> None:
        if not self.directory.exists():
            return
        if not self.directory.is_dir():
            raise OtherAtlasError(f"{self.directory} is a file, and no directory.")
        strangers = [path for path in self.directory.iterdir() if path.name not in _OWN_NAMES]
        if not self._job.is_file() and strangers:
            raise OtherAtlasError(
                f"{self.directory} holds {strangers[0].name} and no atlas. Name a directory that "
                "is new or empty."
            )

    def begin(self, job: Job, manifest: Manifest) -> None:
        """Say what the atlas is of. The manifest first: where there is a job, there is one."""
        write_atomically({self._manifest: manifest.to_json(), self._job: job.to_json()})

    def begun(self) -> tuple[Job, Manifest] | None:
        """What was said, or None.

        Raises:
            DamagedRecordError: it is not to be read.
        """
        if not self._job.is_file():
            return None
        return self.job(), self.manifest()

    def job(self) -> Job:
        """What the atlas is of.

        Raises:
            DamagedRecordError: it is not to be read.
        """
        return job_of(_fields_in(self._job))

    def manifest(self) -> Manifest:
        """Its pictures.

        Raises:
            DamagedRecordError: it is not to be read.
        """
        known = _fields_in(self._manifest)
        pictures = tuple(
            AtlasPicture(
                path=each.text("path"),
                size_bytes=each.whole("size_bytes"),
                sha256=each.text("sha256"),
                class_name=each.text("class_name") if each.has("class_name") else None,
            )
            for each in known.each("pictures")
        )
        left_out = tuple(
            LeftOut(each.text("path"), each.text("reason")) for each in known.each("left_out")
        )
        return Manifest(pictures, left_out)

    def known(self) -> dict[str, Any]:
        """What `atlas.json` says, unchecked.

        Raises:
            DamagedRecordError: it is not to be read.
        """
        return _fields_in(self.facts).values

    def finish(self) -> None:
        """Take away what is not needed once the atlas is finished."""
        for path in self._shards.glob("*.safetensors"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self._shards.rmdir()


_OWN_NAMES = frozenset(
    {
        *("job.json", "manifest.json", "atlas.json", "answers.safetensors"),
        *("shards", "layers", ".lock"),
    }
)


def _fields_in(path: Path) -> Fields:
    try:
        if path.stat().st_size > _LARGEST_MANIFEST_BYTES:
            raise DamagedRecordError(f"{path} is larger than any that is written here.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedRecordError(f"{path} cannot be read ({error}).") from error
    try:
        return Fields(json.loads(text), str(path))
    except (ValueError, RecursionError) as error:
        raise DamagedRecordError(f"{path} is damaged ({error}).") from error
