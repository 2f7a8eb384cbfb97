"""TIFF files made by other libraries and by hand, held against the numbers that were put in."""

import io
import random
import struct
import subprocess
import sys
import warnings
import zlib
from itertools import product
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from composed_tiff import ASCII, DOUBLE, LONG, RATIONAL, SHORT, UNDEFINED, Tags, compose
from PIL import Image

from models.errors import BadImageError, ImageTooLargeError, UnsupportedImageError
from models.pictures import decode_picture
from models.pictures.content.picture import PictureLimits, StoredPixels
from models.pictures.readers.tiff.reader import read_tiff

LIMITS = PictureLimits()
HEIGHT, WIDTH = 19, 37


def read(data: bytes, limits: PictureLimits = LIMITS) -> StoredPixels:
    return read_tiff(data, limits)


def levels(data: bytes) -> np.ndarray:
    return np.asarray(read(data).image).astype(int)


def greys(data: bytes) -> list[int]:
    """The first channel of every pixel, and proof that the others are the same."""
    found = levels(data)
    assert np.all(found == found[:, :, :1])
    return found[:, :, 0].ravel().tolist()


def notes(data: bytes) -> dict[str, str]:
    return {note.code: note.text for note in read(data).notes}


def written(values: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        # It warns of predictors and tile sizes that are rare.
        warnings.simplefilter("ignore")
        tifffile.imwrite(stream, values, metadata=None, **options)
    return stream.getvalue()


def shares(values: np.ndarray) -> np.ndarray:
    """What every number is worth between black and white, in the widest float there is."""
    wide = values.astype(np.longdouble)
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        return wide / np.iinfo(values.dtype).max
    return (wide - wide.min()) / (wide.max() - wide.min())


def random_values(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    source = np.random.default_rng(7)
    if np.dtype(dtype).kind == "f":
        return source.normal(40, 300, shape).astype(dtype)
    bounds = np.iinfo(dtype)
    return source.integers(bounds.min, bounds.max, shape, dtype=dtype, endpoint=True)


# --- every kind x compression x predictor x tiles x byte order ------------------------------------

KINDS = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8")
COMPRESSIONS = (None, "lzw", "zlib", "packbits", "lzma", "zstd", "lerc", "jpeg2000", "webp")
LOSSLESS = {"jpeg2000": {"level": 0}, "webp": {"lossless": True}}
PREDICTED = {"lzw", "zlib", "lzma", "zstd"}


def expected_levels(values: np.ndarray) -> np.ndarray:
    """Of grey, RGB, or RGB with transparency over white."""
    colours = values.reshape(HEIGHT, WIDTH, -1)
    worth = shares(colours[:, :, :3])
    if colours.shape[2] == 4:
        largest = 1 if values.dtype.kind == "f" else np.iinfo(values.dtype).max
        alpha = colours[:, :, 3:].astype(np.longdouble) / largest
        worth = worth * alpha + 1 - alpha
    return np.broadcast_to(np.rint(worth * 255), (HEIGHT, WIDTH, 3))


def is_refused(
    dtype: np.dtype, order: str, compression: str | None, predictor: bool, colours: int
) -> bool:
    """Kinds of which no two programs agree, or that are documented as not read."""
    if colours == 4 and dtype.kind == "i":
        return True
    if predictor and compression not in PREDICTED:
        return True
    return compression == "jpeg2000" and (
        dtype.itemsize > 2 or (order == ">" and dtype.itemsize > 1)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_the_numbers_that_tifffile_wrote_or_refused(kind: str):
    dtype = np.dtype(kind)
    wrong, checked = [], 0
    for colours, compression, predictor, tile, order, apart in product(
        (1, 3, 4), COMPRESSIONS, (False, True), (None, (16, 32)), "<>", (False, True)
    ):
        if (colours == 1 and apart) or (colours == 4 and compression not in (None, "lzw")):
            continue
        values = random_values(kind, (HEIGHT, WIDTH, colours)[: 2 + (colours > 1)])
        options: dict[str, object] = {"photometric": "minisblack"}
        if colours > 1:
            options = {"photometric": "rgb", "planarconfig": "separate" if apart else "contig"}
        if colours == 4:
            options["extrasamples"] = ["unassalpha"]
            if dtype.kind == "f":
                values[:, :, 3] = np.random.default_rng(8).random((HEIGHT, WIDTH))
        try:
            data = written(
                np.moveaxis(values, 2, 0) if apart else values,
                compression=compression,
                compressionargs=LOSSLESS.get(compression),
                predictor=predictor,
                tile=tile,
                rowsperstrip=None if tile else 5,
                byteorder=order,
                **options,
            )
        except (ValueError, KeyError, RuntimeError):
            continue  # tifffile cannot write such a file
        checked += 1
        name = f"{order}{kind} x {colours} {compression} {predictor=} {tile=} {apart=}"
        try:
            if not np.array_equal(levels(data), expected_levels(values)):
                wrong.append(name)
        except UnsupportedImageError as refusal:
            if not is_refused(dtype, order, compression, predictor, colours):
                wrong.append(f"{name}: {refusal}")
    assert wrong == []
    assert checked >= (72 if dtype.itemsize == 8 and dtype.kind != "f" else 120)


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "I;16", "I", "F", "PA", "LA", "RGBA"]
)
def test_every_kind_is_the_picture_that_pillow_wrote(mode: str):
    """Through libtiff. Pillow turns YCbCr into RGB by tables that round once more."""
    rows, columns = np.mgrid[0:40, 0:50]
    colours = np.stack([columns * 5, rows * 6, (rows + columns) * 2], axis=2).astype(np.uint8)
    source = Image.fromarray(colours)
    if mode in ("LA", "RGBA"):
        picture = source.convert(mode.removesuffix("A"))
        picture.putalpha(source.getchannel("G"))
    elif mode in ("I;16", "I", "F"):
        number = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        picture = Image.fromarray(
            colours[:, :, 2].astype(number) * 300 - (7 if mode != "I;16" else 0)
        )
    elif mode == "PA":
        picture = source.convert("P").convert("PA")
    else:
        picture = source.convert(mode)
    if mode in ("I;16", "I", "F"):
        grey = np.rint(shares(np.asarray(picture)) * 255)
        expected = np.repeat(grey[:, :, None], 3, axis=2)
    else:
        over_white = Image.new("RGB", picture.size, "white")
        over_white.paste(picture.convert("RGB"), mask=picture.convert("RGBA").getchannel("A"))
        expected = np.asarray(over_white).astype(int)
    fax = ["group3", "group4", "tiff_ccitt"] if mode == "1" else []
    for compression in [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma", *fax]:
        for big in (False, True):
            stream = io.BytesIO()
            picture.save(stream, "TIFF", compression=compression, big_tiff=big)
            difference = np.abs(levels(stream.getvalue()) - expected).max()
            assert difference <= (1 if mode == "YCbCr" else 0), (compression, big)


@pytest.mark.parametrize("meaning", ["rgb", "minisblack", "separated"])
@pytest.mark.parametrize("tile", [None, (16, 32)])
def test_jpeg_parts_are_what_libtiff_makes_of_them(meaning: str, tile: tuple[int, int] | None):
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    channels = {"rgb": 3, "minisblack": 1, "separated": 4}[meaning]
    planes = [columns * 6, rows * 9, rows + columns, rows * 2][:channels]
    values = np.stack(planes, axis=2).astype(np.uint8)
    values = values if channels > 1 else values[:, :, 0]
    data = written(values, photometric=meaning, compression="jpeg", tile=tile, rowsperstrip=None)
    by_pillow = Image.open(io.BytesIO(data)).convert("RGB")
    assert np.array_equal(levels(data), np.asarray(by_pillow))


def lerc(values: np.ndarray, part: bytes, wrapping: int = 0) -> bytes:
    kind, samples = {"f": 3, "i": 2, "u": 1}[values.dtype.kind], values.shape[2]
    return compose(
        values.shape[1::-1],
        [part],
        bits=[8 * values.dtype.itemsize] * samples,
        meaning=2 if samples == 3 else 1,
        compression=34887,
        tags={339: (SHORT, [kind] * samples), 50674: (LONG, [4, wrapping])},
    )


@pytest.mark.parametrize("samples", [1, 3])
def test_lerc_compressed_once_more_or_with_pixels_left_out(samples: int):
    values = np.repeat(np.arange(12, dtype=np.float32).reshape(3, 4, 1), samples, axis=2)
    stored = values if samples > 1 else values[:, :, 0]
    plain = imagecodecs.lerc_encode(stored)
    expected = np.rint(np.arange(12) / 11 * 255).tolist()
    assert greys(lerc(values, plain)) == expected
    assert greys(lerc(values, zlib.compress(plain), 1)) == expected
    assert greys(lerc(values, imagecodecs.zstd_encode(plain), 2)) == expected
    with pytest.raises(UnsupportedImageError, match="LERC compression within another"):
        read(lerc(values, plain, 3))
    there = np.arange(12).reshape(3, 4) > 0
    data = lerc(values, imagecodecs.lerc_encode(stored, masks=there))
    assert greys(data) == [0, *np.rint(np.arange(11) / 10 * 255).tolist()]
    assert "1 pixel is without a number" in notes(data)["stretched-range"]
    whole = values.astype(np.uint8)
    stored = whole if samples > 1 else whole[:, :, 0]
    with pytest.raises(UnsupportedImageError, match="leaves pixels out"):
        read(lerc(whole, imagecodecs.lerc_encode(stored, masks=there)))


@pytest.mark.parametrize("mode", ["L", "RGB", "YCbCr", "CMYK"])
def test_jpeg_parts_with_tables_beside_them(mode: str):
    rows, columns = np.mgrid[0:40, 0:50]
    colours = np.stack([columns * 5, rows * 6, (rows + columns) * 2], axis=2).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(colours).convert(mode).save(stream, "TIFF", compression="jpeg")
    assert tifffile.TiffFile(io.BytesIO(stream.getvalue())).pages[0].jpegtables
    by_pillow = Image.open(io.BytesIO(stream.getvalue())).convert("RGB")
    assert np.array_equal(levels(stream.getvalue()), np.asarray(by_pillow))


# --- numbers whose range is agreed ----------------------------------------------------------------


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    ("bits", "stored", "expected"),
    # By hand: number / (2 ** bits - 1) * 255, to the nearest. The highest bit comes first.
    [
        (1, bytes([0b01010000]), [0, 255, 0]),
        (2, bytes([0b00011000]), [0, 85, 170]),
        (3, bytes([0b00101011, 0b10000000]), [36, 73, 255]),
        (4, bytes([0x08, 0xF0]), [0, 136, 255]),
        (6, bytes([0b00000110, 0b00001111, 0b11000000]), [4, 130, 255]),
        (10, bytes([0, 0b00100000, 0b00011111, 0b11111100]), [0, 128, 255]),
        (12, bytes([0x80, 0x0F, 0xFF, 0x00, 0x10]), [128, 255, 0]),
    ],
)
def test_numbers_of_odd_sizes(order: str, big: bool, bits: int, stored: bytes, expected: list[int]):
    assert greys(compose((3, 1), [stored], bits=bits, order=order, big=big)) == expected
    # Every row begins at a byte of its own.
    assert greys(compose((3, 2), [stored * 2], bits=bits, order=order)) == expected * 2
    inverted = compose((3, 1), [stored], bits=bits, order=order, meaning=0)
    assert greys(inverted) == [255 - level for level in expected]
    reversed_bits = bytes(int(f"{byte:08b}"[::-1], 2) for byte in stored)
    lowest_first: Tags = {266: (SHORT, [2])}
    data = compose((3, 1), [reversed_bits], bits=bits, order=order, tags=lowest_first)
    assert greys(data) == expected


@pytest.mark.parametrize("order", "<>")
def test_white_is_zero_at_every_size(order: str):
    """16 bits by hand: 1 - 13107 / 65535 = 0.8. Floats: what is smallest is white."""
    sixteen = struct.pack(f"{order}3H", 0, 13107, 65535)
    assert greys(compose((3, 1), [sixteen], bits=16, meaning=0, order=order)) == [255, 204, 0]
    floats = struct.pack(f"{order}4f", -2, 0, 2, float("nan"))
    data = compose((4, 1), [floats], bits=32, meaning=0, order=order, tags={339: (SHORT, [3])})
    assert greys(data) == [255, 128, 0, 255]
    assert (
        "-2 is shown white, 2 black; 1 pixel is without a number, left out and shown white"
        in (notes(data)["stretched-range"])
    )


def test_planes_of_sixteen_bits_stored_apart():
    planes = [
        struct.pack(">4H", *(257 * level for level in row))
        for row in ([10, 20, 30, 40], [60, 70, 80, 90], [110, 120, 130, 140])
    ]
    data = compose((2, 2), planes, bits=[16] * 3, meaning=2, order=">", tags={284: (SHORT, [2])})
    assert levels(data).reshape(-1, 3).tolist() == [
        [10, 60, 110],
        [20, 70, 120],
        [30, 80, 130],
        [40, 90, 140],
    ]


def test_palettes_of_every_size_and_of_every_writers_bytes():
    """Colours of 16 bits made by 256, by 257, or with the high byte left empty."""
    colours = [[0, 200, 3, 255], [1, 150, 9, 254], [2, 100, 27, 253]]
    for factor in (1, 256, 257):
        table = [level * factor for channel in colours for level in channel]
        data = compose((4, 1), [bytes([0b00011011])], bits=2, meaning=3, tags={320: (SHORT, table)})
        assert levels(data)[0].tolist() == np.transpose(colours).tolist()
    assert read(data).mode == "P;2"


def test_cmyk_of_eight_and_sixteen_bits():
    """By hand: (1 - 0.2) * (1 - 0.5) * 255 = 102."""
    for code, largest in (("B", 255), ("H", 65535)):
        inks = [round(largest * share) for share in (0.2, 1, 1, 0, 0.2, 0, 0, 0.6)]
        data = compose(
            (2, 1),
            [struct.pack(f"<8{code}", *inks)],
            bits=[8 * struct.calcsize(code)] * 4,
            meaning=5,
        )
        assert levels(data)[0].tolist() == [[204, 0, 0], [82, 102, 102]]


def test_ycbcr_by_the_files_own_weights_and_range():
    """By hand, with Cb and Cr of no colour at 128: luma 126 in 16..235 is 128.1 of 255."""
    studio = [16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1]
    tags: Tags = {530: (SHORT, [1, 1]), 532: (RATIONAL, studio)}
    data = compose(
        (3, 1),
        [bytes([126, 128, 128, 16, 128, 128, 235, 128, 128])],
        bits=[8] * 3,
        meaning=6,
        tags=tags,
    )
    assert levels(data)[0].tolist() == [[128] * 3, [0] * 3, [255] * 3]
    # Red alone, weights of ITU-R BT.709: luma 0.2126 * 255 = 54, Cr = 255 * 0.5 / ... = 255.
    weights = [2126, 10000, 7152, 10000, 722, 10000]
    tags = {530: (SHORT, [1, 1]), 529: (RATIONAL, weights)}
    data = compose((1, 1), [bytes([54, 99, 255])], bits=[8] * 3, meaning=6, tags=tags)
    assert levels(data)[0, 0] == pytest.approx([254, 0, 0], abs=1)


# --- transparency and further samples -------------------------------------------------------------


@pytest.mark.parametrize(
    ("bits", "meaning", "kind", "pixel", "expected"),
    # By hand, over white: colour * alpha + 1 - alpha; premultiplied ones are multiplied already.
    [
        ([8] * 4, 2, 2, struct.pack("<4B", 255, 0, 0, 102), [255, 153, 153]),
        ([8] * 4, 2, 1, struct.pack("<4B", 102, 0, 0, 102), [255, 153, 153]),
        ([16] * 4, 2, 1, struct.pack("<4H", 26214, 0, 0, 26214), [255, 153, 153]),
        ([16] * 2, 1, 2, struct.pack("<2H", 0, 13107), [204] * 3),
        ([16] * 2, 0, 2, struct.pack("<2H", 65535, 13107), [204] * 3),
        ([16] * 2, 1, 0, struct.pack("<2H", 0, 13107), [0] * 3),
        ([8] * 4, 2, None, struct.pack("<4B", 255, 0, 9, 102), [255, 0, 9]),
        ([8] * 5, 5, 2, struct.pack("<5B", 0, 255, 255, 0, 102), [255, 153, 153]),
    ],
)
def test_transparency_goes_over_white(
    bits: list[int], meaning: int, kind: int | None, pixel: bytes, expected: list[int]
):
    tags: Tags = {} if kind is None else {338: (SHORT, [kind])}
    data = compose((1, 1), [pixel], bits=bits, meaning=meaning, tags=tags)
    assert levels(data)[0, 0].tolist() == expected
    assert ("samples-left-aside" in notes(data)) is (not kind)


def test_transparency_of_floats_does_not_stretch_their_range():
    pixels = struct.pack("<4f", 2, 1, 4, 0.6)
    data = compose((2, 1), [pixels], bits=[32] * 2, tags={338: (SHORT, [2]), 339: (SHORT, [3, 3])})
    assert greys(data) == [0, 255]
    out_of_range = compose(
        (2, 1),
        [struct.pack("<4f", 2, 1, 4, 255)],
        bits=[32] * 2,
        tags={338: (SHORT, [2]), 339: (SHORT, [3, 3])},
    )
    with pytest.raises(UnsupportedImageError, match="transparency outside 0 to 1"):
        read(out_of_range)


# --- numbers without an agreed range --------------------------------------------------------------


def numbers(code: str, *values: float, no_data: str | None = None) -> bytes:
    kind = 3 if code in "efd" else (2 if code.islower() else 1)
    tags: Tags = {339: (SHORT, [kind])}
    if no_data is not None:
        tags[42113] = (ASCII, [*no_data.encode(), 0])
    stored = struct.pack(f"<{len(values)}{code}", *values)
    return compose((len(values), 1), [stored], bits=8 * struct.calcsize(code), tags=tags)


LARGEST = float(np.finfo(np.float32).max)


@pytest.mark.parametrize(
    ("data", "expected", "said"),
    # By hand: (number - smallest) / (largest - smallest) * 255, of the numbers that count.
    [
        (numbers("f", 0, 0.25, 1), [0, 64, 255], "0 is shown black, 1 white"),
        (numbers("e", 0, 1), [0, 255], "0 is shown black, 1 white"),
        (numbers("d", 0, 1), [0, 255], "0 is shown black, 1 white"),
        (numbers("f", -3e38, 0, 3e38), [0, 128, 255], "-3e+38 is shown black, 3e+38 white"),
        (numbers("d", -1.7e308, 0, 1.7e308), [0, 128, 255], "-1.7e+308 is shown black"),
        (numbers("d", 0, 5e-324, 1e-323), [0, 128, 255], "0 is shown black"),
        (numbers("b", -128, 0, 127), [0, 128, 255], "-128 is shown black, 127 white"),
        (numbers("h", -5, 0, 15), [0, 64, 255], "-5 is shown black, 15 white"),
        (numbers("I", 0, 2**31, 2**32 - 1), [0, 128, 255], "black, 4294967295 white"),
        (
            numbers("Q", 2**63, 2**63 + 1, 2**63 + 4),
            [0, 64, 255],
            "9223372036854775808 is shown black, 9223372036854775812 white",
        ),
        (
            numbers("q", -(2**63), 0, 2**63 - 1),
            [0, 128, 255],
            "-9223372036854775808 is shown black, 9223372036854775807 white",
        ),
        # However narrow the range, its ends are told apart.
        (numbers("I", 10**6, 10**6 + 3), [0, 255], "1000000 is shown black, 1000003 white"),
        (numbers("f", 100000.1, 100000.4), [0, 255], "100000.1 is shown black, 100000.4 white"),
        (numbers("d", 2459000.25, 2459000.75), [0, 255], "2459000.25 is shown black, 2459000.75"),
        (numbers("d", 0.1000004, 0.1000006), [0, 255], "0.1000004 is shown black, 0.1000006 wh"),
        (numbers("f", 1 / 3, 1), [0, 255], "0.333333 is shown black, 1 white"),
        (numbers("f", 100000.1), [0], "all are 100000.1, shown black"),
        (numbers("f", 7, 7), [0, 0], "all are 7, shown black"),
        (numbers("f", -0.0, 1), [0, 255], "range: 0 is shown black"),
        # What is no measurement is left out, and said.
        (
            numbers("f", -LARGEST, 0, 50, 100),
            [0, 0, 128, 255],
            "100 white; 1 pixel is at the end of what numbers can be (-3.40282e+38), left out",
        ),
        (
            numbers("d", LARGEST, 0, 50, 100, float("inf")),
            [255, 0, 128, 255, 255],
            "2 pixels are at the end of what numbers can be (inf), left out and shown white",
        ),
        (
            numbers("f", -9999, 0, 50, 100, no_data="-9999"),
            [0, 0, 128, 255],
            "1 pixel is marked as no data (-9999), left out and shown black",
        ),
        (numbers("f", -LARGEST, 1, 2, no_data="-3.40282346638529e+38"), [0, 0, 255], "no data"),
        (numbers("h", -32768, 1, 2, no_data="-32768"), [0, 0, 255], "1 is shown black, 2 white"),
        (numbers("h", -32768, 1, 2, no_data="1e9"), [0, 255, 255], "-32768 is shown black"),
        (
            numbers("f", float("nan"), 3, 4, no_data="nan"),
            [0, 0, 255],
            "1 pixel is without a number",
        ),
        # One number beside what was left out stays apart from it.
        (
            numbers("f", -9999, 5, float("inf"), no_data="-9999"),
            [0, 128, 255],
            "all others are 5, shown in middle grey",
        ),
        (numbers("f", float("nan"), float("nan")), [0, 0], "none of them is finite"),
    ],
)
def test_numbers_are_shown_from_the_smallest_to_the_largest(
    data: bytes, expected: list[int], said: str
):
    assert greys(data) == expected
    assert said in notes(data)["stretched-range"]


def test_a_large_picture_has_one_range_and_one_note():
    """Two million numbers are worked on in pieces; the ends lie in different ones."""
    values = np.full((1500, 1500), 50, dtype=np.float32)
    values[0, :2], values[-1, -2:] = (0, -np.inf), (100, -LARGEST)
    data = written(values, compression="zlib")
    found = levels(data)[:, :, 0]
    assert np.all(found[1:-1] == 128)
    assert (found[0, 0], found[0, 1], found[-1, -2], found[-1, -1]) == (0, 0, 255, 0)
    assert notes(data)["stretched-range"].endswith(
        "0 is shown black, 100 white; 2 pixels are at the end of what numbers can be (-inf), "
        "left out and shown black."
    )


def test_colours_of_floats_share_one_range():
    data = compose(
        (2, 1),
        [struct.pack(">6f", 0, 0.5, 1, 1, 1, 1)],
        bits=[32] * 3,
        meaning=2,
        order=">",
        tags={339: (SHORT, [3] * 3)},
    )
    assert levels(data)[0].tolist() == [[0, 128, 255], [255, 255, 255]]


# --- side data ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({274: (SHORT, [99])}, "tag-left-aside"),
        ({274: (RATIONAL, [6, 1])}, "tag-left-aside"),
        ({254: (ASCII, [65, 0])}, "tag-left-aside"),
        ({42113: (ASCII, [*b"none", 0])}, "tag-left-aside"),
        ({42113: (DOUBLE, [1.0])}, "tag-left-aside"),
        ({254: (LONG, [1])}, "reduced-copy"),
    ],
)
def test_an_odd_tag_that_moves_no_pixel_is_said_and_the_picture_shown(tags: Tags, code: str):
    data = compose((2, 1), [bytes([7, 250])], tags=tags)
    assert greys(data) == [7, 250]
    assert list(notes(data)) == [code]
    assert read(data).orientation == 1


