"""A real server behind a free port, in a process of its own."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# One attempt waits a tenth of a second: a machine that is busy with other suites gets a minute.
READY_ATTEMPTS = 600


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(READY_ATTEMPTS):
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            try:
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
    pytest.fail(f"the server did not become ready:\n{log.read_text()[-4000:]}")


@contextmanager
def server_on(cache_directory: Path) -> Iterator[str]:
    """A server of its own, for tests that must find nothing of others in the cache."""
    log = cache_directory.parent / "log"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("CONVSCOPE_")},
        "CONVSCOPE_CACHE_DIR": str(cache_directory),
        "CONVSCOPE_WEIGHTS_MIRROR": "http://127.0.0.1:9/",  # where nothing answers
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_ready(url, process, log)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)
