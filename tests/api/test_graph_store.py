"""Graphs are traced once a design, and so is what cannot be traced."""

import asyncio
import threading
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import asking
import pytest
import torch
from live_server import live_server
from torch import nn

import app.inspection.tracing.structure
import app.stores.graphs
from app.compute.pool import ComputePool
from app.inspection.activations.loading import LoadedModel
from app.inspection.errors import NotExportableError
from app.main import create_app
from app.settings import Settings
from app.stores.graph_files import GraphFiles
from app.stores.graphs import GraphStore
from app.web.clients import Client
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import OwnWeights
from models.weights.construction import build_random
from models.weights.loading import frozen


def test_refusal_is_remembered_within_a_bound(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried: list[Any] = []

    def fail(_entry: Any, shape: Any, _progress: Any) -> None:
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


class KeepsNumbers(nn.Module):
    """What is neither parameter nor buffer is traced with the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.scale = torch.full((2, 1, 1), 3.0)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return (self.conv(pixels) * self.scale).mean((2, 3))


def test_what_is_traced_with_its_weights_is_not_taken_for_an_earlier_one_of_its_name(
    tmp_path: Path,
) -> None:
    usual = catalogue().resolve("lenet5.mnist5k")
    design = replace(usual.architecture, name="keeps_numbers", build=KeepsNumbers, classes=2)

    async def scenario() -> None:
        pool = ComputePool(1, 4)
        graphs = GraphStore(pool, GraphFiles(tmp_path))
        for number in range(2):
            module = frozen(build_random(KeepsNumbers, seed=number))
            weights = OwnWeights(tmp_path / "weights", "yours", "same", made_at=float(number))
            entry = replace(usual, architecture=design, weights=weights, origin="custom")
            model = LoadedModel(entry, dict(module.state_dict()), module)
            assert not (await graphs.structure(entry)).is_bindable
            graph = await graphs.of(model)
            for name, tensor in module.state_dict().items():
                assert torch.equal(graph.tensors[name], tensor)
            assert await graphs.of(model) is graph
        graphs.close()
        pool.close()

    asyncio.run(scenario())


def test_tracing_tells_how_far_it_is_and_stops_when_nobody_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        pool = ComputePool(1, 4)
        graphs = GraphStore(pool, GraphFiles(tmp_path))
        entry = catalogue().resolve("resnet8_32.random")
        shape = (1, 48, 48)
        async with aclosing(graphs.watch(entry, shape)) as watched:
            async for progress in watched:
                if progress.done > 2:
                    break
        # Given up: nothing is kept, and the next one begins anew, to its end.
        told = [progress async for progress in graphs.watch(entry, shape)]
        shares = [(progress.done, progress.total) for progress in told if progress.total]
        assert shares == sorted(shares)
        assert shares[0][0] < shares[-1][1]
        assert told[-1].result is not None
        again = [progress async for progress in graphs.watch(entry, shape)]
        assert [progress.result for progress in again] == [told[-1].result]
        graphs.close()
        pool.close()

    asyncio.run(scenario())


def test_drawing_waits_for_nobodys_weights(settings: Settings) -> None:
    """The layers and their fields come while every worker is busy, whatever it computes."""
    application = create_app(settings.model_copy(update={"compute_workers": 1}))
    with live_server(application) as url:
        release = threading.Event()
        turns = application.state.services.pool._turns
        turns.submit(Client("another"), lambda _: release.wait())
        try:
            answer = asking.get(f"{url}/api/v1/models/densenet121.random")
        finally:
            release.set()
    assert answer.status_code == 200
    assert len(answer.json()["layers"]) == 432
