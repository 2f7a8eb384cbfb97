"""The climb: it rises, repeats itself, can be given up, and leaves the network as it was."""

import numpy as np
import pytest
import torch
from structures import graph_of
from torch import nn

from app.inspection.errors import WorkCancelledError
from app.inspection.filters.maximisation import Climb, maximise
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.preprocessing.preprocessing import PhotographPreprocessing
from models.weights.construction import build_random

PREPARED = PhotographPreprocessing(32, 32, "bilinear", (0.5, 0.4, 0.3), (0.2, 0.25, 0.3))


class Coloured(nn.Module):
    """Answers to red without blue."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1, bias=False)
        with torch.no_grad():
            self.conv.weight.copy_(torch.tensor([[1.0, 0, -1], [0, 1, 0]])[:, :, None, None])

    def forward(self, x):
        return torch.relu(self.conv(x)).mean((2, 3))


def _quiet(done, see):
    pass


def _coloured():
    return trace(Coloured().eval().requires_grad_(requires_grad=False), (3, 32, 32))


def test_the_picture_becomes_what_the_channel_answers_to():
    found = maximise(_coloured(), PREPARED, Climb("conv", 0, steps=256), _quiet)
    assert found.end > found.start + 1
    assert len(found.values) == 256
    red, _, blue = found.pixels.reshape(-1, 3).mean(0)
    assert red - blue > 100
    # The largest that pixels in [0, 1] allow: (1 - 0.5) / 0.2 + 0.3 / 0.3.
    assert found.end <= 3.5
    # The array is the picture as the network saw it, to half a level of 255.
    mean, deviation = np.array(PREPARED.mean), np.array(PREPARED.std)
    pixels = found.tensor.transpose(1, 2, 0) * deviation + mean
    assert np.abs(pixels * 255 - found.pixels).max() <= 0.501


def test_seed_decides_everything():
    graph = _coloured()
    one, same = (maximise(graph, PREPARED, Climb("conv", 1, 6, seed=4), _quiet) for _ in range(2))
    assert np.array_equal(one.tensor, same.tensor)
    assert one.values == same.values
    other = maximise(graph, PREPARED, Climb("conv", 1, 6, seed=5), _quiet)
    assert not np.array_equal(one.tensor, other.tensor)


def test_global_generator_is_left_alone():
    graph = _coloured()
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    maximise(graph, PREPARED, Climb("conv", 0, 2), _quiet)
    assert torch.equal(torch.rand(1), expected)


def test_giving_up_ends_it_at_the_next_step():
    steps = []

    def give_up(done, see):
        steps.append(done)
        assert see().startswith(b"\x89PNG")
        if done == 3:
            raise WorkCancelledError

    with pytest.raises(WorkCancelledError):
        maximise(_coloured(), PREPARED, Climb("conv", 0, 50), give_up)
    assert steps == [1, 2, 3]


@pytest.mark.parametrize("layer", ["c3", "output"])
def test_digits_rise_too_and_parameters_stay(layer):
    entry = catalogue().resolve("lenet5.random")
    module = build_random(entry.architecture.build, 0).eval().requires_grad_(requires_grad=False)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    graph = graph_of(entry.architecture.build, entry.preprocessing.input_shape, module)
    found = maximise(graph, entry.preprocessing, Climb(layer, 3, 24), _quiet)
    assert found.end > found.start
    assert found.pixels.shape == (32, 32)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())


class Rectified(nn.Module):
    """The first channel answers to pixels whose mean is above a threshold, else to nothing."""

    def __init__(self, threshold):
        super().__init__()
        self.conv = nn.Conv2d(3, 1, 1)
        with torch.no_grad():
            self.conv.weight.fill_(1)
            self.conv.bias.fill_(-threshold)

    def forward(self, x):
        return torch.relu(self.conv(x).mean((2, 3)))


def _rectified(threshold):
    return trace(Rectified(threshold).eval().requires_grad_(requires_grad=False), (3, 32, 32))


def _before_the_rectifier(seed):
    """What the noise of a seed gives the linear part; that is never dead."""
    return maximise(_rectified(0.0), PREPARED, Climb("mean", 0, 1, seed=seed), _quiet).start


def test_dead_noise_is_followed_by_the_next_seeds():
    means = [_before_the_rectifier(seed) for seed in range(8)]
    threshold = sorted(means)[4]
    first_dead = next(seed for seed, mean in enumerate(means) if mean <= threshold)
    climb = Climb("relu", 0, 40, seed=first_dead)
    expected = next(s for s in range(first_dead, 8) if means[s] > threshold)
    found = maximise(_rectified(threshold), PREPARED, climb, _quiet)
    assert (found.moved, found.seed) == (True, expected)
    assert found.end > found.start > 0
    same = maximise(_rectified(threshold), PREPARED, Climb("relu", 0, 40, seed=expected), _quiet)
    assert np.array_equal(found.tensor, same.tensor)


def test_channel_that_nothing_moves_says_so():
    found = maximise(_rectified(1e6), PREPARED, Climb("relu", 0, 40, seed=2), _quiet)
    assert not found.moved
    assert (found.start, found.end, found.values, found.seed) == (0, 0, (), 2)
