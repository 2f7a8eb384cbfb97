"""One forward pass, and what every layer returned in it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from app.inspection.errors import InputShapeError, NotExportableError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.operations import name_of


@dataclass(frozen=True, eq=False)
class Activations(Mapping[str, torch.Tensor]):
    """What layers returned for one picture, by layer id, in execution order.

    Every value is float32 and contiguous: (channels, height, width) or (features,); other ranks
    only where a network reshapes. Layers may share memory (a flattened map is the map): read only.

    Attributes:
        logits: what the network returned in the same pass, without the batch axis.
    """

    by_layer: dict[str, torch.Tensor]
    logits: torch.Tensor

    def __getitem__(self, layer_id: str) -> torch.Tensor:
        return self.by_layer[layer_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_layer)

    def __len__(self) -> int:
        return len(self.by_layer)

    @property
    def size_bytes(self) -> int:
        """Memory held, shared memory once."""
        storages = (value.untyped_storage() for value in (*self.by_layer.values(), self.logits))
        held = {storage.data_ptr(): storage.nbytes() for storage in storages}
        return sum(held.values())


def capture(
    graph: LayerGraph, tensor: torch.Tensor, layer_ids: Collection[str] | None = None
) -> Activations:
    """Run the network on one prepared picture and keep what its layers returned.

    Each value is what the layer handed on, whatever a later operation wrote over it. Others are
    freed as soon as their last reader has run. Safe on several threads at once.

    Args:
        graph: of the network; only read.
        tensor: (1, channels, height, width) as `graph.input_shape` says.
        layer_ids: None for all of them.

    Raises:
        UnknownLayerError: the graph has no such layer.
        InputShapeError: the tensor has another shape.
        NotExportableError: the network fails for one picture.
    """
    if tuple(tensor.shape) != (1, *graph.input_shape):
        raise InputShapeError(tensor.shape, graph.input_shape)
    wanted = graph.layer_ids if layer_ids is None else layer_ids
    with torch.inference_mode():
        computed = graph.compute(tensor, wanted, evaluate=_Evaluation(graph.root.title))
        logits = computed.output
        if logits is None:
            raise RuntimeError("A run to the end returns an output.")
        values = {
            layer.id: _kept(computed.layers[layer.id], layer.output_shape)
            for layer in graph.layers
            if layer.id in computed.layers
        }
        return Activations(values, _kept(logits, logits.shape[1:]))


@dataclass(frozen=True)
class _Evaluation:
    """Carries out operations as torch does; what one of them objects to is said of the network.

    A trace has no numbers, and torch does not look at every setting where there are none.
    """

    network: str

    def __call__(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            return function(*args, **kwargs)
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            said = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise NotExportableError(
                self.network, f"its {name_of(function)} fails for one picture: {said}"
            ) from error


def _kept(value: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    if value.is_complex():
        value = value.real  # who explains or changes it says that the rest is not there
    return value.to(torch.float32).reshape(shape).contiguous()
