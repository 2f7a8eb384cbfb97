"""Graphs are traced once a design, and so is what cannot be traced."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import app.inspection.tracing.structure
import app.stores.graphs
from app.compute.pool import ComputePool
from app.inspection.errors import NotExportableError
from app.stores.graph_files import GraphFiles
from app.stores.graphs import GraphStore
from models.catalogue.catalogue import catalogue


def test_refusal_is_remembered_within_a_bound(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried: list[Any] = []

    def fail(_entry: Any, shape: Any) -> None:
        tried.append(shape)
        raise NotExportableError("Net", "it does not fit.")

    monkeypatch.setattr(app.inspection.tracing.structure, "trace_structure", fail)
    monkeypatch.setattr(app.stores.graphs, "_MOST_REFUSED", 1)

    async def scenario() -> None:
        pool = ComputePool(1, 4)
        graphs = GraphStore(pool, GraphFiles(tmp_path))
        entry = catalogue().resolve("lenet5.mnist5k")
        for side_px in (512, 512, 256, 512):
            with pytest.raises(NotExportableError, match="it does not fit"):
                await graphs.structure(entry, (1, side_px, side_px))
        pool.close()

    asyncio.run(scenario())
    assert tried == [(1, 512, 512), (1, 256, 256), (1, 512, 512)]
