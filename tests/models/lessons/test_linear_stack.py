"""A stack of linear layers against the one layer that numpy multiplies it into."""

import functools
import itertools

import numpy as np
import pytest

from models.lessons.linear_stack import linear_stack


def test_two_layers_by_hand():
    """A = (1 2; 0 1), B = (0 -1; 1 0): A x = (11, 4), B A = (0 -1; 1 2)."""
    none = np.zeros(2)
    first, second = np.array([[1.0, 2], [0, 1]]), np.array([[0.0, -1], [1, 0]])
    found = linear_stack([(first, none), (second, none)], np.array([3.0, 4]))
    assert found.stages[0].value.tolist() == [11, 4]
    assert found.stages[1].value.tolist() == [-4, 11]
    assert found.stages[1].weight.tolist() == [[0, -1], [1, 2]]
    assert found.at_once.tolist() == [-4, 11]
    assert found.largest_difference == 0


@pytest.mark.parametrize("sizes", [(6, 6, 6, 6, 6), (3, 5, 2), (1, 6, 1), (4, 2)])
def test_the_product_is_the_stack(sizes):
    generator = np.random.default_rng(5)
    layers = [
        (generator.standard_normal((out, into)), generator.standard_normal(out))
        for into, out in itertools.pairwise(sizes)
    ]
    x = generator.standard_normal(sizes[0])
    found = linear_stack(layers, x)
    product = functools.reduce(lambda before, layer: layer[0] @ before, layers, np.eye(sizes[0]))
    # What the stack makes of nothing is its bias.
    bias = functools.reduce(lambda v, layer: layer[0] @ v + layer[1], layers, np.zeros(sizes[0]))
    np.testing.assert_allclose(found.stages[-1].weight, product, atol=1e-12)
    np.testing.assert_allclose(found.stages[-1].bias, bias, atol=1e-12)
    np.testing.assert_allclose(found.at_once, found.stages[-1].value, atol=1e-12)
    assert found.largest_difference < 1e-12


def test_every_stage_stands_for_all_before_it():
    generator = np.random.default_rng(6)
    layers = [(generator.standard_normal((3, 3)), generator.standard_normal(3)) for _ in range(4)]
    x = generator.standard_normal(3)
    for stage in linear_stack(layers, x).stages:
        np.testing.assert_allclose(stage.weight @ x + stage.bias, stage.value, atol=1e-12)
