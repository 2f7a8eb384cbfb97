"""The layers of a design of the catalogue, which need no weights."""

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.progress import Progress, no_progress
from app.inspection.tracing.tracing import trace
from models.catalogue.entry import ModelEntry
from models.weights.construction import build_unfilled
from models.weights.loading import frozen


def trace_structure(
    entry: ModelEntry,
    input_shape: tuple[int, int, int] | None = None,
    progress: Progress = no_progress,
) -> LayerGraph:
    """The layers of a design, without any weights; `LayerGraph.with_tensors` gives it some.

    Args:
        entry: whose design.
        input_shape: another than the one that its preprocessing makes.
        progress: called with each module that has been traced.

    Raises:
        NotExportableError: see `app.inspection.tracing.tracing`.
    """
    module = frozen(build_unfilled(entry.architecture.build))
    return trace(module, input_shape or entry.preprocessing.input_shape, progress)
