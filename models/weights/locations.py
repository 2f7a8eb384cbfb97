"""Which file holds a model's weights, and where it may lie."""

from dataclasses import dataclass
from pathlib import Path

from models.catalogue.entry import (
    ModelEntry,
    OwnWeights,
    PackagedWeights,
    PublishedWeights,
    RandomWeights,
    TrainedWeights,
    WeightsSource,
)
from models.disk.file_kinds import is_file

WeightsFile = PackagedWeights | TrainedWeights | OwnWeights | PublishedWeights


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
        case TrainedWeights() | OwnWeights():
            candidates = [weights.path]
    return next((path for path in candidates if is_file(path)), None)


def file_name_of(weights: WeightsSource) -> str | None:
    """None without a file: its package is not installed, or they are random."""
    match weights:
        case PublishedWeights():
            return weights.file_name
        case PackagedWeights():
            path = _packaged_path(weights)
            return path.name if path else None
        case TrainedWeights() | OwnWeights():
            return weights.path.name
        case RandomWeights():
            return None


def expected_sha256(weights: WeightsFile) -> str:
    """Hexadecimal digits that the file's hash begins with; "" if nobody recorded any."""
    match weights:
        case PublishedWeights():
            return weights.sha256_prefix
        case PackagedWeights():
            return weights.sha256
        case TrainedWeights() | OwnWeights():
            return weights.sha256


def is_ours(weights: WeightsFile, path: Path, locations: WeightsLocations) -> bool:
    """True for what was downloaded into the cache, which nobody misses."""
    return isinstance(weights, PublishedWeights) and path.parent != locations.user_directory


def _packaged_path(weights: PackagedWeights) -> Path | None:
    try:
        return weights.path()
    except ImportError:
        return None
