"""What a decoded picture is, and what is said of it."""

from dataclasses import dataclass
from typing import Literal

from PIL import Image

from models.errors import BadImageError, ImageTooLargeError

# How the numbers of a file are taken: as they stand, as torchvision and timm do, or converted to
# sRGB by the file's colour profile.
Colours = Literal["stored", "profile"]


@dataclass(frozen=True)
class PictureLimits:
    """What is refused before anything is decoded.

    Attributes:
        max_side_px: every row costs memory and time of its own, so that 50,000,000 of one pixel
            take a gigabyte and nine seconds where 65,535 rows take no more than others.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    max_side_px: int = 65_535

    def check_pixels(self, width: int, height: int) -> None:
        """Refuse a size that has no pixels, or too many.

        Raises:
            BadImageError: a side is zero.
            ImageTooLargeError: more pixels than the limit, in all or along a side.
        """
        if width < 1 or height < 1:
            raise BadImageError(f"The picture has no pixels: its size is {width} x {height}.")
        if width * height > self.max_pixels:
            raise ImageTooLargeError(
                f"The picture has {width:,} x {height:,} = {width * height:,} pixels; at most "
                f"{self.max_pixels:,} are accepted."
            )
        if max(width, height) > self.max_side_px:
            raise ImageTooLargeError(
                f"The picture is {width:,} x {height:,} pixels; at most {self.max_side_px:,} along "
                "a side are accepted."
            )


@dataclass(frozen=True)
class PictureNote:
    """Something that a person should know of how the file was read; the picture is whole.

    Attributes:
        code: a stable slug for programs, `profile-left-aside`.
        text: a sentence or two for people.
        alternative: the colours that read the file the other way; None if there is no other.
    """

    code: str
    text: str
    alternative: Colours | None = None


def missing_end(format_name: str) -> PictureNote:
    """What is said of a file that breaks off behind its last pixel."""
    return PictureNote(
        "end-marker-missing",
        f"The {format_name} file breaks off before its end marker; every pixel is there.",
    )


def palette_too_short(pixels: int) -> PictureNote:
    """What is said where so many pixels have a number without a colour."""
    return PictureNote(
        "palette-too-short",
        f"{pixels:,} pixels have a number that the file's palette lacks; they are shown black.",
    )


@dataclass(frozen=True, eq=False)
class ColourProfile:
    """What the numbers of a file mean, where the file says so.

    Attributes:
        name: `Display P3`.
        icc: the profile in the form of ICC.1.
        pixels: what it speaks of, 8 bits a channel: mode L, LA, RGB, RGBA, P or CMYK.
    """

    name: str
    icc: bytes
    pixels: Image.Image


@dataclass(frozen=True, eq=False)
class StoredPixels:
    """What a reader of one format hands over: 8-bit RGB as the file stores it.

    Attributes:
        image: mode RGB; transparency already over white; not yet turned by `orientation`.
        orientation: 1 to 8, as EXIF counts.
        mode: the name of the file's own pixels, `RGB`, `P`, `CMYK`, `I;16`.
        frames: how many the header declares; None where it declares nothing.
        notes: what was left aside, stretched or missing.
        shown_alike: browsers show these very pixels of the file, turned by its orientation.
        profile: a colour profile that means other colours than sRGB; not applied to `image`.
    """

    image: Image.Image
    orientation: int
    mode: str
    frames: int | None = 1
    notes: tuple[PictureNote, ...] = ()
    shown_alike: bool = False
    profile: ColourProfile | None = None


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        image: mode RGB, upright, in memory, without metadata. Unless that was asked for, colour
            profiles are not applied: the numbers are the file's, as networks were trained on them.
        orientation: EXIF orientation of the file, 1 to 8.
        format: one of `ACCEPTED_FORMATS`.
        stored_mode: a name for the file's pixels, `RGB`, `P`, `CMYK`, `I;16`.
        frames: how many the header declares; `image` is the first. None for GIF and TIFF, which
            declare nothing.
        served_as_is: a browser shows the original file as we decoded it.
        notes: what a person should know of how it was read.
    """

    image: Image.Image
    orientation: int
    format: str
    stored_mode: str
    frames: int | None
    served_as_is: bool
    notes: tuple[PictureNote, ...] = ()

    @property
    def width(self) -> int:
        return self.image.width

    @property
    def height(self) -> int:
        return self.image.height
