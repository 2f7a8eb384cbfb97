"""What people are told of weights that are not here, or are not what they should be."""

from pathlib import Path

from models.catalogue.entry import (
    ModelEntry,
    OwnWeights,
    PackagedWeights,
    PublishedWeights,
    RandomWeights,
    TrainedWeights,
)
from models.errors import WeightsUnavailableError
from models.weights.locations import (
    WeightsFile,
    WeightsLocations,
    expected_sha256,
    file_name_of,
)

_SHIPPED_REMEDY = (
    "Restore it from the source tree, or train it again (python -m models.training) and release "
    "that (python -m models.release)."
)
_RUN_REMEDY = (
    "It is one version of a run that was trained on this machine: open another one of that run, "
    "or train it again (at /train, or python -m models.training)."
)

_OWN_REMEDY = "Forget this network and open its checkpoint or its bundle again."


def wrong_hash(
    weights: WeightsFile,
    path: Path,
    digest: str,
    locations: WeightsLocations,
    *,
    is_removed: bool = False,
) -> str:
    """Of a file whose hash is `digest` and should be another."""
    remedy = remedy_for(weights, path, locations, is_removed=is_removed)
    return (
        f"{path} is not the published file, or is damaged: its SHA-256 is {digest} and should "
        f"begin with {expected_sha256(weights)}. {remedy}"
    )


def remedy_for(  # noqa: PLR0911  one a kind of weights
    weights: WeightsFile, path: Path, locations: WeightsLocations, *, is_removed: bool = False
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
        case OwnWeights():
            return _OWN_REMEDY
        case TrainedWeights():
            return _SHIPPED_REMEDY if weights.sha256 else _RUN_REMEDY


def unavailable(
    entry: ModelEntry, locations: WeightsLocations, reason: str | None = None
) -> WeightsUnavailableError:
    """Of weights that are not here.

    Args:
        entry: whose weights.
        locations: where they would be looked for.
        reason: None where it is no other than that the file is missing.
    """
    weights = entry.weights
    match weights:
        case PublishedWeights():
            switch = "can be downloaded" if locations.downloads_allowed else "downloads are off"
            missing = f"{weights.file_name} is not on this machine ({switch})."
            directories = [str(directory) for directory in locations.directories]
        case PackagedWeights():
            missing = f"the Python package {weights.package} is not installed, or incomplete."
            directories = []
        case TrainedWeights() | OwnWeights():
            missing = f"{weights.path} is missing. {remedy_for(weights, weights.path, locations)}"
            directories = []
        case RandomWeights():
            missing = "they are drawn from a seed when the model is opened, so there is no file."
            directories = []
    file_name = file_name_of(weights)
    return WeightsUnavailableError(
        entry.id,
        file_name or "",
        reason or missing,
        directories,
        downloadable=isinstance(weights, PublishedWeights) and locations.downloads_allowed,
    )
