"""The two-layer network with a matrix on every edge, against autograd."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.lessons.activation_curves import ACTIVATIONS
from models.lessons.network_graph import worked_network

INPUTS = np.random.default_rng(1).standard_normal((3, 2))
HIDDEN = np.random.default_rng(2).standard_normal((4, 3))
OUTPUT = np.random.default_rng(3).standard_normal((5, 4))
LABELS = [4, 1]
TORCH = {
    "relu": torch.relu,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.1),
    "elu": functional.elu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "identity": lambda x: x * 1,
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_value_and_gradient_agrees_with_autograd(activation):
    values = {
        name: torch.tensor(array, requires_grad=True)
        for name, array in (("W1", HIDDEN), ("x", INPUTS), ("W2", OUTPUT))
    }
    values["s"] = values["W1"] @ values["x"]
    values["h"] = TORCH[activation](values["s"])
    values["t"] = values["W2"] @ values["h"]
    values["p"] = torch.softmax(values["t"], 0)
    values["L"] = functional.nll_loss(torch.log(values["p"]).T, torch.tensor(LABELS))
    gradients = torch.autograd.grad(values["L"], list(values.values()))
    worked = worked_network(INPUTS, HIDDEN, OUTPUT, LABELS, activation)
    nodes = {node.id: node for node in worked.nodes}
    assert nodes.keys() == values.keys()
    for (name, value), gradient in zip(values.items(), gradients, strict=True):
        np.testing.assert_allclose(nodes[name].value, value.detach(), atol=1e-12)
        np.testing.assert_allclose(nodes[name].inflow, gradient, atol=1e-6)
        assert nodes[name].inflow.shape == nodes[name].value.shape


def test_what_flows_into_the_scores_is_p_minus_y():
    worked = worked_network(INPUTS, HIDDEN, OUTPUT, LABELS, "relu")
    nodes = {node.id: node for node in worked.nodes}
    y = np.zeros((5, 2))
    y[4, 0] = y[1, 1] = 1
    np.testing.assert_allclose(nodes["t"].inflow, (nodes["p"].value - y) / 2, atol=1e-12)


def test_rules_say_what_is_sent():
    worked = worked_network(INPUTS, HIDDEN, OUTPUT, LABELS, "tanh")
    nodes = {node.id: node for node in worked.nodes}
    y = np.zeros((5, 2))
    y[4, 0] = y[1, 1] = 1
    for edge in worked.edges:
        target = nodes[edge.target]
        a, b = (*(nodes[name].value for name in target.inputs), None)[:2]
        # tanh' = 1 - tanh^2
        rule = edge.rule.replace("f'(a)", "(1 - np.tanh(a)**2)")
        names = {"a": a, "b": b, "y": target.value, "g": target.inflow, "n": 2, "target": y}
        np.testing.assert_allclose(edge.sent, eval(rule, {"np": np}, names), atol=1e-12)
        assert edge.local is None


def test_products_counted_by_hand():
    # W1 and x lie five edges from the loss, W2 three; the graph has seven edges.
    effort = worked_network(INPUTS, HIDDEN, OUTPUT, LABELS, "relu").effort
    assert (effort.cached, effort.naive, effort.paths) == (7, 13, 3)
