"""A surface of two weights: its slopes, and what searches of it may be told."""

import numpy as np
import pytest
import torch

from models.scratch.search import RandomLocalSearch, RandomSearch
from models.scratch.surface import Surface

LOWEST = np.array([1.0, -0.5])
CURVATURES = np.array([0.7, 4.0])


@pytest.mark.parametrize("ripple", [0.0, 0.4])
def test_slope_is_that_of_autograd_at_every_place(ripple):
    places = np.random.default_rng(0).uniform(-3, 3, (7, 5, 2))
    surface = Surface(LOWEST, CURVATURES, ripple, frequency=5.0)
    found = surface.forward(places)
    assert found.shape == (7, 5)
    w = torch.tensor(places, requires_grad=True)
    d = w - torch.tensor(LOWEST)
    height = (torch.tensor(CURVATURES) * d**2 / 2 + ripple * (1 - torch.cos(5 * d))).sum(-1)
    height.sum().backward()
    np.testing.assert_allclose(found, height.detach().numpy(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(surface.backward(), w.grad.numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("ripple", [0.0, 0.4])
def test_no_place_lies_below_the_lowest_point(ripple):
    surface = Surface(LOWEST, CURVATURES, ripple)
    assert surface.forward(LOWEST) == 0
    assert (surface.backward() == 0).all()
    assert surface.forward(np.random.default_rng(0).uniform(-3, 3, (5_000, 2))).min() > 0


@pytest.mark.parametrize("search", [RandomSearch, RandomLocalSearch])
def test_search_that_knows_where_it_stands_looks_once_and_finds_the_same(search):
    def heights(*, tells: bool):
        parameters = {"w": np.array([-2.0, 2.0])}
        surface, rule = Surface(LOWEST, CURVATURES), search(0.5, np.random.default_rng(3))
        looks, found = 0, []

        def loss() -> float:
            nonlocal looks
            looks += 1
            return float(surface.forward(parameters["w"]))

        known = None
        for _ in range(20):
            known = rule.step(parameters, loss, known if tells else None)
            found.append(known)
        return found, looks

    told, untold = heights(tells=True), heights(tells=False)
    assert told[0] == untold[0]
    assert told[1] == 21
    assert untold[1] == 40
