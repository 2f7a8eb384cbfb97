"""What the searchers search: the mean loss over examples, of whatever weights a task holds."""

from functools import cache

import numpy as np

from models.data.datasets import mnist5k
from models.scratch.cross_entropy import SoftmaxCrossEntropy
from models.scratch.layer import Array, IntegerArray
from models.scratch.linear import Linear
from models.scratch.surface import Surface

# Examples that tilt a surface.
TILTED_EXAMPLES = 16


class Task:
    """A loss that is a mean over examples.

    Attributes:
        parameters: the weights as they stand, by name; a searcher changes them in place.
        count: of examples.
    """

    def __init__(self, parameters: dict[str, Array], count: int) -> None:
        self.parameters = parameters
        self.count = count

    def loss(self) -> float:
        """Mean over all examples."""
        raise NotImplementedError

    def gradients(self, examples: IntegerArray | None = None) -> dict[str, Array]:
        """dL/dw of the mean over some examples (their positions), or over all."""
        raise NotImplementedError


class TiltedSurface(Task):
    """A surface of two weights, and examples that each tilt it their own way.

    L_n(w) = L(w) + g_n . w, and all g_n add up to 0: one example's gradient is wrong by g_n, the
    mean over all is right, and that of a batch is wrong by the mean of its g_n.

    Args:
        surface: L.
        start: (2,), where the search begins.
        noise: the size of the tilts; g_n is `noise` times a draw from the normal distribution, less
            the mean of all draws.
    """

    def __init__(self, surface: Surface, start: Array, noise: float) -> None:
        super().__init__({"w": start.copy()}, TILTED_EXAMPLES)
        self.surface = surface
        # The same examples in every race; the race's own seed says in which order they come.
        # Not a draw and its opposite: in a batch of two such pairs nothing would be wrong.
        drawn = np.random.default_rng(0).standard_normal((TILTED_EXAMPLES, 2))
        self.tilts: Array = noise * (drawn - drawn.mean(axis=0))

    def loss(self) -> float:
        return float(self.surface.forward(self.parameters["w"]))

    def gradients(self, examples: IntegerArray | None = None) -> dict[str, Array]:
        self.surface.forward(self.parameters["w"])
        slope = self.surface.backward()
        return {"w": slope if examples is None else slope + self.tilts[examples].mean(axis=0)}


class DigitTask(Task):
    """Ten templates and a bias for handwritten digits: softmax regression, from all zeros.

    Args:
        pictures: (n, pixels) in [0, 1].
        labels: (n,).
    """

    def __init__(self, pictures: Array, labels: IntegerArray) -> None:
        classes, pixels = 10, pictures.shape[1]
        self._linear = Linear(np.zeros((classes, pixels)), np.zeros(classes))
        self._criterion = SoftmaxCrossEntropy()
        self._pictures, self._labels = pictures, labels
        super().__init__(self._linear.parameters, len(labels))

    def loss(self) -> float:
        return self._criterion.forward(self._linear.forward(self._pictures), self._labels)

    def gradients(self, examples: IntegerArray | None = None) -> dict[str, Array]:
        pictures, labels = self._pictures, self._labels
        if examples is not None:
            pictures, labels = pictures[examples], labels[examples]
        self._criterion.forward(self._linear.forward(pictures), labels)
        self._linear.backward(self._criterion.backward())
        return self._linear.gradients

    def accuracy(self, pictures: Array, labels: IntegerArray) -> float:
        """The share of other digits that the weights, as they stand, get right."""
        return float((self._linear.forward(pictures).argmax(axis=1) == labels).mean())


@cache
def training_digits() -> tuple[Array, IntegerArray]:
    """The 4,000 digits of mnist5k to learn from, class after class in turn: (n, 784), (n,)."""
    pictures, labels = _flat(held_out=False)
    # One of each class, then another: any number of them from the front is as good as balanced.
    place_in_class = np.array([(labels[:n] == label).sum() for n, label in enumerate(labels)])
    order = np.lexsort((labels, place_in_class))
    return pictures[order], labels[order]


@cache
def held_out_digits() -> tuple[Array, IntegerArray]:
    """The 1,000 that are never learned from: (n, 784), (n,)."""
    return _flat(held_out=True)


def _flat(*, held_out: bool) -> tuple[Array, IntegerArray]:
    data = mnist5k()
    part = data.held_out if held_out else data.training
    pictures = part.pictures.numpy().reshape(len(part), -1).astype(np.float64)
    return pictures, part.labels.numpy()
