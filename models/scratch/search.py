"""Learning without gradients: try, and keep what is better."""

from collections.abc import Callable

import numpy as np

from models.scratch.layer import Array

Loss = Callable[[], float]


class RandomSearch:
    """W <- random W; the best so far is kept.

    What was found says nothing about where to look next, so in many dimensions it never arrives.

    Args:
        scale: standard deviation of the weights that are drawn.
    """

    def __init__(self, scale: float, generator: np.random.Generator) -> None:
        self.scale = scale
        self.generator = generator

    def step(self, parameters: dict[str, Array], loss: Loss, before: float | None = None) -> float:
        """Try one other set of weights.

        Args:
            parameters: changed in place if the trial is better, else as before.
            loss: computes the loss of the parameters as they stand.
            before: that loss, where it is known; else it is computed first.

        Returns:
            The loss that remains.
        """
        trial: dict[str, Array] = {
            name: self.scale * self.generator.standard_normal(array.shape)
            for name, array in parameters.items()
        }
        return _keep_if_better(parameters, trial, loss, before)


class RandomLocalSearch:
    """W <- W + f with a small random f, if and only if the loss decreases.

    Args:
        scale: standard deviation of f.
    """

    def __init__(self, scale: float, generator: np.random.Generator) -> None:
        self.scale = scale
        self.generator = generator

    def step(self, parameters: dict[str, Array], loss: Loss, before: float | None = None) -> float:
        """Try one step in a random direction; arguments and result as `RandomSearch.step`."""
        trial: dict[str, Array] = {
            name: array + self.scale * self.generator.standard_normal(array.shape)
            for name, array in parameters.items()
        }
        return _keep_if_better(parameters, trial, loss, before)


def _keep_if_better(
    parameters: dict[str, Array], trial: dict[str, Array], loss: Loss, before: float | None
) -> float:
    if before is None:
        before = loss()
    saved = {name: array.copy() for name, array in parameters.items()}
    for name, array in parameters.items():
        array[...] = trial[name]
    after = loss()
    if after < before:
        return after
    for name, array in parameters.items():
        array[...] = saved[name]
    return before
