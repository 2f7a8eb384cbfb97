"""Every kind of file a person may send: decoded as computed by hand, or refused in words."""

import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from models.errors import BadImageError, ImageTooLargeError
from models.pictures import Picture, PictureLimits, decode_picture, encode_png
from models.pictures.formats import ACCEPTED_FORMATS

# The suite turns every warning into an error; the program itself ignores Pillow's, see
# `test_nothing_is_written_to_the_console_about_odd_metadata`.
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\.")

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)

PILLOW_NAMES = {name: name.upper() for name in ACCEPTED_FORMATS}


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, format=PILLOW_NAMES.get(format_name, format_name), **options)
    return stream.getvalue()


def checkered(height: int = 6, width: int = 9) -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def pixels(picture: Picture) -> np.ndarray:
    assert picture.image.mode == "RGB"
    return np.asarray(picture.image)


@pytest.mark.parametrize("format_name", ACCEPTED_FORMATS)
def test_every_accepted_format_is_decoded_by_its_content(format_name: str):
    picture = decode_picture(encoded(checkered(48, 64), format_name))
    assert (picture.height, picture.width) == (48, 64)
    assert picture.format == format_name
    assert picture.orientation == 1
    # Lossy formats blur the edge and shift colours a little; the middle of each half is certain.
    assert pixels(picture)[24, 12] == pytest.approx(np.array(RED), abs=6)
    assert pixels(picture)[24, 52] == pytest.approx(np.array(BLUE), abs=6)


@pytest.mark.parametrize("format_name", ["PNG", "BMP", "TIFF", "GIF"])
def test_lossless_formats_keep_every_pixel(format_name: str):
    assert np.array_equal(
        pixels(decode_picture(encoded(checkered(), format_name))), np.asarray(checkered())
    )


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 20_000)])
@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "BMP", "TIFF", "GIF"])
def test_the_smallest_and_the_thinnest_pictures_are_legal(size: tuple[int, int], format_name: str):
    picture = decode_picture(encoded(Image.new("RGB", size, WHITE), format_name))
    assert picture.image.size == size
    assert np.all(pixels(picture) == 255)


# --- orientation ------------------------------------------------------------------------------


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WebP", "TIFF", "AVIF"])
@pytest.mark.parametrize(
    ("orientation", "corner"),
    # Where the file's first pixel belongs, from the EXIF specification: (row, column) of upright.
    [
        (1, (0, 0)),
        (2, (0, -1)),
        (3, (-1, -1)),
        (4, (-1, 0)),
        (5, (0, 0)),
        (6, (0, -1)),
        (7, (-1, -1)),
        (8, (-1, 0)),
    ],
)
def test_the_picture_is_turned_upright(format_name: str, orientation: int, corner: tuple[int, int]):
    stored = Image.new("RGB", (64, 32), BLUE)
    stored.paste(RED, (0, 0, 16, 16))
    exif = Image.Exif()
    exif[274] = orientation
    picture = decode_picture(encoded(stored, format_name, exif=exif))
    assert picture.orientation == orientation
    assert picture.image.size == ((64, 32) if orientation < 5 else (32, 64))
    row, column = (4 if place == 0 else -4 for place in corner)
    reddest = pixels(picture)[:, :, 0].astype(int) - pixels(picture)[:, :, 2]
    assert reddest[row, column] > 200
    assert np.sum(reddest > 0) == pytest.approx(16 * 16, abs=40)


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\x01\0\0\0",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x63\0\0\0\0\0\0\0",
        b"Exif\0\0" + bytes(range(256)),
        b"no EXIF at all",
    ],
)
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WebP"])
def test_damaged_exif_does_not_break_the_picture(exif: bytes, format_name: str):
    picture = decode_picture(encoded(checkered(32, 32), format_name, exif=exif))
    assert picture.orientation == 1
    assert pixels(picture)[16, 4] == pytest.approx(np.array(RED), abs=8)


def test_big_endian_exif_is_read():
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    assert decode_picture(encoded(checkered(), "JPEG", exif=exif)).orientation == 6


