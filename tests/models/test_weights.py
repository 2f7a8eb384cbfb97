import socket
import threading
from pathlib import Path

import pytest
from tiny_network import (
    NAME,
    assert_holds,
    entry_of,
    make_locations,
    packaged,
    published,
    put,
    saved,
    tiny_tensors,
    trained_entry,
)
from weight_server import Reply, serving

from models.catalogue.entry import RandomWeights
from models.errors import DownloadCancelledError, WeightsUnavailableError
from models.weights.loading import load
from models.weights.locations import WeightsLocations, find
from models.weights.sources import fetch, status


@pytest.fixture
def locations(tmp_path):
    return make_locations(tmp_path)


def test_random_weights_are_ready_without_a_file(locations):
    entry = entry_of(RandomWeights())
    assert status(entry, locations).state == "ready"
    assert status(entry, locations).size_bytes is None
    assert find(entry, locations) is None


def test_missing_file_is_downloadable_with_its_published_size(locations):
    found = status(entry_of(published(b"")), locations)
    assert (found.state, found.size_bytes, found.file_name) == ("downloadable", 12_345, NAME)
    assert found.path is None


def test_missing_file_without_downloads_names_file_and_directories(tmp_path):
    offline = WeightsLocations(tmp_path / "cache", tmp_path / "mine", downloads_allowed=False)
    entry = entry_of(published(b""))
    found = status(entry, offline)
    assert found.state == "unavailable"
    for part in (NAME, str(tmp_path / "mine"), str(tmp_path / "cache"), "downloads are off"):
        assert part in found.detail
    with pytest.raises(WeightsUnavailableError) as caught:
        fetch(entry, offline, lambda *_: None, threading.Event())
    assert str(caught.value) == found.detail
    assert caught.value.directories == [str(tmp_path / "mine"), str(tmp_path / "cache")]
    with pytest.raises(WeightsUnavailableError):
        load(entry, offline)


def test_status_reads_no_file(locations):
    # A terabyte of nothing: reading it would not end.
    with (locations.user_directory / NAME).open("wb") as file:
        file.truncate(10**12)
    found = status(entry_of(published(b"")), locations)
    assert (found.state, found.size_bytes) == ("ready", 10**12)


def test_users_file_goes_before_the_cached_one(locations):
    content = saved(tiny_tensors())
    cached = put(locations.cache_directory, content)
    entry = entry_of(published(content))
    assert find(entry, locations) == cached
    mine = put(locations.user_directory, content)
    assert find(entry, locations) == mine
    assert status(entry, locations).path == mine
    assert status(entry, locations).size_bytes == len(content)


def test_directory_of_that_name_is_no_file(locations):
    (locations.user_directory / NAME).mkdir()
    assert status(entry_of(published(b"")), locations).state == "downloadable"


def test_name_that_no_disk_can_hold_is_no_file(locations, tmp_path):
    entry = trained_entry(tmp_path / f"{'a' * 300}.safetensors")
    assert status(entry, locations).state == "unavailable"
    with pytest.raises(WeightsUnavailableError):
        load(entry, locations)


def test_users_directory_may_be_missing(tmp_path):
    locations = WeightsLocations(tmp_path / "cache", tmp_path / "not" / "there")
    assert status(entry_of(published(b"")), locations).state == "downloadable"


def test_mirror_serves_the_published_file_name(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    content = saved(tiny_tensors())
    entry = entry_of(published(content))
    steps = []
    with serving() as server:
        server.files[f"mirror/{NAME}"] = content
        locations = WeightsLocations(
            tmp_path / "not" / "yet" / "made", mirror_url=f"{server.url}/mirror/"
        )
        path = fetch(entry, locations, lambda *step: steps.append(step), threading.Event())
    assert path == tmp_path / "not" / "yet" / "made" / NAME
    assert path.read_bytes() == content
    assert steps[-1] == (len(content), len(content))
    assert status(entry, locations).state == "ready"
    assert_holds(load(entry, locations), tiny_tensors())


def test_fetching_what_is_here_asks_nobody(locations):
    path = put(locations.user_directory, saved(tiny_tensors()))
    entry = entry_of(published(b"", url="http://127.0.0.1:1/" + NAME))
    assert fetch(entry, locations, lambda *_: None, threading.Event()) == path


def test_failed_download_says_why_and_where_the_file_may_be_put(locations, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/{NAME}"
    with pytest.raises(WeightsUnavailableError) as caught:
        fetch(entry_of(published(b"", url)), locations, lambda *_: None, threading.Event())
    error = caught.value
    assert (error.model_id, error.file_name) == ("tiny.published", NAME)
    for part in ("cannot be reached", url, *map(str, locations.directories)):
        assert part in str(error)


def test_stopped_download_is_told_from_a_failed_one(locations, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    cancelled = threading.Event()
    with serving() as server:
        server.files[NAME] = bytes(100)
        server.default_reply = Reply(hold_at=50)
        with pytest.raises(DownloadCancelledError):
            fetch(
                entry_of(published(bytes(100), f"{server.url}/{NAME}")),
                locations,
                lambda *_: cancelled.set(),
                cancelled,
            )


def test_trained_file_is_loaded_exactly(locations, tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "tiny.mnist5k.safetensors"
    save_file(tiny_tensors(), path)
    entry = trained_entry(path)
    assert_holds(load(entry, locations), tiny_tensors())
    found = status(entry, locations)
    assert (found.state, found.size_bytes) == ("ready", path.stat().st_size)
    assert found.file_name == path.name


def test_missing_trained_file_cannot_be_fetched(locations, tmp_path):
    entry = trained_entry(tmp_path / "tiny.mnist5k.safetensors")
    assert status(entry, locations).state == "unavailable"
    with pytest.raises(WeightsUnavailableError, match=r"models\.training"):
        fetch(entry, locations, lambda *_: None, threading.Event())


def test_missing_package_is_unavailable(locations):
    def path() -> Path:
        raise ModuleNotFoundError("No module named 'some_package'")

    entry = packaged(path, b"")
    found = status(entry, locations)
    assert found.state == "unavailable"
    assert "some-package is not installed" in found.detail
    with pytest.raises(WeightsUnavailableError, match="some-package"):
        load(entry, locations)
