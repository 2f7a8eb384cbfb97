"""What sets each design from scratch apart: towers, normalisation, heads, shortcuts, grids."""

import pytest
import torch
from torch import nn
from torch.nn import functional

import models.torchvision_operators  # noqa: F401
from models.architectures.alexnet import AlexNet, ResponseNormalisation
from models.architectures.dilated import DilatedNet
from models.architectures.googlenet import GoogLeNet, GoogLeNetOutput
from models.architectures.resnet import ResNet
from models.architectures.separable import SeparableNet

PHOTOGRAPHS = (2, 3, 224, 224)


def _without_values(build):
    """The network on the meta device: shapes without memory or arithmetic."""
    with torch.device("meta"):
        return build().eval()


def test_resnet50_strides_where_the_paper_does():
    network = _without_values(lambda: ResNet(50))
    strided = {
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d) and module.stride == (2, 2)
    }
    assert strided == {
        "conv1",
        "layer2.0.conv1",
        "layer2.0.shortcut.conv",
        "layer3.0.conv1",
        "layer3.0.shortcut.conv",
        "layer4.0.conv1",
        "layer4.0.shortcut.conv",
    }


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        # A bottleneck widens 64 channels to 256 in its first stage, so that shape changes too.
        (34, {"layer2.0", "layer3.0", "layer4.0"}),
        (50, {"layer1.0", "layer2.0", "layer3.0", "layer4.0"}),
    ],
)
def test_shortcuts_project_only_where_the_shape_changes(depth, expected):
    network = _without_values(lambda: ResNet(depth))
    projected = {
        name.removesuffix(".shortcut.conv")
        for name, _ in network.named_modules()
        if name.endswith(".shortcut.conv")
    }
    assert projected == expected


@pytest.mark.parametrize("depth", [18, 50])
def test_resnet_computes_what_torchvision_computes_with_the_same_weights(depth):
    # Later than models.torchvision_operators, which lets it import beside any build of torch.
    from torchvision.models import resnet18, resnet50

    torch.manual_seed(0)
    ours = ResNet(depth, classes=7).eval()
    theirs = _without_values(lambda: {18: resnet18, 50: resnet50}[depth](num_classes=7))
    if depth == 50:
        for stage in (theirs.layer2, theirs.layer3, theirs.layer4):
            stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    weights = dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True))
    theirs.load_state_dict(weights, assign=True)
    pictures = torch.randn(2, 3, 65, 48)
    with torch.no_grad():
        torch.testing.assert_close(ours(pictures), theirs(pictures))


def test_normalisation_divides_by_the_energy_of_five_neighbouring_channels():
    # 300^2 + 200^2 + 100^2 = 140000, and 2 + 1e-4 * 140000 = 16, whose power 0.75 is 8. Channel 7
    # is out of reach of the first three; it has itself only: 2 + 1e-4 * 400^2 = 18.
    column = torch.tensor([300.0, 200.0, 100.0, 0.0, 0.0, 0.0, 0.0, 400.0])
    normalised = ResponseNormalisation()(column.view(1, 8, 1, 1)).flatten()
    expected = torch.tensor([37.5, 25.0, 12.5, 0.0, 0.0, 0.0, 0.0, 400 / 18**0.75])
    torch.testing.assert_close(normalised, expected)


def test_normalisation_equals_torch_with_alpha_times_five():
    activations = 100 * torch.randn(2, 9, 4, 3, generator=torch.Generator().manual_seed(0))
    expected = functional.local_response_norm(activations, 5, alpha=5e-4, beta=0.75, k=2.0)
    torch.testing.assert_close(ResponseNormalisation()(activations), expected)


@pytest.fixture(scope="module")
def alexnet() -> AlexNet:
    torch.manual_seed(0)
    return AlexNet().eval()


@pytest.mark.parametrize(
    ("layer", "channels", "towers_meet"),
    [("conv2", 96, False), ("conv3", 256, True), ("conv4", 384, False), ("conv5", 384, False)],
)
def test_alexnet_towers_meet_only_in_the_third_convolution(alexnet, layer, channels, towers_meet):
    activations = torch.ones(1, channels, 5, 5, requires_grad=True)
    first_tower = alexnet.get_submodule(layer)(activations).chunk(2, dim=1)[0]
    (gradient,) = torch.autograd.grad(first_tower.sum(), activations)
    own, other = gradient.abs().amax(dim=(0, 2, 3)).chunk(2)
    assert own.min() > 0
    assert bool((other > 0).all()) is towers_meet
    assert bool((other == 0).all()) is not towers_meet


