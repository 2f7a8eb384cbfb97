"""BMP files put together by hand from Microsoft's tables, and by other libraries."""

import io
import random
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from models.errors import BadImageError, ImageTooLargeError, UnsupportedImageError
from models.pictures import decode_picture
from models.pictures.content.picture import PictureLimits
from models.pictures.readers.bmp import read_bmp

LIMITS = PictureLimits()
RED, GREEN, BLUE, WHITE, BLACK = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255] * 3, [0] * 3


def levels(data: bytes) -> np.ndarray:
    return np.asarray(read_bmp(data, LIMITS).image).astype(int)


def codes(data: bytes) -> list[str]:
    return [note.code for note in read_bmp(data, LIMITS).notes]


def compose(
    size: tuple[int, int],
    pixels: bytes,
    *,
    bits: int,
    packing: int = 0,
    masks: tuple[int, ...] = (),
    palette: list[list[int]] | None = None,
    header_bytes: int = 40,
) -> bytes:
    """One file; `masks` stand within the header where it is long enough, else behind it."""
    width, height = size
    if header_bytes == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
        table = b"".join(bytes(colour[::-1]) for colour in palette or [])
    else:
        header = struct.pack("<IiiHH", header_bytes, width, height, 1, bits)
        if header_bytes > 16:
            header += struct.pack("<IIiiII", packing, len(pixels), 0, 0, len(palette or []), 0)
        table = b"".join(bytes([*colour[::-1], 0]) for colour in palette or [])
    header += struct.pack(f"<{len(masks)}I", *masks)
    header = header.ljust(header_bytes, b"\0")
    offset = 14 + len(header) + len(table)
    return (
        b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + header + table + pixels
    )


def words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}H", *numbers)


def double_words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


@pytest.mark.parametrize("header_bytes", [40, 52, 56, 108, 124])
@pytest.mark.parametrize(
    ("bits", "masks", "pixels", "expected"),
    # By hand: the bits of a mask over all of them, times 255, to the nearest.
    [
        (16, (0xF00, 0xF0, 0xF), words(0xF00, 0x0F8), [RED, [0, 255, 136]]),
        (16, (0xF800, 0x7E0, 0x1F), words(0x8000, 0x0401), [[132, 0, 0], [0, 130, 8]]),
        (16, (0x7C00, 0x3E0, 0x1F), words(0x0C00, 0x03E1), [[25, 0, 0], [0, 255, 8]]),
        (16, (0x3, 0xC, 0x30), words(0x1, 0x38), [[85, 0, 0], [0, 170, 255]]),
        (
            32,
            (0x3FF00000, 0xFFC00, 0x3FF),
            double_words(0x20000000, 0xFFFFF),
            [[128, 0, 0], [0, 255, 255]],
        ),
        (32, (0xFF, 0xFF00, 0xFF0000), double_words(0xFF, 0xFF00FF00), [RED, GREEN]),
        (32, (0xFF0000, 0xFF00, 0), double_words(0xFF0000, 0xFF), [RED, BLACK]),
    ],
)
def test_masks_say_where_colours_lie(
    header_bytes: int, bits: int, masks: tuple, pixels: bytes, expected: list
):
    data = compose((2, 1), pixels, bits=bits, packing=3, masks=masks, header_bytes=header_bytes)
    assert levels(data)[0].tolist() == expected


@pytest.mark.parametrize(
    ("options", "pixels"),
    # Red at 0.4 and at 0 over white: 255 * (1 - 0.4) = 153.
    [
        ({"bits": 16, "masks": (0xF00, 0xF0, 0xF, 0xF000)}, words(0x6F00, 0x0F00)),
        (
            {"bits": 32, "masks": (0xFF0000, 0xFF00, 0xFF, 0xFF000000)},
            double_words(0x66FF0000, 0x00FF0000),
        ),
        (
            {"bits": 32, "masks": (0xFF0000, 0xFF00, 0xFF, 0xF0000000)},
            double_words(0x60FF0000, 0x0FFF0000),
        ),
    ],
)
@pytest.mark.parametrize(("header_bytes", "packing"), [(40, 6), (56, 3), (108, 3), (124, 3)])
def test_a_mask_for_transparency_goes_over_white(
    options: dict, pixels: bytes, header_bytes: int, packing: int
):
    data = compose((2, 1), pixels, packing=packing, header_bytes=header_bytes, **options)
    assert levels(data)[0].tolist() == [[255, 153, 153], WHITE]


