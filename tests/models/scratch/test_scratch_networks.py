"""Networks of the numpy library: how gradients flow, what the loss says, and how they learn."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from models.scratch.activations import ReLU, Tanh
from models.scratch.convolution import Convolution
from models.scratch.cross_entropy import SoftmaxCrossEntropy, mean_confidence, one_hot
from models.scratch.derivatives import finite_differences
from models.scratch.descent import GradientDescent
from models.scratch.gates import Add, Concatenate, Maximum, Multiply
from models.scratch.graph import Graph, Node
from models.scratch.layer import Flatten, Identity
from models.scratch.linear import Linear
from models.scratch.minibatch import minibatches
from models.scratch.momentum import Momentum
from models.scratch.search import RandomLocalSearch, RandomSearch
from models.scratch.sequential import Sequential


def random(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def number(value):
    return np.array([float(value)])


# The four patterns of the backward flow, with numbers small enough to follow.


def test_gradients_add_up_where_a_value_forks():
    # y = 3 x + 5 x, so dy/dx = 8.
    three, five = Linear(np.array([[3.0]])), Linear(np.array([[5.0]]))
    fork = Graph([Node("three", three), Node("five", five), Node("sum", Add(), ("three", "five"))])
    assert fork.forward(np.array([[2.0]])).tolist() == [[16]]
    assert fork.backward(np.array([[1.0]])).tolist() == [[8]]


def test_add_gate_distributes_its_gradient_unchanged():
    gate = Add()
    assert gate.forward(number(4), number(-1), number(2)).tolist() == [5]
    assert [share.tolist() for share in gate.backward(number(7))] == [[7], [7], [7]]


def test_max_gate_routes_its_gradient_to_the_largest_input():
    gate = Maximum()
    assert gate.forward(number(4), number(9), number(2)).tolist() == [9]
    assert [share.tolist() for share in gate.backward(number(7))] == [[0], [7], [0]]


def test_multiply_gate_switches_its_inputs():
    gate = Multiply()
    assert gate.forward(number(4), number(-3)).tolist() == [-12]
    assert [share.tolist() for share in gate.backward(number(2))] == [[-6], [8]]


def test_value_added_to_itself_counts_twice_and_squared_by_a_gate_gives_two_x():
    doubled = Graph([Node("sum", Add(), ("input", "input"))])
    doubled.forward(number(5))
    assert doubled.backward(number(1)).tolist() == [2]
    squared = Graph([Node("product", Multiply(), ("input", "input"))])
    squared.forward(number(5))
    assert squared.backward(number(1)).tolist() == [10]


def test_gates_agree_with_autograd():
    a, b = random(1, 4, 3), random(2, 4, 3)
    weights = random(3, 4, 3)
    for gate, oracle in ((Add(), torch.add), (Maximum(), torch.maximum), (Multiply(), torch.mul)):
        left = torch.tensor(a, requires_grad=True)
        right = torch.tensor(b, requires_grad=True)
        result = oracle(left, right)
        expected = torch.autograd.grad((result * torch.from_numpy(weights)).sum(), [left, right])
        np.testing.assert_allclose(gate.forward(a, b), result.detach(), atol=1e-12)
        for ours, theirs in zip(gate.backward(weights), expected, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_concatenation_gives_each_branch_its_own_channels_back():
    gate = Concatenate()
    joined = gate.forward(np.zeros((2, 3, 4, 4)), np.ones((2, 1, 4, 4)))
    assert joined.shape == (2, 4, 4, 4)
    assert joined[:, 3].min() == 1
    gradient = random(1, 2, 4, 4, 4)
    first, second = gate.backward(gradient)
    np.testing.assert_array_equal(first, gradient[:, :3])
    np.testing.assert_array_equal(second, gradient[:, 3:])


# Graphs and sequences against autograd.


def test_residual_and_branching_network_agrees_with_autograd():
    torch.manual_seed(0)
    one, two = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 3, 1)
    last = nn.Linear(5 * 16, 4)
    network = nn.ModuleList([one, two, last]).double()
    x = random(1, 3, 2, 4, 4)
    pixels = torch.tensor(x, requires_grad=True)
    block = torch.relu(one(pixels)) + pixels
    joined = torch.cat([block, torch.tanh(two(block))], 1)
    logits = last(joined.flatten(1))
    labels = torch.tensor([0, 3, 1])
    loss = functional.cross_entropy(logits, labels)
    expected = torch.autograd.grad(loss, [pixels, *network.parameters()])

    def arrays(module):
        return (each.detach().numpy() for each in (module.weight, module.bias))

    graph = Graph(
        [
            Node("one", Convolution(*arrays(one), padding=(1, 1))),
            Node("relu", ReLU(), ("one",)),
            Node("block", Add(), ("relu", "input")),
            Node("two", Convolution(*arrays(two)), ("block",)),
            Node("tanh", Tanh(), ("two",)),
            Node("joined", Concatenate(), ("block", "tanh")),
            Node("flat", Flatten(), ("joined",)),
            Node("last", Linear(*arrays(last)), ("flat",)),
        ]
    )
    criterion = SoftmaxCrossEntropy()
    value = criterion.forward(graph.forward(x), labels.numpy())
    assert value == pytest.approx(loss.item(), abs=1e-12)
    np.testing.assert_allclose(graph.backward(criterion.backward()), expected[0], atol=1e-6)
    names = [f"{name}.{kind}" for name in ("one", "two", "last") for kind in ("weight", "bias")]
    assert list(graph.parameters) == names
    for name, gradient in zip(names, expected[1:], strict=True):
        np.testing.assert_allclose(graph.gradients[name], gradient, atol=1e-6)


def test_sequence_agrees_with_finite_differences_in_every_parameter():
    network = Sequential(
        {
            "conv": Convolution(random(1, 3, 1, 3, 3), random(2, 3)),
            "tanh": Tanh(),
            "flatten": Flatten(),
            "linear": Linear(random(3, 4, 12), random(4, 4)),
        }
    )
    x, labels = random(5, 2, 1, 4, 4), np.array([1, 3])
    criterion = SoftmaxCrossEntropy()

    def loss():
        return criterion.forward(network.forward(x), labels)

    expected = {name: finite_differences(loss, a) for name, a in network.parameters.items()}
    loss()
    network.backward(criterion.backward())
    assert list(network.gradients) != []
    for name, gradient in expected.items():
        np.testing.assert_allclose(network.gradients[name], gradient, atol=1e-7)


def test_graph_refuses_a_name_used_twice_or_not_yet_known():
    with pytest.raises(ValueError, match="'a'"):
        Graph([Node("a", Identity()), Node("a", Identity())])
    with pytest.raises(ValueError, match="later"):
        Graph([Node("a", Identity(), ("later",)), Node("later", Identity())])


def test_node_that_nothing_reads_takes_no_part():
    graph = Graph([Node("unread", Tanh()), Node("out", Identity())])
    graph.forward(number(2))
    assert graph.backward(number(3)).tolist() == [3]


# The loss, and the figures of the notes.


def test_mean_of_five_confidences_is_that_of_the_notes():
    # (0.70 * 0.80 * 0.60 * 0.30 * 0.40) ** (1 / 5) = 0.04032 ** 0.2
    confidences = np.array([0.70, 0.80, 0.60, 0.30, 0.40])
    assert round(mean_confidence(confidences), 2) == 0.53
    assert mean_confidence(confidences) == pytest.approx(0.04032**0.2)


def test_loss_of_the_five_confidences_is_the_negative_logarithm_of_their_mean():
    confidences = [0.70, 0.80, 0.60, 0.30, 0.40]
    # Scores whose softmax gives the first of two classes these confidences.
    scores = np.log([[p, 1 - p] for p in confidences])
    loss = SoftmaxCrossEntropy().forward(scores, np.zeros(5, dtype=np.int64))
    assert loss == pytest.approx(-sum(math.log(p) for p in confidences) / 5)
    assert round(math.exp(-loss), 2) == 0.53


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_random_guess_has_confidence_one_in_c_and_loss_log_c(classes):
    loss = SoftmaxCrossEntropy().forward(np.zeros((3, classes)), np.array([0, 1, 1]))
    assert loss == pytest.approx(math.log(classes))
    assert math.exp(-loss) == pytest.approx(1 / classes)


def test_sure_and_right_costs_nothing_and_sure_and_wrong_stays_finite():
    scores = np.array([[1000.0, 0.0]])
    assert SoftmaxCrossEntropy().forward(scores, np.array([0])) == 0
    assert SoftmaxCrossEntropy().forward(scores, np.array([1])) == 1000


def test_all_but_sure_and_right_costs_what_the_others_have_left():
    scores = np.array([[75.0, 0.0, 0.0, 75.0], [75.0, 0.0, 0.0, 0.0]])
    criterion = SoftmaxCrossEntropy()
    criterion.forward(scores, np.array([0, 0]))
    expected = [math.log(2), math.log1p(3 * math.exp(-75))]
    np.testing.assert_allclose(criterion.losses, expected, rtol=1e-12)


@pytest.mark.parametrize("soft", [False, True])
def test_gradient_of_the_loss_is_prediction_less_truth_as_autograd_has_it(soft):
    scores = random(1, 4, 5)
    labels = np.array([0, 4, 2, 2])
    if soft:
        truth = np.random.default_rng(2).dirichlet(np.ones(5), 4)
        target = torch.from_numpy(truth)
    else:
        truth = one_hot(labels, 5, np.dtype(np.float64))
        target = torch.from_numpy(labels)
    tensor = torch.tensor(scores, requires_grad=True)
    loss = functional.cross_entropy(tensor, target)
    (expected,) = torch.autograd.grad(loss, tensor)
    criterion = SoftmaxCrossEntropy()
    given = truth if soft else labels
    assert criterion.forward(scores, given) == pytest.approx(loss.item())
    np.testing.assert_allclose(criterion.backward(), expected, atol=1e-6)
    probabilities = torch.softmax(tensor.detach(), 1).numpy()
    np.testing.assert_allclose(criterion.backward(), (probabilities - truth) / 4, atol=1e-12)


# How parameters are changed.


def bowl(parameters):
    """Lowest, 0, at w = (3, -1)."""
    return float(((parameters["w"] - np.array([3.0, -1.0])) ** 2).sum())


def test_gradient_descent_step_is_rate_times_gradient_downhill():
    parameters = {"w": np.array([1.0, 2.0])}
    GradientDescent(0.1).step(parameters, {"w": np.array([10.0, -20.0])})
    assert parameters["w"].tolist() == [0.0, 4.0]


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_momentum_takes_the_steps_of_torch(nesterov, decay):
    start = random(1, 4, 3)
    weight = nn.Parameter(torch.tensor(start))
    optimiser = torch.optim.SGD(
        [weight], lr=0.05, momentum=0.9, nesterov=nesterov, weight_decay=decay
    )
    ours = {"w": start.copy()}
    update = Momentum(0.05, 0.9, nesterov=nesterov, weight_decay=decay)
    for step in range(5):
        gradient = random(10 + step, 4, 3)
        weight.grad = torch.from_numpy(gradient)
        optimiser.step()
        update.step(ours, {"w": gradient})
        np.testing.assert_allclose(ours["w"], weight.detach(), atol=1e-12)


def test_momentum_of_zero_is_gradient_descent():
    plain, rolling = {"w": random(1, 5)}, {"w": random(1, 5)}
    for step in range(3):
        gradient = {"w": random(step, 5)}
        GradientDescent(0.1, weight_decay=0.2).step(plain, gradient)
        Momentum(0.1, 0.0, weight_decay=0.2).step(rolling, gradient)
    np.testing.assert_allclose(plain["w"], rolling["w"], atol=1e-15)


def test_local_search_keeps_a_step_only_if_the_loss_decreases():
    parameters = {"w": np.zeros(2)}
    search = RandomLocalSearch(0.1, np.random.default_rng(0))
    losses = [bowl(parameters)]
    for _ in range(300):
        before = parameters["w"].copy()
        losses.append(search.step(parameters, lambda: bowl(parameters)))
        assert losses[-1] == bowl(parameters)
        assert losses[-1] < losses[-2] or (parameters["w"] == before).all()
    assert losses[-1] < 0.01 * losses[0]


def test_random_search_never_gets_worse_and_does_not_depend_on_where_it_stands():
    parameters = {"w": np.array([100.0, 100.0])}
    search = RandomSearch(2.0, np.random.default_rng(0))
    losses = [search.step(parameters, lambda: bowl(parameters)) for _ in range(200)]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] < 100
    assert losses[-1] < 1


def test_minibatches_show_every_example_once_in_a_new_order():
    generator = np.random.default_rng(0)
    epochs = [list(minibatches(10, 4, generator)) for _ in range(2)]
    for batches in epochs:
        assert [len(batch) for batch in batches] == [4, 4, 2]
        assert sorted(np.concatenate(batches)) == list(range(10))
    assert not np.array_equal(np.concatenate(epochs[0]), np.concatenate(epochs[1]))


def test_two_layer_network_learns_what_no_linear_one_can():
    # Exclusive or: no straight line parts the two classes.
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    labels = np.array([0, 1, 1, 0])
    generator = np.random.default_rng(0)
    linear = Sequential([Linear(np.zeros((2, 2)), np.zeros(2))])
    deep = Sequential(
        [
            Linear(generator.standard_normal((8, 2)), np.zeros(8)),
            Tanh(),
            Linear(generator.standard_normal((2, 8)), np.zeros(2)),
        ]
    )
    losses = []
    for network in (linear, deep):
        criterion, update = SoftmaxCrossEntropy(), GradientDescent(0.5)
        for _ in range(500):
            loss = criterion.forward(network.forward(x), labels)
            network.backward(criterion.backward())
            update.step(network.parameters, network.gradients)
        losses.append(loss)
    # The best that a line can do here is to say one half everywhere.
    assert losses[0] == pytest.approx(math.log(2))
    assert losses[1] < 0.05
    assert (deep.forward(x).argmax(1) == labels).all()