def test_what_plain_files_hold_needs_no_note():
    data = compose((2, 1), [bytes([7, 250])], tags={274: (SHORT, [6]), 305: (ASCII, [65, 0])})
    stored = read(data)
    assert (stored.notes, stored.orientation, stored.image.size) == ((), 6, (2, 1))


with Image.open(Path(__file__).parents[1] / "data/pictures/icc_swapped.png") as swapped:
    SWAPPED_COLOUR, SWAPPED_PROFILE = swapped.getpixel((0, 0)), swapped.info["icc_profile"]


def test_a_colour_profile_is_left_aside_and_said_or_followed():
    """A profile whose red, green and blue stand in each other's places."""
    icc = {34675: (UNDEFINED, list(SWAPPED_PROFILE))}
    data = compose((1, 1), [bytes(SWAPPED_COLOUR)], bits=[8] * 3, meaning=2, tags=icc)
    assert levels(data)[0, 0].tolist() == list(SWAPPED_COLOUR)
    assert [note.code for note in decode_picture(data).notes] == ["profile-left-aside"]
    followed = np.asarray(decode_picture(data, colours="profile").image)
    # The profile's curve is a plain gamma, sRGB's is not: a few levels in the dark.
    assert followed[0, 0] == pytest.approx(np.array([60, 200, 60]), abs=4)


