"""GIF: the first frame on its canvas, over white."""

from io import BytesIO

from PIL.GifImagePlugin import GifImageFile

from models.pictures.picture import PictureLimits, StoredPixels
from models.pictures.transparency import over_white


def read_gif(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The first frame of a file."""
    reader = GifImageFile(BytesIO(data))
    limits.check_pixels(reader.width, reader.height)
    mode = reader.mode
    reader.load()
    return StoredPixels(image=over_white(reader), orientation=1, mode=mode, frames=None)
