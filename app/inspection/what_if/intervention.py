"""What a network says when something inside it is changed, and only what lies behind is computed.

Nothing shared is changed: values are changed in copies, and a changed kernel is a tensor of its own
in a graph that shares all others.

Source: ablating single units to see what they are for, Morcos, Barrett, Rabinowitz, Botvinick, On
the importance of single directions for generalization, ICLR 2018.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.activations.observation import Observation
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.what_if.cuts import CutEdit, without
from models.preprocessing.pixel_map import Box

Change = Literal["scale", "pin"]


@dataclass(frozen=True)
class ValueEdit:
    """A channel, or one unit of it, is multiplied by a number or set to it.

    Attributes:
        amount: factor or value; a factor of 0 switches off.
        row, column: both None for the whole channel, and for a feature of a vector.
    """

    layer_id: str
    channel: int
    change: Change
    amount: float
    row: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class WeightEdit:
    """One weight of a kernel or of a linear layer is set to a number.

    Attributes:
        channel: of the layer's output.
        input_channel: counted within the channel's group.
        row, column: in the kernel; 0 in a linear layer.
        value: what it becomes.
    """

    layer_id: str
    channel: int
    input_channel: int
    row: int
    column: int
    value: float


@dataclass(frozen=True)
class BlankEdit:
    """A box of the network's input is covered.

    Attributes:
        box: half-open, whole pixels of the input, inside it.
        fill: in the units of the prepared tensor, a number for each channel.
    """

    box: Box
    fill: tuple[float, ...]


Edit = ValueEdit | WeightEdit | BlankEdit | CutEdit


@dataclass(frozen=True, eq=False)
class Intervened:
    """The scores under some edits.

    Attributes:
        logits: float32 (classes,).
        recomputed: ids of the layers that lie behind an edit, in execution order.
        macs_share: of the network's multiply-adds, what these layers take.
        layers: their values, (channels, height, width) or (features,), of those asked for.
    """

    logits: npt.NDArray[np.float32]
    recomputed: tuple[str, ...]
    macs_share: float
    layers: dict[str, torch.Tensor]


def weight_shape(graph: LayerGraph, layer: LayerNode) -> tuple[int, ...] | None:
    """(outputs, inputs of a group, rows, columns) of a layer's weight; None if it has none.

    None, too, where the weight is computed anew on each run (transposed, masked, normalised): a
    number of the parameter then is no number of the kernel.
    """
    if layer.operation not in ("convolution", "linear"):
        return None
    if not graph.reads_weight_as_it_is(layer.id):
        return None
    weight = graph.weight(layer.id)
    if weight is None or weight.dim() not in (2, 4):
        return None
    shape = tuple(weight.shape)
    return (*shape, 1, 1) if len(shape) == 2 else shape


def intervene(
    graph: LayerGraph,
    observation: Observation,
    edits: Sequence[Edit],
    layer_ids: Sequence[str] = (),
) -> Intervened:
    """Run what lies behind the edits once.

    Edits of one layer apply in their order; those of earlier layers act on later ones.

    Args:
        graph: of the network; only read.
        observation: of the picture, with every layer's value.
        edits: checked: their places exist.
        layer_ids: whose values to return.
    """
    with torch.inference_mode():
        run = _Run(graph, observation, edits)
        given = run.given()
        wanted = [layer_id for layer_id in layer_ids if layer_id in run.behind]
        if not run.behind:
            logits, layers = observation.prediction.logits, {}
        else:
            computed = run.edited.compute(run.tensor, wanted, given=given)
            if computed.output is None:
                raise RuntimeError("A run to the end returns an output.")
            logits = computed.output[0].to(torch.float32).numpy()
            layers = {layer_id: value[0] for layer_id, value in computed.layers.items()}
        for layer_id in layer_ids:
            layers.setdefault(layer_id, observation.activations[layer_id])
    computed_anew = [layer for layer in graph.layers if layer.id in run.recomputed]
    total = sum(layer.macs for layer in graph.layers)
    share = sum(layer.macs for layer in computed_anew) / total if total else 0.0
    return Intervened(logits, tuple(layer.id for layer in computed_anew), share, layers)


class _Run:
    """What changes under some edits, and what stays as it was.

    Attributes:
        tensor: the input, edited.
        edited: the graph with its edited weights.
        behind: the layers whose values change.
        recomputed: those of them that must be run.
    """

    def __init__(self, graph: LayerGraph, observation: Observation, edits: Sequence[Edit]) -> None:
        self._observation = observation
        weights = [edit for edit in edits if isinstance(edit, WeightEdit)]
        blanks = [edit for edit in edits if isinstance(edit, BlankEdit)]
        self._by_layer: dict[str, list[ValueEdit | CutEdit]] = {}
        for edit in edits:
            if isinstance(edit, ValueEdit | CutEdit):
                self._by_layer.setdefault(edit.layer_id, []).append(edit)
        self.edited = _with_weights(graph, weights)
        self.tensor = _blanked(observation.tensor, blanks)
        if changes := self._by_layer.pop("input", None):
            # Nothing is added to the input or stacked with it: of it there are no cuts.
            self.tensor = _changed(self.tensor, _values(changes))
        touched = _touched(graph, weights)
        starts = touched | set(self._by_layer)
        if self.tensor is not observation.tensor:
            starts.add("input")
        self.behind = _behind(graph, starts)
        self.recomputed = touched | {
            layer.id for layer in graph.layers if self.behind.intersection(layer.inputs)
        }

    def given(self) -> dict[str, torch.Tensor]:
        """What need not be computed: the edited layers, and what is read and did not change."""
        kept = self._observation.activations
        given = {
            source: kept[source].unsqueeze(0)
            for layer in self.edited.layers
            if layer.id in self.recomputed
            for source in layer.inputs
            if source not in self.behind
            and source != "input"
            and self.edited.layer(source).is_kept_whole
        }
        for layer in self.edited.layers:
            if layer.id not in self._by_layer:
                continue
            edits = self._by_layer[layer.id]
            value = self._value(layer.id, given)
            cut = {edit.source_id for edit in edits if isinstance(edit, CutEdit)}
            if cut:
                value = without(layer, cut, value, lambda source: self._value(source, given))
            given[layer.id] = _changed(value, _values(edits))
        return given

    def _value(self, layer_id: str, given: dict[str, torch.Tensor]) -> torch.Tensor:
        """Of a layer under the edits before it, with the batch axis."""
        if layer_id == "input":
            return self.tensor
        if layer_id in given:
            return given[layer_id]
        if layer_id not in self.recomputed:
            return self._observation.activations[layer_id].unsqueeze(0)
        computed = self.edited.compute(self.tensor, (layer_id,), to_the_end=False, given=given)
        return computed.layers[layer_id]


def _touched(graph: LayerGraph, weights: Sequence[WeightEdit]) -> set[str]:
    """The layers that compute with an edited weight; a module may be called several times."""
    names = {name for edit in weights for name in _weight_names(graph, edit.layer_id)}
    return {layer.id for layer in graph.layers if names.intersection(layer.parameter_names)}


def _weight_names(graph: LayerGraph, layer_id: str) -> tuple[str, ...]:
    return graph.layer(layer_id).parameter_names[:1]


def _behind(graph: LayerGraph, starts: set[str]) -> set[str]:
    """These layers and all that depend on them."""
    found = set(starts)
    for layer in graph.layers:
        if found.intersection(layer.inputs):
            found.add(layer.id)
    return found


def _blanked(tensor: torch.Tensor, edits: Sequence[BlankEdit]) -> torch.Tensor:
    if not edits:
        return tensor
    copy = tensor.clone()
    for edit in edits:
        rows = slice(int(edit.box.top), int(edit.box.bottom))
        columns = slice(int(edit.box.left), int(edit.box.right))
        copy[:, :, rows, columns] = torch.tensor(edit.fill).reshape(1, -1, 1, 1)
    return copy


def _values(edits: Sequence[Edit]) -> list[ValueEdit]:
    return [edit for edit in edits if isinstance(edit, ValueEdit)]


def _changed(value: torch.Tensor, edits: Sequence[ValueEdit]) -> torch.Tensor:
    """A copy of (1, channels, ...) with the edits applied."""
    copy = value.clone()
    for edit in edits:
        place: tuple[int, ...] = (0, edit.channel)
        if edit.row is not None and edit.column is not None:
            place = (*place, edit.row, edit.column)
        if edit.change == "pin":
            copy[place] = edit.amount
        else:
            copy[place] *= edit.amount
    return copy


def _with_weights(graph: LayerGraph, edits: Sequence[WeightEdit]) -> LayerGraph:
    changed: dict[str, torch.Tensor] = {}
    for edit in edits:
        (name,) = _weight_names(graph, edit.layer_id)
        weight = changed.get(name)
        if weight is None:
            known = graph.weight(edit.layer_id)
            if known is None:
                raise ValueError(f"{edit.layer_id} has no weight.")
            weight = changed[name] = known.detach().clone()
        place = (edit.channel, edit.input_channel, edit.row, edit.column)
        weight[place[: weight.dim()]] = edit.value
    return graph.with_tensors(changed) if changed else graph
