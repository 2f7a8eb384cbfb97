"""How often a network reads digits right: moved ones, some of its ways cut, those of one class."""

from collections.abc import Callable
from contextlib import aclosing

import numpy as np
import numpy.typing as npt

from app.compute.inspection_work import InspectionWork, Watch, WorkKey
from app.compute.long_work import WorkProgress
from app.compute.pool import ComputePool
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.progress import Progress
from app.inspection.what_if.challenges import scores_of_digits
from app.inspection.what_if.cuts import CutAccuracy, CutEdit, cut_accuracy
from app.inspection.what_if.shifts import (
    MeasuredAccuracies,
    Shift,
    ShiftAccuracies,
    shift_accuracies,
    steps_of,
)
from app.stores.fields import Sources
from app.stores.held_out_digits import (
    DIGITS,
    OF_EACH,
    OF_EACH_FOR_TRAINING,
    held_out_digits,
    training_digits,
)
from models.catalogue.entry import ModelEntry
from models.data.dataset import LabelledPictures
from models.preprocessing.preprocessing import DigitPreprocessing


class DigitTests:
    """The packaged digits put to a network; what is counted is kept as long as the network."""

    def __init__(self, pool: ComputePool, sources: Sources, work: InspectionWork) -> None:
        self._pool = pool
        self._networks = sources.networks
        self._graphs = sources.graphs
        self._work = work

    async def shift_accuracies(
        self, entry: ModelEntry, shifts: tuple[Shift, ...]
    ) -> Watch[MeasuredAccuracies]:
        """How often a network that reads digits is right.

        First about held-out ones that were moved, then about those for training where they are:
        that does not depend on the shifts, and is kept for all of them.
        """
        graph = await self._graph(entry)
        preprocessing = _of_digits(entry)

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
        graph = await self._graph(entry)
        preprocessing = _of_digits(entry)

        def work(progress: Progress) -> CutAccuracy:
            return cut_accuracy(graph, preprocessing, held_out_digits(), cuts, progress)

        key = WorkKey("cuts", entry.network_key, details=cuts)
        async with aclosing(self._work.watch(key, work)) as progress:
            async for each in progress:
                yield each

    async def of_a_class(self, entry: ModelEntry, digit: int) -> npt.NDArray[np.float32]:
        """The logits of the held-out digits of one class as they are, (100, 10)."""
        graph = await self._graph(entry)
        preprocessing = _of_digits(entry)

        def compute() -> npt.NDArray[np.float32]:
            return scores_of_digits(graph, preprocessing, held_out_digits(), digit)

        return await self._pool.run(compute)

    async def _graph(self, entry: ModelEntry) -> LayerGraph:
        return await self._graphs.of(await self._networks.load(entry))


def _of_digits(entry: ModelEntry) -> DigitPreprocessing:
    if not isinstance(entry.preprocessing, DigitPreprocessing):
        raise TypeError(f"{entry.id} reads no digits.")
    return entry.preprocessing
