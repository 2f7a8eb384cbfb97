"""Geometry both ways, against Pillow's own rotation and against real resampled pictures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from models.preprocessing.pixel_map import Box, PixelMap, Point, Size
from models.preprocessing.preprocessing import PhotographPreprocessing

ORIENTATIONS = range(1, 9)

sides = st.one_of(st.integers(1, 40), st.integers(1, 100_000))
sizes = st.builds(Size, height=sides, width=sides)
fractions = st.floats(-0.5, 1.5)


@st.composite
def pixel_maps(draw: st.DrawFn) -> PixelMap:
    image_size = draw(sizes)
    input_size = draw(st.builds(Size, height=st.integers(1, 600), width=st.integers(1, 600)))
    top = draw(fractions) * image_size.height
    left = draw(fractions) * image_size.width
    height = draw(st.floats(0.01, 3)) * image_size.height
    width = draw(st.floats(0.01, 3)) * image_size.width
    box = Box(top=top, left=left, bottom=top + height, right=left + width)
    return PixelMap(image_size, input_size, box, draw(st.sampled_from(ORIENTATIONS)))


def close(first: float, second: float, size: int) -> bool:
    return first == pytest.approx(second, abs=1e-7 * size)


@given(pixel_maps(), fractions, fractions)
def test_an_input_point_comes_back_from_the_picture(pixel_map: PixelMap, y: float, x: float):
    input_point = Point(y=y * pixel_map.input_size.height, x=x * pixel_map.input_size.width)
    image_point = pixel_map.input_point_to_image_point(input_point)
    back = pixel_map.image_point_to_input_point(image_point)
    assert close(back.y, input_point.y, pixel_map.input_size.height)
    assert close(back.x, input_point.x, pixel_map.input_size.width)


@given(pixel_maps(), fractions, fractions)
def test_a_picture_point_comes_back_from_the_input(pixel_map: PixelMap, y: float, x: float):
    image_point = Point(y=y * pixel_map.image_size.height, x=x * pixel_map.image_size.width)
    input_point = pixel_map.image_point_to_input_point(image_point)
    back = pixel_map.input_point_to_image_point(input_point)
    assert close(back.y, image_point.y, pixel_map.image_size.height)
    assert close(back.x, image_point.x, pixel_map.image_size.width)


@given(pixel_maps(), fractions, fractions)
def test_a_picture_point_comes_back_from_the_file(pixel_map: PixelMap, y: float, x: float):
    image_point = Point(y=y * pixel_map.image_size.height, x=x * pixel_map.image_size.width)
    file_point = pixel_map.image_point_to_file_point(image_point)
    back = pixel_map.file_point_to_image_point(file_point)
    assert close(back.y, image_point.y, pixel_map.image_size.height)
    assert close(back.x, image_point.x, pixel_map.image_size.width)


@given(pixel_maps())
def test_the_whole_input_covers_the_image_box(pixel_map: PixelMap):
    size = pixel_map.input_size
    whole = pixel_map.input_box_to_image_box(Box(0, 0, size.height, size.width))
    expected = pixel_map.image_box
    assert close(whole.top, expected.top, pixel_map.image_size.height)
    assert close(whole.left, expected.left, pixel_map.image_size.width)
    assert close(whole.bottom, expected.bottom, pixel_map.image_size.height)
    assert close(whole.right, expected.right, pixel_map.image_size.width)


@given(pixel_maps())
def test_the_whole_picture_is_the_whole_file(pixel_map: PixelMap):
    image_size, file_size = pixel_map.image_size, pixel_map.file_size
    assert pixel_map.image_box_to_file_box(Box(0, 0, image_size.height, image_size.width)) == Box(
        0, 0, file_size.height, file_size.width
    )


@given(pixel_maps(), st.tuples(fractions, fractions, fractions, fractions))
def test_boxes_keep_their_order_and_come_back(
    pixel_map: PixelMap, corners: tuple[float, float, float, float]
):
    height, width = pixel_map.image_size.height, pixel_map.image_size.width
    top, bottom = sorted(corners[:2])
    left, right = sorted(corners[2:])
    image_box = Box(top * height, left * width, bottom * height, right * width)
    for there, back in (
        (pixel_map.image_box_to_file_box, pixel_map.file_box_to_image_box),
        (pixel_map.image_box_to_input_box, pixel_map.input_box_to_image_box),
    ):
        other = there(image_box)
        assert other.top <= other.bottom
        assert other.left <= other.right
        returned = back(other)
        assert close(returned.top, image_box.top, height)
        assert close(returned.bottom, image_box.bottom, height)
        assert close(returned.left, image_box.left, width)
        assert close(returned.right, image_box.right, width)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(("height", "width"), [(3, 5), (5, 3), (1, 4), (2, 2)])
def test_file_pixels_land_where_pillow_rotates_them(orientation: int, height: int, width: int):
    """Every single pixel, marked in turn; Pillow's `exif_transpose` is the oracle."""
    for row in range(height):
        for column in range(width):
            stored = np.zeros((height, width), dtype=np.uint8)
            stored[row, column] = 255
            picture = Image.fromarray(stored)
            picture.getexif()[274] = orientation
            upright = np.asarray(ImageOps.exif_transpose(picture))
            ((image_row, image_column),) = np.argwhere(upright == 255)
            size = Size(height=upright.shape[0], width=upright.shape[1])
            whole = Box(0, 0, size.height, size.width)
            pixel_map = PixelMap(size, Size(7, 7), whole, orientation)

            image_box = pixel_map.file_box_to_image_box(Box(row, column, row + 1, column + 1))

            assert image_box == Box(image_row, image_column, image_row + 1, image_column + 1)
            assert pixel_map.file_size == Size(height=height, width=width)


