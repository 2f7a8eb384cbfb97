"""The numpy engine: a torch module read as a graph of the layers of `models/scratch/`."""

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn

from models.errors import ConvscopeError
from models.scratch.activations import ELU, LeakyReLU, ReLU, Sigmoid, Tanh
from models.scratch.convolution import Convolution
from models.scratch.cross_entropy import SoftmaxCrossEntropy
from models.scratch.descent import GradientDescent
from models.scratch.gates import Add, Concatenate, Gate
from models.scratch.graph import INPUT, Graph, Node
from models.scratch.layer import Array, Flatten, Identity, Layer
from models.scratch.linear import Linear
from models.scratch.momentum import Momentum
from models.scratch.patches import Window
from models.scratch.pooling import AveragePooling, GlobalAveragePooling, MaxPooling
from models.training.engines import Numbers, Portion, Tensors
from models.training.recipes import Recipe

_VELOCITY = "velocity/"
_WEIGHTS = "weights/"


class UnsupportedByNumpyError(ConvscopeError):
    """The numpy library has no layer for something in this design."""

    def __init__(self, name: str, operation: str) -> None:
        super().__init__(
            f"The numpy engine has no {operation} (the network's {name}). "
            "It runs linear layers, convolutions, poolings, activation functions, additions and "
            "concatenations; train this design with the torch engine."
        )


class NumpyEngine:
    """Learns with the backward rules of `models/scratch/` and its descent or its momentum.

    Args:
        network: gives the design and the weights to start from; it is not changed.
        recipe: the settings.
        steps: how many there will be, for the schedule of the learning rate.

    Raises:
        UnsupportedByNumpyError: the design has a part that the library lacks.
    """

    def __init__(self, network: nn.Module, recipe: Recipe, steps: int) -> None:
        self.graph = graph_of(network)
        self._recipe = recipe
        self._steps = steps
        self._steps_done = 0
        self._criterion = SoftmaxCrossEntropy()
        self._velocities: dict[str, Array] = {}
        self._update: GradientDescent | Momentum
        if "momentum" in recipe.rule.settings:
            self._update = Momentum(
                recipe.learning_rate,
                recipe.momentum,
                nesterov=recipe.optimiser == "nesterov",
                weight_decay=recipe.weight_decay,
            )
            self._velocities = self._update.velocities
        else:
            self._update = GradientDescent(recipe.learning_rate, recipe.weight_decay)

    def step(self, portions: Iterable[Portion], count: int) -> tuple[float, int]:
        total, correct = 0.0, 0
        gradients: dict[str, Array] = {}
        for inputs, labels in portions:
            scores = self.graph.forward(inputs.numpy())
            # Its share of the mean over all portions.
            share = len(labels) / count
            total += self._criterion.forward(scores, labels.numpy()) * share
            correct += int((scores.argmax(axis=1) == labels.numpy()).sum())
            if not math.isfinite(total):
                return total, correct
            self.graph.backward(self._criterion.backward() * share)
            for name, gradient in self.graph.gradients.items():
                gradients[name] = gradients[name] + gradient if name in gradients else gradient
        self._update.rate = self._recipe.rate_after(self._steps_done, self._steps)
        self._update.step(self.graph.parameters, gradients)
        self._steps_done += 1
        return total, correct

    def parameters(self) -> dict[str, Array]:
        return self.graph.parameters

    def logits(self, inputs: Tensor) -> Tensor:
        return torch.from_numpy(self.graph.forward(inputs.numpy()))

    def weights(self) -> Tensors:
        return {
            name: torch.from_numpy(array.copy()) for name, array in self.graph.parameters.items()
        }

    def state(self) -> tuple[Tensors, Numbers]:
        tensors = {_WEIGHTS + name: value for name, value in self.weights().items()}
        for name, array in self._velocities.items():
            tensors[_VELOCITY + name] = torch.from_numpy(array.copy())
        return tensors, {"steps_done": self._steps_done}

    def restore(self, tensors: Tensors, numbers: Numbers) -> None:
        for name, array in self.graph.parameters.items():
            array[...] = tensors[_WEIGHTS + name].numpy()
            if _VELOCITY + name in tensors:
                self._velocities[name] = tensors[_VELOCITY + name].numpy().copy()
        self._steps_done = numbers["steps_done"]


