"""Files that were once read wrongly: right, or refused in true words."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.errors import BadImageError, UnsupportedImageError
from models.pictures import decode_picture

CASES = Path(__file__).parents[1] / "data" / "pictures"
EXPECTED = json.loads((CASES / "expected.json").read_text())
# What is said of a file beside its pixels; of the others nothing.
NOTES = {
    "iccp_2MB.png": {"profile-damaged"},
    "iccp_broken.png": {"profile-damaged"},
    "noeoi_big.jpg": {"end-marker-missing"},
    "exif_long_64.jpg": {"orientation-left-aside"},
    "icc_p3.png": {"profile-left-aside"},
    "icc_swapped.png": {"profile-left-aside"},
    "f32_be_zlib.tif": {"stretched-range"},
    "f32_le_zlib.tif": {"stretched-range"},
    "grey16f.tif": {"stretched-range"},
    "grey64f.tif": {"stretched-range"},
    "rgb32f.tif": {"stretched-range"},
    "f32_sentinel.tif": {"stretched-range"},
    "f32_full_range.tif": {"stretched-range"},
}


@pytest.mark.parametrize("name", [name for name, case in EXPECTED.items() if case["pixels"]])
def test_pixels_are_right_or_refused_by_name(name: str):
    case = EXPECTED[name]
    try:
        picture = decode_picture((CASES / name).read_bytes())
    except UnsupportedImageError:
        assert "or a refusal" in case["what"]
        return
    assert np.asarray(picture.image).reshape(-1, 3).tolist() == case["pixels"]
    assert {note.code for note in picture.notes} == NOTES.get(name, set())


def test_no_case_is_left_out():
    with_tests_of_their_own = {
        *("gif_small_bg1.gif", "f32_sentinel.tif", "noeoi_big.jpg", "truncated_half.jpg"),
        *("exif_long_64.jpg", "icc_p3.png", "icc_swapped.png"),
    }
    unsaid = {name for name, case in EXPECTED.items() if case["pixels"] is None}
    assert unsaid == with_tests_of_their_own
    assert {path.name for path in CASES.iterdir()} == {*EXPECTED, "expected.json"}


def test_what_a_first_frame_does_not_cover_is_white():
    """By hand: two by two pixels of colour 0, red, in the lower right of four by four."""
    found = np.asarray(decode_picture((CASES / "gif_small_bg1.gif").read_bytes()).image)
    expected = np.full((4, 4, 3), 255)
    expected[2:, 2:] = (255, 0, 0)
    assert np.array_equal(found, expected)


def test_a_jpeg_without_its_end_is_shown_and_one_cut_in_half_is_not():
    """The pixels are those of the file with the two bytes that it lacks, by Pillow alone."""
    data = (CASES / "noeoi_big.jpg").read_bytes()
    picture = decode_picture(data)
    assert np.array_equal(
        np.asarray(picture.image),
        np.asarray(Image.open(BytesIO(data + b"\xff\xd9")).convert("RGB")),
    )
    assert [note.code for note in picture.notes] == ["end-marker-missing"]
    assert "every pixel is there" in picture.notes[0].text
    assert not picture.served_as_is
    with pytest.raises(BadImageError, match="cut short"):
        decode_picture((CASES / "truncated_half.jpg").read_bytes())


def test_numbers_beside_a_no_data_value_stay_apart():
    picture = decode_picture((CASES / "f32_sentinel.tif").read_bytes())
    levels = np.unique(np.asarray(picture.image)[:, :, 0])
    assert levels.tolist() == [0, 128, 255]  # of 0, 50 and 100; the no-data value is black too
    assert "3.40282e+38" in picture.notes[0].text


def test_an_orientation_that_is_no_short_turns_nothing():
    picture = decode_picture((CASES / "exif_long_64.jpg").read_bytes())
    assert (picture.orientation, picture.image.size) == (1, (64, 32))
    assert [note.code for note in picture.notes] == ["orientation-left-aside"]
    assert not picture.served_as_is


@pytest.mark.parametrize(
    ("name", "converted"),
    # By the matrices of Display P3 and sRGB; by the three colorants, each in another's place.
    [("icc_p3.png", None), ("icc_swapped.png", (60, 200, 60))],
)
def test_a_profile_is_left_aside_and_said_or_followed(
    name: str, converted: tuple[int, int, int] | None
):
    data = (CASES / name).read_bytes()
    raw = np.asarray(Image.open(CASES / name))
    stored = decode_picture(data)
    assert np.array_equal(np.asarray(stored.image), raw)
    assert not stored.served_as_is
    assert [(note.code, note.alternative) for note in stored.notes] == [
        ("profile-left-aside", "profile")
    ]
    followed = decode_picture(data, colours="profile")
    assert [(note.code, note.alternative) for note in followed.notes] == [
        ("profile-applied", "stored")
    ]
    assert not followed.served_as_is
    assert not np.array_equal(np.asarray(followed.image), raw)
    if converted:
        # The profile's curve is a plain gamma, sRGB's is not: a few levels in the dark.
        assert np.asarray(followed.image)[0, 0] == pytest.approx(np.array(converted), abs=4)