def test_alexnet_starts_with_the_deviation_and_biases_of_the_paper(alexnet):
    biases = {
        name: layer.bias.unique().tolist()
        for name, layer in alexnet.named_children()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    }
    assert biases == {
        "conv1": [0.0],
        "conv2": [1.0],
        "conv3": [0.0],
        "conv4": [1.0],
        "conv5": [1.0],
        "fc6": [1.0],
        "fc7": [1.0],
        "fc8": [0.0],
    }
    assert alexnet.conv2.weight.std().item() == pytest.approx(0.01, rel=0.01)
    assert alexnet.conv2.weight.mean().item() == pytest.approx(0.0, abs=1e-4)


def test_googlenet_gives_three_scores_in_training_and_one_in_evaluation():
    network = _without_values(GoogLeNet)
    pictures = torch.empty(*PHOTOGRAPHS, device="meta")
    logits = network(pictures)
    assert isinstance(logits, torch.Tensor)
    assert logits.shape == (2, 1000)
    output = network.train()(pictures)
    assert isinstance(output, GoogLeNetOutput)
    assert [tuple(scores.shape) for scores in output] == [(2, 1000)] * 3


def test_googlenet_without_auxiliary_heads_gives_one_score_while_training():
    network = _without_values(lambda: GoogLeNet(classes=5, auxiliary_heads=False)).train()
    logits = network(torch.empty(*PHOTOGRAPHS, device="meta"))
    assert isinstance(logits, torch.Tensor)
    assert logits.shape == (2, 5)


@pytest.mark.parametrize(
    ("head", "last_below", "first_above"),
    [("auxiliary1", "inception4a", "inception4b"), ("auxiliary2", "inception4d", "inception4e")],
)
def test_auxiliary_heads_stand_behind_inception_4a_and_4d(head, last_below, first_above):
    network = _without_values(GoogLeNet).train()
    scores = getattr(network(torch.empty(*PHOTOGRAPHS, device="meta")), head)
    weights = [
        network.get_submodule(stage).branch1.conv.weight for stage in (last_below, first_above)
    ]
    below, above = torch.autograd.grad(scores.sum(), weights, allow_unused=True)
    assert below is not None
    assert above is None


# A 3x3 kernel that dilates by d spans 2d + 1 pixels. Distances are even up to conv4, so a box of
# 33 has 17 of them a side; conv5 adds one pixel on either side of each and fills the box of 35.
@pytest.mark.parametrize(
    ("layer", "box_side", "pixels_a_side"),
    [("conv1", 5, 3), ("conv2", 9, 5), ("conv3", 17, 9), ("conv4", 33, 17), ("conv5", 35, 35)],
)
def test_dilated_units_read_a_grid_until_the_last_layer_fills_it(layer, box_side, pixels_a_side):
    network = DilatedNet().eval()
    maps = {}
    network.get_submodule(layer).register_forward_hook(
        lambda _module, _inputs, output: maps.update({layer: output})
    )
    # Positive weights keep every ReLU open, so that the gradient shows reach and nothing else.
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1.0)
    picture = torch.ones(1, 1, 65, 65, requires_grad=True)
    network(picture)
    (gradient,) = torch.autograd.grad(maps[layer][0, 0, 32, 32], picture)
    rows, columns = torch.nonzero(gradient[0, 0], as_tuple=True)
    assert int(rows.max() - rows.min()) + 1 == box_side
    assert int(columns.max() - columns.min()) + 1 == box_side
    assert len(rows) == pixels_a_side**2


# The table in the module, by hand: weights 9M + MN, times the pixels of the output.
@pytest.mark.parametrize(
    ("block", "weights", "multiply_adds", "dense_weights"),
    [
        ("block1", 656, 671_744, 4_608),
        ("block2", 2_336, 598_016, 18_432),
        ("block3", 4_672, 1_196_032, 36_864),
        ("block4", 8_768, 561_152, 73_728),
        ("block5", 17_536, 1_122_304, 147_456),
    ],
)
def test_separable_block_costs_what_its_table_says(block, weights, multiply_adds, dense_weights):
    network = _without_values(SeparableNet)
    operations = []
    counted = []
    for module in network.get_submodule(block).children():
        if isinstance(module, nn.Conv2d):
            counted.append(module.weight.numel())
            module.register_forward_hook(
                lambda module, _inputs, output: operations.append(
                    module.weight.numel() * output.shape[2] * output.shape[3]
                )
            )
    network(torch.empty(1, 1, 32, 32, device="meta"))
    out_channels = network.get_submodule(block).pointwise.out_channels
    assert sum(counted) == weights
    assert sum(operations) == multiply_adds
    assert weights / dense_weights == pytest.approx(1 / out_channels + 1 / 9)


def test_depthwise_convolution_keeps_channels_apart():
    block = SeparableNet().eval().get_submodule("block1")
    activations = torch.rand(1, 16, 7, 7, requires_grad=True)
    (gradient,) = torch.autograd.grad(block.depthwise(activations)[0, 3].sum(), activations)
    reached = gradient.abs().amax(dim=(0, 2, 3)).nonzero().flatten().tolist()
    assert reached == [3]
