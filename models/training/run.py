"""A training run: which pictures come when, and everything needed to go on after a kill."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import torch
from torch import nn

from models.data.dataset import LabelledPictures
from models.errors import ConvscopeError
from models.training.engines import Engine, EngineName, Numbers, Portion, Tensors, TorchEngine
from models.training.numpy_engine import NumpyEngine
from models.training.optimisers import PORTION
from models.training.recipes import Recipe
from models.training.search_engine import SearchEngine

_ORDER = "order"
_GENERATOR = "generator"


class TrainingDivergedError(ConvscopeError):
    """The loss is no longer a number."""

    def __init__(self, epoch: int, loss: float, learning_rate: float) -> None:
        super().__init__(
            f"Training diverged in epoch {epoch}: the loss is {loss}. "
            f"Try a learning rate below {learning_rate:g}."
        )


class StepUndoneError(Exception):
    """A step was interrupted; the run stands where it stood before it."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: sums over several are added in an order that varies."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@dataclass(frozen=True)
class TrainingStep:
    """What one step did.

    Attributes:
        number: how many steps are done.
        epoch: the one it belongs to, from 1.
        loss: of the batch before the step, nats; of a search, that of the weights it keeps.
        accuracy: share of right answers in this epoch so far.
        batch_accuracy: share of right answers in this batch.
        pictures: how many were in the batch, which for some optimisers is the whole training set.
        seconds: what the step took.
    """

    number: int
    epoch: int
    loss: float
    accuracy: float
    batch_accuracy: float
    pictures: int
    seconds: float


@dataclass(frozen=True)
class EpochMeasure:
    """How the network did on the held-out pictures, of which it learned nothing.

    Attributes:
        epoch: after which that was; 0 before the first step.
        step: how many were done.
        loss: mean cross-entropy, nats; None where it is no finite number.
        correct: how many of the pictures it read rightly.
        accuracy: share of them.
        is_at_chance: naming one class for all of them would do as well, see `is_at_chance`.
    """

    epoch: int
    step: int
    loss: float | None
    correct: int
    accuracy: float
    is_at_chance: bool


class Training:
    """One network being trained; `advance` takes one step.

    Everything random comes from `seed`: the first weights, the order of the pictures, how each is
    moved, dropout, and what a search draws. Torch's global generator is left as it was.

    Attributes:
        network: the design, with the first weights; the torch engine trains it in place.
        engine: what learns.
        steps_done: of `steps`.
        measures: on the held-out pictures, one an epoch; they change nothing of the training.

    Raises:
        UnsupportedByNumpyError: the numpy engine lacks a part of the design.
    """

    def __init__(
        self, recipe: Recipe, data: LabelledPictures, seed: int, engine: EngineName = "torch"
    ) -> None:
        self.recipe = recipe
        self._batch_size = len(data) if recipe.rule.sees_whole_set else recipe.batch_size
        self.batches_per_epoch = math.ceil(len(data) / self._batch_size)
        self.steps = recipe.epochs * self.batches_per_epoch
        self.steps_done = 0
        self.measures: list[EpochMeasure] = []
        self._data = data
        self._generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network: nn.Module = recipe.build()
        self.engine: Engine = (
            TorchEngine(self.network, recipe, self.steps, seed)
            if engine == "torch"
            else NumpyEngine(self.network, recipe, self.steps)
        )
        if recipe.rule.is_search:
            self.engine = SearchEngine(self.engine, recipe, seed)
        self._order = torch.arange(0)
        self._seen = self._correct = 0

    @property
    def is_finished(self) -> bool:
        """True once every step is done."""
        return self.steps_done == self.steps

    @property
    def is_to_be_measured(self) -> bool:
        """True between two epochs, and before the first, until the network was measured there."""
        measured_at = self.measures[-1].step if self.measures else None
        return self.steps_done % self.batches_per_epoch == 0 and measured_at != self.steps_done

    @property
    def rate(self) -> float | None:
        """The learning rate that is due now; None for a search, which has none."""
        if self.recipe.rule.is_search:
            return None
        return self.recipe.rate_after(self.steps_done, self.steps)

    def advance(self, is_interrupted: Callable[[], bool] = lambda: False) -> TrainingStep:
        """Take one step.

        Args:
            is_interrupted: asked before each portion of a step over the whole training set.

        Raises:
            TrainingDivergedError: the loss is infinite or NaN; nothing was learned from it.
            StepUndoneError: it was interrupted.
        """
        started = time.perf_counter()
        epoch, place = divmod(self.steps_done, self.batches_per_epoch)
        if self.recipe.rule.sees_whole_set:
            # Portions write, too: trials, draws, and the statistics of batches.
            before = self.state()
            self._seen = self._correct = 0
            size = len(self._data)
            try:
                loss, correct = self.engine.step(self._whole_set(is_interrupted), size)
            except StepUndoneError:
                self.restore(*before)
                raise
        else:
            if place == 0:
                self._seen = self._correct = 0
            portion, size = self._batch(place)
            loss, correct = self.engine.step([portion], size)
        if not math.isfinite(loss):
            raise TrainingDivergedError(epoch + 1, loss, self.recipe.learning_rate)
        self.steps_done += 1
        self._seen += size
        self._correct += correct
        return TrainingStep(
            number=self.steps_done,
            epoch=epoch + 1,
            loss=loss,
            accuracy=self._correct / self._seen,
            batch_accuracy=correct / size,
            pictures=size,
            seconds=time.perf_counter() - started,
        )

    def _batch(self, place: int) -> tuple[Portion, int]:
        """The next minibatch of an epoch that has its pictures in an order of its own."""
        if place == 0:
            self._order = torch.randperm(len(self._data), generator=self._generator)
        batch = self._order[place * self._batch_size : (place + 1) * self._batch_size]
        pictures = self.recipe.jitter.apply(self._data.pictures[batch], self._generator)
        return (self.recipe.prepare(pictures), self._data.labels[batch]), len(batch)

    def _whole_set(self, is_interrupted: Callable[[], bool]) -> Iterator[Portion]:
        """All pictures, in the same order in every step, and a portion at a time."""
        for pictures, labels in zip(
            self._data.pictures.split(PORTION), self._data.labels.split(PORTION), strict=True
        ):
            if is_interrupted():
                raise StepUndoneError
            yield self.recipe.prepare(pictures), labels

    def state(self) -> tuple[Tensors, Numbers]:
        """Everything that `restore` needs, between two steps."""
        tensors, engine = self.engine.state()
        tensors = {f"engine/{name}": value for name, value in tensors.items()}
        tensors |= {_ORDER: self._order, _GENERATOR: self._generator.get_state()}
        return tensors, {
            "steps_done": self.steps_done,
            "seen": self._seen,
            "correct": self._correct,
            "engine": engine,
            "measures": [asdict(measure) for measure in self.measures],
        }

    def restore(self, tensors: Tensors, numbers: Numbers) -> None:
        """Go on where the run whose `state` this is stood; the weights will be the same."""
        own = {
            name.removeprefix("engine/"): value
            for name, value in tensors.items()
            if name.startswith("engine/")
        }
        self.engine.restore(own, numbers["engine"])
        self._order = tensors[_ORDER]
        self._generator.set_state(tensors[_GENERATOR])
        self.steps_done = numbers["steps_done"]
        self._seen, self._correct = numbers["seen"], numbers["correct"]
        # States of earlier versions have none.
        self.measures = [EpochMeasure(**each) for each in numbers.get("measures", [])]
