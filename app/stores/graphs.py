"""The layer graphs of the networks: one a design, bound to whichever weights are loaded.

Most are read from files, in milliseconds; what has no file is traced, in seconds, and kept in one.
"""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

from app.compute.cache import ByteCache
from app.compute.long_work import LongWork, WorkLimits, WorkProgress, result_of
from app.compute.pool import ComputePool
from app.compute.turns import Turns
from app.inspection.activations.loading import LoadedModel
from app.inspection.errors import NotExportableError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.progress import Progress
from app.stores.graph_files import GraphFiles, read_bundle
from models.catalogue.catalogue import check_known
from models.catalogue.entry import ModelEntry, OwnWeights

# A layer with its share of the exported graph: 8 to 17 kB of Python objects were measured over
# ResNet-50, ResNet-152, DenseNet-121 and GoogLeNet; what torch holds beside them is not counted.
_BYTES_PER_LAYER = 24_000
_BUDGET_BYTES = 128 * 2**20
_MOST_REFUSED = 256
# A network takes seconds, and one machine traces one at a time.
_TRACING_LIMITS = WorkLimits(workers=1, queue=31, per_client=8, time_s=600.0)


class Structure(NamedTuple):
    """What networks with one and the same structure have in common.

    Networks that were trained here, or brought by a person, may have another input and other
    classes than their namesakes in the catalogue.

    Attributes:
        bundle: directory of one that came as data, which nothing else is like.
        made: which of the networks that lay there one after the other; "" where there is no bundle.
    """

    name: str
    input_shape: tuple[int, int, int]
    classes: int
    bundle: Path | None = None
    made: str = ""


class _NotStoredError(Exception):
    """There is no stored graph of a design."""


