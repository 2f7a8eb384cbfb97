"""The closed form of every layer's field, against published tables."""

from fractions import Fraction

import pytest
import torch
from structures import structure_of
from torch import nn

from app.inspection.fields.receptive_field import field_table
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue

SLOW_TO_TRACE = {"inception_v3", "googlenet_paper"}

# Size, effective stride and effective padding of the last layer of each module. Worked out from the
# layouts by hand, the last of AlexNet, VGG-16 and ResNet-50 also given by two other tools.
TORCHVISION = {
    "alexnet": {
        "features.0": (11, 4, 2), "features.2": (19, 8, 2), "features.3": (51, 8, 18),
        "features.5": (67, 16, 18), "features.6": (99, 16, 34), "features.8": (131, 16, 50),
        "features.10": (163, 16, 66), "features.12": (195, 32, 66),
    },
    "vgg16": {
        "features.0": (3, 1, 1), "features.2": (5, 1, 2), "features.4": (6, 2, 2),
        "features.9": (16, 4, 6), "features.16": (44, 8, 18), "features.23": (100, 16, 42),
        "features.30": (212, 32, 90),
    },
    "resnet18": {
        "conv1": (7, 2, 3), "maxpool": (11, 4, 5), "layer1": (43, 4, 21), "layer2": (99, 8, 49),
        "layer3": (211, 16, 105), "layer4": (435, 32, 217),
    },
    "resnet50": {
        "conv1": (7, 2, 3), "maxpool": (11, 4, 5), "layer1": (35, 4, 17), "layer2": (91, 8, 45),
        "layer3": (267, 16, 133), "layer4": (427, 32, 213),
    },
    "googlenet": {
        "conv1": (7, 2, 3), "maxpool1": (11, 4, 3), "conv3": (19, 4, 7), "maxpool2": (27, 8, 7),
        "inception3a": (43, 8, 15), "inception3b": (59, 8, 23), "inception4a": (107, 16, 39),
        "inception4e": (235, 16, 103), "inception5a": (315, 32, 135), "inception5b": (379, 32, 167),
    },
    # Araujo, Norris, Sim, Distill 2019, of a network with the same layout.
    "inception_v3": {"Mixed_7c.cat_2": (1311, 32, 618)},
    # By hand, from the original layouts.
    "googlenet_paper": {"inception5b.cat": (715, 32, 327)},
    "lenet5": {
        "c1": (5, 1, 0), "s2": (6, 2, 0), "c3": (14, 2, 0), "s4": (16, 4, 0), "c5": (32, 4, 0),
    },
}  # fmt: skip


def table_of(name):
    architecture = catalogue().resolve(f"{name}.random").architecture
    graph = structure_of(architecture.build, architecture.input_shape)
    return graph, field_table(graph)


def numbers(field):
    assert field.local.rows == field.local.columns
    return field.local.rows.size, field.local.rows.stride, field.local.rows.padding


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.full] if name in SLOW_TO_TRACE else [])
        for name in TORCHVISION
    ],
)
def test_layers_have_the_published_fields(name):
    _, fields = table_of(name)
    for module, expected in TORCHVISION[name].items():
        layer = [key for key in fields if key == module or key.startswith(f"{module}.")][-1]
        assert numbers(fields[layer]) == expected, layer
        assert fields[layer].status == "exact"
        assert fields[layer].extent == "local"


def bottlenecks(blocks):
    """A ResNet v1 after TF-Slim: the last unit of each block but the last strides.

    Its pooling is TensorFlow's SAME, which of 112 pixels pads only the end.
    """
    layers = [nn.Conv2d(1, 1, 7, 2, 3), nn.MaxPool2d(3, 2, ceil_mode=True)]
    for place, units in enumerate(blocks):
        for unit in range(units):
            strides = place < len(blocks) - 1 and unit == units - 1
            layers.append(nn.Conv2d(1, 1, 3, 2 if strides else 1, 1))
    return layers


