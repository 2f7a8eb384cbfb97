"""Seen from the side, bent, cluttered: by hand, against scipy and against Pillow's own resizing."""

import math

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import map_coordinates

from models.preprocessing.clutter import clutter_squares
from models.preprocessing.edits import PictureEdit, edit_picture, paper_of
from models.preprocessing.warps import view_from_side


def smooth(height=90, width=120, seed=0):
    """Waves, a few pixels long at least, so that ways to interpolate hardly differ."""
    rows, columns = np.mgrid[0:height, 0:width]
    phases = np.random.default_rng(seed).uniform(0, 6, 3)
    waves = [np.sin(rows / 7 + phase) * np.cos(columns / 9 - phase) for phase in phases]
    return Image.fromarray(np.rint(127 + 120 * np.stack(waves, axis=2)).astype(np.uint8))


def source_of(coefficients, x, y):
    a, b, c, d, e, f, g, h = coefficients
    below = g * x + h * y + 1
    return (a * x + b * y + c) / below, (d * x + e * y + f) / below


def test_corners_are_seen_where_a_hand_computes_them():
    """200 x 100 px by 30 degrees, from 400 px away.

    The right side is 100 sin 30 = 50 px further off: its corners are at
    400 * 100 cos 30 / 450 = 76.98 to the right and 400 * 50 / 450 = 44.44 up and down; those of the
    left, 50 px nearer, at 98.97 and 57.14.
    """
    coefficients = view_from_side(30, 200, 100)
    right, left = 400 * 100 * math.cos(math.pi / 6) / 450, 400 * 100 * math.cos(math.pi / 6) / 350
    assert right == pytest.approx(76.98, abs=0.01)
    assert left == pytest.approx(98.97, abs=0.01)
    for seen, corner in {
        (100 + right, 50 - 400 * 50 / 450): (200, 0),
        (100 + right, 50 + 400 * 50 / 450): (200, 100),
        (100 - left, 50 - 400 * 50 / 350): (0, 0),
        (100 - left, 50 + 400 * 50 / 350): (0, 100),
        (100.0, 50.0): (100, 50),
    }.items():
        assert source_of(coefficients, *seen) == pytest.approx(corner, abs=1e-9)


@pytest.mark.parametrize("degrees", [-60, 25, 70])
def test_a_picture_from_the_side_is_that_of_scipy_on_the_same_map(degrees):
    picture = smooth()
    height, width = picture.height, picture.width
    after = np.asarray(edit_picture(picture, PictureEdit(viewpoint_degrees=degrees))).astype(float)
    # From the geometry, not the coefficients: the ray through (x, y) meets the picture at u, v.
    angle, distance = math.radians(degrees), 2 * width
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    x, y = columns - width / 2, rows - height / 2
    u = distance * x / (distance * math.cos(angle) - x * math.sin(angle))
    v = y * (distance + u * math.sin(angle)) / distance
    places = [v + height / 2 - 0.5, u + width / 2 - 0.5]
    inside = (np.abs(u) < width / 2 - 3) & (np.abs(v) < height / 2 - 3)
    outside = (np.abs(u) > width / 2 + 3) | (np.abs(v) > height / 2 + 3)
    assert inside.sum() > 1500
    for channel in range(3):
        expected = map_coordinates(np.asarray(picture)[..., channel].astype(float), places, order=3)
        assert np.abs(after[..., channel] - expected)[inside].max() <= 4
    assert (after[outside] == 128).all()


@pytest.mark.parametrize(("height", "width"), [(90, 120), (64, 40)])
def test_a_bent_picture_is_that_of_scipy_on_the_same_map(height, width):
    picture = smooth(height, width)
    amplitude_px = 0.07 * min(height, width)
    after = np.asarray(edit_picture(picture, PictureEdit(deformation=0.07))).astype(float)
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    from_y = rows + amplitude_px * np.sin(3 * np.pi * columns / width)
    from_x = columns + amplitude_px * np.sin(3 * np.pi * rows / height)
    outside = (from_x < 0) | (from_x >= width) | (from_y < 0) | (from_y >= height)
    for channel in range(3):
        levels = np.asarray(picture)[..., channel].astype(float)
        places = [from_y - 0.5, from_x - 0.5]
        expected = map_coordinates(levels, places, order=1, mode="nearest")
        assert np.abs(after[..., channel] - expected)[~outside].max() <= 0.51
    assert outside.any()
    assert (after[outside] == 128).all()


def test_the_largest_bend_folds_nothing():
    """The determinant of its map, by finite differences, is above zero everywhere."""
    size = 400
    rows, columns = np.mgrid[0:size, 0:size] + 0.5
    from_y = rows + 0.1 * size * np.sin(3 * np.pi * columns / size)
    from_x = columns + 0.1 * size * np.sin(3 * np.pi * rows / size)
    (y_down, y_across), (x_down, x_across) = np.gradient(from_y), np.gradient(from_x)
    assert (y_down * x_across - y_across * x_down).min() > 0


