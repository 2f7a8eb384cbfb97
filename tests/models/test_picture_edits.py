"""Edited pictures, by hand and against scikit-image."""

import numpy as np
import pytest
from PIL import Image
from skimage import data, transform

from models.preprocessing.edits import LONGEST_SIDE_PX, PictureEdit, edit_picture


def picture(height=60, width=80):
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_nothing_done_is_the_picture():
    assert (np.asarray(edit_picture(picture(), PictureEdit())) == np.asarray(picture())).all()


def test_shift_moves_whole_pixels_right_and_down():
    before = np.asarray(picture()).astype(int)
    after = np.asarray(edit_picture(picture(), PictureEdit(shift_x=0.25, shift_y=0.1))).astype(int)
    assert np.abs(after[6:, 20:] - before[:-6, :-20]).max() <= 1
    assert (after[:6] == 128).all()
    assert (after[:, :20] == 128).all()


def test_quarter_turn_is_numpys():
    square = picture(64, 64)
    after = np.asarray(edit_picture(square, PictureEdit(rotation_degrees=90))).astype(int)
    expected = np.rot90(np.asarray(square)).astype(int)
    assert np.abs(after[1:-1, 1:-1] - expected[1:-1, 1:-1]).max() <= 1


@pytest.mark.parametrize(("angle", "scale"), [(20, 1.0), (-35, 1.5)])
def test_turn_and_size_are_skimages(angle, scale):
    pixels = data.astronaut()[:200, 100:300]
    after = np.asarray(
        edit_picture(Image.fromarray(pixels), PictureEdit(rotation_degrees=angle, scale=scale))
    ).astype(float)
    middle = 99.5
    inverse = (
        transform.SimilarityTransform(translation=(-middle, -middle))
        + transform.SimilarityTransform(scale=1 / scale, rotation=np.deg2rad(angle))
        + transform.SimilarityTransform(translation=(middle, middle))
    )
    expected = transform.warp(pixels, inverse, order=3, preserve_range=True)
    inner = slice(60, 140)
    assert np.abs(after[inner, inner] - expected[inner, inner]).mean() < 3


def test_light_is_a_factor_cut_at_white():
    after = np.asarray(edit_picture(picture(), PictureEdit(brightness=1.6)))
    expected = np.minimum(255, np.round(np.asarray(picture()) * 1.6))
    assert (after == expected).all()


def test_cover_is_a_grey_square_where_it_was_said():
    edit = PictureEdit(cover_left=0.5, cover_top=0.25, cover_size=0.2)
    changed = np.asarray(edit_picture(picture(), edit)) != np.asarray(picture())
    rows, columns = np.nonzero(changed.any(2))
    assert (rows.min(), rows.max()) == (15, 26)
    assert (columns.min(), columns.max()) == (40, 51)


def test_blur_keeps_the_mean_and_lowers_the_spread():
    before, after = (np.asarray(edit_picture(picture(), PictureEdit(blur=b))) for b in (0, 0.05))
    assert abs(before.mean() - after.mean()) < 2
    assert after.std() < before.std() / 3


def test_large_pictures_are_reduced_to_the_limit():
    large = Image.new("RGB", (4000, 1000))
    assert edit_picture(large, PictureEdit(brightness=0.5)).size == (LONGEST_SIDE_PX, 400)
