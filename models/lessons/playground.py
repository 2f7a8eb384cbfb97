"""A network of two inputs that learns to part points of the plane, watched while it does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.lessons.activation_curves import ACTIVATIONS
from models.lessons.activation_curves import ActivationName as PlainActivation
from models.lessons.point_sets import PointSetName, points_of
from models.scratch.cross_entropy import SoftmaxCrossEntropy
from models.scratch.layer import Array, Layer
from models.scratch.linear import Linear
from models.scratch.maxout import Maxout
from models.scratch.momentum import Momentum
from models.scratch.sequential import Sequential
from models.scratch.softmax import Softmax

ActivationName = PlainActivation | Literal["maxout"]

MAXOUT_PIECES = 2
CLASSES = 2
# The square of the plane that the maps show, from -REACH to REACH along both axes.
REACH = 1.2
MAP_SIZE = 60
NODE_MAP_SIZE = 30


@dataclass(frozen=True)
class Setup:
    """What decides a run to the last bit, beside the weights that it goes on with.

    Attributes:
        points, count, noise: as `points_of` takes them.
        hidden: units of each hidden layer; none for a linear classifier.
        activation: behind every hidden layer.
        rate, momentum: of the steps, each over all points.
        seed: of the points and, apart from them, of the first weights.
    """

    points: PointSetName
    count: int
    noise: float
    hidden: tuple[int, ...]
    activation: ActivationName
    rate: float
    momentum: float
    seed: int


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """A layer of the network; `pieces` is 1 but in a hidden layer of maxout.

    Attributes:
        weight: (pieces, out, in); so is its velocity.
        bias: (pieces, out); so is its velocity.
    """

    weight: Array
    bias: Array
    weight_velocity: Array
    bias_velocity: Array


@dataclass(frozen=True, eq=False)
class NodeMap:
    """The value of a unit over the square; a code q stands for scale (2 q / 255 - 1)."""

    scale: float
    codes: bytes


@dataclass(frozen=True, eq=False)
class LayerAtProbe:
    """What a layer makes of one point.

    Attributes:
        before: the weighted sums, (pieces, out).
        after: behind the activation, (out,); of the last layer the probabilities.
    """

    before: Array
    after: Array


@dataclass(frozen=True, eq=False)
class Frame:
    """The network after so many steps.

    Attributes:
        loss: mean cross-entropy over the points, in nats; nan once it is not finite.
        accuracy: share of the points whose larger score is that of their class.
        boundary: the probability of class 1 over the square, row by row from the top, 255 for 1.
        nodes: of each hidden layer, of each unit, the value behind the activation.
    """

    step: int
    loss: float
    accuracy: float
    boundary: bytes
    nodes: tuple[tuple[NodeMap, ...], ...]
    layers: tuple[LayerWeights, ...]
    probe: tuple[LayerAtProbe, ...]


def weight_shapes(setup: Setup) -> list[tuple[int, int, int]]:
    """(pieces, out, in) of every layer."""
    sizes = [2, *setup.hidden, CLASSES]
    hidden_pieces = MAXOUT_PIECES if setup.activation == "maxout" else 1
    pieces = [hidden_pieces] * len(setup.hidden) + [1]
    return list(zip(pieces, sizes[1:], sizes, strict=False))


def first_weights(setup: Setup) -> tuple[LayerWeights, ...]:
    """Normal with standard deviation 1 / sqrt(in), so that sums stay near 1; biases are zero.

    Source: LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998, equation 16.
    """
    generator = np.random.default_rng([setup.seed, 1])
    layers = []
    for pieces, out, into in weight_shapes(setup):
        weight = generator.standard_normal((pieces, out, into)) / np.sqrt(into)
        bias = np.zeros((pieces, out))
        layers.append(LayerWeights(weight, bias, np.zeros_like(weight), np.zeros_like(bias)))
    return tuple(layers)


class Playground:
    """A run: its points, its network and its velocities.

    Args:
        layers: what the run goes on with after `step` steps; not changed.
        probe: the point whose values every frame tells, (2,).
    """

    def __init__(
        self,
        setup: Setup,
        layers: Sequence[LayerWeights],
        step: int = 0,
        probe: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        generator = np.random.default_rng([setup.seed, 0])
        self.points, self.labels = points_of(setup.points, setup.count, setup.noise, generator)
        self.step = step
        self._probe: Array = np.array([probe])
        self._loss = SoftmaxCrossEntropy()
        self._update = Momentum(setup.rate, setup.momentum)
        self._weighted = [_weighted_layer(each) for each in layers]
        self._activations = [
            None if setup.activation == "maxout" else ACTIVATIONS[setup.activation]()
            for _ in setup.hidden
        ]
        self._network = Sequential(dict(self._named_layers()))
        for place, (layer, weighted) in enumerate(zip(layers, self._weighted, strict=True)):
            velocities = {"weight": layer.weight_velocity, "bias": layer.bias_velocity}
            self._update.velocities |= {
                f"weighted_{place}.{name}": velocity.copy().reshape(weighted.parameters[name].shape)
                for name, velocity in velocities.items()
            }

    def train(self, steps: int) -> None:
        """Take so many steps, each over all points; none once the loss is no finite number."""
        network = self._network
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(steps):
                loss = self._loss.forward(network.forward(self.points), self.labels)
                if not np.isfinite(loss):
                    return
                network.backward(self._loss.backward())
                self._update.step(network.parameters, network.gradients)
                self.step += 1

    def frame(self) -> Frame:
        """The network as it stands."""
        with np.errstate(over="ignore", invalid="ignore"):
            scores = self._network.forward(self.points)
            loss = self._loss.forward(scores, self.labels)
            *hidden, probabilities = (after for _, after in self._values(_square()))
            boundary = _codes(2 * probabilities[:, 1] - 1, 1.0)
            nodes = tuple(_node_maps(values) for values in hidden)
            probe = tuple(
                LayerAtProbe(before[:, 0], after[0]) for before, after in self._values(self._probe)
            )
        return Frame(
            step=self.step,
            loss=loss if np.isfinite(loss) else float("nan"),
            accuracy=float((scores.argmax(axis=1) == self.labels).mean()),
            boundary=boundary,
            nodes=nodes,
            layers=tuple(self._layer_weights(place) for place in range(len(self._weighted))),
            probe=probe,
        )

    def _named_layers(self) -> Iterator[tuple[str, Layer]]:
        for place, weighted in enumerate(self._weighted):
            yield f"weighted_{place}", weighted
            activation = self._activations[place] if place < len(self._activations) else None
            if activation is not None:
                yield f"activation_{place}", activation

    def _values(self, points: Array) -> Iterator[tuple[Array, Array]]:
        """Of every layer the sums (pieces, n, out) and what stands behind the activation."""
        x = points
        for place, weighted in enumerate(self._weighted):
            weight, bias = weighted.parameters["weight"], weighted.parameters["bias"]
            if isinstance(weighted, Maxout):
                pairs = zip(weight, bias, strict=True)
                before = np.stack([Linear(*piece).forward(x) for piece in pairs])
                x = weighted.forward(x)
            else:
                x = weighted.forward(x)
                before = x[None]
            if place == len(self._weighted) - 1:
                x = Softmax().forward(x)
            else:
                activation = self._activations[place]
                x = activation.forward(x) if activation is not None else x
            yield before, x

    def _layer_weights(self, place: int) -> LayerWeights:
        parameters, velocities = self._weighted[place].parameters, self._update.velocities
        weight, bias = parameters["weight"], parameters["bias"]
        if weight.ndim == 2:
            weight, bias = weight[None], bias[None]
        return LayerWeights(
            weight.copy(),
            bias.copy(),
            velocities[f"weighted_{place}.weight"].reshape(weight.shape).copy(),
            velocities[f"weighted_{place}.bias"].reshape(bias.shape).copy(),
        )


def _weighted_layer(weights: LayerWeights) -> Layer:
    if len(weights.weight) == 1:
        return Linear(weights.weight[0].copy(), weights.bias[0].copy())
    return Maxout(weights.weight.copy(), weights.bias.copy())


def _square() -> Array:
    """The middles of the map's cells, row by row from the top: (size squared, 2)."""
    middles = ((np.arange(MAP_SIZE) + 0.5) / MAP_SIZE * 2 - 1) * REACH
    x, y = np.meshgrid(middles, -middles)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _node_maps(values: Array) -> tuple[NodeMap, ...]:
    """A map of each unit, of means over two by two cells, from values (cells, units)."""
    ratio = MAP_SIZE // NODE_MAP_SIZE
    blocks = values.reshape(NODE_MAP_SIZE, ratio, NODE_MAP_SIZE, ratio, -1).mean(axis=(1, 3))
    maps = []
    for unit in range(values.shape[1]):
        scale = float(np.abs(blocks[:, :, unit]).max())
        maps.append(NodeMap(scale, _codes(blocks[:, :, unit], scale)))
    return tuple(maps)


def _codes(values: Array, scale: float) -> bytes:
    """A byte a value, from 0 for -scale to 255 for scale; 128 where nothing can be said."""
    shares = values / scale if 0 < scale < np.inf else np.zeros_like(values)
    codes = np.rint((np.nan_to_num(shares) + 1) * 127.5)
    return bytes(codes.astype(np.uint8))
