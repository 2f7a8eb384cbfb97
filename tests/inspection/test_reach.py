"""What units reach, against the support of the input gradient: box and mask, to the pixel."""

from functools import partial

import numpy as np
import pytest
import torch
from awkward_networks import GatesAlongAxes, OnePositionPadded, prepared
from drawn_networks import EXACT, EXACT_STEP, STEP, cuts, drawn
from field_oracle import box_of, spread_units, supports
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from structures import structure_of
from torch import nn
from torch.nn import functional

from app.inspection.fields.reach import Reach
from app.inspection.fields.receptive_field import field_table
from app.inspection.fields.unit_field import Fields, describe_unit
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_unfilled

SAMPLE = ("lenet5", "dilated_net", "googlenet", "mobilenet_v3_small", "resnet18")
ARCHITECTURES = {entry.architecture.name: entry.architecture for entry in catalogue()}
LAYERS = 12
UNITS = 8


# Layers that put channels together are computed channel by channel: more than this takes long.
MOST_BYTES = 32 * 2**20


def traced(name, side=None):
    architecture = ARCHITECTURES[name]
    channels, height, width = architecture.input_shape
    shape = (channels, height, width) if side is None else (channels, side, side)
    return structure_of(architecture.build, shape)


def smaller_shape(architecture):
    """Of some squares the first that the design's own shapes allow."""
    channels, height, _ = architecture.input_shape
    for side in (64, 96, 128):
        if side < height:
            module = build_unfilled(architecture.build).eval()
            try:
                with torch.no_grad():
                    module(torch.empty(2, channels, side, side, device="meta"))
            except RuntimeError:
                continue
            return (channels, side, side)
    return architecture.input_shape


def assert_agrees(graph, layer_ids, units_of, *, through_gates=True, bounds=False):
    """With `bounds`, a field that says of itself that it may be too large may be so."""
    reach = Reach(graph)
    found = supports(graph, layer_ids, units_of, through_gates=through_gates)
    for (layer_id, channel, row, column), mask in found.items():
        region = reach.unit(layer_id, row, column, channel, through_gates=through_gates)
        label = (layer_id, channel, row, column)
        if bounds and region.is_bound:
            assert (region.mask | ~mask).all(), label
            continue
        assert not region.is_bound, label
        assert region.box == box_of(mask), label
        assert (region.mask == mask).all(), label
        if region.box is not None:
            area = region.box.height * region.box.width
            assert region.touched_fraction == pytest.approx(mask.sum() / area)


def has_gates(graph):
    """True if some layer scales maps with one value a channel."""
    return any(
        layer.is_map
        and layer.output_shape[1:] != (1, 1)
        and any(graph.layer(source).output_shape[1:] == (1, 1) for source in layer.inputs)
        and len(layer.inputs) > 1
        for layer in graph.layers
    )


def assert_closed_form_holds(graph, layer_ids, *, is_cut=False):
    """No unit reads more than its closed form; away from the borders it reads just that.

    A map that was cut (`is_cut`) has its border inside the input, where nothing tells it.
    """
    table, reach = field_table(graph), Reach(graph)
    _, height, width = graph.input_shape
    equal = 0
    for layer_id in layer_ids:
        field = table[layer_id].local
        if field is None or not graph.layer(layer_id).is_map:
            continue
        for _, row, column in spread_units(graph.layer(layer_id), UNITS):
            theory = field.box(row, column)
            found = reach.unit(layer_id, row, column, through_gates=False).box
            if found is None:
                continue
            label = (layer_id, row, column, theory, found)
            assert theory.top <= found.top <= found.bottom <= theory.bottom, label
            assert theory.left <= found.left <= found.right <= theory.right, label
            down, across = field.rows.stride, field.columns.stride
            is_inside = down <= theory.top and theory.bottom <= height - down
            is_inside = is_inside and across <= theory.left and theory.right <= width - across
            if is_inside and field.status == "exact" and not is_cut:
                assert found == theory, label
                equal += 1
    return equal


def spread_layers(ids):
    """The first, the last and as many between as make twelve."""
    chosen = sorted({int(place) for place in np.linspace(0, len(ids) - 1, LAYERS)})
    return [ids[place] for place in chosen]


def check(name):
    graph = traced(name)
    # Of these nothing is odd: pictures run side by side, and every axis is what it seems.
    assert graph.any_batch
    assert all(layer.is_plain and layer.is_kept_whole for layer in graph.layers)
    together = sum(layer.value_bytes for layer in graph.layers if layer.operation == "concatenate")
    if together > MOST_BYTES:
        graph = traced(name, 128)
    layer_ids = spread_layers(graph.layer_ids[1:])
    units_of = partial(spread_units, count=UNITS)
    assert_agrees(graph, layer_ids, units_of)
    # Networks of vectors and of one map alone have nothing away from a border.
    assert assert_closed_form_holds(graph, graph.layer_ids[1:]) > 0 or len(graph.layers) < 12
    if has_gates(graph):
        maps = [layer_id for layer_id in layer_ids if graph.layer(layer_id).is_map]
        assert_agrees(graph, maps, units_of, through_gates=False)


