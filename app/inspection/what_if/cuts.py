"""Ways of a network that are cut where they join others, and how often it is still right.

Source: cutting the ways through residual networks, Veit, Wilber, Belongie, Residual networks behave
like ensembles of relatively shallow networks, NIPS 2016, section 4.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.progress import Progress, no_progress
from app.inspection.what_if.shifts import digit_inputs
from models.data.dataset import LabelledPictures
from models.preprocessing.preprocessing import DigitPreprocessing

# Of digits computed together: few enough that giving up is quick, and that all layers fit.
_BATCH = 100


@dataclass(frozen=True)
class CutEdit:
    """A layer that joins others reads zeros from one of them, which others still read.

    So a residual network loses a bridge, or what lies beneath it; a block of lanes loses a lane.

    Attributes:
        layer_id: of an addition or a concatenation, see `can_be_cut`.
        source_id: one of its inputs.
    """

    layer_id: str
    source_id: str


def can_be_cut(graph: LayerGraph, layer: LayerNode) -> bool:
    """Whether it is a sum of two layers of its own shape, or layers stacked as channels."""
    inputs = [graph.layer(source) for source in layer.inputs]
    if len(set(layer.inputs)) != len(inputs) or not all(each.is_kept_whole for each in inputs):
        return False
    if layer.operation == "add":
        same_shape = all(each.output_shape == layer.output_shape for each in inputs)
        return len(inputs) == 2 and same_shape and layer.arguments.get("alpha", 1) == 1
    is_stacked = layer.operation == "concatenate" and layer.axes == (0,)
    return is_stacked and layer.offsets is not None and len(layer.offsets) == len(inputs)


def without(
    layer: LayerNode,
    cut: Collection[str],
    value: torch.Tensor,
    read: Callable[[str], torch.Tensor],
) -> torch.Tensor:
    """The value of a layer that reads zeros from some of its inputs.

    Args:
        layer: that can be cut.
        cut: ids of these inputs.
        value: of the layer as it is, (batch, channels, height, width).
        read: gives the value of another of its inputs, of the same shape where they are added.
    """
    if layer.operation == "add":
        left = [source for source in layer.inputs if source not in cut]
        return read(left[0]) if left else torch.zeros_like(value)
    ends = (*(layer.offsets or ())[1:], layer.output_shape[0])
    value = value.clone()
    for source, start, end in zip(layer.inputs, layer.offsets or (), ends, strict=True):
        if source in cut:
            value[:, start:end] = 0
    return value


@dataclass(frozen=True)
class CutAccuracy:
    """How many digits a network reads right, some of its ways cut."""

    correct: int
    digits: int

    @property
    def size_bytes(self) -> int:
        """About what the numbers take."""
        return 200


def cut_accuracy(
    graph: LayerGraph,
    preprocessing: DigitPreprocessing,
    digits: LabelledPictures,
    cuts: Sequence[CutEdit],
    progress: Progress = no_progress,
) -> CutAccuracy:
    """Cut ways of a network and count what it still reads right.

    The digits are taken as they are, as in training: they are centred already.

    Args:
        graph: of a network with one score a digit.
        preprocessing: of the network.
        digits: ink in [0, 1], (count, 1, 28, 28).
        cuts: of layers that can be cut.
        progress: told after every batch.

    Raises:
        WorkCancelledError: raised by `progress`.
    """
    batches = list(zip(digits.pictures.split(_BATCH), digits.labels.split(_BATCH), strict=True))
    right = 0
    for number, (pictures, labels) in enumerate(batches, start=1):
        inputs = digit_inputs(preprocessing, pictures)
        with torch.inference_mode():
            logits = graph.compute(inputs, (), given=_given(graph, inputs, cuts)).output
        if logits is None:
            raise RuntimeError("A run to the end returns an output.")
        right += int((logits.argmax(dim=1) == labels).sum())
        progress(number, len(batches))
    return CutAccuracy(right, len(digits))


def _given(
    graph: LayerGraph, inputs: torch.Tensor, cuts: Sequence[CutEdit]
) -> dict[str, torch.Tensor]:
    """The values of the layers that are cut, each with those before it cut already."""
    given: dict[str, torch.Tensor] = {}
    for layer in graph.layers:
        cut = {edit.source_id for edit in cuts if edit.layer_id == layer.id}
        if cut:
            wanted = (layer.id, *(source for source in layer.inputs if source != "input"))
            values = graph.compute(inputs, wanted, to_the_end=False, given=given).layers
            values["input"] = inputs
            given[layer.id] = without(layer, cut, values[layer.id], values.__getitem__)
    return given
