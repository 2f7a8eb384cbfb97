"""Every design of the catalogue, captured whole, against what torch computes by itself."""

import gc

import pytest
import torch
from eager import assert_captured_as_computed, randomise_normalisation

from app.inspection.activations.capture import capture
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_random

# One of each family of ideas; small enough for every run.
SAMPLE = ("softmax", "lenet5", "dilated_net", "resnet18", "mobilenet_v3_small", "convnext_tiny")

# Heads that serve training only run in no forward pass of an evaluation.
UNUSED_PARAMETERS = {"googlenet_paper": ("auxiliary1.", "auxiliary2.")}

ARCHITECTURES = {entry.architecture.name: entry.architecture for entry in catalogue()}


def smallest_shape(module, architecture):
    """The first of some squares that the network computes with, its own size at last."""
    channels, height, width = architecture.input_shape
    for side in (32, 64, 96):
        if side < height:
            try:
                with torch.no_grad():
                    module(torch.zeros(1, channels, side, side))
            except RuntimeError:
                continue
            return (channels, side, side)
    return (channels, height, width)


def check(name):
    architecture = ARCHITECTURES[name]
    module = build_random(architecture.build, 0).eval().requires_grad_(requires_grad=False)
    randomise_normalisation(module)
    shape = smallest_shape(module, architecture)
    graph = trace(module, shape)
    tensor = torch.randn(1, *shape, generator=torch.Generator().manual_seed(1))
    activations = capture(graph, tensor)
    assert_captured_as_computed(graph, activations, module, tensor)
    unused = sum(
        parameter.numel()
        for parameter_name, parameter in module.named_parameters()
        if parameter_name.startswith(UNUSED_PARAMETERS.get(name, ("none of them",)))
    )
    assert sum(layer.parameters for layer in graph.layers) == architecture.parameters - unused
    assert [layer.id for layer in graph.layers if not layer.known] == []
    assert len(set(graph.layer_ids)) == len(graph.layer_ids)
    assert set(graph.root.layer_ids()) == set(graph.layer_ids[1:])


@pytest.mark.parametrize("name", SAMPLE)
def test_every_layer_of_a_sample_is_what_torch_computes(name):
    check(name)


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(set(ARCHITECTURES) - set(SAMPLE)))
def test_every_layer_of_every_design_is_what_torch_computes(name):
    check(name)
    gc.collect()
