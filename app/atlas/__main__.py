"""`python -m app.atlas MODEL PICTURES --output DIRECTORY`: what every channel is for.

`convscope atlas` runs it, from wherever a person is.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Never

from tqdm import tqdm

from app.atlas.local import Told, run_locally
from app.atlas.making import Runner, Wanted, make_atlas
from app.atlas.networks import open_network
from app.inspection.atlas.manifest import Manifest
from app.settings import Settings
from app.stores.atlases.job import LARGEST_TOP
from app.stores.atlases.place import AtlasPlace
from app.stores.atlases.sources import source_of
from models.errors import ConvscopeError

_TOP = 16
_MOST_WORKERS = 256


class _Bar:
    """A progress bar on standard error, with pictures a second and the time that is left."""

    def __init__(self) -> None:
        self._bar: tqdm[Never] | None = None

    def counting(self, files: int) -> None:
        if self._bar is None:
            self._bar = tqdm(unit=" files", desc="Counting", leave=False)
        self._bar.update(files - self._bar.n)

    def counted(self, manifest: Manifest, looked_at: int) -> None:
        self.close()
        if looked_at:
            _say(f"{looked_at:,} pictures were looked at before.")
        self._bar = tqdm(
            total=len(manifest.pictures), initial=looked_at, unit=" pictures", desc="Looking"
        )

    def looked(self, pictures: int) -> None:
        if self._bar is not None:
            self._bar.update(pictures)

    def finishing(self) -> None:
        self.close()
        _say("Putting the parts together.")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
        self._bar = None


def main() -> None:
    """Do what the command line says; exits with 1 and a sentence where it cannot."""
    options = _parser().parse_args()
    bar = _Bar()
    try:
        settings = Settings()
        network = open_network(options.model, options.preparation, settings)
        source = source_of(options.pictures)
        name = f"{network.entry.id}-{re.sub('[^A-Za-z0-9._-]+', '-', source.name).strip('.-')}"
        directory = options.output or settings.atlases / name
        wanted = Wanted(network, source, tuple(options.layers or ()), options.top)
        facts = make_atlas(directory, wanted, _runner(options), bar)
    except KeyboardInterrupt:
        bar.close()
        sys.exit("\nconvscope: Ended. What was looked at is kept: start it again to go on.")
    except (ConvscopeError, OSError) as error:
        bar.close()
        sys.exit(f"convscope: {error}")
    for path, reason in facts["left_out"][:5]:
        _say(f"Left out: {path}. {reason}")
    if len(facts["left_out"]) > 5:
        _say(f"Left out: {len(facts['left_out']) - 5:,} more, which atlas.json names.")
    _say(
        f"{facts['model']} over {facts['pictures']:,} pictures, {len(facts['layers'])} layers: "
        f"{directory}"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201  what a person is told in a terminal


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="convscope atlas",
        description="Look at every picture of a data set with every channel of a network: what "
        "excites each of them most, how often it fires, which classes it prefers.",
        epilog="A run that was ended goes on where it was when it is started again.",
    )
    parser.add_argument("model", metavar="MODEL", help="lenet5, or any id of the catalogue")
    parser.add_argument(
        "pictures",
        metavar="PICTURES",
        help="a folder, whose folders are classes; a text file with a path a line; or the name of "
        "a data set, mnist5k",
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="where it is written; else where servers look"
    )
    parser.add_argument(
        "--top", type=_number(LARGEST_TOP), default=_TOP, help=f"patches a channel, {_TOP}"
    )
    parser.add_argument("--layers", nargs="+", metavar="ID", help="only these")
    parser.add_argument("--preparation", choices=("centred", "as-drawn"), help="of digits")
    parser.add_argument(
        "--workers",
        type=_number(_MOST_WORKERS),
        help="processes, each with one thread; as many as there are processors",
    )
    return parser


def _number(most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not from 1 to {most}")
        return value

    return number


def _runner(options: argparse.Namespace) -> Runner:
    workers = options.workers or len(os.sched_getaffinity(0))

    def run(place: AtlasPlace, shards: Sequence[int], told: Told) -> None:
        run_locally(place, shards, workers, told)

    return run


if __name__ == "__main__":
    main()