@pytest.mark.parametrize(
    "options",
    [
        {"bits": [8] * 3, "meaning": 2, "tags": {34675: (UNDEFINED, [1, 2, 3])}},
        {"bits": [8] * 4, "meaning": 5, "tags": {34675: (UNDEFINED, [1, 2, 3])}},
        {"bits": 8, "tags": {34675: (UNDEFINED, list(SWAPPED_PROFILE))}},
        {"bits": 8, "tags": {34675: (UNDEFINED, [1]), 339: (SHORT, [2])}},
    ],
)
def test_a_profile_that_nobody_can_follow_costs_no_picture(options: dict):
    data = compose((1, 1), [bytes(4)], **options)
    assert read(data).profile is None
    assert "profile-damaged" in notes(data)


def test_tiles_that_the_file_leaves_out_are_said():
    """As GDAL's sparse files do: no place and no bytes. Blank is the mark for no data."""
    tags: Tags = {324: (LONG, [8, 0]), 325: (LONG, [16 * 16, 0])}
    data = compose((32, 16), [b"\x40" * 256], tile=(16, 16), tags=tags)
    found = levels(data)
    assert np.all(found[:, :16] == 64)
    assert np.all(found[:, 16:] == 0)
    assert "1 of 2 tiles" in notes(data)["blank-parts"]


