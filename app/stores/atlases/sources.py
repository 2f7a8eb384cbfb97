"""Where the pictures of an atlas come from: a folder, a list of paths, or a data set."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Protocol

from PIL import Image

from app.inspection.atlas.manifest import LeftOut
from models.data.dataset import LabelledPictures
from models.data.datasets import DATASETS, load_dataset
from models.disk.checked_fields import Fields, can_be_written
from models.disk.file_kinds import is_directory, is_file
from models.errors import ConvscopeError

_NO_UTF8 = "Its name is not UTF-8."


class PicturesNotFoundError(ConvscopeError):
    """There are no pictures where somebody said that there are."""


@dataclass(frozen=True)
class FoundPicture:
    """A file that may be a picture, and the class that it is in, if any."""

    path: str
    class_name: str | None


class PictureSource(Protocol):
    """Where pictures are."""

    @property
    def name(self) -> str:
        """What people call them."""

    def walk(self) -> Iterator[FoundPicture | LeftOut]:
        """All that is there.

        Raises:
            PicturesNotFoundError: nothing is to be found at all.
        """

    def read(self, path: str) -> bytes:
        """The file of a picture, by the path that `walk` gave it.

        Raises:
            OSError: it is not there, or not to be read.
        """

    def described(self) -> dict[str, str]:
        """What `source_of_description` makes it of again, in another process."""


@dataclass(frozen=True)
class FolderSource:
    """Every file below a folder; the folders in it are classes, however deep a picture lies."""

    root: Path

    @property
    def name(self) -> str:
        return self.root.name or str(self.root)

    def walk(self) -> Iterator[FoundPicture | LeftOut]:
        def refuse(error: OSError) -> None:
            raise PicturesNotFoundError(
                f"The folder {error.filename} cannot be read ({error.strerror})."
            ) from error

        for folder, folders, files in os.walk(self.root, onerror=refuse):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            inside = Path(folder).relative_to(self.root)
            for name in sorted(files):
                if name.startswith("."):
                    continue
                path = (inside / name).as_posix()
                if not can_be_written(path):
                    yield LeftOut(ascii(path)[1:-1], _NO_UTF8)
                else:
                    yield FoundPicture(path, inside.parts[0] if inside.parts else None)

    def read(self, path: str) -> bytes:
        return _read_file(_below(self.root, path))

    def described(self) -> dict[str, str]:
        return {"kind": "folder", "place": str(self.root)}


@dataclass(frozen=True)
class ListSource:
    """A text file with a path a line, and behind a tab its class; else its folder is that.

    Paths that do not begin at the root begin at the list's folder. Empty lines and lines that begin
    with `#` are passed over.
    """

    file: Path

    @property
    def name(self) -> str:
        return self.file.stem

    def walk(self) -> Iterator[FoundPicture | LeftOut]:
        try:
            lines = self.file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise PicturesNotFoundError(
                f"{self.file} is no list of paths: it is no text in UTF-8."
            ) from error
        except OSError as error:
            raise PicturesNotFoundError(
                f"{self.file} cannot be read ({error.strerror})."
            ) from error
        for line in lines:
            path, tab, class_name = line.partition("\t")
            if not path.strip() or path.startswith("#"):
                continue
            folder = PurePosixPath(path).parent.name
            yield FoundPicture(path, class_name.strip() if tab else folder or None)

    def read(self, path: str) -> bytes:
        return _read_file(self.file.parent / path)

    def described(self) -> dict[str, str]:
        return {"kind": "list", "place": str(self.file)}


@dataclass(frozen=True)
class DataSetSource:
    """A data set that can be trained on, each of its pictures as a file."""

    data_set: str

    @property
    def name(self) -> str:
        return self.data_set

    @cached_property
    def _pictures(self) -> Mapping[str, tuple[LabelledPictures, int]]:
        found = load_dataset(self.data_set)
        parts = (("training", found.training), ("held-out", found.held_out))
        return {
            f"{found.class_names[label]}/{part}-{number:05}.bmp": (pictures, number)
            for part, pictures in parts
            for number, label in enumerate(pictures.labels.tolist())
        }

    def walk(self) -> Iterator[FoundPicture | LeftOut]:
        for path in self._pictures:
            yield FoundPicture(path, path.partition("/")[0])

    def read(self, path: str) -> bytes:
        if path not in self._pictures:
            raise FileNotFoundError(2, "No such picture in the data set", path)
        pictures, number = self._pictures[path]
        levels = (pictures.pictures[number] * 255).round().clamp(0, 255).byte()
        shown = levels[0] if len(levels) == 1 else levels.permute(1, 2, 0)
        stream = BytesIO()
        # The one format of which no version of a library packs the same pixels otherwise.
        Image.fromarray(shown.contiguous().numpy()).save(stream, "BMP")
        return stream.getvalue()

    def described(self) -> dict[str, str]:
        return {"kind": "data set", "place": self.data_set}


def source_of(text: str) -> PictureSource:
    """What a command line names.

    Raises:
        PicturesNotFoundError: there is nothing of that name.
    """
    path = Path(os.path.abspath(text))  # noqa: PTH100  `..` goes, and links stay
    if text in DATASETS and not is_directory(path):
        return DataSetSource(text)
    if is_directory(path):
        return FolderSource(path)
    if is_file(path):
        return ListSource(path)
    raise PicturesNotFoundError(
        f"There is no {text}. Name a folder of pictures, a text file with a path a line, or a data "
        f"set: {', '.join(sorted(DATASETS))}."
    )


def source_of_description(described: Fields) -> PictureSource:
    """The source of which `described` was told.

    Raises:
        DamagedRecordError: it is none.
    """
    kind = described.text("kind", ("folder", "list", "data set"))
    place = described.text("place")
    match kind:
        case "folder":
            return FolderSource(Path(place))
        case "list":
            return ListSource(Path(place))
        case _:
            return DataSetSource(place)


def _below(root: Path, path: str) -> Path:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise FileNotFoundError(2, "No such picture in the folder", path)
    return root / parts


def _read_file(path: Path) -> bytes:
    if not path.is_file():
        # A pipe or a device would be waited for.
        raise FileNotFoundError(2, "No such file", str(path))
    return path.read_bytes()
