"""How units got their values, against sums done by hand."""

import math

import numpy as np
import pytest
import torch
from rounding import sum_error_bound
from torch import nn
from torch.nn import functional

from app.inspection.activations.capture import capture
from app.inspection.arithmetic.im2col import patch_rows
from app.inspection.arithmetic.pixels import explain_pixel, origin_of
from app.inspection.arithmetic.rounding import agrees
from app.inspection.arithmetic.strongest import strongest_units
from app.inspection.arithmetic.terms import Explanation, Operand, Patch, formula
from app.inspection.arithmetic.unit import explain
from app.inspection.tracing.tracing import trace
from models.preprocessing.pixel_map import Box, PixelMap, Size
from models.preprocessing.preprocessing import DigitPreprocessing, PhotographPreprocessing


def explained(network, tensor, place, layer_id=None):
    """The explanation of a unit of the network's last layer, or of the named one."""
    module = network.eval().requires_grad_(requires_grad=False)
    graph = trace(module, tuple(tensor.shape))
    found = explain(graph, capture(graph, tensor[None]), layer_id or graph.output, place)
    if found.explained is not None:
        assert found.explained == pytest.approx(found.unit.value, rel=1e-5, abs=1e-6)
    return found


class Applied(nn.Module):
    """A function as a network."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def counting(*shape):
    return torch.arange(math.prod(shape), dtype=torch.float32).reshape(shape)


def numbers(found):
    return {token.text: token.value for token in found.tokens if token.value is not None}


def terms(found):
    """(place, value, weight) of every term; place None in the padding."""
    patch = found.patch
    weights = np.ones_like(patch.values) if patch.weights is None else patch.weights
    return [
        (patch.operand(term) and patch.operand(term).place, float(value), float(weight))
        for term, (value, weight) in enumerate(
            zip(patch.values.ravel(), weights.ravel(), strict=True)
        )
    ]


def test_convolution_at_a_corner_marks_its_padding():
    """3 x 3 over 1 2 / 3 4, padded by one: only four of nine products are not zero."""
    network = nn.Conv2d(1, 1, 3, padding=1)
    network.weight.data = counting(1, 1, 3, 3)
    network.bias.data = torch.tensor([0.5])
    found = explained(network, torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), (0, 0, 0))
    # Weights 4 5 / 7 8 meet 1 2 / 3 4.
    assert found.explained == 1 * 4 + 2 * 5 + 3 * 7 + 4 * 8 + 0.5
    assert found.patch.rows == (None, 0, 1)
    assert terms(found)[4] == ((0, 0, 0), 1.0, 4.0)
    assert terms(found)[0] == (None, 0.0, 0.0)
    assert "5 of the 9 terms lie in the padding" in found.note
    assert (found.bias, numbers(found)) == (0.5, {"sum": 67.0, "bias": 0.5})


def test_dilated_strided_convolution_reads_with_holes():
    network = nn.Conv2d(1, 1, 2, stride=2, dilation=3, bias=False)
    network.weight.data = torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]])
    found = explained(network, counting(1, 6, 6), (0, 1, 0))
    assert [place for place, *_ in terms(found)] == [(0, 2, 0), (0, 2, 3), (0, 5, 0), (0, 5, 3)]
    assert found.explained == 12 + 150 + 3000 + 33000


def test_group_reads_its_own_channels_alone():
    network = nn.Conv2d(4, 4, 1, groups=2, bias=False)
    network.weight.data = torch.tensor([1.0, 2, 3, 4, 5, 6, 7, 8]).reshape(4, 2, 1, 1)
    found = explained(network, torch.tensor([1.0, 10, 100, 1000]).reshape(4, 1, 1), (3, 0, 0))
    assert terms(found) == [((2, 0, 0), 100.0, 7.0), ((3, 0, 0), 1000.0, 8.0)]
    assert found.explained == 8700
    matrix = found.matrix
    assert (matrix.groups, matrix.group, matrix.kernels, matrix.column) == (2, 1, 2, 1)


def test_reflected_padding_names_the_mirrored_unit():
    network = nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect", bias=False)
    network.weight.data = torch.ones(1, 1, 3, 3)
    found = explained(nn.Sequential(network), counting(1, 3, 3), (0, 0, 0))
    assert found.patch.rows == (1, 0, 1)
    assert found.explained == (4 + 3 + 4) + (1 + 0 + 1) + (4 + 3 + 4)


def test_transposed_convolution_collects_what_meets():
    """Stride 2, kernel 3: an odd output row is met by one input row, an even one by two."""
    network = nn.ConvTranspose2d(1, 1, 3, stride=2, bias=False)
    network.weight.data = counting(1, 1, 3, 3)
    found = explained(network, torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), (0, 2, 2))
    # Each of the four inputs meets here a corner of the kernel: 8 6 / 2 0.
    assert found.explained == 1 * 8 + 2 * 6 + 3 * 2 + 4 * 0
    assert found.patch.rows == (1, None, 0)
    assert "between the strides" in found.note


def test_transposed_convolution_with_groups_agrees_with_torch():
    network = nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2)
    tensor = torch.randn(4, 5, 5, generator=torch.Generator().manual_seed(0))
    for place in ((0, 0, 0), (4, 3, 9), (5, 9, 4)):
        found = explained(network, tensor, place)
        group = place[0] // 3
        assert found.patch.channels == range(2 * group, 2 * group + 2)


def test_matrix_product_is_unfolds():
    """Rows against torch's own unfold, the product against the layer."""
    network = nn.Conv2d(3, 5, (3, 2), stride=2, padding=1, bias=False).eval()
    network.requires_grad_(requires_grad=False)
    tensor = torch.randn(3, 7, 6, generator=torch.Generator().manual_seed(0))
    graph = trace(network, (3, 7, 6))
    activations = capture(graph, tensor[None])
    expected = functional.unfold(tensor[None], (3, 2), stride=2, padding=1)[0].T
    rows = patch_rows(graph, activations, graph.output, 0, range(len(expected)))
    assert np.array_equal(rows, expected.numpy())
    found = explain(graph, activations, graph.output, (4, 2, 1))
    matrix = found.matrix
    assert (matrix.positions, matrix.terms, matrix.kernels) == (*expected.shape, 5)
    assert np.array_equal(found.patch.values.ravel(), rows[matrix.row])
    kernels = network.weight.reshape(5, -1).T
    product = (torch.from_numpy(rows) @ kernels)[matrix.row, matrix.column]
    terms = rows[matrix.row] * kernels[:, matrix.column].numpy()
    assert float(product) == pytest.approx(found.unit.value, rel=0, abs=sum_error_bound(terms))
    assert matrix.repetition == pytest.approx(expected.numel() / tensor.numel())


