"""Occlusion by pieces against covering the picture and running the network's own module anew."""

from functools import lru_cache

import awkward_networks
import numpy as np
import pytest
import torch
from captum.attr import Occlusion
from structures import graph_of
from torch import nn

from app.inspection.activations.capture import capture
from app.inspection.errors import WorkCancelledError
from app.inspection.graph.replay_steps import replay_steps
from app.inspection.graph.unit import Unit
from app.inspection.occlusion.occlusion import occlusion
from app.inspection.occlusion.patch_plan import PatchPlan, Piece, occluded, patches_over
from app.inspection.occlusion.patch_reach import patch_reach
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_random

EXACT = ("efficientnet_lite0", "resnet18", "googlenet", "vgg11")
OTHERS = (
    *("alexnet_paper", "googlenet_paper", "shufflenet_v2_x0_5", "mobilenet_v3_small"),
    *("squeezenet1_1", "densenet121", "lenet5", "dilated_net", "inception_v3", "convnext_tiny"),
)


@lru_cache(maxsize=2)
def prepared(name, seed=1):
    entry = catalogue().resolve(f"{name}.random")
    module = build_random(entry.architecture.build, 0).eval().requires_grad_(requires_grad=False)
    generator = torch.Generator().manual_seed(seed)
    tensor = torch.randn(1, *entry.preprocessing.input_shape, generator=generator)
    adjust(module, tensor)
    graph = graph_of(entry.architecture.build, entry.preprocessing.input_shape, module)
    return module, graph, tensor, capture(graph, tensor)