# --- colour -----------------------------------------------------------------------------------


def test_grey_is_repeated_in_three_channels():
    levels = np.array([[0, 100, 255]], dtype=np.uint8)
    picture = decode_picture(encoded(Image.fromarray(levels), "PNG"))
    assert pixels(picture).tolist() == [[[0] * 3, [100] * 3, [255] * 3]]
    assert picture.stored_mode == "L"


def test_one_bit_becomes_black_and_white():
    image = Image.new("1", (2, 1), 0)
    image.putpixel((1, 0), 1)
    for format_name in ("PNG", "TIFF", "BMP"):
        assert pixels(decode_picture(encoded(image, format_name))).tolist() == [
            [[0] * 3, [255] * 3]
        ]


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(format_name: str):
    """By hand: v / 257, rounded. 128 / 257 is still 0, 129 / 257 already 1; 40000 / 257 = 155.6."""
    levels = np.array([[0, 128, 129, 257, 40_000, 65_534, 65_535]], dtype=np.uint16)
    picture = decode_picture(encoded(Image.fromarray(levels), format_name))
    assert pixels(picture)[0, :, 1].tolist() == [0, 0, 1, 1, 156, 255, 255]
    assert picture.stored_mode.startswith("I;16")
    assert not picture.served_as_is


def raw_png(width: int, height: int, bits: int, colour_type: int, rows: bytes) -> bytes:
    """A PNG by its specification, for what Pillow cannot write. Rows begin with filter 0."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + check

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    header += bytes([bits, colour_type, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_sixteen_bit_colour_is_scaled_and_not_clipped():
    row = b"\0" + b"".join(level.to_bytes(2, "big") for level in (65_535, 32_896, 0))
    picture = decode_picture(raw_png(1, 1, 16, 2, row))
    assert pixels(picture).tolist() == [[[255, 128, 0]]]
    assert not picture.served_as_is


def test_sixteen_bit_transparency_goes_over_white():
    row = b"\0" + bytes([0, 0, 0, 0]) + bytes([0, 0, 255, 255])
    assert pixels(decode_picture(raw_png(2, 1, 16, 4, row))).tolist() == [[[255] * 3, [0] * 3]]


def test_floating_point_is_stretched_and_survives_nan_and_infinity():
    """By hand: from -1 to 3, so 0 is a quarter of the way: 63.75."""
    values = np.array([[-1.0, 0.0, 3.0, np.nan, np.inf]], dtype=np.float32)
    picture = decode_picture(encoded(Image.fromarray(values), "TIFF"))
    assert pixels(picture)[0, :, 0].tolist() == [0, 64, 255, 0, 255]


@pytest.mark.parametrize("value", [5.0, np.nan])
def test_floating_point_without_contrast_is_black(value: float):
    image = Image.fromarray(np.full((2, 3), value, dtype=np.float32))
    assert np.all(pixels(decode_picture(encoded(image, "TIFF"))) == 0)


def test_transparency_goes_over_white():
    """By hand: red at alpha 102 of 255 over white: green = 255 * (1 - 0.4) = 153."""
    image = Image.new("RGBA", (3, 1))
    image.putdata([(255, 0, 0, 255), (255, 0, 0, 102), (0, 0, 0, 0)])
    for format_name in ("PNG", "TIFF"):
        picture = decode_picture(encoded(image, format_name))
        assert pixels(picture).tolist() == [[[255, 0, 0], [255, 153, 153], [255, 255, 255]]]
        assert not picture.served_as_is
    lossless = decode_picture(encoded(image, "WebP", lossless=True, exact=True))
    assert pixels(lossless).tolist() == [[[255, 0, 0], [255, 153, 153], [255, 255, 255]]]


def test_grey_with_alpha_goes_over_white():
    image = Image.new("LA", (2, 1))
    image.putdata([(0, 51), (200, 255)])
    assert pixels(decode_picture(encoded(image, "PNG"))).tolist() == [[[204] * 3, [200] * 3]]


@pytest.mark.parametrize("transparency", [0, b"\x00\xff"])
def test_transparent_palette_entries_go_over_white(transparency: int | bytes):
    image = Image.new("P", (2, 1))
    image.putpalette([*RED, *GREEN])
    image.putdata([0, 1])
    picture = decode_picture(encoded(image, "PNG", transparency=transparency))
    assert pixels(picture).tolist() == [[[255] * 3, list(GREEN)]]
    assert picture.stored_mode == "P"
    assert not picture.served_as_is


@pytest.mark.parametrize(("mode", "key", "other"), [("RGB", RED, BLUE), ("L", 10, 200)])
def test_a_transparent_colour_goes_over_white(
    mode: str, key: int | tuple[int, ...], other: int | tuple[int, ...]
):
    image = Image.new(mode, (2, 1))
    image.putdata([key, other])
    picture = decode_picture(encoded(image, "PNG", transparency=key))
    expected = list(other) if isinstance(other, tuple) else [other] * 3
    assert pixels(picture).tolist() == [[[255] * 3, expected]]
    assert not picture.served_as_is


@pytest.mark.parametrize("format_name", ["JPEG", "TIFF"])
def test_cmyk_is_not_inverted(format_name: str):
    """By hand: no ink is white, full magenta and yellow are red. Pillow writes Adobe's JPEG."""
    image = Image.new("CMYK", (32, 16), (0, 0, 0, 0))
    image.paste((0, 255, 255, 0), (16, 0, 32, 16))
    picture = decode_picture(encoded(image, format_name))
    assert pixels(picture)[8, 4] == pytest.approx(np.array(WHITE), abs=4)
    assert pixels(picture)[8, 28] == pytest.approx(np.array(RED), abs=4)
    assert not picture.served_as_is


