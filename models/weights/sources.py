"""Where weights come from: packaged, trained here, put there by a person, downloaded, or random.

Whether they are here, and how they get here.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

from models.catalogue.entry import (
    ModelEntry,
    OwnWeights,
    PublishedWeights,
    RandomWeights,
    TrainedWeights,
)
from models.errors import DownloadFailedError
from models.weights.download import Progress, download
from models.weights.files import check_tensors, known_misfit, known_sha256, sha256
from models.weights.locations import (
    WeightsFile,
    WeightsLocations,
    expected_sha256,
    file_name_of,
    find,
    is_ours,
)
from models.weights.refusals import remedy_for, unavailable, wrong_hash


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
    file_name = file_name_of(weights)
    path = find(entry, locations)
    if path is not None:
        problem = _known_problem(weights, path, locations)
        replaceable = is_ours(weights, path, locations) and locations.downloads_allowed
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
        size_bytes=None if isinstance(weights, TrainedWeights | OwnWeights) else weights.size_bytes,
        file_name=file_name,
        detail=None if downloadable else str(unavailable(entry, locations)),
    )


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
        if not (is_worthless and is_ours(weights, path, locations)):
            return path
    if not isinstance(weights, PublishedWeights) or not locations.downloads_allowed:
        raise unavailable(entry, locations)
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
        raise unavailable(entry, locations, reason=str(error)) from error
    except OSError as error:
        reason = f"{path} cannot be removed ({error.strerror or error})."
        raise unavailable(entry, locations, reason) from error
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
        if expected_sha256(weights):
            sha256(path)
        else:
            check_tensors(path, entry.architecture.build)


def download_url(weights: PublishedWeights, locations: WeightsLocations) -> str:
    """The published address, or the same file on the mirror."""
    if locations.mirror_url is None:
        return weights.url
    return f"{locations.mirror_url.rstrip('/')}/{weights.file_name}"


def _known_problem(weights: WeightsFile, path: Path, locations: WeightsLocations) -> str | None:
    """What is wrong with this file, if it was ever read."""
    try:
        digest, misfit = known_sha256(path), known_misfit(path)
    except OSError:
        return None
    if not expected_sha256(weights):
        return f"{path} {misfit} {remedy_for(weights, path, locations)}" if misfit else None
    if digest is None or digest.startswith(expected_sha256(weights)):
        return None
    return wrong_hash(weights, path, digest, locations)


def _size_bytes(path: Path) -> int | None:
    """None if the file has just gone."""
    try:
        return path.stat().st_size
    except OSError:
        return None