def same(kernel, stride, size):
    """A convolution that pads as TensorFlow's SAME does: what is odd goes to the end."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    before, after = total // 2, total - total // 2
    pad = nn.ZeroPad2d((before, after, before, after))
    return [pad, nn.Conv2d(1, 1, kernel, stride)]


def mobilenet_v1():
    """A convolution and thirteen depthwise ones; those of one pixel between change no field."""
    size, layers = 224, []
    for stride in (2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1):
        layers += same(3, stride, size)
        size = -(-size // stride)
    return layers


class Branches(nn.Module):
    """An Inception block of one channel: branches side by side, added instead of put together."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*branch) for branch in branches)

    def forward(self, x):
        return sum(branch(x) for branch in self.branches[1:]) + self.branches[0](x)


def inception_v2():
    """Of each block the branch of one pixel, those of three, and the two threes in a row."""

    def block(size):
        three = same(3, 1, size)
        return Branches(same(1, 1, size), three, [*same(3, 1, size), *same(3, 1, size)])

    def halving(size):
        return Branches(same(3, 2, size), [*same(3, 1, size), *same(3, 2, size)], same(3, 2, size))

    layers = [*same(7, 2, 224), *same(3, 2, 112), *same(3, 1, 56), *same(3, 2, 56)]
    layers += [block(28), block(28), halving(28)]
    layers += [block(14) for _ in range(4)] + [halving(14)]
    return [*layers, block(7), block(7)]


DISTILL = {
    "mobilenet_v1": (mobilenet_v1(), (315, 32, 126)),
    "inception_v2": (inception_v2(), (699, 32, 318)),
    "resnet_v1_50": (bottlenecks((3, 4, 6, 3)), (483, 32, 239)),
    "resnet_v1_101": (bottlenecks((3, 4, 23, 3)), (1027, 32, 511)),
    "resnet_v1_152": (bottlenecks((3, 8, 36, 3)), (1507, 32, 751)),
    "alexnet_v2": (
        [nn.Conv2d(1, 1, 11, 4), nn.MaxPool2d(3, 2), nn.Conv2d(1, 1, 5, 1, 2), nn.MaxPool2d(3, 2)]
        + [nn.Conv2d(1, 1, 3, 1, 1) for _ in range(3)]
        + [nn.MaxPool2d(3, 2)],
        (195, 32, 64),
    ),
    "vgg_16": (
        [
            layer
            for count in (2, 2, 3, 3, 3)
            for layer in [*(nn.Conv2d(1, 1, 3, 1, 1) for _ in range(count)), nn.MaxPool2d(2, 2)]
        ],
        (212, 32, 90),
    ),
}


@pytest.mark.parametrize("name", DISTILL)
def test_stacks_after_the_article_have_its_figures(name):
    """Araujo, Norris, Sim, Distill 2019: TF-Slim's networks, whose ResNets stride elsewhere."""
    layers, expected = DISTILL[name]
    graph = trace(nn.Sequential(*layers, nn.Flatten()).eval(), (1, 224, 224))
    last = [layer.id for layer in graph.layers if layer.is_map][-1]
    assert numbers(field_table(graph)[last]) == expected


def test_flattening_and_pooling_over_everything_are_global():
    _, fields = table_of("resnet18")
    assert [fields[layer].extent for layer in ("avgpool", "flatten", "fc")] == ["global"] * 3
    assert fields["avgpool"].local is None
    assert "every position" in fields["fc"].reason


def test_trunk_behind_gates_keeps_its_field_and_says_so():
    _, fields = table_of("mobilenet_v3_small")
    field = fields["features.1.block.1.mul"]
    assert field.extent == "global"
    assert numbers(field) == (7, 4, 3)
    assert "squeeze-and-excitation" in field.reason
    assert fields["features.1.block.1.fc1"].local is None


