"""The digit networks: counted, measured and summed by hand."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from models.architectures.lenet5 import LeNet5
from models.architectures.mlp import MLP
from models.architectures.softmax import SoftmaxClassifier

DESIGNS = [(SoftmaxClassifier, 28), (MLP, 28), (LeNet5, 32)]


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        # 784 weights and a bias for each of ten classes.
        (SoftmaxClassifier, 7_850),
        # 784*128+128 + 128*64+64 + 64*10+10
        (MLP, 109_386),
        # 6*26 + 16*151 + 120*401 + 84*121 + 10*85
        (LeNet5, 61_706),
    ],
)
def test_parameter_count_is_the_one_worked_out_by_hand(design, expected):
    assert sum(parameter.numel() for parameter in design().parameters()) == expected


def test_lenet5_layers_have_the_parameters_of_the_paper():
    counts = {
        name: sum(parameter.numel() for parameter in layer.parameters())
        for name, layer in LeNet5().named_children()
        if list(layer.parameters())
    }
    # Section II-B: C1 156, C5 48,120, F6 10,164. C3 with full connectivity 16*(6*25+1), not 1,516.
    assert counts == {"c1": 156, "c3": 2_416, "c5": 48_120, "f6": 10_164, "output": 850}


@pytest.mark.parametrize(("design", "side"), DESIGNS)
def test_every_picture_of_a_batch_gets_ten_scores_of_its_own(design, side):
    torch.manual_seed(0)
    network = design().eval()
    pictures = torch.rand(3, 1, side, side)
    with torch.no_grad():
        together = network(pictures)
        alone = torch.cat([network(picture[None]) for picture in pictures])
    assert together.shape == (3, 10)
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize(
    ("layer_name", "shape", "receptive_field_px"),
    # Shapes: Figure 2 of the paper. Fields: 5, then +1, +4*2, +1*2, +4*4.
    [
        ("c1", (6, 28, 28), 5),
        ("s2", (6, 14, 14), 6),
        ("c3", (16, 10, 10), 14),
        ("s4", (16, 5, 5), 16),
        ("c5", (120, 1, 1), 32),
    ],
)
def test_lenet5_maps_and_receptive_fields_grow_as_in_the_paper(
    layer_name, shape, receptive_field_px
):
    network = LeNet5()
    with torch.no_grad():
        # Positive weights cannot cancel, so the gradient reaches every pixel a unit depends on.
        for parameter in network.parameters():
            parameter.fill_(1e-3)
    maps = {}

    def keep(_layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        maps[layer_name] = output

    network.get_submodule(layer_name).register_forward_hook(keep)
    picture = torch.zeros(1, 1, 32, 32, requires_grad=True)
    network(picture)
    assert maps[layer_name].shape == (1, *shape)
    (gradient,) = torch.autograd.grad(maps[layer_name][0, 0, 0, 0], picture)
    reached = gradient[0, 0].nonzero()
    assert reached.min(0).values.tolist() == [0, 0]
    assert reached.max(0).values.tolist() == [receptive_field_px - 1] * 2
    assert len(reached) == receptive_field_px**2


def test_linear_classifier_scores_a_picture_by_its_dot_product_with_each_template():
    network = SoftmaxClassifier()
    with torch.no_grad():
        network.linear.weight.zero_()
        network.linear.bias.copy_(torch.arange(10.0))
        # The template of 3 looks at the pixel in row 2, column 5 only.
        network.linear.weight[3, 2 * 28 + 5] = 4.0
        picture = torch.zeros(1, 1, 28, 28)
        picture[0, 0, 2, 5] = 0.5
        scores = network(picture)
    assert scores.tolist() == [[0, 1, 2, 3 + 4 * 0.5, 4, 5, 6, 7, 8, 9]]


def test_hidden_units_of_the_mlp_pass_nothing_below_zero():
    network = MLP()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.hidden1.bias[:2] = torch.tensor([3.0, -3.0])
        network.hidden2.weight[0, :2] = torch.tensor([2.0, 100.0])
        network.output.weight[7, 0] = 1.0
        scores = network(torch.rand(1, 1, 28, 28))
    # ReLU(3) * 2 = 6; the second unit would have subtracted 300.
    assert scores.tolist() == [[0, 0, 0, 0, 0, 0, 0, 6, 0, 0]]


def test_lenet5_squashes_with_tanh_then_averages():
    network = LeNet5()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.c1.weight[0, 0, 0, 0] = 1.0  # its own pixel, the window's top left
        picture = torch.zeros(1, 1, 32, 32)
        picture[0, 0, 0, 0] = 2.0
        subsampled = network.s2(network.c1_tanh(network.c1(picture)))
    assert subsampled[0, 0, 0, 0].item() == pytest.approx(math.tanh(2.0) / 4)
    assert subsampled.count_nonzero() == 1


def test_lenet5_is_the_chain_of_operations_that_its_paper_draws():
    torch.manual_seed(1)
    network = LeNet5()
    weights = dict(network.named_parameters())
    picture = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        values = picture
        for name in ("c1", "c3"):
            values = functional.conv2d(values, weights[f"{name}.weight"], weights[f"{name}.bias"])
            values = functional.avg_pool2d(values.tanh(), 2)
        # C5's kernels cover all of S4, so it is a matrix product.
        values = values.flatten(1) @ weights["c5.weight"].flatten(1).T + weights["c5.bias"]
        values = values.tanh() @ weights["f6.weight"].T + weights["f6.bias"]
        expected = values.tanh() @ weights["output.weight"].T + weights["output.bias"]
        torch.testing.assert_close(network(picture), expected)
