"""Everything a request may need, made once a server."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Literal

from fastapi import Depends, Request

from app.cache import ByteCache
from app.compute import ComputePool
from app.downloads import Downloads
from app.examples import EXAMPLES
from app.images import ImageStore
from app.inspection.loading import LoadedModel
from app.inspection.network_input import encode_network_input
from app.inspection.prediction import Prediction, predict
from app.library import ModelLibrary
from app.settings import Settings
from app.uploads import UploadReader
from models.entry import ModelEntry
from models.pictures import Picture, decode_picture

_SWEEP_INTERVAL_S = 60.0


@dataclass(frozen=True, eq=False)
class Services:
    """The parts of a running server and what they do together."""

    settings: Settings
    pool: ComputePool
    images: ImageStore
    library: ModelLibrary
    downloads: Downloads
    uploads: UploadReader
    predictions: ByteCache[tuple[str, str], Prediction]
    _tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)

    async def predict_stored(self, entry: ModelEntry, image_id: str) -> Prediction:
        """The prediction for a kept picture; computed once for all who ask."""
        # First, so that a forgotten picture is never answered from the cache.
        self.images.get(image_id)

        async def compute() -> Prediction:
            picture = await self.images.picture(image_id)
            return await self.predict_picture(entry, picture)

        return await self.predictions.get_or_compute((entry.id, image_id), compute)

    async def predict_picture(self, entry: ModelEntry, picture: Picture) -> Prediction:
        """The prediction for a decoded picture."""
        model = await self.library.load(entry)
        return await self.pool.run(predict, model, picture.image, picture.orientation)

    async def predict_bytes(self, entry: ModelEntry, data: bytes) -> Prediction:
        """The prediction for an encoded picture that is not kept."""
        model = await self.library.load(entry)
        return await self.pool.run(self._decode_and_predict, model, data)

    def _decode_and_predict(self, model: LoadedModel, data: bytes) -> Prediction:
        picture = decode_picture(data, self.images.limits)
        return predict(model, picture.image, picture.orientation)

    async def encode_input(
        self, entry: ModelEntry, image_id: str, form: Literal["png", "npy"]
    ) -> bytes:
        """What the network sees of a kept picture, as PNG or as numpy file."""
        picture = await self.images.picture(image_id)
        return await self.pool.run(encode_network_input, entry, picture.image, form)

    def forget_image(self, image_id: str) -> None:
        """Delete a picture and everything computed from it.

        Raises:
            UnknownImageError: there is none.
        """
        self.images.delete(image_id)
        self.predictions.forget_where(lambda key: key[1] == image_id)

    async def start(self) -> None:
        """Open the examples; load the default network while requests are already answered."""
        await self.images.open_examples()
        self._tasks["warm-up"] = asyncio.create_task(self._warm_up())
        self._tasks["sweep"] = asyncio.create_task(self._sweep())

    async def _warm_up(self) -> None:
        # The first prediction also makes torch choose its kernels, so nobody waits for that.
        await self.predict_stored(self.library.default, EXAMPLES[0].id)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_INTERVAL_S)
            self.images.expire()

    @property
    def warm_up(self) -> "asyncio.Task[None]":
        """Done when the default network has answered once; holds the error if it could not."""
        return self._tasks["warm-up"]

    async def close(self) -> None:
        """Stop background tasks, downloads and computations."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self.downloads.close()
        await asyncio.to_thread(self.pool.close)


def make_services(settings: Settings) -> Services:
    """The services of a server with these settings; nothing is loaded yet."""
    pool = ComputePool(settings.compute_workers, settings.compute_queue)
    library = ModelLibrary(settings, pool)
    return Services(
        settings=settings,
        pool=pool,
        images=ImageStore(settings, pool),
        library=library,
        downloads=Downloads(library.locations, settings.concurrent_downloads),
        uploads=UploadReader(settings),
        predictions=ByteCache(
            settings.result_cache_bytes, lambda prediction: prediction.logits.nbytes
        ),
    )


def services_of(request: Request) -> Services:
    """The services of the application that serves this request."""
    services: Services = request.app.state.services
    return services


ServicesDependency = Annotated[Services, Depends(services_of)]
