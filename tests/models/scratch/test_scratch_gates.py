"""Gates and elementary functions of the numpy library, against autograd and finite differences."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.scratch.cross_entropy import CrossEntropy, SoftmaxCrossEntropy, one_hot
from models.scratch.derivatives import finite_differences
from models.scratch.elementary import Exponential, Logarithm, Negate, Power
from models.scratch.gates import Add, Divide, MatrixMultiply, Multiply, Subtract
from models.scratch.graph import Node, go_forward, steps_back
from models.scratch.softmax import Softmax

TOLERANCE = 1e-6


def random(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def positive(seed, *shape):
    return np.random.default_rng(seed).uniform(0.2, 3, shape)


OPERATIONS = {
    "subtract": (Subtract(), torch.sub, [random(1, 4, 3), random(2, 4, 3)]),
    "divide": (Divide(), torch.div, [random(1, 4, 3), -positive(2, 4, 3)]),
    "matrix product": (MatrixMultiply(), torch.matmul, [random(1, 4, 3), random(2, 3, 5)]),
    "negate": (Negate(), torch.neg, [random(1, 4, 3)]),
    "exponential": (Exponential(), torch.exp, [random(1, 4, 3)]),
    "logarithm": (Logarithm(), torch.log, [positive(1, 4, 3)]),
    "square": (Power(2), lambda x: x**2, [random(1, 4, 3)]),
    "reciprocal": (Power(-1), lambda x: x**-1.0, [positive(1, 4, 3) * [-1, 1, -1]]),
    "square root": (Power(0.5), torch.sqrt, [positive(1, 4, 3)]),
    "power of none": (Power(0), lambda x: x**0, [random(1, 4, 3)]),
    "softmax of columns": (Softmax(0), lambda x: torch.softmax(x, 0), [random(1, 4, 3)]),
}


def shares_of(operation, gradient):
    shares = operation.backward(gradient)
    return shares if isinstance(shares, tuple) else (shares,)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_agree_with_autograd_and_finite_differences(name):
    operation, oracle, arrays = OPERATIONS[name]
    tensors = [torch.tensor(each, requires_grad=True) for each in arrays]
    result = oracle(*tensors)
    weights = random(4, *result.shape)
    expected = torch.autograd.grad((result * torch.from_numpy(weights)).sum(), tensors)
    np.testing.assert_allclose(operation.forward(*arrays), result.detach(), atol=1e-12)
    for ours, theirs, array in zip(shares_of(operation, weights), expected, arrays, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=TOLERANCE, rtol=0)
        measured = finite_differences(
            lambda: float((operation.forward(*arrays) * weights).sum()), array
        )
        np.testing.assert_allclose(ours, measured, atol=1e-5, rtol=0)


def test_power_of_nothing_is_constant_at_zero_too():
    power = Power(0)
    assert power.forward(np.array(0.0)) == 1
    assert power.backward(np.array(5.0)) == 0


@pytest.mark.parametrize("axis", [0, 1])
def test_cross_entropy_of_probabilities_agrees_with_torch(axis):
    scores, labels = random(1, 5, 4), np.array([2, 0, 3, 1, 1])
    targets = one_hot(labels, 4, scores.dtype)
    tensor = torch.tensor(scores, requires_grad=True)
    probabilities = torch.softmax(tensor, 1)
    loss = functional.nll_loss(torch.log(probabilities), torch.from_numpy(labels))
    expected = torch.autograd.grad(loss, [probabilities, tensor])

    def turned(array):
        return array if axis == 1 else array.T

    criterion, softmax = CrossEntropy(turned(targets), axis), Softmax(axis)
    value = criterion.forward(softmax.forward(turned(scores)))
    assert float(value) == pytest.approx(loss.item(), abs=1e-12)
    of_probabilities = criterion.backward(np.array(1.0))
    np.testing.assert_allclose(of_probabilities, turned(expected[0].numpy()), atol=TOLERANCE)
    of_scores = softmax.backward(of_probabilities)
    np.testing.assert_allclose(of_scores, turned(expected[1].numpy()), atol=TOLERANCE)
    both = SoftmaxCrossEntropy()
    both.forward(scores, labels)
    np.testing.assert_allclose(of_scores, turned(both.backward()), atol=1e-12)


def test_cross_entropy_asks_nothing_of_a_class_that_is_not_the_target():
    criterion = CrossEntropy(np.array([[0.0, 1.0]]))
    assert float(criterion.forward(np.array([[0.0, 0.5]]))) == pytest.approx(np.log(2))
    assert criterion.backward(np.array(1.0)).tolist() == [[0, -2]]


def test_steps_back_leave_the_gradients_of_what_no_node_made():
    # y = (a + b) * a with a = 2, b = 3: dy/da = 2a + b, dy/db = a.
    nodes = [
        Node("sum", Add(), ("a", "b")),
        Node("unread", Negate(), ("sum",)),
        Node("y", Multiply(), ("sum", "a")),
    ]
    values = {"a": np.array(2.0), "b": np.array(3.0)}
    go_forward(nodes, values)
    assert (values["sum"], values["unread"], values["y"]) == (5, -5, 10)
    gradients = {"y": np.array(1.0)}
    steps = list(steps_back(nodes, gradients))
    assert [step.node.name for step in steps] == ["y", "sum"]
    assert [[float(share) for share in step.shares] for step in steps] == [[2, 5], [2, 2]]
    assert gradients == {"a": 7, "b": 2}