def test_notes_and_the_way_up_reach_the_decoded_picture():
    """Orientation 6: the file's first column, from the bottom up, is the picture's first row."""
    data = compose(
        (2, 1), [struct.pack("<2h", -1, 1)], bits=16, tags={339: (SHORT, [2]), 274: (SHORT, [6])}
    )
    picture = decode_picture(data)
    assert np.asarray(picture.image)[:, :, 0].tolist() == [[0], [255]]
    assert (picture.orientation, picture.stored_mode, picture.served_as_is) == (6, "I;16S", False)
    assert [note.code for note in picture.notes] == ["stretched-range"]


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"meaning": 4}, "transparency mask"),
        ({"meaning": 8, "bits": [8] * 3}, "CIE LAB"),
        ({"meaning": 32803}, "colour filter array"),
        ({"meaning": 77}, "unknown photometric interpretation \\(77\\)"),
        ({"meaning": None}, "meaning it does not say"),
        ({"compression": 6}, "old-style JPEG"),
        ({"compression": 50002}, "JPEG XL"),
        ({"compression": 4711}, "unknown compression \\(4711\\)"),
        ({"compression": 4}, "CCITT group 4 compression of samples"),
        ({"compression": 4, "bits": 1, "tags": {293: (LONG, [2])}}, "left uncompressed"),
        ({"compression": 5}, "LZW compression of the kind before"),
        ({"bits": 24}, "whole numbers of 24 bits"),
        ({"bits": 24, "tags": {339: (SHORT, [3])}}, "floating point numbers of 24 bits"),
        ({"bits": 64, "tags": {339: (SHORT, [6])}}, "complex"),
        ({"bits": [5, 6, 5], "meaning": 2}, "different kinds within one pixel"),
        ({"tags": {317: (SHORT, [2])}}, "differences within none compression"),
        ({"compression": 8, "tags": {317: (SHORT, [3])}}, "predictor of kind 3"),
        ({"compression": 8, "tags": {317: (SHORT, [34892])}}, "predictor of kind 34892"),
        ({"meaning": 5, "bits": [8] * 4, "tags": {332: (SHORT, [2])}}, "inks other than CMYK"),
        ({"meaning": 5, "bits": [32] * 4}, "CMYK in numbers without"),
        ({"meaning": 6, "bits": [8] * 3}, "coarser colours than brightness"),
        ({"meaning": 3, "tags": {339: (SHORT, [2])}}, "palette for such numbers"),
        ({"bits": [8] * 2, "tags": {338: (SHORT, [2]), 339: (SHORT, [2])}}, "signed numbers"),
        ({"bits": [32] * 2, "tags": {338: (SHORT, [1])}}, "multiplied by their transparency"),
        ({"meaning": 0, "bits": [8] * 2, "tags": {338: (SHORT, [1])}}, "other than RGB"),
        ({"tags": {32997: (LONG, [5])}}, "stack of 5 slices"),
    ],
)
def test_intact_files_of_other_kinds_are_refused_by_name(options: dict, named: str):
    data = compose((2, 1), [b"\0\1" + bytes(62)], **options)
    with pytest.raises(UnsupportedImageError, match=named):
        read(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"II*\0", "ends before its list of tags"),
        (b"II*\0\xff\xff\xff\xff", "ends before its list of tags"),
        (b"II*\0\x08\0\0\0\0\0", "0 entries"),
        (b"II+\0\x04\0\0\0" + bytes(20), "not 8 bytes long"),
        (compose((2, 2), [bytes(4)], tags={257: (LONG, [0])}), "no pixels"),
        (compose((2, 2), [bytes(4)], tags={257: (RATIONAL, [2, 1])}), "tag 257 holds no whole"),
        (compose((2, 2), [bytes(3)]), "cannot be unpacked in full"),
        (compose((2, 2), [bytes(4)], tags={279: (LONG, [5000])}), "should end at byte"),
        (compose((2, 2), [bytes(4)], tags={273: (LONG, [9**9])}), "should end at byte"),
        (compose((2, 2), [bytes(4)], tags={278: (LONG, [1])}), "where each of its 2 strips"),
        (compose((2, 2), [bytes(4)], tags={278: (LONG, [0])}), "strips have no pixels"),
        (compose((2, 2), [bytes(4)], meaning=2), "1 samples a pixel, and its colours are 3"),
        (compose((2, 2), [bytes(4)], meaning=3), "palette is missing"),
        (compose((2, 2), [b"not compressed"], compression=8), "Deflate"),
        (compose((2, 2), [zlib.compress(bytes(3))], compression=8), "Deflate"),
        (compose((2, 2), [zlib.compress(bytes(4))[:-1] + b"\0"], compression=8), "Deflate"),
        (compose((2, 2), [imagecodecs.lzw_encode(bytes(3))], compression=5), "LZW"),
    ],
)
def test_damaged_files_are_called_damaged(data: bytes, reason: str):
    with pytest.raises(BadImageError, match=reason) as refusal:
        read(data)
    assert not isinstance(refusal.value, UnsupportedImageError)


