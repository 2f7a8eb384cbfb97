"""How units got their values: worked out on request from what is kept of a pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from app.compute.pool import ComputePool
from app.inspection.arithmetic.im2col import patch_rows
from app.inspection.arithmetic.pixels import PixelOrigin, explain_pixel, origin_of
from app.inspection.arithmetic.strongest import strongest_units
from app.inspection.arithmetic.terms import Explanation, Operand
from app.inspection.arithmetic.unit import explain
from app.inspection.graph.layer_names import INPUT
from app.stores.fields import Sources
from app.stores.images import ImageStore
from models.catalogue.entry import ModelEntry


@dataclass(frozen=True, eq=False)
class UnitExplanation:
    """An explanation, and for a pixel of the input also where it lies in the picture."""

    explanation: Explanation
    origin: PixelOrigin | None = None


class Explanations:
    """Works on the pool. All raise as `app.stores.activations.ActivationStore.observation`."""

    def __init__(self, pool: ComputePool, images: ImageStore, sources: Sources) -> None:
        self._pool = pool
        self._images = images
        self._networks = sources.networks
        self._graphs = sources.graphs
        self._activations = sources.activations

    async def unit(
        self, entry: ModelEntry, image_id: str, layer_id: str, place: tuple[int, ...]
    ) -> UnitExplanation:
        """How the unit at a place of a layer got its value for a kept picture."""
        observation = await self._activations.with_inputs(entry, image_id, layer_id)
        if layer_id == INPUT:
            picture = await self._images.picture(image_id)
            channel, row, column = place
            return await self._pool.run(
                lambda: UnitExplanation(
                    explain_pixel(entry.preprocessing, observation.tensor, (channel, row, column)),
                    origin_of(
                        observation.prediction.pixel_map, picture.image, (channel, row, column)
                    ),
                )
            )
        graph = await self._graphs.of(await self._networks.load(entry))
        found = await self._pool.run(explain, graph, observation.activations, layer_id, place)
        return UnitExplanation(found)

    async def row(
        self, entry: ModelEntry, image_id: str, layer_id: str, units: Sequence[tuple[int, int, int]]
    ) -> list[Explanation]:
        """How units at some (channel, row, column) of one layer got their values, in one go."""
        observation = await self._activations.with_inputs(entry, image_id, layer_id)
        graph = await self._graphs.of(await self._networks.load(entry))

        def work() -> list[Explanation]:
            return [explain(graph, observation.activations, layer_id, unit) for unit in units]

        return await self._pool.run(work)

    async def strongest(
        self,
        entry: ModelEntry,
        image_id: str,
        layer_id: str,
        *,
        top: int,
        channel: int | None,
        place: tuple[int, int] | None = None,
    ) -> list[Operand]:
        """The units with the largest values of a layer, of one of its channels, or of a place."""
        observation = await self._activations.observation(entry, image_id, layer_id)
        values: torch.Tensor = observation.activations[layer_id]
        return await self._pool.run(strongest_units, layer_id, values, top, channel, place)

    async def patch_rows(
        self, entry: ModelEntry, image_id: str, layer_id: str, group: int, positions: range
    ) -> npt.NDArray[np.float32]:
        """Rows of the matrix of a convolution's patches."""
        observation = await self._activations.with_inputs(entry, image_id, layer_id)
        graph = await self._graphs.structure(entry)
        return await self._pool.run(
            patch_rows, graph, observation.activations, layer_id, group, positions
        )
