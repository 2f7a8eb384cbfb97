"""Decode any picture a person may upload into upright 8-bit RGB, or say why not."""

import warnings
from collections.abc import Callable
from io import BytesIO

from PIL import Image

from models.errors import BadImageError, ImageTooLargeError, UnsupportedImageError
from models.pictures.content.picture import (
    Colours,
    Picture,
    PictureLimits,
    PictureNote,
    StoredPixels,
)
from models.pictures.content.profiles import applied, converted, left_aside
from models.pictures.formats import (
    ACCEPTED_FORMATS,
    name_other_file,
    name_refused_picture,
    recognise,
)
from models.pictures.readers.avif import read_avif
from models.pictures.readers.bmp import read_bmp
from models.pictures.readers.gif import read_gif
from models.pictures.readers.jpeg import read_jpeg
from models.pictures.readers.png import read_png
from models.pictures.readers.tiff.reader import read_tiff
from models.pictures.readers.webp import read_webp
from models.pictures.structure import check_structure

# Pillow warns about metadata that we do not read (a cut maker note, an odd TIFF tag): nobody could
# act on it. Filtered once for the process, because `catch_warnings` is not safe between threads.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
# Our own limit is lower than Pillow's and answers with an error.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

Reader = Callable[[bytes, PictureLimits], StoredPixels]

_TURN_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_DEFAULT_LIMITS = PictureLimits()


def decode_picture(
    data: bytes, limits: PictureLimits = _DEFAULT_LIMITS, *, colours: Colours = "stored"
) -> Picture:
    """Decode the first frame of a file.

    Transparency goes over white, 16-bit levels become 8-bit; numbers without an agreed range are
    stretched from the smallest to the largest of them, and a note says so.

    Args:
        data: the file.
        limits: what is refused before anything is decoded.
        colours: `profile` converts to sRGB by the file's colour profile where it has one.

    Raises:
        ImageTooLargeError: more bytes, pixels, scans or chunks than the limits, found before
            decoding.
        UnsupportedImageError: an intact picture of a kind that is not read here.
        BadImageError: not a picture, or a damaged one.
        MemoryError: this process may not have as much as it takes.
    """
    if not data:
        raise BadImageError("The file is empty.")
    if len(data) > limits.max_bytes:
        raise ImageTooLargeError(
            f"The file has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted."
        )
    format_name = recognise(data)
    if format_name is None:
        raise _refusal(data)
    check_structure(data, format_name, limits)
    try:
        stored = _READERS[format_name](data, limits)
    except (BadImageError, ImageTooLargeError, MemoryError):
        raise
    except Exception as error:
        # Decoders meet damage in many ways (struct.error, SyntaxError, zlib.error...).
        raise BadImageError(
            f"The {format_name} file is damaged or cut short and cannot be decoded in full."
        ) from error
    image, notes = _coloured(stored, colours)
    turn = _TURN_UPRIGHT.get(stored.orientation)
    image = image if turn is None else image.transpose(turn)
    # Text, thumbnails and profiles would live as long as the picture, and be saved with it.
    image.info = {}
    return Picture(
        image=image,
        orientation=stored.orientation,
        format=format_name,
        stored_mode=stored.mode,
        frames=stored.frames,
        served_as_is=stored.shown_alike and not notes,
        notes=notes,
    )


def encode_png(image: Image.Image) -> bytes:
    """A PNG of the picture, packed lightly: it is made to be shown once, not to be kept."""
    stream = BytesIO()
    image.save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


def encode_thumbnail(image: Image.Image, side_px: int) -> bytes:
    """A JPEG of the picture with its longer side at most so long, to recognise it by."""
    scale = min(1.0, side_px / max(image.size))
    width, height = (max(1, round(length * scale)) for length in image.size)
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    stream = BytesIO()
    small.save(stream, format="JPEG", quality=85)
    return stream.getvalue()


def _coloured(
    stored: StoredPixels, colours: Colours
) -> tuple[Image.Image, tuple[PictureNote, ...]]:
    """The pixels as asked for, and the notes with what was done about a profile."""
    if stored.profile is None:
        return stored.image, stored.notes
    if colours == "stored":
        return stored.image, (*stored.notes, left_aside(stored.profile))
    return converted(stored.profile), (*stored.notes, applied(stored.profile))


def _refusal(data: bytes) -> BadImageError:
    accepted = f"{', '.join(ACCEPTED_FORMATS[:-1])} or {ACCEPTED_FORMATS[-1]}"
    advice = f"not a picture that can be read here; send {accepted}."
    if picture := name_refused_picture(data):
        return UnsupportedImageError(f"The file is {picture}, {advice}")
    if other := name_other_file(data):
        return BadImageError(f"The file is {other}, {advice}")
    return BadImageError(f"The file is {advice}")


_READERS: dict[str, Reader] = {
    "JPEG": read_jpeg,
    "PNG": read_png,
    "WebP": read_webp,
    "GIF": read_gif,
    "BMP": read_bmp,
    "TIFF": read_tiff,
    "AVIF": read_avif,
}