@pytest.mark.parametrize(
    ("height", "width"), [(300, 500), (500, 300), (90, 130), (2000, 700), (256, 256), (64, 900)]
)
@pytest.mark.parametrize("resize", [256, 150])
@settings(max_examples=6)
@given(across=st.floats(0.3, 0.7), down=st.floats(0.3, 0.7))
def test_a_bright_block_is_found_where_the_map_says(
    height: int, width: int, resize: int, across: float, down: float
):
    """The centre of mass of the block in the tensor, mapped back, is the centre of the block."""
    side = max(3, min(height, width) // 12)
    preparation = PhotographPreprocessing(resize, 224, "bilinear", (0.0,) * 3, (1.0,) * 3)
    # Stay within the part that is kept: the middle square, seen from its own corner.
    square = min(height, width) * min(1.0, 224 / resize)
    top = int(height / 2 + (down - 0.5) * square)
    left = int(width / 2 + (across - 0.5) * square)
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[top : top + side, left : left + side] = 255

    prepared = preparation.prepare(Image.fromarray(pixels))

    light = prepared.tensor[0].mean(dim=0).double().numpy()
    edges = np.arange(224) + 0.5
    seen = Point(
        y=float((light.sum(axis=1) * edges).sum() / light.sum()),
        x=float((light.sum(axis=0) * edges).sum() / light.sum()),
    )
    centre = prepared.pixel_map.input_point_to_image_point(seen)
    tolerance = 0.05 * max(1.0, prepared.pixel_map.scale_y)
    assert centre.y == pytest.approx(top + side / 2, abs=tolerance)
    assert centre.x == pytest.approx(left + side / 2, abs=tolerance)


def test_known_crop_of_a_landscape_picture():
    """By hand: 600 x 400 to 384 x 256, then 224 x 224 starting at (80, 16); 400 / 256 = 1.5625."""
    preparation = PhotographPreprocessing(256, 224, "bicubic", (0.5,) * 3, (0.5,) * 3)
    pixel_map = preparation.prepare(Image.new("RGB", (600, 400)), orientation=6).pixel_map
    assert pixel_map.image_size == Size(height=400, width=600)
    assert pixel_map.input_size == Size(height=224, width=224)
    assert pixel_map.image_box == Box(top=25.0, left=125.0, bottom=375.0, right=475.0)
    assert pixel_map.file_size == Size(height=600, width=400)


def test_padding_lies_outside_the_picture():
    """By hand: 100 x 50 is not resized; 80 x 80 adds 15 rows on top and keeps columns 10 to 90."""
    preparation = PhotographPreprocessing(50, 80, "bilinear", (0.0,) * 3, (1.0,) * 3)
    pixel_map = preparation.prepare(Image.new("RGB", (100, 50), "white")).pixel_map
    assert pixel_map.image_box == Box(top=-15.0, left=10.0, bottom=65.0, right=90.0)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(-1, -2, 3, 4), Box(0, 0, 3, 4)),
        (Box(2, 3, 40, 50), Box(2, 3, 10, 20)),
        (Box(-5, -5, -1, -1), Box(0, 0, 0, 0)),
        (Box(11, 25, 12, 30), Box(10, 20, 10, 20)),
    ],
)
def test_box_is_clipped_to_the_picture(box: Box, expected: Box):
    assert box.clip(Size(height=10, width=20)) == expected


@pytest.mark.parametrize("orientation", [0, 9, -1])
def test_an_unknown_orientation_is_refused_by_value(orientation: int):
    with pytest.raises(ValueError, match=f"{orientation} is not one of 1 to 8"):
        PixelMap(Size(2, 2), Size(2, 2), Box(0, 0, 2, 2), orientation)


@pytest.mark.parametrize(
    ("image_size", "input_size", "box"),
    [
        (Size(0, 2), Size(2, 2), Box(0, 0, 2, 2)),
        (Size(2, 2), Size(2, 0), Box(0, 0, 2, 2)),
        (Size(2, 2), Size(2, 2), Box(0, 1, 2, 1)),
        (Size(2, 2), Size(2, 2), Box(float("nan"), 0, 2, 1)),
    ],
)
def test_nothing_is_mapped_without_area(image_size: Size, input_size: Size, box: Box):
    with pytest.raises(ValueError, match=r"no pixels|no area"):
        PixelMap(image_size, input_size, box)
