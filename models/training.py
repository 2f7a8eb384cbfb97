"""Train one of the digit networks from scratch: `python -m models.training lenet5`.

Writes two files, `lenet5.mnist5k.safetensors` and `lenet5.mnist5k.json`; the second is the record
of the run: everything needed to repeat it, and what came out. The held-out pictures are looked at
once, after the last step, so nothing is ever chosen by them. On one machine the same seed gives the
same weights, byte for byte; processors that add in another order may differ in the last pictures.
"""

import argparse
import dataclasses
import hashlib
import json
import math
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from models.datasets import DATASETS, Dataset, LabelledPictures, load_dataset
from models.errors import ConvscopeError
from models.recipes import RECIPES, Recipe

TRAINED_DIRECTORY = Path(__file__).parent / "trained"


class TrainingDivergedError(ConvscopeError):
    """The loss is no longer a number."""

    def __init__(self, epoch: int, loss: float, learning_rate: float) -> None:
        super().__init__(
            f"Training diverged in epoch {epoch}: the loss is {loss}. "
            f"Try a learning rate below {learning_rate:g}."
        )


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: sums over several are added in an order that varies."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def train(recipe: Recipe, data: LabelledPictures, seed: int) -> nn.Module:
    """Build the recipe's network and train it, showing a progress bar on standard error.

    Torch's global generator is left as it was.

    Raises:
        TrainingDivergedError: the loss became infinite or NaN.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = recipe.build()
    optimiser = torch.optim.SGD(
        network.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        nesterov=recipe.momentum > 0,
        weight_decay=recipe.weight_decay,
    )
    batches_per_epoch = math.ceil(len(data) / recipe.batch_size)
    steps = recipe.epochs * batches_per_epoch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    with tqdm(total=steps, unit="batch") as progress:
        for epoch in range(1, recipe.epochs + 1):
            progress.set_description(f"epoch {epoch}/{recipe.epochs}")
            seen = correct = 0
            order = torch.randperm(len(data), generator=generator)
            for batch in torch.split(order, recipe.batch_size):
                labels = data.labels[batch]
                pictures = recipe.jitter.apply(data.pictures[batch], generator)
                logits = network(recipe.prepare(pictures))
                loss = functional.cross_entropy(logits, labels)
                if not math.isfinite(loss.item()):
                    raise TrainingDivergedError(epoch, loss.item(), recipe.learning_rate)
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
                seen += len(batch)
                correct += int((logits.argmax(1) == labels).sum())
                progress.set_postfix(
                    loss=f"{loss.item():.3f}", accuracy=f"{correct / seen:.3f}", refresh=False
                )
                progress.update()
    return network.eval()


@torch.no_grad()
def measure(network: nn.Module, recipe: Recipe, data: LabelledPictures) -> tuple[float, Tensor]:
    """Mean cross-entropy in nats, and how often each class was taken for each.

    Returns:
        The loss, and counts int64 (classes, classes): rows are true classes, columns answers.
    """
    logits = network(recipe.prepare(data.pictures))
    classes = logits.shape[1]
    pairs = data.labels * classes + logits.argmax(1)
    counts = pairs.bincount(minlength=classes * classes).reshape(classes, classes)
    return functional.cross_entropy(logits, data.labels).item(), counts


def describe_run(
    architecture: str, recipe: Recipe, data: Dataset, seed: int, network: nn.Module
) -> dict[str, object]:
    """Measure a trained network and record, ready for JSON, how it was trained and how it did.

    Raises:
        TrainingDivergedError: the last step left weights whose loss is not a number.
    """
    training_loss, _ = measure(network, recipe, data.training)
    if not math.isfinite(training_loss):
        raise TrainingDivergedError(recipe.epochs, training_loss, recipe.learning_rate)
    held_out_loss, confusion = measure(network, recipe, data.held_out)
    return {
        "architecture": architecture,
        "data": {
            "name": data.name,
            "source": data.source,
            "training_pictures": len(data.training),
            "held_out_pictures": len(data.held_out),
            "split_seed": data.split_seed,
        },
        "input": dataclasses.asdict(recipe.preprocessing),
        "seed": seed,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "optimiser": {
            "name": "SGD, Nesterov momentum, learning rate falling to 0 along half a cosine",
            "learning_rate": recipe.learning_rate,
            "momentum": recipe.momentum,
            "weight_decay": recipe.weight_decay,
        },
        "jitter": dataclasses.asdict(recipe.jitter),
        "torch_version": torch.__version__,
        "final_training_loss": training_loss,
        "held_out_loss": held_out_loss,
        "held_out_accuracy": int(confusion.trace()) / len(data.held_out),
        "class_names": data.class_names,
        "confusion": confusion.tolist(),
    }


def write_atomically(contents: dict[Path, bytes]) -> None:
    """Write files so that each name holds its old bytes or its new ones, never a part.

    All are on the disk before the first takes its name, which they do in the order given.
    """
    partial = {path: path.with_name(f".{path.name}.{os.getpid()}.partial") for path in contents}
    try:
        for path, data in contents.items():
            with partial[path].open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path in contents:
            partial[path].replace(path)
    finally:
        for leftover in partial.values():
            leftover.unlink(missing_ok=True)


def positive_integer(text: str) -> int:
    """Parse a whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def seed_number(text: str) -> int:
    """Parse a whole number that torch takes for a seed."""
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(text)
    return number


