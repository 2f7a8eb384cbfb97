"""WebP: the first frame, over white."""

import struct
from io import BytesIO

from PIL.WebPImagePlugin import WebPImageFile

from models.errors import BadImageError
from models.pictures.content.exif import read_orientation
from models.pictures.content.picture import PictureLimits, StoredPixels
from models.pictures.content.profiles import profile_of
from models.pictures.content.transparency import covering, over_white


def read_webp(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The first frame of a file on its canvas.

    What it does not cover is transparent; where no frame has alpha, Pillow leaves it black.
    """
    # The decoder takes memory for the whole canvas as soon as it is opened.
    limits.check_pixels(*_canvas(data))
    reader = WebPImageFile(BytesIO(data))
    limits.check_pixels(reader.width, reader.height)
    frames, mode = int(getattr(reader, "n_frames", 1)), reader.mode
    orientation, notes = read_orientation(reader.info.get("exif", b""))
    reader.load()
    profile, profile_notes = profile_of(reader)
    return StoredPixels(
        image=covering(over_white(reader), _first_frame(data) or (0, 0, *reader.size)),
        orientation=orientation,
        mode=mode,
        frames=frames,
        notes=notes + profile_notes,
        shown_alike=mode == "RGB" and frames == 1 and orientation == 1 and profile is None,
        profile=profile,
    )


def _first_frame(data: bytes) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom on the canvas; None where the file is no animation.

    Source: RFC 9649, section 2.7.1.1 (`ANMF` chunk).
    """
    at = 12
    while at + 24 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind == b"ANMF":
            # 24-bit numbers: half of left and top, width and height less one.
            numbers = [
                int.from_bytes(data[at + 8 + 3 * n : at + 11 + 3 * n], "little") for n in range(4)
            ]
            left, top = 2 * numbers[0], 2 * numbers[1]
            return left, top, left + numbers[2] + 1, top + numbers[3] + 1
        at += 8 + size + size % 2
    return None


def _canvas(data: bytes) -> tuple[int, int]:
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
