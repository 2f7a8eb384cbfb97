"""Make a trained network one that ships: `python -m models.release RUN`.

RUN is the id of a run of the command line or of a server with the same cache, or the path of a
record. Its weights and its record replace those in `models/trained/`; nothing else writes there.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.catalogue import digit_entries, trained_entries
from models.disk.checked_fields import DamagedRecordError, read_record
from models.disk.trained import TRAINED_DIRECTORY
from models.disk.whole_files import write_atomically
from models.errors import ConvscopeError
from models.training.places import places_of
from models.training.recipes import RECIPES


class NotReleasableError(ConvscopeError):
    """There is no such result, or it must not replace what ships."""


@dataclass(frozen=True)
class _Result:
    path: Path
    accuracy: float


def release(run: str, *, even_if_worse: bool, directory: Path = TRAINED_DIRECTORY) -> str:
    """Copy a result to where the networks that ship lie; returns a sentence about it.

    Args:
        run: an id or the path of a record.
        even_if_worse: replace also what reads more of the held-out pictures rightly.
        directory: where to.

    Raises:
        NotReleasableError: the message says why not; nothing was changed.
        OSError: it cannot be written.
    """
    result = _result(_record_path(run))
    target = directory / result.path.name
    if target.name not in _shipped_names():
        raise NotReleasableError(
            f"The catalogue opens no {target.stem}; what ships is "
            f"{', '.join(Path(name).stem for name in _shipped_names())}."
        )
    shipped = _shipped_accuracy(target)
    if shipped is not None and result.accuracy < shipped and not even_if_worse:
        raise NotReleasableError(
            f"{result.path} reads {result.accuracy:.1%} rightly and {target} {shipped:.1%}: "
            "--even-if-worse replaces it all the same."
        )
    weights = result.path.with_suffix(".safetensors")
    write_atomically(
        {
            target: result.path.read_bytes(),
            target.with_suffix(".safetensors"): weights.read_bytes(),
        }
    )
    before = "" if shipped is None else f", which read {shipped:.1%}"
    return f"{result.path} ({result.accuracy:.1%}) replaces {target}{before}."


def _shipped_names() -> tuple[str, ...]:
    digits = (f"{name}.mnist5k.json" for name in digit_entries.designs())
    return (*digits, trained_entries.COLOUR_RECORD.name)


def _shipped_accuracy(target: Path) -> float | None:
    """None where nothing ships under this name yet, or only something damaged."""
    try:
        return _result(target).accuracy
    except NotReleasableError:
        return None


def _record_path(run: str) -> Path:
    if run.endswith(".json"):
        return Path(run)
    output = places_of(run).output
    found = sorted(output.glob("*.json"))
    if len(found) != 1:
        raise NotReleasableError(
            f"{output} holds {len(found)} results, not one: name the id of a run that has "
            "finished, or the path of a record."
        )
    return found[0]


def _result(path: Path) -> _Result:
    """A record whose weights lie beside it.

    Raises:
        NotReleasableError: it is none, it was ended early, or its weights are others.
    """
    weights = path.with_suffix(".safetensors")
    try:
        record = read_record(path)
        architecture = record.text("architecture", RECIPES)
        name = f"{architecture}.{record.inner('data').text('name')}.json"
        steps = record.whole("steps") if record.has("steps") else None
        planned = record.whole("steps_planned") if record.has("steps_planned") else None
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()
        if digest != record.text("weights_sha256"):
            raise NotReleasableError(f"{weights} is not the file that {path} is the record of.")
        accuracy = record.share("held_out_accuracy")
    except (DamagedRecordError, OSError) as error:
        raise NotReleasableError(str(error)) from error
    if path.name != name:
        raise NotReleasableError(f"{path} is the record of {name}.")
    if steps != planned:
        raise NotReleasableError(f"{path} was ended after {steps} of {planned} steps.")
    return _Result(path, accuracy)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, or 1 if nothing was released."""
    parser = argparse.ArgumentParser(prog="python -m models.release", description=__doc__)
    parser.add_argument("run", help="the id of a run, or the path of a record")
    parser.add_argument("--even-if-worse", action="store_true")
    parsed = parser.parse_args(arguments)
    try:
        sys.stdout.write(f"{release(parsed.run, even_if_worse=parsed.even_if_worse)}\n")
    except (NotReleasableError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
