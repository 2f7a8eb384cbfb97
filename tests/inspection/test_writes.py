"""Writes through views, against torch's own forward of the very module, hooks and gradients."""

import random

import numpy as np
import pytest
import torch
from awkward_networks import (
    ReturnsWhatItFilled,
    WritesLast,
    WritesThroughEveryView,
    WritesThroughViews,
    prepared,
)
from torch import nn
from torch.nn import functional

from app.inspection.activations.capture import capture
from app.inspection.activations.observation import Observation
from app.inspection.activations.prediction import Prediction
from app.inspection.arithmetic.unit import explain
from app.inspection.fields.reach import Reach
from app.inspection.tracing.tracing import trace
from app.inspection.what_if.intervention import ValueEdit, intervene

SHAPE = (3, 16, 16)
WRITING = (WritesLast, ReturnsWhatItFilled, WritesThroughViews, WritesThroughEveryView)


@pytest.fixture
def tensor():
    return torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(1))


def test_written_part_is_a_value_and_an_edge(tensor):
    module = prepared(WritesLast)
    graph = trace(module, SHAPE)
    activations = capture(graph, tensor)
    written = graph.layer(graph.output)
    assert graph.layer_ids == ("input", "conv", "slice", "sigmoid", "slice_scatter")
    assert written.operation == "overwrite"
    assert written.inputs == ("conv", "sigmoid")
    before = module.conv(tensor)[0]
    assert torch.equal(activations["conv"], before)
    assert torch.equal(activations.logits, torch.cat([before[:2].sigmoid(), before[2:]]))


def hooked(module, tensor, change):
    handle = module.conv.register_forward_hook(lambda _module, _given, value: change(value))
    try:
        return module(tensor.clone())
    finally:
        handle.remove()


