"""What each channel adds, the activation and the pool of a layer, against torch."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.lessons.convolution_layer import activated, pooled, shares
from models.scratch.patches import Window

TOLERANCE = 1e-9
# n, k, s, p, d: those among them in which no window fits are refused.
GRID = list(product((3, 7, 8), (1, 3, 5), (1, 2, 3), (0, 2), (1, 2)))


@pytest.mark.parametrize("channels", [1, 3])
def test_shares_add_up_to_the_convolution(channels) -> None:
    generator = np.random.default_rng(8)
    fitting = 0
    for n, k, s, p, d in GRID:
        picture = generator.standard_normal((channels, n, n))
        kernels = generator.standard_normal((4, channels, k, k))
        window = Window((k, k), (s, s), (p, p), (d, d))
        if d * (k - 1) + 1 > n + 2 * p:
            with pytest.raises(ValueError, match="holds no window"):
                shares(picture, kernels, window)
            continue
        fitting += 1
        found = shares(picture, kernels, window)
        x, w = torch.tensor(picture), torch.tensor(kernels)
        for channel in range(channels):
            one = slice(channel, channel + 1)
            alone = functional.conv2d(x[None, one], w[:, one], stride=s, padding=p, dilation=d)[0]
            assert np.abs(found[:, channel] - alone.numpy()).max() < TOLERANCE
        whole = functional.conv2d(x[None], w, stride=s, padding=p, dilation=d)[0]
        assert np.abs(found.sum(axis=1) - whole.numpy()).max() < TOLERANCE
    assert fitting > len(GRID) / 2


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("n", [5, 8, 11])
def test_a_pool_is_that_of_torch(n, stride, size) -> None:
    maps = np.random.default_rng(n).standard_normal((3, n, n))
    given = torch.tensor(maps)[None]
    largest = pooled(maps, "max", size, stride)
    values, places = functional.max_pool2d(given, size, stride, return_indices=True)
    assert (largest.values == values[0].numpy()).all()
    assert largest.winners is not None
    # torch tells the place in the map; ours is that in the window.
    for map_, row, column in np.ndindex(largest.winners.shape):
        down, right = divmod(int(largest.winners[map_, row, column]), size)
        where = (row * stride + down) * n + column * stride + right
        assert where == places[0, map_, row, column]
    mean = pooled(maps, "average", size, stride)
    assert mean.winners is None
    by_torch = functional.avg_pool2d(given, size, stride)[0].numpy()
    assert np.abs(mean.values - by_torch).max() < TOLERANCE


def test_the_first_of_several_equal_ones_wins() -> None:
    found = pooled(np.zeros((1, 4, 4)), "max", 2, 2)
    assert found.winners is not None
    assert (found.winners == 0).all()


def test_relu_takes_what_is_below_zero() -> None:
    maps = np.array([[[-2.0, 0.0], [0.5, 3.0]]])
    assert activated(maps, "relu").tolist() == [[[0, 0], [0.5, 3]]]
    assert activated(maps, "none") is maps
