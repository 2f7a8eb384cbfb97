"""The segments of a JPEG file: what kind it is, what travels beside the pixels, where it ends.

Source: ITU-T T.81, annex B.
"""

import re
import struct
from dataclasses import dataclass, field

from models.errors import BadImageError, UnsupportedImageError

_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# The second zero of EXIF's name is padding, which some browsers do not look at.
_EXIF_NAME, _EXIF, _PROFILE = b"Exif\0", b"Exif\0\0", b"ICC_PROFILE\0"
_APP1, _APP2 = 0xE1, 0xE2
# Within coded data FF stands before 0 (a byte FF), before a restart marker, or before another FF.
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7)
_READ_FRAMES = (0xC0, 0xC1, 0xC2)
_REFUSED_FRAMES = {
    0xC3: "with lossless coding",
    **dict.fromkeys((0xC5, 0xC6, 0xC7), "with hierarchical coding"),
    **dict.fromkeys((0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF), "with arithmetic coding"),
    0xF7: "of the kind JPEG-LS",
}
_COEFFICIENTS = 64
_RESTART_INTERVAL = 0xDD
_RESTARTS = tuple(bytes([0xFF, number]) for number in range(0xD0, 0xD8))


@dataclass
class JpegSegments:
    """A file taken apart.

    Attributes:
        components: identifiers of the colour channels.
        exact_bits: of every component and coefficient, how many low bits the scans leave open;
            a coefficient that no scan has sent is missing.
        exif: the first block before any pixels, empty if there is none; `profile` alike.
        has_odd_exif: there is a block that some browsers read and others do not.
        profile: the parts of the ICC profile by number.
        parts: how many parts the profile says it has.
        scan_ends: where the coded data of every scan end.
        restart_interval: units of coding between two restart markers; 0 where there are none.
        has_every_restart: every scan has all of its restart markers.
        ended: the end marker is there.
    """

    progressive: bool = False
    height: int = 0
    width: int = 0
    components: tuple[int, ...] = ()
    samplings: dict[int, tuple[int, int]] = field(default_factory=dict)
    exact_bits: dict[tuple[int, int], int] = field(default_factory=dict)
    exif: bytes = b""
    has_odd_exif: bool = False
    profile: dict[int, bytes] = field(default_factory=dict)
    parts: int = 0
    scan_ends: list[int] = field(default_factory=list)
    restart_interval: int = 0
    has_every_restart: bool = True
    ended: bool = False

    @property
    def coded_end(self) -> int:
        """Where the coded data of the last scan end; 0 before the first."""
        return self.scan_ends[-1] if self.scan_ends else 0

    @property
    def has_every_mean(self) -> bool:
        """The first coefficient of every component was sent, if not to its last bit."""
        return all((component, 0) in self.exact_bits for component in self.components)

    @property
    def has_every_scan(self) -> bool:
        """Every coefficient of every component was sent to its last bit."""
        return bool(self.components) and all(
            self.exact_bits.get((component, at)) == 0
            for component in self.components
            for at in range(_COEFFICIENTS)
        )

    @property
    def icc(self) -> bytes | None:
        """The whole profile; empty where a part of it is missing, None if there is none."""
        if not self.profile:
            return None
        whole = set(self.profile) == set(range(1, self.parts + 1))
        return b"".join(self.profile[at] for at in sorted(self.profile)) if whole else b""


def take_apart(data: bytes) -> JpegSegments:
    """Walk over the segments up to the end marker, or as far as the file goes.

    Raises:
        UnsupportedImageError: an intact file of a kind that is not read here.
    """
    found = JpegSegments()
    at = 2
    while marker := _NEXT_MARKER.search(data, at):
        kind, at = data[marker.end() - 1], marker.end()
        if kind == _END_OF_IMAGE:
            found.ended = True
            break
        if kind in (0x01, 0xD8):  # markers without a segment
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > len(data):
            break
        body = data[at + 2 : at + length]
        at += length
        _sort_in(found, kind, body)
        if kind == _START_OF_SCAN:
            following = _NEXT_MARKER.search(data, at)
            found.scan_ends.append(following.start() if following else len(data))
            if found.restart_interval:
                restarts = sum(data.count(each, at, found.coded_end) for each in _RESTARTS)
                units = _units_of_scan(found, tuple(body[1 : 1 + 2 * body[0] : 2]))
                found.has_every_restart &= restarts >= (units - 1) // found.restart_interval
    return found


