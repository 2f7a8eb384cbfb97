"""What a JPEG stream inside another file says of itself, read before it is decoded.

Source: ITU-T T.81, annex B (markers); TIFF Technical Note 2 (tables that stand elsewhere).
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.errors import BadImageError, ImageTooLargeError

# Behind the start of a scan, the next marker is the first that neither escapes nor restarts. Only
# the last FF of a row of them begins it.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_TEMPORARY, _END, _SCAN, _APP0, _APP14 = 0x01, 0xD9, 0xDA, 0xE0, 0xEE
# A picture has a dozen or two.
_MOST_SEGMENTS = 1000
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class JpegStream:
    """Markers of one stream.

    Attributes:
        process: 0 for baseline, 1 for extended, 2 for progressive; others by the last digit of
            their marker. None where there is no picture, as in a stream of tables.
        transform: what Adobe's marker says of the colours (0: none); None without one.
        scans: how many times the decoder goes over the picture.
        jfif: True if the stream calls itself JFIF, whose colours are YCbCr.
        end: where the end marker stands; None where it is missing.
    """

    process: int | None = None
    bits: int = 0
    width: int = 0
    height: int = 0
    components: int = 0
    scans: int = 0
    jfif: bool = False
    transform: int | None = None
    end: int | None = None


def read_jpeg_stream(stream: bytes, name: str) -> JpegStream:
    """Walk over the markers.

    Raises:
        BadImageError: the stream is no JPEG, has two pictures, or ends within a marker; the message
            starts with "The {name}".
        ImageTooLargeError: it has too many segments.
    """
    found = JpegStream()
    try:
        for place, marker, body in _segments(stream, name):
            if marker in _FRAMES:
                if found.process is not None:
                    raise BadImageError(f"The {name} is damaged: its JPEG part has two pictures.")
                bits, height, width, components = struct.unpack_from(">BHHB", body)
                found = replace(found, process=marker - 0xC0, bits=bits, components=components)
                found = replace(found, width=width, height=height)
            elif marker == _APP0 and body.startswith(b"JFIF"):
                found = replace(found, jfif=True)
            elif marker == _APP14 and body.startswith(b"Adobe"):
                found = replace(found, transform=body[11])
            elif marker == _SCAN:
                found = replace(found, scans=found.scans + 1)
            elif marker == _END:
                found = replace(found, end=place)
    except (struct.error, IndexError) as error:
        raise BadImageError(
            f"The {name} is damaged or cut short: its JPEG part ends within a marker."
        ) from error
    return found


def _segments(stream: bytes, name: str) -> Iterator[tuple[int, int, bytes]]:
    """Place, marker and what its length covers, to the end marker; coded data are passed over."""
    if stream[:2] != b"\xff\xd8":
        raise BadImageError(f"The {name} is damaged: its JPEG part does not start as one.")
    place = 2
    for _ in range(_MOST_SEGMENTS):
        match = _NEXT_MARKER.search(stream, place)
        if match is None:
            return
        marker, place = stream[match.end() - 1], match.end()
        if marker == _END:
            yield match.start(), marker, b""
            return
        if marker != _TEMPORARY:
            (length,) = struct.unpack_from(">H", stream, place)
            yield match.start(), marker, stream[place + 2 : place + length]
            place += length
    raise ImageTooLargeError(
        f"A JPEG part of the {name} has more than {_MOST_SEGMENTS:,} segments."
    )
