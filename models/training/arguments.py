"""The command line of `python -m models.training`."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from models.data.datasets import DATASETS, FOLDER_PREFIX, is_known
from models.training.engines import ENGINES
from models.training.optimisers import (
    RULES,
    SETTINGS,
    Optimiser,
    Schedule,
    UnusedSettingError,
    check_settings,
)
from models.training.recipes import RECIPES

# What `--resume` means without the id of a run.
NEWEST = "newest"
RECIPE_OPTIONS = ("optimiser", "epochs", *SETTINGS)


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


def _rules() -> str:
    """Every optimiser with its rule, in letters that each terminal has."""
    plain = str.maketrans({"←": "<-", "∂": "d", "²": "^2"})
    rules = (f"{name} ({rule.rule.translate(plain)})" for name, rule in RULES.items())
    return ", ".join(rules)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; wrong ones end the program with code 2 and say what is right."""
    parser = argparse.ArgumentParser(
        prog="python -m models.training",
        description="Train a network from scratch and write its weights and its record.",
        epilog=f"The optimisers: {_rules()}. The last three look at the whole training set in "
        "every step, and bring settings of their own. r is the learning rate, m the momentum, s "
        "the scale.",
    )
    add = parser.add_argument
    recipe = "default: the recipe's, or the optimiser's own"
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
    add("--optimiser", choices=get_args(Optimiser), help="default: the recipe's; see below")
    add("--epochs", type=positive_integer, help=recipe)
    add("--batch-size", type=positive_integer, help=recipe)
    add("--learning-rate", type=positive_number, help=recipe)
    add(
        "--schedule",
        choices=get_args(Schedule),
        help=f"the learning rate falls to 0 along half a cosine, or is constant; {recipe}",
    )
    add("--momentum", type=fraction, help=recipe)
    add("--weight-decay", type=fraction, help=recipe)
    add(
        "--scale",
        type=positive_number,
        help="of a search: standard deviation of what it draws; default: the optimiser's own",
    )
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
    parsed = parser.parse_args(arguments)
    if parsed.resume is None:
        try:
            check_settings(
                parsed.optimiser or RECIPES[parsed.architecture].optimiser,
                [name for name in SETTINGS if getattr(parsed, name) is not None],
            )
        except UnusedSettingError as error:
            parser.error(str(error))
    return parsed
