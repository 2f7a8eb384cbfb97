"""JPEG."""

from io import BytesIO

from PIL.JpegImagePlugin import JpegImageFile

from models.pictures.exif import read_orientation
from models.pictures.picture import PictureLimits, StoredPixels
from models.pictures.transparency import over_white


def read_jpeg(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The picture of a file."""
    reader = JpegImageFile(BytesIO(data))
    limits.check_pixels(reader.width, reader.height)
    mode = reader.mode
    orientation = read_orientation(reader.info.get("exif", b""))
    reader.load()
    return StoredPixels(
        image=over_white(reader),
        orientation=orientation,
        mode=mode,
        shown_alike=mode in ("RGB", "L"),
    )
