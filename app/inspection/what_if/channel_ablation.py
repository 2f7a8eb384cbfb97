"""Which channel of a layer matters most to a class: each is switched off in turn.

Exact: every channel has a forward pass of its own, from the layer on, many at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.replay_steps import ReplayStep, replay_steps
from app.inspection.progress import Progress, no_progress

_BATCH_BYTES = 24 * 2**20
_LARGEST_BATCH = 64

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ChannelAblations:
    """The scores with each channel of a layer switched off.

    Attributes:
        logits: float32 (channels, classes): row c with channel c set to 0; NaN where not yet known.
        baseline: float32 (classes,), of the network as it is.
    """

    logits: Logits
    baseline: Logits

    @property
    def size_bytes(self) -> int:
        """Memory held by the arrays."""
        return self.logits.nbytes + self.baseline.nbytes


def ablate_channels(
    graph: LayerGraph,
    activations: Mapping[str, torch.Tensor],
    layer_id: str,
    logits: torch.Tensor,
    progress: Progress = no_progress,
) -> ChannelAblations:
    """Switch off every channel of a layer, one at a time.

    A channel that is 0 everywhere changes nothing, so nothing is computed for it.

    Args:
        graph: of the network; only read.
        activations: every layer's value for the picture.
        layer_id: of a layer with channels, or of a vector, whose features are its channels.
        logits: of the network as it is, (classes,).
        progress: told after every batch; the preview is the number of channels that are known.

    Raises:
        WorkCancelledError: raised by `step`.
        ComplexValuesError: the layer has complex numbers.
    """
    value = activations[layer_id]
    alive = torch.nonzero(value.flatten(1).abs().amax(1) if value.dim() > 1 else value).flatten()
    found = np.repeat(logits.numpy()[None], len(value), 0)
    found[alive.numpy()] = np.nan
    replay = _Replay(graph, activations, layer_id)
    with torch.inference_mode():
        for start in range(0, len(alive), replay.batch):
            channels = alive[start : start + replay.batch]
            changed = value.unsqueeze(0).repeat(len(channels), *([1] * value.dim()))
            changed[torch.arange(len(channels)), channels] = 0
            found[channels.numpy()] = replay.run(changed).numpy()
            done = min(start + replay.batch, len(alive))
            progress(done, len(alive), done)
    return ChannelAblations(found, logits.numpy())


class _Replay:
    """What lies behind one layer, for other values of it."""

    def __init__(
        self, graph: LayerGraph, activations: Mapping[str, torch.Tensor], layer_id: str
    ) -> None:
        self._graph = graph
        self._activations = activations
        self._layer_id = layer_id
        steps = None if layer_id == graph.output else replay_steps(graph, {layer_id, graph.output})
        behind = {layer_id}
        kept: list[ReplayStep] = []
        for each in steps or ():
            if each.id != layer_id and behind.intersection(each.inputs):
                behind.add(each.id)
                kept.append(each)
        read = {source for each in kept for source in each.inputs} | {layer_id}
        if not all(graph.layer(each).is_kept_whole for each in read):
            steps = None
        self._steps = None if steps is None else kept
        ids = behind if steps is not None else graph.layer_ids
        largest = max(graph.layer(each).value_bytes for each in ids)
        room = max(1, min(_LARGEST_BATCH, _BATCH_BYTES // max(largest, 1)))
        separate = graph.any_batch and graph.layer(layer_id).counts_pictures
        self.batch = room if separate else 1

    def run(self, changed: torch.Tensor) -> torch.Tensor:
        """The logits, (batch, classes), for values (batch, channels, ...) of the layer."""
        if self._layer_id == self._graph.output:
            return changed.flatten(1)
        if self._steps is None:
            return self._anew(changed)
        batch = changed.shape[0]
        values = {self._layer_id: changed}
        for each in self._steps:
            inputs = []
            for source in each.inputs:
                if source not in values:
                    was = self._activations[source].unsqueeze(0)
                    values[source] = was.expand(batch, *was.shape[1:])
                inputs.append(values[source])
            values[each.id] = each.whole(*inputs)
        return values[self._graph.output].flatten(1)

    def _anew(self, changed: torch.Tensor) -> torch.Tensor:
        picture = self._activations["input"].unsqueeze(0)
        given = {self._layer_id: changed}
        pictures = (
            changed if self._layer_id == "input" else picture.expand(len(changed), -1, -1, -1)
        )
        output = self._graph.compute(pictures, (), given=given).output
        if output is None:
            raise RuntimeError("A run to the end returns an output.")
        return output
