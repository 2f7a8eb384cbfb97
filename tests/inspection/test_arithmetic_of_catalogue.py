"""Random units of every operation kind in every design: the explanation is what was captured."""

import gc
import math

import numpy as np
import pytest
import torch
from eager import randomise_normalisation
from structures import graph_of
from test_capture_of_catalogue import ARCHITECTURES, smallest_shape

from app.inspection.activations.capture import capture
from app.inspection.arithmetic.unit import explain
from models.weights.construction import build_random

# Together they have nearly every operation of the catalogue.
SAMPLE = (
    *("lenet5", "shufflenet_v2_x0_5", "mobilenet_v3_small", "googlenet_paper", "convnext_tiny"),
)

UNITS_A_LAYER = 2
LAYERS_A_KIND = 4
TOLERANCE = 1e-5

NAMES = {name: getattr(math, name) for name in ("sqrt", "exp", "log", "tanh", "erf", "pi")} | {
    "max": max,
    "min": min,
    "abs": abs,
}


def evaluated(tokens):
    """The formula's text with its numbers in it, worked out by Python itself."""
    text = "".join(token.text if token.value is None else f"({token.value!r})" for token in tokens)
    return eval(text, {"__builtins__": {}}, NAMES)  # our own text, and nothing to call


def magnitude(explanation):
    """What an error is relative to: the value, or the largest number that cancels in it."""
    terms = [abs(explanation.unit.value)]
    terms += [abs(token.value) for token in explanation.tokens if token.value is not None]
    if explanation.patch is not None and explanation.kind == "weighted_sum":
        terms.append(np.abs(explanation.patch.products).max() / (explanation.divisor or 1))
    return max(terms)


def layers_of_every_kind(graph, random):
    """Some layers of each operation, the input's apart."""
    kinds = {}
    for layer in graph.layers[1:]:
        kinds.setdefault((layer.operation, layer.groups > 1, layer.is_map), []).append(layer)
    for layers in kinds.values():
        chosen = random.choice(len(layers), min(LAYERS_A_KIND, len(layers)), replace=False)
        yield from (layers[index] for index in chosen)


def check(name):
    architecture = ARCHITECTURES[name]
    module = build_random(architecture.build, 0).eval().requires_grad_(requires_grad=False)
    randomise_normalisation(module)
    shape = smallest_shape(module, architecture)
    graph = graph_of(architecture.build, shape, module)
    tensor = torch.randn(1, *shape, generator=torch.Generator().manual_seed(1))
    activations = capture(graph, tensor)
    random = np.random.default_rng(0)
    for layer in layers_of_every_kind(graph, random):
        for _ in range(UNITS_A_LAYER):
            place = tuple(int(random.integers(size)) for size in layer.output_shape)
            found = explain(graph, activations, layer.id, place)
            assert found.explained is not None, (layer.id, layer.operation, found.note)
            assert found.unit.value == float(activations[layer.id][place])
            allowed = TOLERANCE * magnitude(found)
            assert abs(found.difference) <= allowed, (layer.id, layer.operation, place)
            assert evaluated(found.tokens) == pytest.approx(found.explained, rel=1e-9, abs=1e-12)
            for operand in operands_of(found):
                assert operand.layer_id in layer.inputs
                assert operand.value == float(activations[operand.layer_id][operand.place])


def operands_of(found):
    yield from found.operands
    if found.patch is not None:
        terms = range(0, found.patch.size, max(1, found.patch.size // 20))
        yield from (found.patch.operand(term) for term in terms if found.patch.operand(term))


@pytest.mark.parametrize("name", SAMPLE)
def test_units_of_a_sample_are_explained(name):
    check(name)


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(set(ARCHITECTURES) - set(SAMPLE)))
def test_units_of_every_design_are_explained(name):
    check(name)
    gc.collect()
