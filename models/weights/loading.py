"""Networks and tensors out of weight files, of which none is believed before it is checked.

Nothing is executed from a weight file: torch reads it with `weights_only=True`, or safetensors
does.
"""

from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import TypedDict, TypeVar

import torch
from torch import nn

from models.catalogue.entry import (
    ModelEntry,
    OwnWeights,
    PackagedWeights,
    RandomWeights,
    TrainedWeights,
)
from models.errors import WeightsDamagedError
from models.weights.construction import (
    TensorsMismatchError,
    build_filled,
    build_random,
    fits,
    named_as,
)
from models.weights.files import read_tensors, sha256
from models.weights.locations import (
    WeightsFile,
    WeightsLocations,
    expected_sha256,
    find,
    is_ours,
)
from models.weights.refusals import remedy_for, unavailable, wrong_hash

_Read = TypeVar("_Read")


class _Naming(TypedDict):
    """How a file names its tensors, see `models.weights.construction.named_as`."""

    positional: bool
    ignored_prefixes: tuple[str, ...]


def load(entry: ModelEntry, locations: WeightsLocations) -> nn.Module:
    """Build the model's network with its weights, in evaluation mode and without gradients.

    Raises:
        WeightsUnavailableError: the weights are not on this machine.
        WeightsDamagedError: their file is not what it should be.
    """
    weights = entry.weights
    build = entry.architecture.build
    if isinstance(weights, RandomWeights):
        return frozen(build_random(build, weights.seed))

    def build_with(path: Path) -> nn.Module:
        return build_filled(build, _read(weights, path, locations), **_naming(weights))

    return frozen(_from_file(entry, locations, build_with))


def load_tensors(
    entry: ModelEntry, locations: WeightsLocations, expected: Mapping[str, torch.Tensor]
) -> Mapping[str, torch.Tensor] | None:
    """The model's weights alone, without building its network.

    Args:
        entry: whose weights.
        locations: where files may lie.
        expected: the network's state dict, without numbers.

    Returns:
        None where that needs the network itself: random weights, which it draws, and files that
        only its own code knows to read, or to say what is wrong with.

    Raises:
        WeightsUnavailableError, WeightsDamagedError: as `load`.
    """
    weights = entry.weights
    if isinstance(weights, RandomWeights):
        return None

    def read(path: Path) -> Mapping[str, torch.Tensor] | None:
        tensors = named_as(expected, _read(weights, path, locations), **_naming(weights))
        return tensors if fits(expected, tensors) else None

    return _from_file(entry, locations, read)


def load_bundle(
    entry: ModelEntry, locations: WeightsLocations, expected: Mapping[str, torch.Tensor]
) -> Mapping[str, torch.Tensor]:
    """The weights of a network that came as data, without code to say which there must be.

    Args:
        entry: whose weights.
        locations: where files may lie.
        expected: the tensors that its graph reads, without numbers.

    Raises:
        WeightsUnavailableError, WeightsDamagedError: as `load`; or one that the graph reads is
            missing, or of another shape or type.
    """
    weights = entry.weights
    if isinstance(weights, RandomWeights):
        raise TypeError(f"{entry.id} came as data, and its weights are random.")

    def read(path: Path) -> Mapping[str, torch.Tensor]:
        tensors = _read(weights, path, locations)
        for name, slot in expected.items():
            found = tensors.get(name)
            if found is None or found.shape != slot.shape or found.dtype != slot.dtype:
                raise TensorsMismatchError(
                    f"does not fit the graph beside it, which reads {name} as "
                    f"{tuple(slot.shape)}, {slot.dtype}."
                )
        return tensors

    return _from_file(entry, locations, read)


def frozen(module: nn.Module) -> nn.Module:
    """The module in evaluation mode, its parameters without gradients."""
    return module.eval().requires_grad_(requires_grad=False)


def _read(
    weights: WeightsFile, path: Path, locations: WeightsLocations
) -> MutableMapping[str, torch.Tensor]:
    _verify(weights, path, locations)
    # Files that we write are replaced, never changed; a person may overwrite theirs in place,
    # which kills a process that has it mapped.
    theirs = path.parent == locations.user_directory or (
        isinstance(weights, OwnWeights) and locations.cache_directory not in path.parents
    )
    return read_tensors(path, mapped=not theirs)


def _naming(weights: WeightsFile) -> _Naming:
    return _Naming(
        positional=isinstance(weights, PackagedWeights) and weights.positional,
        ignored_prefixes=getattr(weights, "ignored_prefixes", ()),
    )


def _from_file(
    entry: ModelEntry, locations: WeightsLocations, read: Callable[[Path], _Read]
) -> _Read:
    """What `read` makes of the entry's file; what it stumbles over is told to people."""
    weights = entry.weights
    path = find(entry, locations)
    if path is None or isinstance(weights, RandomWeights):
        raise unavailable(entry, locations)
    try:
        return read(path)
    except TensorsMismatchError as error:
        advice = (
            remedy_for(weights, path, locations)
            if isinstance(weights, OwnWeights)
            or (isinstance(weights, TrainedWeights) and not weights.sha256)
            else f"Its hash is right, so the catalogue's entry {entry.id} does not suit it."
        )
        raise WeightsDamagedError(f"{path} {error} {advice}") from error
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror or error})."
        raise unavailable(entry, locations, reason) from error


def _verify(weights: WeightsFile, path: Path, locations: WeightsLocations) -> None:
    """Compare the file's hash with the published or recorded one, where there is one."""
    digest = sha256(path)
    if digest.startswith(expected_sha256(weights)):
        return
    is_removed = is_ours(weights, path, locations)
    if is_removed:
        # Worthless; while it lies there it would only be found again.
        path.unlink()
    raise WeightsDamagedError(wrong_hash(weights, path, digest, locations, is_removed=is_removed))
