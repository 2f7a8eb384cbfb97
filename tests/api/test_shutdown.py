"""A server that is told to end, whatever it computes."""

import os
import signal
import sys
from pathlib import Path

import asking
import pytest
from started_server import PATIENCE_S, started_server

ROOT = Path(__file__).parent.parent.parent


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
    environment = {
        **os.environ,
        "CONVSCOPE_CACHE_DIR": str(tmp_path),
        "CONVSCOPE_DEFAULT_MODEL": "lenet5.random",
        "PYTHONPATH": str(ROOT),
        "END_WITHIN_S": str(end_within_s),
    }
    script = Path(__file__).with_name("held_server.py")
    with started_server([sys.executable, str(script)], environment) as (server, url):
        assert asking.post(f"{url}/hold", params={"what": what}).json() == server.pid
        server.send_signal(told)
        assert server.wait(PATIENCE_S) == code
