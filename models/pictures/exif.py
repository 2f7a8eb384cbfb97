"""Read the one EXIF field that moves pixels: which way up the picture is."""

import struct

_ORIENTATION_TAG = 274
_SHORT, _LONG = 3, 4
_ENTRY_BYTES = 12


def read_orientation(exif: bytes) -> int:
    """The orientation 1 to 8 in an EXIF block; 1 where it is missing, damaged or out of range.

    Damaged EXIF is common (editors cut it), and never a reason to refuse a picture.

    Source: EXIF 2.32 (JEITA CP-3451), section 4.6.2: an EXIF block is a TIFF header and its image
    file directories.
    """
    block = exif
    while block.startswith(b"Exif\0\0"):
        block = block[6:]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return 1
    try:
        (directory_offset,) = struct.unpack_from(f"{order}I", block, 4)
        (entry_count,) = struct.unpack_from(f"{order}H", block, directory_offset)
        for entry_index in range(entry_count):
            entry_offset = directory_offset + 2 + entry_index * _ENTRY_BYTES
            tag, kind, count = struct.unpack_from(f"{order}HHI", block, entry_offset)
            if tag == _ORIENTATION_TAG and count == 1 and kind in (_SHORT, _LONG):
                code = "H" if kind == _SHORT else "I"
                (value,) = struct.unpack_from(f"{order}{code}", block, entry_offset + 8)
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
