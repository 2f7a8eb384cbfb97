"""Where weights come from: packaged, trained here, put there by a person, downloaded, or random.

Nothing is executed from a weight file: torch reads it with `weights_only=True`, or safetensors
does.
"""

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal, TypedDict, TypeVar

import torch
from torch import nn

from models.catalogue.entry import (
    ModelEntry,
    PackagedWeights,
    PublishedWeights,
    RandomWeights,
    TrainedWeights,
    WeightsSource,
)
from models.disk.file_kinds import is_file
from models.errors import DownloadFailedError, WeightsDamagedError, WeightsUnavailableError
from models.weights.construction import (
    TensorsMismatchError,
    build_filled,
    build_random,
    fits,
    named_as,
)
from models.weights.download import Progress, download
from models.weights.files import (
    check_tensors,
    known_misfit,
    known_sha256,
    read_tensors,
    sha256,
)

_WeightsFile = PackagedWeights | TrainedWeights | PublishedWeights
_Read = TypeVar("_Read")


class _Naming(TypedDict):
    """How a file names its tensors, see `models.weights.construction.named_as`."""

    positional: bool
    ignored_prefixes: tuple[str, ...]


_SHIPPED_REMEDY = (
    "Restore it from the source tree, or train it again (python -m models.training) and release "
    "that (python -m models.release)."
)
_RUN_REMEDY = (
    "It is one version of a run that was trained on this machine: open another one of that run, "
    "or train it again (at /train, or python -m models.training)."
)


@dataclass(frozen=True)
class WeightsLocations:
    """Where published files may lie and whether they may be fetched.

    Attributes:
        cache_directory: ours, made when first needed.
        user_directory: a person's, only read; its files have their published names.
        mirror_url: stands for everything before the file name in a published address.
    """

    cache_directory: Path
    user_directory: Path | None = None
    mirror_url: str | None = None
    downloads_allowed: bool = True

    @property
    def directories(self) -> tuple[Path, ...]:
        """Where published files are looked for, in this order."""
        if self.user_directory is None:
            return (self.cache_directory,)
        return (self.user_directory, self.cache_directory)


@dataclass(frozen=True)
class WeightsStatus:
    """Whether a model's weights are on this machine.

    Attributes:
        size_bytes: of the file, approximate until it is here; None without a file.
        path: the file, where it is here.
        detail: what is wrong and what a person can do; None where nothing is.
    """

    state: Literal["ready", "downloadable", "unavailable", "damaged"]
    size_bytes: int | None = None
    file_name: str | None = None
    path: Path | None = None
    detail: str | None = None


def status(entry: ModelEntry, locations: WeightsLocations) -> WeightsStatus:
    """Say where the weights are, without reading them or asking anybody.

    A damaged file is told once `check_file` or `load` has read it. One in the cache counts as to
    be downloaded, which replaces it.
    """
    weights = entry.weights
    if isinstance(weights, RandomWeights):
        return WeightsStatus("ready")
    file_name = _file_name(weights)
    path = find(entry, locations)
    if path is not None:
        problem = _known_problem(weights, path, locations)
        replaceable = _is_ours(weights, path, locations) and locations.downloads_allowed
        worthless: Literal["downloadable", "damaged"] = "downloadable" if replaceable else "damaged"
        return WeightsStatus(
            state=worthless if problem else "ready",
            size_bytes=_size_bytes(path),
            file_name=file_name,
            path=path,
            detail=problem,
        )
    downloadable = isinstance(weights, PublishedWeights) and locations.downloads_allowed
    return WeightsStatus(
        state="downloadable" if downloadable else "unavailable",
        size_bytes=None if isinstance(weights, TrainedWeights) else weights.size_bytes,
        file_name=file_name,
        detail=None if downloadable else str(_unavailable(entry, locations)),
    )


