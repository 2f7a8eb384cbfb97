"""AVIF: the first frame, over white."""

import struct
from io import BytesIO

from PIL.AvifImagePlugin import AvifImageFile

from models.pictures.content.code_points import read_code_points
from models.pictures.content.exif import read_orientation
from models.pictures.content.picture import ColourProfile, PictureLimits, PictureNote, StoredPixels
from models.pictures.content.profiles import profile_of
from models.pictures.content.transparency import over_white


def read_avif(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The first frame of a file.

    The orientation is that of the container's boxes `irot` and `imir`; Pillow tells it as EXIF.
    """
    reader = AvifImageFile(BytesIO(data))
    limits.check_pixels(reader.width, reader.height)
    mode = reader.mode
    orientation, notes = read_orientation(reader.info.get("exif", b""))
    reader.load()
    profile, colour_notes = _colours(data, reader)
    return StoredPixels(
        image=over_white(reader),
        orientation=orientation,
        mode=mode,
        frames=reader.n_frames,
        notes=notes + colour_notes,
        profile=profile,
    )


def _colours(
    data: bytes, reader: AvifImageFile
) -> tuple[ColourProfile | None, tuple[PictureNote, ...]]:
    """By the profile if there is one, else by the code points of the box `colr`.

    Source: ISO/IEC 14496-12, section 12.1.5.
    """
    if reader.info.get("icc_profile"):
        return profile_of(reader)
    box = data.find(b"colrnclx")
    if box < 0 or box + 12 > len(data):
        return None, ()
    primaries, transfer = struct.unpack_from(">HH", data, box + 8)
    return read_code_points(primaries, transfer, reader)