def test_clutter_takes_28_of_49_squares_of_a_square_picture_and_leaves_the_middle():
    """7 x 7 of 4 px; kept are those within 0.36 * 7 = 2.52 squares of the middle: 21."""
    boxes = clutter_squares(28, 28)
    assert len(boxes) == 28
    assert {(right - left, bottom - top) for left, top, right, bottom in boxes} == {(4, 4)}
    kept = np.ones((7, 7), bool)
    for left, top, _, _ in boxes:
        assert kept[top // 4, left // 4]
        kept[top // 4, left // 4] = False
    rows, columns = np.mgrid[-3:4, -3:4]
    assert (kept == (rows**2 + columns**2 <= 0.36**2 * 49)).all()


@pytest.mark.parametrize(("width", "height"), [(120, 90), (37, 200), (28, 28), (9, 9)])
def test_squares_do_not_overlap_and_are_all_but_the_circle(width, height):
    covered = np.zeros((height, width), int)
    for left, top, right, bottom in clutter_squares(width, height):
        covered[top:bottom, left:right] += 1
    assert covered.max() == 1
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    shorter = min(width, height)
    away = np.hypot(rows - height / 2, columns - width / 2)
    # A square's corner is 0.71 sides from its middle; half a pixel more for whole ones.
    slack = shorter / 7 * 0.71 + 1
    assert (covered[away > 0.36 * shorter + slack] == 1).all()
    assert (covered[away < 0.36 * shorter - slack] == 0).all()


def test_more_clutter_leaves_what_there_is_and_the_rest_is_untouched():
    picture = smooth()
    others = [Image.new("RGB", (50, 70), colour) for colour in ((255, 0, 0), (0, 0, 255))]
    before = np.asarray(picture)
    boxes = clutter_squares(*picture.size)
    taken_before = np.zeros(before.shape[:2], bool)
    for share in (0.25, 0.5, 1.0):
        after = np.asarray(edit_picture(picture, PictureEdit(clutter=share), others))
        taken = np.zeros(before.shape[:2], bool)
        for left, top, right, bottom in boxes[: round(share * len(boxes))]:
            taken[top:bottom, left:right] = True
        assert (after[~taken] == before[~taken]).all()
        pieces = after[taken].reshape(-1, 3).tolist()
        assert {tuple(each) for each in pieces} == {(255, 0, 0), (0, 0, 255)}
        assert (taken >= taken_before).all()
        taken_before = taken


def test_nothing_of_the_new_is_the_picture_itself():
    picture = smooth()
    edit = PictureEdit(viewpoint_degrees=0, deformation=0, clutter=0)
    assert (np.asarray(edit_picture(picture, edit)) == np.asarray(picture)).all()


def test_the_scene_comes_first_and_what_covers_last():
    """Two at once are one after the other, in the order that is written, whoever asks."""
    picture = smooth()
    others = [smooth(seed=1)]
    alone = {
        "clutter": PictureEdit(clutter=0.5),
        "deformation": PictureEdit(deformation=0.05),
        "viewpoint": PictureEdit(viewpoint_degrees=40),
        "scale": PictureEdit(scale=0.6),
        "light": PictureEdit(brightness=0.4),
        "cover": PictureEdit(cover_size=0.3),
    }
    both = {
        ("clutter", "deformation"): PictureEdit(clutter=0.5, deformation=0.05),
        ("deformation", "viewpoint"): PictureEdit(deformation=0.05, viewpoint_degrees=40),
        ("viewpoint", "scale"): PictureEdit(viewpoint_degrees=40, scale=0.6),
        ("clutter", "light"): PictureEdit(clutter=0.5, brightness=0.4),
        ("light", "cover"): PictureEdit(brightness=0.4, cover_size=0.3),
    }
    for (first, second), edit in both.items():
        together = np.asarray(edit_picture(picture, edit, others)).astype(int)
        after = edit_picture(edit_picture(picture, alone[first], others), alone[second], others)
        assert np.abs(together - np.asarray(after).astype(int)).max() == 0, (first, second)
    covered = np.asarray(edit_picture(picture, both["light", "cover"]))
    # Of 27 px from (30, 22) on, grey and not darkened.
    assert (covered[24:48, 32:56] == 128).all()


def test_a_drawing_goes_on_as_paper_though_it_is_cluttered():
    drawing = Image.new("RGB", (28, 28))
    drawing.paste((255, 255, 255), (12, 6, 16, 22))
    assert paper_of(drawing) == (0, 0, 0)
    others = [Image.new("RGB", (28, 28), (200, 200, 200))]
    after = np.asarray(edit_picture(drawing, PictureEdit(clutter=1, scale=0.5), others))
    assert (after[0] == 0).all()
    assert paper_of(smooth()) is None
