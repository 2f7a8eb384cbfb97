"""A network of three layers, weight files for it, and entries that name them."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from models.catalogue.catalogue import catalogue
from models.catalogue.entry import (
    Architecture,
    ModelEntry,
    PackagedWeights,
    Paper,
    PublishedWeights,
    TrainedWeights,
)
from models.preprocessing.preprocessing import DigitPreprocessing
from models.weights.locations import WeightsLocations

NAME = "tiny-published.pth"


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.norm = nn.BatchNorm2d(2)
        self.fc = nn.Linear(2, 3)

    def forward(self, x):
        return self.fc(self.norm(self.conv(x)).mean((2, 3)))


def tiny_tensors(seed: int = 7) -> "dict[str, torch.Tensor]":
    """A state dict of `Tiny` with values that no initialisation draws."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randint(1, 99, shape, generator=generator).to(dtype)
        for name, shape, dtype in [
            ("conv.weight", (2, 1, 3, 3), torch.float32),
            ("conv.bias", (2,), torch.float32),
            ("norm.weight", (2,), torch.float32),
            ("norm.bias", (2,), torch.float32),
            ("norm.running_mean", (2,), torch.float32),
            ("norm.running_var", (2,), torch.float32),
            ("norm.num_batches_tracked", (), torch.int64),
            ("fc.weight", (3, 2), torch.float32),
            ("fc.bias", (3,), torch.float32),
        ]
    }


def entry_of(weights, build=Tiny, tag="published") -> ModelEntry:
    return ModelEntry(
        architecture=Architecture(
            name="tiny",
            title="Tiny",
            family="Tests",
            paper=Paper("A title", "An author", 2012, "https://example.org/"),
            build=build,
            classes=3,
            input_shape=(1, 8, 8),
            parameters=33,
        ),
        tag=tag,
        origin="pretrained",
        weights=weights,
        preprocessing=DigitPreprocessing(),
        labels=("a", "b", "c"),
    )


def published(content: bytes, url: str = f"https://example.org/{NAME}", **options):
    return PublishedWeights(
        url=url,
        sha256_prefix=hashlib.sha256(content).hexdigest()[:8],
        size_bytes=12_345,
        source="a test",
        licence="none",
        **options,
    )


def saved(content: object, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def put(directory: Path, content: bytes) -> Path:
    path = directory / NAME
    path.write_bytes(content)
    return path


def assert_holds(module: nn.Module, tensors: "dict[str, torch.Tensor]") -> None:
    state = module.state_dict()
    assert state.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(state[name], tensor), name
        assert state[name].dtype == tensor.dtype, name


def changed_tensors(**changes: "torch.Tensor | None") -> "dict[str, torch.Tensor]":
    tensors = {**tiny_tensors(), **{name.replace("__", "."): t for name, t in changes.items()}}
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


def packaged(path, content: bytes, *, positional: bool = True) -> ModelEntry:
    return entry_of(
        PackagedWeights(
            package="some-package",
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            source="a test",
            licence="none",
            positional=positional,
        )
    )


def trained_entry(path: Path) -> ModelEntry:
    return entry_of(TrainedWeights(path, source="a test"), tag="mnist5k")


def make_locations(directory: Path) -> WeightsLocations:
    """A person's directory and a cache, both there and empty."""
    (directory / "mine").mkdir()
    (directory / "cache").mkdir()
    return WeightsLocations(cache_directory=directory / "cache", user_directory=directory / "mine")


@contextmanager
def listed(*entries: ModelEntry) -> Iterator[None]:
    """The catalogue has these entries too for the length of the block."""
    extended = catalogue()
    for entry in entries:
        extended._register(entry)
    try:
        yield
    finally:
        for entry in entries:
            del extended._entries[entry.id]
            extended._defaults.pop(entry.architecture.name, None)
