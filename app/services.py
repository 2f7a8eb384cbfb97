"""Everything a request may need, made once a server."""

import asyncio
import logging
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Literal

from fastapi import Depends, Request

from app.compute.cache import ByteCache, with_overhead
from app.compute.decoders import Decoders
from app.compute.inspection_work import InspectionWork
from app.compute.long_work import WorkLimits
from app.compute.pool import ComputePool
from app.inspection.activations.layer_forms import (
    LayerForm,
    LayerStatistics,
    describe_layer,
    encode_layer,
)
from app.inspection.activations.network_input import encode_network_input
from app.inspection.activations.overview import Thumbnail
from app.inspection.activations.prediction import Prediction, predict
from app.inspection.activations.reactions import Reaction, ReactionsForm, reactions
from app.inspection.errors import NotExportableError
from app.settings import Settings
from app.stores.activations import ActivationStore
from app.stores.attributions import AttributionStore
from app.stores.digit_tests import DigitTests
from app.stores.downloads import Downloads
from app.stores.edited_pictures import EditedPictures
from app.stores.examples import FIRST
from app.stores.experiments import Experiments
from app.stores.explanations import Explanations
from app.stores.fields import FieldStore, Sources
from app.stores.filters import FilterSources, FilterStore
from app.stores.gradients import GradientStore
from app.stores.graph_files import GraphFiles
from app.stores.graphs import GraphStore
from app.stores.images import ImageStore
from app.stores.library import ModelLibrary
from app.stores.own_models import OwnModels
from app.stores.picture_sets import PictureSets
from app.training.runs import TrainingRuns
from app.web.hosts import is_loopback
from app.web.uploads import UploadReader
from models.catalogue.entry import ModelEntry
from models.errors import CheckpointRefusedError
from models.pictures import Colours, Picture