@pytest.mark.parametrize("network", WRITING)
def test_ablation_before_a_write_is_that_of_a_hook(network, tensor):
    module = prepared(network)
    graph = trace(module, SHAPE)
    activations = capture(graph, tensor)
    prediction = Prediction(activations.logits.numpy(), None)
    observation = Observation(prediction, tensor, activations)
    found = intervene(graph, observation, [ValueEdit("conv", 0, "pin", 2.0)])

    def pinned(value):
        value = value.clone()
        value[:, 0] = 2.0
        return value

    expected = hooked(module, tensor, pinned)[0]
    assert not torch.equal(expected, activations.logits)
    assert torch.allclose(torch.from_numpy(found.logits), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("network", WRITING)
def test_units_behind_writes_are_explained_or_say_that_they_are_not(network, tensor):
    graph = trace(prepared(network), SHAPE)
    activations = capture(graph, tensor)
    numbers = np.random.default_rng(0)
    explained = set()
    for layer in graph.layers[1:]:
        for _ in range(12):
            place = tuple(int(numbers.integers(size)) for size in layer.output_shape)
            found = explain(graph, activations, layer.id, place)
            assert found.unit.value == float(activations[layer.id][place])
            if found.explained is not None:
                explained.add(layer.operation)
                assert found.explained == pytest.approx(found.unit.value, rel=1e-5, abs=1e-6)
    assert "overwrite" in explained or network is WritesThroughEveryView


class Linear(nn.Module):
    """Positive weights and writes that are linear, so that no gradient is zero by chance."""

    def __init__(self, write):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.conv.weight.data.abs_().add_(0.1)
        self.conv2 = nn.Conv2d(4, 2, 3, padding=1, groups=2, bias=False)
        self.conv2.weight.data.abs_().add_(0.1)
        self.write = write

    def forward(self, x):
        y = self.conv(x)
        self.write(y, x)
        return self.conv2(y)


def shifts_rows(y, _):
    y[:, :, 2:9] = y[:, :, 4:11].clone()


def doubles_columns(y, _):
    y[:, :, :, 1::3] *= 2


def takes_the_picture(y, x):
    y[:, 1:3, 3:5] = x[:, :2, 10:12, 2:]


def exchanges_channels(y, _):
    y[:, :2] = y[:, 2:].flip(3)


def writes_one_channel(y, x):
    y[:, 2] = x[:, 0, 1:15, 1:15]


@pytest.mark.parametrize(
    ("write", "is_exact"),
    [
        (shifts_rows, True),
        (doubles_columns, True),
        (takes_the_picture, True),
        (exchanges_channels, False),
        (writes_one_channel, False),
    ],
)
def test_fields_behind_writes_hold_every_pixel_with_a_gradient(write, is_exact):
    torch.manual_seed(0)
    module = Linear(write).eval().requires_grad_(False)
    reach = Reach(trace(module, SHAPE))
    leaf = torch.rand(1, *SHAPE).requires_grad_()
    output = module(leaf)
    for channel in (0, 1):
        for row, column in ((0, 0), (3, 3), (4, 13), (8, 1), (13, 7)):
            unit = output[0, channel, row, column]
            (gradient,) = torch.autograd.grad(unit, leaf, retain_graph=True)
            support = (gradient[0] != 0).any(0).numpy()
            region = reach.unit("conv2", row, column, channel)
            assert not (support & ~region.mask).any()
            assert region.is_bound or (support == region.mask).all()
            assert not (is_exact and region.is_bound)


# A drawn network: tensors, most of them views of others, and what is done to one of them next.
VIEWS = (
    lambda t, n: t.narrow(n % t.dim() or 1, 0, 1 + n % t.shape[n % t.dim() or 1]),
    lambda t, n: t[:, n % t.shape[1] :: 2],
    lambda t, n: t.select(t.dim() - 1, n % t.shape[-1]) if t.dim() > 2 else t,
    lambda t, _: t.transpose(1, t.dim() - 1),
    lambda t, _: t.permute(0, *range(t.dim() - 1, 0, -1)),
    lambda t, _: t.flatten(1),
    lambda t, _: t.unsqueeze(1),
    lambda t, n: t.chunk(2, t.dim() - 1)[n % 2] if t.shape[-1] > 1 else t,
    lambda t, n: t.unbind(1)[n % t.shape[1]] if t.dim() > 2 else t,
    lambda t, n: t.split(2, 1)[n % -(-t.shape[1] // 2)],
    lambda t, _: t.diagonal(dim1=1, dim2=2) if t.dim() > 2 else t,
    lambda t, _: t.view_as(t),
)
WRITES = (
    lambda t, n: t.mul_(0.5 + n % 3),
    lambda t, n: t.add_(n % 5 - 2.0),
    lambda t, _: t.relu_(),
    lambda t, _: functional.hardtanh(t, -1.0, 1.0, inplace=True),
    lambda t, n: t.fill_(n % 3 - 1.0),
    lambda t, _: t.zero_(),
    lambda t, _: t.masked_fill_(t > 0.5, -0.5),
    lambda t, n: t.__setitem__(t < -1, float(n % 2)),
    lambda t, n: t.__setitem__((slice(None), n % t.shape[1]), 0.25),
    lambda t, _: t.copy_(t.flip(1)),
    lambda t, _: t.copy_(t[:, :1].clone()),
    lambda t, _: t.add_(t.mean(1, keepdim=True)),
    lambda t, _: t.sub_(t.clone().double()),
    lambda t, _: torch.neg(t.clone(), out=t),
)
VALUES = (
    lambda t, _: t * 1.0,
    lambda t, _: t.relu(),
    lambda t, _: t.contiguous(),
    lambda t, _: torch.cat([t, t], 1),
    lambda t, _: t.reshape(t.shape[0], -1),
)


class Drawn(nn.Module):
    def __init__(self, seed):
        super().__init__()
        numbers = random.Random(seed)
        self.conv = nn.Conv2d(3, 4, 3)
        kinds = (VIEWS, VIEWS, WRITES, WRITES, VALUES)
        self.steps = [
            (numbers.random(), numbers.choice(numbers.choice(kinds)), numbers.randrange(60))
            for _ in range(numbers.randint(3, 10))
        ]
        self.chosen = numbers.random()
        self.returns_all = numbers.random() < 0.5

    def forward(self, x):
        tensors = [self.conv(x)]
        for share, step, number in self.steps:
            place = int(share * len(tensors))
            result = step(tensors[place], number)
            if isinstance(result, torch.Tensor):
                tensors.append(result)
        if self.returns_all:
            return torch.cat([each.reshape(each.shape[0], -1) for each in tensors], 1)
        return tensors[int(self.chosen * len(tensors))]


def check_drawn(seed):
    torch.manual_seed(seed)
    module = Drawn(seed).eval().requires_grad_(False)
    shape = (3, 7, 6)
    tensor = torch.randn(1, *shape)
    graph = trace(module, shape)
    activations = capture(graph, tensor)
    assert torch.allclose(activations.logits, module(tensor)[0], rtol=1e-6, atol=1e-6)
    assert torch.equal(activations["conv"], module.conv(tensor)[0])
    # What is written has an edge: the rest is computed from the changed map alone.
    changed = module.conv(tensor) * 2 + 1
    expected = hooked(module, tensor, lambda _: changed.clone())
    found = graph.compute(tensor, (), given={"conv": changed}).output
    assert torch.allclose(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_drawn_networks_compute_what_torch_does(seed):
    check_drawn(seed)


@pytest.mark.full
@pytest.mark.parametrize("first", range(0, 2000, 100))
def test_many_drawn_networks_compute_what_torch_does(first):
    for seed in range(first + 100, first + 200):
        check_drawn(seed)
