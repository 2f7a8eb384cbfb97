"""Values and slopes of the activation functions, against torch's autograd and differences."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.lessons.activation_curves import ACTIVATIONS, value_and_slope

TORCH = {
    "identity": lambda x: x * 1,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.1),
    "elu": functional.elu,
}
X = np.linspace(-6, 6, 241)


def test_all_are_compared():
    assert list(TORCH) == list(ACTIVATIONS)


@pytest.mark.parametrize("name", TORCH)
def test_values_and_slopes_are_those_of_autograd(name):
    x = torch.tensor(X, requires_grad=True)
    expected = TORCH[name](x)
    expected.sum().backward()
    values, slopes = value_and_slope(name, X)
    np.testing.assert_allclose(values, expected.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(slopes, x.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("name", TORCH)
def test_slopes_are_those_of_finite_differences(name):
    """Away from 0, where half of them have a kink."""
    x = X[np.abs(X) > 1e-9]
    step = 1e-6
    above, below = (value_and_slope(name, x + sign * step)[0] for sign in (1, -1))
    np.testing.assert_allclose(value_and_slope(name, x)[1], (above - below) / (2 * step), atol=1e-6)


def test_the_steepest_slopes_are_the_known_ones():
    """sigmoid' is at most 1/4, tanh' at most 1, both at 0."""
    for name, steepest in (("sigmoid", 0.25), ("tanh", 1.0)):
        slopes = value_and_slope(name, X)[1]
        assert slopes.max() == pytest.approx(steepest, abs=1e-12)
        assert X[slopes.argmax()] == pytest.approx(0, abs=1e-12)
