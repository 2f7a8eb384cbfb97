"""Which pictures there are: every file is read once, and known by its hash from then on."""

import hashlib
from collections.abc import Callable

from app.inspection.atlas.manifest import AtlasPicture, LeftOut, Manifest
from app.stores.atlases.sources import FoundPicture, PicturesNotFoundError, PictureSource
from models.pictures import PictureLimits

_LIMITS = PictureLimits()


def count_pictures(source: PictureSource, told: Callable[[int], None]) -> Manifest:
    """The manifest of a source.

    Args:
        source: of the pictures.
        told: is called now and then with how many files were read.

    Raises:
        PicturesNotFoundError: there is not one file.
    """
    found: list[AtlasPicture] = []
    left_out: list[LeftOut] = []
    for number, each in enumerate(source.walk()):
        told(number)
        if isinstance(each, LeftOut):
            left_out.append(each)
            continue
        entry = _read(source, each)
        if isinstance(entry, LeftOut):
            left_out.append(entry)
        else:
            found.append(entry)
    if not found:
        reason = f" {left_out[0].path}: {left_out[0].reason}" if left_out else ""
        raise PicturesNotFoundError(f"There are no files in {source.name}.{reason}")
    return Manifest.of(found, left_out)


def _read(source: PictureSource, found: FoundPicture) -> AtlasPicture | LeftOut:
    try:
        data = source.read(found.path)
    except OSError as error:
        said = error.strerror or type(error).__name__
        return LeftOut(found.path, f"It cannot be read: {said}.")
    if len(data) > _LIMITS.max_bytes:
        return LeftOut(
            found.path,
            f"The file has {len(data):,} bytes; at most {_LIMITS.max_bytes:,} are accepted.",
        )
    return AtlasPicture(found.path, len(data), hashlib.sha256(data).hexdigest(), found.class_name)