def test_linear_names_features():
    network = nn.Sequential(nn.Flatten(), nn.Linear(3, 2))
    network[1].weight.data = torch.tensor([[1.0, 2, 3], [4, 5, 6]])
    network[1].bias.data = torch.tensor([0.0, -1.0])
    found = explained(network, torch.tensor([1.0, 10, 100]).reshape(1, 1, 3), (1,))
    assert terms(found) == [((0,), 1.0, 4.0), ((1,), 10.0, 5.0), ((2,), 100.0, 6.0)]
    assert found.explained == 653


def test_batch_norm_puts_its_numbers_into_the_formula():
    network = nn.BatchNorm2d(1, eps=0.25)
    network.running_mean = torch.tensor([3.0])
    network.running_var = torch.tensor([2.0])
    network.weight.data = torch.tensor([4.0])
    network.bias.data = torch.tensor([1.0])
    found = explained(network, torch.full((1, 1, 1), 6.0), (0, 0, 0))
    assert found.explained == (6 - 3) / 1.5 * 4 + 1  # sqrt(2 + 0.25) = 1.5
    assert numbers(found) == {"x": 6, "mean": 3, "variance": 2} | {
        "eps": 0.25,
        "gamma": 4,
        "beta": 1,
    }
    assert found.rule == "(x - mean) / sqrt(variance + eps) * gamma + beta"
    assert found.derivatives[0][1] == pytest.approx(4 / 1.5)


def test_layer_norm_of_a_vector():
    network = nn.Sequential(nn.Flatten(), nn.LayerNorm(4, eps=0.0))
    found = explained(network, torch.tensor([1.0, 3, 5, 7]).reshape(1, 2, 2), (3,))
    # Mean 4, variance 5.
    assert found.explained == pytest.approx(3 / math.sqrt(5))
    assert numbers(found)["mean"] == 4
    assert numbers(found)["variance"] == 5


def test_group_norm_takes_its_group():
    network = nn.GroupNorm(2, 4, eps=0.0, affine=False)
    tensor = torch.tensor([1.0, 2, 10, 30]).reshape(4, 1, 1)
    found = explained(network, tensor, (3, 0, 0))
    assert found.explained == pytest.approx(1.0)  # 30 against mean 20 and deviation 10
    assert found.patch.channels == range(2, 4)


