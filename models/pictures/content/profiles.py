"""Colour profiles: what they are called, whether they mean sRGB, and conversion to sRGB."""

from dataclasses import replace
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from models.pictures.content.matrix_profile import SRGB, SRGB_CURVE, matrix_profile
from models.pictures.content.picture import ColourProfile, PictureNote
from models.pictures.content.transparency import over_white

# Profiles of printing presses have a megabyte or two; what is larger is none.
_LARGEST_BYTES = 8_000_000
_LONGEST_NAME = 60
# The header (ICC.1:2022, table 17) has at 16 the colour space and at 36 the signature.
_SPACES = {b"GRAY": ("L", "LA"), b"RGB ": ("RGB", "RGBA", "P"), b"CMYK": ("CMYK",)}
# Every 8-bit level of grey, and a grid of colours, in one picture.
_GRID_LEVELS = (0, 1, 4, 16, 32, 64, 96, 128, 160, 192, 224, 240, 255)
_SRGB_ICC = matrix_profile(SRGB, SRGB_CURVE)
# Of an 8-bit level: profiles that call themselves sRGB differ by their rounding.
_SRGB_TOLERANCE = 2


class UnusableProfileError(Exception):
    """The profile is damaged, too large or for other pixels; browsers ignore it as well."""


def read_profile(icc: bytes, pixels: Image.Image) -> ColourProfile | None:
    """The profile of these pixels; None if it means sRGB, which screens show unconverted.

    Raises:
        UnusableProfileError: it cannot be applied.
    """
    if len(icc) > _LARGEST_BYTES or icc[36:40] != b"acsp":
        raise UnusableProfileError
    if pixels.mode not in _SPACES.get(icc[16:20], ()):
        raise UnusableProfileError
    try:
        described = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc)))
        means_srgb = pixels.mode != "CMYK" and _means_srgb(icc, pixels.mode)
        if pixels.mode == "CMYK":
            _in_srgb(Image.new("CMYK", (1, 1)), icc)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise UnusableProfileError from error
    if means_srgb:
        return None
    name = "".join(letter for letter in described if letter.isprintable()).strip()
    return ColourProfile(name[:_LONGEST_NAME] or "without a name", icc, pixels)


def usable_profile(
    icc: bytes | None, pixels: Image.Image
) -> tuple[ColourProfile | None, tuple[PictureNote, ...]]:
    """The profile unless it means sRGB, and what is to be said if nobody can follow it."""
    if icc is None:
        return None, ()
    try:
        return read_profile(icc, pixels), ()
    except UnusableProfileError:
        return None, (unusable(),)


def profile_of(decoded: Image.Image) -> tuple[ColourProfile | None, tuple[PictureNote, ...]]:
    """The same of the profile that Pillow found beside the pixels."""
    return usable_profile(decoded.info.get("icc_profile") or None, decoded)


def left_aside(profile: ColourProfile) -> PictureNote:
    """What is said where the numbers are taken as they stand."""
    return PictureNote(
        "profile-left-aside",
        f"The colour profile “{profile.name}” is left aside, as torchvision and timm do: network "
        "and page take the file's own numbers.",
        alternative="profile",
    )


def applied(profile: ColourProfile) -> PictureNote:
    """What is said where the profile was followed."""
    return PictureNote(
        "profile-applied",
        f"The colours are converted to sRGB by the profile “{profile.name}”; torchvision and "
        "timm would leave it aside.",
        alternative="stored",
    )


def unusable() -> PictureNote:
    """What is said of a profile, or of primaries, that nobody can follow."""
    return PictureNote(
        "profile-damaged",
        "The colour profile is damaged or made for other pixels; it is left aside.",
    )


def converted(profile: ColourProfile) -> Image.Image:
    """The pixels in sRGB, mode RGB, transparency over white."""
    pixels = profile.pixels
    if not pixels.has_transparency_data:
        plain = pixels.convert("RGB") if pixels.mode == "P" else pixels
        return _in_srgb(plain, profile.icc)
    with_alpha = pixels.convert("RGBA") if pixels.mode == "P" else pixels
    *colours, alpha = with_alpha.split()
    plain = colours[0] if len(colours) == 1 else Image.merge("RGB", colours)
    in_srgb = _in_srgb(plain, profile.icc)
    return over_white(Image.merge("RGBA", (*in_srgb.split(), alpha)))


def made_profile(name: str, icc: bytes, pixels: Image.Image) -> ColourProfile | None:
    """A profile made of primaries and a curve; it speaks of grey as well as of colours.

    Raises:
        UnusableProfileError: the primaries are those of no screen.
    """
    colours = pixels.convert({"L": "RGB", "LA": "RGBA"}.get(pixels.mode, pixels.mode))
    found = read_profile(icc, colours)
    return found and replace(found, name=name)


def _in_srgb(pixels: Image.Image, icc: bytes) -> Image.Image:
    """By a profile's perceptual table where it has one, else relative colorimetric, as browsers."""
    source, target = (ImageCms.ImageCmsProfile(BytesIO(each)) for each in (icc, _SRGB_ICC))
    intent = ImageCms.Intent.PERCEPTUAL
    result = ImageCms.profileToProfile(pixels, source, target, intent, "RGB")
    if result is None:  # only a conversion in place returns nothing
        raise UnusableProfileError
    return result


@cache
def _grid() -> Image.Image:
    """Mode RGB."""
    colours = np.stack(np.meshgrid(*(_GRID_LEVELS,) * 3, indexing="ij"), axis=-1).reshape(1, -1, 3)
    greys = np.repeat(np.arange(256)[None, :, None], 3, axis=2)
    return Image.fromarray(np.concatenate([colours, greys], axis=1).astype(np.uint8))


def _means_srgb(icc: bytes, mode: str) -> bool:
    grid = _grid().convert("L") if mode in ("L", "LA") else _grid()
    moved = np.asarray(_in_srgb(grid, icc)).astype(int) - np.asarray(grid.convert("RGB"))
    return int(np.abs(moved).max()) <= _SRGB_TOLERANCE
