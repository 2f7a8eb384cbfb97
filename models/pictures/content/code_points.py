"""Colours by code points, as PNG (`cICP`) and AVIF (`nclx`) name them.

Source: ITU-T H.273, tables 2 and 3.
"""

from PIL import Image

from models.pictures.content.matrix_profile import (
    SRGB,
    SRGB_CURVE,
    Chromaticities,
    gamma_curve,
    matrix_profile,
)
from models.pictures.content.picture import ColourProfile, PictureNote
from models.pictures.content.profiles import made_profile

_D65 = (0.3127, 0.3290)
# 2 says nothing; screens show the curves of cameras (1, 6) as they show sRGB.
_LIKE_SRGB_PRIMARIES, _LIKE_SRGB_TRANSFERS = (1, 2), (1, 2, 6, 13)
_PRIMARIES = {
    1: ("BT.709", SRGB),
    5: ("BT.601, 625 lines", Chromaticities(_D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06))),
    6: ("BT.601, 525 lines", Chromaticities(_D65, (0.63, 0.34), (0.31, 0.595), (0.155, 0.07))),
    9: ("BT.2020", Chromaticities(_D65, (0.708, 0.292), (0.17, 0.797), (0.131, 0.046))),
    12: ("Display P3", Chromaticities(_D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))),
}
# Only where screens agree on the light of a number: they do not for the curves of high dynamic
# range (16, 18).
_CURVES = {4: gamma_curve(2.2), 5: gamma_curve(2.8), 8: gamma_curve(1.0), 13: SRGB_CURVE}


def read_code_points(
    primaries: int, transfer: int, pixels: Image.Image
) -> tuple[ColourProfile | None, tuple[PictureNote, ...]]:
    """The profile of the code points unless they mean sRGB, or a note that they are left aside."""
    if primaries in _LIKE_SRGB_PRIMARIES and transfer in _LIKE_SRGB_TRANSFERS:
        return None, ()
    named, curve = _PRIMARIES.get(primaries), _CURVES.get(transfer)
    if named is None or curve is None:
        return None, (_left_aside(primaries, transfer),)
    name, chromaticities = named
    return made_profile(name, matrix_profile(chromaticities, curve), pixels), ()


def _left_aside(primaries: int, transfer: int) -> PictureNote:
    curve = {1: "BT.709", 16: "PQ", 18: "HLG"}.get(transfer, f"number {transfer}")
    named = _PRIMARIES.get(primaries)
    return PictureNote(
        "colours-left-aside",
        f"The file names its colours by code points (primaries "
        f"{named[0] if named else f'number {primaries}'}, curve {curve}) that are not converted "
        "here; network and page take the file's own numbers.",
    )
