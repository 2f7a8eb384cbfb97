"""What the numbers of a PNG mean: the first of cICP, iCCP, sRGB, gAMA with cHRM that it has.

Source: PNG, third edition, section 4.3 ("color spaces") and 11.3.2.
"""

import struct
import zlib
from dataclasses import dataclass

from PIL import Image

from models.pictures.content.code_points import read_code_points
from models.pictures.content.matrix_profile import SRGB, Chromaticities, gamma_curve, matrix_profile
from models.pictures.content.picture import ColourProfile, PictureNote
from models.pictures.content.profiles import (
    UnusableProfileError,
    made_profile,
    unusable,
    usable_profile,
)

_LARGEST_PROFILE_BYTES = 8_000_001  # one more than is read
# Primaries and curve of sRGB, no matrix, full range.
_SRGB_CODE_POINTS = bytes([1, 13, 0, 1])
# What files carry that mean sRGB without its own chunk; libpng's tolerance.
_SCREEN_GAMMA = 1 / 2.2
_GAMMA_TOLERANCE = 0.05
_XY_TOLERANCE = 0.001


@dataclass(frozen=True)
class PngColours:
    """The meaning of the numbers.

    Attributes:
        profile: what to convert by; None if they mean sRGB or cannot be converted.
        shown_alike: browsers show the numbers as they stand.
    """

    shown_alike: bool
    profile: ColourProfile | None = None
    notes: tuple[PictureNote, ...] = ()


_PLAIN = PngColours(shown_alike=True)


def read_colours(side: dict[str, bytes], pixels: Image.Image) -> PngColours:
    """What the side data of a file say of its numbers."""
    if len(side.get("cICP", b"")) == 4:
        return _of_code_points(side["cICP"], pixels)
    if "iCCP" in side:
        return _of_profile(side["iCCP"], pixels)
    if "sRGB" in side:
        return _PLAIN
    if "gAMA" in side or "cHRM" in side:
        return _of_gamma(side, pixels)
    return _PLAIN


def _of_code_points(body: bytes, pixels: Image.Image) -> PngColours:
    primaries, transfer, _matrix, _full_range = body
    profile, notes = read_code_points(primaries, transfer, pixels)
    return PngColours(body == _SRGB_CODE_POINTS, profile, notes)


def _of_profile(body: bytes, pixels: Image.Image) -> PngColours:
    _name, _, packed = body.partition(b"\0")
    try:
        icc = zlib.decompressobj().decompress(packed[1:], _LARGEST_PROFILE_BYTES)
    except zlib.error:
        icc = b""
    profile, notes = usable_profile(icc, pixels)
    return PngColours(profile is None, profile, notes)


def _of_gamma(side: dict[str, bytes], pixels: Image.Image) -> PngColours:
    gamma, chromaticities = _gamma(side), _chromaticities(side)
    if gamma is None:
        # Primaries without a curve mean nothing to convert by; browsers ignore them.
        return PngColours(shown_alike=False)
    is_usual_gamma = abs(gamma - _SCREEN_GAMMA) * 2.2 <= _GAMMA_TOLERANCE
    if is_usual_gamma and _near(chromaticities, SRGB):
        # Meant as sRGB; some browsers take the curve at its word.
        return PngColours(shown_alike=False)
    try:
        icc = matrix_profile(chromaticities, gamma_curve(1 / gamma))
        profile = made_profile(f"gamma {gamma:.3g}", icc, pixels)
    except (ValueError, UnusableProfileError):
        return PngColours(shown_alike=False, notes=(unusable(),))
    return PngColours(shown_alike=False, profile=profile)


def _gamma(side: dict[str, bytes]) -> float | None:
    body = side.get("gAMA", b"")
    value: int = int.from_bytes(body, "big") if len(body) == 4 else 0
    return value / 100_000 if value else None


def _chromaticities(side: dict[str, bytes]) -> Chromaticities:
    body = side.get("cHRM", b"")
    if len(body) != 32:
        return SRGB
    x_y = [value / 100_000 for value in struct.unpack(">8I", body)]
    return Chromaticities(*zip(x_y[0::2], x_y[1::2], strict=True))


def _near(one: Chromaticities, other: Chromaticities) -> bool:
    return all(
        abs(mine - theirs) <= _XY_TOLERANCE
        for point, of_other in zip(vars(one).values(), vars(other).values(), strict=True)
        for mine, theirs in zip(point, of_other, strict=True)
    )
