"""Colour profiles: followed as computed by hand from what they say, or left aside with a word."""

import pickle
import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from models.errors import BadImageError, ImageTooLargeError, UnsupportedImageError
from models.pictures import Picture, PictureLimits, decode_picture

D50 = (0.9642, 1.0, 0.8249)


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, format=format_name, **options)
    return stream.getvalue()


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def profile(space: bytes, kind: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A profile by ICC.1 (version 2), with a description and a white point."""
    words = b"by hand\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(words)) + words + bytes(78)
    every = {b"desc": described, b"wtpt": b"XYZ " + bytes(4) + fixed(*D50), **tags}
    table, bodies, start = struct.pack(">I", len(every)), b"", 128 + 4 + 12 * len(every)
    for name, body in every.items():
        table += name + struct.pack(">II", start + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    header = struct.pack(">I", start + len(bodies)) + bytes(4) + b"\2\x10\0\0"
    header += kind + space + connection + bytes(12) + b"acsp" + bytes(28) + fixed(*D50)
    return header + bytes(128 - len(header)) + table + bodies


def grey_profile(gamma: float) -> bytes:
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    return profile(b"GRAY", b"mntr", b"XYZ ", {b"kTRC": curve})


def ink_profile() -> bytes:
    """A press whose paper is white and on which any ink at all, and any mixture, is L* = 50 grey.

    One table (lut8) of two grid points an ink, in Lab as version 2 counts it in 8 bits.
    """
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0])
    table += fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += bytes(range(256)) * 4
    white, grey = bytes([255, 128, 128]), bytes([round(50 * 2.55), 128, 128])
    table += white + grey * 15
    table += bytes(range(256)) * 3
    return profile(b"CMYK", b"prtr", b"Lab ", {b"A2B0": table})


def swapped_profile() -> bytes:
    """sRGB's own colorants and curve, red and blue each in the other's place."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = int.from_bytes(srgb[128:132], "big")
    names = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    swapped = bytearray(srgb)
    for at in range(132, 132 + 12 * count, 12):
        name = bytes(swapped[at : at + 4])
        swapped[at : at + 4] = names.get(name, name)
    return bytes(swapped)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
COLOURS = Image.new("RGB", (32, 16), (200, 60, 30))


def codes(picture: Picture) -> list[tuple[str, str | None]]:
    return [(note.code, note.alternative) for note in picture.notes]


@pytest.mark.parametrize(
    ("format_name", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("WEBP", {"lossless": True}),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4"}),
    ],
)
def test_a_profile_is_followed_in_every_format_that_carries_one(
    format_name: str, options: dict[str, object]
):
    data = encoded(COLOURS, format_name, icc_profile=swapped_profile(), **options)
    stored = decode_picture(data)
    assert codes(stored) == [("profile-left-aside", "profile")]
    assert not stored.served_as_is
    assert np.asarray(stored.image)[8, 16] == pytest.approx(np.array([200, 60, 30]), abs=2)
    followed = decode_picture(data, colours="profile")
    assert codes(followed) == [("profile-applied", "stored")]
    assert np.asarray(followed.image)[8, 16] == pytest.approx(np.array([30, 60, 200]), abs=3)


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_a_profile_that_means_srgb_is_not_spoken_of(format_name: str):
    picture = decode_picture(encoded(COLOURS, format_name, icc_profile=SRGB))
    assert picture.notes == ()
    assert picture.served_as_is is (format_name != "AVIF")


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("icc", [b"x" * 300, SRGB[:200], grey_profile(1.0), ink_profile()], ids=len)
def test_a_damaged_or_foreign_profile_is_left_aside_without_a_choice(icc: bytes, format_name: str):
    data = encoded(COLOURS, format_name, icc_profile=icc)
    pixels = np.asarray(decode_picture(encoded(COLOURS, format_name)).image)
    for colours in ("stored", "profile"):
        picture = decode_picture(data, colours=colours)
        assert codes(picture) == [("profile-damaged", None)]
        assert np.array_equal(np.asarray(picture.image), pixels)
        assert not picture.served_as_is


@pytest.mark.parametrize("format_name", ["PNG", "JPEG"])
def test_a_profile_of_grey_is_followed(format_name: str):
    """By hand: linear 128 / 255 is 188 in sRGB."""
    data = encoded(
        Image.new("L", (16, 16), 128),
        format_name,
        icc_profile=grey_profile(1.0),
        **({"quality": 95} if format_name == "JPEG" else {}),
    )
    assert np.all(np.asarray(decode_picture(data).image) == 128)
    followed = decode_picture(data, colours="profile")
    assert np.asarray(followed.image)[8, 8] == pytest.approx(np.array([188] * 3), abs=1)


def test_a_profile_of_inks_is_followed():
    """By hand: L* = 50 is 18.4 % of white's light, which is 119 in sRGB; the paper is white."""
    image = Image.new("CMYK", (64, 32), (0, 0, 0, 0))
    image.paste((0, 255, 0, 0), (32, 0, 64, 32))
    data = encoded(image, "JPEG", quality=100, icc_profile=ink_profile())
    assert np.asarray(decode_picture(data).image)[16, 48].tolist() == [255, 0, 255]
    followed = np.asarray(decode_picture(data, colours="profile").image)
    assert followed[16, 16] == pytest.approx(np.array([255] * 3), abs=2)
    assert followed[16, 48] == pytest.approx(np.array([119] * 3), abs=2)


def test_a_profile_in_parts_is_put_together_and_one_with_a_part_missing_is_damaged():
    long = swapped_profile() + bytes(100_000)  # more than one segment holds
    data = encoded(COLOURS, "JPEG", icc_profile=long, quality=95)
    assert codes(decode_picture(data)) == [("profile-left-aside", "profile")]
    second = data.index(b"ICC_PROFILE\0\2\2")
    length = int.from_bytes(data[second - 2 : second], "big")
    without = data[: second - 4] + data[second - 2 + length :]
    assert codes(decode_picture(without)) == [("profile-damaged", None)]


def test_palettes_and_transparency_keep_their_shape_when_converted():
    image = Image.new("P", (2, 1))
    image.putpalette([200, 60, 30, 0, 255, 0])
    image.putdata([0, 1])
    data = encoded(image, "PNG", transparency=b"\xff\x00", icc_profile=swapped_profile())
    followed = np.asarray(decode_picture(data, colours="profile").image)[0]
    assert followed == pytest.approx(np.array([[30, 60, 200], [255] * 3]), abs=1)


def test_colours_that_avif_names_by_code_points_are_followed():
    """Display P3 by its numbers, put where Pillow writes those of sRGB."""
    data = encoded(COLOURS, "AVIF", quality=100, subsampling="4:4:4")
    place = data.index(b"colrnclx") + 8
    assert data[place : place + 4] in (bytes([0, 1, 0, 13]), bytes([0, 2, 0, 2]))
    named = data[:place] + bytes([0, 12, 0, 13]) + data[place + 4 :]
    assert codes(decode_picture(data)) == []
    assert codes(decode_picture(named)) == [("profile-left-aside", "profile")]
    assert "Display P3" in decode_picture(named).notes[0].text
    raw = np.asarray(decode_picture(named).image)[8, 16].astype(int)
    followed = np.asarray(decode_picture(named, colours="profile").image)[8, 16].astype(int)
    assert followed[0] > raw[0] + 10  # a red of P3 is further out than sRGB's
    assert followed[1] < raw[1] - 10


def test_a_picture_travels_between_processes():
    picture = decode_picture(encoded(COLOURS, "PNG", icc_profile=swapped_profile()))
    arrived = pickle.loads(pickle.dumps(picture))
    assert np.array_equal(np.asarray(arrived.image), np.asarray(picture.image))
    assert arrived.notes == picture.notes


def test_four_answers_are_told_apart():
    """Damaged, of a kind that is not read, over a limit; and whole with damaged side data."""
    whole = encoded(COLOURS, "PNG", icc_profile=b"x" * 300)
    twelve_bits = encoded(COLOURS, "JPEG").replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c")
    with pytest.raises(BadImageError, match="cut short") as damaged:
        decode_picture(whole[:-100])
    with pytest.raises(UnsupportedImageError, match="12 bits a sample; only 8"):
        decode_picture(twelve_bits)
    with pytest.raises(ImageTooLargeError, match="at most 100 are accepted"):
        decode_picture(whole, PictureLimits(max_pixels=100))
    assert type(damaged.value) is BadImageError
    picture = decode_picture(whole)
    assert np.array_equal(np.asarray(picture.image), np.asarray(COLOURS))
    assert "left aside" in picture.notes[0].text


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(9), "a HEIC picture"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
        (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
        (b"8BPS\0\1", "a Photoshop document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
    ],
)
def test_pictures_of_other_formats_are_unsupported_and_not_damaged(data: bytes, named: str):
    with pytest.raises(UnsupportedImageError, match=named):
        decode_picture(data)


@pytest.mark.parametrize("data", [b"", b"Dear Sir", b"%PDF-1.7\n%\xe2\xe3", b"PK\3\4" + bytes(30)])
def test_what_is_no_picture_is_not_a_kind_of_picture(data: bytes):
    with pytest.raises(BadImageError) as refusal:
        decode_picture(data)
    assert not isinstance(refusal.value, UnsupportedImageError)
