"""Uploads of weights that end in the middle, come at once, or lose their server."""

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asking
import pytest
from live_server import live_server
from started_server import PATIENCE_S, started_server
from test_own_models import as_training_scripts_save, squeezenet
from test_rough_clients import connect, wait_until
from test_shutdown import ROOT

from app.main import create_app
from app.settings import Settings

HEAD = (
    b"--limit\r\n"
    b'Content-Disposition: form-data; name="file"; filename="best.pth"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n"
)


def headers(host: str, length: int) -> bytes:
    return (
        f"POST /api/v1/checkpoints HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=limit\r\n\r\n"
    ).encode()


def files_below(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*"))


@pytest.fixture
def own_settings(tmp_path: Path, settings: Settings) -> Settings:
    return settings.model_copy(update={"cache_dir": tmp_path / "cache"})


@pytest.fixture
def address(own_settings: Settings) -> Iterator[str]:
    with live_server(create_app(own_settings)) as url:
        yield url


def test_an_upload_cut_in_the_middle_leaves_nothing(address: str, own_settings: Settings) -> None:
    kept = own_settings.cache_dir / "checkpoints"
    with connect(address) as connection:
        connection.sendall(headers("test", 10_000_000) + HEAD + bytes(300_000))
        wait_until(lambda: kept.is_dir() and files_below(kept), PATIENCE_S)
    wait_until(lambda: not files_below(kept), PATIENCE_S)
    # One that ends before its closing boundary is as little.
    with connect(address) as connection:
        connection.sendall(headers("test", len(HEAD) + 5) + HEAD + b"short")
        assert connection.recv(12) == b"HTTP/1.1 422"
    wait_until(lambda: not files_below(kept), PATIENCE_S)


def test_the_same_file_from_two_at_once_is_one_and_a_name_is_given_once(
    address: str, own_settings: Settings
) -> None:
    data = as_training_scripts_save(squeezenet())

    def send() -> str:
        answer = asking.post(f"{address}/api/v1/checkpoints", files={"file": ("best.pth", data)})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    with ThreadPoolExecutor(4) as clients:
        ids = list(clients.map(lambda _: send(), range(4)))
        assert len(set(ids)) == 1
        assert files_below(own_settings.cache_dir / "checkpoints") == [ids[0], f"{ids[0]}.json"]
        body = {"checkpoint": ids[0], "name": "mine"}
        opened = list(
            clients.map(
                lambda _: asking.post(f"{address}/api/v1/models", json=body).status_code, range(4)
            )
        )
    assert sorted(opened) == [201, 409, 409, 409]
    assert [path.name for path in (own_settings.cache_dir / "models").iterdir()] == [
        "squeezenet1_1.mine"
    ]


def test_a_server_that_is_killed_loses_what_was_half_there_and_nothing_else(tmp_path: Path) -> None:
    data = as_training_scripts_save(squeezenet())
    cache = tmp_path / "cache"

    command = [sys.executable, "-m", "app"]
    environment = {
        **os.environ,
        "CONVSCOPE_CACHE_DIR": str(cache),
        "CONVSCOPE_DEFAULT_MODEL": "lenet5.random",
        "PYTHONPATH": str(ROOT),
    }
    with started_server(command, environment) as (server, url):
        answer = asking.post(f"{url}/api/v1/checkpoints", files={"file": ("best.pth", data)})
        body = {"checkpoint": answer.json()["id"], "name": "mine"}
        assert asking.post(f"{url}/api/v1/models", json=body).status_code == 201
        before = files_below(cache / "checkpoints")
        with connect(url) as connection:
            host = url.removeprefix("http://")
            connection.sendall(headers(host, 10_000_000) + HEAD + bytes(300_000))
            wait_until(lambda: files_below(cache / "checkpoints") != before, PATIENCE_S)
            server.send_signal(signal.SIGKILL)
            server.wait(PATIENCE_S)
    assert files_below(cache / "checkpoints") != before
    with started_server(command, environment) as (_, url):
        assert files_below(cache / "checkpoints") == before
        answer = asking.get(
            f"{url}/api/v1/models/squeezenet1_1.mine/predictions",
            params={"image": "example-chelsea"},
        )
        assert answer.status_code == 200, answer.text
