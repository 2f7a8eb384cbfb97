"""What computes a training step: torch, or the numpy library of `models/scratch/`.

Both start from the same weights, see the same batches and follow the same rule.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.scratch.layer import Array
from models.training.recipes import Recipe

EngineName = Literal["torch", "numpy"]
ENGINES: tuple[EngineName, ...] = ("torch", "numpy")

Tensors = dict[str, Tensor]
Numbers = dict[str, Any]
"""What JSON can hold."""
Portion = tuple[Tensor, Tensor]
"""Inputs as the network takes them, float32 (n, channels, size, size), and labels, int64 (n,)."""

_WEIGHTS = "weights/"
_VELOCITY = "velocity/"
_DROPOUT = "dropout_generator"


class Engine(Protocol):
    """A network while it learns."""

    def step(self, portions: Iterable[Portion], count: int) -> tuple[float, int]:
        """Learn from one batch, which may be all pictures that there are.

        Args:
            portions: the batch, in as many parts as the memory asks for; loss and gradient are
                the means over all of it.
            count: how many pictures that is.

        Returns:
            The mean cross-entropy before the step, in nats, and how many were right. If the loss
            is not finite nothing is learned.
        """

    def parameters(self) -> dict[str, Array]:
        """What is learned, by name, in the network's own memory: to write here changes it."""

    def logits(self, inputs: Tensor) -> Tensor:
        """Scores (batch, classes) as the network gives them in use."""

    def weights(self) -> Tensors:
        """The network's state dict as it stands, in memory of its own."""

    def state(self) -> tuple[Tensors, Numbers]:
        """All that `restore` needs to go on as if nothing had happened."""

    def restore(self, tensors: Tensors, numbers: Numbers) -> None:
        """Go on from what `state` of the same design returned."""


class TorchEngine:
    """Learns with torch's autograd and its SGD."""

    def __init__(self, network: nn.Module, recipe: Recipe, steps: int, seed: int) -> None:
        self.network = network
        momentum = recipe.momentum if "momentum" in recipe.rule.settings else 0.0
        self._optimiser = torch.optim.SGD(
            network.parameters(),
            lr=recipe.learning_rate,
            momentum=momentum,
            nesterov=recipe.optimiser == "nesterov" and momentum > 0,
            weight_decay=recipe.weight_decay,
        )
        schedules = torch.optim.lr_scheduler
        self._schedule: torch.optim.lr_scheduler.LRScheduler = (
            schedules.CosineAnnealingLR(self._optimiser, steps)
            if recipe.schedule == "cosine"
            else schedules.ConstantLR(self._optimiser, factor=1.0)
        )
        self._dropout: Tensor | None = None
        if any(isinstance(module, nn.Dropout) for module in network.modules()):
            self._dropout = torch.Generator().manual_seed(seed).get_state()

    def step(self, portions: Iterable[Portion], count: int) -> tuple[float, int]:
        self.network.train()
        self._optimiser.zero_grad()
        total, correct = 0.0, 0
        for inputs, labels in portions:
            with self._dropout_generator():
                logits = self.network(inputs)
            # Its share of the mean over all portions.
            loss = functional.cross_entropy(logits, labels) * (len(labels) / count)
            total += loss.item()
            correct += int((logits.argmax(1) == labels).sum())
            if not math.isfinite(total):
                return total, correct
            torch.autograd.backward(loss)
        self._optimiser.step()
        self._schedule.step()
        return total, correct

    def parameters(self) -> dict[str, Array]:
        return {name: value.detach().numpy() for name, value in self.network.named_parameters()}

    @torch.no_grad()
    def logits(self, inputs: Tensor) -> Tensor:
        self.network.eval()
        scores: Tensor = self.network(inputs)
        return scores

    def weights(self) -> Tensors:
        return {
            name: value.detach().clone().contiguous()
            for name, value in self.network.state_dict().items()
        }

    def state(self) -> tuple[Tensors, Numbers]:
        tensors = {_WEIGHTS + name: value for name, value in self.weights().items()}
        for number, values in self._optimiser.state_dict()["state"].items():
            if values["momentum_buffer"] is not None:
                tensors[f"{_VELOCITY}{number}"] = values["momentum_buffer"].clone()
        if self._dropout is not None:
            tensors[_DROPOUT] = self._dropout.clone()
        return tensors, {"schedule": self._schedule.state_dict()}

    def restore(self, tensors: Tensors, numbers: Numbers) -> None:
        self.network.load_state_dict(_under(_WEIGHTS, tensors))
        velocities = _under(_VELOCITY, tensors)
        settings = self._optimiser.state_dict()
        settings["state"] = {
            int(number): {"momentum_buffer": velocity} for number, velocity in velocities.items()
        }
        self._optimiser.load_state_dict(settings)
        self._schedule.load_state_dict(numbers["schedule"])
        for group, rate in zip(
            self._optimiser.param_groups, numbers["schedule"]["_last_lr"], strict=True
        ):
            group["lr"] = rate
        if self._dropout is not None:
            self._dropout = tensors[_DROPOUT]

    @contextmanager
    def _dropout_generator(self) -> Iterator[None]:
        """Let dropout draw from a generator of ours, which torch has no argument for."""
        if self._dropout is None:
            yield
            return
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(self._dropout)
            yield
            self._dropout = torch.get_rng_state()


def _under(prefix: str, tensors: Tensors) -> Tensors:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