@pytest.mark.parametrize("name", SAMPLE)
def test_units_of_a_sample_reach_what_has_a_gradient(name):
    check(name)


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(set(ARCHITECTURES) - set(SAMPLE)))
def test_units_of_every_design_reach_what_has_a_gradient(name):
    check(name)


def check_drawn(steps, size):
    module = drawn(steps, size)
    if module is None:
        return
    graph = trace(module, (2, *size))
    maps = [layer.id for layer in graph.layers[1:] if layer.is_map]
    if not maps:
        return
    bounds = any(step["kind"] not in EXACT for step in steps)
    units_of = partial(spread_units, count=8, seed=len(steps))
    assert_agrees(graph, maps[-3:], units_of, bounds=bounds)
    assert_closed_form_holds(graph, maps, is_cut=any(cuts(step) for step in steps))


SIZE = st.tuples(st.integers(7, 16), st.integers(7, 16))
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]
# A transposed convolution whose padding takes a column off either side.
CROPPING = {
    "kind": "transposed", "kernel": (1, 1), "stride": (1, 1), "padding": (0, 1),
    "dilation": (1, 1), "groups": 1, "padding_mode": "zeros", "ceil": False,
    "pad": (0, 0, 0, 0), "mode": "nearest", "scale": 0.5, "number": 0,
}  # fmt: skip
# The mean of a row's columns, as wide again, where channels see different rows.
WIDE_AGAIN = [
    dict(CROPPING, kind=kind, padding=(0, 0), number=17)
    for kind in ("adaptive", "branches", "split")
]


@given(steps=st.lists(EXACT_STEP, min_size=1, max_size=5), size=SIZE)
@example(steps=[CROPPING, CROPPING, dict(CROPPING, kind="branches")], size=(7, 7))
@settings(max_examples=40, suppress_health_check=QUIET)
def test_units_of_drawn_networks_reach_what_has_a_gradient(steps, size):
    check_drawn(steps, size)


@given(steps=st.lists(STEP, min_size=1, max_size=4), size=SIZE)
@example(steps=WIDE_AGAIN, size=(7, 7))
@settings(max_examples=40, suppress_health_check=QUIET)
def test_units_of_odd_drawn_networks_reach_what_has_a_gradient(steps, size):
    check_drawn(steps, size)


@pytest.mark.full
@pytest.mark.parametrize("step", [EXACT_STEP, STEP])
@given(data=st.data(), size=st.tuples(st.integers(7, 24), st.integers(7, 24)))
@settings(max_examples=1500, suppress_health_check=QUIET)
def test_units_of_many_drawn_networks_reach_what_has_a_gradient(step, data, size):
    check_drawn(data.draw(st.lists(step, min_size=2, max_size=7)), size)


class AfterBranches(nn.Module):
    """Something done to maps of which each pair of channels sees more than the one before."""

    def __init__(self, done):
        super().__init__()
        self.done = done

    def forward(self, x):
        wide = functional.avg_pool2d(x, 3, 1, 1)
        return self.done(torch.cat([x, wide, functional.avg_pool2d(wide, 3, 1, 1)], 1)).flatten(1)


AFTER_BRANCHES = {
    "mean of columns, as wide again": lambda x: x.mean(3, keepdim=True).expand_as(x),
    "one channel as many": lambda x: x[:, 2:3].expand(-1, 4, -1, -1),
    "channels turned round": lambda x: x.flip(1),
    "channels and rows turned round": lambda x: x.flip((1, 2)),
    "channels rolled": lambda x: x.roll(-1, 1),
    "channels and columns rolled": lambda x: x.roll((1, 2), (1, 3)),
    "mean of channels": lambda x: x.mean(1, keepdim=True) * x,
    "every other channel": lambda x: x[:, 1::2],
}


@pytest.mark.parametrize("name", AFTER_BRANCHES)
def test_each_channel_keeps_its_own_field(name):
    graph = trace(AfterBranches(AFTER_BRANCHES[name]).eval(), (2, 9, 8))
    maps = [layer for layer in graph.layers[1:] if layer.is_map]
    assert_agrees(
        graph, [maps[-1].id], lambda layer: [(each, 2, 5) for each in range(layer.output_shape[0])]
    )
    assert_closed_form_holds(graph, [layer.id for layer in maps])


