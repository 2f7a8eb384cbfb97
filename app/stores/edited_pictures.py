"""Pictures seen otherwise: moved, bent, cluttered, and what a network says of them."""

from contextlib import aclosing
from dataclasses import dataclass, replace

from PIL import ImageOps

from app.compute.inspection_work import InspectionWork, Watch, WorkKey
from app.compute.pool import ComputePool
from app.inspection.progress import Progress
from app.inspection.what_if.challenges import ChallengeGrid, challenge_grid
from app.inspection.what_if.picture_sweep import Sweep, sweep
from app.stores.clutter import other_pictures
from app.stores.fields import Sources
from app.stores.images import ImageStore, StoredImage
from models.catalogue.entry import ModelEntry
from models.pictures import encode_png
from models.preprocessing.edits import PictureEdit, edit_picture


@dataclass(frozen=True)
class SweepSettings:
    """Which property of an edit takes which values."""

    edit: PictureEdit
    swept: str
    values: tuple[float, ...]


class EditedPictures:
    """Edits on the pool, scores along them or under several of them as long work."""

    def __init__(
        self, pool: ComputePool, images: ImageStore, sources: Sources, work: InspectionWork
    ) -> None:
        self._pool = pool
        self._images = images
        self._networks = sources.networks
        self._graphs = sources.graphs
        self._work = work

    async def keep(self, image_id: str, edit: PictureEdit) -> StoredImage:
        """Keep an edited picture as if it had been uploaded, with the notes of the original.

        It is made of the original's numbers, whose file can no more be read otherwise.
        """
        notes = self._images.get(image_id).notes
        edited = await self.png(image_id, edit)
        kept = tuple(replace(note, alternative=None) for note in notes)
        return await self._images.add(edited, notes=kept)

    async def png(self, image_id: str, edit: PictureEdit, most_px: int | None = None) -> bytes:
        """The file of an edited picture, which is not kept.

        Args:
            image_id: of a kept one.
            edit: what to do.
            most_px: its longer side is reduced to it; None: it is as large as it was.
        """
        picture = await self._images.picture(image_id)
        others = await other_pictures(self._pool, self._images, image_id, edit)

        def make() -> bytes:
            edited = edit_picture(picture.image, edit, others)
            if most_px is not None and max(edited.size) > most_px:
                # A new one: an edit that does nothing gives back the picture that is kept.
                edited = ImageOps.contain(edited, (most_px, most_px))
            return encode_png(edited)

        return await self._pool.run(make)

    async def sweep(
        self, entry: ModelEntry, image_id: str, settings: SweepSettings
    ) -> Watch[Sweep]:
        """The scores along one kind of change of the picture."""
        model = await self._networks.load(entry)
        graph = await self._graphs.known(model)
        picture = await self._images.picture(image_id)
        swept = replace(settings.edit, **{settings.swept: max(settings.values)})
        others = await other_pictures(self._pool, self._images, image_id, swept)

        def work(progress: Progress) -> Sweep:
            along = settings.swept, settings.values
            return sweep(
                *(model, picture.image, settings.edit, along),
                others=others,
                graph=graph,
                progress=progress,
            )

        key = WorkKey("sweep", entry.key, image_id, settings)
        async with aclosing(self._work.watch(key, work)) as progress:
            async for each in progress:
                yield each

    async def challenges(
        self, entry: ModelEntry, image_id: str, edit: PictureEdit
    ) -> Watch[ChallengeGrid]:
        """A kept picture under each challenge of an edit, under each pair, under all."""
        model = await self._networks.load(entry)
        graph = await self._graphs.known(model)
        picture = await self._images.picture(image_id)
        others = await other_pictures(self._pool, self._images, image_id, edit)

        def work(progress: Progress) -> ChallengeGrid:
            scene = picture.image, edit, others
            return challenge_grid(model, *scene, graph=graph, progress=progress)

        key = WorkKey("challenges", entry.key, image_id, edit)
        async with aclosing(self._work.watch(key, work)) as progress:
            async for each in progress:
                yield each
