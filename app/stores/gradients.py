"""Gradients of the loss: one way back for all who ask, kept while there is room."""

from app.compute.cache import ByteCache, with_overhead
from app.compute.pool import ComputePool
from app.inspection.activations.layer_forms import LayerForm, encode_layer
from app.inspection.filters.bank import check_filters
from app.inspection.filters.forms import FilterForm, encode_filters
from app.inspection.gradients.activation_gradient import (
    ActivationGradient,
    GradientFacts,
    activation_gradient,
    describe_gradient,
)
from app.inspection.gradients.weight_gradient import (
    KernelFacts,
    WeightGradient,
    describe_kernels,
    weight_gradient,
)
from app.settings import Settings
from app.stores.fields import Sources
from app.stores.images import ImageStore
from models.catalogue.entry import ModelEntry

# Model, picture, layer and class.
_Key = tuple[str, str, str, int]


class GradientStore:
    """Works on the pool. All raise as `app.stores.activations.ActivationStore.observation`."""

    def __init__(
        self, settings: Settings, pool: ComputePool, images: ImageStore, sources: Sources
    ) -> None:
        self._pool = pool
        self._images = images
        self._sources = sources
        self._by_activations: ByteCache[_Key, ActivationGradient] = ByteCache(
            settings.result_cache_bytes, with_overhead(lambda found: found.size_bytes)
        )
        self._by_weights: ByteCache[_Key, WeightGradient] = ByteCache(
            settings.result_cache_bytes, with_overhead(lambda found: found.size_bytes)
        )

    async def by_activations(
        self, entry: ModelEntry, image_id: str, layer_id: str, class_index: int
    ) -> ActivationGradient:
        """dL/da of a layer for a kept picture, L = -log p of the class."""

        async def compute() -> ActivationGradient:
            graph = await self._sources.graphs.of(await self._sources.networks.load(entry))
            seen = await self._sources.activations.observation(entry, image_id, layer_id)
            layer = seen.activations[layer_id]
            found = await self._pool.run(
                activation_gradient, graph, seen.tensor, layer_id, layer, class_index
            )
            self._images.check_kept(image_id)
            return found

        key = entry.key, image_id, layer_id, class_index
        return await self._by_activations.get_or_compute(key, compute)

    async def by_weights(
        self, entry: ModelEntry, image_id: str, layer_id: str, class_index: int
    ) -> WeightGradient:
        """dL/dw of a layer's kernels for a kept picture.

        Raises:
            NoFiltersError: it has none.
        """

        async def compute() -> WeightGradient:
            # Before the weights, which may not be here.
            check_filters(await self._sources.graphs.structure(entry), layer_id)
            graph = await self._sources.graphs.of(await self._sources.networks.load(entry))
            seen = await self._sources.activations.observation(entry, image_id, layer_id)
            found = await self._pool.run(weight_gradient, graph, seen.tensor, layer_id, class_index)
            self._images.check_kept(image_id)
            return found

        key = entry.key, image_id, layer_id, class_index
        return await self._by_weights.get_or_compute(key, compute)

    async def facts(self, gradient: ActivationGradient) -> GradientFacts:
        """A layer's gradient in numbers."""
        return await self._pool.run(describe_gradient, gradient)

    async def kernel_facts(self, gradient: WeightGradient) -> KernelFacts:
        """The gradients of a layer's kernels in numbers."""
        return await self._pool.run(describe_kernels, gradient)

    async def encode(
        self, gradient: ActivationGradient, wanted: LayerForm, header: dict[str, object]
    ) -> bytes:
        """A layer's gradient in one of its binary forms."""
        described = {**header, "loss": gradient.loss}
        return await self._pool.run(encode_layer, gradient.values, wanted, described)

    async def encode_kernels(
        self, gradient: WeightGradient, wanted: FilterForm, header: dict[str, object]
    ) -> bytes:
        """The gradients of a layer's kernels in one of their binary forms."""
        described = {**header, "loss": gradient.loss}
        return await self._pool.run(encode_filters, gradient.bank, wanted, described)

    def forget_unknown_images(self) -> None:
        """Drop the gradients for pictures that are not kept any more."""
        for kept in (self._by_activations, self._by_weights):
            kept.forget_where(lambda key: key[1] not in self._images)
