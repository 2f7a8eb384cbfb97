"""Drawn networks: values, ablations and occlusions against torch's own forward.

Their fields are tested in `test_reach`.
"""

import numpy as np
import pytest
import torch
from drawn_networks import STEP, drawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.inspection.activations.capture import capture
from app.inspection.arithmetic.unit import explain
from app.inspection.occlusion.occlusion import occlusion
from app.inspection.tracing.tracing import trace
from app.inspection.what_if.channel_ablation import ablate_channels

# Whoever explains says which numbers were added; these stand for all of their sizes.
ROUNDING = 2e-5
SAID_WRONG = "computes something else"


def check_values(steps, size):
    module = drawn(steps, size)
    if module is None:
        return
    graph = trace(module, (2, *size))
    generator = torch.Generator().manual_seed(len(steps))
    tensor = torch.randn(1, 2, *size, generator=generator)
    activations = capture(graph, tensor)
    random = np.random.default_rng(len(steps))
    for layer in graph.layers[1:]:
        for _ in range(4):
            place = tuple(int(random.integers(size)) for size in layer.output_shape)
            assert_explained(graph, activations, layer, place)
    assert_changed_alike(module, graph, tensor, activations, random)


def assert_explained(graph, activations, layer, place):
    found = explain(graph, activations, layer.id, place)
    label = (layer.id, layer.operation, place, found)
    assert SAID_WRONG not in found.note, label
    assert found.unit.value == float(activations[layer.id][place]), label
    for operand in found.operands:
        assert operand.value == float(activations[operand.layer_id][operand.place]), label
    if found.explained is not None:
        assert found.explained == pytest.approx(
            found.unit.value, rel=ROUNDING, abs=ROUNDING * magnitude(found)
        ), label
    for operand, slope in found.derivatives:
        if found.patch is None and layer.inputs.count(operand.layer_id) > 0:
            assert slope == pytest.approx(
                slope_of(graph, activations, layer, place, operand), rel=1e-3, abs=1e-4
            ), label


def magnitude(found):
    """The size of the numbers that were added up."""
    patch = found.patch
    if patch is None:
        return max((abs(operand.value) for operand in found.operands), default=0.0)
    return float(np.abs(patch.products).sum()) / (found.divisor or 1.0)


def slope_of(graph, activations, layer, place, operand):
    """Of a unit by one of its operands, by autograd through the layer alone."""
    leaves = {source: activations[source].clone()[None].requires_grad_() for source in layer.inputs}
    picture = leaves.get("input", activations["input"].clone()[None])
    value = graph.compute(picture, (layer.id,), to_the_end=False, given=leaves).layers[layer.id]
    (gradient,) = torch.autograd.grad(value[0][place], leaves[operand.layer_id])
    return float(gradient[0][operand.place])


def assert_changed_alike(module, graph, tensor, activations, random):
    """A channel switched off, and the picture covered, are whole runs."""
    layer = graph.layers[int(random.integers(1, len(graph.layers)))]
    channel = int(random.integers(layer.output_shape[0]))
    changed = activations[layer.id].clone()[None]
    changed[:, channel] = 0
    with torch.inference_mode():
        expected = graph.compute(tensor, (), given={layer.id: changed}).output[0].numpy()
    found = ablate_channels(graph, activations, layer.id, activations.logits).logits[channel]
    assert_near(found, expected, layer.id)
    index = int(random.integers(len(activations.logits)))
    swept = occlusion(graph, tensor, activations, index, patch=4, stride=4, fill=0.5)
    rows, columns = swept.patches.rows, swept.patches.columns
    row, column = int(random.integers(len(rows))), int(random.integers(len(columns)))
    covered = tensor.clone()
    covered[:, :, slice(*rows[row]), slice(*columns[column])] = 0.5
    with torch.inference_mode():
        expected = module(covered)[0, index].numpy()
    assert_near(swept.scores[row, column], expected, "occlusion")


def assert_near(found, expected, label):
    """Infinities and what is no number stand where they should, all else up to rounding."""
    largest = np.abs(expected[np.isfinite(expected)]).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * largest, err_msg=str(label))


SIZE = st.tuples(st.integers(7, 16), st.integers(7, 16))
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@given(steps=st.lists(STEP, min_size=1, max_size=4), size=SIZE)
@settings(max_examples=40, suppress_health_check=QUIET)
def test_numbers_of_drawn_networks_are_torchs(steps, size):
    check_values(steps, size)


@pytest.mark.full
@given(steps=st.lists(STEP, min_size=1, max_size=6), size=SIZE)
@settings(max_examples=2000, suppress_health_check=QUIET)
def test_numbers_of_many_drawn_networks_are_torchs(steps, size):
    check_values(steps, size)
