"""Train a network from scratch: `python -m models.training lenet5`.

Writes two files, `lenet5.mnist5k.safetensors` and `lenet5.mnist5k.json`; the second is the record
of the run: everything needed to repeat it, and what came out. They lie in a directory of the run's
own (`models/training/places.py`), so that no run touches another's files or what ships; the last
line says under which id a server opens the network, and `models/release.py` makes it one that
ships. The held-out pictures are answered after every epoch, which is told and written down and
changes nothing: neither weights nor settings are chosen by them. On one machine the same seed gives
the same weights, byte for byte; processors that add in another order may differ in the last
pictures.

While it goes on it keeps its state in a directory (`models/training/checkpoints.py` says which
files), so that `--resume` continues after a kill and ends at the same weights, and the network at a
geometric series of steps, so that its learning can be replayed. A server with the same cache shows
it at `/train` meanwhile. `--engine numpy` trains with
`models/scratch/` instead of torch.

With `--events` a program can drive it as a child process: it writes one JSON object a line on
standard output, takes commands on standard input, and ends when its standard input is closed. The
lines are described in `models/training/reports.py`, the commands in `models/training/control.py`.
"""

import argparse
import dataclasses
import hashlib
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from safetensors.torch import save

from models.data.dataset import Dataset, LabelledPictures, Loading, LoadingProgress
from models.data.datasets import load_dataset
from models.disk.whole_files import write_atomically
from models.errors import ConvscopeError
from models.training.arguments import (
    NEWEST,
    RECIPE_OPTIONS,
    parse_arguments,
)
from models.training.checkpoints import opened, read_state
from models.training.control import Control, StandardInputControl
from models.training.driving import drive
from models.training.optimisers import RULES, SETTINGS
from models.training.places import RunPlaces, check_output, chosen_places, run_to_resume
from models.training.recipes import RECIPES, Recipe, fitted
from models.training.record import CHANCE_WORDS, describe_run, is_at_chance
from models.training.reports import (
    LISTED_SKIPS,
    BarReporter,
    EventReporter,
    LoggingReporter,
    Reporter,
)
from models.training.run import Training, TrainingDivergedError, one_thread
from models.training.samples import write_samples


class LoadingStoppedError(Exception):
    """The run was told to stop before it had its data."""


def fit_to_network(data: Dataset, recipe: Recipe) -> Dataset:
    """The data set with no picture larger than the network's input."""
    return dataclasses.replace(
        data,
        training=_fitted(data.training, recipe.input_size),
        held_out=_fitted(data.held_out, recipe.input_size),
    )


def _fitted(part: LabelledPictures, size: int) -> LabelledPictures:
    return LabelledPictures(fitted(part.pictures, size), part.labels)


def run(
    arguments: argparse.Namespace, reporter: Reporter, control: Control, held: ExitStack
) -> None:
    """Train, measure and write as the command line says.

    Args:
        arguments: of the command line.
        reporter: is told what happens.
        control: says what is wished.
        held: gets the run's directory, to be given back after the last word was said: who sees
            that nobody holds it any more can rely on having been told how the run ended.

    Raises:
        ConvscopeError: no data, a design that the engine lacks, or the training diverged.
        OSError: a directory cannot be written to.
    """
    started = time.monotonic()
    check_output(arguments.output)
    data = load_dataset(arguments.data, _told_to(reporter, control))
    data = fit_to_network(data, RECIPES[arguments.architecture])
    stem = f"{arguments.architecture}.{data.name}"
    places = _places(arguments, data.name, reporter)
    chosen = {
        name: value for name in RECIPE_OPTIONS if (value := getattr(arguments, name)) is not None
    }
    recipe = RECIPES[arguments.architecture].for_data(data).choosing(chosen)
    seed = arguments.seed or 0
    settings = {
        "architecture": arguments.architecture,
        "data": data.name,
        "data_sha256": data.fingerprint(),
        "engine": arguments.engine,
        "seed": seed,
        **recipe.settings,
    }
    # First, for a design that the engine lacks a part of leaves nothing on the disk.
    training = Training(recipe, data.training, seed, arguments.engine)
    held.enter_context(one_thread())
    files = held.enter_context(opened(places.checkpoints, settings))
    checkpoint = None
    if arguments.resume:
        files.resume(training)
    else:
        checkpoint = files.begin(training)
    samples = write_samples(places.checkpoints, data.held_out)
    reporter.started(
        settings
        | {
            "steps_total": training.steps,
            "resumed_from_step": training.steps_done,
            "training_pictures": len(data.training),
            "held_out_pictures": len(data.held_out),
            "held_out_per_class": data.held_out.labels.bincount(
                minlength=len(data.class_names)
            ).tolist(),
            "samples": str(samples),
            "class_names": data.class_names,
            "parameters": sum(each.numel() for each in training.network.parameters()),
            "input": dataclasses.asdict(recipe.preprocessing),
            "run": places.run_id,
            "output": str(places.output),
            "checkpoints": str(places.checkpoints),
            "started_at": round(time.time(), 3),
            "checkpoint": str(checkpoint) if checkpoint else None,
            "skipped_pictures": len(data.skipped),
            "skipped": [dataclasses.asdict(each) for each in data.skipped[:LISTED_SKIPS]],
        }
    )
    if not drive(training, files, reporter, control, data.held_out):
        reporter.ended(
            "stopped",
            f"Stopped after {training.steps_done} of {training.steps} steps. "
            "--resume goes on from there.",
            step=training.steps_done,
        )
        return
    reporter.measuring()
    record = describe_run(arguments.architecture, data, seed, arguments.engine, training)
    reporter.epoch(training.measures[-1])
    record["wall_seconds"] = round(time.monotonic() - started, 1)
    places.output.mkdir(parents=True, exist_ok=True)
    path = write_result(training, record, places.output / f"{stem}.safetensors")
    largest_class = int(data.held_out.labels.bincount().max())
    correct = round(cast("float", record["held_out_accuracy"]) * len(data.held_out))
    learned_nothing = is_at_chance(correct, len(data.held_out), largest_class)
    reporter.ended(
        "finished",
        f"{stem}: {record['held_out_accuracy']:.1%} of {len(data.held_out)} held-out pictures, "
        f"in {path} and its record beside it." + (f" {CHANCE_WORDS}" if learned_nothing else ""),
        step=training.steps_done,
        weights=str(path),
        record=str(path.with_suffix(".json")),
        held_out_accuracy=record["held_out_accuracy"],
        held_out_loss=record["held_out_loss"],
        held_out_largest_class=largest_class,
        model=f"{arguments.architecture}.run-{places.run_id}" if places.run_id else None,
    )


