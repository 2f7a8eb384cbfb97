import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

from app.inspection.rendering.maps import quantise, statistics

LAYER = torch.tensor([[[-1.0, 0.0], [2.0, 3.0]], [[5.0, 5.0], [5.0, 5.0]]])

FINITE = st.floats(-(2.0**125), 2.0**125, width=32)
ANYTHING = st.floats(width=32)


def layers(elements):
    shapes = st.one_of(
        hypothesis_numpy.array_shapes(min_dims=3, max_dims=3, max_side=5),
        hypothesis_numpy.array_shapes(min_dims=1, max_dims=1, max_side=9),
    )
    return hypothesis_numpy.arrays(np.float32, shapes, elements=elements)


def test_statistics_of_a_small_layer():
    found = statistics(LAYER)
    assert found.minimum.tolist() == [-1.0, 5.0]
    assert found.maximum.tolist() == [3.0, 5.0]
    assert found.mean.tolist() == [1.0, 5.0]
    # Zero is not active.
    assert found.fraction_active.tolist() == [0.5, 1.0]
    assert found.not_finite.tolist() == [0, 0]


def test_a_vector_has_one_number_a_channel():
    found = statistics(torch.tensor([-2.0, 4.0]))
    assert found.mean.tolist() == found.minimum.tolist() == found.maximum.tolist() == [-2.0, 4.0]
    assert found.fraction_active.tolist() == [0.0, 1.0]
    assert quantise(torch.tensor([-2.0, 4.0]), "layer").codes.tolist() == [0, 255]


def test_means_are_summed_in_float64():
    # In float32 a sum of 2 ** 24 + 1 + 1 stays 2 ** 24.
    layer = torch.tensor([[[2.0**24, 1.0, 1.0, 0.0]]])
    assert statistics(layer).mean.tolist() == [(2.0**24 + 2) / 4]


def test_values_that_are_not_finite_are_left_out_and_counted():
    layer = torch.tensor([[[torch.nan, 1.0, 3.0]], [[torch.inf, -torch.inf, torch.nan]]])
    found = statistics(layer)
    assert (found.minimum[0], found.maximum[0], found.mean[0]) == (1.0, 3.0, 2.0)
    assert np.isnan([found.minimum[1], found.maximum[1], found.mean[1]]).all()
    assert found.not_finite.tolist() == [1, 3]


def test_each_channel_is_stretched_over_all_codes():
    quantised = quantise(LAYER)
    assert quantised.codes.dtype == np.uint8
    assert quantised.codes[0].tolist() == [[0, 64], [191, 255]]
    # A channel without range.
    assert quantised.codes[1].tolist() == [[0, 0], [0, 0]]
    assert quantised.dequantised()[1].tolist() == [[5.0, 5.0], [5.0, 5.0]]


def test_one_scale_for_the_layer_lets_channels_be_compared():
    quantised = quantise(LAYER, "layer")
    assert quantised.minimum.tolist() == [-1.0, -1.0]
    assert quantised.maximum.tolist() == [5.0, 5.0]
    # 42.5 steps of 6 / 255 from -1 to 0, halves upwards.
    assert quantised.codes.tolist() == [[[0, 43], [128, 170]], [[255, 255], [255, 255]]]


@given(layers(FINITE), st.sampled_from(["channel", "layer"]))
def test_a_code_is_within_half_a_step_of_its_value(values, scale):
    quantised = quantise(torch.from_numpy(values), scale)
    shape = (-1,) + (1,) * (values.ndim - 1)
    low, high = (
        bound.astype(np.float64).reshape(shape) for bound in (quantised.minimum, quantised.maximum)
    )
    step = (high - low) / 255
    # Adding the minimum again rounds in float64, relative to the larger of the two bounds.
    rounding = 4 * np.finfo(np.float64).eps * np.maximum(np.abs(low), np.abs(high))
    errors = np.abs(quantised.dequantised() - values.astype(np.float64))
    assert (errors <= 0.5001 * step + rounding).all()


@given(layers(ANYTHING), st.sampled_from(["channel", "layer"]))
def test_any_values_can_be_quantised_and_summarised(values, scale):
    layer = torch.from_numpy(values)
    quantised = quantise(layer, scale)
    assert quantised.codes.shape == values.shape
    assert np.isfinite(quantised.minimum).all()
    assert np.isfinite(quantised.maximum).all()
    assert (quantised.codes[np.isnan(values) | np.isneginf(values)] == 0).all()
    found = statistics(layer)
    flat = values.reshape(len(values), -1)
    assert found.not_finite.tolist() == (~np.isfinite(flat)).sum(1).tolist()
    some = np.isfinite(flat).any(1)
    assert np.isfinite(found.mean[some]).all()
    assert np.isnan(found.mean[~some]).all()


def test_infinity_is_the_last_code_and_minus_infinity_the_first():
    layer = torch.tensor([[[-torch.inf, 1.0, 2.0, torch.inf]]])
    assert quantise(layer).codes.tolist() == [[[0, 0, 255, 255]]]


def test_the_layer_itself_is_not_changed():
    layer = torch.tensor([[[torch.nan, -3.0, torch.inf, 8.0]]])
    before = layer.clone()
    quantise(layer)
    quantise(layer, "layer")
    statistics(layer)
    assert torch.equal(layer.nan_to_num(), before.nan_to_num())


def test_an_unknown_scale_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="channel and layer"):
        quantise(LAYER, "network")
