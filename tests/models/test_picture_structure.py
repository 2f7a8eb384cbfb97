"""Small files that would hold a decoder for seconds or minutes: refused by what their headers say.

Every one is a whole, valid file, so that without the check it would be decoded.
"""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from models.errors import ImageTooLargeError
from models.pictures import PictureLimits, decode_picture
from models.pictures.formats import recognise
from models.pictures.structure import check_structure


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, format=format_name, **options)
    return stream.getvalue()


def jpeg(size: tuple[int, int] = (10, 10), **options: object) -> bytes:
    return encoded(Image.new("L", size, 90), "JPEG", **options)


def jpeg_of_scans(count: int, size: tuple[int, int] = (10, 10)) -> bytes:
    """The last scan of a progressive picture again and again, until there are so many."""
    data = jpeg(size, progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * (count - data.count(b"\xff\xda")) + b"\xff\xd9"


def before_scan(inserted: bytes) -> bytes:
    data = jpeg()
    place = data.index(b"\xff\xda")
    return data[:place] + inserted + data[place:]


def chunk(name: bytes, content: bytes = b"") -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def black_png(width: int, height: int, side_chunks: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    packer = zlib.compressobj()
    left, rows = height * (width + 1), []
    while left:
        rows.append(packer.compress(bytes(min(left, 2**22))))
        left -= min(left, 2**22)
    body = chunk(b"IDAT", b"".join([*rows, packer.flush()]))
    return b"\x89PNG\r\n\x1a\n" + header + side_chunks + body + chunk(b"IEND")


def gif(before_frame: bytes = b"", after_frame: bytes = b"") -> bytes:
    """By hand: a canvas of 1 x 1 with two colours and one pixel of the second, which is red."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\0\0"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\0"
    return head + before_frame + frame + after_frame + b";"


def rle_bmp(run_bytes: int) -> bytes:
    """8 bits a pixel, 2,000 x 2,000, one run a pixel."""
    offset = 14 + 40 + 4 * 256
    header = struct.pack("<IiiHHIIiiII", 40, 2000, 2000, 1, 8, 1, run_bytes, 0, 0, 256, 0)
    file_header = struct.pack("<2sIHHI", b"BM", offset + run_bytes, 0, 0, offset)
    return file_header + header + bytes(4 * 256) + b"\x01\0" * (run_bytes // 2)


def avif_with(name: bytes, content_bytes: int, boxes_behind: int = 0) -> bytes:
    """A box of so many bytes within the directory, and empty boxes at the end of the file."""
    data = encoded(Image.new("RGB", (16, 16)), "AVIF")
    start = data.index(b"meta") - 4
    size = int.from_bytes(data[start : start + 4], "big")
    inserted = struct.pack(">I4s", 8 + content_bytes, name) + bytes(content_bytes)
    directory = struct.pack(">I", size + len(inserted)) + data[start + 4 : start + size] + inserted
    return data[:start] + directory + data[start + size :] + b"\0\0\0\x08free" * boxes_behind


COMMENT, GIF_COMMENT = b"\xff\xfe\0\2", b"!\xfe\x01A\0"

REFUSED = {
    "5,000 scans": (lambda: jpeg_of_scans(5000), "JPEG has more than 100 scans"),
    "one scan too many": (lambda: jpeg_of_scans(101), "JPEG has more than 100 scans"),
    # 30 scans of the largest picture there may be are 1,500,000,000 pixels.
    "scans of a large picture": (
        lambda: jpeg_of_scans(32, (8000, 6000)),
        "31 scans of 48,000,000 pixels each",
    ),
    "4.9 million segments": (lambda: before_scan(COMMENT * 4_900_000), "10,000 segments"),
    "markers without a length": (lambda: before_scan(b"\xff\x01" * 10_000), "10,000 segments"),
    "an end before the pixels": (
        lambda: before_scan(b"\xff\xd9" + COMMENT * 10_000),
        "10,000 segments",
    ),
    "segments between scans": (
        lambda: jpeg(progressive=True)[:-2] + COMMENT * 10_000,
        "10,000 segments",
    ),
    "fill bytes": (lambda: before_scan(b"\xff" * 19_000_000), "65,536 bytes that belong to no seg"),
    "fill bytes within a scan": (
        lambda: jpeg()[:-2] + b"\xff" * 1_100_000 + b"\xff\xd9",
        "1,000,000 fill bytes",
    ),
    "restart markers": (
        lambda: jpeg()[:-2] + bytes.fromhex("ffd0ffd1ffd2ffd3ffd4ffd5ffd6ffd7") * 130_000,
        "1,000,000 restart markers",
    ),
    "zeros": (lambda: before_scan(bytes(70_000)), "65,536 bytes that belong to no segment"),
    "500,000 chunks": (lambda: black_png(2, 2, chunk(b"abCd") * 500_000), "65,536 chunks"),
    "empty pixel chunks": (lambda: black_png(2, 2, chunk(b"IDAT") * 500_000), "65,536 chunks"),
    "1 x 50,000,000": (lambda: black_png(1, 49_999_999), "1 x 49,999,999 pixels; at most 65,535"),
    "50,000,000 x 1": (lambda: black_png(49_999_999, 1), "49,999,999 x 1 pixels; at most 65,535"),
    "3.9 million comments": (lambda: gif(GIF_COMMENT * 3_900_000), "65,536 blocks before its fir"),
    "a comment of many blocks": (
        lambda: gif(b"!\xfe" + b"\x01A" * 9_000_000 + b"\0"),
        "65,536 blocks before its first frame",
    ),
    "blocks of an application": (
        lambda: gif(b"!\xff" + b"\x01A" * 9_000_000 + b"\0"),
        "65,536 blocks before its first frame",
    ),
    "bytes between blocks": (lambda: gif(bytes(19_000_000)), "65,536 bytes that belong to no bl"),
    "run lengths": (lambda: rle_bmp(8_000_000), "BMP has more than 4,194,304 bytes of run lengths"),
    "a directory of items": (lambda: avif_with(b"free", 263_000), "262,144 bytes that list its it"),
    "boxes": (lambda: avif_with(b"free", 0, 10_000), "AVIF has more than 10,000 boxes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_hold_a_decoder_is_refused_by_name(name: str) -> None:
    build, words = REFUSED[name]
    with pytest.raises(ImageTooLargeError, match=words):
        decode_picture(build(), PictureLimits(max_bytes=20 * 2**20))


ACCEPTED = {
    "100 scans": lambda: jpeg_of_scans(100),
    "as many scans as a large picture may have": lambda: jpeg_of_scans(30, (300, 300)),
    # A thumbnail is a JPEG within a segment; its scans are not the picture's.
    "scans within a segment": lambda: before_scan(
        b"\xff\xe1" + struct.pack(">H", 2 + 800) + b"\xff\xda\0\2" * 200
    ),
    "many comments": lambda: before_scan(COMMENT * 9_000),
    "some fill bytes": lambda: before_scan(b"\xff" * 60_000),
    "markers behind the end": lambda: jpeg() + COMMENT * 20_000,
    "fill bytes behind the end": lambda: jpeg() + b"\xff" * 2_000_000,
    "60,000 chunks": lambda: black_png(2, 2, chunk(b"abCd") * 60_000),
    "chunks behind the end": lambda: black_png(2, 2) + chunk(b"abCd") * 70_000,
    "one pixel wide": lambda: black_png(1, 65_535),
    "one pixel high": lambda: black_png(65_535, 1),
    "30,000 comments": lambda: gif(GIF_COMMENT * 30_000),
    "comments behind the first frame": lambda: gif(b"", GIF_COMMENT * 70_000),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_decoders_get_through_is_decoded(name: str) -> None:
    picture = decode_picture(ACCEPTED[name]())
    assert picture.image.size[0] * picture.image.size[1] > 0
    if picture.format == "GIF":
        assert picture.image.getpixel((0, 0)) == (255, 0, 0)


def test_bytes_that_look_like_markers_within_a_scan_are_pixels() -> None:
    """A restart marker behind every block, and escaped 255s."""
    noise = np.random.default_rng(0).integers(0, 256, (400, 400), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), "JPEG", quality=100, restart_marker_blocks=1)
    assert data.count(b"\xff\xd0") > 200
    assert data.count(b"\xff\0") > 200
    picture = decode_picture(data)
    # At quality 100 the quantisation steps are 1: rounding alone moves a pixel by a few levels.
    assert np.abs(np.asarray(picture.image)[:, :, 0].astype(int) - noise).max() <= 4


def test_pixels_within_the_directory_of_an_avif_do_not_count_as_directory() -> None:
    data = avif_with(b"idat", 1_000_000)
    check_structure(data, recognise(data), PictureLimits())


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "GIF", "BMP", "AVIF", "WebP", "TIFF"])
def test_cut_anywhere_a_file_is_left_to_its_decoder(format_name: str) -> None:
    whole = encoded(Image.new("RGB", (16, 16), (9, 9, 9)), format_name)
    for length in range(len(whole)):
        check_structure(whole[:length], format_name, PictureLimits())