def test_response_norm_counts_its_neighbours_energy():
    """torch divides alpha by the size; the formula shows the paper's alpha."""
    network = nn.Sequential(nn.LocalResponseNorm(3, alpha=0.3, beta=0.5, k=2.0))
    tensor = torch.tensor([1.0, 2, 3, 4]).reshape(4, 1, 1)
    found = explained(network, tensor, (1, 0, 0))
    assert found.explained == pytest.approx(2 / math.sqrt(2 + 0.1 * (1 + 4 + 9)))
    assert numbers(found)["energy"] == 14
    assert found.patch.channels == range(3)


def test_softmax_is_a_share():
    network = Applied(lambda x: x.flatten(1).softmax(1))
    found = explained(network, torch.tensor([0.0, math.log(3)]).reshape(1, 1, 2), (1,))
    assert found.explained == pytest.approx(0.75)
    assert found.derivatives[0][1] == pytest.approx(0.75 * 0.25)
    found = explained(Applied(lambda x: x.flatten(1).log_softmax(1)), torch.zeros(1, 1, 2), (1,))
    assert found.explained == pytest.approx(-math.log(2))


def test_maximum_names_its_winner():
    found = explained(nn.MaxPool2d(2), torch.tensor([[[1.0, 7.0], [7.0, 2.0]]]), (0, 0, 0))
    assert found.winner == 1  # the first of two that are equal
    assert found.tokens[0].operand.place == (0, 0, 1)
    assert found.derivatives[0][1] == 1


def test_nothing_beyond_the_map_wins_a_maximum():
    pooled = nn.MaxPool2d(3, stride=2, padding=1)
    found = explained(pooled, torch.full((1, 4, 4), -5.0), (0, 0, 0))
    assert (found.explained, found.patch.rows) == (-5.0, (None, 0, 1))
    hanging = nn.MaxPool2d(2, ceil_mode=True)
    assert explained(hanging, torch.full((1, 3, 3), -5.0), (0, 1, 1)).explained == -5.0


@pytest.mark.parametrize(("counts", "expected"), [(True, 4 / 4), (False, 4 / 1)])
def test_average_counts_the_padding_or_not(counts, expected):
    network = nn.AvgPool2d(2, stride=2, padding=1, count_include_pad=counts)
    found = explained(network, torch.full((1, 3, 3), 4.0), (0, 0, 0))
    assert found.explained == expected


def test_average_that_hangs_over_divides_by_what_torch_does():
    network = nn.AvgPool2d(3, stride=2, ceil_mode=True)
    tensor = counting(1, 6, 6)
    found = explained(network, tensor, (0, 2, 2))
    assert found.divisor == 4
    assert found.explained == (28 + 29 + 34 + 35) / 4
    found = explained(nn.AvgPool2d(2, divisor_override=3), tensor, (0, 0, 0))
    assert found.explained == (0 + 1 + 6 + 7) / 3


def test_adaptive_average_takes_overlapping_parts():
    """5 rows to 3: rows 0-1, 1-3, 3-4."""
    found = explained(nn.AdaptiveAvgPool2d((3, 1)), counting(1, 5, 1), (0, 1, 0))
    assert found.patch.rows == (1, 2, 3)
    assert found.explained == 2


def test_reductions_take_their_axes():
    mean = explained(Applied(lambda x: x.mean((2, 3))), counting(2, 2, 2), (1,))
    assert mean.explained == 5.5
    largest = explained(
        Applied(lambda x: x.amax((2, 3), keepdim=True)), counting(2, 2, 2), (1, 0, 0)
    )
    assert largest.tokens[0].operand.place == (1, 1, 1)
    added = explained(Applied(lambda x: x.sum(1, keepdim=True)), counting(2, 2, 2), (0, 1, 0))
    assert added.explained == 2 + 6


@pytest.mark.parametrize(
    ("function", "x", "expected", "slope"),
    [
        (functional.relu, -2.0, 0.0, 0.0),
        (functional.relu6, 7.5, 6.0, 0.0),
        (functional.relu6, 2.5, 2.5, 1.0),
        (torch.sigmoid, 0.0, 0.5, 0.25),
        (torch.tanh, 0.0, 0.0, 1.0),
        (functional.silu, 0.0, 0.0, 0.5),
        (functional.hardswish, 1.0, 2 / 3, 5 / 6),
        (functional.hardsigmoid, 0.0, 0.5, 1 / 6),
        (functional.gelu, 0.0, 0.0, 0.5),
        (functional.leaky_relu, -2.0, -0.02, 0.01),
        (functional.elu, -1.0, math.exp(-1) - 1, math.exp(-1)),
        (functional.softplus, 0.0, math.log(2), 0.5),
        (lambda v: v.clamp(-1, 1), 3.0, 1.0, 0.0),
        (lambda v: v**3, 2.0, 8.0, 12.0),
        (torch.exp, 0.0, 1.0, 1.0),
    ],
)
def test_functions_and_slopes_by_hand(function, x, expected, slope):
    found = explained(Applied(function), torch.full((1, 1, 1), x), (0, 0, 0))
    assert found.explained == pytest.approx(expected, abs=1e-7)
    assert found.derivatives[0][1] == pytest.approx(slope)
    assert len(found.curve) > 50


