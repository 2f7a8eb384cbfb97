"""A network of the catalogue in memory: its entry and its tensors, shared and never changed."""

import threading
from collections.abc import Mapping

import torch
from torch import nn

from app.inspection.graph.layer_graph import LayerGraph
from models.catalogue.entry import ModelEntry
from models.errors import WeightsDamagedError
from models.weights.construction import build_filled, tensors_of
from models.weights.loading import frozen, load, load_bundle, load_tensors
from models.weights.locations import WeightsLocations


class LoadedModel:
    """A network ready to compute. Many requests use one at once, so nothing may change it.

    Args:
        entry: what it is.
        tensors: its parameters and buffers by name, without gradients.
        module: made of them, if it is there already.
    """

    def __init__(
        self,
        entry: ModelEntry,
        tensors: Mapping[str, torch.Tensor],
        module: nn.Module | None = None,
    ) -> None:
        self.entry = entry
        self.tensors = tensors
        self._module = module
        self._building = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Of all parameters and buffers; what has several names counts once."""
        return sum({tensor.data_ptr(): tensor.nbytes for tensor in self.tensors.values()}.values())

    @property
    def module(self) -> nn.Module:
        """In evaluation mode, its parameters without gradients; built when first asked for.

        It shares the tensors. A graph that is bound to them computes the same without it.
        """
        with self._building:
            if self._module is None:
                build = self.entry.architecture.build
                self._module = frozen(build_filled(build, dict(self.tensors)))
            return self._module


def load_model(
    entry: ModelEntry, locations: WeightsLocations, graph: LayerGraph | None = None
) -> LoadedModel:
    """Fill a network with its weights.

    Args:
        entry: what to load.
        locations: where files may lie.
        graph: of its design, if it is known: then mostly nothing has to be built.

    Raises:
        WeightsUnavailableError, WeightsDamagedError: see `models.weights.loading`.
    """
    if entry.architecture.bundle is not None:
        if graph is None:
            raise WeightsDamagedError(
                f"{entry.id} came as a bundle, and its graph is not to be read any more: "
                f"{entry.architecture.bundle}. Open it again."
            )
        if not graph.is_filled_by_its_state:
            raise WeightsDamagedError(
                f"The graph of {entry.id} reads tensors that its own list of them does not have."
            )
        # A graph that was read has the forms of its tensors in its state alone.
        expected = {name: graph.state[name] for name in graph.tensors}
        return LoadedModel(entry, load_bundle(entry, locations, expected))
    if graph is not None and graph.is_filled_by_its_state:
        tensors = load_tensors(entry, locations, graph.state)
        if tensors is not None:
            return LoadedModel(entry, tensors)
    module = load(entry, locations)
    return LoadedModel(entry, tensors_of(module), module)


def expected_size_bytes(entry: ModelEntry) -> int:
    """What the parameters will take in memory as float32, known before anything is built."""
    return entry.architecture.parameters * 4
