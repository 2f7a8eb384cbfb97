"""PNG."""

from io import BytesIO

from PIL.PngImagePlugin import PngImageFile

from models.pictures.exif import read_orientation
from models.pictures.levels import in_eight_bits
from models.pictures.picture import PictureLimits, StoredPixels
from models.pictures.transparency import over_white

# The gamma that screens use; a PNG with another is shown darker or lighter than its numbers.
_SCREEN_GAMMA = 1 / 2.2


def read_png(data: bytes, limits: PictureLimits) -> StoredPixels:
    """The picture of a file."""
    reader = PngImageFile(BytesIO(data))
    limits.check_pixels(reader.width, reader.height)
    mode, frames = reader.mode, int(getattr(reader, "n_frames", 1))
    stored = "".join(str(tile.args) for tile in reader.tile)
    shown_alike = (
        mode in ("RGB", "L")
        and frames == 1
        and not reader.has_transparency_data
        and "16" not in stored
        and abs(reader.info.get("gamma", _SCREEN_GAMMA) - _SCREEN_GAMMA) < 0.01
    )
    reader.load()
    # PNG may keep its EXIF block behind the pixels.
    orientation = read_orientation(reader.info.get("exif", b""))
    return StoredPixels(
        image=in_eight_bits(reader) if mode.startswith("I;16") else over_white(reader),
        orientation=orientation,
        mode=mode,
        frames=frames,
        shown_alike=shown_alike and orientation == 1,
    )