@pytest.mark.parametrize("noise", [4, 16, 60, 200])
def test_half_a_deflate_stream_is_no_part_though_zeros_follow_it(noise: int):
    """Zeros may be codes like any other, and give all pixels and more: the checksum tells."""
    slope = np.add.outer(np.arange(96), np.arange(120))
    drawn = np.random.default_rng(0).integers(0, noise, slope.shape)
    values = np.clip(slope + drawn, 0, 255).astype(np.uint8)
    whole = zlib.compress(values.tobytes())
    half = whole[: len(whole) // 2]
    assert greys(compose((120, 96), [whole], compression=8)) == values.ravel().tolist()
    with pytest.raises(BadImageError, match="Deflate"):
        read(compose((120, 96), [half + bytes(len(whole) - len(half))], compression=8))


def test_rows_behind_a_deflated_picture_are_let_go_and_checked():
    """Some writers fill the last strip."""
    rows = bytes(range(200))
    strip = zlib.compress(rows)
    assert greys(compose((2, 2), [strip], compression=8)) == [0, 1, 2, 3]
    for damaged in (strip[:-1] + b"\0", strip[:-9]):
        with pytest.raises(BadImageError, match="Deflate"):
            read(compose((2, 2), [damaged], compression=8))


def test_a_file_that_ends_early_is_called_cut_short():
    values = random_values("u1", (40, 40))
    data = written(values, compression="zlib", rowsperstrip=4)
    with pytest.raises(BadImageError, match="cut short"):
        read(data[:-50])


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_codes_that_end_early_are_called_damaged(compression: str):
    """The number of bytes in the file's tag is halved; they lie behind the eight of the header."""
    stream = io.BytesIO()
    bits = random_values("u1", (40, 50)) > 100
    Image.fromarray(bits).save(stream, "TIFF", compression=compression)
    page = tifffile.TiffFile(io.BytesIO(stream.getvalue())).pages[0]
    size = struct.pack("<I", page.databytecounts[0])
    place = page.tags["StripByteCounts"].offset + 8
    data = bytearray(stream.getvalue())
    assert data[place : place + 4] == size
    assert np.array_equal(levels(bytes(data))[:, :, 0] > 0, bits)
    data[place : place + 4] = struct.pack("<I", page.databytecounts[0] // 2)
    with pytest.raises(BadImageError, match="CCITT"):
        read(bytes(data))


def picture_part(packing: str, values: np.ndarray) -> tuple[int, bytes]:
    encode, number = {
        "jpeg": (imagecodecs.jpeg8_encode, 7),
        "webp": (imagecodecs.webp_encode, 50001),
        "jpeg2000": (lambda array: imagecodecs.jpeg2k_encode(array, codecformat="J2K"), 34712),
        "lerc": (imagecodecs.lerc_encode, 34887),
    }[packing]
    return number, encode(values)


@pytest.mark.parametrize("packing", ["jpeg", "webp", "jpeg2000", "lerc"])
def test_a_part_whose_stream_has_another_size_is_damaged(packing: str):
    compression, part = picture_part(packing, np.zeros((300, 300, 3), dtype=np.uint8))
    meaning = 6 if packing == "jpeg" else 2
    right = compose((300, 300), [part], bits=[8] * 3, meaning=meaning, compression=compression)
    assert read(right).image.size == (300, 300)
    for size in ((16, 16), (300, 299), (3000, 3000)):
        data = compose(size, [part], bits=[8] * 3, meaning=meaning, compression=compression)
        with pytest.raises(BadImageError, match="damaged"):
            read(data)


def jpeg_part(mode: str, values: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(values).convert(mode).save(stream, "JPEG", quality=90, **options)
    return stream.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(("mode", "meaning", "samples"), [("RGB", 6, 3), ("L", 1, 1)])
def test_half_a_jpeg_part_with_an_end_marker_is_damaged(
    mode: str, meaning: int, samples: int, *, progressive: bool
):
    values = random_values("u1", (48, 64, 3))
    part = jpeg_part(mode, values, progressive=progressive)
    common = {"bits": [8] * samples, "meaning": meaning, "compression": 7}
    expected = np.asarray(Image.open(io.BytesIO(part)).convert("RGB"))
    assert np.array_equal(levels(compose((64, 48), [part], **common)), expected)
    # Within the last scan, whose data are the longer part of the file.
    for kept in (0.8, 0.9):
        cut = part[: int(len(part) * kept)].rstrip(b"\xff") + b"\xff\xd9"
        for damaged in (cut, cut + bytes(len(part) - len(cut))):
            with pytest.raises(BadImageError, match="JPEG"):
                read(compose((64, 48), [damaged], **common))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_part_that_ends_in_middle_grey_is_whole(*, progressive: bool):
    grey = np.full((16, 16, 3), 128, dtype=np.uint8)
    part = jpeg_part("RGB", grey, progressive=progressive)
    data = compose((16, 16), [part], bits=[8] * 3, meaning=6, compression=7)
    assert np.all(levels(data) == 128)


def test_a_jpeg_part_without_its_end_or_that_contradicts_the_tags():
    compression, part = picture_part("jpeg", np.zeros((16, 16, 3), dtype=np.uint8))
    common = {"bits": [8] * 3, "compression": compression}
    with pytest.raises(BadImageError, match="JPEG"):
        read(compose((16, 16), [part[:-2]], meaning=6, **common))
    with pytest.raises(UnsupportedImageError, match="YCbCr by their header and RGB"):
        read(compose((16, 16), [part], meaning=2, **common))
    scan = part.index(b"\xff\xda")
    many_notes = part[:2] + b"\xff\xfe\0\2" * 1000 + part[2:]
    with pytest.raises(ImageTooLargeError, match="1,000 segments"):
        read(compose((16, 16), [many_notes], meaning=6, **common))
    many_scans = part[:scan] + part[scan:-2] * 101 + part[-2:]
    with pytest.raises(ImageTooLargeError, match="scans"):
        read(compose((16, 16), [many_scans], meaning=6, **common))


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (compose((60_000, 60_000), [bytes(9)]), "pixels"),
        (compose((4, 4), [bytes(9)], tile=(65_520, 65_520)), "unpacks into"),
        (compose((4000, 4000), [bytes(9)], bits=[64] * 200), "unpacks into"),
        (compose((5000, 9000), [bytes(9)], tile=(1, 1)), "45,000,000 tiles"),
        (
            compose(
                (1000, 1),
                [bytes(9)],
                tile=(1, 1),
                tags={324: (LONG, [8] * 1000), 325: (LONG, [10**7] * 1000)},
            ),
            "10,000,000,000 bytes together",
        ),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_unpacked(data: bytes, limit: str):
    with pytest.raises(ImageTooLargeError, match=limit):
        read(data)


def test_a_small_stream_never_unpacks_into_more_than_the_picture():
    """Fifty million zeros in one strip of two pixels: only the two are taken."""
    bomb = zlib.compress(bytes(50_000_000), 9)
    assert greys(compose((2, 1), [bomb], compression=8)) == [0, 0]


# --- whatever comes in ----------------------------------------------------------------------------


def seeds() -> list[bytes]:
    grey, colour = random_values("u1", (24, 20)), random_values("u1", (24, 20, 3))
    floats = random_values("f4", (24, 20))
    rgb = {"photometric": "rgb", "planarconfig": "contig"}
    fax = []
    for compression in ("group3", "group4", "tiff_ccitt"):
        stream = io.BytesIO()
        Image.fromarray(grey > 100).save(stream, "TIFF", compression=compression)
        fax.append(stream.getvalue())
    return [
        written(grey),
        written(colour, compression="lzw", predictor=2, **rgb),
        written(floats, compression="zlib", predictor=3, byteorder=">"),
        written(colour, compression="jpeg", **rgb),
        written(colour, compression="webp", **rgb),
        written(grey, compression="jpeg2000"),
        written(floats, compression="lerc"),
        written(floats, compression="lzma"),
        written(grey, compression="zstd", tile=(16, 16)),
        written(colour.astype(np.uint16), compression="packbits", bigtiff=True, **rgb),
        compose((2, 1), [bytes([0b00011011])], bits=2, meaning=3, tags={320: (SHORT, [9] * 12)}),
        compose((2, 1), [bytes(8)], bits=[8] * 4, meaning=2, tags={338: (SHORT, [1])}),
        numbers("d", 1, 2, 3, no_data="2"),
        *fax,
    ]


def mutated(data: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.randint(1, 8)):
        # Half of the changes strike the header, where they are dangerous.
        place = source.randrange(min(len(changed), source.choice([200, len(changed)])))
        ends = [0, 1, 3, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]
        value = source.choice([*ends, source.randrange(2**32)])
        size = source.choice([1, 2, 4])
        changed[place : place + size] = value.to_bytes(4, source.choice(["little", "big"]))[:size]
    return bytes(changed[: source.choice([len(changed)] * 9 + [source.randrange(len(changed))])])


def test_a_changed_file_is_a_picture_or_one_of_four_answers_and_nothing_is_printed(
    capfd: pytest.CaptureFixture[str],
):
    source = random.Random(12)
    files = seeds()
    limits = PictureLimits(max_pixels=1_000_000)
    capfd.readouterr()
    answers = {"picture": 0, "refused": 0}
    for _ in range(2000):
        data = mutated(source.choice(files), source)
        try:
            image = read(data, limits).image
        except (BadImageError, ImageTooLargeError):
            answers["refused"] += 1
        else:
            assert image.mode == "RGB"
            assert image.width * image.height <= limits.max_pixels
            answers["picture"] += 1
    assert min(answers.values()) > 200
    assert capfd.readouterr() == ("", "")


def test_the_codecs_are_imported_with_the_first_file_that_needs_them():
    program = "import sys, models.pictures; sys.exit('imagecodecs' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
