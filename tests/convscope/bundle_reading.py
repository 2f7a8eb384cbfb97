"""A bundle read back, as a server reads it, without `convscope`."""

import gzip
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.stored.files import unpack_graph

NAMES = ["card.json", "graph.json.gz", "weights.safetensors"]


@dataclass
class Bundle:
    card: dict[str, Any]
    graph: LayerGraph
    tensors: dict[str, Any]
    document: dict[str, Any]


def read_bundle(place: Path) -> Bundle:
    if place.is_dir():
        files = {path.name: path.read_bytes() for path in place.iterdir()}
    else:
        with zipfile.ZipFile(place) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(files) == NAMES
    graph = unpack_graph(files["graph.json.gz"], {"bundle": 1}, "a bundle")
    tensors = load(files["weights.safetensors"])
    return Bundle(
        json.loads(files["card.json"]),
        graph.with_tensors(tensors),
        tensors,
        json.loads(gzip.decompress(files["graph.json.gz"])),
    )
