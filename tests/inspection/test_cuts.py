"""Ways that are cut, against the networks' own modules with these ways taken out of them."""

import numpy as np
import pytest
import torch
from structures import graph_of
from torch import nn

from app.inspection.activations.capture import capture
from app.inspection.activations.observation import Observation
from app.inspection.activations.prediction import Prediction
from app.inspection.what_if.cuts import CutEdit, can_be_cut, cut_accuracy
from app.inspection.what_if.intervention import ValueEdit, intervene
from models.catalogue.catalogue import catalogue
from models.data.dataset import LabelledPictures
from models.preprocessing.pixel_map import Box, PixelMap, Size
from models.weights.construction import build_random


class Zeros(nn.Module):
    """In place of a module whose output is as large as it would be."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(self.module(value))


def built(name: str):
    entry = catalogue().resolve(f"{name}.random")
    module = build_random(entry.architecture.build, 0).eval().requires_grad_(requires_grad=False)
    return entry, module, graph_of(entry.architecture.build, entry.architecture.input_shape, module)


def observed(graph, shape) -> Observation:
    tensor = torch.randn(1, *shape, generator=torch.Generator().manual_seed(4))
    with torch.inference_mode():
        activations = capture(graph, tensor)
    size = Size(height=shape[1], width=shape[2])
    box = Box(top=0, left=0, bottom=shape[1], right=shape[2])
    pixel_map = PixelMap(image_size=size, input_size=size, image_box=box, orientation=1)
    return Observation(Prediction(activations.logits.numpy(), pixel_map), tensor, activations)


CASES = [
    ("resnet8_32", "layer1.0.add", "relu1", "layer1.0.shortcut"),
    ("resnet8_32", "layer1.0.add", "layer1.0.norm2", "layer1.0.norm2"),
    ("resnet8_32", "layer3.0.add", "layer3.0.shortcut.norm", "layer3.0.shortcut"),
    ("googlenet_32", "inception3b.cat", "inception3b.branch2.relu", "inception3b.branch2"),
]


@pytest.mark.parametrize(("name", "layer", "source", "module_name"), CASES)
def test_a_cut_way_is_one_that_the_module_does_not_have(name, layer, source, module_name) -> None:
    entry, module, graph = built(name)
    observation = observed(graph, entry.architecture.input_shape)
    found = intervene(graph, observation, [CutEdit(layer, source)])
    module.set_submodule(module_name, Zeros(module.get_submodule(module_name)))
    with torch.no_grad():
        expected = module(observation.tensor)[0].numpy()
    assert np.abs(found.logits - expected).max() <= 1e-4 * np.abs(expected).max()
    assert (
        np.abs(found.logits - observation.prediction.logits).max()
        > 1e-3 * np.abs(observation.prediction.logits).max()
    )


def test_cuts_of_several_blocks_act_one_on_the_other_and_on_other_edits() -> None:
    entry, module, graph = built("resnet8_32")
    observation = observed(graph, entry.architecture.input_shape)
    edits = [
        CutEdit("layer3.0.add", "layer3.0.shortcut.norm"),
        CutEdit("layer1.0.add", "relu1"),
        ValueEdit("layer3.0.add", 2, "pin", 0.5),
    ]
    found = intervene(graph, observation, edits)
    for name in ("layer1.0.shortcut", "layer3.0.shortcut"):
        module.set_submodule(name, Zeros(module.get_submodule(name)))

    def pin(_, inputs):
        value = inputs[0].clone()
        value[:, 2] = 0.5
        return (value,)

    module.get_submodule("layer3.0.relu2").register_forward_pre_hook(pin)
    with torch.no_grad():
        expected = module(observation.tensor)[0].numpy()
    assert np.abs(found.logits - expected).max() <= 1e-4 * np.abs(expected).max()


def test_an_addition_with_both_ways_cut_is_zero() -> None:
    entry, _, graph = built("resnet8_32")
    observation = observed(graph, entry.architecture.input_shape)
    edits = [CutEdit("layer1.0.add", each) for each in ("relu1", "layer1.0.norm2")]
    found = intervene(graph, observation, edits, ["layer1.0.add"])
    assert not found.layers["layer1.0.add"].any()


def test_accuracy_is_that_of_the_module_without_the_way() -> None:
    entry, module, graph = built("resnet8_32")
    shape = (150, 1, 28, 28)
    pictures = torch.rand(shape, generator=torch.Generator().manual_seed(2))
    cuts = [CutEdit("layer2.0.add", "layer2.0.norm2"), CutEdit("layer1.0.add", "relu1")]
    for name in ("layer2.0.norm2", "layer1.0.shortcut"):
        module.set_submodule(name, Zeros(module.get_submodule(name)))
    preparation = entry.preprocessing
    inputs = (nn.functional.pad(pictures, [2] * 4) - preparation.mean) / preparation.std
    with torch.no_grad():
        said = module(inputs).argmax(dim=1)
    # What it says of all but the first 30 is called right.
    labels = torch.cat([(said[:30] + 1) % 10, said[30:]])
    digits = LabelledPictures(pictures, labels)
    found = cut_accuracy(graph, preparation, digits, cuts)
    assert (found.correct, found.digits) == (120, 150)


def test_what_joins_nothing_cannot_be_cut() -> None:
    _, _, graph = built("resnet8_32")
    can = [layer.id for layer in graph.layers if can_be_cut(graph, layer)]
    assert can == ["layer1.0.add", "layer2.0.add", "layer3.0.add"]
