"""Effective fields against Luo's closed case, and gradients against autograd on plain modules."""

import numpy as np
import pytest
import torch
from structures import graph_of
from torch import nn

from app.inspection.fields.effective_field import effective_field, gradient_heat, random_heat
from app.inspection.graph.unit import Unit
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_random


class Stacked(nn.Module):
    """Convolutions of three equal taps along each axis, without activation."""

    def __init__(self, depth):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(depth))
        for layer in self.layers:
            nn.init.constant_(layer.weight, 1 / 9)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x.flatten(1)


def test_twenty_uniform_convolutions_are_luos_gaussian():
    graph = trace(Stacked(20).eval(), (1, 61, 61))
    heat = gradient_heat(graph, torch.zeros(1, 1, 61, 61), Unit("layers.19", 0, 30, 30))
    reached = np.flatnonzero(heat.any(1))
    assert (reached[0], reached[-1]) == (10, 50)  # 2 n + 1 = 41 pixels
    found = effective_field(heat)
    assert found.sigma == pytest.approx((np.sqrt(2 * 20 / 3),) * 2, rel=1e-5)  # 3.651
    assert (found.centre.y, found.centre.x) == pytest.approx((30.5, 30.5))
    # Two sigmas of a Gaussian, 95.45 % of the mass, need 15 pixels along one axis.
    share = heat.sum(1) / heat.sum()
    assert share[24:37].sum() < 0.9545 <= share[23:38].sum()


def test_contour_is_the_smallest_set_that_holds_the_mass():
    heat = np.array([[0.0, 1.0, 2.0], [5.0, 40.0, 30.0], [2.0, 10.0, 10.0]])
    found = effective_field(heat, 0.9)
    # 40 + 30 + 10 + 10 = 90 of 100.
    assert found.contour.tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 1]]
    assert (found.box.top, found.box.left, found.box.bottom, found.box.right) == (1, 1, 3, 3)
    assert effective_field(heat, 1.0).contour.sum() == 8


def test_dead_unit_is_said_to_be_dead():
    class Off(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3)
            nn.init.constant_(self.conv.bias, -100.0)

        def forward(self, x):
            return torch.relu(self.conv(x)).flatten(1)

    graph = trace(Off().eval(), (1, 8, 8))
    found = effective_field(gradient_heat(graph, torch.rand(1, 1, 8, 8), Unit("relu", 0, 2, 2)))
    assert found.is_dead
    assert found.box is None
    assert not found.contour.any()


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer3.1.conv2"),
        ("googlenet", "inception4a.branch2.1.bn"),
    ],
)
def test_heat_is_the_gradient_of_the_module_itself(name, layer):
    entry = catalogue().resolve(f"{name}.random")
    module = build_random(entry.architecture.build, 0).eval().requires_grad_(requires_grad=False)
    tensor = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(4))
    kept = []
    hook = module.get_submodule(layer).register_forward_hook(
        lambda _, __, output: kept.append(output.clone())
    )
    pixels = tensor.clone().requires_grad_()
    module(pixels)
    hook.remove()
    (gradient,) = torch.autograd.grad(kept[0][0, 7, 5, 3], pixels)
    expected = gradient[0].abs().sum(0).numpy()
    graph = graph_of(entry.architecture.build, (3, 224, 224), module)
    heat = gradient_heat(graph, tensor, Unit(layer, 7, 5, 3))
    assert np.abs(heat - expected).max() <= 1e-5 * expected.max()
    assert all(parameter.grad is None for parameter in module.parameters())


def test_average_over_noise_is_the_mean_of_its_pictures():
    entry = catalogue().resolve("lenet5.random")
    module = build_random(entry.architecture.build, 0).eval()
    graph = trace(module, (1, 32, 32))
    unit = Unit("c3_tanh", 2, 4, 4)
    noise = torch.randn(6, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    expected = np.mean([gradient_heat(graph, picture[None], unit) for picture in noise], axis=0)
    assert random_heat(graph, unit, 6) == pytest.approx(expected, rel=1e-4, abs=1e-9)
    found = effective_field(random_heat(graph, unit, 6))
    assert found.box.height <= 14  # the theoretical field of this layer