def adjust(module, tensor):
    """Statistics of their own, so that the signal arrives and folding them wrongly would show."""
    norms = [child for child in module.modules() if isinstance(child, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    # Without normalisation, begin with outputs of unit variance (Mishkin and Matas, 2016).
    hooks = [
        child.register_forward_hook(scale_to_unit)
        for child in module.modules()
        if not norms and isinstance(child, nn.Conv2d | nn.Linear)
    ]
    with torch.no_grad():
        module(torch.cat([tensor, tensor.flip(2)]))
    for hook in hooks:
        hook.remove()
    module.eval()


def scale_to_unit(layer, inputs, output):
    if layer.bias is not None:
        # A linear layer has its channels last, a convolution behind the batch.
        along = [1] * (output.dim() - 2)
        shape = (*along, -1) if isinstance(layer, nn.Linear) else (-1, *along)
        output = output - layer.bias.view(shape)
    layer.weight /= output.std()
    if layer.bias is not None:
        layer.bias.zero_()
    return output / output.std()


def recomputed(module, tensor, patches, *, fill, class_index, every=1):
    """The class's logit with each patch covered, by the module itself; (positions, logits)."""
    positions = [
        (row, column) for row in range(len(patches.rows)) for column in range(len(patches.columns))
    ][::every]
    logits = []
    with torch.inference_mode():
        for row, column in positions:
            covered = tensor.clone()
            (top, bottom), (left, right) = patches.rows[row], patches.columns[column]
            covered[:, :, top:bottom, left:right] = fill
            logits.append(float(module(covered)[0, class_index]))
    return positions, np.array(logits)


def assert_some_exact(subject, patch, stride):
    """The first patch, the last and two in between against the module itself, for every class.

    Returns how far the patches moved a logit.
    """
    module, graph, tensor, activations = subject
    patches = patches_over(tuple(tensor.shape[2:]), patch, stride)
    last = patches.count - 1
    chosen = sorted({0, last // 3, last // 2, last})
    cover = torch.full((1, 1, 1, 1), 0.5)
    with torch.inference_mode():
        plan = PatchPlan(graph, tensor, activations, graph.output, patches)
        value = plan.compute(chosen, cover)
        found = (value.whole() if isinstance(value, Piece) else value).flatten(1)
        places = [divmod(index, len(patches.columns)) for index in chosen]
        covered = torch.cat(
            [
                occluded(tensor, (patches.rows[row], patches.columns[column]), cover)
                for row, column in places
            ]
        )
        expected = module(covered).flatten(1)
    error, largest = float((found - expected).abs().max()), float(expected.abs().max())
    assert error <= 1e-4 * max(1, largest), (patch, stride)
    return float((expected - activations.logits).abs().max())


TRAINED = sorted({e.architecture.name for e in catalogue() if e.origin == "trained_here"})


@pytest.mark.parametrize("name", TRAINED)
def test_every_size_of_patch_is_exact_on_every_trained_design(name):
    subject = prepared(name)
    height = subject[2].shape[2]
    moved = [
        assert_some_exact(subject, patch, stride)
        for patch in range(1, height + 1)
        for stride in sorted({1, max(1, patch // 2), patch})
        if stride > 1 or patch <= 3
    ]
    assert max(moved) > 1e-3


@pytest.mark.parametrize("patch", [70, 72, 85, 88, 120, 125, 160])
def test_branch_read_whole_beside_a_shortcut_read_in_pieces_is_exact(patch):
    assert_some_exact(prepared("resnet18"), patch, patch)


@pytest.mark.full
@pytest.mark.parametrize("name", ["resnet18", "efficientnet_lite0", "googlenet", "densenet121"])
def test_every_size_of_patch_is_exact_on_photograph_designs(name):
    subject = prepared(name)
    for patch in range(1, subject[2].shape[2] + 1):
        assert_some_exact(subject, patch, patch)


class DrawnBlock(nn.Module):
    """A residual block whose branch and shortcut read with windows of their own."""

    def __init__(self, random, channels):
        super().__init__()
        stride = tuple(random.choice([1, 2, 3], 2).tolist())
        kernels = [int(random.choice([1, 3, 5])) for _ in range(3)]
        first, second, around = (
            nn.Conv2d(channels, channels, kernel, 1 if place == 1 else stride, kernel // 2)
            for place, kernel in enumerate(kernels)
        )
        self.branch = nn.Sequential(first, nn.BatchNorm2d(channels), nn.ReLU(), second)
        pools = [nn.Sequential(), nn.MaxPool2d(3, 1, 1), nn.AvgPool2d(3, 1, 1)]
        self.shortcut = nn.Sequential(pools[random.integers(3)], around)

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))


def drawn_subject(seed):
    random = np.random.default_rng(seed)
    size = tuple(random.integers(11, 40, 2).tolist())
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        blocks = [DrawnBlock(random, 4) for _ in range(random.integers(1, 4))]
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)]
        module = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), *blocks, *head).eval()
        tensor = torch.randn(1, 2, *size)
    module.requires_grad_(requires_grad=False)
    adjust(module, tensor)
    graph = trace(module, (2, *size))
    return module, graph, tensor, capture(graph, tensor)


def assert_drawn_is_exact(seed):
    subject = drawn_subject(seed)
    random = np.random.default_rng(seed)
    for patch in range(1, max(subject[2].shape[2:]) + 1):
        assert_some_exact(subject, patch, int(random.integers(max(1, patch // 3), patch + 1)))


@pytest.mark.parametrize("seed", range(8))
def test_drawn_residual_networks_are_exact_at_every_size(seed):
    assert_drawn_is_exact(seed)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 400))
def test_more_drawn_residual_networks_are_exact_at_every_size(seed):
    assert_drawn_is_exact(seed)


def assert_exact(name, patch, stride, every):
    module, graph, tensor, activations = prepared(name)
    class_index = int(activations.logits.argmax())
    found = occlusion(graph, tensor, activations, class_index, patch=patch, stride=stride, fill=0.5)
    positions, expected = recomputed(
        module, tensor, found.patches, fill=0.5, class_index=class_index, every=every
    )
    logits = np.array([found.scores[place] for place in positions])
    assert np.abs(logits - expected).max() <= 1e-4 * max(1, np.abs(expected).max())
    # Something must move, or nothing was tested.
    assert np.abs(found.scores - found.baseline).max() > 1e-3 * np.abs(expected).max()


@pytest.mark.parametrize("name", EXACT)
def test_pieces_are_full_recomputation_at_a_sample_of_positions(name):
    assert_exact(name, patch=41, stride=37, every=11)


@pytest.mark.full
@pytest.mark.parametrize("name", EXACT)
def test_pieces_are_full_recomputation_at_every_position(name):
    assert_exact(name, patch=32, stride=16, every=1)


@pytest.mark.full
@pytest.mark.parametrize("name", OTHERS)
def test_pieces_are_full_recomputation_of_other_designs(name):
    size = prepared(name)[2].shape[2]
    assert_exact(name, patch=size // 7, stride=size // 9, every=3)


@pytest.mark.parametrize("fill", [0.0, 1.5])
@pytest.mark.parametrize(("patch", "stride"), [(8, 4), (7, 5), (32, 32)])
def test_heat_is_captums(patch, stride, fill):
    module, graph, tensor, activations = prepared("lenet5")
    expected = Occlusion(module).attribute(
        tensor, (1, patch, patch), (1, stride, stride), baselines=fill, target=3
    )
    found = occlusion(graph, tensor, activations, 3, patch=patch, stride=stride, fill=fill)
    assert np.abs(found.heat - expected[0, 0].numpy()).max() <= 1e-5
    assert np.abs(found.heat).max() > 1e-3


class Borders(nn.Module):
    """Windows that hang over the border in every way that torch knows."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 5, (3, 4), stride=(2, 1), padding=(1, 3), dilation=(2, 1))
        self.maximum = nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)
        self.mean = nn.AvgPool2d(3, 2, padding=1, ceil_mode=True, count_include_pad=False)
        self.counted = nn.AvgPool2d((2, 3), (1, 2), padding=(1, 1))
        self.grouped = nn.Conv2d(10, 10, 3, padding=1, groups=5)

    def forward(self, x):
        x = self.conv(x)
        x = torch.cat([self.maximum(x), self.mean(x)], 1)
        x = nn.functional.pad(x, (2, 1, 0, 3))
        return nn.functional.hardswish(self.grouped(self.counted(x))).flatten(1)


@pytest.mark.parametrize("size", [(41, 37), (40, 44)])
def test_borders_are_met_exactly(size):
    torch.manual_seed(3)
    module = Borders().eval()
    tensor = torch.randn(1, 2, *size)
    graph = trace(module, (2, *size))
    activations = capture(graph, tensor)
    for class_index in (0, activations.logits.numel() // 2, activations.logits.numel() - 1):
        found = occlusion(graph, tensor, activations, class_index, patch=5, stride=3, fill=2.0)
        _, expected = recomputed(module, tensor, found.patches, fill=2.0, class_index=class_index)
        assert np.abs(found.scores.flatten() - expected).max() <= 1e-5


def test_layer_that_sees_only_padding_stays_as_it_was():
    module = nn.Sequential(
        # Of its 2 x 7 values, the second layer's windows meet padding alone.
        nn.Conv2d(2, 3, (2, 1), stride=(3, 1)),
        nn.Conv2d(3, 3, 1, stride=(3, 1), padding=(1, 0)),
        nn.Flatten(),
    ).eval()
    tensor = torch.randn(1, 2, 7, 7)
    graph = trace(module, (2, 7, 7))
    activations = capture(graph, tensor)
    assert float(activations["0"].detach().abs().max()) > 0
    found = occlusion(graph, tensor, activations, 0, patch=4, stride=4, fill=0.5)
    assert found.scores.tolist() == [[found.baseline] * 2] * 2
    assert found.heat.tolist() == [[0.0] * 7] * 7


@pytest.mark.parametrize(
    "network",
    [
        *("ReusedReLU", "InPlace", "WritesThroughViews", "ChunkAndSplit", "Dense"),
        *("GatesAlongAxes", "OnePositionPadded"),
        *("SqueezeAndExcitation", "ChannelShuffle", "AsymmetricPadding", "Windows"),
        *("ChannelsLast", "OnePictureOnly", "StandardisedWeights", "Unknown"),
    ],
)
def test_awkward_networks_are_recomputed_exactly(network):
    module = awkward_networks.prepared(getattr(awkward_networks, network))
    tensor = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(2))
    graph = trace(module, tuple(tensor.shape[1:]))
    activations = capture(graph, tensor)
    found = occlusion(graph, tensor, activations, 1, patch=5, stride=4, fill=1.0)
    with torch.inference_mode():
        for row, (top, bottom) in enumerate(found.patches.rows):
            for column, (left, right) in enumerate(found.patches.columns):
                covered = tensor.clone()
                covered[:, :, top:bottom, left:right] = 1.0
                expected = float(module(covered).flatten(1)[0, 1])
                assert found.scores[row, column] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("layer", ["layer1.1.relu_1", "layer2.0.conv2", "layer4.1.add", "input"])
def test_unit_of_any_layer_is_a_target(layer):
    _, graph, tensor, activations = prepared("resnet18")
    unit = Unit(layer, 1, 4, 5)
    found = occlusion(graph, tensor, activations, unit, patch=40, stride=37)
    assert found.baseline == pytest.approx(float(activations[layer][1, 4, 5]))
    with torch.inference_mode():
        for row, column in [(0, 0), (1, 2), (5, 5)]:
            covered = tensor.clone()
            (top, bottom), (left, right) = found.patches.rows[row], found.patches.columns[column]
            covered[:, :, top:bottom, left:right] = 0
            computed = graph.compute(covered, (layer,), to_the_end=False).layers[layer]
            assert found.scores[row, column] == pytest.approx(float(computed[0, 1, 4, 5]), abs=1e-4)


def test_every_pixel_is_covered_and_the_last_patch_is_cut():
    patches = patches_over((10, 12), 4, 3)
    assert patches.rows == ((0, 4), (3, 7), (6, 10))
    assert patches.columns == ((0, 4), (3, 7), (6, 10), (9, 12))


def test_reached_rows_are_those_whose_values_change():
    """Against the values themselves: what a patch changes lies in the stretch, at every layer."""
    module, graph, tensor, activations = prepared("googlenet")
    del module
    rows = ((0, 32), (96, 128), (200, 224))
    reach = patch_reach(graph, rows, ((64, 96),))
    for index, (top, bottom) in enumerate(rows):
        covered = tensor.clone()
        covered[:, :, top:bottom, 64:96] = 3
        changed = capture(graph, covered)
        for layer in graph.layers:
            if not layer.is_map:
                continue
            span = reach.rows[layer.id]
            before, after = activations[layer.id], changed[layer.id]
            places = torch.nonzero(((before - after).abs() > 1e-4).any(0).any(1)).flatten()
            start = span.starts[index]
            assert all(start <= place < start + span.length for place in places.tolist()), layer.id


def test_normalisation_and_activation_are_one_step_with_their_convolution():
    _, graph, _, _ = prepared("resnet18")
    ids = [step.id for step in replay_steps(graph, {graph.output})]
    assert "layer1.0.relu" in ids
    assert not {"layer1.0.conv1", "layer1.0.bn1"} & set(ids)
    kept = [step.id for step in replay_steps(graph, {"layer1.0.bn1"})]
    assert "layer1.0.bn1" in kept


def test_giving_up_ends_it_and_leaves_the_network_as_it_was():
    module, graph, tensor, activations = prepared("resnet18")
    before = {name: value.clone() for name, value in module.state_dict().items()}
    kept = {layer: activations[layer].clone() for layer in ("maxpool", "layer2.1.relu_1")}
    reports = []

    def stop(done, total, preview=None):
        reports.append((done, total, np.isnan(preview).sum().item()))
        raise WorkCancelledError

    with pytest.raises(WorkCancelledError):
        occlusion(graph, tensor, activations, 0, patch=32, stride=16, progress=stop)
    done, total, missing = reports[0]
    assert len(reports) == 1
    assert (total, missing) == (169, 169 - done)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(torch.equal(kept[layer], activations[layer]) for layer in kept)
    assert not any(child._forward_hooks for child in module.modules())
