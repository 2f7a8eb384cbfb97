"""What is known about a trained network: how it was trained, and how it does on new pictures."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.data.dataset import Dataset, LabelledPictures
from models.training.engines import EngineName
from models.training.optimisers import PORTION, Optimiser, Schedule
from models.training.recipes import Recipe
from models.training.run import (
    EpochMeasure,
    StepUndoneError,
    Training,
    TrainingDivergedError,
)

OPTIMISER_NAMES: dict[Optimiser, str] = {
    "sgd": "SGD",
    "momentum": "SGD, momentum",
    "nesterov": "SGD, Nesterov momentum",
    "gradient-descent": "gradient descent over the whole training set",
    "random-local-search": "random local search over the whole training set",
    "random-search": "random search over the whole training set",
}
_SCHEDULE_NAMES: dict[Schedule, str] = {
    "cosine": "learning rate falling to 0 along half a cosine",
    "constant": "constant learning rate",
}
CHANCE_WORDS = "Naming one class for every picture reaches that by chance as well."
_CHANCE_LEVEL = 0.05
# So many times less than the largest term of a binomial distribution, the rest is nothing.
_VANISHING = 1e-18


@torch.no_grad()
def measure(
    network: Callable[[Tensor], Tensor],
    recipe: Recipe,
    data: LabelledPictures,
    is_interrupted: Callable[[], bool] = lambda: False,
) -> tuple[float, Tensor]:
    """Mean cross-entropy in nats, and how often each class was taken for each.

    Args:
        network: prepared pictures to logits, in evaluation mode.
        recipe: prepares them.
        data: what to answer.
        is_interrupted: asked before each portion of the pictures.

    Returns:
        The loss, and counts int64 (classes, classes): rows are true classes, columns answers.

    Raises:
        StepUndoneError: it was interrupted.
    """
    answers = []
    for pictures in data.pictures.split(PORTION):
        if is_interrupted():
            raise StepUndoneError
        answers.append(network(recipe.prepare(pictures)))
    logits = torch.cat(answers)
    classes = logits.shape[1]
    pairs = data.labels * classes + logits.argmax(1)
    counts = pairs.bincount(minlength=classes * classes).reshape(classes, classes)
    return functional.cross_entropy(logits, data.labels).item(), counts


def measure_epoch(
    run: Training, held_out: LabelledPictures, is_interrupted: Callable[[], bool]
) -> EpochMeasure:
    """How a network does on the held-out pictures as it stands; the training is as before.

    Raises:
        StepUndoneError: it was interrupted.
    """
    loss, confusion = measure(run.engine.logits, run.recipe, held_out, is_interrupted)
    return epoch_measure(run, loss, confusion)


def epoch_measure(run: Training, loss: float, confusion: Tensor) -> EpochMeasure:
    """What `measure` found of a run, where it stands."""
    correct, total = int(confusion.trace()), int(confusion.sum())
    return EpochMeasure(
        epoch=math.ceil(run.steps_done / run.batches_per_epoch),
        step=run.steps_done,
        loss=loss if math.isfinite(loss) else None,
        correct=correct,
        accuracy=correct / total,
        is_at_chance=is_at_chance(correct, total, int(confusion.sum(1).max())),
    )


def describe_run(
    architecture: str, data: Dataset, seed: int, engine: EngineName, run: Training
) -> dict[str, object]:
    """Measure a trained network and record, ready for JSON, how it was trained and how it did.

    Raises:
        TrainingDivergedError: the last step left weights whose loss is not a number, on the
            training or on the held-out pictures.
    """
    recipe, settings = run.recipe, run.recipe.settings
    training_loss, training_confusion = measure(run.engine.logits, recipe, data.training)
    if not math.isfinite(training_loss):
        raise TrainingDivergedError(recipe.epochs, training_loss, recipe.learning_rate)
    held_out_loss, confusion = measure(run.engine.logits, recipe, data.held_out)
    if not math.isfinite(held_out_loss):
        raise TrainingDivergedError(recipe.epochs, held_out_loss, recipe.learning_rate)
    last = epoch_measure(run, held_out_loss, confusion)
    if not run.measures or run.measures[-1].step != run.steps_done:
        run.measures.append(last)
    return {
        "architecture": architecture,
        "data": {
            "name": data.name,
            "source": data.source,
            "training_pictures": len(data.training),
            "held_out_pictures": len(data.held_out),
            "split_seed": data.split_seed,
            "skipped_pictures": len(data.skipped),
            "skipped": [dataclasses.asdict(skip) for skip in data.skipped],
            "sha256": data.fingerprint(),
        },
        "input": {
            "kind": recipe.preprocessing.input_kind,
            "channels": recipe.preprocessing.input_shape[0],
        }
        | dataclasses.asdict(recipe.preprocessing),
        "seed": seed,
        "engine": engine,
        "epochs": recipe.epochs,
        "steps": run.steps_done,
        "steps_planned": run.steps,
        "batch_size": settings["batch_size"],
        "optimiser": {
            "name": _name(recipe),
            **{
                name: settings[name]
                for name in ("learning_rate", "momentum", "weight_decay", "scale")
                if settings[name] is not None
            },
        },
        "jitter": dataclasses.asdict(recipe.jitter),
        "torch_version": torch.__version__,
        "numpy_version": np.__version__,
        "parameters": sum(parameter.numel() for parameter in run.network.parameters()),
        "final_training_loss": training_loss,
        "final_training_accuracy": _accuracy(training_confusion),
        "held_out_loss": held_out_loss,
        "held_out_accuracy": _accuracy(confusion),
        "held_out_by_epoch": [dataclasses.asdict(each) for each in run.measures],
        "class_names": data.class_names,
        "confusion": confusion.tolist(),
    }


def _name(recipe: Recipe) -> str:
    name = OPTIMISER_NAMES[recipe.optimiser]
    return name if recipe.rule.is_search else f"{name}, {_SCHEDULE_NAMES[recipe.schedule]}"


def _accuracy(confusion: Tensor) -> float:
    return int(confusion.trace()) / int(confusion.sum())


def is_at_chance(correct: int, total: int, largest_class: int) -> bool:
    """True if so many right answers prove nothing, on one side and at a level of 5 %.

    Whoever names the most frequent class for every picture is right with its share. An answer that
    is right as often has at least `correct` of `total` right with a binomial probability; above
    5 % the network is not told from it. Where that is so even of nothing but right answers, for
    the pictures are few, those beyond the share are believed.

    Args:
        correct: right answers.
        total: of so many.
        largest_class: how many of them are of the most frequent class.
    """
    if total == 0 or largest_class >= total:
        return correct < total
    # The mean of the distribution is the number itself, and a whole mean is its median too: from
    # there on lies half of it or more.
    if correct <= largest_class:
        return True
    if (largest_class / total) ** total > _CHANCE_LEVEL:
        return False
    tail, whole = _weights_from(correct, total, largest_class)
    return tail > _CHANCE_LEVEL * whole


def _weights_from(correct: int, total: int, mean: int) -> tuple[float, float]:
    """The sum of the binomial terms from `correct` on, and of all, as multiples of the largest.

    The largest is at the mean. On both sides the terms are followed only until they no longer
    count: a few standard deviations, however many pictures a record claims.
    """
    tail = 0.0
    whole = weight = 1.0
    right = mean
    while weight > _VANISHING:
        weight *= (total - right) * mean / ((right + 1) * (total - mean))
        right += 1
        whole += weight
        tail += weight if right >= correct else 0.0
    weight, right = 1.0, mean
    while right and weight > _VANISHING:
        weight *= right * (total - mean) / ((total - right + 1) * mean)
        right -= 1
        whole += weight
    return tail, whole
