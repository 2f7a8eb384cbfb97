"""One's own pictures as a data set: a folder that holds one folder of pictures for each class."""

import re
from collections import Counter
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from models.data.dataset import (
    Dataset,
    LabelledPictures,
    Loading,
    LoadingProgress,
    SkippedPicture,
    UnusableDataError,
    held_out_mask,
    nobody,
)
from models.disk.checked_fields import can_be_written
from models.disk.file_kinds import is_directory
from models.errors import BadImageError, ImageTooLargeError
from models.pictures import decode_picture
from models.preprocessing.preprocessing import PhotographPreprocessing

PICTURE_SIZE_PX = 32
# 12 kB a picture in memory, so that a folder given by mistake does not fill it.
MAXIMUM_PICTURES = 50_000
HELD_OUT_SHARE = 0.2
SPLIT_SEED = 0

_PLAIN = PhotographPreprocessing(
    resize=PICTURE_SIZE_PX,
    crop=PICTURE_SIZE_PX,
    interpolation="bilinear",
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
)


def picture_folder(folder: Path, progress: LoadingProgress = nobody) -> Dataset:
    """Read every picture below the class folders of `folder`.

    Classes are its folders, in the order of their names; a picture may lie deeper inside. Hidden
    files are passed over. What is no picture, or a damaged one, is left out and listed. A fifth
    of each class, at least one picture, is held out.

    Every picture is resized until its shorter side is 32 px and cut to its middle.

    Raises:
        UnusableDataError: no folder, fewer than two classes, a class with fewer than two readable
            pictures, or too many pictures.
    """
    files = _files_by_class(folder)
    pictures: list[Tensor] = []
    labels: list[int] = []
    skipped: list[SkippedPicture] = []
    total = sum(map(len, files.values()))
    for label, paths in enumerate(files.values()):
        for path in paths:
            progress(Loading("reading", folder.name, len(labels) + len(skipped), total, "files"))
            try:
                pictures.append(shrunk(decode_picture(path.read_bytes()).image))
            except (BadImageError, ImageTooLargeError, OSError) as error:
                name = path.relative_to(folder).as_posix()
                skipped.append(SkippedPicture(name, str(error)))
            else:
                labels.append(label)
    _check_counts(folder, list(files), labels, skipped)
    all_labels = torch.tensor(labels)
    all_pictures = torch.stack(pictures)
    held_out = held_out_share(all_labels)
    return Dataset(
        name=f"folder_{_slug(folder)}",
        source=f"pictures in the folder {folder.resolve().name}",
        class_names=tuple(files),
        training=LabelledPictures(all_pictures[~held_out], all_labels[~held_out]),
        held_out=LabelledPictures(all_pictures[held_out], all_labels[held_out]),
        held_out_positions=held_out.nonzero().flatten(),
        split_seed=SPLIT_SEED,
        kind="photograph",
        skipped=tuple(skipped),
    )


def _files_by_class(folder: Path) -> dict[str, list[Path]]:
    try:
        class_folders = sorted(
            path
            for path in folder.iterdir()
            if not path.name.startswith(".") and is_directory(path)
        )
        files = {
            path.name: sorted(
                file
                for file in path.rglob("*")
                if _is_picture(file)
                and not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
            for path in class_folders
        }
    except OSError as error:
        raise UnusableDataError(
            f"The folder {folder} cannot be read ({error.strerror or error})."
        ) from error
    count = sum(len(paths) for paths in files.values())
    if count > MAXIMUM_PICTURES:
        raise UnusableDataError(
            f"{folder} holds {count:,} files; at most {MAXIMUM_PICTURES:,} are read."
        )
    unwritable = [name for name in files if not can_be_written(name)]
    if unwritable:
        raise UnusableDataError(
            f"Class folders in {folder} need names in UTF-8; this one's is not: {unwritable[0]!a}."
        )
    if len(files) < 2:
        found = f"only {next(iter(files))!r}" if files else "none"
        raise UnusableDataError(
            f"{folder} must hold at least two folders, one for each class, with pictures in "
            f"them; there is {found}."
        )
    return files


def _is_picture(path: Path) -> bool:
    """True for a file, and for what cannot be looked at: to read it fails, and says why."""
    try:
        return path.is_file()
    except OSError:
        return True


def shrunk(picture: Image.Image) -> Tensor:
    """A picture as networks of small pictures learn from it: float32 (3, 32, 32) in [0, 1]."""
    return _PLAIN.prepare(picture).tensor[0]


def held_out_share(labels: Tensor) -> Tensor:
    """Which pictures are held out: a fifth of each class, at least one, the same every time.

    Args:
        labels: int64 (count,).

    Returns:
        bool (count,).
    """
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for label, count in Counter(labels.tolist()).items():
        of_class = labels == label
        share = max(1, round(HELD_OUT_SHARE * count))
        held_out[of_class] = held_out_mask(labels[of_class], share, SPLIT_SEED)
    return held_out


def _check_counts(
    folder: Path, class_names: list[str], labels: list[int], skipped: list[SkippedPicture]
) -> None:
    counts = Counter(labels)
    scarce = {name: counts[label] for label, name in enumerate(class_names) if counts[label] < 2}
    if not scarce:
        return
    listed = ", ".join(f"{name} has {count}" for name, count in scarce.items())
    hint = f" {len(skipped)} could not be read, {skipped[0].file} first." if skipped else ""
    raise UnusableDataError(
        f"Every class in {folder} needs at least two pictures, one to train on and one to hold "
        f"out; {listed}.{hint}"
    )


def _slug(folder: Path) -> str:
    """The folder's name in the letters of a model id."""
    return re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_") or "pictures"
