"""Interventions against the network's own module, with hooks that change what it computes."""

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from structures import graph_of
from torch import nn
from torch.nn import functional

from app.inspection.activations.capture import capture
from app.inspection.activations.observation import Observation
from app.inspection.activations.prediction import Prediction
from app.inspection.tracing.tracing import trace
from app.inspection.what_if.channel_ablation import ablate_channels
from app.inspection.what_if.intervention import (
    BlankEdit,
    ValueEdit,
    WeightEdit,
    intervene,
    weight_shape,
)
from models.catalogue.catalogue import catalogue
from models.preprocessing.pixel_map import Box, PixelMap, Size
from models.weights.construction import build_random

CASES = [
    ("resnet18", "layer2.0.conv2"),
    pytest.param("googlenet", "inception4a.branch2.1.bn", marks=pytest.mark.full),
    ("efficientnet_lite0", "blocks.3.1.conv_dw"),
    ("mobilenet_v3_small", "features.4.block.0.0"),
    ("shufflenet_v2_x0_5", "stage3.1.branch2.3"),
    pytest.param("densenet121", "features.denseblock2.denselayer3.conv2", marks=pytest.mark.full),
]


def observed(name):
    entry = catalogue().resolve(f"{name}.random")
    module = build_random(entry.architecture.build, 0).eval().requires_grad_(requires_grad=False)
    shape = entry.preprocessing.input_shape
    tensor = torch.randn(1, *shape, generator=torch.Generator().manual_seed(4))
    for child in module.modules():
        if isinstance(child, nn.BatchNorm2d):
            child.momentum = 1.0
            child.train()
    with torch.no_grad():
        module(torch.cat([tensor, -tensor]))
    module.eval()
    graph = graph_of(entry.architecture.build, shape, module)
    activations = capture(graph, tensor)
    size = Size(height=shape[1], width=shape[2])
    box = Box(top=0, left=0, bottom=shape[1], right=shape[2])
    pixel_map = PixelMap(image_size=size, input_size=size, image_box=box, orientation=1)
    prediction = Prediction(activations.logits.numpy(), pixel_map)
    return module, graph, Observation(prediction, tensor, activations)


def hooked(module, layer, tensor, change):
    """The logits while a hook of torch changes what one module returns."""

    def hook(_, __, output):
        output = output.clone()
        change(output)
        return output

    handle = module.get_submodule(layer).register_forward_hook(hook)
    with torch.no_grad():
        logits = module(tensor)[0].numpy()
    handle.remove()
    return logits


def assert_moved_alike(found, expected, before):
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()
    assert np.abs(found - before).max() > 1e-3 * np.abs(before).max()


@pytest.mark.parametrize(("name", "layer"), CASES)
def test_switched_off_channels_are_those_of_a_hook(name, layer):
    module, graph, observation = observed(name)

    def change(output):
        output[:, 3] = 0
        output[:, 5] *= -2
        output[:, 6] = 1.5
        output[:, 1, 2, 3] = 9

    expected = hooked(module, layer, observation.tensor, change)
    edits = [
        ValueEdit(layer, 3, "pin", 0.0),
        ValueEdit(layer, 5, "scale", -2.0),
        ValueEdit(layer, 6, "pin", 1.5),
        ValueEdit(layer, 1, "pin", 9.0, row=2, column=3),
    ]
    found = intervene(graph, observation, edits)
    assert_moved_alike(found.logits, expected, observation.prediction.logits)
    assert layer not in found.recomputed
    assert 0 < found.macs_share < 1


def test_edits_of_two_layers_act_one_on_the_other():
    module, graph, observation = observed("resnet18")
    first = module.layer1[0].conv1.register_forward_hook(lambda _, __, out: _zeroed(out, 2))
    expected = hooked(module, "layer3.0.conv1", observation.tensor, lambda out: out[:, 4].mul_(3))
    first.remove()
    edits = [
        ValueEdit("layer3.0.conv1", 4, "scale", 3.0),
        ValueEdit("layer1.0.conv1", 2, "pin", 0.0),
    ]
    found = intervene(graph, observation, edits)
    assert_moved_alike(found.logits, expected, observation.prediction.logits)


def _zeroed(output, channel):
    output = output.clone()
    output[:, channel] = 0
    return output


@pytest.mark.parametrize(
    ("name", "layer", "place"),
    [
        ("resnet18", "conv1", (3, 1, 2, 4)),
        ("resnet18", "fc", (7, 100, 0, 0)),
        ("efficientnet_lite0", "blocks.1.0.conv_dw", (5, 0, 1, 1)),
    ],
)
def test_edited_weight_is_that_of_an_edited_copy(name, layer, place):
    module, graph, observation = observed(name)
    edited = copy.deepcopy(module)
    weight = edited.get_submodule(layer).weight
    with torch.no_grad():
        weight[place[: weight.dim()]] = 4.0
        expected = edited(observation.tensor)[0].numpy()
    found = intervene(graph, observation, [WeightEdit(layer, *place, 4.0)])
    assert_moved_alike(found.logits, expected, observation.prediction.logits)
    assert layer in found.recomputed
    shape = weight_shape(graph, graph.layer(layer))
    assert shape == (*weight.shape, 1, 1)[:4]


class Computed(nn.Module):
    """A layer whose weight is made of a parameter on each run."""

    def __init__(self, layer, shape, made):
        super().__init__()
        self.layer, self.made = layer, made
        self.weight = nn.Parameter(torch.randn(shape))

    def forward(self, x):
        return self.layer(x, self.made(self.weight)).flatten(1)


