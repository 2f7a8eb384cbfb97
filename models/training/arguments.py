"""The command line of `python -m models.training`."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from models.data.datasets import DATASETS, FOLDER_PREFIX, is_known
from models.training.engines import ENGINES
from models.training.recipes import RECIPES, Optimiser

# What `--resume` means without the id of a run.
NEWEST = "newest"
RECIPE_OPTIONS = ("epochs", "batch_size", "learning_rate", "momentum", "weight_decay", "optimiser")


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


def fraction(text: str) -> float:
    """Parse a number from 0 to less than 1."""
    number = float(text)
    if not 0 <= number < 1:
        raise ValueError(text)
    return number


def data_name(text: str) -> str:
    """Parse the name of a data set, or `folder:PATH`."""
    if not is_known(text):
        known = ", ".join((*DATASETS, f"{FOLDER_PREFIX}PATH"))
        raise argparse.ArgumentTypeError(f"{text!r} is none of {known}")
    return text


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; wrong ones end the program with code 2 and say what is right."""
    parser = argparse.ArgumentParser(
        prog="python -m models.training",
        description="Train a network from scratch and write its weights and its record.",
    )
    add = parser.add_argument
    recipe = "default: the recipe's"
    add("architecture", choices=sorted(RECIPES))
    add(
        "--data",
        type=data_name,
        default="mnist5k",
        metavar="DATA",
        help=f"{', '.join(DATASETS)}, or folder:PATH, a folder that holds one folder of pictures "
        "for each class; default: mnist5k",
    )
    add("--engine", choices=ENGINES, default="torch")
    add("--optimiser", choices=get_args(Optimiser), help=recipe)
    add("--epochs", type=positive_integer, help=recipe)
    add("--batch-size", type=positive_integer, help=recipe)
    add("--learning-rate", type=positive_number, help=recipe)
    add("--momentum", type=fraction, help=recipe)
    add("--weight-decay", type=fraction, help=recipe)
    add("--seed", type=seed_number, help="default: 0")
    add(
        "--output",
        type=Path,
        metavar="DIRECTORY",
        help="where the weights and their record go, in place of what an earlier run left there; "
        "default: a directory of the run's own in the cache",
    )
    add(
        "--checkpoints",
        type=Path,
        metavar="DIRECTORY",
        help="where the run keeps its state and the network on the way, in place of an earlier "
        "run's; default: a directory of its own in the cache",
    )
    add(
        "--resume",
        nargs="?",
        const=NEWEST,
        metavar="RUN",
        help="go on from the last saved state of a run, named by its id; without one, of the "
        "newest that is not finished, or of the one in --checkpoints; settings that are left out "
        "are the ones it had",
    )
    add(
        "--events",
        action="store_true",
        help="write JSON lines on standard output, and take commands on standard input",
    )
    return parser.parse_args(arguments)
