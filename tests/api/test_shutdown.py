"""A server that is told to end, whatever it computes."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import asking
import httpx2
import pytest
from test_rough_clients import wait_until

ROOT = Path(__file__).parent.parent.parent
# Long after the server's own grace; what is wrong here never ends.
PATIENCE_S = 60


@pytest.mark.parametrize(
    ("what", "end_within_s", "told", "code"),
    [
        # In order, as far as it goes: the signal then does what it would have done.
        ("threads", PATIENCE_S, signal.SIGTERM, -signal.SIGTERM),
        pytest.param("threads", PATIENCE_S, signal.SIGINT, 0, marks=pytest.mark.full),
        # Nothing in the server runs any more; the exit code is what a shell says of the signal.
        ("loop", 2, signal.SIGTERM, 128 + signal.SIGTERM),
    ],
)
def test_server_ends_though_its_computations_do_not(
    tmp_path: Path, what: str, end_within_s: float, told: signal.Signals, code: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "CONVSCOPE_CACHE_DIR": str(tmp_path),
        "CONVSCOPE_DEFAULT_MODEL": "lenet5.random",
        "PYTHONPATH": str(ROOT),
        "END_WITHIN_S": str(end_within_s),
    }
    script = Path(__file__).with_name("held_server.py")
    command = [sys.executable, str(script), "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: is_ready(url), PATIENCE_S)
            assert asking.post(f"{url}/hold", params={"what": what}).json() == server.pid
            server.send_signal(told)
            assert server.wait(PATIENCE_S) == code
        finally:
            server.kill()


def is_ready(url: str) -> bool:
    try:
        return asking.get(f"{url}/readyz").status_code == 200
    except httpx2.TransportError:
        return False
