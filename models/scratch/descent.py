"""Gradient descent: the gradient says which way is steepest up, so go the other way."""

from models.scratch.layer import Array


class GradientDescent:
    """w <- w - rate * dL/dw.

    Over the whole training set this is gradient descent, over a batch of it minibatch gradient
    descent, over a single example stochastic gradient descent: only the loss differs.

    Args:
        rate: the learning rate, how far one step goes.
        weight_decay: adds weight_decay * w to the gradient, that of weight_decay / 2 * |w|^2.
    """

    def __init__(self, rate: float, weight_decay: float = 0.0) -> None:
        self.rate = rate
        self.weight_decay = weight_decay

    def step(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Change the parameters in place."""
        for name, array in parameters.items():
            array -= self.rate * (gradients[name] + self.weight_decay * array)  # noqa: PLW2901  in place