def _told_to(reporter: Reporter, control: Control) -> LoadingProgress:
    """Tells how far the data is, and ends its loading when the run is to stop."""

    def tell(progress: Loading) -> None:
        if control.is_stopping():
            raise LoadingStoppedError
        reporter.loading(progress)

    return tell


def _places(arguments: argparse.Namespace, data: str, reporter: Reporter) -> RunPlaces:
    """Where the run keeps its files; one that is gone on with gives its settings, too.

    Raises:
        NothingToResumeError: there is no such run.
    """
    checkpoints, output = arguments.checkpoints, arguments.output
    if arguments.resume is None:
        return chosen_places(None, checkpoints, output)
    if checkpoints is not None:
        state = read_state(checkpoints)[1]
        reporter.note(
            f"Resuming the run in {checkpoints} after step {state['run']['steps_done']:,}."
        )
        _take_settings(arguments, state["settings"])
        return chosen_places(None, checkpoints, output)
    wanted = {"architecture": arguments.architecture, "data": data, "engine": arguments.engine}
    for name in (*RECIPE_OPTIONS, "seed"):
        if getattr(arguments, name) is not None:
            wanted[name] = getattr(arguments, name)
    run_id = None if arguments.resume == NEWEST else arguments.resume
    run, words = run_to_resume(run_id, wanted)
    reporter.note(words)
    _take_settings(arguments, run.settings)
    return chosen_places(run.run_id, None, output)


def _take_settings(arguments: argparse.Namespace, settings: Mapping[str, Any]) -> None:
    """Fill what the command line leaves open with what the run to be resumed had."""
    rule = RULES.get(settings.get("optimiser", ""))
    for name in (*RECIPE_OPTIONS, "seed"):
        # Runs of earlier versions name settings that their optimiser does not use.
        is_unused = rule is not None and name in SETTINGS and name not in rule.settings
        if getattr(arguments, name) is None and not is_unused:
            setattr(arguments, name, settings.get(name))


def write_result(training: Training, record: dict[str, Any], path: Path) -> Path:
    """Write the weights to `path` and the record beside them."""
    weights = save(training.engine.weights())
    record["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    # The record first: a record without weights is harmless, weights without one are a riddle.
    write_atomically(
        {
            path.with_suffix(".json"): (json.dumps(record, indent=1) + "\n").encode(),
            path: weights,
        }
    )
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 for a failure, 130 if interrupted."""
    parsed = parse_arguments(arguments)
    reporter: Reporter
    if parsed.events:
        reporter = EventReporter(sys.stdout)
        control: Control = StandardInputControl(0)
    else:
        reporter, control = LoggingReporter(BarReporter()), Control()
    with ExitStack() as held:
        return _run_and_tell(parsed, reporter, control, held)


def _run_and_tell(
    arguments: argparse.Namespace, reporter: Reporter, control: Control, held: ExitStack
) -> int:
    try:
        run(arguments, reporter, control, held)
    except LoadingStoppedError:
        reporter.ended("stopped", "Stopped while the data was being read.", step=0)
    except BrokenPipeError:
        # Whoever reads the events is gone; there is nobody to tell.
        return 1
    except TrainingDivergedError as error:
        reporter.ended("diverged", str(error))
        return 1
    except ConvscopeError as error:
        reporter.ended("failed", str(error))
        return 1
    except OSError as error:
        # A full disk, say: what is there is whole, for files are written beside and renamed.
        where = f"{error.filename}: " if error.filename else ""
        reporter.ended("failed", f"{where}{error.strerror or error}.")
        return 1
    except KeyboardInterrupt:
        reporter.ended(
            "interrupted",
            "Interrupted. No file was left half written; --resume goes on from the last state.",
        )
        return 130
    return 0
