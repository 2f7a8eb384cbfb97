"""What the catalogue is made of: frozen data about architectures, weights and models.

Nothing here holds a live network: an `Architecture` is a factory, a `ModelEntry` says how to
build, weigh, prepare and label one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from torch import nn

from models.errors import NoSuchPreparationError
from models.preprocessing.preprocessing import DigitPreprocessing, Preparation, Preprocessing

Origin = Literal["pretrained", "trained_here", "random", "custom"]


@dataclass(frozen=True)
class Paper:
    """Where a design was published."""

    title: str
    authors: str
    year: int
    url: str


@dataclass(frozen=True)
class Architecture:
    """A design: how to build it and what is known about it, without weights.

    Attributes:
        name: the id's first half, `resnet50`.
        title: as people write it, `ResNet-50`.
        family: the heading it stands under in the chooser, `ResNet`.
        paper: where it was published; None for a person's own design.
        build: makes a new module; parameters are drawn from torch's global generator.
        classes: number of scores; 0 for a network that returns none.
        input_shape: (channels, height, width) of the tensor it was designed for.
        parameters: number of parameters in the module that `build` returns.
        notes: where it departs from the paper, or from a namesake; may be empty.
        bundle: directory of a network that came as data, with its graph, where there is no code of
            ours or of a library that makes it; `build` then raises.
    """

    name: str
    title: str
    family: str
    paper: Paper | None
    build: Callable[[], nn.Module]
    classes: int
    input_shape: tuple[int, int, int]
    parameters: int
    notes: str = ""
    bundle: Path | None = None


@dataclass(frozen=True)
class RandomWeights:
    """Parameters as the design initialises them, from a fixed seed."""

    seed: int = 0
    licence: str = "none needed"

    @property
    def source(self) -> str:
        """Where they come from, for a person."""
        return f"drawn at random, seed {self.seed}"


@dataclass(frozen=True)
class PackagedWeights:
    """A weight file that an installed Python package carries.

    Attributes:
        path: finds the file.
        sha256: of the whole file, hexadecimal.
        positional: the file names its tensors in its own way, but holds them in the module's
            order: match them by position, without `num_batches_tracked`.
    """

    package: str
    path: Callable[[], Path]
    sha256: str
    size_bytes: int
    source: str
    licence: str
    positional: bool = False


@dataclass(frozen=True)
class TrainedWeights:
    """A safetensors file that `models.training` wrote.

    Attributes:
        sha256: of the whole file, as its record says; empty for a checkpoint, which has none.
    """

    path: Path
    source: str
    licence: str = "Apache-2.0"
    sha256: str = ""


@dataclass(frozen=True)
class OwnWeights:
    """A safetensors file made here of what a person brought.

    Attributes:
        sha256: of the whole file.
        made_at: seconds since 1970. Two networks of one id, one after the other, may have the same
            weights and another graph; this tells them apart. 0 where nothing takes its place.
    """

    path: Path
    source: str
    sha256: str
    licence: str = "yours"
    made_at: float = 0.0


@dataclass(frozen=True)
class PublishedWeights:
    """A file that somebody publishes under a stable address.

    Attributes:
        sha256_prefix: first hexadecimal digits of the file's SHA-256; torchvision writes them at
            the end of the file name.
        size_bytes: approximate where the publisher only rounds it; for display, never a check.
        ignored_prefixes: names of tensors in the file that the built module does not have
            (auxiliary heads).
    """

    url: str
    sha256_prefix: str
    size_bytes: int
    source: str
    licence: str
    ignored_prefixes: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The published file name, `resnet50-11ad3fa6.pth`."""
        return self.url.rsplit("/", 1)[-1]


WeightsSource = RandomWeights | PackagedWeights | TrainedWeights | OwnWeights | PublishedWeights


@dataclass(frozen=True)
class ModelEntry:
    """A model that can be opened: an architecture with one set of weights.

    Attributes:
        labels: of the classes, in the order of the scores.
        assumed: what nobody has confirmed of a person's own network: "labels", "preprocessing".
        revision: changes with whatever a person may change of it; "" where nothing does.
    """

    architecture: Architecture
    tag: str
    origin: Origin
    weights: WeightsSource
    preprocessing: Preprocessing
    labels: tuple[str, ...]
    metrics: str = ""
    assumed: frozenset[Literal["labels", "preprocessing"]] = frozenset()
    revision: str = ""

    @property
    def key(self) -> str:
        """What answers depend on: the network, and the preparation if it is not the usual one."""
        chosen = self.preparation
        return f"{self.network_key}?{chosen}" if chosen == "as-drawn" else self.network_key

    @property
    def network_key(self) -> str:
        """What the weights depend on: the id, and the revision where there is one."""
        return f"{self.id}#{self.revision}" if self.revision else self.id

    @property
    def id(self) -> str:
        """`architecture.tag`, as timm writes it."""
        return f"{self.architecture.name}.{self.tag}"

    @property
    def preparation(self) -> Preparation | None:
        """How its pictures are prepared; None without a choice."""
        own = self.preprocessing
        return own.preparation if isinstance(own, DigitPreprocessing) else None

    @property
    def preparations(self) -> tuple[Preparation, ...]:
        """How its pictures can be prepared, the usual way first; empty without a choice."""
        return get_args(Preparation) if self.preparation else ()

    def prepared(self, preparation: Preparation) -> "ModelEntry":
        """The same network, its pictures prepared in one of its ways.

        Raises:
            NoSuchPreparationError: it has no choice.
        """
        if not isinstance(self.preprocessing, DigitPreprocessing):
            raise NoSuchPreparationError(self.id, preparation)
        return replace(self, preprocessing=replace(self.preprocessing, preparation=preparation))
