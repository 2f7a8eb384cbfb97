"""The challenges of classification: long work on kept pictures, quick on held-out digits."""

from contextlib import aclosing

import numpy as np
import numpy.typing as npt

from app.compute.inspection_work import InspectionWork, Watch, WorkKey
from app.compute.pool import ComputePool
from app.inspection.progress import Progress
from app.inspection.what_if.challenges import ChallengeGrid, challenge_grid, scores_of_digits
from app.stores.clutter import other_pictures
from app.stores.fields import Sources
from app.stores.held_out_digits import held_out_digits
from app.stores.images import ImageStore
from models.catalogue.entry import ModelEntry
from models.preprocessing.edits import PictureEdit
from models.preprocessing.preprocessing import DigitPreprocessing


class Challenges:
    """A picture under each challenge and each pair of them, and how one class of digits varies."""

    def __init__(
        self, pool: ComputePool, images: ImageStore, sources: Sources, work: InspectionWork
    ) -> None:
        self._pool = pool
        self._images = images
        self._networks = sources.networks
        self._graphs = sources.graphs
        self._work = work

    async def grid(
        self, entry: ModelEntry, image_id: str, edit: PictureEdit
    ) -> Watch[ChallengeGrid]:
        """A kept picture under each challenge of an edit, under each pair, under all."""
        model = await self._networks.load(entry)
        graph = await self._graphs.known(model)
        picture = await self._images.picture(image_id)
        others = await other_pictures(self._images, image_id, edit)

        def work(progress: Progress) -> ChallengeGrid:
            scene = picture.image, edit, others
            return challenge_grid(model, *scene, graph=graph, progress=progress)

        key = WorkKey("challenges", entry.key, image_id, edit)
        async with aclosing(self._work.watch(key, work)) as progress:
            async for each in progress:
                yield each

    async def digits_of_a_class(self, entry: ModelEntry, digit: int) -> npt.NDArray[np.float32]:
        """The logits of the held-out digits of one class, (100, 10)."""
        graph = await self._graphs.of(await self._networks.load(entry))
        preprocessing = entry.preprocessing
        if not isinstance(preprocessing, DigitPreprocessing):
            raise TypeError(f"{entry.id} reads no digits.")

        def compute() -> npt.NDArray[np.float32]:
            return scores_of_digits(graph, preprocessing, held_out_digits(), digit)

        return await self._pool.run(compute)
