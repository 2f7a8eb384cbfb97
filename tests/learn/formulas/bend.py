"""The formulas of symbols in the chapter of the bend, on random numbers."""

import numpy as np

from models.scratch.activations import Tanh
from models.scratch.linear import Linear
from models.scratch.sequential import Sequential
from models.scratch.softmax import Softmax


def stack() -> None:
    """B (A x + a) + b = (B A) x + (B a + b)."""
    draw = np.random.default_rng(1).standard_normal
    first, second, x = draw((4, 3)), draw((2, 4)), draw(3)
    a, b = draw(4), draw(2)
    layers = Sequential([Linear(first, a), Linear(second, b)])
    at_once = (second @ first) @ x + (second @ a + b)
    np.testing.assert_allclose(layers.forward(x[None])[0], at_once, atol=1e-12)


def perceptron() -> None:
    """p = softmax(W3 f(W2 f(W1 x + b1) + b2) + b3), with tanh as f."""
    draw = np.random.default_rng(2).standard_normal
    weights = [(draw((8, 2)), draw(8)), (draw((8, 8)), draw(8)), (draw((2, 8)), draw(2))]
    (w1, b1), (w2, b2), (w3, b3) = weights
    x = draw(2)
    scores = w3 @ np.tanh(w2 @ np.tanh(w1 @ x + b1) + b2) + b3
    one, two, three = (Linear(*each) for each in weights)
    network = Sequential([one, Tanh(), two, Tanh(), three, Softmax()])
    p = network.forward(x[None])[0]
    np.testing.assert_allclose(p, np.exp(scores) / np.exp(scores).sum(), atol=1e-12)


CHECKS = {"bend.stack": stack, "bend.perceptron": perceptron}
