"""Thumbnails: the strongest map, small, by hand-made layers."""

import numpy as np
import pytest
import torch

from app.inspection.activations.overview import thumbnail


def decoded(item):
    return item.drawn_minimum + item.codes * (item.drawn_maximum - item.drawn_minimum) / 255


def test_strongest_map_is_the_one_with_the_largest_value():
    layer = torch.zeros(5, 4, 6)
    layer[3, 2, 1] = 2.0
    layer[1] = -7.0
    found = thumbnail("x", layer)
    assert (found.channel, found.minimum, found.maximum) == (3, 0.0, 2.0)
    assert decoded(found) == pytest.approx(layer[3].numpy())


def test_large_map_is_averaged_over_equal_areas():
    layer = torch.arange(64 * 128, dtype=torch.float32).reshape(1, 64, 128)
    found = thumbnail("x", layer)
    assert found.codes.shape == (16, 32)
    expected = layer[0].reshape(16, 4, 32, 4).mean((1, 3)).numpy()
    step = (found.drawn_maximum - found.drawn_minimum) / 255
    assert np.abs(decoded(found) - expected).max() <= 0.501 * step
    assert (found.minimum, found.maximum) == (0.0, 64 * 128 - 1)


@pytest.mark.parametrize("shape", [(10,), (10, 1, 1)])
def test_single_values_stand_in_a_strip(shape):
    layer = torch.linspace(-1, 1, 10).reshape(shape)
    found = thumbnail("x", layer)
    assert found.codes.shape == (1, 10)
    assert found.channel == 9
    assert decoded(found)[0] == pytest.approx(layer.flatten().numpy(), abs=0.004)


def test_long_vector_keeps_the_largest_of_each_share():
    layer = torch.zeros(1000)
    layer[500] = 5.0
    found = thumbnail("x", layer)
    assert found.codes.shape == (1, 64)
    assert found.codes.max() == 255
    assert found.codes.argmax() == 500 * 64 // 1000


def test_values_that_are_no_numbers_do_not_win():
    layer = torch.ones(3, 2, 2)
    layer[0, 0, 0] = torch.nan
    layer[1, 0, 0] = torch.inf
    layer[2, 1, 1] = 4.0
    found = thumbnail("x", layer)
    assert (found.channel, found.maximum) == (2, 4.0)
    nothing = thumbnail("x", torch.full((2, 2, 2), torch.nan))
    assert np.isnan(nothing.maximum)
    assert np.isfinite(decoded(nothing)).all()


def test_sign_is_that_of_the_whole_layer():
    layer = torch.zeros(5, 4, 6)
    layer[3, 2, 1] = 2.0
    assert not thumbnail("x", layer).is_signed
    layer[0, 0, 0] = -1e-3  # in another map than the one that is shown
    found = thumbnail("x", layer)
    assert found.channel == 3
    assert found.minimum == 0.0
    assert found.is_signed
    layer[0, 0, 0] = -torch.inf
    assert not thumbnail("x", layer).is_signed
    layer[1, 0, 0] = torch.nan
    layer[1, 0, 1] = -2.0
    assert thumbnail("x", layer).is_signed
    assert not thumbnail("x", torch.full((2, 2, 2), torch.nan)).is_signed
