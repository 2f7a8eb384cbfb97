"""Graphs that ship or were traced before: found, kept, never believed blindly."""

import logging
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

import app.stores.graph_files
import app.stores.graphs
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.tracing.structure import trace_structure
from app.stores.graph_files import GraphFiles
from app.stores.graphs import design
from models.catalogue.catalogue import catalogue

LENET = catalogue().resolve("lenet5.mnist5k")
# Nobody ships this one.
OTHER = ("lenet5", (1, 64, 64), 10)


@pytest.fixture(scope="module")
def graph() -> LayerGraph:
    return trace_structure(LENET)


@pytest.fixture
def files(tmp_path: Path) -> GraphFiles:
    return GraphFiles(tmp_path / "graphs")


def kept(files: GraphFiles, graph: LayerGraph, place: tuple = OTHER) -> Path:
    files.keep(*place, graph)
    (path,) = files._cache.iterdir()
    return path


def test_shipped_graph_needs_no_cache(files: GraphFiles, graph: LayerGraph) -> None:
    found = files.find(*design(LENET))
    assert found is not None
    assert found.layers == graph.layers
    assert not files._cache.exists()


def test_traced_graph_is_found_by_the_next_server(files: GraphFiles, graph: LayerGraph) -> None:
    assert files.find(*OTHER) is None
    kept(files, graph)
    found = GraphFiles(files._cache).find(*OTHER)
    assert found is not None
    assert found.layers == graph.layers
    assert files.find("lenet5", (1, 64, 64), 11) is None


@pytest.mark.parametrize("library", ["torch", "torchvision", "timm"])
def test_graph_of_another_version_is_traced_again(
    files: GraphFiles, graph: LayerGraph, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(files, graph)
    versions = {**app.stores.graph_files._versions(), library: "0.0.1"}
    monkeypatch.setattr(app.stores.graph_files, "_versions", lambda: versions)
    assert files.find(*OTHER) is None
    assert files.find(*design(LENET)) is None


def test_graph_of_changed_source_is_traced_again(
    files: GraphFiles, graph: LayerGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(files, graph)
    monkeypatch.setattr(app.stores.graph_files, "_tracing_digest", lambda: "another")
    assert files.find(*OTHER) is None
    monkeypatch.setattr(app.stores.graph_files, "_digest_of", lambda _: "another")
    assert files.find(*design(LENET)) is None


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "flipped"])
def test_damaged_graph_is_thrown_away_and_said(
    files: GraphFiles, graph: LayerGraph, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = kept(files, graph)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:-5],
            "empty": b"",
            "other": b"PK\x03\x04" + bytes(1000),
            "flipped": data[:middle] + bytes([data[middle] ^ 16]) + data[middle + 1 :],
        }[damage]
    )
    with caplog.at_level(logging.WARNING):
        assert files.find(*OTHER) is None
    assert str(path) in caplog.text
    assert not path.exists()
    assert kept(files, graph) == path
    assert files.find(*OTHER) is not None


def test_cache_that_cannot_be_written_costs_a_warning(
    tmp_path: Path, graph: LayerGraph, caplog: pytest.LogCaptureFixture
) -> None:
    # A file stands where the directory should: who is root may write into any directory.
    (tmp_path / "graphs").write_text("in the way")
    files = GraphFiles(tmp_path / "graphs" / "inner")
    with caplog.at_level(logging.WARNING):
        files.keep(*OTHER, graph)
        assert files.find(*OTHER) is None
    assert str(tmp_path / "graphs") in caplog.text


def test_oldest_graphs_leave_a_full_cache(
    files: GraphFiles, graph: LayerGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = kept(files, graph).stat().st_size
    monkeypatch.setattr(app.stores.graph_files, "_CACHE_BYTES", 3 * size + 100)
    for side_px in range(65, 70):
        files.keep("lenet5", (1, side_px, side_px), 10, graph)
        for age_s, path in enumerate(sorted(files._cache.iterdir(), key=os.path.getmtime)):
            os.utime(path, (age_s, age_s))
    assert len(list(files._cache.iterdir())) == 3
    assert files.find("lenet5", (1, 69, 69), 10) is not None
    assert files.find(*OTHER) is None


def keep_for_ever(cache: Path) -> None:
    graph = GraphFiles(cache).find(*design(LENET))
    assert graph is not None
    while True:
        GraphFiles(cache).keep(*OTHER, graph)


def test_kill_while_writing_leaves_a_whole_graph_or_none(files: GraphFiles) -> None:
    """Two servers that write the same graph, of which one is killed in the midst of it."""
    start = multiprocessing.get_context("spawn").Process
    writers = [start(target=keep_for_ever, args=(files._cache,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        while not (files._cache.exists() and any(files._cache.glob("*.gz"))):
            assert all(writer.is_alive() for writer in writers)
        os.kill(writers[0].pid, signal.SIGKILL)
        writers[0].join(60)
        found = [files.find(*OTHER) for _ in range(50)]
        assert all(each is not None for each in found)
    finally:
        for writer in writers:
            writer.kill()
            writer.join(60)
    assert files.find(*OTHER) is not None
