"""Decode any picture a person may upload into upright 8-bit RGB, or say why not."""

import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from models.errors import BadImageError, ImageTooLargeError
from models.pictures.bmp import read_bmp
from models.pictures.exif import read_orientation
from models.pictures.formats import ACCEPTED_FORMATS, name_refused_format, recognise
from models.pictures.picture import Picture, PictureLimits, StoredPixels
from models.pictures.tiff import read_tiff

# Pillow warns about metadata that we do not read (a cut maker note, an odd TIFF tag): nobody could
# act on it. Filtered once for the process, because `catch_warnings` is not safe between threads.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
# Our own limit is lower than Pillow's and answers with an error.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

# The format's own class instead of `Image.open`: no other decoder can be reached, and our limits
# are the only ones.
_READERS: dict[str, Callable[[BytesIO], ImageFile.ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
    "GIF": GifImageFile,
    "AVIF": AvifImageFile,
}

# Read by their tags and headers; Pillow's pixel modes do not tell all that these formats can hold.
_OWN_READERS: dict[str, Callable[[bytes, PictureLimits], StoredPixels]] = {
    "BMP": read_bmp,
    "TIFF": read_tiff,
}

_TURN_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# The gamma that screens use; a PNG with another is shown darker or lighter than its numbers.
_SCREEN_GAMMA = 1 / 2.2


_DEFAULT_LIMITS = PictureLimits()


def decode_picture(data: bytes, limits: PictureLimits = _DEFAULT_LIMITS) -> Picture:
    """Decode the first frame of a file.

    Transparency goes over white, 16-bit levels become 8-bit; numbers without an agreed range are
    stretched from the smallest to the largest of them, and a note says so.

    Raises:
        ImageTooLargeError: more bytes or pixels than the limits, found before decoding.
        BadImageError: not a picture, not an accepted format, or damaged.
    """
    if not data:
        raise BadImageError("The file is empty.")
    if len(data) > limits.max_bytes:
        raise ImageTooLargeError(
            f"The file has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted."
        )
    format_name = recognise(data)
    if format_name is None:
        raise BadImageError(_refusal(data))
    if format_name == "WebP":
        # Its decoder takes memory for the whole canvas as soon as it is opened.
        limits.check_pixels(*_webp_canvas(data))
    if format_name in _OWN_READERS:
        stored = _OWN_READERS[format_name](data, limits)
        return Picture(
            image=_turned_upright(stored.image, stored.orientation),
            orientation=stored.orientation,
            format=format_name,
            stored_mode=stored.mode,
            frames=stored.frames,
            served_as_is=False,
            notes=stored.notes,
        )
    try:
        reader = _READERS[format_name](BytesIO(data))
        limits.check_pixels(reader.width, reader.height)
        declared = _read_header(reader, format_name)
        reader.load()
        # PNG may keep its EXIF block behind the pixels.
        orientation = read_orientation(_exif_block(reader))
        image = _turned_upright(_to_rgb(reader), orientation)
    except (BadImageError, ImageTooLargeError):
        raise
    except Exception as error:
        # Decoders meet damage in many ways (struct.error, SyntaxError, zlib.error, MemoryError...).
        raise BadImageError(
            f"The {format_name} file is damaged or cut short and cannot be decoded in full."
        ) from error
    # Text, thumbnails and profiles would live as long as the picture, and be saved with it.
    image.info = {}
    return Picture(
        image=image,
        orientation=orientation,
        format=format_name,
        stored_mode=declared.mode,
        frames=declared.frames,
        served_as_is=declared.plain_pixels and (format_name == "JPEG" or orientation == 1),
    )


def encode_png(image: Image.Image) -> bytes:
    """A PNG of the picture, packed lightly: it is made to be shown once, not to be kept."""
    stream = BytesIO()
    image.save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


@dataclass(frozen=True)
class _Header:
    """What the file says of itself, read before `load` changes it."""

    mode: str
    frames: int | None
    plain_pixels: bool


def _read_header(reader: ImageFile.ImageFile, format_name: str) -> _Header:
    frames = None if format_name == "GIF" else int(getattr(reader, "n_frames", 1))
    stored = "".join(str(tile.args) for tile in reader.tile)
    plain = (
        format_name in ("JPEG", "PNG", "WebP")
        and reader.mode in ("RGB", "L")
        and frames == 1
        and not reader.has_transparency_data
        and "16" not in stored
        and abs(reader.info.get("gamma", _SCREEN_GAMMA) - _SCREEN_GAMMA) < 0.01
    )
    return _Header(mode=reader.mode, frames=frames, plain_pixels=plain)


def _refusal(data: bytes) -> str:
    name = name_refused_format(data)
    accepted = f"{', '.join(ACCEPTED_FORMATS[:-1])} or {ACCEPTED_FORMATS[-1]}"
    if name is None:
        return f"The file is not a picture that can be read here; send {accepted}."
    return f"The file is {name}, not a picture that can be read here; send {accepted}."


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """Width and height in pixels.

    Source: RFC 9649, sections 2.5 to 2.7 (`VP8 `, `VP8L` and `VP8X` chunks).
    """
    chunk = data[12:16]
    try:
        if chunk == b"VP8X":
            # Two 24-bit numbers, each one less than the side.
            width, width_high, height, height_high = struct.unpack_from("<HBHB", data, 24)
            return (width | width_high << 16) + 1, (height | height_high << 16) + 1
        if chunk == b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if chunk == b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    except struct.error as error:
        raise BadImageError("The WebP file is cut short within its header.") from error
    raise BadImageError("The WebP file is damaged: it does not start with a picture.")


def _exif_block(reader: ImageFile.ImageFile) -> bytes:
    block = reader.info.get("exif", b"")
    return block if isinstance(block, bytes) else b""


def _turned_upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURN_UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def _to_rgb(stored: Image.Image) -> Image.Image:
    """A new 8-bit RGB picture of the same size, with transparency over white."""
    if stored.mode.startswith("I;16"):
        # 65535 becomes 255 and every level its nearest: 65535 = 255 * 257.
        levels = np.array(stored, dtype=np.uint32)
        levels += 128
        levels //= 257
        return Image.fromarray(levels.astype(np.uint8)).convert("RGB")
    if stored.has_transparency_data:
        colours = stored.convert("RGBA")
        over_white = Image.new("RGB", stored.size, "white")
        over_white.paste(colours, mask=colours.getchannel("A"))
        return over_white
    return stored.convert("RGB")
