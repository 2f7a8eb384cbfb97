"""A network for an atlas, in a process that is no server."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from app.inspection.activations.loading import load_model
from app.inspection.graph.layer_graph import LayerGraph
from app.settings import OWN_MODELS, Settings
from app.stores.graph_files import GraphFiles, read_bundle
from app.stores.library import locations_of
from app.stores.own_models import kept_models
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry
from models.errors import UnknownModelError
from models.preprocessing.preprocessing import Preparation


@dataclass(frozen=True, eq=False)
class AtlasNetwork:
    """Ready to run.

    Attributes:
        fingerprint: SHA-256 of its tensors and their names, hexadecimal.
    """

    entry: ModelEntry
    graph: LayerGraph
    fingerprint: str


def open_network(
    model_id: str, preparation: Preparation | None, settings: Settings
) -> AtlasNetwork:
    """Load a network of the catalogue, or one that a person opened in a server with this cache.

    Raises:
        UnknownModelError, WeightsUnavailableError, NotExportableError: as everywhere.
    """
    entry = _entry_of(model_id, settings.cache_dir / OWN_MODELS)
    if preparation is not None:
        entry = entry.prepared(preparation)
    locations = locations_of(settings)
    structure = _structure_of(entry, GraphFiles(settings.cache_dir / "graphs"))
    model = load_model(entry, locations, structure)
    if structure is None or not structure.is_bindable:
        # Imported here, because torch.export takes two seconds, and mostly nothing is traced.
        from app.inspection.tracing.tracing import trace  # noqa: PLC0415  as it says

        graph = trace(model.module, entry.preprocessing.input_shape)
    else:
        graph = structure.with_tensors(model.tensors)
    return AtlasNetwork(entry, graph, fingerprint_of(model.tensors))


def _entry_of(model_id: str, own: Path) -> ModelEntry:
    try:
        return catalogue().resolve(model_id)
    except UnknownModelError:
        kept = kept_models(own)
        if model_id not in kept:
            raise
        return kept[model_id]


def _structure_of(entry: ModelEntry, files: GraphFiles) -> LayerGraph | None:
    design = entry.architecture
    if design.bundle is not None:
        return read_bundle(design.bundle)
    found = files.find(design.name, entry.preprocessing.input_shape, design.classes)
    if found is None:
        from app.inspection.tracing.structure import trace_structure  # noqa: PLC0415  as above

        found = trace_structure(entry)
        if found.is_bindable:
            files.keep(design.name, entry.preprocessing.input_shape, design.classes, found)
    return found


def fingerprint_of(tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 of tensors by their names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
