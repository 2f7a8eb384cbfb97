"""The networks in memory: loaded once, shared, dropped by bytes when others need the room."""

import asyncio
from collections.abc import Iterable

from app.compute.cache import ByteCache
from app.compute.pool import ComputePool
from app.errors import ModelTooLargeError
from app.inspection.activations.loading import LoadedModel, expected_size_bytes, load_model
from app.settings import Settings
from app.stores.graphs import GraphStore
from models.catalogue.catalogue import DEFAULT_MODEL, catalogue, check_known
from models.catalogue.entry import ModelEntry
from models.errors import UnknownModelError, WeightsDamagedError, WeightsUnavailableError
from models.weights.locations import WeightsLocations
from models.weights.sources import WeightsStatus, check_file, status


def locations_of(settings: Settings) -> WeightsLocations:
    """Where the weights of models may lie, and whether they may be fetched."""
    return WeightsLocations(
        user_directory=settings.weights_dir,
        cache_directory=settings.cache_dir,
        mirror_url=settings.weights_mirror,
        downloads_allowed=settings.downloads_allowed,
    )


class ModelLibrary:
    """Hands out loaded networks; several requests for one that is not loaded load it once.

    Attributes:
        default_model: id of the model that `/` opens with.
    """

    def __init__(self, settings: Settings, pool: ComputePool, graphs: GraphStore) -> None:
        self.locations = locations_of(settings)
        self.default_model = settings.default_model
        self._budget_bytes = settings.model_budget_bytes
        self._pool = pool
        self._graphs = graphs
        self._models: ByteCache[str, LoadedModel] = ByteCache(
            settings.model_budget_bytes, lambda model: model.size_bytes
        )
        # One file at a time: more would only make the disk slower for everybody.
        self._checking = asyncio.Lock()
        self._checks: asyncio.Task[None] | None = None

    @property
    def default(self) -> ModelEntry:
        """The model that `/` opens with; the usual one if it was a person's own, and forgotten."""
        try:
            return catalogue().resolve(self.default_model)
        except UnknownModelError:
            return catalogue().resolve(DEFAULT_MODEL)

    def weights_status(self, entry: ModelEntry) -> WeightsStatus:
        """Whether the weights of an entry are on this machine."""
        return status(entry, self.locations)

    async def checked_status(self, entry: ModelEntry) -> WeightsStatus:
        """The same, after the file was compared with its hash or, without one, with its network."""
        async with self._checking:
            await asyncio.to_thread(check_file, entry, self.locations)
        return self.weights_status(entry)

    def check_meanwhile(self, entries: Iterable[ModelEntry]) -> None:
        """Check the files of these in the background, unless that goes on."""

        async def check(those: list[ModelEntry]) -> None:
            for entry in those:
                await self.checked_status(entry)

        if self._checks is None or self._checks.done():
            self._checks = asyncio.create_task(check(list(entries)))

    async def close(self) -> None:
        """Check no further files."""
        if self._checks is not None:
            self._checks.cancel()
            await asyncio.gather(self._checks, return_exceptions=True)

    def is_loaded(self, entry: ModelEntry) -> bool:
        """True if the network is in memory now."""
        return entry.network_key in self._models

    async def load(self, entry: ModelEntry) -> LoadedModel:
        """The network of an entry, from memory or from its weights.

        However its pictures are prepared, the tensors are the same in memory.

        Raises:
            ModelTooLargeError: it would take more than the whole budget.
            WeightsUnavailableError, WeightsDamagedError: see `models.weights.loading`.
            UnknownModelError: it was forgotten meanwhile.
            BusyError: the compute queue is full.
        """
        try:
            model = await self._models.get_or_compute(entry.network_key, lambda: self._load(entry))
        except (WeightsUnavailableError, WeightsDamagedError):
            check_known(entry)
            raise
        return model if model.entry.key == entry.key else LoadedModel(entry, model.tensors)

    async def _load(self, entry: ModelEntry) -> LoadedModel:
        expected = expected_size_bytes(entry)
        if expected > self._budget_bytes:
            raise ModelTooLargeError(
                f"{entry.id} takes {expected:,} bytes, and this server sets aside "
                f"{self._budget_bytes:,} for networks (CONVSCOPE_MODEL_BUDGET_BYTES)."
            )
        # Before loading, so that the old and the new are not in memory side by side.
        self._models.make_room(expected)
        graph = await self._graphs.at_hand(entry)
        return await self._pool.run(load_model, entry, self.locations, graph)
