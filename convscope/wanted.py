"""What a command line asks for: a network, and what its file does not say."""

import argparse
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from convscope.card import labels_of, preprocessing_of, shape_of
from convscope.errors import ConvscopeError

# file       a checkpoint, or the zip of a bundle
# folder     a bundle, or a folder of timm or Hugging Face
# code       a function of a person's own module that builds a network
# timm       a design of timm by its name
Kind = Literal["file", "folder", "code", "timm"]

CHECKPOINTS = frozenset({".pt", ".pth", ".ckpt", ".bin", ".safetensors"})
_USUAL_SHAPE = (3, 224, 224)
_SHAPE = re.compile(r"(\d+)x(\d+)x(\d+)")


class WantedError(ConvscopeError):
    """The command line asks for something that there is not."""


@dataclass(frozen=True)
class Wanted:
    """A network, and what is said of it.

    Attributes:
        spec: as it was written.
        weights: a file of weights for a network that is built by code.
        labels: names of the classes.
        input_shape: (channels, height, width).
        preprocessing: what is said of the preparation; None for nothing.
        name: that it is listed under.
    """

    spec: str
    kind: Kind
    weights: str | None = None
    labels: tuple[str, ...] | None = None
    input_shape: tuple[int, int, int] | None = None
    preprocessing: dict[str, Any] | None = None
    name: str | None = None

    @property
    def usual_name(self) -> str:
        """What it is called where no name was given."""
        if self.name:
            return self.name
        if self.weights:
            return Path(self.weights).stem
        if self.kind == "timm":
            return self.spec.removeprefix("timm:").partition(".")[2] or "random"
        if self.kind == "code":
            return self.spec.rpartition(":")[2]
        return self.path.stem if self.path.is_file() else self.path.name

    @property
    def path(self) -> Path:
        """Of a file or a folder, from the root, by the name that was given to it."""
        return Path(os.path.abspath(self.spec))  # noqa: PTH100  `..` goes, and links stay

    @property
    def shape(self) -> tuple[int, int, int]:
        """The input, the usual one where none was given."""
        return self.input_shape or _USUAL_SHAPE

    def to_json(self) -> str:
        """For another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Wanted":
        """What `to_json` wrote."""
        found = json.loads(text)
        for name in ("labels", "input_shape"):
            if found[name] is not None:
                found[name] = tuple(found[name])
        return cls(**found)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said of a network."""
    parser.add_argument("--weights", metavar="FILE", help="weights for a network built by code")
    parser.add_argument("--labels", metavar="FILE", help="a name a line, or JSON")
    parser.add_argument("--input", metavar="3x224x224", help="channels, height, width")
    parser.add_argument("--mean", type=float, nargs="+", metavar="M", help="of each channel, of 1")
    parser.add_argument("--std", type=float, nargs="+", metavar="S", help="of each channel, of 1")
    parser.add_argument(
        "--resize", metavar="PX", help="shorter side before the centre is cut out; none: stretched"
    )
    parser.add_argument("--interpolation", choices=("bilinear", "bicubic"))
    parser.add_argument("--channel-order", choices=("rgb", "bgr"))
    parser.add_argument("--name", help="that it is listed under")


def wanted_of(spec: str, options: argparse.Namespace) -> Wanted:
    """What is asked for, checked as far as that needs no network.

    Raises:
        ConvscopeError: there is no such thing, or what is said of it cannot be.
    """
    kind = kind_of(spec)
    if options.weights and kind not in ("code", "timm"):
        raise WantedError(f"--weights is for networks that are built by code; {spec} has its own.")
    if options.weights and not Path(options.weights).is_file():
        raise WantedError(f"There is no file {options.weights}.")
    shape = None
    if options.input:
        found = _SHAPE.fullmatch(options.input)
        if not found:
            raise WantedError(f"--input is {options.input!r}, not channels x height x width.")
        shape = shape_of(found.groups())
    labels = labels_of(options.labels)
    return Wanted(
        spec=spec,
        kind=kind,
        weights=str(Path(options.weights).absolute()) if options.weights else None,
        labels=tuple(labels) if labels else None,
        input_shape=shape,
        preprocessing=_preprocessing(options, shape),
        name=options.name,
    )


def kind_of(spec: str) -> Kind:
    """What a spec is.

    Raises:
        WantedError: nothing of that name is there.
    """
    path = Path(spec)
    if path.is_dir():
        if (path / "card.json").is_file() or (path / "config.json").is_file():
            return "folder"
        raise WantedError(
            f"{spec} is a folder without card.json (a bundle) and without config.json (a folder of "
            "timm or Hugging Face)."
        )
    if path.is_file():
        if path.suffix.lower() in CHECKPOINTS or path.suffix.lower() == ".zip":
            return "file"
        if path.suffix == ".py":
            raise WantedError(f"Which function of {spec} builds the network? {spec}:FUNCTION")
        raise WantedError(
            f"{spec} is no file of weights ({', '.join(sorted(CHECKPOINTS))}) and no bundle (.zip)."
        )
    if spec.startswith("timm:"):
        return "timm"
    module, colon, function = spec.rpartition(":")
    if colon and module and all(part.isidentifier() for part in function.split(".")):
        return "code"
    raise WantedError(
        f"There is no {spec}. Name a file of weights, a bundle, a folder of timm or Hugging Face, "
        "module:function or file.py:function, or timm:NAME."
    )


def _preprocessing(
    options: argparse.Namespace, shape: tuple[int, int, int] | None
) -> dict[str, Any] | None:
    said: dict[str, Any] = {
        name: value
        for name, value in vars(options).items()
        if name in {"mean", "std", "interpolation", "channel_order"} and value is not None
    }
    if options.resize is not None:
        said["resize"] = None if options.resize == "none" else _pixels(options.resize)
    if not said:
        return None
    if shape is not None:
        preprocessing_of(said, shape)
    return said


def _pixels(text: str) -> int:
    if not text.isdecimal():
        raise WantedError(f"--resize is {text!r}, neither a number of pixels nor none.")
    return int(text)
