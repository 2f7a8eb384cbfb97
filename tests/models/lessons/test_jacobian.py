"""Jacobians entry by entry: the identities of the notes, autograd and finite differences."""

import itertools

import numpy as np
import pytest
import torch
from torch.autograd.functional import jacobian as by_autograd
from torch.nn import functional

from models.lessons.jacobian import Stage, worked_chain

X = np.array([0.5, -1.2, 2.0])
W = np.random.default_rng(1).standard_normal((4, 3))
TORCH = {
    "relu": torch.relu,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.1),
    "elu": functional.elu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "identity": lambda x: x * 1,
    "softmax": lambda x: torch.softmax(x, 0),
}


def linear(layout, weight=W):
    """The same map in both layouts: W x, or x W^T."""
    return Stage("linear", weight if layout == "column" else weight.T)


def function_of(stage, layout):
    if stage.kind != "linear":
        return TORCH[stage.kind]
    weight = torch.from_numpy(np.ascontiguousarray(stage.weight))
    return (lambda x: weight @ x) if layout == "column" else (lambda x: x @ weight)


def test_identities_of_linear_maps():
    """z = W x has dz/dx = W; z = x W has W^T; z = x has I."""
    np.testing.assert_array_equal(worked_chain(X, [Stage("linear", W)], "column").whole, W)
    np.testing.assert_array_equal(worked_chain(X, [Stage("linear", W.T)], "row").whole, W)
    np.testing.assert_array_equal(worked_chain(X, [Stage("identity")], "row").whole, np.eye(3))


def test_gradient_of_the_weights_in_column_form_is_f_x_transposed():
    f = np.array([1.0, -2.0, 0.5, 3.0])
    stage = worked_chain(X, [Stage("linear", W)], "column", inflow=f).stages[0]
    # f is a row here, so its transpose is the column (m, 1); x is the column (n, 1).
    np.testing.assert_allclose(stage.weight_gradient, f[None].T @ X[:, None].T, atol=1e-12)
    np.testing.assert_allclose(stage.input_gradient, f @ W, atol=1e-12)


def test_gradient_of_the_weights_in_row_form_is_x_transposed_f():
    f = np.array([1.0, -2.0, 0.5, 3.0])
    stage = worked_chain(X, [Stage("linear", W.T)], "row", inflow=f).stages[0]
    np.testing.assert_allclose(stage.weight_gradient, X[None].T @ f[None], atol=1e-12)
    np.testing.assert_allclose(stage.input_gradient, f @ W, atol=1e-12)


@pytest.mark.parametrize("layout", ["column", "row"])
def test_softmax_and_cross_entropy_give_p_minus_y_in_both_layouts(layout):
    scores = torch.tensor(X, requires_grad=True)
    loss = functional.cross_entropy(scores[None], torch.tensor([1]))
    (expected,) = torch.autograd.grad(loss, [scores])
    worked = worked_chain(X, [Stage("identity")], layout, label=1)
    assert worked.loss == pytest.approx(loss.item(), abs=1e-12)
    np.testing.assert_allclose(worked.inflow, expected, atol=1e-6)
    p = np.exp(X) / np.exp(X).sum()
    np.testing.assert_allclose(worked.inflow, p - [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(worked.stages[0].input_gradient, p - [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize("layout", ["column", "row"])
def test_the_softmax_turns_the_quotients_behind_it_into_p_minus_y(layout):
    p = np.exp(X) / np.exp(X).sum()
    worked = worked_chain(X, [Stage("identity"), Stage("softmax")], layout, label=1)
    assert worked.loss == pytest.approx(-np.log(p[1]), abs=1e-12)
    np.testing.assert_allclose(worked.inflow, [0, -1 / p[1], 0], atol=1e-12)
    np.testing.assert_allclose(worked.stages[1].input_gradient, p - [0, 1, 0], atol=1e-12)


def chains(layout):
    kinds = [linear(layout), *(Stage(kind) for kind in TORCH)]
    second = np.random.default_rng(2).standard_normal((2, 4))
    for first in kinds:
        yield [first]
        size = 4 if first.kind == "linear" else 3
        yield [first, linear(layout, second[:, :size])]
        yield from ([first, Stage(kind)] for kind in TORCH)


@pytest.mark.parametrize("layout", ["column", "row"])
def test_every_chain_agrees_with_autograd_and_finite_differences(layout):
    for stages in chains(layout):
        functions = [function_of(stage, layout) for stage in stages]

        def whole(x, functions=functions):
            for function in functions:
                x = function(x)
            return x

        x = torch.from_numpy(X)
        worked = worked_chain(X, stages, layout)
        np.testing.assert_allclose(worked.whole, by_autograd(whole, x), atol=1e-6)
        np.testing.assert_allclose(worked.product, worked.whole, atol=1e-12)
        np.testing.assert_allclose(worked.stages[-1].output, whole(x), atol=1e-12)
        before = x
        for stage, function in zip(worked.stages, functions, strict=True):
            np.testing.assert_allclose(stage.jacobian, by_autograd(function, before), atol=1e-6)
            before = function(before)
            assert stage.input_gradient is stage.weight_gradient is None
        for i, j in itertools.product(*map(range, worked.whole.shape)):
            step = np.eye(3)[j] * 1e-6
            above, below = (whole(torch.from_numpy(X + each))[i].item() for each in (step, -step))
            assert worked.whole[i, j] == pytest.approx((above - below) / 2e-6, abs=1e-5)


@pytest.mark.parametrize("layout", ["column", "row"])
def test_gradients_behind_a_chain_agree_with_autograd(layout):
    second = np.random.default_rng(2).standard_normal((3, 4))
    stages = [linear(layout), linear(layout, second)]
    x = torch.tensor(X, requires_grad=True)
    weights = [torch.tensor(stage.weight, requires_grad=True) for stage in stages]
    y = weights[0] @ x if layout == "column" else x @ weights[0]
    z = weights[1] @ y if layout == "column" else y @ weights[1]
    loss = functional.cross_entropy(z[None], torch.tensor([2]))
    expected = torch.autograd.grad(loss, [x, y, *weights])
    worked = worked_chain(X, stages, layout, label=2)
    ours = [
        worked.stages[0].input_gradient,
        worked.stages[1].input_gradient,
        worked.stages[0].weight_gradient,
        worked.stages[1].weight_gradient,
    ]
    for found, gradient in zip(ours, expected, strict=True):
        np.testing.assert_allclose(found, gradient, atol=1e-6)
