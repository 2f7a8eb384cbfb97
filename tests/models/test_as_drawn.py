"""Digits as they stand: what the network gets, and that moving the picture moves it."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from app.stores.held_out_digits import (
    OF_EACH,
    OF_EACH_FOR_TRAINING,
    digit_png,
    held_out_digits,
    training_digits,
)
from models.catalogue.catalogue import catalogue
from models.errors import NoSuchPreparationError
from models.preprocessing.edits import PictureEdit, edit_picture
from models.preprocessing.pixel_map import Box
from models.preprocessing.preprocessing import DigitPreprocessing

PLAIN = DigitPreprocessing(size=28, preparation="as-drawn")
WITH_MARGIN = DigitPreprocessing(size=32, mean=0.25, std=0.5, preparation="as-drawn")


def ink_of(preparation: DigitPreprocessing, picture: Image.Image) -> np.ndarray:
    tensor = preparation.prepare(picture).tensor[0, 0]
    return (tensor * preparation.std + preparation.mean).numpy()


def held_out(digit: int, number: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(digit_png(digit, number))).convert("RGB")


@pytest.mark.parametrize("digit", range(10))
def test_a_held_out_digit_is_what_the_data_set_has(digit: int) -> None:
    """To the last bit where its strongest ink is 255; the margin is background."""
    picture = held_out(digit)
    levels = np.asarray(picture)[..., 0].astype(np.float32)
    digits = held_out_digits()
    stored = digits.pictures[(digits.labels == digit).nonzero()[0, 0], 0].numpy()
    assert np.array_equal(levels / 255, stored)
    expected = levels / levels.max()
    assert np.array_equal(ink_of(PLAIN, picture), expected)
    assert np.allclose(ink_of(WITH_MARGIN, picture), np.pad(expected, 2), atol=1e-6)


@pytest.mark.parametrize("times", [2, 16])
def test_an_enlarged_digit_is_the_digit(times: int) -> None:
    picture = held_out(7)
    large = picture.resize((28 * times, 28 * times), Image.Resampling.NEAREST)
    assert np.allclose(ink_of(PLAIN, large), ink_of(PLAIN, picture), atol=1e-6)


def test_dark_on_light_is_light_on_dark() -> None:
    picture = held_out(4)
    inverted = Image.fromarray(255 - np.asarray(picture))
    assert np.allclose(ink_of(PLAIN, inverted), ink_of(PLAIN, picture), atol=1e-6)


@pytest.mark.parametrize(("right", "down"), [(3, 0), (-2, 2), (0, -3)])
def test_a_moved_picture_is_a_moved_input(right: int, down: int) -> None:
    """numpy moves the digit into a frame of zeros; the usual preparation undoes the move."""
    picture = held_out(1)
    moved = edit_picture(picture, PictureEdit(shift_x=right / 28, shift_y=down / 28))
    padded = np.pad(ink_of(PLAIN, picture), 5)
    expected = np.roll(padded, (down, right), (0, 1))[5:33, 5:33]
    assert np.allclose(ink_of(PLAIN, moved), expected, atol=1e-2)
    centred = DigitPreprocessing(size=28)
    assert np.allclose(ink_of(centred, moved), ink_of(centred, picture), atol=1e-2)
    assert np.abs(ink_of(PLAIN, moved) - ink_of(PLAIN, picture)).max() > 0.9


def test_the_frame_is_the_square_around_the_picture() -> None:
    """By hand: 56 x 28 px in 28 x 28 is half as large, with 7 rows of background on both sides."""
    picture = Image.new("RGB", (56, 28), "white")
    picture.paste("black", (20, 10, 24, 14))
    prepared = PLAIN.prepare(picture)
    assert prepared.pixel_map.image_box == Box(top=-14, left=0, bottom=42, right=56)
    expected = np.zeros((28, 28))
    expected[12:14, 10:12] = 1
    assert np.array_equal(ink_of(PLAIN, picture), expected)
    outer = WITH_MARGIN.prepare(picture).pixel_map.image_box
    assert outer == Box(top=-18, left=-4, bottom=46, right=60)


def test_blank_paper_is_background() -> None:
    assert (ink_of(PLAIN, Image.new("RGB", (99, 70), "ivory")) == 0).all()


def test_what_comes_into_sight_is_paper_where_the_border_is_paper() -> None:
    """A photograph's border has many colours: there it stays grey."""
    drawing = Image.new("RGB", (40, 40), (250, 240, 230))
    drawing.paste("black", (18, 10, 22, 30))
    moved = np.asarray(edit_picture(drawing, PictureEdit(shift_x=0.25)))
    assert (moved[:, :10] == (250, 240, 230)).all()
    # Ink on less than a tenth of the border changes nothing; more of it does.
    drawing.paste("black", (0, 0, 12, 1))
    assert tuple(np.asarray(edit_picture(drawing, PictureEdit(shift_x=0.25)))[5, 2]) == (
        *(250, 240, 230),
    )
    drawing.paste("black", (0, 0, 40, 1))
    assert tuple(np.asarray(edit_picture(drawing, PictureEdit(shift_x=0.25)))[5, 2]) == (128,) * 3


def test_a_choice_is_part_of_what_answers_depend_on_but_not_of_the_weights() -> None:
    usual = catalogue().resolve("lenet5.mnist5k")
    drawn = usual.prepared("as-drawn")
    assert drawn.id == usual.id
    assert drawn.network_key == usual.network_key
    assert drawn.key != usual.key
    assert drawn.prepared("centred") == usual
    assert drawn.preparations == ("centred", "as-drawn")


def test_a_model_without_a_choice_says_so() -> None:
    entry = catalogue().resolve("efficientnet_lite0")
    assert entry.preparations == ()
    with pytest.raises(NoSuchPreparationError, match=r"'centred'.*efficientnet_lite0\.imagenet1k"):
        entry.prepared("centred")


def test_held_out_digits_are_a_hundred_of_each() -> None:
    assert torch.bincount(held_out_digits().labels).tolist() == [OF_EACH] * 10 == [100] * 10


def test_training_digits_are_four_hundred_of_each_and_none_of_those_held_out() -> None:
    labels = training_digits().labels
    assert torch.bincount(labels).tolist() == [OF_EACH_FOR_TRAINING] * 10 == [400] * 10
    held_out = {picture.numpy().tobytes() for picture in held_out_digits().pictures}
    assert not any(each.numpy().tobytes() in held_out for each in training_digits().pictures)
