"""The designs for 32x32 pictures: counted by hand, and still what they are named after."""

from functools import partial

import pytest
import torch
from torch import nn

from models.architectures.alexnet_32 import AlexNet32
from models.architectures.dilated import DilatedNet
from models.architectures.googlenet import Inception
from models.architectures.googlenet_32 import GoogLeNet32
from models.architectures.lenet5 import LeNet5
from models.architectures.mlp import MLP
from models.architectures.resnet_32 import ResNet32
from models.architectures.separable import SeparableNet
from models.architectures.softmax import SoftmaxClassifier
from models.architectures.vgg_32 import VGG32
from models.architectures.zfnet_32 import ZFNet32
from models.training.recipes import RECIPES


def convolution(in_channels, out_channels, kernel):
    return out_channels * (in_channels * kernel**2 + 1)


def dense(inputs, outputs):
    return outputs * (inputs + 1)


def inception(in_channels, ones, threes, fives, project):
    return (
        convolution(in_channels, ones, 1)
        + convolution(in_channels, threes[0], 1)
        + convolution(*threes, 3)
        + convolution(in_channels, fives[0], 1)
        + convolution(*fives, 5)
        + convolution(in_channels, project, 1)
    )


def normalised(in_channels, out_channels, kernel):
    """A convolution without bias and the scale and shift of the normalisation behind it."""
    return out_channels * in_channels * kernel**2 + 2 * out_channels


DENSE_HEAD = dense(64, 128) + dense(128, 128) + dense(128, 10)
BY_HAND = {
    # Two towers: conv2, conv4 and conv5 see half of the channels.
    AlexNet32: convolution(1, 32, 7)
    + convolution(16, 64, 5)
    + convolution(64, 96, 3)
    + convolution(48, 96, 3)
    + convolution(48, 64, 3)
    + DENSE_HEAD,
    ZFNet32: convolution(1, 24, 5)
    + convolution(24, 64, 5)
    + convolution(64, 96, 3)
    + convolution(96, 96, 3)
    + convolution(96, 64, 3)
    + DENSE_HEAD,
    VGG32: convolution(1, 16, 3)
    + convolution(16, 32, 3)
    + convolution(32, 64, 3)
    + 3 * convolution(64, 64, 3)
    + dense(256, 128)
    + dense(128, 128)
    + dense(128, 10),
    GoogLeNet32: convolution(1, 16, 5)
    + convolution(16, 16, 1)
    + convolution(16, 32, 3)
    + inception(32, 16, (16, 24), (4, 8), 8)
    + inception(56, 24, (24, 48), (8, 16), 16)
    + inception(104, 32, (32, 64), (8, 16), 16)
    + dense(128, 10),
    ResNet32: normalised(1, 16, 3)
    + 2 * normalised(16, 16, 3)
    + normalised(16, 32, 3)
    + normalised(32, 32, 3)
    + normalised(16, 32, 1)
    + normalised(32, 64, 3)
    + normalised(64, 64, 3)
    + normalised(32, 64, 1)
    + dense(64, 10),
}


@pytest.mark.parametrize("design", BY_HAND)
def test_parameter_count_is_the_one_worked_out_by_hand(design):
    counted = sum(parameter.numel() for parameter in design().parameters())
    assert counted == BY_HAND[design]
    # So that the file stays below one and a half megabytes.
    assert 4 * counted < 1_500_000


def test_resnet_has_the_paper_s_count_for_three_blocks_a_stage():
    # Table 6 of the paper gives 0.27 million for 20 layers, with colour and shortcuts without
    # weights; the two projections here add 16*32 + 64 and 32*64 + 128.
    counted = sum(each.numel() for each in ResNet32(3, in_channels=3).parameters())
    assert round((counted - 16 * 32 - 64 - 32 * 64 - 128) / 1e6, 2) == 0.27


@pytest.mark.parametrize(
    ("design", "shapes"),
    [
        (AlexNet32, {"conv1": (32, 16, 16), "pool1": (32, 7, 7), "pool5": (64, 1, 1)}),
        (
            ZFNet32,
            {
                "conv1": (24, 30, 30),
                "pool1": (24, 15, 15),
                "conv2": (64, 6, 6),
                "pool2": (64, 3, 3),
            },
        ),
        (VGG32, {"pool1": (16, 16, 16), "pool2": (32, 8, 8), "pool4": (64, 2, 2)}),
        (
            GoogLeNet32,
            {"pool1": (16, 16, 16), "inception3b": (104, 8, 8), "inception4a": (128, 4, 4)},
        ),
        (ResNet32, {"layer1": (16, 32, 32), "layer2": (32, 16, 16), "layer3": (64, 8, 8)}),
    ],
)
def test_maps_have_the_sizes_that_the_comments_say(design, shapes):
    network, found = design().eval(), {}
    for name in shapes:
        network.get_submodule(name).register_forward_hook(
            lambda _module, _inputs, output, name=name: found.update({name: output.shape[1:]})
        )
    with torch.no_grad():
        network(torch.zeros(1, 1, 32, 32))
    assert {name: tuple(shape) for name, shape in found.items()} == shapes


@pytest.mark.parametrize(
    ("design", "side"),
    [
        *((each, 32) for each in BY_HAND),
        *((each, 32) for each in (LeNet5, DilatedNet, SeparableNet)),
        *((each, 28) for each in (MLP, SoftmaxClassifier)),
    ],
)
def test_every_trainable_design_takes_colour_and_any_number_of_classes(design, side):
    network = design(classes=3, in_channels=3).eval()
    with torch.no_grad():
        assert network(torch.rand(2, 3, side, side)).shape == (2, 3)


def test_every_recipe_builds_its_design_for_other_data():
    for name, recipe in RECIPES.items():
        with torch.device("meta"):
            network = recipe.build(classes=7, in_channels=3)
            scores = network.eval()(torch.zeros(1, 3, recipe.input_size, recipe.input_size))
        assert scores.shape == (1, 7), name


@pytest.mark.parametrize("design", [AlexNet32, ZFNet32])
def test_first_layer_starts_so_small_that_it_shows_what_it_learned(design):
    torch.manual_seed(0)
    network = design()
    assert network.conv1.weight.std().item() == pytest.approx(0.01, rel=0.1)
    # He's rule: the square root of 2 / fan-in.
    assert network.conv3.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)


def test_miniatures_keep_what_makes_them_what_they_are():
    alexnet, zfnet, vgg, googlenet = AlexNet32(), ZFNet32(), VGG32(), GoogLeNet32()
    assert [alexnet.get_submodule(f"conv{n}").groups for n in range(1, 6)] == [1, 2, 1, 2, 2]
    assert [zfnet.get_submodule(f"conv{n}").groups for n in range(1, 6)] == [1] * 5
    assert alexnet.conv1.kernel_size > zfnet.conv1.kernel_size
    assert alexnet.conv1.stride > zfnet.conv1.stride
    kernels = {m.kernel_size for m in vgg.modules() if isinstance(m, nn.Conv2d)}
    assert kernels == {(3, 3)}
    assert sum(isinstance(module, Inception) for module in googlenet.modules()) == 3


@pytest.mark.parametrize("design", [*BY_HAND, partial(ResNet32, 2)])
def test_no_picture_of_a_batch_changes_the_scores_of_another(design):
    torch.manual_seed(0)
    network = design().eval()
    pictures = torch.rand(3, 1, 32, 32)
    with torch.no_grad():
        together = network(pictures)
        alone = torch.cat([network(picture[None]) for picture in pictures])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
