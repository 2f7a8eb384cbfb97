"""Where a pixel goes: what changes in every layer if it alone is changed, by torch."""

from functools import partial

import numpy as np
import pytest
import torch
from field_oracle import positive
from structures import structure_of

from app.inspection.fields.reach import Reach
from app.inspection.graph.axis_reach import positions, runs
from models.catalogue.catalogue import catalogue
from models.preprocessing.pixel_map import Box

ARCHITECTURES = {entry.architecture.name: entry.architecture for entry in catalogue()}
# Small enough for every layer of them at once, large enough not to see everything at once.
NETWORKS = {
    "lenet5": (1, 32, 32),
    "dilated_net": (1, 32, 32),
    "googlenet": (3, 96, 96),
    "shufflenet_v2_x0_5": (3, 96, 96),
    "mobilenet_v3_small": (3, 96, 96),
}


def changed(graph, row, column, *, through_gates):
    """By layer, which units differ if the pixel does: no weight and no slope is 0 by chance."""
    before = torch.full((1, *graph.input_shape), 0.5, dtype=torch.float64)
    after = before.clone()
    after[0, :, row, column] += 1e6
    ids = tuple(layer.id for layer in graph.layers[1:] if layer.is_plain)
    rule = partial(positive, through_gates=through_gates)
    one, other = (
        graph.compute(x, ids, to_the_end=False, evaluate=rule).layers for x in (before, after)
    )
    return {layer_id: (one[layer_id] != other[layer_id])[0].numpy() for layer_id in ids}


def units_of(region, shape):
    """All units of a region, channels included."""
    found = np.zeros(shape if len(shape) == 3 else (*shape, 1, 1), bool)
    for product in region.products:
        found[np.ix_(*(list(positions(bits)) for bits in product))] = True
    return found.reshape(shape)


@pytest.mark.parametrize(
    ("name", "through_gates"), [*((name, True) for name in NETWORKS), ("mobilenet_v3_small", False)]
)
def test_a_pixel_reaches_just_the_units_that_change_with_it(name, through_gates):
    graph = structure_of(ARCHITECTURES[name].build, NETWORKS[name])
    _, height, width = graph.input_shape
    reach = Reach(graph)
    gaps = 0
    for row, column in [(0, 0), (height // 2, width // 3), (height - 1, width // 2)]:
        spread = reach.spread(row, column, through_gates=through_gates)
        expected = changed(graph, row, column, through_gates=through_gates)
        for layer_id, units in expected.items():
            region = spread.regions[layer_id]
            found = units_of(region, units.shape)
            assert not region.is_bound
            assert (found == units).all(), (layer_id, row, column)
            places = found.any(0) if found.ndim == 3 else found.any()
            assert region.places == places.sum()
            gaps += 0 < region.touched_fraction < 1
    assert (gaps > 0) == (name == "dilated_net")
    assert (spread.gate is not None) == (name == "mobilenet_v3_small")


def test_a_pixel_that_strides_skip_reaches_nothing():
    """A 1 x 1 window with stride 2 never lies on an odd row: worked out by hand."""

    class Skipping(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 2, 1, stride=2)

        def forward(self, x):
            return self.conv(x).flatten(1)

    graph = structure_of(Skipping, (1, 6, 6))
    layer = graph.layers[1].id
    reach = Reach(graph)
    assert reach.spread(1, 2).regions[layer].box is None
    assert reach.spread(1, 2).regions[graph.layers[-1].id].products == ()
    assert reach.spread(4, 2).regions[layer].box == Box(top=2, left=1, bottom=3, right=2)


def test_runs_are_stretches_of_neighbours():
    assert list(runs(0b1011001110)) == [(1, 4), (6, 8), (9, 10)]
    assert list(runs(0)) == []