@pytest.mark.parametrize(
    ("function", "corners"),
    [
        (functional.relu, [0]),
        (functional.leaky_relu, [0]),
        (functional.relu6, [0, 6]),
        (functional.hardswish, [-3, 3]),
        (functional.hardsigmoid, [-3, 3]),
        (functional.hardtanh, [-1, 1]),
        (lambda v: functional.hardtanh(v, -2.0, 20.0), [-2, 20]),
        (lambda v: v.clamp(max=9), [9]),
        (lambda v: functional.hardshrink(v, 6), [-6, 6]),
        (lambda v: functional.softshrink(v, 6), [-6, 6]),
        (lambda v: functional.threshold(v, 5, -1), [5]),
        (torch.abs, [0]),
    ],
)
@pytest.mark.parametrize("x", [0.1, -30.0])
def test_curve_shows_every_corner_with_room_on_both_sides(function, corners, x):
    found = explained(Applied(function), torch.full((1, 1, 1), x), (0, 0, 0))
    points = [point for point, _ in found.curve]
    assert points == sorted(points)
    assert points[0] == -points[-1]
    for corner in corners:
        assert corner in points
        assert abs(corner) <= 0.81 * points[-1]
    expected = function(torch.tensor(points, dtype=torch.float64)).numpy()
    assert [y for _, y in found.curve] == pytest.approx(expected, abs=1e-6)


def test_curve_leaves_out_a_corner_that_would_hide_the_point():
    limited = Applied(lambda v: v.clamp(-1e6, 1e6))
    found = explained(limited, torch.full((1, 1, 1), 2.0), (0, 0, 0))
    assert found.curve[-1][0] == 4.0


@pytest.mark.parametrize(
    "settings",
    [
        {"scale_factor": 2, "mode": "bilinear", "align_corners": False},
        {"size": (5, 7), "mode": "bilinear", "align_corners": True},
        {"scale_factor": 1.5, "mode": "bicubic"},
        {"size": (2, 3), "mode": "bilinear", "antialias": True},
        {"size": (7, 6), "mode": "nearest-exact"},
    ],
)
def test_interpolations_weigh_as_their_gradients_do(settings):
    tensor = torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(4))

    def resized(x):
        return functional.interpolate(x, **settings)

    leaf = tensor[None].clone().requires_grad_()
    made = resized(leaf)
    for place in ((0, 0, 0), (1, 1, 2), (1, made.shape[2] - 1, made.shape[3] - 1)):
        found = explained(Applied(resized), tensor, place)
        (gradient,) = torch.autograd.grad(made[(0, *place)], leaf, retain_graph=True)
        if found.patch is None:
            ((operand, slope),) = found.derivatives
            weighed = {operand.place: slope}
        else:
            weighed = {where: weight for where, _, weight in terms(found)}
        expected = {
            tuple(where): float(gradient[0][tuple(where)])
            for where in gradient[0].nonzero().tolist()
        }
        assert weighed == pytest.approx(expected, abs=1e-6)


def test_product_of_two_layers_is_a_row_times_a_column():
    tensor = counting(1, 2, 2)  # ((0, 1), (2, 3)): its square is ((2, 3), (6, 11))
    found = explained(Applied(lambda x: x @ (x + 0)), tensor, (0, 1, 0))
    assert found.explained == 6
    assert terms(found) == [((0, 1, 0), 2.0, 0.0), ((0, 1, 1), 3.0, 2.0)]
    assert "computed from the picture" in found.note
    found = explained(Applied(lambda x: torch.tensor([[1.0, 10.0]]) @ x), tensor, (0, 0, 1))
    assert terms(found) == [((0, 0, 1), 1.0, 1.0), ((0, 1, 1), 3.0, 10.0)]


