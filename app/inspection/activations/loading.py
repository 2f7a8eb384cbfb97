"""A network of the catalogue in memory: its entry and its module, shared and never changed."""

from dataclasses import dataclass

from torch import nn

from models.catalogue.entry import ModelEntry
from models.weights.sources import WeightsLocations, load


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network ready to compute. Many requests use one at once, so nothing may change it.

    Attributes:
        module: in evaluation mode, its parameters without gradients.
        size_bytes: of all parameters and buffers.
    """

    entry: ModelEntry
    module: nn.Module
    size_bytes: int


def load_model(entry: ModelEntry, locations: WeightsLocations) -> LoadedModel:
    """Build a network and fill it with its weights.

    Raises:
        WeightsUnavailableError, WeightsDamagedError: see `models.weights.sources`.
    """
    module = load(entry, locations)
    tensors = [*module.parameters(), *module.buffers()]
    size_bytes = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    return LoadedModel(entry, module, size_bytes)


def expected_size_bytes(entry: ModelEntry) -> int:
    """What the parameters will take in memory as float32, known before anything is built."""
    return entry.architecture.parameters * 4