def test_lab_is_refused_by_name():
    with pytest.raises(BadImageError, match="LAB"):
        decode_picture(encoded(Image.new("LAB", (4, 4)), "TIFF"))


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WebP", "TIFF", "AVIF"])
def test_the_first_frame_is_decoded(format_name: str):
    first, second = Image.new("RGB", (16, 16), GREEN), Image.new("RGB", (16, 16), RED)
    data = encoded(first, format_name, save_all=True, append_images=[second])
    picture = decode_picture(data)
    assert pixels(picture)[8, 8] == pytest.approx(np.array(GREEN), abs=6)
    assert picture.frames == (None if format_name in {"GIF", "TIFF"} else 2)
    assert not picture.served_as_is


@pytest.mark.parametrize(
    ("format_name", "mode", "expected"),
    [
        ("JPEG", "RGB", True),
        ("JPEG", "L", True),
        ("PNG", "RGB", True),
        ("PNG", "L", True),
        ("PNG", "P", False),
        ("WebP", "RGB", True),
        ("WebP", "RGBA", False),
        ("GIF", "RGB", False),
        ("TIFF", "RGB", False),
        ("AVIF", "RGB", False),
    ],
)
def test_only_what_browsers_show_the_same_is_served_as_is(
    format_name: str, mode: str, expected: bool
):
    assert decode_picture(encoded(Image.new(mode, (9, 9)), format_name)).served_as_is is expected


@pytest.mark.parametrize(("format_name", "expected"), [("JPEG", True), ("PNG", False)])
def test_a_turned_file_is_served_as_is_only_where_browsers_turn_it(
    format_name: str, expected: bool
):
    exif = Image.Exif()
    exif[274] = 6
    assert decode_picture(encoded(checkered(), format_name, exif=exif)).served_as_is is expected


def test_the_picture_forgets_its_metadata():
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    data = encoded(checkered(), "JPEG", exif=exif, comment=b"private")
    picture = decode_picture(data)
    assert picture.image.info == {}
    assert b"where I live" not in encode_png(picture.image)
    assert not picture.image.getexif()