_SWEEP_INTERVAL_S = 60.0
# A training writes its state meanwhile.
CLOSE_S = 4.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Services:
    """The parts of a running server and what they do together."""

    settings: Settings
    pool: ComputePool
    quick: ComputePool
    decoders: Decoders
    images: ImageStore
    library: ModelLibrary
    downloads: Downloads
    uploads: UploadReader
    graphs: GraphStore
    activations: ActivationStore
    fields: FieldStore
    filters: FilterStore
    explanations: Explanations
    attributions: AttributionStore
    gradients: GradientStore
    work: InspectionWork
    training: TrainingRuns
    picture_sets: PictureSets
    own_models: OwnModels
    experiments: Experiments
    edited_pictures: EditedPictures
    digit_tests: DigitTests
    predictions: ByteCache[tuple[str, str], Prediction]
    overviews: ByteCache[tuple[str, str], list[Thumbnail]]
    _tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)

    async def predict_stored(self, entry: ModelEntry, image_id: str) -> Prediction:
        """The prediction for a kept picture; computed once for all who ask."""

        async def compute() -> Prediction:
            if await self._observes_whole(entry):
                return (await self.activations.observation(entry, image_id)).prediction
            # The first scores of a network do not wait until its layers are traced.
            picture = await self.images.picture(image_id)
            prediction = await self.predict_picture(entry, picture)
            self.images.check_kept(image_id)
            return prediction

        return await self.predictions.get_or_compute((entry.key, image_id), compute)

    async def _observes_whole(self, entry: ModelEntry) -> bool:
        graph = await self.graphs.at_hand(entry)
        return graph is not None and self.activations.fits(graph)

    async def predict_picture(self, entry: ModelEntry, picture: Picture) -> Prediction:
        """The prediction for a decoded picture."""
        model = await self.library.load(entry)
        graph = await self.graphs.known(model)
        return await self.pool.run(predict, model, picture.image, picture.orientation, graph)

    async def predict_bytes(
        self, entry: ModelEntry, data: bytes, colours: Colours = "stored"
    ) -> tuple[Prediction, Picture]:
        """The prediction for an encoded picture that is not kept, and the picture."""
        await self.library.load(entry)
        picture = await self.images.decode(data, colours)
        return await self.predict_picture(entry, picture), picture

    async def encode_input(
        self, entry: ModelEntry, image_id: str, form: Literal["png", "npy"]
    ) -> bytes:
        """What the network sees of a kept picture, as PNG or as numpy file."""
        picture = await self.images.picture(image_id)
        return await self.pool.run(encode_network_input, entry, picture.image, form)

    async def layer_statistics(
        self,
        entry: ModelEntry,
        image_id: str,
        layer_id: str,
        classes: tuple[int, int | None] | None,
    ) -> LayerStatistics:
        """What a layer returned, channel by channel, with contributions to a class if named.

        `classes` are a class and the rival that it is told apart from, if any.
        """
        observation = await self.activations.observation(entry, image_id, layer_id)
        if classes is None:
            return await self.pool.run(describe_layer, observation, layer_id)
        graph = await self.graphs.of(await self.library.load(entry))
        return await self.pool.run(describe_layer, observation, layer_id, graph, *classes)

    async def reactions(
        self, entry: ModelEntry, image_id: str, layer_id: str, wanted: ReactionsForm
    ) -> list[Reaction]:
        """The channels of a layer that react most to one place of it."""
        observation = await self.activations.observation(entry, image_id, layer_id)
        return await self.pool.run(reactions, observation.activations[layer_id], wanted)

    async def encode_layer(
        self, entry: ModelEntry, image_id: str, layer_id: str, wanted: LayerForm
    ) -> bytes:
        """A layer's maps in one of their binary forms."""
        observation = await self.activations.observation(entry, image_id, layer_id)
        header = {"model": entry.id, "image": image_id, "layer": layer_id}
        return await self.pool.run(encode_layer, observation.activations[layer_id], wanted, header)

    async def overview(self, entry: ModelEntry, image_id: str) -> list[Thumbnail]:
        """The strongest map of every layer; computed once for all who ask."""

        async def compute() -> list[Thumbnail]:
            found = await self.activations.thumbnails(entry, image_id)
            self.images.check_kept(image_id)
            return found

        return await self.overviews.get_or_compute((entry.key, image_id), compute)

    def forget_image(self, image_id: str) -> None:
        """Delete a picture and everything computed from it.

        Raises:
            UnknownImageError: there is none.
        """
        self.images.delete(image_id)
        self.predictions.forget_where(lambda key: key[1] == image_id)
        self.overviews.forget_where(lambda key: key[1] == image_id)
        self.activations.forget_image(image_id)
        self.work.forget_unknown_images()
        self.fields.forget_unknown_images()
        self.attributions.forget_unknown_images()
        self.gradients.forget_unknown_images()

    async def start(self) -> None:
        """Open the examples; load the default network while requests are already answered."""
        await self.images.open_examples()
        await self.training.open()
        await self.picture_sets.open()
        refusal = None
        try:
            self.library.default_model = await self.own_models.open(self.settings.default_model)
        except CheckpointRefusedError as error:
            refusal = error
        self._tasks["warm-up"] = asyncio.create_task(self._warm_up(refusal))
        self._tasks["sweep"] = asyncio.create_task(self._sweep())

    async def _warm_up(self, refusal: CheckpointRefusedError | None) -> None:
        if refusal is not None:
            raise refusal
        # The first prediction also makes torch choose its kernels, so nobody waits for that.
        # A network whose layers cannot be shown still predicts; who opens it is told why.
        with suppress(NotExportableError):
            await self.graphs.structure(self.library.default)
        entry = self.library.default
        await self.predict_stored(entry, FIRST[entry.preprocessing.input_kind].id)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_INTERVAL_S)
            self.images.expire()
            self.forget_expired()

    def forget_expired(self) -> None:
        """Drop whatever was computed from pictures that are not kept any more."""
        self.predictions.forget_where(lambda key: key[1] not in self.images)
        self.overviews.forget_where(lambda key: key[1] not in self.images)
        self.activations.forget_unknown_images()
        self.work.forget_unknown_images()
        self.fields.forget_unknown_images()
        self.attributions.forget_unknown_images()
        self.gradients.forget_unknown_images()

    @property
    def warm_up(self) -> "asyncio.Task[None]":
        """Done when the default network has answered once; holds the error if it could not."""
        return self._tasks["warm-up"]

    async def close(self) -> None:
        """Stop background tasks, downloads and computations; after `CLOSE_S` without them."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        # A thread cannot be ended: what it computes is waited for, but not for ever.
        pools = [
            threading.Thread(target=end, daemon=True)
            for end in (self.work.close, self.graphs.close, self.quick.close, self.pool.close)
        ]
        for thread in pools:
            thread.start()
        ends = (
            *(self.training.close(), self.downloads.close(), self.own_models.close()),
            self.picture_sets.close(),
            *(self.decoders.close(), self.library.close()),
            *(asyncio.to_thread(thread.join, CLOSE_S) for thread in pools),
        )
        done, late = await asyncio.wait(map(asyncio.ensure_future, ends), timeout=CLOSE_S)
        for end in late:
            end.cancel()
        if late or any(thread.is_alive() for thread in pools):
            _logger.warning("Closing with work that did not stop in %g s.", CLOSE_S)
        for end in done:
            end.result()


def make_services(settings: Settings, listening_on: str) -> Services:
    """The services of a server with these settings; nothing is loaded yet.

    Args:
        settings: of the server.
        listening_on: the address or name that it is served at: where only this machine reaches it,
            people may send networks unless the settings say otherwise.
    """
    uploads_allowed = settings.model_uploads
    if uploads_allowed is None:
        uploads_allowed = is_loopback(listening_on)
    pool = ComputePool(settings.compute_workers, settings.compute_queue)
    # For what takes milliseconds: a drawing waits for nobody's weights.
    quick = ComputePool(1, settings.compute_queue, name="quick")
    graphs = GraphStore(quick, GraphFiles(settings.cache_dir / "graphs"))
    library = ModelLibrary(settings, pool, graphs)
    decoders = Decoders(settings)
    images = ImageStore(settings, pool, decoders)
    activations = ActivationStore(settings, pool, images, library, graphs)
    sources = Sources(library, graphs, activations)
    work = InspectionWork(
        WorkLimits(
            settings.long_workers,
            settings.long_queue,
            settings.long_places_per_client,
            settings.long_time_limit_s,
        ),
        settings.result_cache_bytes,
        with_overhead(lambda result: result.size_bytes),
        images,
    )
    fields = FieldStore(settings, pool, quick, images, sources, work)
    return Services(
        settings=settings,
        pool=pool,
        quick=quick,
        decoders=decoders,
        images=images,
        library=library,
        graphs=graphs,
        activations=activations,
        fields=fields,
        filters=FilterStore(settings, pool, FilterSources(images, sources, fields, work)),
        experiments=Experiments(pool, images, sources, work),
        edited_pictures=EditedPictures(pool, images, sources, work),
        digit_tests=DigitTests(pool, sources, work),
        explanations=Explanations(pool, images, sources),
        attributions=AttributionStore(settings, pool, images, sources, work),
        gradients=GradientStore(settings, pool, images, sources),
        work=work,
        training=TrainingRuns(settings),
        picture_sets=PictureSets(settings, decoders),
        own_models=OwnModels(settings, uploads_allowed=uploads_allowed),
        downloads=Downloads(library.locations, settings.concurrent_downloads),
        uploads=UploadReader(settings),
        predictions=ByteCache(
            settings.result_cache_bytes,
            with_overhead(lambda prediction: prediction.logits.nbytes),
        ),
        overviews=ByteCache(
            settings.result_cache_bytes,
            with_overhead(lambda items: sum(item.size_bytes for item in items)),
        ),
    )


def services_of(request: Request) -> Services:
    """The services of the application that serves this request."""
    services: Services = request.app.state.services
    return services


ServicesDependency = Annotated[Services, Depends(services_of)]
