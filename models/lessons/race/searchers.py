"""Five ways to search, one step at a time, each with what its steps cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from models.lessons.race.tasks import Task
from models.scratch.descent import GradientDescent
from models.scratch.layer import Array, IntegerArray
from models.scratch.minibatch import minibatches
from models.scratch.momentum import Momentum
from models.scratch.search import RandomLocalSearch, RandomSearch

Name = Literal["random_search", "local_search", "full_gradient", "minibatch", "one_at_a_time"]
NAMES: tuple[Name, ...] = get_args(Name)


@dataclass(frozen=True)
class Rules:
    """What the searchers are told.

    Attributes:
        rate: the learning rate of all that use a gradient.
        momentum: of the same; 0 for none.
        batch_size: examples in a minibatch.
        guess_scale: standard deviation of the weights that random search draws.
        change_scale: standard deviation of the changes that random local search tries.
        seed: of everything random; each searcher draws from a generator of its own.
    """

    rate: float
    momentum: float = 0.0
    batch_size: int = 4
    guess_scale: float = 1.0
    change_scale: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class Move:
    """What one step did.

    Attributes:
        looked_at: examples, each time that one was looked at.
        examples: positions of those that a gradient was the mean of; None: all, or no gradient.
        gradients: by parameter; None for who has none.
        velocities: of momentum, by parameter; None without it.
        trial: the weights that were tried, by parameter; None for who tries none.
        trial_loss: theirs.
    """

    looked_at: int
    examples: IntegerArray | None = None
    gradients: dict[str, Array] | None = None
    velocities: dict[str, Array] | None = None
    trial: dict[str, Array] | None = None
    trial_loss: float | None = None


class Searcher:
    """Changes the parameters of its task, step by step.

    Attributes:
        step_cost: examples that a step looks at, as a rule.
    """

    step_cost: int

    def __init__(self, task: Task) -> None:
        self.task = task

    def step(self) -> Move:
        """Take one step."""
        raise NotImplementedError


class Trying(Searcher):
    """Random search and random local search: one trial, kept if and only if it is better.

    A trial looks at every example. So does the first look at the start; after that the loss of
    where it stands is known.
    """

    def __init__(self, task: Task, search: RandomSearch | RandomLocalSearch) -> None:
        super().__init__(task)
        self.step_cost = task.count
        self._search = search
        self._known: float | None = None

    def step(self) -> Move:
        looks: list[tuple[dict[str, Array], float]] = []

        def loss() -> float:
            weights = {name: array.copy() for name, array in self.task.parameters.items()}
            looks.append((weights, self.task.loss()))
            return looks[-1][1]

        self._known = self._search.step(self.task.parameters, loss, self._known)
        trial, trial_loss = looks[-1]
        return Move(len(looks) * self.task.count, trial=trial, trial_loss=trial_loss)


class Descending(Searcher):
    """Down the gradient of all examples, or of the next few of them.

    Args:
        task: whose parameters change.
        rules: rate, momentum and seed.
        batch_size: examples in a step; None for all of them.
    """

    def __init__(self, task: Task, rules: Rules, batch_size: int | None) -> None:
        super().__init__(task)
        self.step_cost = min(batch_size or task.count, task.count)
        self._update = (
            Momentum(rules.rate, rules.momentum) if rules.momentum else GradientDescent(rules.rate)
        )
        self._batches = self._endless(batch_size, np.random.default_rng(rules.seed))

    def _endless(
        self, batch_size: int | None, generator: np.random.Generator
    ) -> Iterator[IntegerArray | None]:
        while True:
            if batch_size is None:
                yield None
            else:
                yield from minibatches(self.task.count, batch_size, generator)

    def step(self) -> Move:
        examples = next(self._batches)
        gradients = self.task.gradients(examples)
        self._update.step(self.task.parameters, gradients)
        looked_at = self.task.count if examples is None else len(examples)
        velocities = self._update.velocities if isinstance(self._update, Momentum) else None
        return Move(looked_at, examples, gradients, velocities)


def searcher(name: Name, task: Task, rules: Rules) -> Searcher:
    """The searcher of this name, at the start of its search."""
    generator = np.random.default_rng(rules.seed)
    makers: dict[Name, Callable[[], Searcher]] = {
        "random_search": lambda: Trying(task, RandomSearch(rules.guess_scale, generator)),
        "local_search": lambda: Trying(task, RandomLocalSearch(rules.change_scale, generator)),
        "full_gradient": lambda: Descending(task, rules, None),
        "minibatch": lambda: Descending(task, rules, rules.batch_size),
        "one_at_a_time": lambda: Descending(task, rules, 1),
    }
    return makers[name]()
