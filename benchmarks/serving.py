"""The real server in a process of its own, and what every benchmark asks it with."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "static" / "examples"
_BOUNDARY = "convscope-benchmark"
MULTIPART = f"multipart/form-data; boundary={_BOUNDARY}"
_START_S = 60


def multipart(data: bytes) -> bytes:
    """A form with the picture in `file`."""
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="p"\r\n\r\n'
    return head.encode() + data + f"\r\n--{_BOUNDARY}--\r\n".encode()


def seconds_of(function: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


@dataclass(frozen=True)
class RunningServer:
    """Where it listens, and which process it is."""

    port: int
    process_id: int

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"http://127.0.0.1:{self.port}"

    def resident_bytes(self) -> int:
        """Memory that the process holds now."""
        for line in Path(f"/proc/{self.process_id}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("no VmRSS in /proc")


class Connection:
    """One connection that is kept open, as a browser or a script would."""

    def __init__(self, server: RunningServer) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)

    def ask(
        self, method: str, path: str, body: bytes | None = None, media_type: str = MULTIPART
    ) -> bytes:
        """The body of the answer; an answer that is an error ends the benchmark."""
        headers = {} if body is None else {"Content-Type": media_type}
        self._connection.request(method, f"/api/v1{path}", body, headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise SystemExit(f"{method} {path}: {response.status} {content[:500]!r}")
        return content

    def get(self, path: str) -> bytes:
        """As `ask`."""
        return self.ask("GET", path)


@contextmanager
def running_server(**settings: object) -> Iterator[RunningServer]:
    """Start it on a free port of 127.0.0.1 with these settings; ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app", "--port", str(port)]
    given = {f"CONVSCOPE_{name.upper()}": str(value) for name, value in settings.items()}
    with subprocess.Popen(
        command,
        env={**os.environ, **given},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _wait_until_ready(server, port)
            yield RunningServer(port, server.pid)
        finally:
            server.terminate()
            server.wait(30)


def _wait_until_ready(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"the server did not become ready within {_START_S} s")