def test_a_picture_that_calls_every_pixel_transparent_is_shown_whole_and_said():
    data = compose(
        (2, 1),
        double_words(0xFF0000, 0xFF),
        bits=32,
        packing=3,
        header_bytes=56,
        masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    )
    assert levels(data)[0].tolist() == [RED, BLUE]
    assert codes(data) == ["transparency-left-aside"]


@pytest.mark.parametrize("header_bytes", [12, 16, 40, 64, 108, 124])
def test_without_masks_bits_lie_as_they_always_did(header_bytes: int):
    five = compose((2, 1), words(0x7C00, 0x83E1), bits=16, header_bytes=header_bytes)
    assert levels(five)[0].tolist() == [RED, [0, 255, 8]]
    three = compose((1, 2), bytes([0, 0, 255, 0, 255, 0, 0, 0]), bits=24, header_bytes=header_bytes)
    assert levels(three)[:, 0].tolist() == [BLUE, RED]
    # The fourth byte says nothing, whatever is in it.
    four = compose((2, 1), double_words(0x00FF0000, 0xFF0000FF), bits=32, header_bytes=header_bytes)
    assert levels(four)[0].tolist() == [RED, BLUE]
    assert codes(four) == []


@pytest.mark.parametrize("header_bytes", [12, 16, 40, 64, 108, 124])
@pytest.mark.parametrize(
    ("bits", "row"),
    [
        (1, bytes([0b01000000])),
        (2, bytes([0b00011011])),
        (4, bytes([0x01, 0x23])),
        (8, bytes([0, 1, 2, 3])),
    ],
)
def test_palettes_of_every_size(header_bytes: int, bits: int, row: bytes):
    colours = [RED, GREEN, BLUE, WHITE][: 2**bits]
    palette = colours if header_bytes != 12 else colours + [BLACK] * (2**bits - len(colours))
    data = compose(
        (len(colours), 2),
        row.ljust(4, b"\0") + bytes(4),
        bits=bits,
        palette=palette,
        header_bytes=header_bytes,
    )
    assert levels(data).tolist() == [[RED] * len(colours), colours]


def test_rows_from_the_top_and_a_last_row_without_its_filling():
    upward = compose((1, 2), words(0x7C00, 0) + words(0x1F), bits=16)
    assert levels(upward)[:, 0].tolist() == [BLUE, RED]
    downward = compose((1, -2), words(0x7C00, 0) + words(0x1F), bits=16)
    assert levels(downward)[:, 0].tolist() == [RED, BLUE]


def test_a_number_that_the_palette_lacks_is_black_and_said():
    data = compose((2, 1), bytes([1, 7, 0, 0]), bits=8, palette=[RED, GREEN])
    assert levels(data)[0].tolist() == [GREEN, BLACK]
    assert codes(data) == ["palette-too-short"]


@pytest.mark.parametrize("linked", [False, True])
def test_a_profile_inside_is_offered_and_a_link_is_not_followed(linked: bool):
    """Version 5 of the header: what kind at byte 56, where at 112, how long at 116."""
    with Image.open(Path(__file__).parents[1] / "data/pictures/icc_swapped.png") as swapped:
        colour, icc = swapped.getpixel((0, 0)), swapped.info["icc_profile"]
    pixels = bytes(colour)[::-1] + b"\0"
    data = bytearray(compose((1, 1), pixels + icc, bits=24, header_bytes=124))
    data[14 + 56 : 14 + 60] = struct.pack("<I", int.from_bytes(b"LINK" if linked else b"MBED"))
    data[14 + 112 : 14 + 120] = struct.pack("<II", 124 + len(pixels), len(icc))
    assert levels(bytes(data))[0, 0].tolist() == list(colour)
    if linked:
        assert codes(bytes(data)) == ["profile-damaged"]
        return
    assert [note.code for note in decode_picture(bytes(data)).notes] == ["profile-left-aside"]
    followed = np.asarray(decode_picture(bytes(data), colours="profile").image)
    assert followed[0, 0] == pytest.approx(np.array([60, 200, 60]), abs=4)


