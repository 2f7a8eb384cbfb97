"""What torchvision's registry says of its classification networks, read from a file beside this.

Importing torchvision takes longer than everything else that a start imports, torch itself aside.
`make registry` therefore writes down what the catalogue needs of it, and a test holds the file
equal to the registry.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from models.preprocessing.preprocessing import Interpolation

REGISTRY_PATH = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class RegisteredWeights:
    """One set of weights that torchvision publishes for classification.

    Attributes:
        name: as the registry has it, `IMAGENET1K_V2`.
        parameters: of the network, auxiliary heads included.
        megabytes: size of the file in units of 2**20 bytes, rounded.
        top1, top5: accuracy on ImageNet-1k, percent.
        has_own_licence: it is not published under torchvision's.
        resize, crop, interpolation, mean, std: see `PhotographPreprocessing`.
    """

    name: str
    url: str
    parameters: int
    megabytes: float
    top1: float
    top5: float
    has_own_licence: bool
    resize: int
    crop: int
    interpolation: Interpolation
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class Registry:
    """All that the catalogue takes from it.

    Attributes:
        labels: the 1,000 class names of ImageNet-1k, in the order of the logits.
        networks: by name, each with its weights, the default first.
    """

    labels: tuple[str, ...]
    networks: Mapping[str, tuple[RegisteredWeights, ...]]


@cache
def registry() -> Registry:
    """The registry as it was written down for the version that is pinned."""
    document = json.loads(REGISTRY_PATH.read_text(encoding="utf-8"))
    return Registry(
        labels=tuple(document["labels"]),
        networks=MappingProxyType(
            {
                name: tuple(_weights(fields) for fields in published)
                for name, published in document["networks"].items()
            }
        ),
    )


def _weights(fields: dict[str, object]) -> RegisteredWeights:
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return RegisteredWeights(**{**fields, **lists})  # type: ignore[arg-type]  # as it was written
