"""What if something inside a network, or a part of its input, were otherwise."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np
import torch

from app.compute.inspection_work import InspectionWork, Watch, WorkKey
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
from app.inspection.what_if.equivariance import Equivariance, equivariance
from app.inspection.what_if.intervention import Edit, Intervened, intervene
from app.inspection.what_if.shifts import Shift, background_of
from app.inspection.what_if.template_scores import TemplateScores, template_scores
from app.stores.fields import Sources
from app.stores.images import ImageStore
from models.catalogue.entry import ModelEntry
from models.preprocessing.preprocessing import normalisation_of


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

    async def equivariance(
        self, entry: ModelEntry, image_id: str, layer_id: str, shift: Shift, field: LocalField
    ) -> Equivariance:
        """A layer's maps of a kept picture, moved, beside those of the moved picture."""
        graph = await self.graph(entry)
        picture = await self._images.picture(image_id)

        def compute() -> Equivariance:
            tensor = entry.preprocessing.prepare(picture.image, picture.orientation).tensor
            background = background_of(entry.preprocessing)
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
            background = background_of(entry.preprocessing)
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
