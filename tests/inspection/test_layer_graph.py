import awkward_networks as awkward
import pytest
import torch
from awkward_networks import prepared
from structures import structure_of
from torch import nn
from torch.nn import functional

from app.inspection.fields.reach import Reach
from app.inspection.graph.blocks import Block
from app.inspection.graph.window import Window
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.preprocessing.pixel_map import Box

SHAPE = (3, 16, 16)

# Published, in billions of multiply-accumulates at the networks' own input size.
PUBLISHED_GMACS = {"alexnet": 0.714, "googlenet": 1.498, "resnet18": 1.814, "resnet50": 4.089}


def graph_of(name):
    architecture = catalogue().resolve(f"{name}.random").architecture
    with torch.device("meta"):
        module = architecture.build().eval()
    return trace(module, architecture.input_shape)


def traced_once(name):
    architecture = catalogue().resolve(f"{name}.random").architecture
    return structure_of(architecture.build, architecture.input_shape)


@pytest.fixture(scope="module")
def resnet18():
    return graph_of("resnet18")


@pytest.fixture(scope="module")
def lite0():
    return traced_once("efficientnet_lite0")


def operations(graph):
    return {layer.id: layer.operation for layer in graph.layers}


def test_a_layer_is_named_by_the_call_that_made_it(resnet18):
    assert resnet18.layer_ids[:14] == (
        "input",
        "conv1",
        "bn1",
        "relu",
        "maxpool",
        "layer1.0.conv1",
        "layer1.0.bn1",
        "layer1.0.relu",
        "layer1.0.conv2",
        "layer1.0.bn2",
        "layer1.0.add",
        "layer1.0.relu_1",
        "layer1.1.conv1",
        "layer1.1.bn1",
    )
    assert resnet18.layer_ids[-3:] == ("avgpool", "flatten", "fc")
    assert resnet18.output == "fc"


def test_a_bare_operation_at_the_top_has_its_own_name():
    assert operations(trace(prepared(awkward.FunctionalReLU), SHAPE)) == {
        "input": "input",
        "conv": "convolution",
        "relu": "relu",
        "flatten": "flatten",
        "fc": "linear",
        "relu_1": "relu",
    }