def test_attention_weighs_values_by_shares():
    tensor = torch.tensor([[[0.0, 2.0], [1.0, 0.0], [3.0, 1.0]]])  # three tokens of width two

    def attend(x):
        return functional.scaled_dot_product_attention(x, x + 0, x * 1, scale=1.0)

    found = explained(Applied(attend), tensor, (0, 1, 0))
    # The second token asks: its products with all are 0, 1 and 3.
    shares = [math.exp(score) / (1 + math.e + math.e**3) for score in (0, 1, 3)]
    assert [weight for _, _, weight in terms(found)] == pytest.approx(shares)
    assert found.explained == pytest.approx(shares[1] + 3 * shares[2])


@pytest.mark.parametrize("heads", [1, 2])
def test_attention_whose_heads_share_keys_and_values(heads):
    tensor = torch.tensor([[[1.0], [2.0]], [[0.0], [1.0]], [[3.0], [0.0]], [[1.0], [1.0]]])

    def attend(x):
        return functional.scaled_dot_product_attention(
            x, x[:, :heads], x[:, 4 - heads :] * 1, scale=1.0, enable_gqa=heads == 2
        )

    found = explained(Applied(attend), tensor, (1, 1, 0))
    # The second head's second token asks with 1: the products with the first head are 1 and 2.
    shares = [1 / (1 + math.e), math.e / (1 + math.e)]
    assert [weight for _, _, weight in terms(found)] == pytest.approx(shares)
    # Of four heads in two groups it reads the first group's values, of one head that head's.
    values = {1: (1.0, 1.0), 2: (3.0, 0.0)}[heads]
    assert found.explained == pytest.approx(shares[0] * values[0] + shares[1] * values[1])
    found = explained(Applied(attend), tensor, (2, 0, 0))
    # The third head asks with 3: of the first head 1 and 2, of the second 0 and 1.
    shares = [1 / (1 + math.e**3), math.e**3 / (1 + math.e**3)]
    assert [weight for _, _, weight in terms(found)] == pytest.approx(shares)
    assert found.explained == pytest.approx(sum(shares))


def test_unpooled_maxima_stand_where_they_stood():
    network = Applied(
        lambda x: functional.max_unpool2d(*functional.max_pool2d(x, 2, return_indices=True), 2)
    )
    tensor = torch.tensor([[[1.0, 5.0], [2.0, 3.0]]])
    found = explained(network, tensor, (0, 0, 1))
    assert found.explained == 5
    assert found.operands[0].place == (0, 0, 0)
    assert explained(network, tensor, (0, 1, 1)).explained == 0


@pytest.mark.parametrize(
    ("function", "value", "operands"),
    [
        (lambda x: x.roll(1, 3), 2, {(0, 0, 2)}),
        (lambda x: x.flip(2), 9, {(0, 3, 0)}),
        (lambda x: x.roll((1, 1), (2, 3)), 11, {(0, 3, 2)}),
        (lambda x: x[:, :, [3, 1]], 9, {(0, 3, 0)}),
        (lambda x: x.index_select(3, torch.tensor([2, 0])), 2, {(0, 0, 2)}),
        (lambda x: x.repeat(1, 1, 2, 1), 0, {(0, 0, 0)}),
        (lambda x: torch.zeros_like(x) + 3, 3, {(0, 0, 0)}),
        (lambda x: x.maximum(5 - x), 5, {(0, 0, 0)}),
        (lambda x: torch.where(x > 4, x, x - 1), -1, {(0, 0, 0)}),
        (lambda x: (x + 1).var(3, keepdim=True), 1, {(0, 0, 0), (0, 0, 1), (0, 0, 2)}),
        # 3 to 14: the sum of their squares is 14 * 15 * 29 / 6 - 1 - 4.
        (lambda x: (x + 3).norm(dim=(2, 3), keepdim=True), math.sqrt(1010), None),
        (
            lambda x: x.logsumexp((2, 3), keepdim=True),
            math.log(sum(map(math.exp, range(12)))),
            None,
        ),
        (lambda x: x.min(2, keepdim=True)[0], 0, None),
    ],
)
def test_values_of_rarer_operations_by_hand(function, value, operands):
    tensor = counting(1, 4, 3)
    found = explained(Applied(function), tensor, (0, 0, 0))
    assert found.explained == pytest.approx(value, abs=1e-6)
    read = {one.place for one in found.operands}
    if found.patch is not None:
        read |= {where for where, _, _ in terms(found)}
    assert operands is None or read == operands