# --- run lengths ----------------------------------------------------------------------------------

PALETTE = [[10 * number, 255 - number, number] for number in range(16)]


def run_lengths(size: tuple[int, int], stream: list[int], bits: int) -> bytes:
    packing = {8: 1, 4: 2}[bits]
    return compose(size, bytes(stream), bits=bits, packing=packing, palette=PALETTE)


@pytest.mark.parametrize(
    ("bits", "stream", "rows"),
    # Written out by hand, the lowest row first.
    [
        (8, [3, 5, 2, 7, 0, 0, 5, 1, 0, 1], [[5, 5, 5, 7, 7], [1] * 5]),
        (8, [0, 5, 1, 2, 3, 4, 5, 0, 0, 0, 5, 9, 0, 1], [[1, 2, 3, 4, 5], [9] * 5]),
        (8, [5, 5, 0, 0, 0, 4, 1, 2, 3, 4, 1, 6], [[5] * 5, [1, 2, 3, 4, 6]]),
        (4, [3, 0x57, 2, 0x12, 0, 0, 5, 0xA1, 0, 1], [[5, 7, 5, 1, 2], [10, 1, 10, 1, 10]]),
        (4, [0, 5, 0x12, 0x34, 0x50, 0, 0, 0, 6, 0x99, 0, 1], [[1, 2, 3, 4, 5], [9] * 5]),
    ],
)
def test_run_lengths(bits: int, stream: list[int], rows: list[list[int]]):
    data = run_lengths((5, 2), stream, bits)
    assert levels(data).tolist() == [[PALETTE[number] for number in row] for row in rows[::-1]]
    assert codes(data) == []


@pytest.mark.parametrize("bits", [4, 8])
def test_pixels_that_run_lengths_leave_out_have_colour_zero_and_are_said(bits: int):
    value = 3 if bits == 8 else 0x33
    data = run_lengths((4, 3), [1, value, 0, 2, 1, 1, 1, value, 0, 0, 0, 1], bits)
    rows = [[3, 0, 0, 0], [0, 0, 3, 0], [0, 0, 0, 0]]
    assert levels(data).tolist() == [[PALETTE[number] for number in row] for row in rows[::-1]]
    assert codes(data) == ["blank-parts"]
    assert "10 pixels" in read_bmp(data, LIMITS).notes[0].text