def test_a_png_made_for_showing_has_the_very_pixels():
    image = Image.effect_noise((31, 17), 90).convert("RGB")
    assert np.array_equal(np.asarray(Image.open(BytesIO(encode_png(image)))), np.asarray(image))


# --- limits and refusals ----------------------------------------------------------------------


def test_too_many_bytes_are_refused_unread():
    with pytest.raises(ImageTooLargeError, match=r"1,001 bytes; at most 1,000"):
        decode_picture(bytes(1001), PictureLimits(max_bytes=1000))


@pytest.mark.parametrize("format_name", ACCEPTED_FORMATS)
def test_too_many_pixels_are_refused_before_decoding(
    format_name: str, monkeypatch: pytest.MonkeyPatch
):
    data = encoded(Image.new("RGB", (40, 30)), format_name)

    def refuse(*_: object) -> None:
        raise AssertionError("the pixels were decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)
    with pytest.raises(ImageTooLargeError, match=r"40 x 30 = 1,200 pixels; at most 1,199"):
        decode_picture(data, PictureLimits(max_pixels=1199))


@pytest.mark.parametrize("format_name", ACCEPTED_FORMATS)
def test_a_picture_of_exactly_the_limit_is_accepted(format_name: str):
    data = encoded(Image.new("RGB", (40, 30)), format_name)
    assert decode_picture(data, PictureLimits(len(data), 1200)).image.size == (40, 30)


@pytest.mark.parametrize("side", [10_000, 60_000, 2**31 - 1])
def test_a_decompression_bomb_is_refused_by_our_limit_at_any_size(side: int):
    with pytest.raises(ImageTooLargeError, match=f"{side:,} x {side:,}"):
        decode_picture(raw_png(side, side, 8, 2, bytes(100)))


def test_a_webp_bomb_is_refused_before_its_canvas_is_made(monkeypatch: pytest.MonkeyPatch):
    """The largest WebP: 16,383 x 16,383 px would take a gigabyte as soon as it is opened."""

    def refuse(*_: object) -> None:
        raise AssertionError("the canvas was made")

    monkeypatch.setattr("PIL._webp.WebPAnimDecoder", refuse)
    extended = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + b"\xfe\x3f\0" * 2
    lossless = b"VP8L" + (99).to_bytes(4, "little") + b"\x2f" + (0x0FFFBFFE).to_bytes(4, "little")
    lossy = b"VP8 " + (99).to_bytes(4, "little") + b"\0\0\0\x9d\x01\x2a" + b"\xff\x3f" * 2
    for chunk in (extended, lossless, lossy):
        with pytest.raises(ImageTooLargeError, match="16,383 x 16,383"):
            decode_picture(b"RIFF" + bytes(4) + b"WEBP" + chunk)


def test_an_empty_file_is_called_empty():
    with pytest.raises(BadImageError, match="empty"):
        decode_picture(b"")


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"Dear Sir, this is no photograph.\n", "The file is text,"),
        ("Grüße aus Köln, ÄÖÜ".encode(), "The file is text,"),
        (b"x", "The file is text,"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"\xef\xbb\xbf  <SVG >", "an SVG drawing"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"8BPS\0\1", "a Photoshop document"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(9), "a HEIC picture"),
        (b"\0\0\0\x14ftypisom\0\0\0\0mp42" + bytes(9), "a video"),
        (b"\x1aE\xdf\xa3" + bytes(9), "a video"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
        (b"\xff\x0a" + bytes(9), "a JPEG XL picture"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
        (b"\0\0\1\0\1\0", "a Windows icon"),
        (b"PK\3\4" + bytes(30), "a ZIP archive"),
        (b"\x1f\x8b" + bytes(30), "a gzip archive"),
        (b"P6 1 1 255\n\xff\xff\xff", "The file is not a picture"),
        ("é".encode() * 3000, "The file is text,"),
        (b"x" + "é".encode() * 3000, "The file is text,"),
        (bytes(100), "The file is not a picture"),
    ],
)
def test_other_files_are_refused_by_name_with_what_to_send(data: bytes, named: str):
    with pytest.raises(BadImageError) as refusal:
        decode_picture(data)
    assert named in str(refusal.value)
    assert "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF" in str(refusal.value)