@pytest.mark.parametrize(
    "function",
    [
        functional.mish,
        functional.selu,
        functional.celu,
        functional.elu,
        functional.silu,
        functional.gelu,
        functional.hardswish,
        functional.softplus,
        lambda v: functional.gelu(v, approximate="tanh"),
        lambda v: functional.elu(v, 0.7),
        lambda v: functional.leaky_relu(v, 0.2),
        lambda v: functional.prelu(v, torch.tensor([0.3])),
        lambda v: functional.softplus(v, 2.0, 3.0),
        torch.square,
        torch.neg,
        torch.abs,
        torch.sin,
        torch.cos,
        torch.erf,
        torch.expm1,
        torch.sign,
        torch.reciprocal,
        functional.logsigmoid,
        lambda v: v.clamp_min(-0.4),
        lambda v: v.clamp_max(0.9),
        lambda v: functional.softshrink(v, 0.5),
        lambda v: functional.hardshrink(v, 0.5),
        lambda v: functional.threshold(v, 0.5, -1.0),
    ],
)
def test_slopes_are_autograds(function):
    points = torch.tensor([[[-2.3, -0.4, 0.9, 3.7]]])
    graph = trace(Applied(function).eval(), (1, 1, 4))
    activations = capture(graph, points[None])
    leaf = points[None].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(function(leaf).sum(), leaf)
    for column in range(4):
        found = explain(graph, activations, graph.output, (0, 0, column))
        assert found.explained == pytest.approx(found.unit.value, rel=1e-5)
        ((operand, slope),) = found.derivatives
        assert operand.layer_id == "input"
        assert slope == pytest.approx(float(gradient[0, 0, 0, column]), rel=1e-4, abs=1e-7)


def test_what_float32_cancels_is_explained_all_the_same():
    """Far below zero GELU is the difference of two numbers that are all but one."""
    points = torch.tensor([[[-3.5, -4.7, -5.3, -5.9]]])
    graph = trace(Applied(functional.gelu).eval(), (1, 1, 4))
    activations = capture(graph, points[None])
    exact = functional.gelu(points.double())
    for column in range(4):
        found = explain(graph, activations, graph.output, (0, 0, column))
        assert found.explained == pytest.approx(float(exact[0, 0, column]), rel=1e-6)


def test_normalisations_slopes_are_autograds():
    tensor = torch.randn(4, 2, 2, generator=torch.Generator().manual_seed(3))
    for network in (
        nn.GroupNorm(2, 4),
        nn.Sequential(nn.LocalResponseNorm(3, alpha=0.3, k=2.0)),
        nn.Sequential(nn.Flatten(), nn.LayerNorm(16)),
        Applied(lambda x: x.flatten(1).softmax(1)),
    ):
        is_map = network(tensor[None]).dim() == 4
        found = explained(network, tensor, (2, 1, 0) if is_map else (10,))
        point = tensor[None].clone().requires_grad_()
        value = network(point)[0].reshape(-1)[10]
        (gradient,) = torch.autograd.grad(value, point)
        assert found.derivatives[0][1] == pytest.approx(float(gradient.reshape(-1)[10]), rel=1e-4)


def test_bridge_and_gate_name_both_sides():
    class Block(nn.Module):
        def forward(self, x):
            gate = x.mean((2, 3), keepdim=True)
            return x * gate + x

    tensor = torch.tensor([[[1.0, 3.0]]])
    found = explained(Block(), tensor, (0, 0, 1))
    assert [operand.value for operand in found.operands] == [6.0, 3.0]
    assert [slope for _, slope in found.derivatives] == [1.0, 1.0]
    gated = explained(Block(), tensor, (0, 0, 1), "mul")
    assert {operand.place for operand in gated.operands} == {(0, 0, 1), (0, 0, 0)}
    assert sorted(slope for _, slope in gated.derivatives) == [2.0, 3.0]
    assert "a gate for its whole map" in gated.note


def test_constants_and_parameters_are_operands_too():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor([2.0, 5.0]).reshape(2, 1, 1))

        def forward(self, x):
            return 1 - (self.scale * x - 3) / 4

    found = explained(Scaled(), torch.ones(2, 1, 1), (1, 0, 0))
    assert found.explained == 1 - (5 - 3) / 4
    product = explained(Scaled(), torch.ones(2, 1, 1), (1, 0, 0), "mul")
    assert numbers(product) == {"a": 5, "b": 1}