def positive_number(text: str) -> float:
    """Parse a finite number above 0."""
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(text)
    return number


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; wrong ones end the program with code 2 and say what is right."""
    parser = argparse.ArgumentParser(
        prog="python -m models.training",
        description="Train a digit network from scratch and write its weights and its record.",
    )
    parser.add_argument("architecture", choices=sorted(RECIPES))
    parser.add_argument("--data", choices=sorted(DATASETS), default="mnist5k")
    parser.add_argument("--epochs", type=positive_integer, help="default: the recipe's")
    parser.add_argument("--batch-size", type=positive_integer, help="default: the recipe's")
    parser.add_argument("--learning-rate", type=positive_number, help="default: the recipe's")
    parser.add_argument("--seed", type=seed_number, default=0)
    parser.add_argument("--output", type=Path, default=TRAINED_DIRECTORY, metavar="DIRECTORY")
    return parser.parse_args(arguments)


def run(arguments: argparse.Namespace) -> str:
    """Train, measure and write as the command line says; returns a sentence about the outcome.

    Raises:
        ConvscopeError: no data, or the training diverged.
        OSError: the directory cannot be written to.
    """
    started = time.monotonic()
    # A directory that cannot be made is better known before the training than after it.
    arguments.output.mkdir(parents=True, exist_ok=True)
    overrides = {
        name: value
        for name in ("epochs", "batch_size", "learning_rate")
        if (value := getattr(arguments, name)) is not None
    }
    recipe = dataclasses.replace(RECIPES[arguments.architecture], **overrides)
    data = load_dataset(arguments.data)
    with one_thread():
        network = train(recipe, data.training, arguments.seed)
        record = describe_run(arguments.architecture, recipe, data, arguments.seed, network)
    weights = save(network.state_dict())
    record["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    record["wall_seconds"] = round(time.monotonic() - started, 1)
    stem = f"{arguments.architecture}.{data.name}"
    path = arguments.output / f"{stem}.safetensors"
    # The record first: a record without weights is harmless, weights without one are a riddle.
    write_atomically(
        {
            path.with_suffix(".json"): (json.dumps(record, indent=1) + "\n").encode(),
            path: weights,
        }
    )
    return (
        f"{stem}: {record['held_out_accuracy']:.1%} of {len(data.held_out)} held-out pictures, "
        f"in {path} and its record beside it."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 for a failure, 130 if interrupted."""
    parsed = parse_arguments(arguments)
    try:
        outcome = run(parsed)
    except (ConvscopeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. No file was left half written.\n")
        return 130
    sys.stdout.write(f"{outcome}\n")
    return 0


if __name__ == "__main__":
    # Being told to stop is cleaned up after like being interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
