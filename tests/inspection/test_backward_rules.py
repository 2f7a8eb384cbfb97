"""The rules for rectifiers, against hand computation and captum.

captum 0.9 changes the rule in hooks on `nn.ReLU` modules. That is right for a network whose
rectifiers are all such modules (one that is called several times included); a functional ReLU, a
ReLU6 or a SiLU keeps its plain gradient there. For those the expected values stand here, worked
out by hand.
"""

import math
import warnings
from contextlib import contextmanager
from functools import lru_cache

import pytest
import torch
from awkward_networks import COMPUTABLE, Dense, prepared
from captum.attr import (
    Deconvolution,
    GuidedBackprop,
    NeuronDeconvolution,
    NeuronGuidedBackprop,
    Saliency,
)
from eager import randomise_normalisation
from structures import graph_of
from torch import nn
from torch.nn import functional

from app.inspection.attribution.backward_rules import (
    RULES,
    evaluate_by,
    projection,
    rectifiers_below,
)
from app.inspection.graph.unit import Unit, logit_of
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_random

CAPTUM = {"guided": GuidedBackprop, "deconvnet": Deconvolution}
CAPTUM_OF_A_UNIT = {"guided": NeuronGuidedBackprop, "deconvnet": NeuronDeconvolution}
# Their rectifiers are all nn.ReLU; resnet18 calls each of them twice.
ONLY_RELU_MODULES = ("alexnet", "resnet18")


class TwoLayers(nn.Module):
    """2 -> 2 -> 2 -> 1 over one pixel, with weights that part the three rules.

    For x = (1, 2) the first layer gives (-1, 4), the rectifier (0, 4), the second layer (4, 8).
    """

    def __init__(self, first=functional.relu, second=functional.relu):
        super().__init__()
        self.one = _mixing([[1, -1], [2, 1]])
        self.two = _mixing([[1, 1], [-1, 2]])
        self.three = _mixing([[2, -3]])
        self.first, self.second = first, second

    def forward(self, x):
        return self.three(self.second(self.two(self.first(self.one(x))))).flatten(1)


# g is (2, -3) at the second rectifier, both of whose inputs are positive.
#   plain:     (2, -3) -> (5, -4) -> only the second passes: (0, -4) -> (-8, -4)
#   guided:    (2, 0)  -> (2, 2)  -> only the second passes: (0, 2)  -> (4, 2)
#   deconvnet: (2, 0)  -> (2, 2)  -> both are positive:      (2, 2)  -> (6, 0)
BY_HAND = {"plain": [-8, -4], "guided": [4, 2], "deconvnet": [6, 0]}


def _mixing(rows):
    layer = nn.Conv2d(len(rows[0]), len(rows), 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(rows, dtype=torch.float32)[:, :, None, None])
    return layer.requires_grad_(requires_grad=False)