@pytest.mark.parametrize(
    ("function", "place", "expected"),
    [
        (lambda x: torch.cat([x, x + 100], 1), (5, 1, 1), (1, 1, 1)),
        (lambda x: x[:, 1:3], (1, 0, 1), (2, 0, 1)),
        (lambda x: x[:, ::2], (1, 0, 1), (2, 0, 1)),
        (lambda x: x[:, :, 1:, 1:], (3, 0, 0), (3, 1, 1)),
        (lambda x: x.chunk(2, 1)[1], (1, 1, 0), (3, 1, 0)),
        (lambda x: x.flatten(1), (13,), (3, 0, 1)),
        (lambda x: x.reshape(-1, 2, 4, 2), (1, 2, 1), (3, 0, 1)),
        (lambda x: x.permute(0, 1, 3, 2), (1, 0, 1), (1, 1, 0)),
        (lambda x: x.transpose(1, 2), (1, 3, 0), (3, 1, 0)),
        (lambda x: functional.pad(x, (1, 0, 2, 0)), (2, 3, 1), (2, 1, 0)),
        (lambda x: functional.pixel_shuffle(x, 2), (0, 3, 2), (2, 1, 1)),
        (lambda x: functional.interpolate(x, scale_factor=2), (1, 3, 2), (1, 1, 1)),
        # The scale counts: 3 / 1.9 is 1, where 3 * 2 / 3 would be 2.
        (lambda x: functional.interpolate(x, scale_factor=1.9), (1, 2, 0), (1, 1, 0)),
        # Channels 0 1, 2 3 in two groups become 0 2 1 3.
        (lambda x: functional.channel_shuffle(x, 2), (1, 0, 1), (2, 0, 1)),
        (lambda x: torch.cat([torch.ones(x.shape[0], 3, 2, 2), x], 1), (4, 1, 0), (1, 1, 0)),
        (lambda x: torch.stack([torch.ones_like(x), x], 1).flatten(1, 2), (5, 1, 0), (1, 1, 1, 0)),
        (lambda x: x.permute(2, 0, 1, 3).permute(1, 2, 0, 3), (3, 1, 0), (1, 0, 3, 0)),
        (
            lambda x: x.view(-1, 2, 2, 2, 2).transpose(1, 2).contiguous().view(-1, 4, 2, 2),
            (1, 0, 1),
            (2, 0, 1),
        ),
    ],
)
def test_what_is_handed_on_names_its_source(function, place, expected):
    found = explained(Applied(function), counting(4, 2, 2), place)
    assert found.kind == "copy"
    assert found.operands[0].place == expected
    assert found.derivatives[0][1] == 1


def test_number_that_meets_itself_is_one_operand():
    """Of x * x the slope is 2 x, of x + x 2, of x - x 0."""
    for function, slope in ((lambda x: x * x, 6), (lambda x: x + x, 2), (lambda x: x - x, 0)):
        found = explained(Applied(function), torch.full((1, 1, 1), 3.0), (0, 0, 0))
        assert len(found.operands) == 1
        assert [each for _, each in found.derivatives] == [slope]


def test_constants_that_are_handed_on_have_no_source():
    def network(x):
        return torch.cat([torch.full((x.shape[0], 1, 2, 2), 7.0), x], 1)

    found = explained(Applied(network), counting(1, 2, 2), (0, 1, 1))
    assert (found.kind, found.explained, found.operands) == ("copy", 7.0, ())
    assert "constant" in found.note


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (lambda x: functional.max_pool2d(x, 2, return_indices=True)[1] * 1.0, "written down"),
        (lambda x: torch.fft.fft2(x).abs(), "real part"),
        (lambda x: x.view(-1, 2, 2, 4, 4).softmax(1).reshape(-1, 4, 4, 4), "nor maps"),
        (lambda x: functional.batch_norm(x, None, None, training=True), "this very picture"),
        (lambda x: x.softmax(0), "all pictures"),
        (
            lambda x: functional.grid_sample(x, x[:, :2].permute(0, 2, 3, 1), align_corners=True),
            "written down",
        ),
    ],
)
def test_what_is_not_known_is_said(function, word):
    """Before it is handed on: the last layer but one."""
    tensor = torch.randn(4, 4, 4, generator=torch.Generator().manual_seed(1))
    graph = trace(Applied(function).eval(), (4, 4, 4))
    activations = capture(graph, tensor[None])
    kinds = [
        explain(graph, activations, layer.id, (0,) * len(layer.output_shape))
        for layer in graph.layers[1:]
    ]
    unexplained = [found for found in kinds if found.explained is None]
    assert any(word in found.note for found in unexplained), unexplained


def test_coarse_numbers_are_said():
    found = explain_last(lambda x: (x.bfloat16() * 1.25).float() + 0.0, "mul")
    assert "bfloat16" in found.note
    assert found.explained == pytest.approx(found.unit.value, rel=0.01)
    assert not explain_last(lambda x: x * 1.25, "mul").note


