"""PNG: every kind of pixels by the specification, and side data that never cost a picture."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from composed_png import CHANNELS, SIGNATURE, chunk, composed, header
from PIL import Image

from models.errors import BadImageError, ImageTooLargeError, UnsupportedImageError
from models.pictures import PictureLimits, decode_picture

KINDS = [
    *((0, depth) for depth in (1, 2, 4, 8, 16)),
    *((2, depth) for depth in (8, 16)),
    *((3, depth) for depth in (1, 2, 4, 8)),
    *((colour_type, depth) for colour_type in (4, 6) for depth in (8, 16)),
]
RED_AND_GREEN = np.array([[[255, 0, 0], [0, 255, 0]]])


def shown(data: bytes) -> np.ndarray:
    return np.asarray(decode_picture(data).image).astype(int)


def in_rgb(samples: np.ndarray, depth: int) -> np.ndarray:
    """Levels from 0 to 1 in three channels."""
    levels = samples / (2**depth - 1)
    return np.repeat(levels, 3, axis=2) if levels.shape[2] == 1 else levels


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("has_key", [False, True])
@pytest.mark.parametrize(("colour_type", "depth"), KINDS)
def test_every_kind_of_pixels_is_right_over_white(
    colour_type: int, depth: int, *, has_key: bool, interlaced: bool
):
    random = np.random.default_rng(depth + colour_type)
    samples = random.integers(0, 2**depth, (11, 13, CHANNELS[colour_type]))
    before = b""
    alpha = np.ones((11, 13, 1))
    if colour_type == 3:
        palette = random.integers(0, 256, (2**depth, 3))
        before = chunk(b"PLTE", palette.astype(np.uint8).tobytes())
        colours = palette[samples[:, :, 0]] / 255
        if has_key:
            opacities = random.integers(0, 256, 2**depth - 1)  # the last entry is opaque
            before += chunk(b"tRNS", opacities.astype(np.uint8).tobytes())
            alpha = np.append(opacities, 255)[samples] / 255
    elif colour_type in (4, 6):
        colours, alpha = in_rgb(samples[:, :, :-1], depth), samples[:, :, -1:] / (2**depth - 1)
    else:
        colours = in_rgb(samples, depth)
        if has_key:
            key = samples[5, 7]
            if depth == 16:
                # Another colour that differs in the low bytes alone, and stays opaque.
                samples[5, 8] = key ^ 1
                colours = in_rgb(samples, depth)
            before = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
            alpha = 1.0 - np.all(samples == key, axis=2, keepdims=True)
    expected = 255 * (colours * alpha + 1 - alpha)
    found = shown(composed(samples, depth, colour_type, interlaced=interlaced, before=before))
    # Half a level of rounding; where something is half transparent, colour and opacity are each
    # rounded to 8 bits before they meet.
    partly = (alpha > 0) & (alpha < 1)
    assert np.all(np.abs(found - expected) <= np.where(partly, 1.6, 0.5 + 1e-9))


SIDE_KINDS = [
    *(b"tEXt", b"zTXt", b"iTXt", b"pHYs", b"cHRM", b"gAMA", b"sRGB", b"iCCP", b"cICP", b"sBIT"),
    *(b"bKGD", b"hIST", b"tIME", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"sPLT", b"mDCV", b"prVt"),
]
SIDE_BODIES = {
    "empty": b"",
    "short": b"x",
    "random": np.random.default_rng(3).bytes(50),
    "bomb": b"name\0\0" + zlib.compress(bytes(3_000_000)),
    "huge": bytes(1_500_000),
}


@pytest.mark.parametrize("kind", SIDE_KINDS)
def test_damaged_or_huge_side_data_never_cost_a_picture(kind: bytes):
    for body in SIDE_BODIES.values():
        for wrong_checksum in (False, True):
            side = chunk(kind, body, wrong_checksum=wrong_checksum)
            data = composed(RED_AND_GREEN, 8, 2, interlaced=False, before=side)
            picture = decode_picture(data)
            assert np.array_equal(np.asarray(picture.image), RED_AND_GREEN)
            codes = [note.code for note in picture.notes]
            assert ("side-data-damaged" in codes) is wrong_checksum
            assert not (codes and picture.served_as_is)
            if wrong_checksum:
                assert kind.decode() in picture.notes[0].text


def test_damage_where_pixels_are_is_no_side_data():
    rows = zlib.compress(b"\0" + RED_AND_GREEN.astype(np.uint8).tobytes())
    start = SIGNATURE + header(1, 2, 8, 2, interlaced=False)
    for damaged in (
        start + chunk(b"IDAT", rows, wrong_checksum=True) + chunk(b"IEND"),
        start + chunk(b"IDAT", rows[:3] + b"\xff" + rows[4:]) + chunk(b"IEND"),
        start + chunk(b"IEND"),
    ):
        with pytest.raises(BadImageError, match="The PNG file"):
            decode_picture(damaged)
    with pytest.raises(UnsupportedImageError, match="ABCD"):
        decode_picture(start + chunk(b"ABCD") + chunk(b"IDAT", rows) + chunk(b"IEND"))
    with pytest.raises(UnsupportedImageError, match="CgBI"):
        decode_picture(SIGNATURE + chunk(b"CgBI", bytes(4)) + start[8:])


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_packed_stream_that_ends_early_is_refused(*, interlaced: bool):
    """It is intact for zlib; Pillow alone leaves the rest black."""
    short = SIGNATURE + header(4, 4, 8, 0, interlaced=interlaced)
    short += chunk(b"IDAT", zlib.compress(b"\0\1\2\3\4")) + chunk(b"IEND")
    with pytest.raises(BadImageError, match="cut short"):
        decode_picture(short)


def test_a_file_cut_at_any_byte_is_whole_or_refused():
    samples = np.random.default_rng(4).integers(0, 256, (7, 9, 3))
    data = composed(samples, 8, 2, interlaced=False)
    assert np.array_equal(shown(data + b"and more"), samples)
    for cut in range(1, len(data)):
        try:
            picture = decode_picture(data[:-cut])
        except BadImageError:
            assert cut > 12 + 4  # the end marker and the checksum of the pixels
            continue
        assert np.array_equal(np.asarray(picture.image), samples)
        assert [note.code for note in picture.notes] == ["end-marker-missing"]
        assert not picture.served_as_is


def test_a_long_thin_picture_of_the_largest_size_is_checked_before_it_is_unpacked():
    bomb = SIGNATURE + header(2**31 - 1, 2**31 - 1, 16, 6, interlaced=True)
    with pytest.raises(ImageTooLargeError):
        decode_picture(bomb + chunk(b"IDAT", b"x") + chunk(b"IEND"))
    with pytest.raises(BadImageError, match="does not exist"):
        decode_picture(SIGNATURE + header(1, 1, 3, 2, interlaced=False) + chunk(b"IEND"))


def test_a_number_that_the_palette_lacks_is_black_and_said():
    palette = chunk(b"PLTE", bytes([9, 8, 7, 250, 251, 252]))
    samples = np.array([[[1], [2], [0], [255]]])
    picture = decode_picture(composed(samples, 8, 3, interlaced=False, before=palette))
    found = np.asarray(picture.image)[0].tolist()
    assert found == [[250, 251, 252], [0, 0, 0], [9, 8, 7], [0, 0, 0]]
    assert [note.code for note in picture.notes] == ["palette-too-short"]
    assert picture.notes[0].text.startswith("2 pixels")


# --- what the numbers mean --------------------------------------------------------------------

P3_TO_SRGB = np.array(  # CSS Color 4, sample code: linear Display P3 to linear sRGB
    [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]
)
COLOURS = np.array([[[200, 60, 60], [90, 150, 40], [128, 128, 128], [10, 200, 220]]])


def from_srgb(levels: np.ndarray) -> np.ndarray:
    shares = levels / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def to_srgb(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


P3_CHROMATICITIES = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
GAMMA_1 = chunk(b"gAMA", struct.pack(">I", 100_000))


@pytest.mark.parametrize(
    ("before", "named", "expected"),
    [
        (
            chunk(b"cICP", bytes([12, 13, 0, 1])),
            "Display P3",
            to_srgb(from_srgb(COLOURS) @ P3_TO_SRGB.T),
        ),
        (chunk(b"cICP", bytes([1, 8, 0, 1])), "BT.709", to_srgb(COLOURS / 255)),
        (GAMMA_1, "gamma 1", to_srgb(COLOURS / 255)),
        (
            GAMMA_1 + chunk(b"cHRM", P3_CHROMATICITIES),
            "gamma 1",
            to_srgb(COLOURS / 255 @ P3_TO_SRGB.T),
        ),
    ],
    ids=["P3 by code points", "linear by code points", "gamma", "gamma and primaries"],
)
def test_colours_that_chunks_name_are_left_aside_or_followed(
    before: bytes, named: str, expected: np.ndarray
):
    data = composed(COLOURS, 8, 2, interlaced=False, before=before)
    stored = decode_picture(data)
    assert np.array_equal(np.asarray(stored.image), COLOURS)
    assert stored.notes[0].code == "profile-left-aside"
    assert named in stored.notes[0].text
    assert not stored.served_as_is
    followed = np.asarray(decode_picture(data, colours="profile").image)
    # A level of rounding at each end, and primaries of four digits.
    assert followed == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_is_said_and_not_converted(transfer: int):
    before = chunk(b"cICP", bytes([9, transfer, 0, 1]))
    data = composed(COLOURS, 8, 2, interlaced=False, before=before)
    for colours in ("stored", "profile"):
        picture = decode_picture(data, colours=colours)
        assert np.array_equal(np.asarray(picture.image), COLOURS)
        assert [(note.code, note.alternative) for note in picture.notes] == [
            ("colours-left-aside", None)
        ]
        assert not picture.served_as_is


@pytest.mark.parametrize(
    ("before", "served_as_is"),
    [
        (b"", True),
        (chunk(b"sRGB", b"\0"), True),
        (chunk(b"sRGB", b"\0") + GAMMA_1, True),
        (chunk(b"cICP", bytes([1, 13, 0, 1])) + GAMMA_1, True),
        # A narrow range, or a matrix: some browsers follow them.
        (chunk(b"cICP", bytes([1, 13, 0, 0])), False),
        (chunk(b"cICP", bytes([1, 13, 1, 1])), False),
        (chunk(b"gAMA", struct.pack(">I", 45_455)), False),
    ],
)
def test_what_means_srgb_is_not_spoken_of(before: bytes, *, served_as_is: bool):
    """The first of cICP, iCCP, sRGB and gAMA counts; browsers differ on a gamma of 1 / 2.2."""
    picture = decode_picture(composed(COLOURS, 8, 2, interlaced=False, before=before))
    assert picture.notes == ()
    assert picture.served_as_is is served_as_is


def test_colours_are_named_before_the_pixels_or_not_at_all():
    """libpng and browsers pass over what stands behind the first pixels."""
    late = decode_picture(composed(COLOURS, 8, 2, interlaced=False, after=GAMMA_1))
    assert (late.notes, late.served_as_is) == ((), True)
    overruled = composed(
        COLOURS, 8, 2, interlaced=False, before=GAMMA_1, after=chunk(b"sRGB", b"\0")
    )
    assert [note.code for note in decode_picture(overruled).notes] == ["profile-left-aside"]


def test_transparency_is_kept_when_colours_are_converted():
    """By hand: linear 128 / 255 is 188 in sRGB; at alpha 51 of 255 over white 188 becomes 242."""
    samples = np.array([[[128, 128, 128, 51], [128, 128, 128, 255], [0, 0, 0, 0]]])
    data = composed(samples, 8, 6, interlaced=False, before=GAMMA_1)
    found = np.asarray(decode_picture(data, colours="profile").image)
    assert found[0] == pytest.approx(np.array([[242] * 3, [188] * 3, [255] * 3]), abs=1)


def test_grey_follows_a_gamma_too():
    data = composed(np.array([[[128], [255]]]), 8, 0, interlaced=False, before=GAMMA_1)
    assert shown(data)[0, 0].tolist() == [128] * 3
    followed = np.asarray(decode_picture(data, colours="profile").image)
    assert followed[0] == pytest.approx(np.array([[188] * 3, [255] * 3]), abs=1)


def test_what_pillow_reads_is_read_the_same():
    """Files as programs write them: against Pillow's own pixels."""
    image = Image.effect_noise((31, 17), 90).convert("RGB")
    for options in ({}, {"optimize": True}, {"compress_level": 0}):
        stream = BytesIO()
        image.save(stream, "PNG", **options)
        assert np.array_equal(shown(stream.getvalue()), np.asarray(image))
    with pytest.raises(ImageTooLargeError):
        decode_picture(stream.getvalue(), PictureLimits(max_pixels=500))
