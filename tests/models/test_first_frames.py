"""The first frame of a GIF or WebP on its canvas: what it does not cover is transparent."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from models.errors import BadImageError, ImageTooLargeError
from models.pictures import PictureLimits, decode_picture

PALETTE = np.array([[255, 0, 0], [0, 0, 255], [0, 255, 0], [255, 255, 0]])
WHITE = [255, 255, 255]
CLEAR, END = 4, 5


def gif(
    canvas: tuple[int, int],
    box: tuple[int, int, int, int],
    codes: list[int],
    *,
    background: int = 1,
    control: bytes = b"",
) -> bytes:
    """A file of four colours by GIF89a; canvas (width, height), box (left, top, width, height).

    Codes have three bits; a clear code before each colour keeps them so.
    """
    bits = "".join(f"{code:03b}"[::-1] for code in codes)
    body = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", *canvas, 0x81, background, 0)
        + PALETTE.astype(np.uint8).tobytes()
        + control
        + b","
        + struct.pack("<HHHHB", *box, 0)
        + bytes([2, len(body)])
        + body
        + b"\0;"
    )


def coded(colours: list[int]) -> list[int]:
    return [code for colour in colours for code in (CLEAR, colour)]


def control(disposal: int, transparent: int | None) -> bytes:
    flags = disposal << 2 | (transparent is not None)
    return b"!\xf9\x04" + bytes([flags, 5, 0, transparent or 0]) + b"\0"


@pytest.mark.parametrize("background", [0, 1, 3])
@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
@pytest.mark.parametrize("transparent", [None, 1])
def test_a_small_first_frame_stands_on_white(
    background: int, disposal: int, transparent: int | None
):
    """Neither the background colour nor what is done with the frame afterwards matters."""
    data = gif(
        *((4, 3), (1, 1, 2, 2), [*coded([0, 1, 2, 3]), END]),
        background=background,
        control=control(disposal, transparent),
    )
    expected = np.full((3, 4, 3), 255)
    expected[1:, 1:3] = PALETTE[[[0, 1], [2, 3]]]
    if transparent is not None:
        expected[1, 2] = 255
    picture = decode_picture(data)
    assert np.array_equal(np.asarray(picture.image), expected)
    assert not picture.served_as_is


def test_a_frame_larger_than_its_canvas_makes_the_canvas():
    data = gif((1, 1), (0, 0, 2, 2), [*coded([0, 1, 2, 3]), END])
    assert np.array_equal(np.asarray(decode_picture(data).image), PALETTE[[[0, 1], [2, 3]]])
    with pytest.raises(ImageTooLargeError):
        decode_picture(data, PictureLimits(max_pixels=3))


def test_a_frame_with_too_few_pixels_is_refused():
    for codes in ([*coded([0, 1, 2]), END], [CLEAR, END], [CLEAR]):
        with pytest.raises(BadImageError, match="The GIF file"):
            decode_picture(gif((2, 2), (0, 0, 2, 2), codes))
    whole = gif((2, 2), (0, 0, 2, 2), [*coded([0, 1, 2, 3]), END])
    # The end marker and the last block's end say nothing of the pixels.
    for cut in (1, 2):
        assert np.array_equal(
            np.asarray(decode_picture(whole[:-cut]).image), PALETTE[[[0, 1], [2, 3]]]
        )


def chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def test_a_small_first_frame_of_a_webp_stands_on_white():
    """By RFC 9649: a canvas of 6 x 4 with a red frame of 2 x 2 at (2, 2)."""
    stream = BytesIO()
    Image.new("RGB", (2, 2), (255, 0, 0)).save(stream, "WEBP", lossless=True)
    picture_chunk = stream.getvalue()[12:]
    frame = bytes([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 100, 0, 0, 0]) + picture_chunk
    for flags in (0x02, 0x12):  # an animation, without and with alpha
        body = b"WEBP" + chunk(b"VP8X", bytes([flags, 0, 0, 0, 5, 0, 0, 3, 0, 0]))
        body += chunk(b"ANIM", bytes([0, 255, 0, 255, 0, 0])) + chunk(b"ANMF", frame) * 2
        picture = decode_picture(b"RIFF" + struct.pack("<I", len(body)) + body)
        expected = np.full((4, 6, 3), 255)
        expected[2:, 2:4] = (255, 0, 0)
        assert np.array_equal(np.asarray(picture.image), expected)
        assert (picture.frames, picture.served_as_is) == (2, False)
