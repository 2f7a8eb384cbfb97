"""AVIF: the first frame, over white."""

from io import BytesIO

from PIL.AvifImagePlugin import AvifImageFile

from models.pictures.exif import read_orientation
from models.pictures.picture import PictureLimits, StoredPixels
from models.pictures.transparency import over_white


def read_avif(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The first frame of a file.

    The orientation is that of the container's boxes `irot` and `imir`; Pillow tells it as EXIF.
    """
    reader = AvifImageFile(BytesIO(data))
    limits.check_pixels(reader.width, reader.height)
    mode = reader.mode
    orientation = read_orientation(reader.info.get("exif", b""))
    reader.load()
    return StoredPixels(
        image=over_white(reader), orientation=orientation, mode=mode, frames=reader.n_frames
    )
