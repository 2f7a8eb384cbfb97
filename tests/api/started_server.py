"""The server as a process of its own, for tests that end it or kill it."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from test_rough_clients import wait_until

# For what is wrong and never ends; a server that starts has answered once before it begins.
PATIENCE_S = 60


@contextmanager
def started_server(
    command: list[str], environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a server; yields the process and its address once it is ready; kills it.

    It is handed a socket that listens already: nobody else takes the port while it imports torch,
    and the first question waits in the socket until there is somebody to answer. That takes as
    long as the machine is busy, or ends at once with a process that has ended.

    Args:
        command: without host and port.
        environment: of the process.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        number = listener.fileno()
        server = subprocess.Popen(
            [*command, "--descriptor", str(number)],
            env=environment,
            pass_fds=[number],
            stderr=subprocess.DEVNULL,
        )
    with server:
        try:
            # One client for all: each has certificates to read before its first question.
            with httpx2.Client(timeout=None) as client:
                client.get(f"{url}/healthz")
                wait_until(lambda: client.get(f"{url}/readyz").status_code == 200, PATIENCE_S)
            yield server, url
        finally:
            server.kill()