def test_an_operation_never_takes_the_name_of_a_module():
    class Namesakes(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()
            self.relu_1 = nn.ReLU()

        def forward(self, x):
            return functional.relu(self.relu(self.relu_1(functional.relu(x) + 1))).flatten(1)

    graph = trace(Namesakes().eval(), SHAPE)
    assert graph.layer_ids == ("input", "relu_2", "add", "relu_1", "relu", "relu_3", "flatten")
    assert graph.layer("relu_1").module == "relu_1"
    assert graph.layer("relu_2").module == ""


def test_a_module_that_does_more_than_its_own_step_leaves_its_name_free(lite0):
    # timm's normalisation applies its activation function itself; its output is the latter's.
    assert lite0.layer_ids[1:4] == ("conv_stem", "bn1.batch_norm", "bn1.act")
    assert lite0.layer("bn1.act").operation == "relu6"


def test_ids_are_unique_and_the_same_in_a_second_trace(resnet18):
    assert len(set(resnet18.layer_ids)) == len(resnet18.layer_ids)
    again = graph_of("resnet18")
    assert again.layers == resnet18.layers
    assert again.root == resnet18.root


def test_branches_and_skips_are_edges(resnet18):
    assert resnet18.layer("layer2.0.add").inputs == ("layer2.0.bn2", "layer2.0.downsample.1")
    assert resnet18.layer("layer1.0.add").inputs == ("layer1.0.bn2", "maxpool")
    assert resnet18.consumers("maxpool") == ("layer1.0.conv1", "layer1.0.add")
    assert resnet18.consumers("fc") == ()
    position = {layer_id: index for index, layer_id in enumerate(resnet18.layer_ids)}
    for layer in resnet18.layers:
        assert all(position[source] < position[layer.id] for source in layer.inputs)


@pytest.mark.parametrize(("name", "gmacs"), PUBLISHED_GMACS.items())
def test_multiply_accumulates_are_the_published_ones(name, gmacs):
    total = sum(layer.macs for layer in traced_once(name).layers)
    assert round(total / 1e9, 3) == gmacs


def test_multiply_accumulates_of_vgg16_are_the_published_ones():
    total = sum(layer.macs for layer in traced_once("vgg16").layers)
    assert round(total / 1e9, 2) == 15.47


def test_multiply_accumulates_of_each_kind_of_layer():
    graph = trace(prepared(awkward.Windows), SHAPE)
    # 6 x 8 x 8 outputs, each from 4 / 2 channels of 3 x 5.
    assert graph.layer("conv").output_shape == (6, 8, 8)
    assert graph.layer("conv").macs == 6 * 8 * 8 * 2 * 3 * 5
    # 6 x 2 x 2 inputs, each to 4 channels of 4 x 4.
    assert graph.layer("average").output_shape == (6, 2, 2)
    assert graph.layer("up").macs == 6 * 2 * 2 * 4 * 4 * 4
    assert graph.layer("maximum").macs == 0


def test_parameters_are_counted_at_the_layer_that_holds_them(resnet18):
    assert resnet18.layer("conv1").parameters == 64 * 3 * 7 * 7
    assert resnet18.layer("bn1").parameters == 128
    assert resnet18.layer("fc").parameters == 513_000
    assert resnet18.layer("fc").parameter_names == ("fc.weight", "fc.bias")
    assert sum(layer.parameters for layer in resnet18.layers) == 11_689_512


def test_parameters_shared_by_two_layers_are_counted_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(3, 3, 1)
            self.second = nn.Conv2d(3, 3, 1)
            self.second.weight = self.first.weight

        def forward(self, x):
            return self.second(self.first(x)).flatten(1)

    graph = trace(Tied().eval(), SHAPE)
    assert graph.layer("first").parameters == 12
    assert graph.layer("second").parameters == 3
    assert len(graph.layer("second").parameter_names) == 2


def test_parameters_behind_a_computed_kernel_belong_to_its_convolution():
    graph = trace(prepared(awkward.StandardisedWeights), SHAPE)
    assert graph.layer_ids == ("input", "conv2d", "flatten")
    assert graph.layer("conv2d").parameters == 4 * 3 * 3 * 3
    assert graph.layer("conv2d").inputs == ("input",)


def test_dropout_and_whole_slices_are_no_layers():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.dropout = nn.Dropout(0.5)
            self.identity = nn.Identity()

        def forward(self, x):
            return functional.dropout(self.identity(self.dropout(x[:])), 0.5, self.training) * 2

    assert trace(Idle().eval(), SHAPE).layer_ids == ("input", "mul")


def test_an_unknown_operation_keeps_its_name_and_claims_no_window():
    layer = trace(prepared(awkward.Unknown), SHAPE).layer("cumprod")
    assert layer.operation == "cumprod"
    assert not layer.known
    assert layer.window is None
    assert layer.output_shape == (4, 14, 14)


def test_values_without_a_batch_axis_keep_the_shape_they_have_for_one_picture():
    graph = trace(prepared(awkward.LosesTheBatchAxis), SHAPE)
    assert {layer.id: layer.output_shape for layer in graph.layers} == {
        "input": (3, 16, 16),
        "conv": (4, 16, 16),
        "std": (1,),
        "div": (4, 16, 16),
        "reshape": (2, 2, 16, 16),
        "softmax": (2, 2, 16, 16),
        "reshape_1": (1024,),
    }


def test_slices_of_two_expressions_are_two_layers():
    class Sliced(nn.Module):
        def forward(self, x):
            return x[:, :, 1::2, 1:][:, :, 1::2, 1:]

    graph = trace(Sliced().eval(), (3, 16, 16))
    slices = [layer for layer in graph.layers if layer.operation == "slice"]
    assert [layer.output_shape for layer in slices] == [(3, 8, 15), (3, 4, 14)]
    assert all(layer.window.stride == (2, 1) for layer in slices)
    # Row 1 + 2 * (1 + 2 * 0) and column 1 + 1 of the input.
    region = Reach(graph).unit(slices[-1].id, 0, 0, 0)
    assert not region.is_bound
    assert region.box == Box(top=3, left=2, bottom=4, right=3)


def test_response_normalisation_is_one_layer():
    graph = traced_once("googlenet_paper")
    assert graph.layer("norm1").operation == "local_response_norm"
    assert graph.layer("norm1").inputs == ("pool1",)
    assert graph.consumers("pool1") == ("norm1",)
    windows = trace(prepared(awkward.Windows), SHAPE)
    assert windows.layer("norm").operation == "local_response_norm"
    assert windows.layer("norm").inputs == ("up",)


def test_a_channel_shuffle_is_one_layer():
    graph = trace(prepared(awkward.ChannelShuffle), SHAPE)
    assert graph.layer("channel_shuffle").inputs == ("conv",)
    assert graph.layer("grouped").inputs == ("channel_shuffle",)
    assert graph.layer("grouped").groups == 3


def test_a_split_is_known_by_its_parts():
    graph = trace(prepared(awkward.ChunkAndSplit), SHAPE)
    chunks = graph.layer("chunk"), graph.layer("chunk_1")
    assert [chunk.channels for chunk in chunks] == [(0, 3), (3, 6)]
    assert all(chunk.operation == "split" and chunk.inputs == ("conv",) for chunk in chunks)
    upper, lower = graph.layer("split_with_sizes"), graph.layer("split_with_sizes_1")
    assert upper.output_shape == (3, 5, 16)
    assert upper.window == Window(padding=((0, -11), (0, 0)))
    assert lower.window == Window(padding=((-5, 0), (0, 0)))
    assert graph.layer("cat").inputs == (lower.id, upper.id)


def test_windows_say_how_a_layer_slides():
    graph = trace(prepared(awkward.Windows), SHAPE)
    assert graph.layer("slice").channels == (0, 1)
    assert graph.layer("conv").window == Window((3, 5), (2, 1), ((1, 1), (0, 0)), (1, 2))
    assert graph.layer("maximum").window == Window((3, 3), (2, 2), ((1, 1), (1, 1)), ceil_mode=True)
    assert graph.layer("average").window == Window((2, 2), (2, 2))
    assert graph.layer("up").window == Window((4, 4), (2, 2), ((1, 1), (1, 1)))
    assert graph.layer("up").operation == "transposed_convolution"
    last = graph.layer("slice_1")
    columns = graph.layer("norm").output_shape[2]
    assert last.window == Window(stride=(1, 2), padding=((-1, 0), (0, 0)))
    assert last.output_shape[2] == (columns + 1) // 2


def test_padding_may_differ_on_each_side(lite0):
    graph = trace(prepared(awkward.AsymmetricPadding), SHAPE)
    assert graph.layer("pad").window == Window(padding=((2, 3), (0, 1)))
    # An even kernel leaves the extra pixel at the end.
    assert graph.layer("same").window == Window((2, 4), padding=((0, 1), (1, 2)))
    reflected = graph.layer("reflected")
    assert reflected.window == Window((3, 3), padding=((1, 1), (1, 1)), padding_mode="reflect")
    # TensorFlow's rule: 224 at stride 2 through a kernel of 3 needs one pixel, at the end.
    assert lite0.layer("conv_stem").window == Window((3, 3), (2, 2), ((0, 1), (0, 1)))
    assert lite0.layer("conv_stem").aten == ("aten.pad.default", "aten.conv2d.default")


def test_windows_give_the_sizes_that_the_network_computes(resnet18, lite0):
    for graph in (resnet18, lite0, trace(prepared(awkward.Windows), SHAPE)):
        for layer in graph.layers:
            if layer.window is None or layer.operation == "transposed_convolution":
                continue
            before = graph.layer(layer.inputs[0]).output_shape
            for axis in (0, 1):
                reach = layer.window.dilation[axis] * (layer.window.kernel[axis] - 1) + 1
                free = before[axis + 1] + sum(layer.window.padding[axis]) - reach
                steps = -free // layer.window.stride[axis]
                steps = -steps if layer.window.ceil_mode else free // layer.window.stride[axis]
                assert steps + 1 == layer.output_shape[axis + 1], layer.id


def test_channels_are_first_even_where_the_network_keeps_them_last():
    graph = trace(prepared(awkward.ChannelsLast), SHAPE)
    assert [layer.output_shape for layer in graph.layers[:4]] == [(3, 16, 16)] * 3 + [(5, 16, 16)]
    assert operations(graph) == {
        "input": "input",
        "permute": "permute",
        "norm": "layer_norm",
        "expand": "linear",
        "gelu": "gelu",
        "permute_1": "permute",
        "mul": "multiply",
        "mean": "mean",
    }
    assert all(layer.window == Window() for layer in graph.layers[1:-1])
    assert graph.layer("mean").window is None


def test_layers_without_a_sliding_window_claim_none(resnet18):
    for layer_id in ("avgpool", "flatten", "fc"):
        assert resnet18.layer(layer_id).window is None


def test_blocks_are_nested_as_the_modules_are(resnet18):
    assert resnet18.root.title == "ResNet"
    assert resnet18.root.layer_ids() == resnet18.layer_ids[1:]
    children = resnet18.root.children
    assert [child if isinstance(child, str) else child.path for child in children] == [
        *("conv1", "bn1", "relu", "maxpool"),
        *("layer1", "layer2", "layer3", "layer4"),
        *("avgpool", "flatten", "fc"),
    ]
    layer2 = children[5]
    assert isinstance(layer2, Block)
    first = layer2.children[0]
    assert (first.path, first.title) == ("layer2.0", "BasicBlock")
    assert first.children == (
        *("layer2.0.conv1", "layer2.0.bn1", "layer2.0.relu", "layer2.0.conv2", "layer2.0.bn2"),
        Block(
            "layer2.0.downsample", "Sequential", ("layer2.0.downsample.0", "layer2.0.downsample.1")
        ),
        *("layer2.0.add", "layer2.0.relu_1"),
    )
