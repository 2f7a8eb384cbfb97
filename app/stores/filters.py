"""The filters of the networks, what they match in a picture, and what they look for in pixels."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from app.compute.cache import ByteCache
from app.compute.inspection_work import InspectionWork, Watch, WorkKey
from app.compute.long_work import result_of
from app.compute.pool import ComputePool
from app.inspection.attribution.backward_rules import Rule, projection
from app.inspection.errors import NotExportableError
from app.inspection.filters.bank import FilterBank, check_filters, filter_bank
from app.inspection.filters.exciting_patches import Patch, exciting_patches
from app.inspection.filters.forms import FilterFacts, FilterForm, describe_filters, encode_filters
from app.inspection.filters.matching import Comparison, Match, compare, match
from app.inspection.filters.maximisation import Climb, MaximisedPicture, maximise
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import Unit
from app.inspection.progress import Progress
from app.settings import Settings
from app.stores.fields import FieldStore, Sources
from app.stores.images import ImageStore
from app.stores.library import ModelLibrary
from models.catalogue.entry import ModelEntry

_PREVIEW_EVERY = 8

Gradient = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FilterSources:
    """Where pictures, networks, fields and threads come from."""

    images: ImageStore
    stores: Sources
    fields: FieldStore
    work: InspectionWork


class FilterStore:
    """Works on the pool; what only depends on the weights is kept."""

    def __init__(self, settings: Settings, pool: ComputePool, sources: FilterSources) -> None:
        self._pool = pool
        self._images = sources.images
        self._networks: ModelLibrary = sources.stores.networks
        self._graphs = sources.stores.graphs
        self._activations = sources.stores.activations
        self._fields = sources.fields
        self._work = sources.work
        self._facts: ByteCache[tuple[str, str], FilterFacts] = ByteCache(
            settings.result_cache_bytes, lambda facts: facts.size_bytes
        )

    async def bank(self, entry: ModelEntry, layer_id: str) -> FilterBank:
        """The filters of a layer.

        Raises:
            UnknownLayerError, NoFiltersError: see `app.inspection.filters.bank`.
            NotExportableError, BusyError, WeightsUnavailableError, WeightsDamagedError,
            ModelTooLargeError: the network cannot be had.
        """
        structure = await self._graphs.structure(entry)
        # Before the weights, which may not be here.
        check_filters(structure, layer_id)
        model = await self._networks.load(entry)
        red_first = entry.preprocessing.channel_order == "rgb"
        return await self._pool.run(
            partial(filter_bank, structure, model.tensors, layer_id, red_first=red_first)
        )

    async def facts(self, entry: ModelEntry, layer_id: str) -> FilterFacts:
        """Norms and similarity of a layer's filters."""
        bank = await self.bank(entry, layer_id)
        return await self._facts.get_or_compute(
            (entry.key, layer_id), lambda: self._pool.run(describe_filters, bank)
        )

    async def encode(self, entry: ModelEntry, layer_id: str, wanted: FilterForm) -> bytes:
        """A layer's filters in one of their binary forms."""
        bank = await self.bank(entry, layer_id)
        header = {"model": entry.id, "image": "", "layer": layer_id}
        return await self._pool.run(encode_filters, bank, wanted, header)

    async def match(self, entry: ModelEntry, image_id: str, bank: FilterBank, index: int) -> Match:
        """A filter against every place of its input, for a kept picture."""
        observation = await self._activations.observation(entry, image_id, bank.source)
        source = observation.activations[bank.source]
        return await self._pool.run(match, bank, index, source)

    async def compare(
        self,
        entry: ModelEntry,
        image_id: str,
        bank: FilterBank,
        place: tuple[int, int, int],
    ) -> Comparison:
        """A filter beside one patch; `place` is its index, the row and the column."""
        observation = await self._activations.observation(entry, image_id, bank.source)
        source = observation.activations[bank.source]
        return await self._pool.run(compare, bank, place[0], source, *place[1:])

    async def patches(
        self, entry: ModelEntry, image_id: str, layer_id: str, channel: int, count: int
    ) -> tuple[list[Patch], ...]:
        """The patches of a kept picture that excite a channel most, and those that do least."""
        fields = await self._fields.of(entry)
        observation = await self._activations.observation(entry, image_id, layer_id)
        layer = observation.activations[layer_id]
        return await self._pool.run(
            lambda: exciting_patches(fields, layer_id, channel, layer[channel], count)
        )

    async def projection(
        self, entry: ModelEntry, image_id: str, unit: Unit, rule: Rule
    ) -> Gradient:
        """The gradient of a unit by the input under a rule, (channels, height, width)."""
        graph = await self._graphs.of(await self._networks.load(entry))
        observation = await self._activations.observation(entry, image_id, unit.layer_id)

        def project() -> Gradient:
            found: Gradient = projection(graph, observation.tensor, unit, rule).numpy()
            return found

        return await self._pool.run(project)

    async def sized_graph(self, entry: ModelEntry, side_px: int) -> LayerGraph:
        """The graph for square inputs of this side; where the network has none, its own."""
        model = await self._networks.load(entry)
        channels = entry.preprocessing.input_shape[0]
        try:
            return await self._graphs.of(model, (channels, side_px, side_px))
        except NotExportableError:
            return await self._graphs.of(model)

    async def maximised(self, entry: ModelEntry, climb: Climb, side_px: int) -> MaximisedPicture:
        """The picture that excites a channel most; computed once for all who ask."""
        return await result_of(self.watch_maximised(entry, climb, side_px))

    async def watch_maximised(
        self, entry: ModelEntry, climb: Climb, side_px: int
    ) -> Watch[MaximisedPicture]:
        """The same as it comes about; previews are PNG files. Close the iterator to stop it."""
        graph = await self.sized_graph(entry, side_px)

        def work(progress: Progress) -> MaximisedPicture:
            progress(0, climb.steps)

            def report(done: int, see: Callable[[], bytes]) -> None:
                progress(done, climb.steps, see() if done % _PREVIEW_EVERY == 0 else None)

            return maximise(graph, entry.preprocessing, climb, report)

        key = WorkKey("maximisation", entry.key, details=(climb, side_px))
        async with aclosing(self._work.watch(key, work)) as watched:
            async for progress in watched:
                yield progress
