"""What a JPEG stream inside another file says of itself, read before it is decoded.

Source: ITU-T T.81, annex B (markers); TIFF Technical Note 2 (tables that stand elsewhere).
"""

import re
import struct
from dataclasses import dataclass

from models.errors import BadImageError

# Behind the start of a scan, the next marker is the first that neither escapes nor restarts. Only
# the last FF of a row of them begins it.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_START, _END, _SCAN, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}


@dataclass(frozen=True)
class JpegStream:
    """Markers of one stream.

    Attributes:
        process: 0 for baseline, 1 for extended, 2 for progressive; others by the last digit of
            their marker. None where there is no picture, as in a stream of tables.
        transform: what Adobe's marker says of the colours (0: none); None without one.
        scans: how many times the decoder goes over the picture.
        jfif: True if the stream calls itself JFIF, whose colours are YCbCr.
        ended: True if the end marker is there.
    """

    process: int | None = None
    bits: int = 0
    width: int = 0
    height: int = 0
    components: int = 0
    scans: int = 0
    jfif: bool = False
    transform: int | None = None
    ended: bool = False


def read_jpeg_stream(stream: bytes, name: str) -> JpegStream:
    """Walk over the markers.

    Raises:
        BadImageError: the stream is no JPEG, has two pictures, or ends within a marker; the message
            starts with "The {name}".
    """
    found: dict[str, int | bool | None] = {}
    scans = 0
    if stream[:2] != b"\xff\xd8":
        raise BadImageError(f"The {name} is damaged: its JPEG part does not start as one.")
    place = 2
    try:
        while match := _NEXT_MARKER.search(stream, place):
            marker, place = stream[match.end() - 1], match.end()
            if marker == _END:
                found["ended"] = True
                break
            if marker in _WITHOUT_LENGTH:
                continue
            (length,) = struct.unpack_from(">H", stream, place)
            if marker in _FRAMES:
                if "process" in found:
                    raise BadImageError(f"The {name} is damaged: its JPEG part has two pictures.")
                bits, height, width, components = struct.unpack_from(">BHHB", stream, place + 2)
                found |= {"process": marker - 0xC0, "bits": bits, "components": components}
                found |= {"width": width, "height": height}
            elif marker == _APP0 and stream[place + 2 : place + 6] == b"JFIF":
                found["jfif"] = True
            elif marker == _APP14 and stream[place + 2 : place + 7] == b"Adobe":
                found["transform"] = stream[place + 13]
            scans += marker == _SCAN
            place += length
    except (struct.error, IndexError) as error:
        raise BadImageError(
            f"The {name} is damaged or cut short: its JPEG part ends within a marker."
        ) from error
    return JpegStream(scans=scans, **found)  # type: ignore[arg-type]
