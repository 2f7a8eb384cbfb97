"""The layer graphs of the networks: traced once a design, bound to whichever weights are loaded."""

from app.cache import ByteCache
from app.compute import ComputePool
from app.inspection.graph import LayerGraph
from app.inspection.loading import LoadedModel
from app.inspection.observation import trace_structure
from app.inspection.tracing import trace
from models.entry import ModelEntry

# A layer with its share of the exported graph: 8 to 17 kB of Python objects were measured over
# ResNet-50, ResNet-152, DenseNet-121 and GoogLeNet; what torch holds beside them is not counted.
_BYTES_PER_LAYER = 24_000
_BUDGET_BYTES = 128 * 2**20

# A design's name, its input and how many classes it has: networks trained here may have others than
# their namesakes in the catalogue.
_Key = tuple[str, tuple[int, int, int], int]


class GraphStore:
    """Traces on the pool; several requests for one design trace it once."""

    def __init__(self, pool: ComputePool) -> None:
        self._pool = pool
        self._graphs: ByteCache[_Key, LayerGraph] = ByteCache(
            _BUDGET_BYTES, lambda graph: len(graph.layers) * _BYTES_PER_LAYER
        )

    def is_traced(self, entry: ModelEntry) -> bool:
        """True if the layers of this entry are known now."""
        return design(entry) in self._graphs

    async def structure(self, entry: ModelEntry) -> LayerGraph:
        """The layers of an entry; needs no weights.

        Raises:
            NotExportableError: see `app.inspection.tracing`.
            BusyError: the compute queue is full.
        """
        return await self._graphs.get_or_compute(
            design(entry), lambda: self._pool.run(trace_structure, entry)
        )

    async def of(self, model: LoadedModel) -> LayerGraph:
        """The graph of a network in memory, ready to compute.

        Raises:
            NotExportableError, BusyError: as `structure`.
        """
        structure = await self.structure(model.entry)
        if structure.is_bindable:
            return structure.bound_to(model.module)
        name, shape, classes = design(model.entry)
        return await self._graphs.get_or_compute(
            (f"{name}.{model.entry.tag}", shape, classes),
            lambda: self._pool.run(trace, model.module, shape),
        )


def design(entry: ModelEntry) -> _Key:
    """What entries with one and the same structure have in common."""
    architecture = entry.architecture
    return architecture.name, entry.preprocessing.input_shape, architecture.classes
