"""Momentum: a ball that rolls downhill instead of a step that forgets the one before."""

import numpy as np

from models.scratch.layer import Array


class Momentum:
    """v <- m v + g, w <- w - rate * v, with g = dL/dw + weight_decay * w.

    Along a valley the gradients agree and add up to 1 / (1 - m) of one; across it they change sign
    and cancel. Nesterov's form takes the gradient's own step on top: w <- w - rate * (g + m v).

    Args:
        rate: the learning rate.
        momentum: m in [0, 1), how much of the velocity is kept.
        nesterov: look ahead along the velocity.
        weight_decay: pulls every weight towards zero.

    Attributes:
        velocities: v by parameter, zero at first.

    Source: Sutskever, Martens, Dahl, Hinton: On the importance of initialization and momentum in
    deep learning, 2013, section 2, with the rate outside of the velocity.
    """

    def __init__(
        self,
        rate: float,
        momentum: float = 0.9,
        *,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        self.rate = rate
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self.velocities: dict[str, Array] = {}

    def step(self, parameters: dict[str, Array], gradients: dict[str, Array]) -> None:
        """Change the parameters in place."""
        for name, array in parameters.items():
            gradient = gradients[name] + self.weight_decay * array
            velocity = self.velocities.setdefault(name, np.zeros_like(array))
            velocity *= self.momentum
            velocity += gradient
            direction = gradient + self.momentum * velocity if self.nesterov else velocity
            array -= self.rate * direction  # noqa: PLW2901  in place
