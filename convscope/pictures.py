"""Pictures of any kind as bytes of a file."""

from io import BytesIO
from pathlib import Path
from typing import Any

from convscope.errors import ConvscopeError


class BadPictureError(ConvscopeError):
    """What was given as a picture is none."""


def bytes_of(picture: Any) -> tuple[bytes, str]:
    """A picture's file and what to call it.

    Args:
        picture: a path, a file's bytes, a PIL image, an array (height, width[, channels]) or a
            tensor (channels, height, width); of whole numbers to 255 or of fractions to 1.

    Raises:
        BadPictureError: it is none of these.
    """
    if isinstance(picture, bytes):
        return picture, "picture"
    if isinstance(picture, str | Path):
        path = Path(picture)
        try:
            return path.read_bytes(), path.name
        except OSError as error:
            raise BadPictureError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not hasattr(picture, "save"):
        picture = _drawn(picture)
    kept = BytesIO()
    picture.save(kept, format="PNG")
    return kept.getvalue(), "picture.png"


def _drawn(values: Any) -> Any:
    import numpy as np
    from PIL import Image

    is_tensor = hasattr(values, "detach")
    array = np.asarray(values.detach().cpu() if is_tensor else values)
    if is_tensor and array.ndim == 3:
        array = np.moveaxis(array, 0, -1)
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[-1] not in (3, 4)):
        raise BadPictureError(
            f"A picture of shape {tuple(array.shape)} is none: an array is (height, width), with "
            "1, 3 or 4 channels last; a tensor has its channels first."
        )
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise BadPictureError(
                "A picture of fractions has them from 0 to 1. Normalised already? Give the picture "
                "as it was before: the network's own preparation follows."
            )
        array = np.round(array * 255)
    elif array.dtype.kind == "b":
        array = array * 255
    if array.min() < 0 or array.max() > 255:
        raise BadPictureError("A picture of whole numbers has them from 0 to 255.")
    return Image.fromarray(np.ascontiguousarray(array.astype(np.uint8)))