# --- other libraries ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_what_pillow_wrote(mode: str):
    """Its 32 bits have no mask for transparency: the fourth byte is left aside."""
    source = np.random.default_rng(3).integers(0, 256, (13, 17, 4), dtype=np.uint8)
    picture = Image.fromarray(source).convert("RGB" if mode != "RGBA" else "RGBA").convert(mode)
    stream = io.BytesIO()
    picture.save(stream, "BMP")
    assert np.array_equal(levels(stream.getvalue()), np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_what_opencv_wrote(channels: int):
    """It writes four channels with a mask for transparency, blue first."""
    source = np.random.default_rng(4).integers(0, 256, (13, 17, channels), dtype=np.uint8)
    done, encoded = cv2.imencode(".bmp", source)
    assert done
    expected = np.repeat(source, 3, axis=2) if channels == 1 else source[:, :, 2::-1]
    if channels == 4:
        alpha = source[:, :, 3:] / 255
        expected = np.rint(expected * alpha + 255 * (1 - alpha))
    assert np.array_equal(levels(encoded.tobytes()), expected)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (compose((1, 1), bytes(9), bits=0, packing=4), "an embedded JPEG"),
        (compose((1, 1), bytes(9), bits=0, packing=5), "an embedded PNG"),
        (compose((1, 1), bytes(9), bits=32, packing=11), "CMYK"),
        (compose((1, 1), bytes(9), bits=1, packing=3, header_bytes=64), "Huffman"),
        (compose((1, 1), bytes(9), bits=24, packing=4, header_bytes=64), "24-bit run lengths"),
        (compose((1, 1), bytes(9), bits=8, packing=99), r"unknown compression \(99\)"),
        (compose((1, 1), bytes(9), bits=64), "64 bits a pixel"),
        (compose((1, 1), bytes(9), bits=24, packing=1), "24 bits a pixel with compression 1"),
        (compose((1, 1), bytes(9), bits=24, header_bytes=77), "a header of 77 bytes"),
        (compose((1, 1), bytes(9), bits=16, packing=3, masks=(5, 8, 16)), "gaps or overlaps"),
        (compose((1, 1), bytes(9), bits=16, packing=3, masks=(7, 12, 16)), "gaps or overlaps"),
        (compose((1, 1), bytes(9), bits=16, packing=3, masks=(1 << 16, 1, 2)), "gaps or overlaps"),
        (compose((1, 1), bytes(9), bits=16, packing=3, masks=(0, 0, 0)), "without a colour"),
    ],
)
def test_intact_files_of_other_kinds_are_refused_by_name(data: bytes, named: str):
    with pytest.raises(UnsupportedImageError, match=named):
        read_bmp(data, LIMITS)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"BM" + bytes(9), "ends within its header"),
        (compose((2, 2), bytes(12), bits=24), "take 14 bytes, and 12 are there"),
        (compose((2, 2), b"", bits=24), "should begin at byte"),
        (compose((2, 0), bytes(12), bits=24), "no pixels"),
        (compose((-2, 2), bytes(12), bits=24), "no pixels"),
        (run_lengths((5, 2), [3, 5], 8), "end early"),
        (run_lengths((5, 2), [0, 9, 1, 2], 8), "end within a run"),
        (run_lengths((5, 2), [0, 2, 9, 0, 1, 1], 8), "leave the picture"),
    ],
)
def test_damaged_files_are_called_damaged(data: bytes, reason: str):
    with pytest.raises(BadImageError, match=reason) as refusal:
        read_bmp(data, LIMITS)
    assert not isinstance(refusal.value, UnsupportedImageError)


def test_too_many_pixels_are_refused_before_they_are_read():
    with pytest.raises(ImageTooLargeError, match="pixels"):
        read_bmp(compose((60_000, -60_000), bytes(12), bits=1), LIMITS)


def test_a_changed_file_is_a_picture_or_one_of_four_answers():
    source = random.Random(5)
    files = [
        compose((2, 1), words(0x6F00, 1), bits=16, packing=6, masks=(0xF00, 0xF0, 0xF, 0xF000)),
        compose((4, 2), bytes(32), bits=32, packing=3, masks=(255, 65280, 1), header_bytes=56),
        compose((5, 3), bytes(12), bits=4, palette=PALETTE),
        compose((5, 3), bytes(48), bits=24, header_bytes=12),
        run_lengths((5, 2), [3, 5, 2, 7, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 1], 8),
        run_lengths((5, 2), [3, 5, 2, 7, 0, 0, 0, 2, 1, 0, 4, 9, 0, 1], 4),
    ]
    answers = {"picture": 0, "refused": 0}
    for _ in range(1000):
        changed = bytearray(source.choice(files))
        for _ in range(source.randint(1, 6)):
            changed[source.randrange(2, len(changed))] = source.choice([0, 1, 2, 3, 255, 127, 40])
        try:
            image = read_bmp(bytes(changed), PictureLimits(max_pixels=1_000_000)).image
        except (BadImageError, ImageTooLargeError):
            answers["refused"] += 1
        else:
            assert image.mode == "RGB"
            answers["picture"] += 1
    assert min(answers.values()) > 100
