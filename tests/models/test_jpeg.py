"""JPEG: whole or refused at every byte, and the kinds that are read or refused by name."""

import re
import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from models.errors import BadImageError, UnsupportedImageError
from models.pictures import decode_picture

NOISE = np.random.default_rng(5).integers(0, 256, (37, 53, 3), dtype=np.uint8)


def smooth() -> np.ndarray:
    rows, columns = np.mgrid[0:46, 0:61]
    return np.stack([rows * 5, columns * 4, (rows + columns) * 2], axis=2).astype(np.uint8)


SUBJECTS = {
    "noise": Image.fromarray(NOISE),
    "smooth": Image.fromarray(smooth()),
    # Clamped levels hide coefficients that are missing.
    "black and white": Image.fromarray((NOISE > 127).astype(np.uint8) * np.uint8(255)),
    "white": Image.new("RGB", (40, 40), "white"),
    "grey": Image.fromarray(NOISE[:, :, 0]),
    "CMYK": Image.fromarray(smooth()).convert("CMYK"),
}


def encoded(image: Image.Image, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, format="JPEG", **options)
    return stream.getvalue()


def shown(data: bytes) -> np.ndarray:
    return np.asarray(decode_picture(data).image)


def segment(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body


def scan_starts(data: bytes) -> list[int]:
    """Of a file without thumbnails, where no other segment has these two bytes."""
    return [at for at in range(len(data)) if data.startswith(b"\xff\xda", at)]


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize(
    "options",
    [
        {"quality": 75, "subsampling": 2},
        {"quality": 100, "subsampling": 2},
        {"quality": 75, "subsampling": 2, "progressive": True},
        {"quality": 100, "subsampling": 0, "progressive": True},
        {"quality": 90, "subsampling": 0, "optimize": True},
        {"quality": 90, "subsampling": 2, "restart_marker_blocks": 3},
    ],
    ids=str,
)
def test_a_file_cut_at_any_byte_is_whole_or_refused(subject: str, options: dict[str, object]):
    """Against Pillow's pixels of the whole file; without its end marker it is always shown."""
    data = encoded(SUBJECTS[subject], **options)
    whole = np.asarray(Image.open(BytesIO(data)).convert("RGB"))
    for cut in (1, 2):
        picture = decode_picture(data[:-cut])
        assert np.array_equal(np.asarray(picture.image), whole)
        assert [note.code for note in picture.notes] == ["end-marker-missing"]
    cuts = [*range(3, 60), *range(60, len(data) - 3, max(1, len(data) // 40))]
    refused = 0
    for cut in cuts:
        try:
            assert np.array_equal(shown(data[:-cut]), whole), cut
        except BadImageError as refusal:
            assert "JPEG file" in str(refusal)  # noqa: PT017
            refused += 1
    assert refused > len(cuts) // 2


def test_the_first_scans_of_a_progressive_file_are_not_the_picture():
    """Cut where a scan begins, every byte before it is well formed."""
    data = encoded(SUBJECTS["noise"], quality=75, progressive=True)
    starts = scan_starts(data)
    assert len(starts) > 5
    for start in starts[1:]:
        with pytest.raises(BadImageError, match="cut short"):
            decode_picture(data[:start])
    # With an end marker someone meant it so: shown as it is, and said.
    coarse = decode_picture(data[: starts[3]] + b"\xff\xd9")
    assert [note.code for note in coarse.notes] == ["scans-missing"]


def scans(data: bytes) -> list[tuple[int, int]]:
    """Where the coded data of every scan start and end."""
    found = []
    for start in scan_starts(data):
        begin = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        found.append((begin, re.compile(rb"\xff[^\0\xd0-\xd7]").search(data, begin).start()))
    return found


@pytest.mark.parametrize("subject", ["noise", "grey", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}], ids=str)
@pytest.mark.parametrize("kept", [0.25, 0.5])
def test_a_scan_with_a_hole_is_no_scan(subject: str, options: dict[str, int], kept: float):
    """At every scan: the file ends within it by an end marker, or goes on with the next one."""
    data = encoded(SUBJECTS[subject], quality=90, progressive=True, **options)
    assert np.array_equal(shown(data), np.asarray(Image.open(BytesIO(data)).convert("RGB")))
    # What is left of a tiny scan may be all of it but bits that mean nothing.
    long = [(begin, end) for begin, end in scans(data) if end - begin > 60]
    assert len(long) > 2
    for begin, end in long:
        cut = begin + int((end - begin) * kept)
        for damaged in (data[:cut] + b"\xff\xd9", data[:cut] + data[end:]):
            with pytest.raises(BadImageError, match="cut short"):
                decode_picture(damaged)


def test_a_hole_where_nothing_is_coded_costs_no_picture():
    """White is all zeros: the scans of its fine detail may break off anywhere."""
    data = encoded(SUBJECTS["white"], progressive=True)
    begin, end = scans(data)[-1]
    assert np.all(shown(data[: begin + 1] + data[end:]) == 255)


def test_a_channel_without_its_first_scan_is_missing():
    """The scan of all means taken out; those of the detail stay."""
    data = encoded(SUBJECTS["noise"], quality=75, progressive=True)
    start, (_, end) = scan_starts(data)[0], scans(data)[0]
    with pytest.raises(BadImageError, match="cut short"):
        decode_picture(data[:start] + data[end:])


@pytest.mark.parametrize("progressive", [False, True])
def test_a_stretch_gone_with_its_restart_marker_is_noticed(*, progressive: bool):
    data = encoded(SUBJECTS["noise"], quality=80, restart_marker_blocks=2, progressive=progressive)
    begin, end = scans(data)[0]
    marks = [at for at in range(begin, end) if 0xD0 <= data[at + 1] <= 0xD7 and data[at] == 0xFF]
    with pytest.raises(BadImageError, match="cut short"):
        decode_picture(data[: marks[1]] + data[marks[2] :])


def test_channels_one_after_another_are_whole_or_refused():
    """Three grey files made one of three scans: by hand, every pixel is a channel of its own."""
    luma, blue, red = (encoded(Image.fromarray(NOISE[:, :, at]), quality=90) for at in range(3))
    frame = luma.index(b"\xff\xc0")
    components = bytes([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])
    body = luma[frame + 4 : frame + 9] + components
    tables = luma[:frame] + segment(0xC0, body) + luma[frame + 13 : scan_starts(luma)[0]]
    coded = []
    for number, grey in enumerate((luma, blue, red), start=1):
        begin, end = scans(grey)[0]
        coded.append(segment(0xDA, bytes([1, number, 0, 0, 63, 0])) + grey[begin:end])
    data = tables + b"".join(coded) + b"\xff\xd9"
    expected = np.stack([np.asarray(Image.open(BytesIO(grey))) for grey in (luma, blue, red)], 2)
    reader = Image.open(BytesIO(data))
    reader.draft("YCbCr", None)
    assert np.array_equal(np.asarray(reader), expected)
    assert np.array_equal(shown(data), np.asarray(Image.open(BytesIO(data)).convert("RGB")))
    for at in range(3):
        half = [*coded[:at], coded[at][: len(coded[at]) // 2], *coded[at + 1 :]]
        with pytest.raises(BadImageError, match="cut short"):
            decode_picture(tables + b"".join(half) + b"\xff\xd9")
    with pytest.raises(BadImageError, match="cut short"):
        decode_picture(tables + coded[0] + coded[1] + b"\xff\xd9")


def test_the_first_of_several_progressive_pictures_is_whole():
    """As cameras write two views into one file (MPO)."""
    stream = BytesIO()
    first, second = SUBJECTS["noise"], SUBJECTS["smooth"]
    first.save(stream, "MPO", save_all=True, append_images=[second], progressive=True, quality=90)
    picture = decode_picture(stream.getvalue())
    assert np.array_equal(np.asarray(picture.image), shown(encoded(first, quality=90)))
    assert picture.notes == ()


@pytest.mark.parametrize("subject", ["noise", "smooth", "grey", "CMYK"])
def test_an_end_marker_behind_half_a_file_does_not_make_it_whole(subject: str):
    data = encoded(SUBJECTS[subject], quality=75)
    with pytest.raises(BadImageError, match="cut short"):
        decode_picture(data[: len(data) - 300] + b"\xff\xd9")


def test_a_whole_picture_that_ends_in_middle_grey_is_whole():
    """Middle grey is what libjpeg puts where data are missing; here it is the picture."""
    grey = Image.new("RGB", (32, 24), (128, 128, 128))
    assert np.all(shown(encoded(grey, quality=90)) == 128)


FLAT = {  # three colours in blocks of their own, so that coding keeps them to a level or two
    "RGB": [(200, 30, 90), (10, 250, 120), (255, 255, 0)],
    "CMYK": [(0, 255, 255, 0), (0, 0, 0, 0), (255, 0, 0, 100)],
}


def blocks(mode: str) -> Image.Image:
    image = Image.new(mode, (96, 32))
    for at, colour in enumerate(FLAT[mode]):
        image.paste(colour, (32 * at, 0, 32 * at + 32, 32))
    return image


def middles(pixels: np.ndarray) -> list[list[int]]:
    return pixels[16, 16::32].tolist()


def test_colours_that_were_not_turned_into_luma_are_taken_as_they_are():
    """Adobe's transform 0: red, green and blue are stored themselves."""
    data = encoded(blocks("RGB"), quality=95, subsampling=0, keep_rgb=True)
    assert middles(shown(data)) == [pytest.approx(list(colour), abs=2) for colour in FLAT["RGB"]]


@pytest.mark.parametrize("transform", [0, 2])
def test_both_kinds_of_four_inks(transform: int):
    """By hand: inverted inks, with transform 2 as luma and chroma of the first three (JFIF's
    matrix); then red = (255 - cyan) * (255 - black) / 255, and so on.
    """
    data = bytearray(encoded(blocks("CMYK"), quality=95))
    place = data.index(b"Adobe") + 11
    assert data[place] == 0
    data[place] = transform
    expected = []
    for ink in FLAT["CMYK"]:
        first = 255.0 - np.array(ink[:3])  # as Adobe stores them
        if transform == 2:
            luma, blue, red = first - (0, 128, 128)
            first = luma + np.array([1.402 * red, -0.344136 * blue - 0.714136 * red, 1.772 * blue])
            # Decoders give back 255 minus that, the colours being inks.
            first = 255 - np.clip(first, 0, 255)
        expected.append(np.clip(first, 0, 255) * (255 - ink[3]) / 255)
    assert middles(shown(bytes(data))) == [pytest.approx(colour, abs=4) for colour in expected]


@pytest.mark.parametrize(
    ("marker", "precision", "named"),
    [
        (0xC1, 12, "12 bits a sample"),
        (0xC3, 8, "lossless coding"),
        (0xC5, 8, "hierarchical coding"),
        (0xC9, 8, "arithmetic coding"),
        (0xCA, 8, "arithmetic coding"),
        (0xF7, 8, "JPEG-LS"),
    ],
)
def test_other_kinds_are_refused_by_name(marker: int, precision: int, named: str):
    data = bytearray(encoded(SUBJECTS["smooth"]))
    frame = data.index(b"\xff\xc0\x00\x11")
    data[frame + 1], data[frame + 4] = marker, precision
    with pytest.raises(UnsupportedImageError, match=named):
        decode_picture(bytes(data))


def test_a_height_behind_the_pixels_is_refused_by_name():
    """T.81, B.2.5: a height of 0 in the frame stands for the one of the segment DNL."""
    data = bytearray(encoded(SUBJECTS["smooth"]))
    height = data.index(b"\xff\xc0\x00\x11") + 5
    dnl = segment(0xDC, data[height : height + 2])
    data[height : height + 2] = bytes(2)
    with pytest.raises(UnsupportedImageError, match="DNL"):
        decode_picture(bytes(data[:-2]) + dnl + b"\xff\xd9")


TURNED = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 274, 3, 1, 6, 0)
SIDE_DATA = {
    "orientation": segment(0xE1, b"Exif\0\0" + TURNED),
    "profile": segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(200)),
}


@pytest.mark.parametrize("kind", SIDE_DATA)
@pytest.mark.parametrize("progressive", [False, True])
def test_side_data_count_only_before_the_first_pixels(kind: str, *, progressive: bool):
    """As for libjpeg, and so for Pillow and browsers."""
    data = encoded(SUBJECTS["smooth"], progressive=progressive)
    plain = decode_picture(data)
    before = decode_picture(data[:2] + SIDE_DATA[kind] + data[2:])
    assert before.orientation == 6 or [note.code for note in before.notes] == ["profile-damaged"]
    places = [len(data) - 2]
    if progressive:
        # Between two scans stand the tables of the next.
        places.append(data.index(b"\xff\xc4", scan_starts(data)[0]))
    for place in places:
        late = data[:place] + SIDE_DATA[kind] + data[place:]
        assert Image.open(BytesIO(late)).getexif().get(274) is None
        picture = decode_picture(late)
        assert np.array_equal(np.asarray(picture.image), np.asarray(plain.image))
        assert (picture.orientation, picture.notes, picture.served_as_is) == (1, (), True)


def test_exif_that_only_some_browsers_read_is_not_left_to_them():
    data = encoded(SUBJECTS["smooth"])
    odd = segment(0xE1, b"Exif\0\1" + TURNED)
    picture = decode_picture(data[:2] + odd + data[2:])
    assert (picture.orientation, picture.served_as_is) == (1, False)