def find(entry: ModelEntry, locations: WeightsLocations) -> Path | None:
    """The file that holds the weights, or None: it is not here, or the weights are random."""
    weights = entry.weights
    match weights:
        case RandomWeights():
            return None
        case PublishedWeights():
            candidates = [directory / weights.file_name for directory in locations.directories]
        case PackagedWeights():
            candidates = [path] if (path := _packaged_path(weights)) else []
        case TrainedWeights():
            candidates = [weights.path]
    return next((path for path in candidates if is_file(path)), None)


def fetch(
    entry: ModelEntry, locations: WeightsLocations, progress: Progress, cancelled: Event
) -> Path:
    """Download what is not here yet into the cache; see `models.weights.download.download`.

    Raises:
        WeightsUnavailableError: it cannot be had, or downloads are switched off.
        DownloadCancelledError: `cancelled` was set.
    """
    path = find(entry, locations)
    weights = entry.weights
    if path is not None and not isinstance(weights, RandomWeights):
        is_worthless = _known_problem(weights, path, locations) is not None
        if not (is_worthless and _is_ours(weights, path, locations)):
            return path
    if not isinstance(weights, PublishedWeights) or not locations.downloads_allowed:
        raise _unavailable(entry, locations)
    destination = locations.cache_directory / weights.file_name
    try:
        if path is not None:
            path.unlink(missing_ok=True)
        download(
            download_url(weights, locations),
            destination,
            sha256_prefix=weights.sha256_prefix,
            progress=progress,
            cancelled=cancelled,
        )
    except DownloadFailedError as error:
        raise _unavailable(entry, locations, reason=str(error)) from error
    except OSError as error:
        reason = f"{path} cannot be removed ({error.strerror or error})."
        raise _unavailable(entry, locations, reason) from error
    return destination


def check_file(entry: ModelEntry, locations: WeightsLocations) -> None:
    """Read the file, if it is here, so that `status` knows of damage.

    Its hash is compared; a checkpoint has none, so its tensors are compared with the network's.
    Blocks for as long as the disk takes, once while the file stays the same.
    """
    weights = entry.weights
    path = find(entry, locations)
    if isinstance(weights, RandomWeights) or path is None:
        return
    # What cannot be read is told by whoever opens it.
    with suppress(OSError):
        if _published_sha256(weights):
            sha256(path)
        else:
            check_tensors(path, entry.architecture.build)


def download_url(weights: PublishedWeights, locations: WeightsLocations) -> str:
    """The published address, or the same file on the mirror."""
    if locations.mirror_url is None:
        return weights.url
    return f"{locations.mirror_url.rstrip('/')}/{weights.file_name}"


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


def frozen(module: nn.Module) -> nn.Module:
    """The module in evaluation mode, its parameters without gradients."""
    return module.eval().requires_grad_(requires_grad=False)


def _read(
    weights: _WeightsFile, path: Path, locations: WeightsLocations
) -> MutableMapping[str, torch.Tensor]:
    _verify(weights, path, locations)
    # Files that we write are replaced, never changed; a person may overwrite theirs in place,
    # which kills a process that has it mapped.
    return read_tensors(path, mapped=path.parent != locations.user_directory)


def _naming(weights: _WeightsFile) -> _Naming:
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
        raise _unavailable(entry, locations)
    try:
        return read(path)
    except TensorsMismatchError as error:
        advice = (
            _remedy(weights, path, locations)
            if isinstance(weights, TrainedWeights) and not weights.sha256
            else f"Its hash is right, so the catalogue's entry {entry.id} does not suit it."
        )
        raise WeightsDamagedError(f"{path} {error} {advice}") from error
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror or error})."
        raise _unavailable(entry, locations, reason) from error


def _verify(weights: _WeightsFile, path: Path, locations: WeightsLocations) -> None:
    """Compare the file's hash with the published or recorded one, where there is one."""
    digest = sha256(path)
    if digest.startswith(_published_sha256(weights)):
        return
    is_ours = _is_ours(weights, path, locations)
    if is_ours:
        # Worthless; while it lies there it would only be found again.
        path.unlink()
    raise WeightsDamagedError(_wrong_hash(weights, path, digest, locations, is_removed=is_ours))