def test_dilated_stack_touches_part_of_its_box():
    """Three taps four apart over three taps one apart: 3 x 3 groups of 3 x 3 pixels."""

    class Dilated(nn.Module):
        def __init__(self):
            super().__init__()
            self.fine = nn.Conv2d(1, 1, 3, padding=1)
            self.coarse = nn.Conv2d(1, 1, 3, padding=4, dilation=4)

        def forward(self, x):
            return self.coarse(self.fine(x)).flatten(1)

    graph = trace(Dilated().eval(), (1, 32, 32))
    region = Reach(graph).unit("coarse", 16, 16)
    assert (region.box.top, region.box.left, region.box.bottom, region.box.right) == (
        11,
        11,
        22,
        22,
    )
    assert region.touched_fraction == pytest.approx(81 / 121)
    row = np.zeros(32, bool)
    row[[11, 12, 13, 15, 16, 17, 19, 20, 21]] = True
    assert (region.mask == np.outer(row, row)).all()


def test_channel_of_a_concatenation_looks_through_its_own_branch():
    reach = Reach(traced("googlenet"))
    layer = "inception3a.cat"
    sizes = [64, 128, 32, 32]
    first = np.cumsum([0, *sizes])[:4]
    boxes = [reach.unit(layer, 14, 14, int(channel)).box for channel in first]
    # A 1 x 1, a 3 x 3, another 3 x 3 (torchvision's "5 x 5") and a 3 x 3 pool, over stride 8.
    assert [box.height for box in boxes] == [27, 43, 43, 43]
    branches = reach.branches(layer, 14, 14)
    assert list(branches) == [f"inception3a.branch{place}.relu" for place in (1,)] + [
        *(f"inception3a.branch{place}.1.relu" for place in (2, 3, 4))
    ]
    assert [region.box for region in branches.values()] == boxes
    assert reach.unit(layer, 14, 14).box == boxes[1]


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("googlenet", "inception4a.cat"),
        ("resnet18", "layer2.1.relu_1"),
        ("dilated_net", "conv5"),
        ("mobilenet_v3_small", "features.5.add"),
    ],
)
def test_description_of_a_unit_is_its_walk(name, layer):
    """Worked out from the branches where there are some."""
    graph = traced(name)
    fields = Fields.of(graph)
    for channel, row, column in spread_units(graph.layer(layer), 6):
        found = describe_unit(fields, layer, (row, column), channel).reached
        walked = fields.reach.unit(layer, row, column, channel)
        assert (found.mask == walked.mask).all()
        assert (found.box, found.is_bound) == (walked.box, walked.is_bound)


def test_gate_lets_a_unit_see_everything_and_its_trunk_stays_local():
    reach = Reach(traced("mobilenet_v3_small"))
    whole = reach.unit("features.1.block.1.mul", 20, 20)
    trunk = reach.unit("features.1.block.1.mul", 20, 20, through_gates=False)
    assert (whole.box.height, whole.box.width) == (224, 224)
    assert (trunk.box.height, trunk.box.width) == (7, 7)


@pytest.mark.parametrize("name", ["lenet5", "dilated_net", "shufflenet_v2_x0_5"])
def test_projective_field_is_the_other_direction(name):
    """A pixel reaches exactly the units that reach it."""
    architecture = ARCHITECTURES[name]
    shape = smaller_shape(architecture)
    graph = structure_of(architecture.build, shape)
    reach = Reach(graph)
    maps = [layer for layer in graph.layers[1:] if layer.is_map and layer.output_shape[1] <= 16]
    for layer in maps[:: max(1, len(maps) // 4)]:
        _, height, width = layer.output_shape
        for row, column in [(0, 0), (shape[1] // 2, shape[2] // 3), (shape[1] - 1, shape[2] - 1)]:
            reached = reach.projective(layer.id, row, column).mask
            expected = [
                [bool(reach.unit(layer.id, r, c).mask[row, column]) for c in range(width)]
                for r in range(height)
            ]
            assert (reached == np.array(expected)).all(), layer.id


@pytest.mark.parametrize(
    ("network", "size"), [(GatesAlongAxes, 16), (GatesAlongAxes, 11), (OnePositionPadded, 16)]
)
def test_what_is_broadcast_is_told_from_what_has_one_position(network, size):
    graph = trace(prepared(network), (3, size, size))
    maps = [layer.id for layer in graph.layers[1:] if layer.is_map]
    assert_agrees(graph, maps, partial(spread_units, count=UNITS))
    assert_closed_form_holds(graph, maps)


def test_operation_that_is_not_understood_gives_a_bound():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)

        def forward(self, x):
            return torch.rot90(self.conv(x), 1, (2, 3)).flatten(1)

    graph = trace(Turned().eval(), (1, 12, 12))
    last = [layer for layer in graph.layers if layer.is_map][-1]
    region = Reach(graph).unit(last.id, 0, 0)
    assert region.is_bound
    assert (region.box.height, region.box.width) == (12, 12)
