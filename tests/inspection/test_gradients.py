"""dL/da and dL/dw of networks, against autograd on the module itself and finite differences."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from app.inspection.activations.capture import capture
from app.inspection.errors import NoFiltersError
from app.inspection.gradients.activation_gradient import activation_gradient
from app.inspection.gradients.loss import class_loss, confidence
from app.inspection.gradients.weight_gradient import weight_gradient
from app.inspection.tracing.tracing import trace
from models.architectures.lenet5 import LeNet5


class Forked(nn.Module):
    """A kernel that is used twice, a map that is read twice, and a branch that leads nowhere."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 3, 3, padding=1)
        self.shared = nn.Conv2d(3, 3, 3, padding=1, groups=3)
        self.head = nn.Linear(3, 4)

    def forward(self, x):
        a = torch.tanh(self.first(x))
        b = self.shared(a)
        c = torch.tanh(self.shared(b)) + a
        return self.head(c.mean((2, 3)))


def made(module_class, shape):
    torch.manual_seed(3)
    module = module_class().eval()
    tensor = torch.randn(1, *shape)
    return module, tensor, trace(module, shape)


CASES = {
    "lenet5": (LeNet5, (1, 32, 32), ("c1", "c1_tanh", "s2", "c3", "c5", "f6", "output")),
    "forked": (Forked, (2, 6, 5), ("first", "head")),
}


@pytest.mark.parametrize("name", CASES)
def test_activation_gradient_is_that_of_hooks_on_the_module(name) -> None:
    module_class, shape, layers = CASES[name]
    module, tensor, graph = made(module_class, shape)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    kept = {}

    def hook_for(path):
        def hook(_module, _arguments, output):
            output.retain_grad()
            kept[path] = output

        return hook

    hooks = [module.get_submodule(path).register_forward_hook(hook_for(path)) for path in layers]
    pixels = tensor.clone().requires_grad_()
    loss = functional.cross_entropy(module(pixels), torch.tensor([2]))
    loss.backward()
    for hook in hooks:
        hook.remove()
    values = capture(graph, tensor)
    for layer in ("input", *layers):
        found = activation_gradient(graph, tensor, layer, values[layer], 2)
        expected = pixels.grad if layer == "input" else kept[layer].grad
        assert found.values.shape == values[layer].shape
        assert (found.values - expected[0]).abs().max() <= 1e-5 * expected.abs().max(), layer
        assert found.loss == pytest.approx(float(loss.detach()), abs=1e-6)
    for key, value in module.state_dict().items():
        assert torch.equal(value, before[key])


@pytest.mark.parametrize("name", CASES)
def test_weight_gradient_is_that_of_backward(name) -> None:
    module_class, shape, _ = CASES[name]
    module, tensor, graph = made(module_class, shape)
    functional.cross_entropy(module(tensor), torch.tensor([1])).backward()
    expected = {key: value.grad.clone() for key, value in module.named_parameters()}
    module.zero_grad()
    layers = [layer for layer in graph.layers if layer.parameter_names]
    assert len(layers) >= 3
    for layer in layers:
        found = weight_gradient(graph, tensor, layer.id, 1)
        weight, bias = (expected[key] for key in layer.parameter_names)
        largest = weight.abs().max()
        assert (found.bank.weight.reshape(weight.shape) - weight).abs().max() <= 1e-5 * largest
        assert (found.bank.bias - bias).abs().max() <= 1e-5 * largest
    assert all(value.grad is None for value in module.parameters())


def test_gradients_by_finite_differences() -> None:
    """In float64, on the module itself: (L(a + h) - L(a - h)) / 2h."""
    module, tensor, graph = made(LeNet5, (1, 32, 32))
    exact = LeNet5().eval().double()
    exact.load_state_dict(module.state_dict())
    behind = nn.Sequential(*list(exact.children())[1:])
    step = 1e-4

    def slope(loss, array, place):
        kept = float(array[place])
        ends = []
        for moved in (kept + step, kept - step):
            array[place] = moved
            ends.append(float(loss()))
        array[place] = kept
        return (ends[0] - ends[1]) / (2 * step)

    with torch.no_grad():
        maps = exact.c1(tensor.double())
        by_map = activation_gradient(graph, tensor, "c1", capture(graph, tensor)["c1"], 7).values
        by_weight = weight_gradient(graph, tensor, "c1", 7).bank.weight
        target = torch.tensor([7])
        for place in ((0, 3, 3), (2, 14, 9), (5, 27, 27), (3, 10, 20)):
            found = slope(lambda: functional.cross_entropy(behind(maps), target), maps, (0, *place))
            assert float(by_map[place]) == pytest.approx(found, abs=1e-7, rel=1e-4)
        weight = exact.c1.weight
        for place in ((0, 0, 0, 0), (3, 0, 2, 4), (5, 0, 4, 1)):
            found = slope(
                lambda: functional.cross_entropy(exact(tensor.double()), target), weight, place
            )
            assert float(by_weight[place]) == pytest.approx(found, abs=1e-6, rel=1e-4)


def test_gradient_of_the_logits_is_p_less_y() -> None:
    _, tensor, graph = made(LeNet5, (1, 32, 32))
    values = capture(graph, tensor)
    found = activation_gradient(graph, tensor, graph.output, values[graph.output], 4)
    expected = torch.softmax(values.logits.double(), 0)
    assert confidence(found.loss) == pytest.approx(float(expected[4]))
    expected[4] -= 1
    assert (found.values - expected).abs().max() <= 1e-6
    assert abs(float(found.values.sum())) <= 1e-6


def test_who_is_sure_still_has_a_gradient() -> None:
    """By hand: p = 1 / (1 + e^-30), so p - 1 = -e^-30 to fifteen digits; float32 says 0."""
    logits = torch.tensor([[30.0, 0.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(class_loss(logits, 0), logits)
    assert float(gradient[0, 0]) == pytest.approx(-9.357622968840175e-14, rel=1e-6)


def test_a_layer_that_nothing_reads_has_a_gradient_of_zero() -> None:
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used = nn.Conv2d(1, 2, 3)
            self.idle = nn.Conv2d(2, 2, 3)

        def forward(self, x):
            y = self.used(x)
            return y.mean((2, 3)) + 0 * self.idle(y).mean((2, 3))

    _, tensor, graph = made(Idle, (1, 8, 8))
    values = capture(graph, tensor)
    assert not activation_gradient(graph, tensor, "idle", values["idle"], 0).values.any()
    assert not weight_gradient(graph, tensor, "idle", 0).bank.weight.any()


def test_a_layer_without_kernels_has_no_gradient_of_them() -> None:
    _, tensor, graph = made(LeNet5, (1, 32, 32))
    with pytest.raises(NoFiltersError, match="c1_tanh"):
        weight_gradient(graph, tensor, "c1_tanh", 0)