class GraphStore:
    """Reads on the quick pool, traces on a thread of its own; once for all who ask for one design.

    Args:
        quick: where files are read: nothing long runs there.
        files: of stored graphs.
    """

    def __init__(self, quick: ComputePool, files: GraphFiles) -> None:
        self._quick = quick
        self._files = files
        self._refused: OrderedDict[Structure, NotExportableError] = OrderedDict()
        self._graphs: ByteCache[Structure, LayerGraph] = ByteCache(_BUDGET_BYTES, _size_of)
        # One begun at a time: torch.export has a lock, which must not be held while others go on.
        self._tracing: LongWork[Structure, LayerGraph] = LongWork(
            _TRACING_LIMITS, 0, _size_of, Turns(1, 1, name="tracing")
        )

    async def at_hand(self, entry: ModelEntry) -> LayerGraph | None:
        """The layers of an entry if they are known without tracing, None if not.

        Raises:
            BusyError: the compute queue is full.
        """
        return await self._found(structure_of(entry))

    async def _found(self, key: Structure) -> LayerGraph | None:
        async def read() -> LayerGraph:
            stored = await self._quick.run(self._read, key)
            if stored is None:
                raise _NotStoredError
            return stored

        try:
            return await self._graphs.get_or_compute(key, read)
        except _NotStoredError:
            return None

    def _read(self, key: Structure) -> LayerGraph | None:
        if key.bundle is None:
            return self._files.find(key.name, key.input_shape, key.classes)
        found = read_bundle(key.bundle)
        return found if found and found.input_shape == key.input_shape else None

    async def known(self, model: LoadedModel) -> LayerGraph | None:
        """The graph of a network in memory, ready to compute, if nothing must be traced for it.

        Raises:
            BusyError: the compute queue is full.
        """
        graph = await self.at_hand(model.entry)
        return graph.with_tensors(model.tensors) if graph and graph.is_bindable else None

    async def structure(
        self, entry: ModelEntry, input_shape: tuple[int, int, int] | None = None
    ) -> LayerGraph:
        """The layers of an entry; needs no weights.

        Args:
            entry: whose design.
            input_shape: another than its own.

        Raises:
            NotExportableError: see `app.inspection.tracing.tracing`; the design may not take this
                shape.
            UnknownModelError: it was forgotten meanwhile.
            BusyError: the compute queue is full, or too much waits for being traced.
            TimeLimitError: tracing took too long.
        """
        return await result_of(self.watch(entry, input_shape))

    async def watch(
        self, entry: ModelEntry, input_shape: tuple[int, int, int] | None = None
    ) -> AsyncGenerator[WorkProgress[LayerGraph], None]:
        """The same as it comes about, in modules traced; at once where the layers are known.

        Close the iterator to stop it. Raises as `structure`.
        """
        own = structure_of(entry)
        key = own._replace(input_shape=input_shape or own.input_shape)
        if refusal := self._refused.get(key):
            raise NotExportableError(refusal.network, refusal.cause, refusal.location)
        if (known := await self._found(key)) is not None:
            yield WorkProgress(1, 1, result=known)
            return

        if own.bundle is not None:
            check_known(entry)
            raise _without_code(entry, own)

        def work(progress: Progress) -> LayerGraph:
            # Imported here, because torch.export takes two seconds, and most starts never trace.
            from app.inspection.tracing.structure import trace_structure  # noqa: PLC0415

            traced = trace_structure(entry, key.input_shape, progress)
            # Numbers that its own code makes exist in shape only: it is traced with its weights.
            if traced.is_bindable:
                self._files.keep(key.name, key.input_shape, key.classes, traced)
            return traced

        async with aclosing(self._traced(key, work)) as watched:
            async for progress in watched:
                yield progress

    async def _traced(
        self, key: Structure, work: Callable[[Progress], LayerGraph]
    ) -> AsyncGenerator[WorkProgress[LayerGraph], None]:
        try:
            async with aclosing(self._tracing.watch(key, work)) as watched:
                async for progress in watched:
                    if progress.result is not None:
                        self._graphs.put(key, progress.result)
                    yield progress
        except NotExportableError as error:
            self._refuse(key, error)
            raise

    def _refuse(self, key: Structure, error: NotExportableError) -> None:
        """Remember that a design cannot be traced: it would fail anew after seconds of tracing."""
        # Without its traceback, which holds what was traced.
        self._refused[key] = NotExportableError(error.network, error.cause, error.location)
        while len(self._refused) > _MOST_REFUSED:
            self._refused.popitem(last=False)

    async def of(
        self, model: LoadedModel, input_shape: tuple[int, int, int] | None = None
    ) -> LayerGraph:
        """The graph of a network in memory, ready to compute; for another shape than its own.

        Raises:
            NotExportableError, BusyError, TimeLimitError: as `structure`.
        """
        structure = await self.structure(model.entry, input_shape)
        if structure.is_bindable:
            return structure.with_tensors(model.tensors)
        own, shape = structure_of(model.entry), structure.input_shape
        made = _made(model.entry)
        key = Structure(f"{own.name}.{model.entry.tag}", shape, own.classes, made=made)
        if (known := self._graphs.get(key)) is not None:
            return known

        def work(progress: Progress) -> LayerGraph:
            from app.inspection.tracing.tracing import trace  # noqa: PLC0415  as in `watch`

            return trace(model.module, shape, progress)

        return await result_of(self._traced(key, work))

    def close(self) -> None:
        """Give up what is being traced and wait for its thread."""
        self._tracing.close()


def _size_of(graph: LayerGraph) -> int:
    return len(graph.layers) * _BYTES_PER_LAYER


def structure_of(entry: ModelEntry) -> Structure:
    """What entries with one and the same structure have in common."""
    architecture = entry.architecture
    return Structure(
        architecture.name,
        entry.preprocessing.input_shape,
        architecture.classes,
        architecture.bundle,
        _made(entry) if architecture.bundle is not None else "",
    )


def _made(entry: ModelEntry) -> str:
    """Tells a person's network from an earlier one of its id; other ids have one network each."""
    weights = entry.weights
    return f"{weights.sha256}@{weights.made_at}" if isinstance(weights, OwnWeights) else ""


def design(entry: ModelEntry) -> tuple[str, tuple[int, int, int], int]:
    """By what the stored graph of a design is found: its name, its input, its classes."""
    own = structure_of(entry)
    return own.name, own.input_shape, own.classes


def _without_code(entry: ModelEntry, own: Structure) -> NotExportableError:
    """Of a network that came as data, which is not there or is of another input."""
    channels, height, width = own.input_shape
    return NotExportableError(
        entry.architecture.title,
        f"it came as a bundle, which holds its graph for inputs of {channels} x {height} x {width} "
        "and none of its code. Export it again for another.",
    )