@contextmanager
def quiet():
    """captum warns of each thing that it does to a network."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _point(*values):
    return torch.tensor(values, dtype=torch.float32).reshape(1, -1, 1, 1)


def _written_through_a_view(x):
    whole = x + 0.0
    half = whole[:, :1]
    half.relu_()
    return functional.relu(whole)


def _shared():
    relu = nn.ReLU()
    return relu, relu


@pytest.mark.parametrize(
    "rectifiers",
    [
        (nn.ReLU(), nn.ReLU()),
        _shared(),
        (functional.relu, torch.relu),
        (nn.ReLU(inplace=True), torch.relu_),
        (functional.relu, _written_through_a_view),
        (lambda x: x.clamp(min=0), lambda x: functional.hardtanh(x, 0, 1e6)),
    ],
    ids=["modules", "one module twice", "functional", "in place", "through a view", "clamped"],
)
def test_rules_reach_every_way_to_write_a_relu(rectifiers):
    graph = trace(TwoLayers(*rectifiers).eval(), (2, 1, 1))
    for rule, expected in BY_HAND.items():
        found = projection(graph, _point(1, 2), logit_of(graph, 0), rule)
        assert found.flatten().tolist() == expected, rule


def test_captum_misses_functional_relus():
    """Why the oracle above is a hand computation: this documents captum, not us."""
    module = TwoLayers().eval()
    with quiet():
        found = GuidedBackprop(module).attribute(_point(1, 2), target=0)
    assert found.flatten().tolist() == BY_HAND["plain"]


@pytest.mark.parametrize("rule", ["guided", "deconvnet"])
@pytest.mark.parametrize("name", ONLY_RELU_MODULES)
def test_class_gradients_are_captums(name, rule):
    module, graph, tensor = _network(name)
    with quiet():
        expected = CAPTUM[rule](module).attribute(tensor.clone(), target=3)[0]
    found = projection(graph, tensor, logit_of(graph, 3), rule)
    assert _difference(found, expected) <= 1e-6
    # It is not the plain gradient that both gave.
    assert _difference(projection(graph, tensor, logit_of(graph, 3)), expected) > 0.5


@pytest.mark.parametrize("rule", ["guided", "deconvnet"])
@pytest.mark.parametrize("layer", ["layer2.0.conv2", "layer3.1.bn1"])
def test_unit_projections_are_captums(layer, rule):
    module, graph, tensor = _network("resnet18")
    with quiet():
        attribution = CAPTUM_OF_A_UNIT[rule](module, module.get_submodule(layer))
        expected = attribution.attribute(tensor.clone(), neuron_selector=(5, 6, 7))[0]
    found = projection(graph, tensor, Unit(layer, 5, 6, 7), rule)
    assert _difference(found, expected) <= 1e-6


def test_plain_gradient_is_captums_saliency():
    module, graph, tensor = _network("resnet18")
    with quiet():
        expected = Saliency(module).attribute(tensor.clone(), target=7, abs=False)[0]
    assert _difference(projection(graph, tensor, logit_of(graph, 7)), expected) <= 1e-6


def test_switches_lead_back_to_the_winners():
    class Pooled(nn.Module):
        def forward(self, x):
            return (functional.max_pool2d(torch.relu(x), 2, 1) * self.weights).sum((2, 3))

        weights = torch.tensor([[1.0, 2.0], [-4.0, 8.0]])

    picture = torch.tensor([[1.0, 2.0, 0.0], [0.0, 5.0, 3.0], [4.0, 1.0, 6.0]])
    graph = trace(Pooled().eval(), (1, 3, 3))
    # The windows' winners are 5, 5, 5 and 6; before the rectifier stand 1 + 2 - 4 = -1 and 8.
    for rule, middle in (("plain", -1), ("guided", 0), ("deconvnet", 0)):
        found = projection(graph, picture[None, None], logit_of(graph, 0), rule)
        assert found[0].tolist() == [[0, 0, 0], [0, middle, 0], [0, 0, 8]]


# (function, x, f'(x)) by the functions' definitions.
SIGMOID_OF_1 = 1 / (1 + math.exp(-1))
ONE_SIDED = [
    (functional.relu6, 7.0, 0.0),
    (functional.relu6, 2.0, 1.0),
    (nn.LeakyReLU(0.25), -3.0, 0.25),
    (functional.elu, -1.0, math.exp(-1)),
    (functional.silu, 1.0, SIGMOID_OF_1 * (1 + 1 - SIGMOID_OF_1)),
    (functional.softplus, 1.0, SIGMOID_OF_1),
    (functional.hardswish, 1.0, (2 * 1 + 3) / 6),
    (functional.hardswish, -2.0, 0.0),  # falls there: (2 * -2 + 3) / 6 < 0
    (functional.silu, -4.0, 0.0),  # falls there too
    (functional.gelu, -2.0, 0.0),
    (functional.mish, -3.0, 0.0),
]


@pytest.mark.parametrize(("function", "x", "slope"), ONE_SIDED)
def test_other_rectifiers_pass_what_is_positive(function, x, slope):
    for weight in (2.0, -2.0):

        class Single(nn.Module):
            def forward(self, value, weight=weight):
                return (function(value) * weight).flatten(1)

        graph = trace(Single().eval(), (1, 1, 1))
        positive = max(weight, 0.0)
        guided = projection(graph, _point(x), logit_of(graph, 0), "guided").item()
        assert guided == pytest.approx(positive * slope, abs=1e-6)
        assert projection(graph, _point(x), logit_of(graph, 0), "deconvnet").item() == positive


@pytest.mark.parametrize(
    "function",
    [
        torch.tanh,
        torch.sigmoid,
        functional.hardsigmoid,
        functional.hardtanh,
        lambda x: x.clamp(-1, 1),
    ],
)
def test_curves_with_two_ends_keep_their_derivative(function):
    graph = trace(TwoLayers(function, function).eval(), (2, 1, 1))
    plain = projection(graph, _point(0.1, 0.2), logit_of(graph, 0))
    for rule in ("guided", "deconvnet"):
        assert torch.equal(projection(graph, _point(0.1, 0.2), logit_of(graph, 0), rule), plain)
    assert rectifiers_below(graph, logit_of(graph, 0)) == ()


def test_rectifiers_on_the_way_are_named():
    graph = trace(TwoLayers().eval(), (2, 1, 1))
    assert [layer.operation for layer in rectifiers_below(graph, logit_of(graph, 0))] == [
        "relu",
        "relu",
    ]
    assert [layer.id for layer in rectifiers_below(graph, Unit("two", 0, 0, 0))] == ["relu"]


@pytest.mark.parametrize("network", COMPUTABLE, ids=lambda network: network.__name__)
def test_values_are_the_networks_whatever_the_rule(network):
    module = prepared(network)
    graph = trace(module, (3, 16, 16))
    tensor = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    expected = module(tensor.clone())
    for rule in RULES:
        with torch.no_grad():
            found = graph.compute(tensor, (), evaluate=evaluate_by(rule)).output
        assert torch.allclose(found, expected, rtol=1e-6, atol=1e-7)
    assert all(parameter.grad is None for parameter in module.parameters())


def test_picture_and_network_stay_as_they_were():
    module = prepared(Dense)
    graph = trace(module, (3, 16, 16))
    tensor = torch.randn(1, 3, 16, 16)
    before = [value.clone() for value in (tensor, *module.parameters())]
    with torch.inference_mode():  # as captured pictures are
        captured = tensor.clone()
    for rule in RULES:
        found = projection(graph, captured, logit_of(graph, 2), rule)
        assert found.shape == (3, 16, 16)
        assert not found.requires_grad
    after = (captured, *module.parameters())
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert not any(child._backward_hooks or child._forward_hooks for child in module.modules())


def test_number_that_hears_nothing_of_the_input_has_no_gradient():
    class Deaf(nn.Module):
        def forward(self, x):
            return (x[:, :1] > 0).float().flatten(1)

    graph = trace(Deaf().eval(), (3, 2, 2))
    assert not projection(graph, torch.randn(1, 3, 2, 2), logit_of(graph, 0), "guided").any()


def test_unknown_rule_is_refused():
    graph = trace(TwoLayers().eval(), (2, 1, 1))
    with pytest.raises(ValueError, match="plain, guided, deconvnet"):
        projection(graph, _point(1, 2), logit_of(graph, 0), "lrp")


@pytest.mark.full
@pytest.mark.parametrize(
    "name", [entry.architecture.name for entry in catalogue() if entry.tag == "random"]
)
def test_every_design_obeys_the_rules(name):
    module, graph, tensor = _network(name)
    plain = projection(graph, tensor, logit_of(graph, 0))
    relus = [child for child in module.modules() if isinstance(child, nn.ReLU)]
    rectifiers = rectifiers_below(graph, logit_of(graph, 0))
    for rule in ("guided", "deconvnet"):
        found = projection(graph, tensor, logit_of(graph, 0), rule)
        assert found.isfinite().all()
        assert torch.equal(found, plain) == (not rectifiers)
        # Only where the hooks see every rectifier there is.
        if rectifiers and {layer.module_class for layer in rectifiers} == {"ReLU"}:
            assert relus
            with quiet():
                expected = CAPTUM[rule](module).attribute(tensor.clone(), target=0)[0]
            assert _difference(found, expected) <= 1e-5


@lru_cache(maxsize=2)
def _network(name):
    entry = catalogue().resolve(f"{name}.random")
    module = build_random(entry.architecture.build, 0).eval().requires_grad_(requires_grad=False)
    randomise_normalisation(module)
    generator = torch.Generator().manual_seed(2)
    tensor = torch.randn(1, *entry.preprocessing.input_shape, generator=generator)
    graph = graph_of(entry.architecture.build, entry.preprocessing.input_shape, module)
    return module, graph, tensor


def _difference(found, expected):
    """The largest, as a share of the largest expected magnitude."""
    return float((found - expected).abs().max() / expected.abs().max())