def field_of_gated(gate):
    """Of a convolution of three pixels whose maps are scaled by a gate of their own."""

    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 4, 3, padding=1)
            self.linear = nn.Linear(4, 4)
            self.along = nn.Conv1d(1, 1, 3, padding=1)
            self.small = nn.Conv2d(4, 4, 12)

        def forward(self, x):
            x = self.conv(x)
            return (x * gate(self, x)).flatten(1)

    return field_table(trace(Gated().eval(), (4, 12, 12)))["mul"]


@pytest.mark.parametrize(
    "gate",
    [
        lambda net, x: net.linear(x.mean((2, 3)))[:, :, None, None],
        lambda net, x: net.along(x.mean((2, 3))[:, None])[:, 0, :, None, None],
        lambda _, x: x.sum((1, 2, 3)).view(-1, 1, 1, 1),
        lambda net, x: net.linear(x.mean((2, 3)))[:, 0][:, None, None, None],
        lambda _, x: x.norm(dim=(2, 3), keepdim=True),
    ],
)
def test_gate_that_saw_everything_still_does_in_other_axes(gate):
    field = field_of_gated(gate)
    assert field.extent == "global"
    assert numbers(field) == (3, 1, 1)
    assert "squeeze-and-excitation" in field.reason


@pytest.mark.parametrize(
    "gate",
    [
        lambda _, x: x[:, :, 2:3, 2:3],
        lambda net, x: net.small(x),
        lambda _, x: x.logcumsumexp(2).logcumsumexp(3)[:, :, -1:, -1:],
    ],
)
def test_gate_that_is_not_known_to_see_everything_leaves_no_closed_form(gate):
    field = field_of_gated(gate)
    assert (field.extent, field.local, field.status) == ("local", None, "unknown")
    assert field.reason


def test_branches_that_look_elsewhere_are_not_aligned():
    class Shifted(nn.Module):
        def forward(self, x):
            left = nn.functional.avg_pool2d(x, 3, 1, 1)
            right = nn.functional.pad(x, (2, -2, 0, 0))
            return (left + right).flatten(1)

    graph = trace(Shifted().eval(), (1, 12, 12))
    field = field_table(graph)["add"].local
    assert not field.aligned
    assert (field.rows.size, field.columns.size) == (3, 4)
    assert field.columns.start == -2


def test_branches_of_different_stride_have_no_closed_form():
    class Zoomed(nn.Module):
        def forward(self, x):
            small = nn.functional.max_pool2d(x, 2)
            return (x[:, :, :6, :6] + small).flatten(1)

    graph = trace(Zoomed().eval(), (1, 12, 12))
    field = field_table(graph)["add"]
    assert field.local is None
    assert field.status == "unknown"
    assert "different strides" in field.reason


def test_dilation_asymmetric_padding_and_transposition():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.wide = nn.Conv2d(1, 1, 3, dilation=4)
            self.same = nn.Conv2d(1, 1, (2, 3), padding="same")
            self.up = nn.ConvTranspose2d(1, 1, 4, 2, 1)

        def forward(self, x):
            return self.up(self.same(self.wide(x))).flatten(1)

    fields = field_table(trace(Odd().eval(), (1, 32, 32)))
    assert (fields["wide"].local.rows.size, fields["wide"].local.rows.padding) == (9, 0)
    same = fields["same"].local
    assert (same.rows.size, same.rows.padding) == (10, 0)  # the extra pixel is at the end
    assert (same.columns.size, same.columns.padding) == (11, 1)
    up = fields["up"].local
    assert up.rows.stride == Fraction(1, 2)
    assert up.status == "bound"


def test_operation_that_is_not_understood_is_unknown():
    class Turned(nn.Module):
        def forward(self, x):
            return torch.rot90(x, 1, (2, 3)).flatten(1)

    graph = trace(Turned().eval(), (1, 8, 8))
    field = next(field for field in field_table(graph).values() if field.status == "unknown")
    assert field.local is None
    assert "not understood" in field.reason or "not a sliding window" in field.reason