def explain_last(function, layer_id):
    tensor = torch.full((1, 1, 1), 1.2345)
    graph = trace(Applied(function).eval(), (1, 1, 1))
    return explain(graph, capture(graph, tensor[None]), layer_id, (0, 0, 0))


@pytest.mark.parametrize(
    ("explained", "value", "number_type", "expected"),
    [
        (1.0, 1.0 + 1e-6, "float32", True),
        (1.0, 1.01, "float32", False),
        (1.0, 1.01, "bfloat16", True),
        (1e39, math.inf, "float32", True),
        (1.0, math.inf, "float32", False),
        (math.inf, 1.0, "float32", False),
        (math.nan, math.nan, "float32", True),
        (1.0, math.nan, "float32", False),
    ],
)
def test_explanation_of_another_number_is_none(explained, value, number_type, expected):
    unit = Operand("layer", (0,), value)
    found = Explanation(unit=unit, kind="copy", explained=explained, rule="")
    assert agrees(found, number_type) is expected


def test_constant_padding_has_no_source():
    found = explained(
        Applied(lambda x: functional.pad(x, (1, 1), value=7.0)), counting(1, 1, 1), (0, 0, 0)
    )
    assert (found.explained, found.operands) == (7.0, ())
    assert "padding" in found.note


def test_unknown_operation_says_so_and_shows_its_inputs():
    found = explained(Applied(torch.erfinv), torch.full((1, 1, 1), 0.5), (0, 0, 0))
    assert (found.kind, found.explained) == ("unexplained", None)
    assert "erfinv" in found.note
    assert found.operands[0].value == 0.5


def test_pixel_is_the_level_of_the_picture():
    preprocessing = PhotographPreprocessing(
        4, 4, "bilinear", mean=(0.5, 0.4, 0.3), std=(0.5, 0.25, 0.1)
    )
    from PIL import Image

    picture = Image.new("RGB", (8, 8), (51, 102, 255))
    picture.putpixel((5, 3), (1, 2, 3))
    prepared = preprocessing.prepare(picture)
    found = explain_pixel(preprocessing, prepared.tensor, (1, 0, 3))
    assert found.explained == (102 / 255 - 0.4) / 0.25
    assert found.explained == pytest.approx(found.unit.value, abs=1e-6)
    assert numbers(found) == {"pixel": 102, "mean": 0.4, "std": 0.25}
    origin = origin_of(prepared.pixel_map, picture, (1, 1, 2))
    assert origin.image_box == Box(2, 4, 4, 6)
    assert (origin.image_row, origin.image_column, origin.rgb) == (3, 5, (1, 2, 3))


def test_pixel_outside_of_the_picture_has_no_colour():
    from PIL import Image

    pixel_map = PixelMap(Size(8, 8), Size(4, 4), Box(-8, -8, 16, 16))
    origin = origin_of(pixel_map, Image.new("RGB", (8, 8)), (0, 0, 0))
    assert (origin.image_box, origin.rgb) == (Box(-8, -8, -2, -2), None)


def test_ink_of_a_digit_is_undone():
    preprocessing = DigitPreprocessing(mean=0.5, std=0.25)
    found = explain_pixel(preprocessing, torch.full((1, 1, 28, 28), 2.0), (0, 3, 3))
    assert numbers(found) == {"ink": 1.0, "mean": 0.5, "std": 0.25}
    with pytest.raises(IndexError, match="channel 1"):
        preprocessing.normalisation(1)


def test_strongest_units_are_finite_and_in_order():
    values = torch.tensor([[[1.0, math.nan]], [[9.0, math.inf]], [[4.0, 9.0]]])
    found = strongest_units("layer", values, 3, None)
    assert [(unit.place, unit.value) for unit in found] == [
        ((1, 0, 0), 9.0), ((2, 0, 1), 9.0), ((2, 0, 0), 4.0)
    ]  # fmt: skip
    assert [unit.place for unit in strongest_units("layer", values, 3, 1)] == [(1, 0, 0)]


def test_largest_terms_come_first_and_ties_in_order():
    values = np.array([1, -3, 3, 2], np.float32).reshape(4, 1, 1)
    patch = Patch("layer", range(4), (0,), (0,), values)
    assert list(patch.largest(3)) == [(1, -3.0), (2, 3.0), (3, 2.0)]
    assert list(patch.largest(0)) == []


def test_formula_keeps_text_and_numbers_apart():
    tokens = formula("({x} - 1) / {y}", x=2.0, y=4.0)
    assert [(token.text, token.value) for token in tokens] == [
        ("(", None), ("x", 2.0), (" - 1) / ", None), ("y", 4.0)
    ]  # fmt: skip
