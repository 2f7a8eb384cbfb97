"""The playground's training against the same in torch, and the figures that its chapter shows."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.lessons.playground import (
    MAP_SIZE,
    NODE_MAP_SIZE,
    REACH,
    Playground,
    Setup,
    first_weights,
    weight_shapes,
)

RINGS = Setup(
    points="rings",
    count=200,
    noise=0.08,
    hidden=(8, 8),
    activation="relu",
    rate=0.5,
    momentum=0.0,
    seed=0,
)
TORCH = {
    "identity": lambda pieces: pieces[0],
    "sigmoid": lambda pieces: torch.sigmoid(pieces[0]),
    "tanh": lambda pieces: torch.tanh(pieces[0]),
    "relu": lambda pieces: torch.relu(pieces[0]),
    "leaky_relu": lambda pieces: functional.leaky_relu(pieces[0], 0.1),
    "elu": lambda pieces: functional.elu(pieces[0]),
    "maxout": lambda pieces: pieces.amax(0),
}


def begin(setup, **arguments):
    return Playground(setup, first_weights(setup), **arguments)


def scores_of(parameters, activation, x):
    """Of torch: the value of every hidden layer, then the scores."""
    values = []
    for place, (weight, bias) in enumerate(parameters):
        pieces = x @ weight.transpose(1, 2) + bias[:, None]
        x = TORCH[activation](pieces) if place < len(parameters) - 1 else pieces[0]
        values.append(x)
    return values


def tensors(layers, **settings):
    return [
        (torch.tensor(each.weight, **settings), torch.tensor(each.bias, **settings))
        for each in layers
    ]


@pytest.mark.parametrize("activation", TORCH)
def test_training_is_that_of_torch(activation):
    setup = dataclasses.replace(RINGS, activation=activation, rate=0.1, momentum=0.9)
    run = begin(setup)
    parameters = tensors(first_weights(setup), requires_grad=True)
    flat = [each for pair in parameters for each in pair]
    optimizer = torch.optim.SGD(flat, lr=0.1, momentum=0.9)
    points, labels = torch.tensor(run.points), torch.tensor(run.labels)
    for _ in range(40):
        optimizer.zero_grad()
        loss = functional.cross_entropy(scores_of(parameters, activation, points)[-1], labels)
        loss.backward()
        optimizer.step()
    run.train(40)
    frame = run.frame()
    with torch.no_grad():
        scores = scores_of(parameters, activation, points)[-1]
    assert frame.step == 40
    assert frame.loss == pytest.approx(functional.cross_entropy(scores, labels).item(), abs=1e-9)
    assert frame.accuracy == (scores.argmax(1) == labels).double().mean().item()
    for layer, (weight, bias) in zip(frame.layers, parameters, strict=True):
        np.testing.assert_allclose(layer.weight, weight.detach().numpy(), atol=1e-9)
        np.testing.assert_allclose(layer.bias, bias.detach().numpy(), atol=1e-9)
        velocity = optimizer.state[weight]["momentum_buffer"].numpy()
        np.testing.assert_allclose(layer.weight_velocity, velocity, atol=1e-9)


@pytest.mark.parametrize("activation", ["relu", "maxout"])
def test_a_run_that_goes_on_is_the_run_that_never_stopped(activation):
    setup = dataclasses.replace(RINGS, activation=activation, momentum=0.5)
    whole, first = begin(setup), begin(setup)
    whole.train(30)
    first.train(13)
    second = Playground(setup, first.frame().layers, 13)
    second.train(17)
    expected, found = whole.frame(), second.frame()
    assert found.step == expected.step == 30
    assert found.loss == expected.loss
    assert found.boundary == expected.boundary
    for one, other in zip(found.layers, expected.layers, strict=True):
        for name in ("weight", "bias", "weight_velocity", "bias_velocity"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_maps_and_probe_are_what_torch_computes_there(activation):
    setup = dataclasses.replace(RINGS, activation=activation, hidden=(3, 5))
    run = begin(setup, probe=(0.4, -0.7))
    run.train(50)
    frame = run.frame()
    parameters = tensors(frame.layers)
    # The middle of a cell of the finer map: the third row from the top, the eleventh column.
    cell = 2 * REACH / MAP_SIZE
    point = torch.tensor([[-REACH + 10.5 * cell, REACH - 2.5 * cell]], dtype=torch.float64)
    p = torch.softmax(scores_of(parameters, activation, point)[-1], 1)[0, 1].item()
    boundary = np.frombuffer(frame.boundary, np.uint8).reshape(MAP_SIZE, MAP_SIZE)
    assert boundary[2, 10] / 255 == pytest.approx(p, abs=0.5 / 255 + 1e-9)

    assert [len(layer) for layer in frame.nodes] == [3, 5]
    block = point + cell * torch.tensor([[0.0, 0], [1, 0], [0, -1], [1, -1]], dtype=torch.float64)
    for layer, values in zip(frame.nodes, scores_of(parameters, activation, block), strict=False):
        for unit, node in enumerate(layer):
            codes = np.frombuffer(node.codes, np.uint8).reshape(NODE_MAP_SIZE, NODE_MAP_SIZE)
            value = node.scale * (2 * int(codes[1, 5]) / 255 - 1)
            step = 2 * node.scale / 255
            assert value == pytest.approx(values[:, unit].mean().item(), abs=step / 2 + 1e-9)

    at_probe = scores_of(parameters, activation, torch.tensor([[0.4, -0.7]], dtype=torch.float64))
    for layer, values in zip(frame.probe[:-1], at_probe, strict=False):
        np.testing.assert_allclose(layer.after, values[0].numpy(), atol=1e-12)
    assert frame.probe[-1].before[0] == pytest.approx(at_probe[-1][0].numpy(), abs=1e-12)
    assert frame.probe[-1].after == pytest.approx(torch.softmax(at_probe[-1][0], 0).numpy())


def test_a_rate_far_too_high_is_found_out():
    setup = dataclasses.replace(RINGS, rate=100.0, momentum=0.99, hidden=(8, 8, 8, 8))
    run = begin(dataclasses.replace(setup, activation="identity"))
    run.train(3_000)
    assert np.isnan(run.frame().loss)
    assert run.step < 3_000


def test_first_weights_have_the_spread_of_lecuns_rule():
    setup = dataclasses.replace(RINGS, hidden=(200, 200))
    layers = first_weights(setup)
    assert weight_shapes(setup) == [(1, 200, 2), (1, 200, 200), (1, 2, 200)]
    assert layers[1].weight.std() == pytest.approx(200**-0.5, rel=0.02)
    assert not any(layer.bias.any() for layer in layers)


def accuracies(activation, seeds, steps=1_500):
    found = []
    for seed in range(seeds):
        run = begin(dataclasses.replace(RINGS, activation=activation, seed=seed))
        run.train(steps)
        found.append(run.frame().accuracy)
    return found


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "elu", "maxout"])
def test_what_bends_parts_the_rings(activation):
    assert accuracies(activation, 3) == [1, 1, 1]


def test_without_a_bend_the_rings_stay_at_chance():
    assert all(0.45 <= each <= 0.6 for each in accuracies("identity", 4))


def test_sigmoids_are_under_way():
    """Their slope is at most 1/4 a layer: most starts are not there yet, few not begun."""
    found = accuracies("sigmoid", 8)
    assert np.mean(found) == pytest.approx(0.87, abs=0.05)
    assert min(found) < 0.6
    assert max(found) == 1
    assert accuracies("sigmoid", 8, 3_000) == [1] * 8