@pytest.mark.parametrize("format_name", ACCEPTED_FORMATS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_file_cut_short_is_refused(format_name: str, kept: float):
    image = Image.effect_noise((64, 64), 90).convert("RGB")
    data = encoded(image, format_name)
    with pytest.raises(BadImageError, match=f"The {format_name} file"):
        decode_picture(data[: int(len(data) * kept)])


def test_a_picture_without_pixels_is_refused():
    flat_bmp = bytearray(encoded(Image.new("RGB", (5, 5)), "BMP"))
    flat_bmp[18:22] = bytes(4)
    for data in (raw_png(0, 5, 8, 2, b""), raw_png(5, 0, 8, 2, b""), bytes(flat_bmp)):
        with pytest.raises(BadImageError):
            decode_picture(data)


def sample(format_name: str) -> bytes:
    image = Image.effect_noise((24, 17), 90).convert("RGB")
    exif = Image.Exif()
    exif[274] = 6
    options: dict[str, object] = {} if format_name in {"GIF", "BMP"} else {"exif": exif}
    if format_name == "TIFF":
        options["compression"] = "tiff_lzw"
    return encoded(image, format_name, **options)


SAMPLES = {name: sample(name) for name in ACCEPTED_FORMATS}


@pytest.mark.parametrize("format_name", ACCEPTED_FORMATS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    kept=st.floats(0.02, 1),
    early=st.booleans(),
)
def test_a_damaged_file_is_decoded_or_refused_and_nothing_else(
    format_name: str, flips: list[tuple[float, int]], kept: float, early: bool
):
    data = bytearray(SAMPLES[format_name])
    # Headers are where damage is dangerous: half of the trials strike only there.
    reach = min(len(data), 120) if early else len(data)
    for place, value in flips:
        data[int(place * reach)] = value
    limits = PictureLimits(max_pixels=1_000_000)
    try:
        image = decode_picture(bytes(data[: int(len(data) * kept)]), limits).image
    except (BadImageError, ImageTooLargeError):
        return
    assert image.mode == "RGB"
    assert image.width * image.height <= limits.max_pixels


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes):
    with pytest.raises((BadImageError, ImageTooLargeError)):
        decode_picture(data)


# --- behaviour in a running program -----------------------------------------------------------


def test_nothing_is_written_to_the_console_about_odd_metadata(tmp_path: Path):
    """In a process of its own with Python's usual filters; Pillow alone does complain."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
    exif += b"\x0e\x01\x02\0\xe8\x03\0\0\x10\x00\0\0"  # a text of 1,000 bytes that is not there
    path = tmp_path / "odd.jpg"
    path.write_bytes(encoded(checkered(), "JPEG", exif=exif))

    def console(program: str) -> str:
        root = Path(__file__).parents[2]
        command = [sys.executable, "-c", program, str(path)]
        finished = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True)
        return finished.stderr

    assert "UserWarning" in console(
        "import sys; from PIL import Image; Image.open(sys.argv[1]).getexif()"
    )
    assert not console(
        "import sys, pathlib; from models.pictures import decode_picture\n"
        "assert decode_picture(pathlib.Path(sys.argv[1]).read_bytes()).orientation == 6"
    )


def test_many_threads_decode_side_by_side():
    failures: list[str] = []

    def run(format_name: str, check: Callable[[bytes], None]) -> None:
        for _ in range(5):
            check(SAMPLES[format_name])

    def expect(format_name: str) -> Callable[[bytes], None]:
        expected = pixels(decode_picture(SAMPLES[format_name])).copy()

        def check(data: bytes) -> None:
            if not np.array_equal(pixels(decode_picture(data)), expected):
                failures.append(format_name)
            with pytest.raises(BadImageError):
                decode_picture(data[:30])

        return check

    threads = [threading.Thread(target=run, args=(name, expect(name))) for name in SAMPLES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert failures == []