class _Tracer(fx.Tracer):
    """Looks into modules that are made of others, and at no other's arithmetic."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        del module_qualified_name
        return not list(m.children())


def has_every_part(network: nn.Module) -> bool:
    """True if the library has a layer for each module of a network that is made of no others.

    Asked of its modules alone: to trace it, as `graph_of` does, changes torch for every thread of
    the process meanwhile.
    """
    try:
        for name, module in network.named_modules():
            if not list(module.children()):
                _layer(name, module)
    except UnsupportedByNumpyError:
        return False
    return True


def graph_of(network: nn.Module) -> Graph:
    """The same network in numpy, with copies of its weights; parameters keep their names.

    Raises:
        UnsupportedByNumpyError: the library lacks a layer.
    """
    trace = _Tracer().trace(network)
    modules = dict(network.named_modules())
    # fx names nodes in its own way; a module's path is what its weights are called.
    names: dict[fx.Node, str] = {}
    nodes: list[Node] = []
    for node in trace.nodes:
        match node.op:
            case "placeholder":
                names[node] = INPUT
            case "output":
                break
            case "call_module":
                operation: Layer | Gate = _layer(node.target, modules[node.target])
                is_new = node.target not in names.values()
                if not is_new and list(modules[node.target].parameters()):
                    raise UnsupportedByNumpyError(node.target, "layer that is used twice")
                names[node] = node.target if is_new else node.name
                nodes.append(Node(names[node], operation, (names[node.args[0]],)))
            case "call_function":
                gate, inputs = _gate(node)
                names[node] = node.name
                nodes.append(Node(node.name, gate, tuple(names[each] for each in inputs)))
            case _:
                raise UnsupportedByNumpyError(node.name, str(node.target))
    return Graph(nodes)


def _gate(node: fx.Node) -> tuple[Gate, list[Any]]:
    if node.target in {operator.add, torch.add} and all(
        isinstance(each, fx.Node) for each in node.args
    ):
        return Add(), list(node.args)
    if node.target is torch.cat:
        dimension = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
        if dimension == 1 and isinstance(node.args[0], list):
            return Concatenate(), node.args[0]
    raise UnsupportedByNumpyError(node.name, getattr(node.target, "__name__", str(node.target)))


def _layer(name: str, module: nn.Module) -> Layer:
    make = _MAKERS.get(type(module))
    layer = make(module) if make else None
    if layer is None:
        raise UnsupportedByNumpyError(name, type(module).__name__)
    return layer


def _linear(module: Any) -> Layer:
    return Linear(_array(module.weight), None if module.bias is None else _array(module.bias))


def _convolution(module: Any) -> Layer | None:
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        return None
    return Convolution(
        _array(module.weight),
        None if module.bias is None else _array(module.bias),
        stride=module.stride,
        padding=module.padding,
        dilation=module.dilation,
        groups=module.groups,
    )


def _max_pooling(module: Any) -> Layer | None:
    if _pair(module.dilation) != (1, 1) or module.return_indices:
        return None
    return MaxPooling(_window(module), keeps_cut_windows=module.ceil_mode)


def _average_pooling(module: Any) -> Layer | None:
    counts_padding = module.count_include_pad or _pair(module.padding) == (0, 0)
    if module.ceil_mode or module.divisor_override or not counts_padding:
        return None
    return AveragePooling(_window(module))


def _global_average(module: Any) -> Layer | None:
    return GlobalAveragePooling() if _pair(module.output_size) == (1, 1) else None


def _flatten(module: Any) -> Layer | None:
    return Flatten() if (module.start_dim, module.end_dim) == (1, -1) else None


_MAKERS: dict[type[nn.Module], Callable[[Any], Layer | None]] = {
    nn.Linear: _linear,
    nn.Conv2d: _convolution,
    nn.MaxPool2d: _max_pooling,
    nn.AvgPool2d: _average_pooling,
    nn.AdaptiveAvgPool2d: _global_average,
    nn.Flatten: _flatten,
    nn.Identity: lambda _: Identity(),
    nn.ReLU: lambda _: ReLU(),
    nn.LeakyReLU: lambda module: LeakyReLU(module.negative_slope),
    nn.ELU: lambda module: ELU(module.alpha),
    nn.Tanh: lambda _: Tanh(),
    nn.Sigmoid: lambda _: Sigmoid(),
}


def _array(parameter: Tensor) -> Array:
    array: Array = np.array(parameter.detach().numpy())
    return array


def _window(module: Any) -> Window:
    return Window(_pair(module.kernel_size), _pair(module.stride), _pair(module.padding))


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
