"""Colour profiles made of primaries, a white point and a curve, in the form of ICC.1."""

import struct
from dataclasses import dataclass

import numpy as np

# CIE xy of the illuminant of every profile, and the cone responses by which colours are carried
# over to it. Source: ICC.1:2022, sections 7.2.16 and annex E.
_D50_XYZ = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

Point = tuple[float, float]


@dataclass(frozen=True)
class Chromaticities:
    """CIE xy of the white point and of the three primaries."""

    white: Point
    red: Point
    green: Point
    blue: Point


SRGB = Chromaticities((0.3127, 0.3290), (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))

# ICC.1:2022, section 10.18: the kind of a parametric curve and its parameters.
Curve = tuple[int, tuple[float, ...]]
SRGB_CURVE: Curve = (3, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))


def gamma_curve(exponent: float) -> Curve:
    """Light is the number, from 0 to 1, to this power."""
    return 0, (exponent,)


def matrix_profile(chromaticities: Chromaticities, curve: Curve) -> bytes:
    """The profile of a screen with these primaries and this curve.

    Raises:
        ValueError: the chromaticities are those of no screen.
    """
    colorants = _colorants(chromaticities)
    kind, parameters = curve
    shape = b"para" + bytes(4) + struct.pack(">HH", kind, 0)
    shape += b"".join(_fixed(parameter) for parameter in parameters)
    text = b"mluc" + bytes(4) + struct.pack(">II2sHII", 1, 12, b"en", 0, 2, 28) + b"\0x"
    tags = [
        *((name, text) for name in (b"desc", b"cprt")),
        (b"wtpt", _xyz(_D50_XYZ)),
        *((b"rgb"[at : at + 1] + b"XYZ", _xyz(colorants[:, at])) for at in range(3)),
        *((name, shape) for name in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    table, bodies = struct.pack(">I", len(tags)), b""
    bodies_start = 128 + 4 + 12 * len(tags)
    for name, body in tags:
        table += name + struct.pack(">II", bodies_start + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    size = struct.pack(">I", bodies_start + len(bodies))
    # Version 2: in 4, littlecms would darken the darkest colour of a picture to black.
    header = size + bytes(4) + b"\2\x40\0\0" + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    header += b"".join(_fixed(value) for value in _D50_XYZ)
    return header + bytes(128 - len(header)) + table + bodies


def _colorants(chromaticities: Chromaticities) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """XYZ of full red, green and blue in columns, as seen under the profile's illuminant."""
    points = (chromaticities.red, chromaticities.green, chromaticities.blue)
    if not all(y > 0 for _, y in (*points, chromaticities.white)):
        raise ValueError(chromaticities)
    directions = np.array([_direction(point) for point in points]).T
    white = _direction(chromaticities.white)
    try:
        shares = np.linalg.solve(directions, white)
    except np.linalg.LinAlgError as error:
        raise ValueError(chromaticities) from error
    if not np.all(shares > 0):
        raise ValueError(chromaticities)
    scale = np.diag((_BRADFORD @ _D50_XYZ) / (_BRADFORD @ white))
    adaptation = np.linalg.inv(_BRADFORD) @ scale @ _BRADFORD
    found: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = adaptation @ (directions * shares)
    return found


def _direction(point: Point) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """XYZ of a colour with luminance 1."""
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _xyz(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(float(value)) for value in values)


def _fixed(value: float) -> bytes:
    """A number in 16.16 bits; ValueError where it does not fit."""
    number = round(value * 65536)
    if not -(2**31) <= number < 2**31:
        raise ValueError(value)
    return struct.pack(">i", number)
