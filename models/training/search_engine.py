"""Learning without gradients: a search of `models/scratch/` over the weights of another engine."""

from collections.abc import Iterable

import numpy as np
from torch import Tensor

from models.scratch.cross_entropy import SoftmaxCrossEntropy
from models.scratch.layer import Array
from models.scratch.search import RandomLocalSearch, RandomSearch
from models.training.engines import Engine, Numbers, Portion, Tensors
from models.training.recipes import Recipe


class SearchEngine:
    """Tries weights, one set of them a step, and keeps what has the lowest loss.

    The first step finds the loss of the weights to start from. Both engines draw the same numbers.

    Args:
        engine: has the network, and answers for it as in use: nothing is dropped.
        recipe: which search, and its scale.
        seed: of what is drawn.
    """

    def __init__(self, engine: Engine, recipe: Recipe, seed: int) -> None:
        self._engine = engine
        self._criterion = SoftmaxCrossEntropy()
        self._generator = np.random.default_rng(seed)
        kind = RandomSearch if recipe.optimiser == "random-search" else RandomLocalSearch
        self._search = kind(recipe.scale, self._generator)
        self._kept: tuple[float, int] | None = None

    def step(self, portions: Iterable[Portion], count: int) -> tuple[float, int]:
        """Try other weights.

        Args:
            portions: all pictures, the same ones in every step.
            count: how many that is.

        Returns:
            The mean cross-entropy, in nats, of the weights that are kept, and how many pictures
            they have right.
        """
        if self._kept is None:
            self._kept = self._measured(portions, count)
            return self._kept
        before, correct = self._kept
        tried = before, correct

        def loss() -> float:
            nonlocal tried
            tried = self._measured(portions, count)
            return tried[0]

        # By name, for the engines list them in orders of their own.
        parameters = dict(sorted(self._engine.parameters().items()))
        after = self._search.step(parameters, loss, before)
        if after < before:
            self._kept = tried
        return self._kept

    def _measured(self, portions: Iterable[Portion], count: int) -> tuple[float, int]:
        total, correct = 0.0, 0
        for inputs, labels in portions:
            scores = self._engine.logits(inputs).numpy()
            total += self._criterion.forward(scores, labels.numpy()) * (len(labels) / count)
            correct += int((scores.argmax(axis=1) == labels.numpy()).sum())
        return total, correct

    def parameters(self) -> dict[str, Array]:
        return self._engine.parameters()

    def logits(self, inputs: Tensor) -> Tensor:
        return self._engine.logits(inputs)

    def weights(self) -> Tensors:
        return self._engine.weights()

    def state(self) -> tuple[Tensors, Numbers]:
        tensors, numbers = self._engine.state()
        return tensors, {
            "engine": numbers,
            "generator": self._generator.bit_generator.state,
            "kept": self._kept,
        }

    def restore(self, tensors: Tensors, numbers: Numbers) -> None:
        self._engine.restore(tensors, numbers["engine"])
        self._generator.bit_generator.state = numbers["generator"]
        self._kept = tuple(numbers["kept"]) if numbers["kept"] else None