def _sort_in(found: JpegSegments, kind: int, body: bytes) -> None:
    if kind in _FRAMES:
        _note_frame(found, kind, body)
    elif kind == _START_OF_SCAN:
        _note_scan(found, body)
    elif kind == _RESTART_INTERVAL and len(body) == 2:
        found.restart_interval = int.from_bytes(body, "big")
    elif not found.coded_end:
        # Programs read what travels beside the pixels up to the first of them, and no further.
        _note_side_data(found, kind, body)


def _note_side_data(found: JpegSegments, kind: int, body: bytes) -> None:
    if kind == _APP1 and body.startswith(_EXIF):
        found.exif = found.exif or body
    elif kind == _APP1 and body.startswith(_EXIF_NAME):
        found.has_odd_exif = True
    elif kind == _APP2 and body.startswith(_PROFILE) and len(body) > len(_PROFILE) + 2:
        number, found.parts = body[len(_PROFILE) : len(_PROFILE) + 2]
        found.profile.setdefault(number, body[len(_PROFILE) + 2 :])


def _note_frame(found: JpegSegments, kind: int, body: bytes) -> None:
    if kind not in _READ_FRAMES:
        raise UnsupportedImageError(
            f"The file is a JPEG {_REFUSED_FRAMES[kind]}, which is not read here; save it as a "
            "usual JPEG."
        )
    if len(body) < 6:
        return
    precision, count = body[0], body[5]
    if precision != 8:
        raise UnsupportedImageError(
            f"The file is a JPEG with {precision} bits a sample; only 8 are read here."
        )
    if count not in (1, 3, 4):
        raise UnsupportedImageError(
            f"The file is a JPEG with {count} colour channels; 1, 3 or 4 are read here."
        )
    found.progressive = kind == 0xC2
    found.height, found.width = struct.unpack_from(">HH", body, 1)
    if not found.height:
        raise UnsupportedImageError(
            "The file is a JPEG that tells its height behind its pixels (DNL), which is not read "
            "here; save it as a usual JPEG."
        )
    found.components = tuple(body[6 : 6 + 3 * count : 3])
    found.samplings = {
        component: (sampling >> 4, sampling & 15)
        for component, sampling in zip(found.components, body[7 : 7 + 3 * count : 3], strict=False)
    }


def _note_scan(found: JpegSegments, body: bytes) -> None:
    count = body[0] if body else 0
    if len(body) < 1 + 2 * count + 3:
        return
    first, last, precision = struct.unpack_from("BBB", body, 1 + 2 * count)
    if not found.progressive:
        first, last, precision = 0, _COEFFICIENTS - 1, 0
    open_before, open_now = precision >> 4, precision & 15
    for component in body[1 : 1 + 2 * count : 2]:
        for coefficient in range(first, min(last, _COEFFICIENTS - 1) + 1):
            at = component, coefficient
            # A scan that adds a bit adds nothing where those above it are missing.
            if not open_before or found.exact_bits.get(at) == open_before:
                found.exact_bits[at] = open_now


def _units_of_scan(found: JpegSegments, components: tuple[int, ...]) -> int:
    """How many units of coding a scan has (T.81, A.2): blocks of one component, else of all."""
    widest = max((across for across, _ in found.samplings.values()), default=1) or 1
    tallest = max((down for _, down in found.samplings.values()), default=1) or 1
    across, down = widest, tallest
    if len(components) == 1:
        own_across, own_down = found.samplings.get(components[0], (1, 1))
        columns = -(-found.width * own_across // widest)
        rows = -(-found.height * own_down // tallest)
        across = down = 1
    else:
        columns, rows = found.width, found.height
    return -(-columns // (8 * across)) * -(-rows // (8 * down))


def check_beginnings(found: JpegSegments) -> None:
    """See that there is something of every channel and behind every restart marker.

    Raises:
        BadImageError: a channel has no mean levels, or a scan lacks restart markers.
    """
    if found.scan_ends and not (found.has_every_mean and found.has_every_restart):
        raise cut_short()


def check_scans(found: JpegSegments) -> None:
    """See that a file that breaks off has begun its last scan.

    Raises:
        BadImageError: a scan is missing.
    """
    if not found.has_every_scan:
        raise cut_short()


def cut_short() -> BadImageError:
    """What is said wherever pixels are missing."""
    return BadImageError("The JPEG file is cut short: a part of its pixels is missing.")