def _is_ours(weights: _WeightsFile, path: Path, locations: WeightsLocations) -> bool:
    """True for what was downloaded into the cache, which nobody misses."""
    return isinstance(weights, PublishedWeights) and path.parent != locations.user_directory


def _known_problem(weights: _WeightsFile, path: Path, locations: WeightsLocations) -> str | None:
    """What is wrong with this file, if it was ever read."""
    try:
        digest, misfit = known_sha256(path), known_misfit(path)
    except OSError:
        return None
    if not _published_sha256(weights):
        return f"{path} {misfit} {_remedy(weights, path, locations)}" if misfit else None
    if digest is None or digest.startswith(_published_sha256(weights)):
        return None
    return _wrong_hash(weights, path, digest, locations)


def _published_sha256(weights: _WeightsFile) -> str:
    match weights:
        case PublishedWeights():
            return weights.sha256_prefix
        case PackagedWeights():
            return weights.sha256
        case TrainedWeights():
            return weights.sha256


def _wrong_hash(
    weights: _WeightsFile,
    path: Path,
    digest: str,
    locations: WeightsLocations,
    *,
    is_removed: bool = False,
) -> str:
    remedy = _remedy(weights, path, locations, is_removed=is_removed)
    return (
        f"{path} is not the published file, or is damaged: its SHA-256 is {digest} and should "
        f"begin with {_published_sha256(weights)}. {remedy}"
    )


def _remedy(
    weights: _WeightsFile, path: Path, locations: WeightsLocations, *, is_removed: bool = False
) -> str:
    """What to do about a file that is here but wrong."""
    match weights:
        case PublishedWeights():
            if path.parent == locations.user_directory:
                return f"Replace it by {weights.url}, or remove it to have it downloaded."
            if is_removed:
                return "It has been removed from the cache: have it downloaded again."
            if locations.downloads_allowed:
                return "Have it downloaded again, which replaces it."
            return f"Replace it by {weights.url}."
        case PackagedWeights():
            return f"Install the Python package {weights.package} again."
        case TrainedWeights():
            return _SHIPPED_REMEDY if weights.sha256 else _RUN_REMEDY


def _unavailable(
    entry: ModelEntry, locations: WeightsLocations, reason: str | None = None
) -> WeightsUnavailableError:
    weights = entry.weights
    match weights:
        case PublishedWeights():
            switch = "can be downloaded" if locations.downloads_allowed else "downloads are off"
            missing = f"{weights.file_name} is not on this machine ({switch})."
            directories = [str(directory) for directory in locations.directories]
        case PackagedWeights():
            missing = f"the Python package {weights.package} is not installed, or incomplete."
            directories = []
        case TrainedWeights():
            missing = f"{weights.path} is missing. {_remedy(weights, weights.path, locations)}"
            directories = []
        case RandomWeights():
            missing = "they are drawn from a seed when the model is opened, so there is no file."
            directories = []
    file_name = _file_name(weights)
    return WeightsUnavailableError(
        entry.id,
        file_name or "",
        reason or missing,
        directories,
        downloadable=isinstance(weights, PublishedWeights) and locations.downloads_allowed,
    )


def _file_name(weights: WeightsSource) -> str | None:
    match weights:
        case PublishedWeights():
            return weights.file_name
        case PackagedWeights():
            path = _packaged_path(weights)
            return path.name if path else None
        case TrainedWeights():
            return weights.path.name
        case RandomWeights():
            return None


def _packaged_path(weights: PackagedWeights) -> Path | None:
    try:
        return weights.path()
    except ImportError:
        return None


def _size_bytes(path: Path) -> int | None:
    """None if the file has just gone."""
    try:
        return path.stat().st_size
    except OSError:
        return None
