"""An atlas from its pictures to its last file, begun anew or gone on with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.atlas.counting import count_pictures
from app.atlas.finishing import finish
from app.atlas.local import Told
from app.atlas.networks import AtlasNetwork
from app.inspection.atlas.manifest import Manifest
from app.inspection.atlas.summarise import Plan, layers_with_channels
from app.stores.atlases.job import Job
from app.stores.atlases.place import AtlasPlace, OtherAtlasError
from app.stores.atlases.sources import PictureSource
from models.errors import ConvscopeError


class LayerWithoutChannelsError(ConvscopeError):
    """A layer of which there can be no atlas."""


class Runner(Protocol):
    """Has parts looked at, somewhere, until each has its file."""

    def __call__(self, place: AtlasPlace, shards: Sequence[int], told: Told) -> None: ...


class Progress(Protocol):
    """Is told how far an atlas is."""

    def counting(self, files: int) -> None:
        """So many files were read."""

    def counted(self, manifest: Manifest, looked_at: int) -> None:
        """The pictures are known; so many were looked at by an earlier run."""

    def looked(self, pictures: int) -> None:
        """So many more pictures were looked at."""

    def finishing(self) -> None:
        """What was found is put together."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes:
        layers: ids; empty for all that have channels.
        top: how many units of each channel are kept.
    """

    network: AtlasNetwork
    source: PictureSource
    layers: tuple[str, ...]
    top: int


def make_atlas(
    directory: Path, wanted: Wanted, runner: Runner, progress: Progress
) -> dict[str, Any]:
    """Make an atlas, or go on where a run before was ended.

    Returns:
        what its `atlas.json` says.

    Raises:
        AtlasInUseError: somebody else makes one there.
        OtherAtlasError: there is one of something else there.
        PicturesNotFoundError: there are no pictures.
        UnknownLayerError, LayerWithoutChannelsError: there can be no atlas of a layer.
        LookingFailedError: see `app.atlas.local`.
        OSError: the directory cannot be written to.
    """
    layers = _layers(wanted)
    place = AtlasPlace(directory)
    with place.held():
        begun = place.begun()
        if begun and begun[0].source == wanted.source.described():
            manifest = begun[1]
        else:
            manifest = count_pictures(wanted.source, progress.counting)
        job = _job(wanted, layers, manifest)
        if begun and begun[0].key != job.key:
            raise OtherAtlasError(_difference(directory, begun[0], job))
        # Also where the same pictures lie somewhere else now.
        if begun != (job, manifest):
            place.begin(job, manifest)
        if place.is_finished:
            progress.counted(manifest, len(manifest.pictures))
            place.finish()
            return place.known()
        shards = range(len(manifest.shards))
        missing = [shard for shard in shards if not place.shard(shard).is_file()]
        left = sum(len(manifest.shards[shard]) for shard in missing)
        progress.counted(manifest, len(manifest.pictures) - left)
        if missing:
            runner(place, missing, progress.looked)
        progress.finishing()
        return finish(place, job, manifest, wanted.network.graph, wanted.source.name)


def _layers(wanted: Wanted) -> tuple[str, ...]:
    graph = wanted.network.graph
    possible = layers_with_channels(graph)
    if not wanted.layers:
        return possible
    for layer_id in wanted.layers:
        graph.layer(layer_id)
        if layer_id not in possible:
            raise LayerWithoutChannelsError(
                f"{layer_id} has no channels that could be compared over pictures."
            )
    return tuple(layer_id for layer_id in possible if layer_id in wanted.layers)


def _job(wanted: Wanted, layers: tuple[str, ...], manifest: Manifest) -> Job:
    entry = wanted.network.entry
    return Job(
        model=entry.id,
        preparation=entry.preparation,
        network=wanted.network.fingerprint,
        source=wanted.source.described(),
        pictures=manifest.key,
        plan=Plan(layers, wanted.top, tuple(map(_class_of(entry.labels), manifest.class_names))),
    )


def _class_of(labels: Sequence[str]) -> Callable[[str], int | None]:
    """Finds the network's class for the name of a folder: its label, or its number.

    Case, and whether words are parted by a space, a line or a hyphen, are of no account.
    """
    numbers: dict[str, int] = {}
    for number, label in enumerate(labels):
        numbers.setdefault(_plain(label), number)

    def find(name: str) -> int | None:
        found = numbers.get(_plain(name))
        if found is None and name.isdecimal() and int(name) < len(labels):
            return int(name)
        return found

    return find


def _plain(label: str) -> str:
    return label.casefold().replace("_", " ").replace("-", " ").strip()


def _difference(directory: Path, begun: Job, job: Job) -> str:
    if begun.model != job.model or begun.network != job.network:
        what = f"of {begun.model}" + (
            " with other weights" if begun.model == job.model else f", not of {job.model}"
        )
    elif begun.pictures != job.pictures:
        what = f"over other pictures, those of {begun.source['place']}"
    elif begun.torch != job.torch:
        what = f"begun with torch {begun.torch}, and this is {job.torch}"
    else:
        what = "with other layers, another top or another preparation"
    return f"{directory} holds an atlas {what}. Name another directory."
