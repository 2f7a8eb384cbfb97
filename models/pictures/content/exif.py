"""Read the one EXIF field that moves pixels: which way up the picture is."""

import struct

from models.pictures.content.picture import PictureNote

_ORIENTATION_TAG = 274
_SHORT = 3
_ENTRY_BYTES = 12


def read_orientation(exif: bytes) -> tuple[int, tuple[PictureNote, ...]]:
    """The orientation 1 to 8 in an EXIF block; 1 where it is missing, damaged or out of range.

    Damaged EXIF is common (editors cut it), and never a reason to refuse a picture. Only a single
    SHORT counts, as the standard says and browsers do; Pillow would turn by any type. Where another
    type would turn the picture, a note says so.

    Source: EXIF 2.32 (JEITA CP-3451), sections 4.6.2 and 4.6.4: an EXIF block is a TIFF header and
    its image file directories; Orientation is a SHORT.
    """
    block = exif
    while block.startswith(b"Exif\0\0"):
        block = block[6:]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return 1, ()
    try:
        (directory_offset,) = struct.unpack_from(f"{order}I", block, 4)
        (entry_count,) = struct.unpack_from(f"{order}H", block, directory_offset)
        for entry_index in range(entry_count):
            entry_offset = directory_offset + 2 + entry_index * _ENTRY_BYTES
            tag, kind, count = struct.unpack_from(f"{order}HHI", block, entry_offset)
            if tag != _ORIENTATION_TAG:
                continue
            if kind != _SHORT or count != 1:
                return 1, (_not_a_short(),)
            (value,) = struct.unpack_from(f"{order}H", block, entry_offset + 8)
            return (int(value) if 1 <= value <= 8 else 1), ()
    except struct.error:
        pass
    return 1, ()


def _not_a_short() -> PictureNote:
    return PictureNote(
        "orientation-left-aside",
        "The file says which way up it is in a form that EXIF does not have and browsers ignore; "
        "the picture is not turned.",
    )
