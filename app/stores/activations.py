"""What networks computed for pictures: kept while there is room, computed again when not."""

from collections.abc import Iterator

from app.compute.cache import ByteCache
from app.compute.pool import ComputePool
from app.inspection.activations.observation import Observation, observe
from app.inspection.activations.overview import Thumbnail, thumbnails
from app.inspection.graph.layer_graph import LayerGraph
from app.settings import Settings
from app.stores.graphs import GraphStore
from app.stores.images import ImageStore
from app.stores.library import ModelLibrary
from models.catalogue.entry import ModelEntry

# Model, picture, and the layers where not all of them are kept.
_Key = tuple[str, str, tuple[str, ...] | None]


class ActivationStore:
    """Observations bounded in bytes; two requests for one compute it once.

    A pass whose layers would not fit the whole budget keeps only the layer that was asked for.
    """

    def __init__(
        self,
        settings: Settings,
        pool: ComputePool,
        images: ImageStore,
        networks: ModelLibrary,
        graphs: GraphStore,
    ) -> None:
        self._budget_bytes = settings.activation_store_bytes
        self._pool = pool
        self._images = images
        self._networks = networks
        self._graphs = graphs
        self._observations: ByteCache[_Key, Observation] = ByteCache(
            self._budget_bytes, lambda observation: observation.size_bytes
        )

    @property
    def used_bytes(self) -> int:
        """Bytes of the activations held now."""
        return self._observations.used_bytes

    async def observation(
        self, entry: ModelEntry, image_id: str, layer_id: str | None = None
    ) -> Observation:
        """One pass of a network over a kept picture; holds at least the layer that was named.

        Raises:
            UnknownImageError: the picture is not kept, or not any more.
            UnknownLayerError: the network has no such layer.
            NotExportableError, BusyError, WeightsUnavailableError, WeightsDamagedError,
            ModelTooLargeError: it cannot be computed.
        """
        if whole := self._observations.get((entry.key, image_id, None)):
            return whole
        structure = await self._graphs.structure(entry)
        wanted = None if layer_id is None or self.fits(structure) else (layer_id,)
        key = (entry.key, image_id, wanted)
        return await self._observations.get_or_compute(key, lambda: self._observe(entry, key))

    async def with_inputs(self, entry: ModelEntry, image_id: str, layer_id: str) -> Observation:
        """One pass that holds at least this layer and those it reads; raises as `observation`."""
        if whole := self._observations.get((entry.key, image_id, None)):
            return whole
        structure = await self._graphs.structure(entry)
        layer = structure.layer(layer_id)
        wanted = None if self.fits(structure) else tuple(dict.fromkeys((layer_id, *layer.inputs)))
        key = (entry.key, image_id, wanted)
        return await self._observations.get_or_compute(key, lambda: self._observe(entry, key))

    async def once(self, entry: ModelEntry, image_id: str) -> Observation:
        """One pass with all layers that is not kept. Raises as `observation` does."""
        return await self._compute(entry, image_id, None)

    def fits(self, graph: LayerGraph) -> bool:
        """True if all layers of this graph are kept together."""
        return graph.values_bytes <= self._budget_bytes

    async def thumbnails(self, entry: ModelEntry, image_id: str) -> list[Thumbnail]:
        """The strongest map of every layer, small. Raises as `observation` does."""
        structure = await self._graphs.structure(entry)
        if self.fits(structure):
            observation = await self.observation(entry, image_id)
            return await self._pool.run(thumbnails, observation.activations)
        found: list[Thumbnail] = []
        for layer_ids in _portions(structure, self._budget_bytes):
            observation = await self._compute(entry, image_id, layer_ids)
            found += await self._pool.run(thumbnails, observation.activations)
        return found

    def forget_image(self, image_id: str) -> None:
        """Drop everything that was computed from a picture."""
        self._observations.forget_where(lambda key: key[1] == image_id)

    def forget_unknown_images(self) -> None:
        """Drop what was computed from pictures that have expired meanwhile."""
        self._observations.forget_where(lambda key: key[1] not in self._images)

    async def _observe(self, entry: ModelEntry, key: _Key) -> Observation:
        _, image_id, layer_ids = key
        observation = await self._compute(entry, image_id, layer_ids)
        self._images.check_kept(image_id)
        return observation

    async def _compute(
        self, entry: ModelEntry, image_id: str, layer_ids: tuple[str, ...] | None
    ) -> Observation:
        model = await self._networks.load(entry)
        graph = await self._graphs.of(model)
        picture = await self._images.picture(image_id)
        if layer_ids is None:
            # Before computing, so that the old and the new are not in memory side by side.
            self._observations.make_room(graph.values_bytes)
        return await self._pool.run(
            observe, model, graph, picture.image, picture.orientation, layer_ids
        )


def _portions(graph: LayerGraph, budget_bytes: int) -> Iterator[tuple[str, ...]]:
    """The layers in runs that fit the budget, each at least one layer."""
    portion: list[str] = []
    size_bytes = 0
    for layer in graph.layers:
        if portion and size_bytes + layer.value_bytes > budget_bytes:
            yield tuple(portion)
            portion, size_bytes = [], 0
        portion.append(layer.id)
        size_bytes += layer.value_bytes
    yield tuple(portion)