def linear_of_means(x, weight):
    return functional.linear(x.mean((2, 3)), weight)


COMPUTED = {
    "transposed": Computed(linear_of_means, (4, 4), lambda weight: weight.t()),
    "product": Computed(lambda x, w: torch.addmm(w[0], x.mean((2, 3)), w), (4, 4), lambda w: w),
    "a part": Computed(functional.conv2d, (5, 6, 3, 3), lambda weight: weight[:3, :4]),
    "masked": Computed(functional.conv2d, (3, 4, 3, 3), lambda weight: weight * (weight > 0)),
    "standardised": Computed(functional.conv2d, (3, 4, 3, 3), lambda w: w - w.mean()),
    "turned": Computed(functional.conv2d, (3, 4, 3, 3), lambda weight: weight.flip(2)),
    "spectral": nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 3, 3)),
    "low rank": Computed(linear_of_means, (4, 4), lambda w: w + w[:, :1] @ w[:1]),
}


@pytest.mark.parametrize("name", COMPUTED)
def test_weights_that_are_computed_are_not_edited(name):
    graph = trace(nn.Sequential(COMPUTED[name], nn.Flatten()).eval(), (4, 6, 6))
    layers = [layer for layer in graph.layers if layer.operation in ("convolution", "linear")]
    assert layers
    assert [weight_shape(graph, layer) for layer in layers] == [None] * len(layers)


def test_everything_at_once_is_what_a_changed_copy_computes():
    module, graph, observation = observed("resnet18")
    edited = copy.deepcopy(module)
    with torch.no_grad():
        edited.layer2[0].conv1.weight[1, 2, 0, 0] = 3.0
    tensor = observation.tensor.clone()
    tensor[:, 0, 30:60, 40:90] = 0.25
    tensor[:, 1, 30:60, 40:90] = -1
    tensor[:, 2, 30:60, 40:90] = 2
    expected = hooked(edited, "layer2.0.bn1", tensor, lambda out: out[:, 1].mul_(2))
    edits = [
        BlankEdit(Box(top=30, left=40, bottom=60, right=90), (0.25, -1.0, 2.0)),
        WeightEdit("layer2.0.conv1", 1, 2, 0, 0, 3.0),
        ValueEdit("layer2.0.bn1", 1, "scale", 2.0),
    ]
    found = intervene(graph, observation, edits, ("layer2.0.bn1", "avgpool"))
    assert_moved_alike(found.logits, expected, observation.prediction.logits)
    assert found.layers["avgpool"].shape == (512, 1, 1)


def test_nothing_changed_is_nothing_computed():
    _, graph, observation = observed("resnet18")
    found = intervene(graph, observation, [])
    assert (found.logits == observation.prediction.logits).all()
    assert (found.recomputed, found.macs_share) == ((), 0.0)


def test_work_is_what_lies_behind():
    _, graph, observation = observed("resnet18")
    early = intervene(graph, observation, [ValueEdit("conv1", 0, "pin", 0.0)])
    late = intervene(graph, observation, [ValueEdit("layer4.1.relu", 0, "pin", 0.0)])
    # By hand: two convolutions of 512 x 512 x 3 x 3 at 7 x 7 are half of layer4's four and a skip.
    rest = 512 * 512 * 9 * 49 + 512 * 1000
    total = sum(layer.macs for layer in graph.layers)
    assert late.macs_share == pytest.approx(rest / total)
    assert early.macs_share == pytest.approx(1 - graph.layer("conv1").macs / total)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("lenet5", "c3_tanh"),
        ("resnet18", "layer4.1.add"),
        ("lenet5", "f6_tanh"),
        ("lenet5", "output"),
    ],
)
def test_every_channel_in_turn_is_a_hook_a_channel(name, layer):
    module, graph, observation = observed(name)
    layer = next((each for each in graph.layer_ids if each == layer), graph.output)
    logits = torch.from_numpy(observation.prediction.logits)
    found = ablate_channels(graph, observation.activations, layer, logits)
    assert found.logits.shape == (graph.layer(layer).output_shape[0], len(logits))
    for channel in range(0, len(found.logits), max(1, len(found.logits) // 5)):
        expected = intervene(graph, observation, [ValueEdit(layer, channel, "pin", 0.0)]).logits
        assert np.abs(found.logits[channel] - expected).max() <= 1e-4 * np.abs(expected).max()
    assert np.isfinite(found.logits).all()
    del module


def test_side_by_side_is_one_by_one_and_changes_no_network():
    module, graph, observation = observed("resnet18")
    before = {name: value.clone() for name, value in module.state_dict().items()}
    values = {layer: observation.activations[layer].clone() for layer in graph.layer_ids[::9]}
    edits = [
        [ValueEdit("layer1.1.relu", index, "scale", 0.5), WeightEdit("conv1", index, 0, 0, 0, 2.0)]
        for index in range(8)
    ]
    alone = [intervene(graph, observation, each).logits for each in edits]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda each: intervene(graph, observation, each).logits, edits))
    for one, other in zip(alone, together, strict=True):
        assert np.abs(one - other).max() <= 1e-5 * np.abs(one).max()
    assert not np.allclose(alone[0], alone[1])
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(torch.equal(values[layer], observation.activations[layer]) for layer in values)
    assert all(parameter.grad is None for parameter in module.parameters())
    assert not module.training
    with pytest.raises(IndexError):
        intervene(graph, observation, [ValueEdit("layer1.1.relu", 4000, "pin", 0.0)])
    assert all(torch.equal(values[layer], observation.activations[layer]) for layer in values)
