"""Every backward rule of the numpy library, against torch's autograd and finite differences."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.scratch.activations import ELU, LeakyReLU, ReLU, Sigmoid, Tanh
from models.scratch.convolution import Convolution
from models.scratch.derivatives import finite_differences, jacobian
from models.scratch.layer import Flatten, Identity
from models.scratch.linear import Linear
from models.scratch.maxout import Maxout
from models.scratch.patches import Window, im2col
from models.scratch.pooling import AveragePooling, GlobalAveragePooling, MaxPooling
from models.scratch.softmax import Softmax

TOLERANCE = 1e-6


def random(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def window_of(kernel, stride=1, padding=0):
    return Window((kernel, kernel), (stride, stride), (padding, padding))


def linear():
    weight, bias = random(1, 4, 6), random(2, 4)
    return Linear(weight, bias), (5, 6), lambda x, p: functional.linear(x, p["weight"], p["bias"])


def linear_without_bias():
    return Linear(random(1, 4, 6)), (5, 6), lambda x, p: functional.linear(x, p["weight"])


def maxout():
    def oracle(x, p):
        return torch.stack(
            [functional.linear(x, w, b) for w, b in zip(p["weight"], p["bias"], strict=True)]
        ).amax(0)

    return Maxout(random(1, 3, 4, 6), random(2, 3, 4)), (5, 6), oracle


def convolution(**settings):
    in_channels, out_channels, kernel = 4, 6, settings.pop("kernel", (3, 3))
    groups = settings.get("groups", 1)
    layer = Convolution(
        random(1, out_channels if groups < 4 else 8, in_channels // groups, *kernel),
        random(2, out_channels if groups < 4 else 8),
        **settings,
    )
    return (
        layer,
        (2, in_channels, 9, 8),
        lambda x, p: functional.conv2d(x, p["weight"], p["bias"], **settings),
    )


def max_pooling(kernel, stride, padding=0, size=(9, 8), cut=False):
    return (
        MaxPooling(window_of(kernel, stride, padding), keeps_cut_windows=cut),
        (2, 3, *size),
        lambda x, _: functional.max_pool2d(x, kernel, stride, padding, ceil_mode=cut),
    )


def average_pooling(kernel, stride, padding=0):
    return (
        AveragePooling(window_of(kernel, stride, padding)),
        (2, 3, 9, 8),
        lambda x, _: functional.avg_pool2d(x, kernel, stride, padding),
    )


CASES = {
    "linear": linear,
    "linear without bias": linear_without_bias,
    "maxout": maxout,
    "sigmoid": lambda: (Sigmoid(), (5, 6), lambda x, _: torch.sigmoid(x)),
    "tanh": lambda: (Tanh(), (5, 6), lambda x, _: torch.tanh(x)),
    "relu": lambda: (ReLU(), (5, 6), lambda x, _: torch.relu(x)),
    "leaky relu": lambda: (LeakyReLU(0.1), (5, 6), lambda x, _: functional.leaky_relu(x, 0.1)),
    "elu": lambda: (ELU(1.3), (5, 6), lambda x, _: functional.elu(x, 1.3)),
    "softmax": lambda: (Softmax(), (5, 6), lambda x, _: torch.softmax(x, 1)),
    "identity": lambda: (Identity(), (5, 6), lambda x, _: x * 1),
    "flatten": lambda: (Flatten(), (2, 3, 4, 5), lambda x, _: x.flatten(1)),
    "convolution": convolution,
    "strided": lambda: convolution(stride=(2, 3)),
    "padded": lambda: convolution(padding=(2, 1)),
    "dilated": lambda: convolution(dilation=(2, 3)),
    "in two groups": lambda: convolution(groups=2),
    "depthwise": lambda: convolution(groups=4),
    "oblong kernel": lambda: convolution(kernel=(1, 5)),
    "pointwise": lambda: convolution(kernel=(1, 1)),
    "all at once": lambda: convolution(stride=(2, 1), padding=(3, 2), dilation=(2, 1), groups=2),
    "max pooling": lambda: max_pooling(2, 2),
    "max pooling, overlapping": lambda: max_pooling(3, 2),
    "max pooling, padded": lambda: max_pooling(3, 1, 1),
    "max pooling, cut windows": lambda: max_pooling(3, 2, size=(8, 10), cut=True),
    "max pooling, cut and padded": lambda: max_pooling(3, 3, 1, size=(8, 9), cut=True),
    "max pooling, nothing to cut": lambda: max_pooling(2, 2, 1, size=(7, 8), cut=True),
    "average pooling": lambda: average_pooling(2, 2),
    "average pooling, overlapping": lambda: average_pooling(3, 2),
    "average pooling, padded": lambda: average_pooling(3, 2, 1),
    "global average pooling": lambda: (
        GlobalAveragePooling(),
        (2, 3, 4, 5),
        lambda x, _: functional.adaptive_avg_pool2d(x, 1),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_forward_and_backward_agree_with_autograd(name):
    layer, shape, oracle = CASES[name]()
    x = random(3, *shape)
    parameters = {
        key: torch.tensor(value, requires_grad=True) for key, value in layer.parameters.items()
    }
    tensor = torch.tensor(x, requires_grad=True)
    expected = oracle(tensor, parameters)
    weights = random(4, *expected.shape)
    # A weighted sum as the loss, so that no two outputs have the same gradient.
    gradients = torch.autograd.grad(
        (expected * torch.from_numpy(weights)).sum(), [tensor, *parameters.values()]
    )
    np.testing.assert_allclose(layer.forward(x), expected.detach(), atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(layer.backward(weights), gradients[0], atol=TOLERANCE, rtol=0)
    assert layer.gradients.keys() == layer.parameters.keys()
    for key, gradient in zip(parameters, gradients[1:], strict=True):
        np.testing.assert_allclose(layer.gradients[key], gradient, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("name", CASES)
def test_backward_agrees_with_finite_differences(name):
    layer, shape, _ = CASES[name]()
    x = random(3, *shape)
    weights = random(4, *layer.forward(x).shape)

    def loss():
        return float((layer.forward(x) * weights).sum())

    expected = {key: finite_differences(loss, array) for key, array in layer.parameters.items()}
    expected_x = finite_differences(loss, x)
    layer.forward(x)
    np.testing.assert_allclose(layer.backward(weights), expected_x, atol=1e-6, rtol=1e-6)
    for key, gradient in expected.items():
        np.testing.assert_allclose(layer.gradients[key], gradient, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_arrays_keep_the_type_of_the_input_and_single_precision_is_close(name):
    layer, shape, _ = CASES[name]()
    x = random(3, *shape)
    exact = layer.forward(x)
    weights = random(4, *exact.shape)
    exact_gradient = layer.backward(weights)
    single, _, _ = CASES[name]()
    single.parameters = {key: value.astype(np.float32) for key, value in single.parameters.items()}
    y = single.forward(x.astype(np.float32))
    gradient = single.backward(weights.astype(np.float32))
    assert y.dtype == gradient.dtype == np.float32
    assert {each.dtype for each in single.gradients.values()} <= {np.dtype(np.float32)}
    np.testing.assert_allclose(y, exact, atol=1e-4)
    np.testing.assert_allclose(gradient, exact_gradient, atol=1e-4)


def test_im2col_of_the_notes_has_a_column_for_each_of_nine_windows():
    # A 5x5 picture and a 3x3 kernel, stride 1, no padding: 9 windows of 9 pixels.
    picture = np.arange(25.0).reshape(1, 1, 5, 5)
    columns = im2col(picture, window_of(3))
    assert columns.shape == (9, 9)
    assert columns[:, 0].tolist() == [0, 1, 2, 5, 6, 7, 10, 11, 12]
    assert columns[:, 8].tolist() == [12, 13, 14, 17, 18, 19, 22, 23, 24]
    assert columns[4].tolist() == [6, 7, 8, 11, 12, 13, 16, 17, 18]


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [(3, 1, 1, 1), (2, 2, 0, 2), ((3, 2), 2, 1, 1)]
)
def test_im2col_agrees_with_torch_unfold(kernel, stride, padding, dilation):
    def pair(value):
        return value if isinstance(value, tuple) else (value, value)

    window = Window(pair(kernel), pair(stride), pair(padding), pair(dilation))
    pictures = random(5, 3, 2, 7, 9)
    expected = functional.unfold(torch.from_numpy(pictures), kernel, dilation, padding, stride)
    columns = im2col(pictures, window).reshape(expected.shape[1], 3, -1)
    np.testing.assert_array_equal(columns.swapaxes(0, 1), expected)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "expected"),
    # (n + 2p - k) / s + 1, worked out by hand: AlexNet's first layer, LeNet's, and one that does
    # not come out even.
    [(224, 11, 4, 2, 55), (32, 5, 1, 0, 28), (10, 3, 2, 0, 4)],
)
def test_output_size_follows_the_formula(size, kernel, stride, padding, expected):
    assert window_of(kernel, stride, padding).output_size(size, size) == (expected, expected)


def test_kernel_larger_than_the_picture_is_refused():
    with pytest.raises(ValueError, match="4x4"):
        im2col(np.zeros((1, 1, 4, 4)), window_of(5))


def test_sigmoid_of_far_scores_neither_overflows_nor_warns():
    far = np.array([[-1000.0, 0.0, 1000.0]])
    assert Sigmoid().forward(far).tolist() == [[0.0, 0.5, 1.0]]
    assert ELU().forward(far).tolist() == [[-1.0, 0.0, 1000.0]]
    assert Softmax().forward(far).tolist() == [[0.0, 0.0, 1.0]]


def test_max_pooling_hands_on_what_is_not_a_number():
    picture = np.array([[[[1.0, np.nan], [2.0, 0.0]]]])
    assert np.isnan(MaxPooling(window_of(2, 2)).forward(picture)).all()


# The useful identities of the notes, with z = W x for one example.


def test_jacobian_of_a_linear_layer_is_its_matrix():
    weight = random(6, 4, 3)
    np.testing.assert_allclose(jacobian(Linear(weight), random(7, 1, 3)), weight, atol=1e-12)


def test_jacobian_of_the_identity_is_the_identity_matrix():
    np.testing.assert_array_equal(jacobian(Identity(), random(7, 1, 3)), np.eye(3))


def test_jacobian_of_composed_layers_is_the_product_of_theirs():
    first, second, x = Linear(random(1, 5, 3)), Tanh(), random(2, 1, 3)
    inner = jacobian(first, x)
    outer = jacobian(second, first.forward(x))
    chained = outer @ inner

    def through_both(array):
        return torch.tanh(array @ torch.from_numpy(first.parameters["weight"]).T)[0]

    expected = torch.autograd.functional.jacobian(through_both, torch.from_numpy(x))[:, 0]
    np.testing.assert_allclose(chained, expected, atol=TOLERANCE)


def test_gradient_of_the_matrix_is_the_outer_product_of_inflow_and_input():
    # z = W x, f = dJ/dz: dJ/dW = f x^T. By hand: f = (1, -2), x = (3, 4, 5).
    layer = Linear(random(6, 2, 3))
    layer.forward(np.array([[3.0, 4.0, 5.0]]))
    layer.backward(np.array([[1.0, -2.0]]))
    assert layer.gradients["weight"].tolist() == [[3, 4, 5], [-6, -8, -10]]


def test_stack_of_linear_layers_is_one_linear_layer():
    inner, outer, x = random(1, 5, 3), random(2, 4, 5), random(3, 7, 3)
    stacked = Linear(outer).forward(Linear(inner).forward(x))
    np.testing.assert_allclose(stacked, Linear(outer @ inner).forward(x), atol=1e-12)


def test_relu_is_the_maxout_of_a_line_and_zero():
    weight, bias, x = random(1, 4, 6), random(2, 4), random(3, 5, 6)
    pieces = Maxout(
        np.stack([weight, np.zeros_like(weight)]), np.stack([bias, np.zeros_like(bias)])
    )
    rectified = ReLU().forward(Linear(weight, bias).forward(x))
    np.testing.assert_allclose(pieces.forward(x), rectified, atol=1e-12)


def test_leaky_relu_of_the_notes_is_the_larger_of_a_tenth_and_the_whole():
    assert LeakyReLU(0.1).forward(np.array([-2.0, 3.0])).tolist() == [-0.2, 3.0]


def test_convolution_is_the_sum_of_products_that_its_formula_says():
    weight, x = random(1, 6, 2, 3, 2), random(2, 2, 4, 9, 8)
    layer = Convolution(
        weight, np.arange(6.0), stride=(2, 1), padding=(1, 2), dilation=(2, 3), groups=2
    )
    y = layer.forward(x)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (2, 2)))
    n, out_channel, row, column = 1, 4, 2, 3
    # Output channel 4 is in the second group, which sees input channels 2 and 3.
    total = 4.0
    for channel in range(2):
        for i in range(3):
            for j in range(2):
                pixel = padded[n, 2 + channel, row * 2 + i * 2, column + j * 3]
                total += weight[out_channel, channel, i, j] * pixel
    assert y[n, out_channel, row, column] == pytest.approx(total)
