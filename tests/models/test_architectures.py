"""The designs from scratch, held to the numbers in their papers and to hand computation."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from models.architectures.alexnet import AlexNet
from models.architectures.dilated import DilatedNet
from models.architectures.googlenet import GoogLeNet
from models.architectures.resnet import ResNet
from models.architectures.separable import SeparableNet
from models.architectures.vgg import VGG
from models.architectures.zfnet import ZFNet

PHOTOGRAPH = (3, 224, 224)
DIGIT = (1, 32, 32)

DESIGNS: dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int]]] = {
    "alexnet": (AlexNet, PHOTOGRAPH),
    "zfnet": (ZFNet, PHOTOGRAPH),
    "vgg11": (lambda: VGG(11), PHOTOGRAPH),
    "vgg13": (lambda: VGG(13), PHOTOGRAPH),
    "vgg16": (lambda: VGG(16), PHOTOGRAPH),
    "vgg19": (lambda: VGG(19), PHOTOGRAPH),
    "googlenet": (GoogLeNet, PHOTOGRAPH),
    "resnet18": (lambda: ResNet(18), PHOTOGRAPH),
    "resnet34": (lambda: ResNet(34), PHOTOGRAPH),
    "resnet50": (lambda: ResNet(50), PHOTOGRAPH),
    "resnet101": (lambda: ResNet(101), PHOTOGRAPH),
    "resnet152": (lambda: ResNet(152), PHOTOGRAPH),
    "dilated": (DilatedNet, DIGIT),
    "separable": (SeparableNet, DIGIT),
}


def _without_values(build: Callable[[], nn.Module]) -> nn.Module:
    """The network on the meta device: shapes without memory or arithmetic."""
    with torch.device("meta"):
        return build().eval()


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


# Published: AlexNet's usual count with two towers, ZF Net from its layer table, VGG and ResNet as
# in the papers' tables to rounding and in every framework, GoogLeNet from its table 1.
PUBLISHED_PARAMETERS = {
    "alexnet": 60_965_224,
    "zfnet": 62_357_608,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "googlenet": 13_378_280,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
}


@pytest.mark.parametrize("name", PUBLISHED_PARAMETERS)
def test_parameter_count_is_the_published_one(name):
    build, _ = DESIGNS[name]
    assert _parameters(_without_values(build)) == PUBLISHED_PARAMETERS[name]


def test_googlenet_without_auxiliary_heads_has_the_published_count():
    network = _without_values(lambda: GoogLeNet(auxiliary_heads=False))
    assert _parameters(network) == 6_998_552


def test_alexnet_parameters_agree_with_a_hand_sum_layer_by_layer():
    network = _without_values(AlexNet)
    by_hand = {
        "conv1": 96 * 3 * 11 * 11 + 96,
        # Two towers: half of the input channels each.
        "conv2": 256 * 48 * 5 * 5 + 256,
        "conv3": 384 * 256 * 3 * 3 + 384,
        "conv4": 384 * 192 * 3 * 3 + 384,
        "conv5": 256 * 192 * 3 * 3 + 256,
        "fc6": 4096 * 9216 + 4096,
        "fc7": 4096 * 4096 + 4096,
        "fc8": 1000 * 4096 + 1000,
    }
    counted = {name: _parameters(layer) for name, layer in network.named_children()}
    assert {name: count for name, count in counted.items() if count} == by_hand
    assert sum(by_hand.values()) == 60_965_224


STAGES = {
    "alexnet": {
        "conv1": (96, 55, 55),
        "pool1": (96, 27, 27),
        "conv2": (256, 27, 27),
        "pool2": (256, 13, 13),
        "conv3": (384, 13, 13),
        "conv5": (256, 13, 13),
        "pool5": (256, 6, 6),
        "fc6": (4096,),
        "fc8": (1000,),
    },
    "zfnet": {
        "conv1": (96, 110, 110),
        "pool1": (96, 55, 55),
        "conv2": (256, 26, 26),
        "pool2": (256, 13, 13),
        "conv4": (384, 13, 13),
        "pool5": (256, 6, 6),
        "fc8": (1000,),
    },
    "vgg16": {
        "relu1_2": (64, 224, 224),
        "pool1": (64, 112, 112),
        "pool2": (128, 56, 56),
        "conv3_3": (256, 56, 56),
        "pool3": (256, 28, 28),
        "pool4": (512, 14, 14),
        "pool5": (512, 7, 7),
        "fc8": (1000,),
    },
    "googlenet": {
        "conv1": (64, 112, 112),
        "pool1": (64, 56, 56),
        "conv2": (192, 56, 56),
        "pool2": (192, 28, 28),
        "inception3a": (256, 28, 28),
        "inception3b": (480, 28, 28),
        "pool3": (480, 14, 14),
        "inception4a": (512, 14, 14),
        "inception4b": (512, 14, 14),
        "inception4c": (512, 14, 14),
        "inception4d": (528, 14, 14),
        "inception4e": (832, 14, 14),
        "pool4": (832, 7, 7),
        "inception5a": (832, 7, 7),
        "inception5b": (1024, 7, 7),
        "pool5": (1024, 1, 1),
        "fc": (1000,),
    },
    "resnet18": {
        "conv1": (64, 112, 112),
        "pool1": (64, 56, 56),
        "layer1": (64, 56, 56),
        "layer2": (128, 28, 28),
        "layer3": (256, 14, 14),
        "layer4": (512, 7, 7),
        "fc": (1000,),
    },
    "resnet50": {
        "layer1": (256, 56, 56),
        "layer2.0.conv1": (128, 28, 28),
        "layer2": (512, 28, 28),
        "layer3": (1024, 14, 14),
        "layer4": (2048, 7, 7),
        "fc": (1000,),
    },
    "dilated": {
        "conv1": (24, 32, 32),
        "conv4": (24, 32, 32),
        "conv5": (24, 32, 32),
        "score": (10, 32, 32),
        "flatten": (10,),
    },
    "separable": {
        "conv1": (16, 32, 32),
        "block1": (32, 32, 32),
        "block2.depthwise": (32, 16, 16),
        "block2": (64, 16, 16),
        "block4": (128, 8, 8),
        "block5": (128, 8, 8),
        "fc": (10,),
    },
}


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_has_the_shape_of_the_paper(name):
    build, input_shape = DESIGNS[name]
    network = _without_values(build)
    shapes = {}
    for stage in STAGES[name]:
        network.get_submodule(stage).register_forward_hook(
            lambda _module, _inputs, output, stage=stage: shapes.update(
                {stage: tuple(output.shape[1:])}
            )
        )
    network(torch.empty(2, *input_shape, device="meta"))
    assert shapes == STAGES[name]


def _field_along(network: nn.Module, path: list[str]) -> tuple[int, int, int]:
    """(size, effective stride, effective padding) behind a chain of square windows."""
    size, stride, padding = 1, 1, 0
    for name in path:
        window = network.get_submodule(name)
        kernel, step, pad = (
            value if isinstance(value, int) else value[0]
            for value in (window.kernel_size, window.stride, window.padding)
        )
        size += (kernel - 1) * stride
        padding += pad * stride
        stride *= step
    return size, stride, padding


def _widest_googlenet_path() -> list[str]:
    path = ["conv1", "pool1", "conv2_reduce", "conv2", "pool2"]
    for stage, letters in (("3", "ab"), ("4", "abcde"), ("5", "ab")):
        for letter in letters:
            path += [f"inception{stage}{letter}.branch3.{part}" for part in ("reduce", "conv")]
        path.append(f"pool{int(stage)}")
    return path[:-1]


def _bottleneck_path() -> list[str]:
    path = ["conv1", "pool1"]
    for stage, count in enumerate((3, 4, 6, 3), start=1):
        for block in range(count):
            path += [f"layer{stage}.{block}.conv{index}" for index in (1, 2, 3)]
    return path


def test_googlenet_field_has_the_size_and_start_worked_out_from_the_paper():
    network = _without_values(GoogLeNet)
    assert _field_along(network, _widest_googlenet_path()) == (715, 32, 327)


def test_alexnet_field_is_195_pixels_behind_the_last_pooling():
    path = ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"]
    # Araujo et al. 2019 give [195, 32, 64] without padding in conv1; ours adds its two pixels.
    assert _field_along(_without_values(AlexNet), path) == (195, 32, 66)


def test_vgg16_field_is_212_pixels_behind_the_last_pooling():
    network = _without_values(lambda: VGG(16))
    path = [name for name, _ in network.named_children() if name.startswith(("conv", "pool"))]
    assert _field_along(network, path) == (212, 32, 90)


def test_bottlenecks_that_stride_in_the_first_convolution_see_483_pixels():
    # 3x3 windows: 3 at stride 4, 4 at 8, 6 at 16 and 3 at 32, behind 11 pixels of conv1 and pool1:
    # 11 + 2 * (3 * 4 + 4 * 8 + 6 * 16 + 3 * 32) = 483, and padding 5 + 236 = 241.
    network = _without_values(lambda: ResNet(50))
    assert _field_along(network, _bottleneck_path()) == (483, 32, 241)


@pytest.mark.parametrize(
    ("build", "choices"),
    [(lambda: VGG(17), r"17.*\[11, 13, 16, 19\]"), (lambda: ResNet(20), r"20.*18, 34, 50")],
)
def test_unknown_depth_is_refused_with_the_choices(build, choices):
    with pytest.raises(ValueError, match=choices):
        build()


@pytest.mark.parametrize("build", [lambda: ResNet(18), lambda: ResNet(50)])
def test_resnet_takes_pictures_of_any_size(build):
    network = _without_values(build)
    assert network(torch.empty(1, 3, 97, 300, device="meta")).shape == (1, 1000)


FAST_TO_EXPORT = {"alexnet", "zfnet", "vgg11", "googlenet", "resnet18", "dilated", "separable"}


@pytest.mark.usefixtures("export_alone")
@pytest.mark.parametrize(
    "name",
    [
        name if name in FAST_TO_EXPORT else pytest.param(name, marks=pytest.mark.full)
        for name in DESIGNS
    ],
)
def test_design_exports_with_any_number_of_pictures(name):
    build, input_shape = DESIGNS[name]
    network = _without_values(build)
    exported = torch.export.export(
        network,
        (torch.empty(2, *input_shape, device="meta"),),
        dynamic_shapes=({0: torch.export.Dim("batch")},),
    )
    classes = 10 if input_shape == DIGIT else 1000
    scores = exported.module()(torch.empty(5, *input_shape, device="meta"))
    assert scores.shape == (5, classes)


@pytest.mark.usefixtures("export_alone")
@pytest.mark.parametrize("build", [DilatedNet, SeparableNet])
def test_exported_network_computes_the_same_scores(build):
    torch.manual_seed(0)
    network = build().eval()
    exported = torch.export.export(
        network,
        (torch.randn(2, *DIGIT),),
        dynamic_shapes=({0: torch.export.Dim("batch")},),
    )
    digits = torch.randn(3, *DIGIT)
    with torch.no_grad():
        torch.testing.assert_close(exported.module()(digits), network(digits))
