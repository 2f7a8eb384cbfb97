"""Layers traced without weights, given some: they compute what a trace of the network does."""

import pytest
import torch

from app.inspection.activations.capture import capture
from app.inspection.tracing.structure import trace_structure
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_random

SAMPLE = ("lenet5", "resnet18", "shufflenet_v2_x0_5")
NAMES = sorted({entry.architecture.name for entry in catalogue()})


def module_and_tensor(name):
    entry = next(entry for entry in catalogue() if entry.architecture.name == name)
    module = build_random(entry.architecture.build, 3).eval().requires_grad_(requires_grad=False)
    shape = entry.preprocessing.input_shape
    return entry, module, torch.randn(1, *shape, generator=torch.Generator().manual_seed(2))


def check(name):
    entry, module, tensor = module_and_tensor(name)
    structure = trace_structure(entry)
    direct = trace(module, entry.preprocessing.input_shape)
    assert structure.layer_ids == direct.layer_ids
    if not structure.is_bindable:
        pytest.skip(f"{name} keeps tensors of its own")
    bound = capture(structure.bound_to(module), tensor)
    expected = capture(direct, tensor)
    with torch.no_grad():
        assert torch.allclose(bound.logits, module(tensor)[0], rtol=1e-4, atol=1e-5)
    for layer_id in structure.layer_ids:
        largest = expected[layer_id].abs().max()
        assert (bound[layer_id] - expected[layer_id]).abs().max() <= 1e-5 * largest, layer_id


@pytest.mark.parametrize("name", SAMPLE)
def test_structure_with_weights_computes_what_the_network_does(name):
    check(name)


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in NAMES if name not in SAMPLE])
def test_structure_of_every_design_computes_what_the_network_does(name):
    check(name)


def test_one_structure_serves_two_sets_of_weights():
    entry, first, tensor = module_and_tensor("lenet5")
    second = build_random(entry.architecture.build, 4).eval()
    structure = trace_structure(entry)
    with torch.no_grad():
        for module in (first, second, first):
            logits = capture(structure.bound_to(module), tensor).logits
            assert torch.allclose(logits, module(tensor)[0], atol=1e-6)


@pytest.mark.parametrize("name", ["resnet18", "googlenet"])
def test_computing_from_a_layer_on_gives_the_same_output(name):
    _, module, tensor = module_and_tensor(name)
    graph = trace(module, tuple(tensor.shape[1:]))
    with torch.no_grad():
        whole = graph.compute(tensor, graph.layer_ids)
        for layer_id in graph.layer_ids[1::17]:
            given = {layer_id: whole.layers[layer_id]}
            again = graph.compute(tensor, (), given=given)
            assert torch.allclose(again.output, whole.output, rtol=1e-5, atol=1e-6), layer_id


def test_what_lies_before_a_given_layer_is_not_looked_at():
    """All of the network's input passes its first pooling layer; it may as well be missing."""
    _, module, tensor = module_and_tensor("resnet18")
    graph = trace(module, tuple(tensor.shape[1:]))
    with torch.no_grad():
        value = graph.compute(tensor, ("maxpool",)).layers["maxpool"]
        nonsense = torch.full_like(tensor, torch.nan)
        output = graph.compute(nonsense, (), given={"maxpool": value}).output
        assert torch.allclose(output, module(tensor), rtol=1e-5, atol=1e-6)
        zero = graph.compute(tensor, (), given={"maxpool": torch.zeros_like(value)}).output
    assert not torch.allclose(zero, output)
