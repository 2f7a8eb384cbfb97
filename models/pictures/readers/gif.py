"""GIF: the first frame on its canvas, over white."""

from io import BytesIO

from PIL.GifImagePlugin import GifImageFile

from models.pictures.content.picture import PictureLimits, StoredPixels
from models.pictures.content.transparency import covering, over_white


def read_gif(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The first frame of a file.

    What the frame does not cover is transparent, whatever background colour the file names, as
    browsers have it; Pillow would fill it with a colour of the palette.
    """
    reader = GifImageFile(BytesIO(data))
    limits.check_pixels(reader.width, reader.height)
    mode = reader.mode
    covered = reader.tile[0].extents or (0, 0, *reader.size)
    reader.load()
    image = covering(over_white(reader), covered)
    return StoredPixels(image=image, orientation=1, mode=mode, frames=None)
