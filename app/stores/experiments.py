"""What if: interventions, ablations, occlusions and edited pictures, on what is kept already."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import ImageOps

from app.compute.inspection_work import InspectionWork, Watch, WorkKey
from app.compute.long_work import WorkProgress
from app.compute.pool import ComputePool
from app.inspection.activations.observation import Observation
from app.inspection.fields.receptive_field import LocalField
from app.inspection.filters.bank import FilterBank
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import Unit
from app.inspection.occlusion.occlusion import OcclusionMap, Target, occlusion
from app.inspection.progress import Progress
from app.inspection.what_if.channel_ablation import ChannelAblations, ablate_channels
from app.inspection.what_if.covered_unit import CoveredUnit, Patch, covered_unit
from app.inspection.what_if.cuts import CutAccuracy, CutEdit, cut_accuracy
from app.inspection.what_if.equivariance import Equivariance, equivariance
from app.inspection.what_if.intervention import Edit, Intervened, intervene
from app.inspection.what_if.picture_sweep import Sweep, sweep
from app.inspection.what_if.shifts import (
    MeasuredAccuracies,
    Shift,
    ShiftAccuracies,
    shift_accuracies,
    steps_of,
)
from app.inspection.what_if.template_scores import TemplateScores, template_scores
from app.stores.clutter import other_pictures
from app.stores.fields import Sources
from app.stores.held_out_digits import (
    DIGITS,
    OF_EACH,
    OF_EACH_FOR_TRAINING,
    held_out_digits,
    training_digits,
)
from app.stores.images import ImageStore, StoredImage
from models.catalogue.entry import ModelEntry
from models.data.dataset import LabelledPictures
from models.pictures import encode_png
from models.preprocessing.edits import PictureEdit, edit_picture
from models.preprocessing.preprocessing import DigitPreprocessing, normalisation_of


@dataclass(frozen=True)
class OcclusionSettings:
    """How the picture is covered, see `app.inspection.occlusion.occlusion`.

    Attributes:
        colour: red, green and blue from 0 to 255 of what covers; None: 0 in the prepared tensor.
    """

    target: Target
    patch: int
    stride: int
    colour: tuple[int, int, int] | None


@dataclass(frozen=True)
class SweepSettings:
    """Which property of an edit takes which values."""

    edit: PictureEdit
    swept: str
    values: tuple[float, ...]


class Experiments:
    """Short ones run on the pool, long ones as long work, once for all who ask."""

    def __init__(
        self,
        pool: ComputePool,
        images: ImageStore,
        sources: Sources,
        work: InspectionWork,
    ) -> None:
        self._pool = pool
        self._images = images
        self._networks = sources.networks
        self._graphs = sources.graphs
        self._activations = sources.activations
        self._work = work

    async def graph(self, entry: ModelEntry) -> LayerGraph:
        """The layers of an entry with its weights."""
        return await self._graphs.of(await self._networks.load(entry))

    async def intervene(
        self, entry: ModelEntry, image_id: str, edits: Sequence[Edit]
    ) -> tuple[Observation, Intervened]:
        """The scores of a kept picture without and with the edits."""
        observation = await self._whole(entry, image_id)
        graph = await self.graph(entry)
        return observation, await self._pool.run(intervene, graph, observation, edits)

    async def edited(self, image_id: str, edit: PictureEdit) -> StoredImage:
        """Keep an edited picture as if it had been uploaded, with the notes of the original.

        It is made of the original's numbers, whose file can no more be read otherwise.
        """
        notes = self._images.get(image_id).notes
        edited = await self.edited_png(image_id, edit)
        kept = tuple(replace(note, alternative=None) for note in notes)
        return await self._images.add(edited, notes=kept)

    async def edited_png(
        self, image_id: str, edit: PictureEdit, most_px: int | None = None
    ) -> bytes:
        """The file of an edited picture, which is not kept.

        Args:
            image_id: of a kept one.
            edit: what to do.
            most_px: its longer side is reduced to it; None: it is as large as it was.
        """
        picture = await self._images.picture(image_id)
        others = await other_pictures(self._images, image_id, edit)

        def make() -> bytes:
            edited = edit_picture(picture.image, edit, others)
            if most_px is not None and max(edited.size) > most_px:
                # A new one: an edit that does nothing gives back the picture that is kept.
                edited = ImageOps.contain(edited, (most_px, most_px))
            return encode_png(edited)

        return await self._pool.run(make)

    async def ablations(
        self, entry: ModelEntry, image_id: str, layer_id: str
    ) -> Watch[ChannelAblations]:
        """Every channel of a layer switched off in turn."""
        observation = await self._whole(entry, image_id)
        graph = await self.graph(entry)

        def work(progress: Progress) -> ChannelAblations:
            with torch.inference_mode():
                logits = torch.from_numpy(observation.prediction.logits)
                return ablate_channels(graph, observation.activations, layer_id, logits, progress)

        key = WorkKey("ablations", entry.key, image_id, layer_id)
        async with aclosing(self._work.watch(key, work)) as progress:
            async for each in progress:
                yield each

    async def occlusion(
        self, entry: ModelEntry, image_id: str, settings: OcclusionSettings
    ) -> Watch[OcclusionMap]:
        """A class or a unit while the picture is covered patch by patch."""
        observation = await self._whole(entry, image_id)
        graph = await self.graph(entry)

        def work(progress: Progress) -> OcclusionMap:
            return occlusion(
                graph,
                observation.tensor,
                observation.activations,
                settings.target,
                patch=settings.patch,
                stride=settings.stride,
                fill=fill_of(entry, settings.colour),
                progress=progress,
            )

        key = WorkKey("occlusion", entry.key, image_id, settings)
        async with aclosing(self._work.watch(key, work)) as progress:
            async for each in progress:
                yield each

    async def sweep(
        self, entry: ModelEntry, image_id: str, settings: SweepSettings
    ) -> Watch[Sweep]:
        """The scores along one kind of change of the picture."""
        model = await self._networks.load(entry)
        graph = await self._graphs.known(model)
        picture = await self._images.picture(image_id)
        swept = replace(settings.edit, **{settings.swept: max(settings.values)})
        others = await other_pictures(self._images, image_id, swept)

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

    async def shift_accuracies(
        self, entry: ModelEntry, shifts: tuple[Shift, ...]
    ) -> Watch[MeasuredAccuracies]:
        """How often a network that reads digits is right.

        First about held-out ones that were moved, then about those for training where they are:
        that does not depend on the shifts, and is kept for all of them.
        """
        graph = await self.graph(entry)
        preprocessing = entry.preprocessing
        if not isinstance(preprocessing, DigitPreprocessing):
            raise TypeError(f"{entry.id} reads no digits.")

        def watch(
            name: str, digits: Callable[[], LabelledPictures], moved: tuple[Shift, ...]
        ) -> Watch[ShiftAccuracies]:
            def work(progress: Progress) -> ShiftAccuracies:
                return shift_accuracies(graph, preprocessing, digits(), moved, progress)

            return self._work.watch(WorkKey(name, entry.network_key, details=moved), work)

        first = steps_of(DIGITS * OF_EACH, len(shifts))
        total = first + steps_of(DIGITS * OF_EACH_FOR_TRAINING, 1)
        held_out: ShiftAccuracies | None = None
        async with aclosing(watch("shifts", held_out_digits, shifts)) as progress:
            async for each in progress:
                held_out = each.result
                done = each.done if held_out is None else first
                yield WorkProgress(done, total, each.preview)
        if held_out is None:
            raise RuntimeError("Work that ends has a result.")
        found = [*held_out.correct]
        unmoved = (Shift(0, 0),)
        async with aclosing(watch("training_digits", training_digits, unmoved)) as progress:
            async for each in progress:
                if each.result is None:
                    yield WorkProgress(first + each.done, total, found)
                else:
                    measured = MeasuredAccuracies(held_out, each.result)
                    yield WorkProgress(total, total, found, measured)

    async def cut_accuracy(
        self, entry: ModelEntry, cuts: tuple[CutEdit, ...]
    ) -> Watch[CutAccuracy]:
        """How often a network that reads digits is right about held-out ones, ways of it cut."""
        graph = await self.graph(entry)
        preprocessing = entry.preprocessing
        if not isinstance(preprocessing, DigitPreprocessing):
            raise TypeError(f"{entry.id} reads no digits.")

        def work(progress: Progress) -> CutAccuracy:
            return cut_accuracy(graph, preprocessing, held_out_digits(), cuts, progress)

        key = WorkKey("cuts", entry.network_key, details=cuts)
        async with aclosing(self._work.watch(key, work)) as progress:
            async for each in progress:
                yield each

    async def equivariance(
        self, entry: ModelEntry, image_id: str, layer_id: str, shift: Shift, field: LocalField
    ) -> Equivariance:
        """A layer's maps of a kept picture, moved, beside those of the moved picture."""
        graph = await self.graph(entry)
        picture = await self._images.picture(image_id)

        def compute() -> Equivariance:
            tensor = entry.preprocessing.prepare(picture.image, picture.orientation).tensor
            is_digit = entry.preprocessing.input_kind == "digit"
            # 0 is the mean colour, which stands out least.
            background = entry.preprocessing.black if is_digit else (0.0,) * tensor.shape[1]
            return equivariance(graph, tensor, layer_id, field, shift=shift, background=background)

        return await self._pool.run(compute)

    async def template_scores(
        self, entry: ModelEntry, image_id: str, bank: FilterBank, shift: Shift
    ) -> TemplateScores:
        """The scores of a linear classifier, whose weights are `bank`, for a moved picture."""
        graph = await self.graph(entry)
        picture = await self._images.picture(image_id)

        def compute() -> TemplateScores:
            tensor = entry.preprocessing.prepare(picture.image, picture.orientation).tensor
            is_digit = entry.preprocessing.input_kind == "digit"
            background = entry.preprocessing.black if is_digit else (0.0,) * tensor.shape[1]
            return template_scores(graph, (bank.weight, bank.bias), tensor, shift, background)

        return await self._pool.run(compute)

    async def covered_unit(
        self, entry: ModelEntry, image_id: str, unit: Unit, patch: Patch, other_id: str | None
    ) -> CoveredUnit:
        """A unit without and with a patch: of the value 0, or cut from another picture."""
        graph = await self.graph(entry)
        picture = await self._images.picture(image_id)
        other = None if other_id is None else await self._images.picture(other_id)

        def compute() -> CoveredUnit:
            prepare = entry.preprocessing.prepare
            tensor = prepare(picture.image, picture.orientation).tensor
            cover = (
                fill_of(entry, None)
                if other is None
                else prepare(other.image, other.orientation).tensor
            )
            return covered_unit(graph, tensor, unit, patch, cover)

        return await self._pool.run(compute)

    async def _whole(self, entry: ModelEntry, image_id: str) -> Observation:
        """A pass with every layer's value.

        Where the store does not hold all layers of so large a network, they are computed for this
        once.
        """
        structure = await self._graphs.structure(entry)
        if self._activations.fits(structure):
            return await self._activations.observation(entry, image_id)
        return await self._activations.once(entry, image_id)


def fill_of(entry: ModelEntry, colour: tuple[int, int, int] | None) -> torch.Tensor:
    """A colour as the network's input would have it, (channels,); 0 for none.

    A digit network gets the brightness of the colour as ink, 0 black to 255 white.
    """
    channels = entry.preprocessing.input_shape[0]
    if colour is None:
        return torch.zeros(channels)
    mean, std = normalisation_of(entry.preprocessing)
    levels = np.array(colour, dtype=np.float32) / 255
    if entry.preprocessing.channel_order == "bgr":
        levels = levels[::-1].copy()
    values = torch.from_numpy(levels if channels == 3 else levels.mean(keepdims=True))
    return (values - mean) / std
