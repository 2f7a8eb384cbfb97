"""The receptive fields of the networks: geometry once a design, gradients once a unit."""

from contextlib import aclosing
from dataclasses import dataclass

from app.compute.cache import ByteCache, with_overhead
from app.compute.inspection_work import InspectionWork, Watch, WorkKey
from app.compute.long_work import result_of
from app.compute.pool import ComputePool
from app.inspection.fields.effective_field import Heat, gradient_heat, random_heat
from app.inspection.fields.reach import Spread
from app.inspection.fields.region import Region
from app.inspection.fields.unit_field import Fields, UnitField, describe_unit
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import Unit
from app.inspection.progress import Progress
from app.settings import Settings
from app.stores.activations import ActivationStore
from app.stores.graphs import GraphStore, Structure, structure_of
from app.stores.images import ImageStore
from app.stores.library import ModelLibrary
from models.catalogue.entry import ModelEntry
from models.preprocessing.pixel_map import Box, PixelMap

# Of a design's table and walks, measured: 2 to 12 kB a layer.
_BYTES_PER_LAYER = 12_000
_GEOMETRY_BYTES = 64 * 2**20


# Model, picture, unit and number of random pictures.
_HeatKey = tuple[str, str, Unit, int]


@dataclass(frozen=True, eq=False)
class _Geometry:
    fields: Fields
    layers: int


@dataclass(frozen=True, eq=False)
class RandomHeat:
    """A gradient averaged over random pictures, (height, width)."""

    heat: Heat

    @property
    def size_bytes(self) -> int:
        """Bytes of its array."""
        return self.heat.nbytes


@dataclass(frozen=True)
class Sources:
    """Where networks, their layers and what they computed come from."""

    networks: ModelLibrary
    graphs: GraphStore
    activations: ActivationStore


class FieldStore:
    """Works on the pool, what takes many passes as long work; once for all who ask.

    Tables of a whole network are made on the quick pool, so that its drawing waits for nothing.
    """

    def __init__(  # noqa: PLR0917  each is another service
        self,
        settings: Settings,
        pool: ComputePool,
        quick: ComputePool,
        images: ImageStore,
        sources: Sources,
        work: InspectionWork,
    ) -> None:
        self._pool = pool
        self._quick = quick
        self._work = work
        self._images = images
        self._networks = sources.networks
        self._graphs = sources.graphs
        self._activations = sources.activations
        self._geometries: ByteCache[Structure, _Geometry] = ByteCache(
            _GEOMETRY_BYTES, lambda geometry: geometry.layers * _BYTES_PER_LAYER
        )
        self._heats: ByteCache[_HeatKey, Heat] = ByteCache(
            settings.result_cache_bytes, with_overhead(lambda heat: heat.nbytes)
        )

    async def of(self, entry: ModelEntry) -> Fields:
        """The fields of all layers; needs no weights. Raises as `GraphStore.structure`."""
        structure = await self._graphs.structure(entry)

        async def compute() -> _Geometry:
            return await self._quick.run(_geometry, structure)

        return (await self._geometries.get_or_compute(structure_of(entry), compute)).fields

    async def unit(
        self,
        entry: ModelEntry,
        layer_id: str,
        place: tuple[int, int],
        channel: int | None,
    ) -> UnitField:
        """What a unit reads, exactly; `place` is its row and its column."""
        fields = await self.of(entry)
        return await self._pool.run(describe_unit, fields, layer_id, place, channel)

    async def place_box(
        self, entry: ModelEntry, layer_id: str, place: tuple[int, int]
    ) -> Box | None:
        """What the units at a (row, column) read together, as `Fields.box`."""
        fields = await self.of(entry)
        return await self._pool.run(fields.box, layer_id, place)

    async def projective(self, entry: ModelEntry, layer_id: str, place: tuple[int, int]) -> Region:
        """The units of a layer that read the input's pixel at a (row, column)."""
        fields = await self.of(entry)
        return await self._pool.run(fields.reach.projective, layer_id, *place)

    async def spread(
        self, entry: ModelEntry, place: tuple[int, int], *, through_gates: bool
    ) -> Spread:
        """The units of all layers that read the input's pixel at a (row, column)."""
        fields = await self.of(entry)
        return await self._pool.run(
            lambda: fields.reach.spread(*place, through_gates=through_gates)
        )

    async def pixel_map(self, entry: ModelEntry, image_id: str) -> PixelMap:
        """Where the pixels of the network's input come from in a kept picture."""
        picture = await self._images.picture(image_id)
        prepared = await self._pool.run(
            entry.preprocessing.prepare, picture.image, picture.orientation
        )
        return prepared.pixel_map

    async def heat(self, entry: ModelEntry, image_id: str, unit: Unit, pictures: int) -> Heat:
        """The input gradient of a unit for a kept picture, or averaged over random ones.

        Args:
            entry: the model.
            image_id: the picture; only read if `pictures` is 0.
            unit: whose gradient.
            pictures: of noise, to average over.
        """

        async def compute() -> Heat:
            model = await self._networks.load(entry)
            graph = await self._graphs.of(model)
            if pictures:
                return await self._random_heat(entry, graph, unit, pictures)
            observation = await self._activations.observation(entry, image_id, unit.layer_id)
            found = await self._pool.run(gradient_heat, graph, observation.tensor, unit)
            self._images.check_kept(image_id)
            return found

        key = entry.key, "" if pictures else image_id, unit, pictures
        return await self._heats.get_or_compute(key, compute)

    async def _random_heat(
        self, entry: ModelEntry, graph: LayerGraph, unit: Unit, pictures: int
    ) -> Heat:
        return (await result_of(self._watch_random(entry, graph, unit, pictures))).heat

    async def watch_random_heat(
        self, entry: ModelEntry, unit: Unit, pictures: int
    ) -> Watch[RandomHeat]:
        """The gradient over random pictures as it comes about. Close the iterator to stop it."""
        graph = await self._graphs.of(await self._networks.load(entry))
        async with aclosing(self._watch_random(entry, graph, unit, pictures)) as watched:
            async for progress in watched:
                yield progress

    def _watch_random(
        self, entry: ModelEntry, graph: LayerGraph, unit: Unit, pictures: int
    ) -> Watch[RandomHeat]:
        # As many passes as there are pictures: others would wait for it on the pool.
        def work(progress: Progress) -> RandomHeat:
            progress(0, pictures)
            return RandomHeat(random_heat(graph, unit, pictures, progress=progress))

        key = WorkKey("random_field", entry.key, details=(unit, pictures))
        return self._work.watch(key, work)

    def forget_unknown_images(self) -> None:
        """Drop the gradients for pictures that are not kept any more."""
        self._heats.forget_where(lambda key: key[1] != "" and key[1] not in self._images)


def _geometry(graph: LayerGraph) -> _Geometry:
    return _Geometry(Fields.of(graph), len(graph.layers))
